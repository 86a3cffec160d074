use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::{ChunkPlan, EventType as E, Evidence, Failure, PublishId, Sealed, VideoId};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

fn states() -> Vec<TargetState> {
    let publish_id = || PublishId::new("p");
    let published = |ids: &[&str]| TargetState::Published {
        publish_id: Some(publish_id()),
        at: AT,
        post_ids: ids.iter().copied().map(VideoId::new).collect(),
    };
    vec![
        TargetState::Draft,
        TargetState::Scheduled { at: AT },
        TargetState::Queued { attempt: 0 },
        TargetState::Uploading {
            attempt: 1,
            publish_id: publish_id(),
            upload_url: Sealed::from_stored("sealed"),
            expires_at: AT,
            plan: ChunkPlan::for_size(10).unwrap(),
            sent: 0,
            last_chunk_unsent: false,
        },
        TargetState::Processing { publish_id: publish_id(), since: AT, pull: None },
        published(&[]),
        published(&["7"]),
        published(&["7", "8"]),
        TargetState::InInbox { publish_id: publish_id(), since: AT },
        TargetState::Failed { publish_id: None, at: AT, failure: Failure::GaveUp },
        TargetState::Unconfirmed {
            publish_id: Some(publish_id()),
            at: AT,
            evidence: Evidence { sent: 10, last_status: None },
        },
        TargetState::Cancelled,
    ]
}

/// The state of this name; of published ones the one with so many public ids.
fn state(name: &str) -> TargetState {
    let (name, ids) = name.split_once('+').map_or((name, 0), |(name, ids)| (name, ids.parse().unwrap()));
    states().into_iter().find(|state| state.name().as_str() == name && public_ids(state) == ids).unwrap()
}

fn events(act: PostAct, steps: &[(&str, &str)]) -> Vec<Told> {
    let named = |name: &str| (name != "-").then(|| state(name));
    let steps: Vec<_> = steps.iter().map(|(before, after)| (named(before), named(after))).collect();
    told(act, &steps.iter().map(|(before, after)| (before.as_ref(), after.as_ref())).collect::<Vec<_>>())
}

#[test]
fn one_target_s_way_is_told_step_by_step() {
    use PostAct::{Cancel, Create, Delete, Progress, Publish, Resolve, Retry, Update};
    let (post, target) = (Told::Post, |event| Told::Target(0, event));
    for (act, before, after, expected) in [
        (Create, "-", "draft", vec![]),
        (Create, "-", "queued", vec![]),
        (Create, "-", "scheduled", vec![post(E::PostScheduled)]),
        (Create, "-", "failed", vec![post(E::PostFailed)]),
        (Update, "draft", "draft", vec![post(E::PostUpdated)]),
        (Update, "draft", "scheduled", vec![post(E::PostUpdated), post(E::PostScheduled)]),
        (Update, "scheduled", "scheduled", vec![post(E::PostUpdated)]),
        (Publish, "scheduled", "queued", vec![]),
        (Progress, "scheduled", "queued", vec![]),
        (Progress, "queued", "failed", vec![post(E::PostFailed)]),
        (Progress, "uploading", "uploading", vec![]),
        (Progress, "uploading", "processing", vec![target(E::PostUploadCompleted)]),
        (Progress, "uploading", "published", vec![target(E::PostUploadCompleted), post(E::PostPublished)]),
        (Progress, "processing", "published", vec![post(E::PostPublished)]),
        (Progress, "processing", "published+1", vec![target(E::PostPubliclyAvailable), post(E::PostPublished)]),
        (Progress, "published", "published+1", vec![target(E::PostPubliclyAvailable)]),
        (Progress, "published+1", "published+2", vec![target(E::PostPubliclyAvailable)]),
        (Progress, "processing", "in_inbox", vec![target(E::PostInboxDelivered), post(E::PostPublished)]),
        (Progress, "in_inbox", "published", vec![post(E::PostPublished)]),
        (Progress, "processing", "unconfirmed", vec![target(E::PostUnconfirmed), post(E::PostFailed)]),
        (Progress, "processing", "cancelled", vec![post(E::PostCancelled)]),
        (Progress, "failed", "published", vec![post(E::PostPublished)]),
        (Resolve, "unconfirmed", "published", vec![post(E::PostPublished)]),
        (Resolve, "unconfirmed", "failed", vec![]),
        (Retry, "failed", "queued", vec![post(E::PostRetried)]),
        (Cancel, "queued", "cancelled", vec![post(E::PostCancelled)]),
        (Delete, "draft", "-", vec![post(E::PostDeleted)]),
    ] {
        assert_eq!(events(act, &[(before, after)]), expected, "{act:?} {before} → {after}");
    }
}

#[test]
fn a_post_has_ended_when_its_last_target_has() {
    let progress = |steps: &[(&str, &str)]| events(PostAct::Progress, steps);
    assert_eq!(progress(&[("processing", "published"), ("queued", "queued")]), []);
    assert_eq!(progress(&[("published", "published"), ("processing", "published")]), [Told::Post(E::PostPublished)]);
    assert_eq!(progress(&[("published", "published"), ("queued", "failed")]), [Told::Post(E::PostPartial)]);
    assert_eq!(progress(&[("failed", "failed"), ("queued", "failed")]), [Told::Post(E::PostFailed)]);
    let inboxes = progress(&[("processing", "in_inbox"), ("queued", "queued")]);
    assert_eq!(inboxes, [Told::Target(0, E::PostInboxDelivered)]);
    // Deleting what can be called off leaves what TikTok has.
    let rest = events(PostAct::Delete, &[("published", "published"), ("queued", "cancelled")]);
    assert_eq!(rest, [Told::Post(E::PostPublished)]);
}

fn any_state() -> impl Strategy<Value = TargetState> {
    proptest::sample::select(states())
}

proptest! {
    #[test]
    fn whatever_does_not_count_changes_nothing_that_is_told_of_the_post(
        others in proptest::collection::vec(any_state(), 0..4),
        before in any_state(),
        after in any_state(),
    ) {
        let of_post = |others: &[TargetState]| {
            let mut steps: Vec<Step<'_>> = others.iter().map(|state| (Some(state), Some(state))).collect();
            steps.push((Some(&before), Some(&after)));
            told(PostAct::Progress, &steps).into_iter().any(|told| matches!(told, Told::Post(_)))
        };
        if !counts((Some(&before), Some(&after))) {
            prop_assert!(!of_post(&others));
        }
    }
}
