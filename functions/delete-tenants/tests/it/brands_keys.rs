//! Keys that are restricted to a brand which was deleted.

use slipway_domain::{BrandId, EventType, KeyId, Mode, Reach};
use slipway_store::tenants::KeyRecord;
use tiktok_sim::{Action, Endpoint, Fault};
use workbench::Caller;

use crate::support::{World, closed_brand};

async fn key(world: &World, caller: &Caller) -> Option<KeyRecord> {
    world.bench.owner.tenants.key_of(&caller.tenant, &caller.key).await.unwrap()
}

async fn brands(world: &World, caller: &Caller) -> Option<Vec<String>> {
    Some(key(world, caller).await?.brand_ids.iter().map(BrandId::to_string).collect())
}

#[tokio::test]
async fn a_key_of_a_deleted_brand_alone_is_revoked_and_one_of_several_loses_it() {
    let world = World::start().await;
    let (tenant, test) = (world.bench.tenant.clone(), world.bench.tenant.in_mode(Mode::Test));
    let alone = world.bench.caller_with(&tenant, &["media:read"], &["brand_a"]).await;
    let several = world.bench.caller_with(&tenant, &[], &["brand_a", "brand_b"]).await;
    let whole = world.bench.caller_with(&tenant, &[], &[]).await;
    let other = world.bench.caller_with(&tenant, &[], &["brand_b"]).await;
    // A brand of the test space may be called the same.
    let test = world.bench.caller_with(&test, &[], &["brand_a"]).await;
    closed_brand(&world, "brand_a").await;
    let before = key(&world, &several).await.unwrap();

    world.run(1).await;
    assert_eq!(key(&world, &alone).await, None);
    let after = key(&world, &several).await.unwrap();
    let brand_ids = vec!["brand_b".parse().unwrap()];
    assert_eq!(after, KeyRecord { brand_ids, version: before.version + 1, ..before });
    let by_hash = world.bench.owner.tenants.key(after.hash.as_ref().unwrap()).await.unwrap();
    assert_eq!(by_hash.as_ref(), Some(&after), "requests are answered out of this one");
    let left = [brands(&world, &whole).await, brands(&world, &other).await, brands(&world, &test).await];
    let stays = |brands: &[&str]| Some(brands.iter().map(|brand| (*brand).to_owned()).collect());
    assert_eq!(left, [stays(&[]), stays(&["brand_b"]), stays(&["brand_a"])]);

    let log = world.bench.owner.events.list(&Reach::whole(&tenant), None, 100).await.unwrap().entries;
    let mut told: Vec<(EventType, KeyId)> =
        log.iter().map(|entry| (entry.kind, entry.resource.parse().unwrap())).collect();
    told.sort_by_key(|(kind, _)| kind.as_str());
    assert_eq!(told, [(EventType::KeyRevoked, alone.key), (EventType::KeyUpdated, several.key)]);
}

/// Whoever made a key at the moment of the deletion had seen the brand.
#[tokio::test]
async fn a_brand_does_not_end_while_a_request_may_still_name_it() {
    let world = World::start().await;
    closed_brand(&world, "brand_a").await;
    assert_eq!(world.run(0).await.ended, 0);
    let late = world.bench.caller_with(&world.bench.tenant, &[], &["brand_a"]).await;
    let ended = [world.run(2).await.ended, world.run(4).await.ended];
    assert_eq!((ended, key(&world, &late).await), ([0, 1], None));
}

/// Nothing more is to be made with it while TikTok takes its time.
#[tokio::test]
async fn a_key_of_a_deleted_brand_goes_before_accounts_that_can_not_go_yet() {
    let world = World::start().await;
    let account = world.bench.put_into_brand(&world.bench.connect().await, "brand_a").await;
    let alone = world.bench.caller_with(&world.bench.tenant, &[], &["brand_a"]).await;
    let down = Fault::on(Endpoint::Revoke, Action::StatusBefore { status: 503, code: None });
    world.bench.tiktok.fault(down.times(100));
    let (accounts, brand) = (&world.bench.owner.accounts, "brand_a".parse().unwrap());
    accounts
        .close_brand(&Reach::whole(&world.bench.tenant), &brand, world.began, world.began)
        .await
        .unwrap()
        .done()
        .unwrap();
    assert_eq!(world.run(2).await.ended, 0);
    assert!(
        accounts.get(&Reach::whole(&account.tenant), &account.id).await.unwrap().is_some(),
        "TikTok has not taken it back"
    );
    assert_eq!(key(&world, &alone).await, None);
}
