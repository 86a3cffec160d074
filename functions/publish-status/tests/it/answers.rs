//! What each answer of TikTok's to our question makes of a target.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_domain::{
    CopyKey, DeferReason, Evidence, FailReason, Failure, Line, Pace, PaceLimits, PublishId, Pull, Sealed, StatusWord,
    TargetState,
};
use slipway_worker::Handled;
use tiktok_sim::{Privacy, PublishCommand};
use workbench::private_video;

use crate::support::{CHECKS, SIZE, World, draft, in_inbox, processing, public_video, published};

#[tokio::test]
async fn each_outcome_is_brought_in_and_ends_the_looks() {
    let mut world = World::start().await;
    let now = Timestamp::now();
    let failed = |publish_id: &str, reason: &str| TargetState::Failed {
        publish_id: Some(PublishId::new(publish_id)),
        at: now,
        failure: Failure::PublishFailed { reason: FailReason::from(reason.to_owned()) },
    };
    for (number, (data, state)) in [
        (json!({"status": "PUBLISH_COMPLETE"}), published("0", now, &[])),
        (
            json!({"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": [7, 8]}),
            published("1", now, &["7", "8"]),
        ),
        (json!({"status": "SEND_TO_USER_INBOX"}), in_inbox("2", now)),
        (
            json!({"status": "FAILED", "fail_reason": "picture_size_check_failed"}),
            failed("3", "picture_size_check_failed"),
        ),
        (json!({"status": "FAILED", "fail_reason": "internal"}), failed("4", "internal")),
        (json!({"status": "FAILED", "fail_reason": "brand_new"}), failed("5", "brand_new")),
        (json!({"status": "FAILED"}), failed("6", "internal")),
    ]
    .into_iter()
    .enumerate()
    {
        world.tiktok_says(data.clone()).await;
        let target = world.target(processing(&number.to_string())).await;
        assert_eq!(world.look_at(&target, 0, now).await, Handled::Done, "{data}");
        let after = world.now(&target).await;
        assert_eq!(
            (&after.state, after.tiktok_status.as_ref().map(StatusWord::as_str)),
            (&state, data["status"].as_str()),
            "{data}"
        );
        assert!(after.timeline.last().unwrap().note.contains(data["status"].as_str().unwrap()), "{data}");
        assert!(world.bench.sent(CHECKS).is_empty(), "{data}");
    }
}

#[tokio::test]
async fn an_answer_without_an_outcome_is_noted_and_asked_for_again() {
    let mut world = World::start().await;
    for (number, status) in ["PROCESSING_UPLOAD", "PROCESSING_DOWNLOAD", "REVIEWING"].into_iter().enumerate() {
        world.tiktok_says(json!({"status": status, "uploaded_bytes": 10})).await;
        let target = world.processing().await;
        assert_eq!(world.look(&target).await, Handled::Done, "{status}");
        let after = world.now(&target).await;
        assert_eq!((&after.state, after.tiktok_status.as_ref().map(StatusWord::as_str)), (&target.state, Some(status)));
        assert_eq!(world.bench.sent(CHECKS).len(), number + 1, "{status}: one next look each");
    }
}

#[tokio::test]
async fn how_much_tiktok_has_fetched_is_kept_while_it_fetches() {
    let mut world = World::start().await;
    let now = Timestamp::now();
    let pull = |fetched| {
        let copies = vec![CopyKey::new("4f1c", "mp4")];
        Some(Pull { attempt: 1, copies, called_at: now, revoked_at: None, fetched })
    };
    let state = |pull| TargetState::Processing { publish_id: PublishId::new("p"), since: now, pull };
    let target = world.target(state(pull(0))).await;
    for fetched in [10, 4_000] {
        world.tiktok_says(json!({"status": "PROCESSING_DOWNLOAD", "downloaded_bytes": fetched})).await;
        assert_eq!(world.look_at(&target, 0, now).await, Handled::Done);
        assert_eq!(world.now(&target).await.state, state(pull(fetched)));
    }
}

#[tokio::test]
async fn what_tiktok_made_of_a_publish_is_found_by_asking_it() {
    let world = World::start().await;
    for (settings, name) in [(private_video(), "published"), (draft(), "in_inbox")] {
        let publish_id = world.bench.arrived(&world.account, &settings, vec![0; 1000]).await;
        let target = world.target_with(processing(publish_id.as_str()), settings).await;
        assert_eq!(world.look(&target).await, Handled::Done);
        assert_eq!(world.now(&target).await.state.name().as_str(), name);
    }
    let target = world.waiting_at_tiktok().await;
    let reason = tiktok_sim::FailReason::RiskyText;
    let publish_id = target.state.publish_id().unwrap().as_str();
    assert!(world.bench.tiktok.command(publish_id, PublishCommand::Fail { reason }));
    assert_eq!(world.look(&target).await, Handled::Done);
    let state = world.now(&target).await.state;
    let failure = Failure::PublishFailed { reason: FailReason::SpamRiskText };
    assert!(matches!(&state, TargetState::Failed { failure: why, .. } if *why == failure), "{state:?}");
}

#[tokio::test]
async fn a_draft_that_the_creator_posts_is_found_by_a_slow_look_and_makes_room() {
    let world = World::start().await;
    let mut pace = world.account.pace.clone();
    let _ = pace.take(Line::Drafts, PaceLimits::default(), None, Timestamp::now());
    world.bench.owner.accounts.keep_pace(&world.account, &pace).await.unwrap().done().unwrap();
    let publish_id = world.bench.arrived(&world.account, &draft(), vec![0; 1000]).await;
    let target = world.target_with(in_inbox(publish_id.as_str(), Timestamp::now()), draft()).await;
    let post = PublishCommand::PostDraft { privacy_level: Privacy::SelfOnly };
    assert!(world.bench.tiktok.command(publish_id.as_str(), post));
    assert_eq!(world.look(&target).await, Handled::Done);
    assert_eq!(world.now(&target).await.state.name().as_str(), "published");
    assert_eq!(world.bench.account(&world.account).await.pace, Pace::default());
}

#[tokio::test]
async fn a_public_id_is_found_by_a_slow_look_and_ends_them() {
    let mut world = World::start().await;
    world.tiktok_says(json!({"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": ["7"]})).await;
    let at = Timestamp::now() - SignedDuration::from_hours(3);
    let target = world.target_with(published("p", at, &[]), public_video()).await;
    assert_eq!(world.look_at(&target, 3, Timestamp::now()).await, Handled::Done);
    let after = world.now(&target).await;
    assert_eq!((after.state, after.due_at), (published("p", at, &["7"]), None));
}

#[tokio::test]
async fn nobody_asks_about_a_target_that_expects_no_outcome() {
    let world = World::start().await;
    let now = Timestamp::now();
    let publish_id = || PublishId::new("p");
    let uploading = TargetState::Uploading {
        attempt: 1,
        publish_id: publish_id(),
        upload_url: Sealed::from_stored("sealed"),
        expires_at: now,
        plan: slipway_domain::ChunkPlan::for_size(SIZE).unwrap(),
        sent: 0,
        last_chunk_unsent: false,
    };
    let evidence = Evidence { sent: SIZE, last_status: None };
    for state in [
        TargetState::Draft,
        TargetState::Scheduled { at: now },
        TargetState::Queued { attempt: 0 },
        TargetState::Initialising { attempt: 1 },
        uploading,
        TargetState::Deferred { attempt: 1, until: now, why: DeferReason::RateLimited },
        published("p", now, &["1"]),
        TargetState::Failed { publish_id: Some(publish_id()), at: now, failure: Failure::GaveUp },
        TargetState::Unconfirmed { publish_id: Some(publish_id()), at: now, evidence },
        TargetState::Cancelled,
    ] {
        let target = world.target(state).await;
        assert_eq!(world.look(&target).await, Handled::Done, "{:?}", target.state);
        world.assert_untouched(&target, target.state.name().as_str()).await;
    }
    let mut gone = world.processing().await;
    gone.post = "post_gone".parse().unwrap();
    assert_eq!(world.look(&gone).await, Handled::Done, "a target that is not there");
    assert!(world.asked() == 0 && world.bench.sent(CHECKS).is_empty());
}
