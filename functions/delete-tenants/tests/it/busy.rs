//! What is on its way to TikTok ends first, and keeps what it needs.

use jiff::Timestamp;
use slipway_domain::{CopyKey, PublishId, Pull, Reach, TargetState};
use slipway_store::posts::{Change, MediaRef, TargetRecord};
use workbench::{AttributeValue, Begun, chunks, fixture};

use crate::support::World;

#[tokio::test]
async fn a_post_whose_bytes_are_on_the_way_ends_first_and_keeps_its_media() {
    let world = World::start().await;
    let tenant = world.bench.tenant.clone();
    let record = world.bench.uploaded(&tenant, fixture("index_last.mp4")).await;
    let media = MediaRef::of(&record, slipway_domain::MediaKind::Video).expect("it is ready");
    let account = world.bench.connect().await;
    let upload = Begun::of(chunks(media.size_bytes, media.size_bytes));
    let sent = world.bench.begun(&account, &media, &upload).await;
    let waiting = world.bench.queued(&account, &media).await;
    world.begin().await;
    for after in [0, 20, 60] {
        world.run(after).await;
        assert!(
            world.bench.owner.posts.get(&Reach::whole(&tenant), &sent.post).await.unwrap().is_some(),
            "its bytes are on the way"
        );
        assert!(
            world.bench.owner.media.get(&Reach::whole(&tenant), &media.id).await.unwrap().is_some(),
            "they are read"
        );
        assert!(
            world.bench.owner.accounts.get(&Reach::whole(&tenant), &account.id).await.unwrap().is_some(),
            "they go through it"
        );
        assert!(
            world.bench.owner.posts.get(&Reach::whole(&tenant), &waiting.post).await.unwrap().is_none(),
            "nothing of it was sent"
        );
    }
    let failed = TargetState::Cancelled;
    world.bench.write(&sent, Change::to(failed, Timestamp::now())).await;
    world.run(70).await;
    assert!(world.bench.owner.posts.get(&Reach::whole(&tenant), &sent.post).await.unwrap().is_none());
    assert!(world.bench.owner.media.get(&Reach::whole(&tenant), &media.id).await.unwrap().is_none());
    assert!(world.bench.owner.accounts.get(&Reach::whole(&tenant), &account.id).await.unwrap().is_none());
}

/// Only TikTok's word says that it has fetched them, and is heard through the account.
#[tokio::test]
async fn a_post_whose_copies_tiktok_fetches_is_waited_for_with_its_account() {
    let world = World::start().await;
    let (tenant, now) = (&world.bench.tenant, Timestamp::now());
    let account = world.bench.connect().await;
    let pull = |fetched| Pull {
        attempt: 1,
        copies: vec![CopyKey::new("4f1c", "mp4")],
        called_at: now,
        revoked_at: None,
        fetched,
    };
    let publish_id = PublishId::new("v_pub_url~v2-1.1");
    let mut waited_for = Vec::new();
    for state in [
        TargetState::Pulling { pull: pull(0) },
        TargetState::Processing { publish_id: publish_id.clone(), since: now, pull: Some(pull(1)) },
    ] {
        waited_for.push(world.bench.target(&account, &world.bench.absent_video(100), state).await);
    }
    let sent = TargetState::Processing { publish_id, since: now, pull: None };
    let sent = world.bench.target(&account, &world.bench.absent_video(100), sent).await;
    let is_there = async |target: &TargetRecord| {
        world.bench.owner.posts.get(&Reach::whole(tenant), &target.post).await.unwrap().is_some()
    };
    world.begin().await;
    world.run(0).await;
    assert!(is_there(&waited_for[0]).await && is_there(&waited_for[1]).await);
    assert!(!is_there(&sent).await, "TikTok has every byte");
    assert!(world.bench.owner.accounts.get(&Reach::whole(tenant), &account.id).await.unwrap().is_some());
}

/// Nobody can tell through which account its bytes go, and which media they are.
#[tokio::test]
async fn a_post_that_does_not_read_keeps_accounts_and_media_until_it_does() {
    let world = World::start().await;
    let tenant = world.bench.tenant.clone();
    let (account, media) = (world.bench.connect().await, world.bench.announced(&tenant).await);
    let post = world.bench.queued(&account, &world.bench.absent_video(100)).await;
    let revision = async |value: AttributeValue| {
        let key = [format!("POST#{}", post.post), "POST".to_owned()];
        world.bench.set("PostsTable", key, "revision", value).await;
    };
    revision(AttributeValue::S("one".to_owned())).await;
    world.begin().await;
    world.run(0).await;
    let owner = &world.bench.owner;
    assert!(owner.accounts.get(&Reach::whole(&tenant), &account.id).await.unwrap().is_some());
    assert!(owner.media.get(&Reach::whole(&tenant), &media.id).await.unwrap().is_some());
    revision(AttributeValue::N("1".to_owned())).await;
    world.run(6).await;
    assert!(owner.accounts.get(&Reach::whole(&tenant), &account.id).await.unwrap().is_none());
    assert!(owner.media.get(&Reach::whole(&tenant), &media.id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_post_that_never_ends_is_waited_for_a_day_and_no_longer() {
    let world = World::start().await;
    let account = world.bench.connect().await;
    let media = world.bench.absent_video(100);
    let sent = world.bench.begun(&account, &media, &Begun::of(chunks(100, 100))).await;
    world.begin().await;
    world.run(25 * 60).await;
    assert!(world.bench.owner.posts.get(&Reach::whole(&world.bench.tenant), &sent.post).await.unwrap().is_some());
    world.run(27 * 60).await;
    assert!(world.bench.owner.posts.get(&Reach::whole(&world.bench.tenant), &sent.post).await.unwrap().is_none());
}
