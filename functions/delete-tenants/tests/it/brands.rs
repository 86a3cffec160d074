//! Brands that were deleted, and what their request left.

use std::time::{Duration, Instant};

use futures_util::future::join;
use jiff::Timestamp;
use slipway_domain::{BrandId, Reach, TargetState};
use slipway_store::Write;
use slipway_store::accounts::{AccountRecord, GoingBrand};
use slipway_store::posts::{MediaRef, TargetRecord};
use tiktok_sim::{Endpoint, User};
use workbench::fixture;

use crate::support::{World, job, minutes};

/// An account of a brand, with a post that waits for it; the brand is closed.
async fn closed(world: &World) -> (GoingBrand, AccountRecord, TargetRecord) {
    let tenant = &world.bench.tenant;
    let account = world.bench.put_into_brand(&world.bench.connect().await, "brand_a").await;
    let record = world.bench.uploaded(tenant, fixture("index_last.mp4")).await;
    let media = MediaRef::of(&record, slipway_domain::MediaKind::Video).unwrap();
    let waiting = world.bench.target(&account, &media, TargetState::Scheduled { at: Timestamp::MAX }).await;
    let brand: BrandId = "brand_a".parse().unwrap();
    let going = world
        .bench
        .owner
        .accounts
        .close_brand(&Reach::whole(tenant), &brand, world.began, world.began)
        .await
        .unwrap()
        .done()
        .unwrap();
    (going, account, waiting)
}

async fn is_there(world: &World, account: &AccountRecord) -> bool {
    world.bench.owner.accounts.get(&Reach::whole(&account.tenant), &account.id).await.unwrap().is_some()
}

async fn has_failed(world: &World, target: &TargetRecord) -> bool {
    matches!(world.bench.now(target).await.state, TargetState::Failed { .. })
}

async fn deletions(world: &World) -> Vec<GoingBrand> {
    world.bench.owner.accounts.going_brands(world.began + minutes(600)).await.unwrap()
}

#[tokio::test]
async fn what_a_request_left_of_a_brand_goes_in_one_run() {
    let world = World::start().await;
    let (going, account, waiting) = closed(&world).await;
    let again = world
        .bench
        .owner
        .accounts
        .close_brand(&Reach::whole(&going.tenant), &going.brand, world.began, world.began)
        .await;
    assert_eq!(again.unwrap(), Write::Done(going.clone()), "a repeat begins nothing");
    let ran = world.run(1).await;
    assert_eq!((ran.worked_on, ran.ended), (1, 1));
    assert!(!is_there(&world, &account).await && has_failed(&world, &waiting).await);
    assert_eq!(
        (world.bench.tiktok.ledger().requests_to(Endpoint::Revoke).len(), deletions(&world).await.len()),
        (1, 0)
    );
    assert_eq!(world.run(2).await.worked_on, 0);
    assert!(world.is_there().await, "the tenant stays");
}

/// Whoever died between an account and its posts has noted the account before.
#[tokio::test]
async fn posts_fail_whose_account_went_in_a_run_that_died() {
    let world = World::start().await;
    let (going, account, waiting) = closed(&world).await;
    let accounts = &world.bench.owner.accounts;
    accounts.note_going(&going, vec![account.id.clone()], world.began).await.unwrap().done().unwrap();
    assert!(accounts.forget(&account).await.unwrap().is_done());
    assert!(!has_failed(&world, &waiting).await);
    assert_eq!(world.run(1).await.ended, 1);
    assert!(has_failed(&world, &waiting).await);
}

#[tokio::test]
async fn a_brand_that_somebody_holds_is_left_alone_and_gone_on_with_by_one() {
    let world = World::start().await;
    let (going, account, _) = closed(&world).await;
    let held = world.began + slipway_domain::schedule::DELETION_CLAIM;
    world.bench.owner.accounts.note_going(&going, Vec::new(), held).await.unwrap().done().unwrap();
    assert_eq!((world.run(1).await.worked_on, is_there(&world, &account).await), (0, true));
    let twin = job(&world.bench.another_process());
    let (now, until) = (world.began + minutes(3), Instant::now() + Duration::from_mins(1));
    let (one, other) = Box::pin(join(world.job.run(now, until), twin.run(now, until))).await;
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!((one.worked_on + other.worked_on, one.ended + other.ended), (1, 1));
}

#[tokio::test]
async fn a_run_without_time_leaves_a_brand_to_the_next_one() {
    let world = World::start().await;
    let (_, account, waiting) = closed(&world).await;
    let ran = world.run_for(1, Duration::ZERO).await;
    assert_eq!((ran.ended, is_there(&world, &account).await), (0, true));
    assert_eq!(world.run(4).await.ended, 1);
    assert!(has_failed(&world, &waiting).await);
}

/// Who deletes many brands delays nobody who deletes one.
#[tokio::test]
async fn tenants_whose_brands_go_take_turns() {
    let world = World::start().await;
    let (busy, other) = (world.bench.tenant.clone(), World::stranger());
    let mut begun = Vec::new();
    for (place, (tenant, brand)) in
        [(&busy, "brand_a"), (&busy, "brand_b"), (&busy, "brand_c"), (&other, "brand_d")].into_iter().enumerate()
    {
        let creator = world.bench.tiktok.add_user(User::default());
        let account = world.bench.connect_user(tenant, &creator).await;
        world.bench.put_into_brand(&account, brand).await;
        let due_at = world.began + minutes(i64::try_from(place).unwrap());
        let brand = brand.parse().unwrap();
        world
            .bench
            .owner
            .accounts
            .close_brand(&Reach::whole(tenant), &brand, world.began, due_at)
            .await
            .unwrap()
            .done()
            .unwrap();
        begun.push(creator);
    }
    assert_eq!(world.run(5).await.ended, 4);
    let ledger = world.bench.tiktok.ledger();
    let revoked: Vec<_> =
        ledger.requests_to(Endpoint::Revoke).into_iter().filter_map(|one| one.open_id.clone()).collect();
    assert_eq!(revoked, [0, 3, 1, 2].map(|place| begun[place].clone()));
}
