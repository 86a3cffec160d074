//! How often a target is tried: every path that counts attempts, walked to its end.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{
    ChunkPlan, DeferReason, Event, FailReason, Failure, Outcome, PublishId, Sealed, TargetState, apply,
};

const SIZE: u64 = 100_000_000;

fn at() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

/// The publish of the upload that began as this attempt.
fn publish(attempt: u32) -> PublishId {
    PublishId::new(format!("v_pub_file~v2-1.{attempt}"))
}

fn lost() -> Event {
    Event::UploadLost { at: at() }
}

fn failed_internally(attempt: u32) -> Event {
    let outcome = Outcome::Failed(FailReason::Internal);
    Event::Outcome { publish_id: publish(attempt), outcome, at: at() }
}

fn deferred(why: DeferReason) -> Event {
    Event::Defer { until: at(), why }
}

/// Begins uploads and lets `ends` happen to each, until the target is no longer queued. Before each init, `before`
/// happens to the target.
///
/// Answers the attempts that the uploads were counted as, and how the target ended.
fn walk(mut state: TargetState, before: &[Event], ends: impl Fn(u32) -> Vec<Event>) -> (Vec<u32>, TargetState) {
    let mut uploads = Vec::new();
    while matches!(state, TargetState::Queued { .. }) {
        assert!(uploads.len() < 20, "it is started again for ever");
        for event in before {
            state = apply(&state, event.clone()).unwrap();
        }
        state = apply(&state, Event::Claim).unwrap();
        let TargetState::Initialising { attempt } = state else { panic!("{state:?}") };
        let accepted = Event::InitAccepted {
            publish_id: publish(attempt),
            upload_url: Sealed::from_stored("sealed"),
            expires_at: at() + SignedDuration::from_hours(1),
            plan: ChunkPlan::for_size(SIZE).unwrap(),
        };
        state = apply(&state, accepted).unwrap();
        uploads.push(attempt);
        for event in ends(attempt) {
            state = apply(&state, event).unwrap();
        }
    }
    (uploads, state)
}

fn new() -> TargetState {
    TargetState::Queued { attempt: 0 }
}

fn gave_up_after(attempt: u32) -> TargetState {
    TargetState::Failed { publish_id: Some(publish(attempt)), at: at(), failure: Failure::GaveUp }
}

fn failed_by_tiktok_after(attempt: u32) -> TargetState {
    let failure = Failure::PublishFailed { reason: FailReason::Internal };
    TargetState::Failed { publish_id: Some(publish(attempt)), at: at(), failure }
}

#[test]
fn an_upload_that_is_always_lost_is_begun_five_times() {
    let (uploads, end) = walk(new(), &[], |_| vec![lost()]);
    assert_eq!((uploads, end), (vec![1, 2, 3, 4, 5], gave_up_after(5)));
}

#[test]
fn an_upload_that_always_breaks_at_tiktok_is_begun_five_times() {
    for sent in [0, 1, SIZE - 1] {
        let (uploads, end) = walk(new(), &[], |attempt| vec![Event::Sent { bytes: sent }, failed_internally(attempt)]);
        assert_eq!((uploads, end), (vec![1, 2, 3, 4, 5], failed_by_tiktok_after(5)), "{sent} bytes sent");
    }
}

#[test]
fn an_upload_that_breaks_with_all_its_bytes_sent_is_not_begun_again() {
    let (uploads, end) = walk(new(), &[], |attempt| vec![Event::Sent { bytes: SIZE }, failed_internally(attempt)]);
    assert_eq!((uploads, end), (vec![1], failed_by_tiktok_after(1)));
    let (uploads, end) =
        walk(new(), &[], |attempt| vec![Event::UploadComplete { at: at() }, failed_internally(attempt)]);
    assert_eq!((uploads, end), (vec![1], failed_by_tiktok_after(1)));
}

#[test]
fn both_ways_of_losing_an_upload_count_together() {
    let odd_is_lost = |attempt: u32| {
        let end = if attempt % 2 == 1 { lost() } else { failed_internally(attempt) };
        vec![Event::Sent { bytes: 32_000_000 }, end]
    };
    assert_eq!(walk(new(), &[], odd_is_lost), (vec![1, 2, 3, 4, 5], gave_up_after(5)));
}

#[test]
fn an_init_without_room_at_tiktok_is_not_counted() {
    let lost = |_| vec![lost()];
    for why in [DeferReason::RateLimited, DeferReason::CreatorCap, DeferReason::AppCap, DeferReason::Unreached] {
        // However often it was put off: what ends that is a day, not a count.
        let put_off = [Event::Claim, deferred(why), Event::Claim, deferred(why)];
        assert_eq!(walk(new(), &put_off, lost), (vec![1, 2, 3, 4, 5], gave_up_after(5)), "{why:?}");
    }
    // The media was still being fetched: init was not called.
    let media = [deferred(DeferReason::MediaImport), deferred(DeferReason::MediaImport)];
    assert_eq!(walk(new(), &media, lost), (vec![1, 2, 3, 4, 5], gave_up_after(5)));
}

#[test]
fn an_init_that_may_have_begun_something_is_counted() {
    let lost = |_| vec![lost()];
    // A fault at TikTok, or a crash before the answer.
    let fault = [Event::Claim, deferred(DeferReason::TikTokUnavailable)];
    assert_eq!(walk(new(), &fault, lost), (vec![2, 4, 6], gave_up_after(6)));
    assert_eq!(walk(new(), &[Event::Claim], lost), (vec![2, 4, 6], gave_up_after(6)));
    // One of them does not undo the other.
    let both = [Event::Claim, Event::Claim, deferred(DeferReason::CreatorCap)];
    assert_eq!(walk(new(), &both, lost), (vec![2, 4, 6], gave_up_after(6)));
}

#[test]
fn a_retry_counts_from_the_beginning() {
    let lost = |_| vec![lost()];
    let (_, mut state) = walk(new(), &[], lost);
    for _ in 0..3 {
        state = apply(&state, Event::Retry).unwrap();
        assert_eq!(state, new());
        let (uploads, end) = walk(state, &[], lost);
        assert_eq!(uploads, [1, 2, 3, 4, 5]);
        state = end;
    }
}

#[test]
fn what_is_enqueued_has_not_been_tried() {
    for state in [TargetState::Draft, TargetState::Scheduled { at: at() }] {
        assert_eq!(apply(&state, Event::Enqueue), Ok(new()));
    }
}
