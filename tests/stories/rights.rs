//! The functions' rights: whatever is missing in template.yaml fails the story that needs it, at the end of its world;
//! whatever is superfluous fails this one.

mod accounts;
mod agents;
mod deletion;
mod hooks;
mod keys;
mod media;
mod posts;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_stand_in::Grant;
use serde_json::json;
use tiktok_sim::{Action, Endpoint, Fault};

use crate::support::{Receiver, Setup, Site, World, until};

/// Rights that no call uses here and that are needed all the same: of whom, by the statement's name and the action's,
/// and why.
const UNUSED_HERE: [(&[&str], &str, &str, &str); 3] = [
    (
        &["TransferFunction", "ImportMediaFunction", "PublishStatusFunction", "DeliverFunction"],
        "AWSLambdaSQSQueueExecutionRole",
        "",
        "added by SAM, for Lambda's own polling; the local stack polls with hands of its own",
    ),
    (
        &["DeliverFunction"],
        "AWSLambdaDynamoDBExecutionRole",
        "",
        "added by SAM, for Lambda's own polling; the local stack polls with hands of its own",
    ),
    (
        &[
            "PostsFunction",
            "TransferFunction",
            "PublishStatusFunction",
            "RefreshTokensFunction",
            "DeleteTenantsFunction",
        ],
        "Secrets",
        "kms:GenerateDataKey",
        "a process makes a data key only if it meets tokens that were sealed under one more than a day old",
    ),
];

fn is_excepted(grant: &Grant) -> bool {
    UNUSED_HERE.iter().any(|(functions, sid, action, _)| {
        functions.contains(&grant.principal.as_str()) && *sid == grant.sid && grant.action.starts_with(action)
    })
}

/// The creator takes the app's rights away, and no webhook tells.
fn revoked_in_silence(world: &World, creator: &str) {
    let silence = world.tiktok.fault(Fault::on(Endpoint::Webhook, Action::WithholdWebhook));
    assert!(world.tiktok.revoke_by_user(creator, 1));
    world.tiktok.remove_fault(silence);
}

/// Gives the tenant a plan of its own.
async fn set_plan(world: &World, plan: &str) {
    let command = json!({"slipway": "set_plan", "email": "owner@example.com", "plan": plan});
    world.stack.invoke("WorkspaceFunction", command).await.expect("the plan is set");
}

/// Everything that the functions do, in one world. What is granted beyond it is not needed, or this life lacks
/// something that they do: then it belongs into it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_granted_that_nothing_uses() {
    let (site, receiver) = (Site::start().await, Receiver::start().await);
    let parameters = [("StatusFirstCheckSeconds", "1"), ("TransferLeaseSeconds", "2"), ("ImportConcurrency", "2")];
    let mut parameters = BTreeMap::from(parameters.map(|(name, value)| (name.to_owned(), value.to_owned())));
    parameters.insert("ImportTrustedOrigins".to_owned(), site.origin());
    parameters.insert("WebhookTrustedOrigins".to_owned(), receiver.origin());
    parameters.insert("DefaultPlan".to_owned(), "hobby".to_owned());
    // Counted, and more than this life asks for.
    parameters.insert("RateLimitPercent".to_owned(), "10000".to_owned());
    let many_posts = Setup::of_many_posts();
    parameters.extend(many_posts.parameters);
    let world = World::with(Setup {
        parameters,
        // Long enough for a small video, too short for a slow one.
        timeouts: BTreeMap::from([("TransferFunction".to_owned(), Duration::from_secs(12))]),
        tiktok: many_posts.tiktok,
        ..Setup::default()
    })
    .await;

    // The tenant's own plan lets it publish as much as it likes.
    set_plan(&world, "starter").await;
    keys::live(&world).await;
    media::live(&world, &site).await;
    posts::live(&world, &site).await;
    hooks::live(&world, &receiver).await;
    agents::live(&world, &site, &receiver).await;
    accounts::live(&world).await;
    deletion::live(&world, &receiver).await;

    let superfluous = || {
        let unused = world.stack.aws().unused().into_iter();
        unused.filter(|grant| !is_excepted(grant)).collect::<Vec<_>>()
    };
    // The last workers may still be at it.
    until(Duration::from_secs(30), async || superfluous().is_empty().then_some(())).await;
    let superfluous = superfluous();
    assert!(superfluous.is_empty(), "template.yaml grants what nothing uses: {superfluous:#?}");
    let unused = world.stack.aws().unused();
    for (functions, sid, action, why) in UNUSED_HERE {
        for function in functions {
            let is_unused = |grant: &&Grant| grant.principal == *function && grant.sid == sid;
            let found = unused.iter().filter(is_unused).any(|grant| grant.action.starts_with(action));
            assert!(found, "{function} does use {sid} {action}: strike it off the exceptions ({why})");
        }
    }
}
