//! How many accounts one post may go to.

use serde_json::{Value, json};
use slipway_store::posts::NewPost;

use crate::world::{World, with};

/// A post to so many accounts, each with media of its own: as many items as a transaction can have.
fn body(accounts: &[String]) -> Value {
    let targets = accounts.iter().enumerate().map(|(index, account)| {
        let media = json!([{"source_type": "url", "source": format!("https://example.com/{index}.mp4")}]);
        json!({"account_id": account, "media": media})
    });
    let targets: Vec<_> = targets.collect();
    json!({
        "text": "To all",
        "targets": targets,
        "platform_data": {"tiktok": {"post_mode": "inbox"}},
        "publish_now": true,
    })
}

#[tokio::test]
async fn a_post_goes_to_32_accounts_with_media_of_their_own_and_to_no_more() {
    let world = World::start().await;
    let mut accounts = vec![world.owner.account.id.to_string()];
    while accounts.len() <= NewPost::MAX_TARGETS {
        accounts.push(world.account().await.id.to_string());
    }
    let before = world.bench.traces().await;
    let caller = &world.owner.caller;
    world.post(caller, &body(&accounts)).await.refused(400, "validation.field_invalid", "targets");
    // However they are named.
    let (last, most) = accounts.split_last().unwrap();
    let named =
        with(body(most), &[("/account_ids", json!([last])), ("/media_ids", json!(["https://example.com/a.mp4"]))]);
    world.post(caller, &named).await.refused(400, "validation.field_invalid", "account_ids");
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);

    let id = World::made(&world.post(caller, &body(most)).await);
    let kept = world.kept(&world.bench.tenant, &id).await;
    assert_eq!((NewPost::MAX_TARGETS, kept.targets.len(), kept.post.media_ids.len()), (32, 32, 32));
    assert_eq!(world.bench.messages("ImportsQueue").len(), 32);
}
