//! The last run of a deletion, which finds nothing any more and ends it.

use std::sync::Arc;

use aws_stand_in::Moment;
use jiff::{SignedDuration, Timestamp};

use super::owner::Owner;
use super::{HOURS, JOB};
use crate::support::{Items, World, die_at, has_died};

/// What only the last run deletes: the tenant, and the endpoints, through which their deliveries were found.
const LAST: [&str; 2] = ["TenantsTable", "WebhooksTable"];

/// The last run is killed at every call to AWS, each time one of another owner. Those that it has begun are left for the
/// next one.
pub(super) async fn killed_at_every_call(world: &Arc<World>, owners: &[Owner], moment: Moment) {
    nearly_gone(world, owners).await;
    let (now, hour) = (Timestamp::now(), SignedDuration::from_hours(1));
    let items = Items::of(world);
    for owner in owners {
        items.deletion_goes_on(&owner.tenant, now, now + hour).await;
    }
    let mut deaths = 0;
    for (owner, call) in owners.iter().zip(1..) {
        items.deletion_goes_on(&owner.tenant, now - hour, now - hour).await;
        die_at(world, &[JOB], call, moment);
        // A killed run answers nothing.
        let _ = world.stack.run_schedule(JOB).await;
        if !has_died(world, call) {
            break;
        }
        deaths += 1;
        // Where it died before it had claimed the deletion, the next owner's run is not to find this one.
        items.deletion_goes_on(&owner.tenant, now - hour, now + hour).await;
    }
    assert!((25..owners.len()).contains(&deaths), "{deaths} deaths");
    assert!(!items.has_tenant(&owners[deaths].tenant).await, "that was the last run");
    println!("killed {moment:?} each of {deaths} AWS calls of the last run");
}

/// Runs the job hour after hour until nothing is left of these but what its last run deletes. None of them comes to that:
/// something was found just now.
async fn nearly_gone(world: &World, owners: &[Owner]) {
    let items = Items::of(world);
    let ids = owners.iter().flat_map(|owner| owner.ids.clone()).collect::<Vec<_>>();
    let mut left = Vec::new();
    for _ in 0..HOURS {
        world.let_pass(1).await;
        for owner in owners {
            items.deletion_goes_on(&owner.tenant, Timestamp::now(), Timestamp::now()).await;
        }
        world.stack.run_schedule(JOB).await.expect("it runs");
        left = items.left_of(&ids).await.into_keys().collect();
        left.retain(|key: &String| !LAST.iter().any(|table| key.starts_with(table)));
        if left.is_empty() {
            return;
        }
    }
    panic!("this never goes: {left:#?}\n{}", world.story_of(""));
}
