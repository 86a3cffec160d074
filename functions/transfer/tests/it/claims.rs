//! Who may work on a target: claims, fences, and the message that stays hidden meanwhile.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use slipway_contract::queue::{TargetRef, TransferMessage};
use slipway_domain::{TargetState, TenantId};
use slipway_runtime::Deadline;
use slipway_store::posts::Change;
use slipway_worker::Handled;
use tiktok_sim::{Action, Endpoint, Fault};
use uuid::Uuid;
use workbench::{Begun, sha256, until};

use crate::support::{TRANSFERS, World};

/// Slows TikTok down so that 200,000 bytes take this long.
fn slow(seconds_for_small: f64) -> Fault {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a speed")]
    let bytes_per_second = (200_000.0 / seconds_for_small) as u64;
    Fault::on(Endpoint::Upload, Action::SlowBody { bytes_per_second })
}

#[tokio::test]
async fn a_message_that_comes_while_another_worker_lives_is_put_off() {
    let world = World::new().await;
    let (target, _) = world.small().await;
    let held = Change::to(target.state.clone(), Timestamp::now());
    let held = world.write(&target, held.held_until(Timestamp::now() + SignedDuration::from_secs(20))).await;
    let Handled::Again(pause) = world.step(&target).await else { panic!("it is dropped") };
    assert!(pause > Duration::from_secs(18) && pause < Duration::from_secs(22), "{pause:?}");
    assert_eq!(world.now(&target).await, held, "nothing is written");
    assert_eq!(world.calls(Endpoint::VideoInit), 0);
}

#[tokio::test]
async fn a_claim_that_has_run_out_holds_nobody_off() {
    let world = World::new().await;
    let (target, bytes) = world.small().await;
    let state = TargetState::Initialising { attempt: 1 };
    let dead = Change::to(state, Timestamp::now()).held_until(Timestamp::now() - SignedDuration::from_secs(1));
    world.write(&target, dead).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    let now = world.now(&target).await;
    assert_eq!(world.publish(&now).sha256, Some(sha256(&bytes)));
}

#[tokio::test]
async fn of_two_workers_at_once_one_sends_the_video() {
    let world = World::new().await;
    let (target, bytes) = world.small().await;
    tokio::join!(world.step(&target), world.step(&target));
    assert_eq!(world.calls(Endpoint::VideoInit), 1);
    assert_eq!(world.calls(Endpoint::Upload), 1);
    assert_eq!(world.publish(&world.now(&target).await).sha256, Some(sha256(&bytes)));
}

#[tokio::test]
async fn the_tenant_of_a_message_must_be_the_targets() {
    let world = World::new().await;
    let (target, _) = world.small().await;
    let (message, record) = world.message(&target).await;
    let tenant = TenantId::from_uuid(Uuid::now_v7());
    let message = TransferMessage { target: TargetRef { tenant, ..message.target } };
    let outcome = world.worker.step(message, &record, Deadline::after(Duration::from_mins(5))).await;
    assert_eq!(outcome, Handled::Done, "it never becomes right");
    assert_eq!(world.now(&target).await, target);
    assert_eq!(world.calls(Endpoint::VideoInit), 0);
}

#[tokio::test]
async fn who_takes_an_upload_up_fences_its_worker_off_before_asking_tiktok() {
    let world = World::new().await;
    let (media, plan, bytes) = world.whole().await;
    let before = world.begun(&world.account, &media, &Begun::of(plan)).await;
    world.tiktok.fault(Fault::on(Endpoint::StatusFetch, Action::Delay { millis: 1000 }));
    let zombie = async {
        world.until_called(Endpoint::StatusFetch, 1).await;
        let sent = Change::to(before.state.clone(), Timestamp::now());
        world.owner.posts.change(&before, sent).await.unwrap()
    };
    let (outcome, written) = tokio::join!(world.step(&before), zombie);
    assert!(!written.is_done(), "the worker before still writes");
    assert_eq!(outcome, Handled::Done);
    assert_eq!(world.publish(&before).sha256, Some(sha256(&bytes)));
}

#[tokio::test]
async fn who_loses_an_upload_while_taking_it_up_sends_nothing() {
    let world = World::new().await;
    let (media, plan, _) = world.whole().await;
    let target = world.begun(&world.account, &media, &Begun::of(plan)).await;
    let now = Timestamp::now();
    let taken = Change::to(target.state.clone(), now).held_until(now + SignedDuration::from_mins(1));
    world.write_before_next("DynamoDB.UpdateItem", 1, &target, taken);
    assert_eq!(world.step(&target).await, Handled::Done);
    assert_eq!(world.now(&target).await.version, target.version + 1, "the other one's write stands");
    assert_eq!((world.calls(Endpoint::StatusFetch), world.calls(Endpoint::Upload)), (0, 0));
}

#[tokio::test]
async fn a_worker_that_lost_its_target_stops_inside_its_chunk() {
    let world = World::with_claim_time(Duration::from_secs(1)).await;
    let (target, _) = world.small().await;
    world.tiktok.fault(slow(2.5));
    let other = async {
        world.until_called(Endpoint::Upload, 1).await;
        world.taken_by_another(&target).await
    };
    let (outcome, taken) = tokio::join!(world.step(&target), other);
    assert_eq!(outcome, Handled::Done);
    assert_eq!(world.now(&target).await, taken, "the other one's write stands");
    assert_eq!(world.publish(&taken).bytes_stored, 0, "its chunk is broken off");
}

#[tokio::test]
async fn a_claim_is_renewed_while_a_chunk_is_sent() {
    let world = World::with_claim_time(Duration::from_secs(1)).await;
    let (target, _) = world.small().await;
    world.tiktok.fault(slow(2.0));
    let watch = async {
        world.until_called(Endpoint::Upload, 1).await;
        let first = world.now(&target).await;
        let renewed = async || world.now(&target).await.version > first.version;
        until("the record is written", renewed).await;
        (first, world.now(&target).await)
    };
    let (outcome, (first, renewed)) = tokio::join!(world.step(&target), watch);
    assert_eq!(outcome, Handled::Done);
    assert_eq!(renewed.state, first.state, "it was written before the chunk's end");
    assert!(renewed.claimed_until > first.claimed_until);
}

#[tokio::test]
async fn a_message_does_not_come_back_while_its_slow_worker_lives() {
    let world = World::with_claim_time(Duration::from_secs(2)).await;
    let (target, bytes) = world.small().await;
    let (message, record) = world.message(&target).await;
    world.tiktok.fault(slow(2.6));
    let second = async {
        world.until_called(Endpoint::Upload, 1).await;
        let queue = world.deployment.queue(TRANSFERS).unwrap();
        world.deployment.aws().sqs().receive(queue, 1, Duration::from_secs(2)).await.unwrap()
    };
    let (outcome, received) =
        tokio::join!(world.worker.step(message, &record, Deadline::after(Duration::from_mins(5))), second);
    assert_eq!(received, [], "a second worker would have it");
    assert_eq!(outcome, Handled::Done);
    assert_eq!(world.publish(&world.now(&target).await).sha256, Some(sha256(&bytes)));
}

#[tokio::test]
async fn the_message_of_a_dead_worker_comes_back_when_its_claim_ends() {
    let world = World::new().await;
    let (target, _) = world.small().await;
    world.tiktok.fault(slow(20.0));
    tokio::select! {
        outcome = world.step(&target) => panic!("it ends with {outcome:?}"),
        () = world.until_called(Endpoint::Upload, 1) => {}
    }
    let (sqs, queue) = (world.deployment.aws().sqs(), world.deployment.queue(TRANSFERS).unwrap());
    sqs.advance(world.worker.claim_time.0);
    assert_eq!(sqs.receive(queue, 1, Duration::ZERO).await.unwrap().len(), 1);
}
