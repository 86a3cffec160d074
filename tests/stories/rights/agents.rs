//! The life of an agent, as far as it calls AWS: every tool once.

use serde_json::{Value, json};

use super::media::TWO_PARTS;
use crate::support::large::{begin, put_whole};
use crate::support::{Items, Receiver, Site, World, video_of};

pub(super) async fn live(world: &World, site: &Site, receiver: &Receiver) {
    Items::of(world).keys_were_not_used_lately().await;
    let agent = world.agent();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    // The creator's limits are asked for with a token that has ended.
    world.tiktok.expire_access_tokens(None);
    agent.call("get_creator_info", json!({"account_id": world.account})).await;
    for (tool, arguments) in [
        ("list_accounts", json!({"limit": 1})),
        ("get_account_limits", json!({"account_id": world.account})),
        ("connect_account", json!({"platform": "tiktok", "idempotency_key": "connect"})),
        ("list_brands", json!({})),
        ("get_post_rules", json!({})),
        ("list_posts", json!({"limit": 1})),
        ("list_posts", json!({"limit": 1, "sort": "scheduled_asc"})),
        ("get_usage", json!({})),
    ] {
        agent.call(tool, arguments).await;
    }

    let url = site.file("/agent.mp4", &video_of(333_000));
    agent.call("upload_media_from_url", json!({"url": url, "dry_run": true})).await;
    let imported = agent.call("upload_media_from_url", json!({"url": url, "idempotency_key": "import"})).await;
    agent.call("get_media", json!({"media_id": imported["id"], "wait_seconds": 20})).await;
    let never = agent.call("get_media_upload_url", json!({"filename": "never.mp4"})).await;
    agent.refused("verify_media", json!({"media_id": never["media_id"]})).await;
    let announced = agent.call("get_media_upload_url", json!({"filename": "a.mp4", "size_bytes": 200_000})).await;
    let mut put = reqwest::Client::new().put(text(&announced["upload_url"])).body(video_of(200_000));
    for (name, value) in announced["headers"].as_object().unwrap() {
        put = put.header(name, value.as_str().unwrap());
    }
    assert!(put.send().await.expect("S3 answers").status().is_success(), "the function may write what it signs");
    agent.call("verify_media", json!({"media_id": announced["media_id"]})).await;

    let post = |media: &Value| {
        json!({
            "text": "By an agent", "media_ids": [media], "targets": [{"account_id": world.account}],
            "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}},
        })
    };
    // Whoever verifies a file that was PUT whole gives up the parts in which it might have come.
    let begun = begin(world, TWO_PARTS).await;
    assert!(put_whole(TWO_PARTS, &begun).await.status().is_success());
    agent.call("create_post", post(&begun["media_id"])).await;
    agent.call("validate_post", post(&imported["id"])).await;
    let draft = agent.call("create_post", post(&imported["id"])).await;
    agent.call("update_post", json!({"post_id": draft["id"], "text": "By an agent, corrected"})).await;
    agent.call("publish_post", json!({"post_id": draft["id"]})).await;
    world.until_post(&text(&draft["id"]), "published").await;
    agent.call("get_post", json!({"post_id": draft["id"]})).await;
    agent.call("get_post_timeline", json!({"post_id": draft["id"]})).await;
    // By TikTok's id of a video that nobody has.
    agent.refused("get_post", json!({"post_id": "7678907398077074696"})).await;

    let url = site.file("/posted-by-an-agent.mp4", &video_of(334_000));
    let mut later = post(&json!(url));
    later["scheduled_at"] = json!((jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)).to_string());
    let later = agent.call("create_post", later).await;
    agent.call("cancel_post", json!({"post_id": later["id"]})).await;

    let endpoint = json!({"url": format!("{}/agent", receiver.origin()), "events": ["post.published"]});
    let made = agent.call("create_webhook", endpoint).await;
    agent.call("list_webhooks", json!({})).await;
    agent.call("list_deliveries", json!({"webhook_id": made["id"]})).await;
}
