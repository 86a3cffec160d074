//! Media that has all the posts that it takes, and tenants that have all the media that they may have.

use std::collections::BTreeSet;

use serde_json::json;
use slipway_domain::limits::{MEDIA_PER_TENANT, POSTS_PER_MEDIA};
use slipway_domain::{MediaId, PostId};
use slipway_store::Write;
use slipway_store::media::MediaRecord;
use uuid::Uuid;
use workbench::AttributeValue;

use crate::world::{World, body, with};

#[tokio::test]
async fn media_whose_posts_have_all_ended_takes_another_one() {
    let world = World::start().await;
    let ended: BTreeSet<_> = (0..POSTS_PER_MEDIA).map(|_| PostId::from_uuid(Uuid::now_v7())).collect();
    let id = MediaId::from_uuid(Uuid::now_v7());
    let full = MediaRecord { id, posts: ended, ..world.owner.media.clone() };
    assert_eq!(world.bench.owner.media.put(&full).await.unwrap(), Write::Done(()));
    let made = World::made(&world.post(&world.owner.caller, &body("One more", &full, &[&world.owner.account])).await);
    assert_eq!(world.bench.media_now(&full).await.posts, [made.parse().unwrap()].into());
}

#[tokio::test]
async fn nothing_is_imported_for_whoever_has_all_the_media_that_there_may_be() {
    let world = World::start().await;
    let key = [format!("TENANT#{}", world.bench.tenant), "USAGE".to_owned()];
    let all = AttributeValue::N(MEDIA_PER_TENANT.to_string());
    world.bench.set("MediaTable", key, "media_count", all).await;
    let url = json!(["https://example.com/video.mp4"]);
    let wanted = with(world.owner.body("By its address"), &[("/media_ids", url)]);
    let before = world.bench.traces().await;
    world.post(&world.owner.caller, &wanted).await.refused(413, "billing.storage_quota", "media_ids[0]");
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);
    World::made(&world.post(&world.owner.caller, &world.owner.body("Of media that is there")).await);
}
