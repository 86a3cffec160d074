//! The state machine of a target: every state against every event.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod histories;

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{
    ChunkPlan, CopyKey, DeferReason, Event, Evidence, FailReason, Failure, Outcome, Phase, PublishId, Pull, Refused,
    Sealed, StateName, TargetState, VideoId, Worker, apply,
};

const SIZE: u64 = 100_000_000;

fn at() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn ours() -> PublishId {
    PublishId::new("v_pub_file~v2-1.1")
}

fn uploading(attempt: u32, sent: u64) -> TargetState {
    TargetState::Uploading {
        attempt,
        publish_id: ours(),
        upload_url: Sealed::from_stored("sealed"),
        expires_at: at() + SignedDuration::from_hours(1),
        plan: ChunkPlan::for_size(SIZE).unwrap(),
        sent,
        last_chunk_unsent: true,
    }
}

fn pull(attempt: u32, revoked: bool) -> Pull {
    let copies = vec![CopyKey::new("4f1c", "mp4")];
    Pull { attempt, copies, called_at: at(), revoked_at: revoked.then(at), fetched: 0 }
}

fn fetching(attempt: u32, revoked: bool) -> TargetState {
    TargetState::Processing { publish_id: ours(), since: at(), pull: Some(pull(attempt, revoked)) }
}

fn unanswered() -> TargetState {
    TargetState::Unconfirmed { publish_id: None, at: at(), evidence: Evidence { sent: 0, last_status: None } }
}

fn states() -> Vec<TargetState> {
    vec![
        TargetState::Draft,
        TargetState::Scheduled { at: at() },
        TargetState::Queued { attempt: 0 },
        TargetState::Initialising { attempt: 1 },
        uploading(1, 0),
        TargetState::Processing { publish_id: ours(), since: at(), pull: None },
        TargetState::InInbox { publish_id: ours(), since: at() },
        TargetState::Published { publish_id: Some(ours()), at: at(), post_ids: vec![] },
        TargetState::Failed { publish_id: Some(ours()), at: at(), failure: Failure::GaveUp },
        TargetState::Unconfirmed {
            publish_id: Some(ours()),
            at: at(),
            evidence: Evidence { sent: SIZE, last_status: None },
        },
        TargetState::Deferred { attempt: 1, until: at(), why: DeferReason::RateLimited },
        TargetState::Cancelled,
        TargetState::Pulling { pull: pull(1, false) },
        TargetState::Pulling { pull: pull(1, true) },
        fetching(1, false),
        unanswered(),
    ]
}

fn events() -> Vec<(&'static str, Event)> {
    let outcome = |outcome| Event::Outcome { publish_id: ours(), outcome, at: at() };
    vec![
        ("enqueue", Event::Enqueue),
        ("schedule", Event::Schedule { at: at() }),
        ("unschedule", Event::Unschedule),
        ("claim", Event::Claim),
        (
            "init accepted",
            Event::InitAccepted {
                publish_id: ours(),
                upload_url: Sealed::from_stored("sealed"),
                expires_at: at(),
                plan: ChunkPlan::for_size(SIZE).unwrap(),
            },
        ),
        ("defer", Event::Defer { until: at(), why: DeferReason::CreatorCap }),
        ("sent", Event::Sent { bytes: 32_000_000 }),
        ("last chunk", Event::LastChunk),
        ("upload complete", Event::UploadComplete { at: at() }),
        ("upload lost", Event::UploadLost { at: at() }),
        ("published", outcome(Outcome::Published(vec![VideoId::new("7")]))),
        ("in inbox", outcome(Outcome::InInbox)),
        ("failed for the format", outcome(Outcome::Failed(FailReason::FileFormatCheckFailed))),
        ("failed internally", outcome(Outcome::Failed(FailReason::Internal))),
        (
            "published elsewhere",
            Event::Outcome { publish_id: PublishId::new("other"), outcome: Outcome::Published(vec![]), at: at() },
        ),
        (
            "published before",
            Event::FormerOutcome {
                publish_id: PublishId::new("former"),
                outcome: Outcome::Published(vec![]),
                at: at(),
            },
        ),
        (
            "in inbox before",
            Event::FormerOutcome { publish_id: PublishId::new("former"), outcome: Outcome::InInbox, at: at() },
        ),
        (
            "failed before",
            Event::FormerOutcome {
                publish_id: PublishId::new("former"),
                outcome: Outcome::Failed(FailReason::Internal),
                at: at(),
            },
        ),
        ("no outcome", Event::NoOutcome { evidence: Evidence { sent: SIZE, last_status: None }, at: at() }),
        ("abandon", Event::Abandon { failure: Failure::MediaGone, at: at() }),
        ("cancel", Event::Cancel),
        ("retry", Event::Retry),
        ("pull begun", Event::PullBegun { copies: vec![CopyKey::new("4f1c", "mp4")], at: at() }),
        ("pull known", Event::PullKnown { publish_id: ours(), at: at() }),
        ("pull revoked", Event::PullRevoked { at: at() }),
        ("fetched", Event::Fetched { bytes: 7 }),
        ("not fetched", outcome(Outcome::Failed(FailReason::VideoPullFailed))),
        ("cancelled at TikTok", outcome(Outcome::Failed(FailReason::PublishCancelled))),
        ("resolve as published", Event::Resolve { published: true, at: at() }),
        ("resolve as not published", Event::Resolve { published: false, at: at() }),
    ]
}

/// For each event, what becomes of each state, in the order of `states()`. `.` means refused.
const TABLE: &str = "
event                    | draft     scheduled queued       initialising uploading   processing  in_inbox  published failed    unconfirmed deferred     cancelled pulling    pulling     processing  unconfirmed
enqueue                  | queued    queued    .            .            .           .           .         .         .         .           .            .         .          .           .           .
schedule                 | scheduled scheduled .            .            .           .           .         .         scheduled .           .            .         .          .           .           .
unschedule               | draft     draft     .            .            .           .           .         .         .         .           .            .         .          .           .           .
claim                    | .         .         initialising initialising .           .           .         .         .         .           initialising .         .          .           .           .
init accepted            | .         .         .            uploading    .           .           .         .         .         .           .            .         .          .           .           .
defer                    | .         .         deferred     deferred     .           .           .         .         .         .           deferred     .         deferred   .           .           .
sent                     | .         .         .            .            uploading   .           .         .         .         .           .            .         .          .           .           .
last chunk               | .         .         .            .            uploading   .           .         .         .         .           .            .         .          .           .           .
upload complete          | .         .         .            .            processing  .           .         .         .         .           .            .         .          .           .           .
upload lost              | .         .         .            .            queued      .           .         .         .         .           .            .         .          .           .           .
published                | .         .         .            .            published   published   published published published published   .            .         .          .           published   .
in inbox                 | .         .         .            .            in_inbox    in_inbox    .         .         .         in_inbox    .            .         .          .           in_inbox    .
failed for the format    | .         .         .            .            failed      failed      failed    .         .         failed      .            .         .          .           failed      .
failed internally        | .         .         .            .            queued      failed      failed    .         .         failed      .            .         .          .           failed      .
published elsewhere      | .         .         .            .            .           .           .         .         .         .           .            .         .          .           .           .
published before         | published published published    published    .           .           .         .         published .           published    .         .          .           .           .
in inbox before          | in_inbox  in_inbox  in_inbox     in_inbox     .           .           .         .         in_inbox  .           in_inbox     .         .          .           .           .
failed before            | .         .         .            .            .           .           .         .         .         .           .            .         .          .           .           .
no outcome               | .         .         .            .            unconfirmed unconfirmed .         .         .         .           .            .         .          unconfirmed unconfirmed .
abandon                  | failed    failed    failed       failed       failed      .           .         .         .         .           failed       .         failed     .           .           .
cancel                   | cancelled cancelled cancelled    cancelled    .           .           .         .         .         .           cancelled    .         .          .           .           .
retry                    | .         .         .            .            .           .           .         .         queued    .           .            .         .          .           .           .
pull begun               | .         .         .            pulling      .           .           .         .         .         .           .            .         .          .           .           .
pull known               | .         .         .            .            .           .           .         .         .         .           .            .         processing processing  .           unconfirmed
pull revoked             | .         .         .            .            .           .           .         .         .         .           .            .         pulling    .           .           .
fetched                  | .         .         .            .            .           .           .         .         .         .           .            .         .          .           processing  .
not fetched              | .         .         .            .            failed      failed      failed    .         .         failed      .            .         .          .           queued      .
cancelled at TikTok      | .         .         .            .            failed      failed      failed    .         .         failed      .            .         .          .           cancelled   .
resolve as published     | .         .         .            .            .           .           .         .         .         published   .            .         .          .           .           published
resolve as not published | .         .         .            .            .           .           .         .         .         failed      .            .         .          .           .           failed
";

#[test]
fn what_waits_has_nothing_at_tiktok_and_can_be_failed_or_called_off() {
    let waiting: Vec<_> = states().into_iter().filter(TargetState::is_waiting).collect();
    let names: Vec<_> = waiting.iter().map(TargetState::name).collect();
    assert_eq!(names, [StateName::Scheduled, StateName::Queued, StateName::Deferred]);
    for state in waiting {
        assert_eq!(state.publish_id(), None);
        let failed = apply(&state, Event::Abandon { failure: Failure::AccountGone, at: at() });
        assert_eq!(failed, Ok(TargetState::Failed { publish_id: None, at: at(), failure: Failure::AccountGone }));
        assert_eq!(apply(&state, Event::Cancel), Ok(TargetState::Cancelled));
    }
}

#[test]
fn each_state_is_in_its_sets() {
    use StateName as S;
    type Set = (&'static str, fn(S) -> bool);
    // Every state once, with how far it has come and the names of its sets.
    let table = [
        (S::Draft, Phase::Draft, "changed published"),
        (S::Scheduled, Phase::Scheduled, "counted changed published transfer"),
        (S::Queued, Phase::Moving, "counted begins place transfer"),
        (S::Initialising, Phase::Moving, "counted sent place transfer"),
        (S::Uploading, Phase::Moving, "counted sent transfer"),
        (S::Processing, Phase::Moving, "counted check"),
        (S::InInbox, Phase::Reached, "counted reached check"),
        (S::Published, Phase::Reached, "counted reached check"),
        (S::Failed, Phase::Failed, "changed retried"),
        (S::Unconfirmed, Phase::Failed, "counted"),
        (S::Deferred, Phase::Moving, "counted begins place transfer"),
        (S::Cancelled, Phase::Cancelled, ""),
        (S::Pulling, Phase::Moving, "counted sent place transfer"),
    ];
    let sets: [Set; 10] = [
        ("counted", S::is_to_be_published),
        ("sent", S::is_being_sent),
        ("begins", S::is_to_begin),
        ("place", S::keeps_its_place),
        ("reached", S::reached_tiktok),
        ("changed", S::can_be_changed),
        ("published", S::can_be_published),
        ("retried", S::can_be_retried),
        ("transfer", |name| name.worker() == Some(Worker::Transfer)),
        ("check", |name| name.worker() == Some(Worker::StatusCheck)),
    ];
    for (name, phase, expected) in table {
        assert_eq!(name.phase(), phase, "{name}");
        let found: Vec<_> = sets.iter().filter(|(_, holds)| holds(name)).map(|(set, _)| *set).collect();
        assert_eq!(found.join(" "), expected, "{name}");
    }
    let is_listed = |state: &TargetState| table.iter().filter(|(name, _, _)| *name == state.name()).count() == 1;
    assert!(states().iter().all(is_listed), "every state is listed");
}

#[test]
fn bytes_are_on_the_way_while_they_are_sent_or_fetched() {
    let (on_the_way, others): (Vec<_>, Vec<_>) = states().into_iter().partition(TargetState::is_on_the_way);
    let names: Vec<_> = on_the_way.iter().map(TargetState::name).collect();
    assert_eq!(names, [StateName::Uploading, StateName::Pulling, StateName::Pulling, StateName::Processing]);
    let is_processing = |state: &TargetState| state.name() == StateName::Processing;
    assert_eq!(others.iter().filter(|state| is_processing(state)).count(), 1, "what was sent and is not fetched");
}

#[test]
fn every_state_has_an_answer_to_every_event() {
    let mut lines = TABLE.trim().lines().map(|line| line.split_once('|').unwrap());
    let (_, header) = lines.next().unwrap();
    let names: Vec<_> = header.split_whitespace().collect();
    assert_eq!(names, states().iter().map(|state| state.name().as_str()).collect::<Vec<_>>());
    let mut seen = 0;
    for ((row, cells), (event_name, event)) in lines.zip(events()) {
        assert_eq!(row.trim(), event_name);
        for (cell, state) in cells.split_whitespace().zip(states()) {
            let expected = Some(cell).filter(|cell| *cell != ".");
            let found = apply(&state, event.clone()).map(|next| next.name().as_str());
            assert_eq!(found.ok(), expected, "{event_name} in {}", state.name());
            seen += 1;
        }
    }
    assert_eq!(seen, states().len() * events().len());
}

#[test]
fn an_outcome_about_another_publish_is_told_apart() {
    let event = Event::Outcome { publish_id: PublishId::new("other"), outcome: Outcome::InInbox, at: at() };
    assert_eq!(apply(&uploading(1, 0), event), Err(Refused::OtherPublish));
}

#[test]
fn an_upload_that_tiktok_forgot_begins_again_unless_its_end_was_sent() {
    let forgotten = Event::UploadLost { at: at() };
    let begun = uploading(1, 64_000_000);
    assert_eq!(apply(&begun, forgotten.clone()), Ok(TargetState::Queued { attempt: 1 }));
    let ending = apply(&begun, Event::LastChunk).unwrap();
    assert_eq!(apply(&ending, forgotten.clone()), Err(Refused::State));
    assert_eq!(apply(&ending, Event::LastChunk), Err(Refused::State), "it is written once");
    let ending = apply(&ending, Event::Sent { bytes: 1 }).unwrap();
    assert_eq!(apply(&ending, forgotten.clone()), Err(Refused::State), "progress does not undo it");
    // What was stored before there was such a note, and a file of one chunk.
    let mut stored = serde_json::to_value(&begun).unwrap();
    stored.as_object_mut().unwrap().remove("last_chunk_unsent");
    assert_eq!(apply(&serde_json::from_value(stored).unwrap(), forgotten.clone()), Err(Refused::State));
    let accepted = Event::InitAccepted {
        publish_id: ours(),
        upload_url: Sealed::from_stored("sealed"),
        expires_at: at(),
        plan: ChunkPlan::for_size(64_000_000).unwrap(),
    };
    let whole = apply(&TargetState::Initialising { attempt: 1 }, accepted).unwrap();
    assert_eq!(apply(&whole, forgotten), Err(Refused::State));
}

#[test]
fn what_tiktok_cannot_fetch_is_tried_three_times() {
    let failed = |reason| Event::Outcome { publish_id: ours(), outcome: Outcome::Failed(reason), at: at() };
    for reason in [FailReason::VideoPullFailed, FailReason::PhotoPullFailed] {
        for revoked in [false, true] {
            let next = |attempt| apply(&fetching(attempt, revoked), failed(reason.clone()));
            assert_eq!(next(2), Ok(TargetState::Queued { attempt: 2 }));
            assert_eq!(next(3).unwrap().name(), StateName::Failed);
        }
    }
}

#[test]
fn only_a_pull_that_tiktok_refused_explicitly_is_put_off() {
    let defer = |why| Event::Defer { until: at(), why };
    for (why, attempt) in [(DeferReason::RateLimited, 1), (DeferReason::TikTokUnavailable, 2)] {
        let deferred = apply(&TargetState::Pulling { pull: pull(2, false) }, defer(why));
        assert_eq!(deferred, Ok(TargetState::Deferred { attempt, until: at(), why }));
        assert_eq!(apply(&TargetState::Pulling { pull: pull(2, true) }, defer(why)), Err(Refused::State));
    }
}

#[test]
fn states_of_before_there_were_pulls_are_read() {
    for (stored, state) in [
        (
            r#"{"name":"processing","publish_id":"p","since":"1970-01-01T00:00:00Z"}"#,
            TargetState::Processing { publish_id: PublishId::new("p"), since: at(), pull: None },
        ),
        (
            r#"{"name":"published","publish_id":"p","at":"1970-01-01T00:00:00Z","post_ids":[]}"#,
            TargetState::Published { publish_id: Some(PublishId::new("p")), at: at(), post_ids: vec![] },
        ),
        (
            r#"{"name":"unconfirmed","publish_id":"p","at":"1970-01-01T00:00:00Z","evidence":{"sent":7,"last_status":null}}"#,
            TargetState::Unconfirmed {
                publish_id: Some(PublishId::new("p")),
                at: at(),
                evidence: Evidence { sent: 7, last_status: None },
            },
        ),
    ] {
        assert_eq!(serde_json::from_str::<TargetState>(stored).unwrap(), state);
        // And those who run the older version for a moment longer read what is written now.
        assert_eq!(serde_json::to_string(&state).unwrap(), stored);
    }
}

#[test]
fn an_upload_is_not_started_again_for_ever() {
    let lost = Event::UploadLost { at: at() };
    assert_eq!(apply(&uploading(4, 0), lost.clone()), Ok(TargetState::Queued { attempt: 4 }));
    assert_eq!(apply(&uploading(5, 0), lost).unwrap().name(), StateName::Failed);
}

#[test]
fn more_public_ids_are_added_and_known_ones_are_not_repeated() {
    let outcome = |ids: &[&str]| Event::Outcome {
        publish_id: ours(),
        outcome: Outcome::Published(ids.iter().copied().map(VideoId::new).collect()),
        at: at(),
    };
    let state = apply(&uploading(1, 0), outcome(&["1"])).unwrap();
    let state = apply(&state, outcome(&["1", "2"])).unwrap();
    assert_eq!(
        state,
        TargetState::Published {
            publish_id: Some(ours()),
            at: at(),
            post_ids: vec![VideoId::new("1"), VideoId::new("2")]
        }
    );
    assert_eq!(apply(&state, outcome(&["2"])), Err(Refused::State));
}

#[test]
fn a_state_survives_storage() {
    for state in states() {
        let stored = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<TargetState>(&stored).unwrap(), state, "{stored}");
    }
}

#[test]
fn a_sealed_url_is_not_shown_by_debug() {
    assert!(!format!("{:?}", uploading(1, 0)).contains("sealed\""));
}

#[test]
fn media_is_free_only_where_no_byte_of_it_will_be_sent_again() {
    let later = at() + SignedDuration::from_hours(1);
    for state in states() {
        let free = matches!(
            state,
            TargetState::InInbox { .. }
                | TargetState::Published { .. }
                | TargetState::Failed { .. }
                | TargetState::Unconfirmed { .. }
                | TargetState::Cancelled
        );
        let since = if matches!(state, TargetState::Cancelled) { later } else { at() };
        assert_eq!(state.media_free_since(later), free.then_some(since), "{}", state.name());
        // From where media is free only a caller's retry, now or at a time, leads back; whoever lets one happen has to see
        // to the media.
        for (name, event) in
            events().into_iter().filter(|(_, event)| free && !matches!(event, Event::Retry | Event::Schedule { .. }))
        {
            if let Ok(next) = apply(&state, event) {
                assert!(next.media_free_since(later).is_some(), "{} by {name}", state.name());
            }
        }
    }
}
