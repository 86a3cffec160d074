//! Twins, and what comes while a tenant goes.

use slipway_domain::Reach;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_stand_in::Meanwhile;
use futures_util::future::join;
use jiff::Timestamp;
use slipway_domain::{Line, PaceLimits};
use slipway_store::tenants::TenantRecord;
use slipway_store::webhooks::DeliveryRecord;
use tiktok_sim::{Endpoint, User};
use workbench::new_tenant;

use crate::support::{World, job, minutes};

#[tokio::test]
async fn of_two_runs_at_once_one_goes_on_with_a_deletion() {
    let world = World::start().await;
    world.begin().await;
    let twin = job(&world.bench.another_process());
    let until = Instant::now() + Duration::from_mins(1);
    let (one, other) = Box::pin(join(world.job.run(world.began, until), twin.run(world.began, until))).await;
    assert_eq!(one.unwrap().worked_on + other.unwrap().worked_on, 1);
}

/// Whoever dies leaves the deletion to the next run, once its time is over.
#[tokio::test]
async fn a_deletion_that_somebody_holds_is_gone_on_with_after_minutes() {
    let world = World::start().await;
    world.begin().await;
    let due = world.job.tenants.due_deletions(world.began).await.unwrap();
    world
        .job
        .tenants
        .note_deletion(&due[0], world.began, world.began + slipway_domain::schedule::DELETION_CLAIM)
        .await
        .unwrap()
        .done()
        .unwrap();
    assert_eq!([world.run(1).await.worked_on, world.run(2).await.worked_on], [0, 1]);
}

/// What a run has found that died then counts as found.
#[tokio::test]
async fn a_run_that_dies_behind_what_it_has_deleted_prolongs_the_deletion() {
    let world = World::start().await;
    let tenant = world.bench.tenant.clone();
    world.begin().await;
    world.run(0).await;
    world.log(&tenant, 1).await;
    let aws = world.bench.deployment.aws().clone();
    let fails: Meanwhile = Arc::new(move || {
        aws.fail_next("DynamoDB.UpdateItem", 9, 500);
        Box::pin(async {})
    });
    let aws = world.bench.deployment.aws();
    aws.before_next("DynamoDB.BatchWriteItem", 1, fails);
    let died = world.job.run(world.began + minutes(14), Instant::now() + Duration::from_mins(1)).await;
    assert!(died.is_err(), "{died:?}");
    aws.clear_faults();
    assert_eq!(world.logged(&tenant).await, 0, "it was deleted");
    assert_eq!([world.run(17).await, world.run(24).await].map(|ran| (ran.worked_on, ran.ended)), [(1, 0), (1, 0)]);
    assert_eq!((world.run(30).await.ended, world.is_there().await), (1, false));
}

/// Each would leave its creator's authorization to the other.
#[tokio::test]
async fn an_authorization_that_only_those_share_who_go_is_taken_back() {
    let world = World::start().await;
    let user = world.bench.tiktok.add_user(User::default());
    let other = new_tenant();
    world.bench.connect_user(&other, &user).await;
    world.bench.connect_user(&world.bench.tenant, &user).await;
    assert!(world.bench.owner.accounts.close_all(&other, Instant::now() + Duration::from_mins(1)).await.unwrap());
    world.begin().await;
    world.run(0).await;
    assert_eq!(world.bench.tiktok.ledger().requests_to(Endpoint::Revoke).len(), 1);
}

#[tokio::test]
async fn what_a_request_made_at_the_last_moment_is_found_and_goes_too() {
    let world = World::start().await;
    let tenant = world.bench.tenant.clone();
    world.begin().await;
    world.run(0).await;
    // A request, and a creator who was on TikTok's page.
    let account = world.bench.connect().await;
    let post = world.bench.queued(&account, &world.bench.absent_video(100)).await;
    world.log(&tenant, 1).await;
    assert_eq!(world.run(15).await.ended, 0, "something was found");
    assert!(world.bench.owner.posts.get(&Reach::whole(&tenant), &post.post).await.unwrap().is_none());
    assert!(world.bench.owner.accounts.get(&Reach::whole(&tenant), &account.id).await.unwrap().is_none());
    assert_eq!(world.run(29).await.ended, 0, "not for a quarter of an hour");
    assert_eq!((world.run(35).await.ended, world.is_there().await, world.logged(&tenant).await), (1, false, 0));
}

/// The tenant stays as long as a file may come for its media: S3 would take it, and nobody would know whose it is.
#[tokio::test]
async fn media_whose_file_may_still_come_keeps_the_deletion_open() {
    let world = World::start().await;
    let record = world.bench.announced(&world.bench.tenant).await;
    world.begin().await;
    for after in [0, 20, 40] {
        assert_eq!(world.run(after).await.ended, 0);
    }
    world.bench.put_object(&record.s3_key, vec![1; 10]).await;
    // The sweep, two hours later.
    let media = &world.bench.owner.media;
    let marked =
        media.get_also_deleting(&Reach::whole(&world.bench.tenant), &record.id).await.unwrap().expect("the mark stays");
    assert!(media.forget(&marked, world.began + minutes(130)).await.unwrap().is_done());
    assert_eq!((world.run(130).await.ended, world.is_there().await), (1, false));
}

#[tokio::test]
async fn a_delivery_that_was_under_way_is_found_through_its_endpoint() {
    let world = World::start().await;
    let tenant = &world.bench.tenant;
    let webhooks = &world.bench.owner.webhooks;
    let webhook = world.endpoint().await;
    world.log(tenant, 1).await;
    let entry = world.bench.owner.events.list(&Reach::whole(tenant), None, 1).await.unwrap().entries.remove(0);
    world.begin().await;
    world.run(0).await;
    assert!(!webhooks.get(&Reach::whole(tenant), &webhook.id).await.unwrap().expect("it stays to the end").is_active);
    let late = DeliveryRecord { version: 1, ..DeliveryRecord::of(&webhook, &entry) };
    assert!(webhooks.keep(&late, None, Timestamp::now()).await.unwrap().is_done());
    assert_eq!(world.run(15).await.ended, 0, "something was found");
    assert!(webhooks.delivery(&Reach::whole(tenant), &webhook, &late.id).await.unwrap().is_none());
    assert_eq!(world.run(31).await.ended, 1);
    assert!(webhooks.get(&Reach::whole(tenant), &webhook.id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_run_that_ends_twice_leaves_a_new_tenant_its_address() {
    let world = World::start().await;
    world.begin().await;
    let stale = world.job.tenants.due_deletions(world.began).await.unwrap().remove(0);
    world.run(0).await;
    assert_eq!(world.run(16).await.ended, 1);
    let again = TenantRecord::new(new_tenant(), stale.email.clone(), Timestamp::now());
    assert!(world.bench.owner.tenants.create(&again).await.unwrap().is_done());
    assert!(!world.job.tenants.end_deletion(&stale).await.unwrap().is_done());
    assert_eq!(world.bench.owner.tenants.by_email(&stale.email).await.unwrap().unwrap().id, again.id);
}

/// An account that stays through the first run keeps what leads to it.
#[tokio::test]
async fn the_paces_that_accounts_left_go_with_their_tenant() {
    let world = World::start().await;
    let tenant = world.bench.tenant.clone();
    let [gone, there] = [world.bench.connect().await, world.bench.connect().await];
    let mut pace = gone.pace.clone();
    let _ = pace.take(Line::Posts, PaceLimits::default(), None, Timestamp::now());
    let accounts = &world.bench.owner.accounts;
    let gone = accounts.keep_pace(&gone, &pace).await.unwrap().done().unwrap();
    assert!(accounts.forget(&gone).await.unwrap().is_done());
    let until = Instant::now() + Duration::from_mins(1);
    let owners = async || {
        let items = world.bench.items_of("AccountsTable", &format!("TENANT#{tenant}")).await;
        items.iter().filter(|item| item["sk"].as_s().unwrap().starts_with("OPENID#")).count()
    };
    assert_eq!(owners().await, 2);
    let erased = accounts.erase_rest(&tenant, until).await.unwrap();
    assert_eq!((erased.is_all, owners().await), (true, 1));
    assert_eq!(accounts.owner(&tenant, &there.open_id).await.unwrap().account(), Some(&there.id));
    world.begin().await;
    world.run(0).await;
    assert_eq!(owners().await, 0);
}
