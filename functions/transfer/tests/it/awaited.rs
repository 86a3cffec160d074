//! Targets whose video was still being fetched when their post was made.

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{DeferReason, Failure, FileKind, TargetState};
use slipway_store::media::{
    Findings, Import, MediaReason, MediaRecord, MediaState, ReasonCode, SourceUrl, StoredObject,
};
use slipway_store::posts::{Change, TargetRecord};
use slipway_worker::Handled;
use tiktok_sim::Endpoint;
use workbench::{sha256, video_of};

use crate::support::World;

/// A target, and the media that it waits for, which nobody has fetched yet.
async fn awaited(world: &World) -> (MediaRecord, TargetRecord) {
    let import = Import::from_url(SourceUrl::new("https://example.com/video.mp4".to_owned()));
    world.awaited(&world.account, import).await
}

/// Whoever imports judges the media.
async fn verified(world: &World, media: &MediaRecord, state: MediaState) {
    let written = world.owner.media.mark_verified(media, state, Timestamp::now()).await.unwrap();
    assert!(written.is_done(), "{written:?}");
}

/// The media has come; answers its bytes.
async fn bring(world: &World, media: &MediaRecord) -> Vec<u8> {
    let bytes = video_of(200_000, 1);
    let etag = world.put_object(&media.s3_key, bytes.clone()).await;
    let findings = Findings { duration_ms: Some(1000), ..Findings::of(FileKind::Mp4) };
    let object = StoredObject { etag, size_bytes: bytes.len() as u64 };
    verified(world, media, MediaState::Ready { object, findings, warnings: Vec::new() }).await;
    bytes
}

#[tokio::test]
async fn a_target_waits_for_its_media_a_day_and_then_fails() {
    let world = World::new().await;
    let (_, target) = awaited(&world).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    let now = world.now(&target).await;
    let TargetState::Deferred { until, why, .. } = now.state else { panic!("{:?}", now.state) };
    assert_eq!((why, now.due_at), (DeferReason::MediaImport, Some(until.into())), "the sweep looks again");

    world.give_up_at(&target, Timestamp::now() - SignedDuration::from_secs(1)).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    let state = world.now(&target).await.state;
    let TargetState::Failed { failure, .. } = state else { panic!("{state:?}") };
    assert_eq!(failure, Failure::DeferredTooLong { why: DeferReason::MediaImport });
    assert_eq!(world.calls(Endpoint::VideoInit), 0);
}

#[tokio::test]
async fn media_that_has_come_is_sent_though_the_next_look_is_later() {
    let world = World::new().await;
    let (media, target) = awaited(&world).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    let bytes = bring(&world, &media).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    assert_eq!(world.publish(&world.now(&target).await).sha256, Some(sha256(&bytes)));
}

#[tokio::test]
async fn media_that_will_not_come_fails_its_target_with_the_reason() {
    let world = World::new().await;
    let (media, target) = awaited(&world).await;
    let (text, code) = (|| "too long".to_owned(), ReasonCode::DurationOutOfRange);
    let reasons = vec![MediaReason { code, message: text(), cure: text(), measured: None, allowed: None }];
    verified(&world, &media, MediaState::Failed { object: None, findings: None, reasons }).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    let state = world.now(&target).await.state;
    let TargetState::Failed { failure: Failure::MediaRejected { code, .. }, .. } = state else { panic!("{state:?}") };
    assert_eq!(code, ReasonCode::DurationOutOfRange);
}

#[tokio::test]
async fn media_that_comes_early_brings_no_post_forward() {
    for state in [TargetState::Draft, TargetState::Scheduled { at: Timestamp::now() + SignedDuration::from_hours(1) }] {
        let world = World::new().await;
        let (media, target) = awaited(&world).await;
        let waits = world.write(&target, Change::to(state.clone(), Timestamp::now())).await;
        assert_eq!(world.step(&target).await, Handled::Done);
        assert_eq!(world.now(&target).await, waits, "nothing has come");
        bring(&world, &media).await;
        assert_eq!(world.step(&target).await, Handled::Done);
        let now = world.now(&target).await;
        assert_eq!((&now.state, now.due_at), (&state, waits.due_at));
        assert!(state != TargetState::Draft || now == waits, "a draft is its author's");
        assert_eq!(world.calls(Endpoint::VideoInit), 0, "{state:?}");
    }
}
