//! The request that begins a deletion dies anywhere: whoever repeats it has it done, or no key any more to repeat it with.

use std::sync::Arc;

use aws_stand_in::Moment;
use serde_json::json;

use super::owner::Owner;
use super::{JOB, nothing_is_left, nothing_went, until_gone, world};
use crate::support::{Items, Receiver, die_at, has_died};

const FUNCTION: &str = "WorkspaceFunction";
const PATH: &str = "/v1/users/me";

/// The function is killed at every call to AWS that the request makes, and its caller asks again.
async fn killed_at_every_call(moment: Moment) {
    let receiver = Receiver::start().await;
    let world = Arc::new(world(&receiver).await);
    let other = Owner::new(&world, &receiver, "stays@example.com").await;
    let of_the_other = Items::of(&world).left_of(&other.ids).await;
    let (mut owners, mut keys, mut without_a_key) = (Vec::new(), Vec::new(), 0);
    for call in 1.. {
        let owner = Owner::new(&world, &receiver, &format!("goes-{call}@example.com")).await;
        for mode in ["live", "test"] {
            let made = owner.ask("POST", "/v1/keys", json!({"name": mode, "mode": mode})).await.expect(201);
            keys.push(owner.with_key(&made["raw_key"]));
        }
        die_at(&world, &[FUNCTION], call, moment);
        let first = owner.ask("DELETE", PATH, json!({})).await;
        let has_died = has_died(&world, call);
        assert_eq!(first.status == 200, !has_died, "{call}: {:#}", first.body);
        let again = owner.ask("DELETE", PATH, json!({})).await;
        match again.status {
            200 => assert!(again.body["deleting_since"].is_string(), "{call}: {:#}", again.body),
            401 => without_a_key += usize::from(has_died),
            status => panic!("{call}: {status}: {:#}", again.body),
        }
        assert!(Items::of(&world).is_going(&owner.tenant).await, "{call}: no key, and no deletion");
        owners.push(owner);
        if !has_died {
            break;
        }
    }
    let deaths = owners.len() - 1;
    assert!(deaths >= 10 && (1..deaths).contains(&without_a_key), "{deaths} deaths, {without_a_key} without a key");
    println!("killed {moment:?} each of {deaths} AWS calls");

    world.stack.run_schedule(JOB).await.expect("it runs");
    for key in owners.iter().chain(&keys) {
        assert_eq!(key.ask("GET", PATH, json!({})).await.status, 401, "no key opens anything");
    }
    for owner in &owners {
        until_gone(&world, owner).await;
        nothing_is_left(&world, owner).await;
    }
    nothing_went(&world, &of_the_other, &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_to_delete_killed_before_any_call_is_carried_out() {
    killed_at_every_call(Moment::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_to_delete_killed_after_any_call_is_carried_out() {
    killed_at_every_call(Moment::After).await;
}
