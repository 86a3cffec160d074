//! Stopping before Lambda ends the invocation, and going on in the next one.

use std::time::Duration;

use serde_json::json;
use slipway_store::posts::TargetRecord;
use slipway_worker::Handled;
use tiktok_sim::{Action, Endpoint, Fault};
use workbench::{Begun, sha256};

use crate::support::{CHUNK, World, noted, range, target_ref};

/// The target is released with this progress, and one message goes on with it, after those that the test handed out.
async fn handed_over(world: &World, target: &TargetRecord, sent: u64) {
    let now = world.now(target).await;
    assert_eq!(now.claimed_until, None, "the next worker need not wait");
    assert_eq!(noted(&now), sent);
    assert_eq!(world.handed_over(1), [json!({"target": target_ref(target)})]);
}

#[tokio::test]
async fn a_chunk_that_may_come_too_late_is_left_to_the_next_invocation() {
    let world = World::new().await;
    let (media, plan, bytes) = world.large(2).await;
    let target = world.begun(&world.account, &media, &Begun::of(plan)).await;
    // The first chunk takes 0.9 s. Then less than one and a half times as long is left of the 2.2 s.
    let slow = Action::SlowBody { bytes_per_second: CHUNK * 10 / 9 };
    world.tiktok.fault(Fault::on(Endpoint::Upload, slow).chunk(0));
    assert_eq!(world.step_within(&target, Duration::from_millis(2200)).await, Handled::Done);
    assert_eq!(world.sent_ranges(), [range(&plan, 0)]);
    handed_over(&world, &target, CHUNK).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    assert_eq!(world.sent_ranges(), [range(&plan, 0), range(&plan, 1)]);
    assert_eq!(world.publish(&target).sha256, Some(sha256(&bytes)));
}

#[tokio::test]
async fn at_the_last_call_a_chunk_is_broken_off_and_the_ones_before_are_noted() {
    let world = World::new().await;
    let (media, plan, bytes) = world.large(2).await;
    let target = world.begun(&world.account, &media, &Begun::of(plan)).await;
    world.send_chunk(&target, 0, &bytes).await;
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::SlowBody { bytes_per_second: CHUNK / 3 }));
    assert_eq!(world.step_within(&target, Duration::from_secs(1)).await, Handled::Done);
    handed_over(&world, &target, CHUNK).await;
    assert_eq!(world.publish(&target).bytes_stored, CHUNK, "the second one is not whole");
}
