//! Posts that wait for the media are told, whatever came of it.

use jiff::Timestamp;
use serde_json::json;
use slipway_domain::{PostId, Reach};
use slipway_store::accounts::AccountRecord;
use slipway_store::media::{Import, MediaState, MediaUse};
use slipway_store::posts::{Commit, PostRecord, TargetRecord};
use slipway_worker::Handled;
use uuid::Uuid;
use workbench::{creation, video_of};

use crate::server::Server;
use crate::support::World;

#[tokio::test]
async fn a_post_that_waits_is_woken_whatever_came_of_its_media() {
    for (server, tries, ready) in [
        (Server::of(video_of(200_000, 1)).await, 0, true),
        (Server::refusing(404).await, 0, false),
        (Server::refusing(503).await, 5, false),
        (Server::refusing(503).await, 6, false),
    ] {
        let world = World::new(server).await;
        let account = world.connect().await;
        let (media, target) = world.awaited(&account, Import { tries, ..world.import() }).await;
        assert_eq!(world.step(&media).await, Handled::Done);
        assert_eq!(matches!(world.media_now(&media).await.state, MediaState::Ready { .. }), ready);
        let named = json!({"tenant": target.tenant, "post": target.post, "account": target.account});
        assert_eq!(world.messages("TransfersQueue"), [json!({"target": named})]);

        // Its worker may have died before it could tell.
        assert_eq!(world.step(&media).await, Handled::Done);
        assert_eq!(world.messages("TransfersQueue").len(), 2);
    }
}

#[tokio::test]
async fn as_long_as_there_is_a_next_try_nobody_is_woken() {
    let world = World::new(Server::refusing(503).await).await;
    let account = world.connect().await;
    let (media, _) = world.awaited(&account, world.import()).await;
    assert!(matches!(world.step(&media).await, Handled::Again(_)));
    assert_eq!(world.messages("TransfersQueue").len(), 0);
}

#[tokio::test]
async fn every_target_of_every_post_that_waits_is_woken() {
    let world = World::new(Server::of(video_of(200_000, 1)).await).await;
    let (account, other, now) = (world.connect().await, world.connect().await, Timestamp::now());
    let (media, target) = world.awaited(&account, world.import()).await;
    let first = world.owner.posts.get(&Reach::whole(&target.tenant), &target.post).await.unwrap().unwrap();
    let post = PostRecord { id: PostId::from_uuid(Uuid::now_v7()), ..first.post };
    let to = |to: &AccountRecord| TargetRecord { post: post.id.clone(), account: to.id.clone(), ..target.clone() };
    let targets = vec![to(&account), to(&other)];
    let usage = MediaUse { tenant: media.tenant.clone(), media: media.id.clone(), etag: None, starts_at: now };
    world.create(&Commit { media: vec![usage], ..creation(post, targets) }, now).await;
    assert_eq!(world.step(&media).await, Handled::Done);
    assert_eq!(world.messages("TransfersQueue").len(), 3);
}
