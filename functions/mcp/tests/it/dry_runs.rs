//! A dry run says what the call itself would say: it is refused where that is, and for the same reason.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::{Evidence, Failure, PostId, PublishId, TargetState};
use slipway_store::accounts::AccountRecord;
use slipway_store::posts::TargetMedia;
use uuid::Uuid;
use workbench::{creation, new_post, new_target, private_video};

use crate::support::{World, message};

fn states() -> [TargetState; 7] {
    let now = Timestamp::now();
    let (publish_id, evidence) = (Some(PublishId::new("v_pub_file~v2-1.7")), Evidence { sent: 1, last_status: None });
    [
        TargetState::Draft,
        TargetState::Scheduled { at: now + SignedDuration::from_hours(1) },
        TargetState::Queued { attempt: 0 },
        TargetState::Published { publish_id: publish_id.clone(), at: now, post_ids: Vec::new() },
        TargetState::Failed { publish_id: None, at: now, failure: Failure::GaveUp },
        TargetState::Unconfirmed { publish_id, at: now, evidence },
        TargetState::Cancelled,
    ]
}

/// A post with a target in each of these states.
async fn post_of(world: &World, targets: &[(&AccountRecord, &TargetState)]) -> PostId {
    let (bench, now) = (&world.bench, Timestamp::now());
    let media = bench.absent_video(1000);
    let post = new_post(&bench.tenant, PostId::from_uuid(Uuid::now_v7()), &media.id, now);
    let targets = targets.iter().map(|(account, state)| {
        let media = TargetMedia::Verified(media.clone());
        new_target(&post, &account.id, media, (*state).clone(), private_video())
    });
    let (targets, id) = (targets.collect(), post.id.clone());
    bench.create(&creation(post, targets), now).await;
    id
}

/// What the post's own state had refused.
fn refused(result: &Value) -> Option<(String, String)> {
    let error = &result["structuredContent"]["error"];
    let [code, message] = ["code", "message"].map(|name| error[name].as_str().unwrap_or_default().to_owned());
    ["post.state_invalid", "post.no_retryable_deliveries"].contains(&code.as_str()).then_some((code, message))
}

#[tokio::test]
async fn a_dry_run_is_refused_where_the_state_of_the_post_refuses_the_call() {
    let world = World::start().await;
    let (one, other) = (world.bench.connect().await, world.bench.connect().await);
    let (mut wrong, mut said) = (Vec::new(), 0);
    for first in &states() {
        for second in &states() {
            for (tool, more) in
                [("update_post", json!({"text": "x"})), ("publish_post", json!({})), ("retry_post", json!({}))]
            {
                let post = post_of(&world, &[(&one, first), (&other, second)]).await;
                let mut arguments = more;
                arguments["post_id"] = json!(post);
                let mut dry = arguments.clone();
                dry["dry_run"] = json!(true);
                let (dry, real) = (world.call(tool, dry).await, world.call(tool, arguments).await);
                said += usize::from(refused(&real).is_some());
                if refused(&dry) != refused(&real) || dry["isError"] == refused(&real).is_none() {
                    let states = [first.name(), second.name()];
                    wrong.push(format!("{tool} of {states:?}: {:?}, dry: {:?}", refused(&real), refused(&dry)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(said > 40, "{said} calls are refused");
}

#[tokio::test]
async fn a_dry_run_needs_the_scope_of_the_call() {
    let world = World::start().await;
    let reads = world.bench.caller_with(&world.bench.tenant, &["posts:read", "media:read", "accounts:read"], &[]).await;
    let told = world.say(&message("tools/list", json!({}))).await.expect(200);
    let tools = told["result"]["tools"].as_array().unwrap().iter();
    let dry: Vec<_> = tools.filter(|tool| tool["inputSchema"]["properties"]["dry_run"].is_object()).collect();
    assert_eq!(dry.len(), 6);
    for tool in dry {
        let mut arguments = json!({"dry_run": true});
        for name in tool["inputSchema"]["required"].as_array().into_iter().flatten() {
            arguments[name.as_str().unwrap()] = match name.as_str().unwrap() {
                "targets" => json!([{"account_id": "acc_1"}]),
                "url" => json!("https://example.com/a.mp4"),
                _ => json!("x"),
            };
        }
        let call = message("tools/call", json!({"name": tool["name"], "arguments": arguments}));
        let told = reads.call(&world.router, "POST", "/mcp", Some(&call)).await.expect(200);
        let code = &told["result"]["structuredContent"]["error"]["code"];
        assert_eq!(code, "auth.insufficient_scope", "{}: {:#}", tool["name"], told["result"]);
    }
}
