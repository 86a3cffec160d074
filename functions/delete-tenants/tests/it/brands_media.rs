//! The media of a brand that was deleted, and its drafts.

use std::slice;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use aws_stand_in::{Crash, Meanwhile, Moment};
use futures_util::future::join;
use jiff::Timestamp;
use slipway_domain::{BrandId, Failure, MediaId, MediaKind, Reach, TargetState};
use slipway_store::accounts::AccountRecord;
use slipway_store::media::{MediaRecord, MediaUse};
use slipway_store::posts::{Change, Commit, MediaRef, TargetMedia, TargetRecord};
use tokio::sync::Notify;
use workbench::{AttributeValue, creation, fixture, new_post, new_target, private_video};

use crate::support::{World, closed_brand, job, minutes};

/// Media of these brands.
async fn media(world: &World, brands: &[&str]) -> MediaRecord {
    let brands: Vec<BrandId> = brands.iter().map(|brand| brand.parse().unwrap()).collect();
    world.bench.uploaded_of(&world.bench.tenant, &brands, fixture("index_last.mp4")).await
}

async fn now(world: &World, media: &MediaRecord) -> Option<MediaRecord> {
    world.bench.owner.media.get(&Reach::whole(&media.tenant), &media.id).await.unwrap()
}

/// A post of this media for an account of another brand.
async fn post(world: &World, media: &MediaRecord, state: TargetState) -> TargetRecord {
    let account = world.bench.connect().await;
    post_for(world, &account, media, state).await
}

/// A post of this media, which takes it into use.
async fn post_for(world: &World, account: &AccountRecord, media: &MediaRecord, state: TargetState) -> TargetRecord {
    let target = world.bench.target(account, &MediaRef::of(media, MediaKind::Video).unwrap(), state).await;
    let key = [format!("TENANT#{}", media.tenant), format!("MED#{}", media.id)];
    world.bench.add("MediaTable", key, "posts", AttributeValue::Ss(vec![target.post.to_string()])).await;
    target
}

fn scheduled() -> TargetState {
    TargetState::Scheduled { at: Timestamp::MAX }
}

#[tokio::test]
async fn media_of_a_deleted_brand_alone_goes_and_that_of_several_loses_it() {
    let world = World::start().await;
    let own = [media(&world, &["brand_a"]).await, media(&world, &["brand_a", "brand_a"]).await];
    let shared = media(&world, &["brand_b", "brand_a"]).await;
    let others = [media(&world, &[]).await, media(&world, &["brand_b"]).await];
    let in_use = media(&world, &["brand_a", "brand_b"]).await;
    post(&world, &in_use, scheduled()).await;
    closed_brand(&world, "brand_a").await;
    assert_eq!(world.run(1).await.ended, 1);
    for media in own {
        assert_eq!(now(&world, &media).await, None);
        assert_eq!(world.bench.owner.bucket.object(&media.s3_key).head().await.unwrap(), None, "its file is gone");
    }
    for media in [shared, in_use] {
        assert_eq!(now(&world, &media).await.unwrap().brands, ["brand_b".parse().unwrap()]);
    }
    for media in others {
        assert_eq!(now(&world, &media).await, Some(media), "nothing was changed");
    }
}

#[tokio::test]
async fn a_draft_of_a_deleted_brand_fails_and_lets_its_media_go() {
    let world = World::start().await;
    let account = world.bench.put_into_brand(&world.bench.connect().await, "brand_a").await;
    let media = media(&world, &["brand_a"]).await;
    let draft = post_for(&world, &account, &media, TargetState::Draft).await;
    let brand = "brand_a".parse().unwrap();
    let accounts = &world.bench.owner.accounts;
    accounts.close_brand(&Reach::whole(&media.tenant), &brand, world.began, world.began).await.unwrap().done().unwrap();
    assert_eq!(world.run(1).await.ended, 1);
    let state = world.bench.now(&draft).await.state;
    assert!(matches!(state, TargetState::Failed { failure: Failure::AccountGone, .. }), "{state:?}");
    assert_eq!(now(&world, &media).await, None);
}

/// Such as one that a request under way made while the account went: nobody finds it by its account any more.
#[tokio::test]
async fn a_draft_for_an_account_that_is_gone_holds_no_media_of_a_brand() {
    let world = World::start().await;
    let account = world.bench.connect().await;
    let media = media(&world, &["brand_a"]).await;
    let draft = post_for(&world, &account, &media, TargetState::Draft).await;
    assert!(world.bench.owner.accounts.forget(&account).await.unwrap().is_done());
    closed_brand(&world, "brand_a").await;
    assert_eq!(world.run(1).await.ended, 1);
    assert!(matches!(world.bench.now(&draft).await.state, TargetState::Failed { .. }));
    assert_eq!(now(&world, &media).await, None);
}

#[tokio::test]
async fn media_of_a_deleted_brand_goes_once_the_post_that_needs_it_has_ended() {
    let world = World::start().await;
    let media = media(&world, &["brand_a"]).await;
    let post = post(&world, &media, scheduled()).await;
    closed_brand(&world, "brand_a").await;
    assert_eq!((world.run(1).await.ended, now(&world, &media).await.is_some()), (0, true));
    world.bench.write(&post, Change::to(TargetState::Cancelled, Timestamp::now())).await;
    assert_eq!((world.run(62).await.ended, now(&world, &media).await), (1, None));
}

/// A post may wait for months. Its media then goes as any other does that no post needs.
#[tokio::test]
async fn media_of_a_deleted_brand_is_waited_for_a_day_and_then_left_to_its_time() {
    let world = World::start().await;
    let media = media(&world, &["brand_a"]).await;
    post(&world, &media, scheduled()).await;
    closed_brand(&world, "brand_a").await;
    let ended = [world.run(1).await.ended, world.run(25 * 60).await.ended, world.run(27 * 60).await.ended];
    assert_eq!((ended, now(&world, &media).await.is_some()), ([0, 0, 1], true));
}

/// Each run has time for some pages: without a place to go on from it would read the same ones for ever.
#[tokio::test]
async fn a_run_goes_on_with_a_brands_media_where_the_last_ones_time_was_up() {
    const PAGES: usize = 8;
    let world = World::start().await;
    let tenant = world.bench.tenant.clone();
    let brand = closed_brand(&world, "brand_a").await;
    let record = |number: usize, brands: &[BrandId]| {
        let id: MediaId = format!("med_{number:05}").parse().unwrap();
        MediaRecord::new(tenant.clone(), id, "a.mp4".to_owned(), "video/mp4".to_owned(), world.began).of_brands(brands)
    };
    for number in 0..PAGES * 100 {
        assert!(world.bench.owner.media.put(&record(number, &[])).await.unwrap().is_done());
    }
    let last = record(PAGES * 100, slice::from_ref(&brand));
    assert!(world.bench.owner.media.put(&last).await.unwrap().is_done());
    let slow: Meanwhile = Arc::new(|| Box::pin(tokio::time::sleep(Duration::from_millis(100))));
    world.bench.deployment.aws().before_next("DynamoDB.Query", 10_000, slow);
    let mut runs = 0;
    while world.run_for(1 + runs, Duration::from_millis(2_200)).await.ended == 0 {
        runs += 1;
        assert!(runs < 20, "it comes to no end");
    }
    assert!(runs > 0, "one run was enough");
    assert_eq!(now(&world, &last).await, None);
}

/// A request that was under way knew its key from before.
#[tokio::test]
async fn what_a_request_still_makes_with_the_key_of_a_deleted_brand_goes_too() {
    let world = World::start().await;
    let tenant = world.bench.tenant.clone();
    world.bench.caller_with(&tenant, &[], &["brand_a"]).await;
    let brand = closed_brand(&world, "brand_a").await;
    assert_eq!(world.run(1).await.ended, 0);
    let late = world.bench.uploaded_of(&tenant, slice::from_ref(&brand), fixture("index_last.mp4")).await;
    assert_eq!(world.run(3).await.ended, 1);
    assert_eq!(world.bench.owner.media.get(&Reach::whole(&tenant), &late.id).await.unwrap(), None);
}

/// Nobody sees a moment at which media is free and a post is made of it.
#[tokio::test]
async fn media_that_a_post_takes_into_use_at_this_moment_stays_for_it() {
    let world = World::start().await;
    let media = media(&world, &["brand_a"]).await;
    let account = world.bench.connect().await;
    closed_brand(&world, "brand_a").await;
    let usage = MediaUse {
        tenant: media.tenant.clone(),
        media: media.id.clone(),
        etag: media.state.object().map(|object| object.etag.clone()),
        starts_at: Timestamp::now(),
    };
    let post = new_post(&media.tenant, "post_1".parse().unwrap(), &media.id, Timestamp::now());
    let file = TargetMedia::Verified(MediaRef::of(&media, MediaKind::Video).unwrap());
    let target = new_target(&post, &account.id, file, scheduled(), private_video());
    let new = Commit { media: vec![usage], ..creation(post, vec![target]) };
    let (posts, table, calls) = (world.bench.owner.posts.clone(), world.bench.owner.media.clone(), AtomicUsize::new(0));
    let takes: Meanwhile = Arc::new(move || {
        // The first transaction of a run forgets the brand, the second one is the mark.
        if calls.fetch_add(1, Relaxed) == 0 {
            return Box::pin(std::future::ready(()));
        }
        let (posts, table, new) = (posts.clone(), table.clone(), new.clone());
        Box::pin(async move { assert!(posts.commit(&new, &table, Timestamp::now()).await.unwrap().is_done()) })
    });
    world.bench.deployment.aws().before_next("DynamoDB.TransactWriteItems", 2, takes);
    assert_eq!(world.run(1).await.ended, 0);
    let now = now(&world, &media).await.expect("it is there");
    assert_eq!((now.posts.len(), now.brands), (1, media.brands));
}

#[tokio::test]
async fn media_of_two_brands_that_go_at_once_goes_with_the_second_one() {
    let world = World::start().await;
    let media = media(&world, &["brand_a", "brand_b"]).await;
    closed_brand(&world, "brand_a").await;
    closed_brand(&world, "brand_b").await;
    let twin = job(&world.bench.another_process());
    let (at, until) = (world.began + minutes(1), Instant::now() + Duration::from_mins(1));
    let (one, other) = Box::pin(join(world.job.run(at, until), twin.run(at, until))).await;
    assert_eq!(one.unwrap().ended + other.unwrap().ended, 2);
    assert_eq!(now(&world, &media).await, None);
}

/// Runs, and dies at this call to AWS. Answers whether it came so far.
async fn dies_at(world: &World, call: u64, moment: Moment) -> bool {
    let died = Arc::new(Notify::new());
    let death: Crash = {
        let died = Arc::clone(&died);
        Arc::new(move || {
            died.notify_one();
            Box::pin(std::future::ready(()))
        })
    };
    world.bench.deployment.aws().crash_at(call, moment, death);
    let runs = async {
        for after in [1, 3] {
            world.run(after).await;
        }
    };
    tokio::select! {
        () = runs => false,
        () = died.notified() => true,
    }
}

/// A call that was under way has taken effect, or not.
#[tokio::test]
async fn a_run_that_dies_at_any_call_leaves_the_rest_of_a_brand_to_the_next() {
    for moment in [Moment::Before, Moment::After] {
        let mut deaths = 0;
        loop {
            let world = World::start().await;
            let tenant = world.bench.tenant.clone();
            let (own, shared) = (media(&world, &["brand_a"]).await, media(&world, &["brand_a", "brand_b"]).await);
            let alone = world.bench.caller_with(&tenant, &[], &["brand_a"]).await;
            let several = world.bench.caller_with(&tenant, &[], &["brand_a", "brand_b"]).await;
            closed_brand(&world, "brand_a").await;
            if !dies_at(&world, deaths + 1, moment).await {
                break;
            }
            deaths += 1;
            for after in [10, 20, 30] {
                world.run(after).await;
            }
            let left = world.bench.owner.accounts.going_brands(world.began + minutes(600)).await.unwrap();
            assert_eq!(left, [], "{moment:?} {deaths}");
            assert_eq!(now(&world, &own).await, None, "{moment:?} {deaths}");
            let key = async |id| world.bench.owner.tenants.key_of(&tenant, id).await.unwrap();
            assert_eq!(key(&alone.key).await, None, "{moment:?} {deaths}");
            let brands = [now(&world, &shared).await.unwrap().brands, key(&several.key).await.unwrap().brand_ids];
            assert!(brands.iter().all(|brands| brands.iter().map(BrandId::as_str).eq(["brand_b"])), "{brands:?}");
        }
        println!("died {moment:?} each of {deaths} calls");
        assert!(deaths >= 16, "only {deaths} deaths");
    }
}
