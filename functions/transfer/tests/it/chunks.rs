//! The bytes: the verified ones, from where TikTok stands, and none twice without need.

use jiff::Timestamp;
use slipway_domain::{Failure, TargetState};
use slipway_media::Bucket;
use slipway_store::posts::Change;
use slipway_worker::Handled;
use tiktok_sim::{Action, Endpoint, Fault};
use workbench::{Begun, sha256, video_of};

use crate::support::{CHUNK, World, noted, range};
use crate::upload_host::{Answer, UploadHost};
use crate::whole_object;

#[tokio::test]
async fn an_object_replaced_by_as_many_other_bytes_is_not_published() {
    let world = World::new().await;
    let (target, bytes) = world.small().await;
    let media = target.media()[0].verified().unwrap();
    world.put_object(&media.s3_key, video_of(bytes.len(), 2)).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    let now = world.now(&target).await;
    assert!(matches!(now.state, TargetState::Failed { failure: Failure::MediaGone, .. }), "{:?}", now.state);
    assert_eq!(world.publish(&now).bytes_received.get(), 0);
}

#[tokio::test]
async fn an_object_replaced_between_two_chunks_is_not_mixed_into_the_video() {
    let world = World::new().await;
    let (media, plan, bytes) = world.large(2).await;
    let target = world.begun(&world.account, &media, &Begun { last_chunk_unsent: true, ..Begun::of(plan) }).await;
    world.send_chunk(&target, 0, &bytes).await;
    world.put_object(&media.s3_key, video_of(bytes.len(), 2)).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    let now = world.now(&target).await;
    assert!(matches!(now.state, TargetState::Failed { failure: Failure::MediaGone, .. }), "{:?}", now.state);
    assert_eq!(world.publish(&target).bytes_received.get(), CHUNK);
}

/// TikTok's status may lag behind the last byte: nobody may make a new publish of it yet.
#[tokio::test]
async fn an_object_replaced_after_the_last_byte_may_have_arrived_ends_nothing() {
    let world = World::new().await;
    let (media, plan, bytes) = world.large(2).await;
    let target = world.begun(&world.account, &media, &Begun::of(plan)).await;
    world.send_chunk(&target, 0, &bytes).await;
    world.put_object(&media.s3_key, video_of(bytes.len(), 2)).await;
    world.step(&target).await;
    let now = world.now(&target).await;
    assert!(matches!(now.state, TargetState::Uploading { .. }), "{:?}", now.state);
    assert!(now.due_at.is_some(), "somebody looks again");
}

#[tokio::test]
async fn of_an_s3_that_ignores_ranges_no_byte_is_sent() {
    let mut world = World::new().await;
    let (media, plan, bytes) = world.large(2).await;
    let target = world.begun(&world.account, &media, &Begun::of(plan)).await;
    world.send_chunk(&target, 0, &bytes).await;
    let base = whole_object::serving(bytes, &media.etag).await;
    let sdk = world.role.sdk.to_builder().endpoint_url(base).build();
    world.worker.bucket = Bucket::new(&sdk, world.role.bucket.name.clone());
    assert!(matches!(world.step(&target).await, Handled::Again(_)));
    assert_eq!(world.sent_ranges(), [range(&plan, 0)], "they would be the first ones again");
    assert!(matches!(world.now(&target).await.state, TargetState::Uploading { .. }));
}

#[tokio::test]
async fn who_comes_back_to_an_upload_need_not_wait_for_the_claim() {
    let world = World::new().await;
    let (media, plan, _) = world.whole().await;
    // Everything is stored, and yet the upload is not complete.
    let host = UploadHost::start(vec![Answer { status: 206, stored: Some((plan.size(), plan.size())) }]).await;
    let upload = Begun { host: Some(host.url()), ..Begun::of(plan) };
    let target = world.begun(&world.account, &media, &upload).await;
    assert!(matches!(world.step(&target).await, Handled::Again(_)));
    let left = world.now(&target).await;
    assert_eq!((left.claimed_until, left.state.name().as_str()), (None, "uploading"));
}

#[tokio::test]
async fn a_stored_chunk_whose_answer_was_lost_is_passed_over_by_tiktoks_416() {
    let world = World::new().await;
    let (media, plan, bytes) = world.large(2).await;
    let target = world.begun(&world.account, &media, &Begun::of(plan)).await;
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::StatusAfter { status: 503, code: None }).chunk(0).times(1));
    assert_eq!(world.step(&target).await, Handled::Done);
    assert_eq!(world.sent_ranges(), [range(&plan, 0), range(&plan, 0), range(&plan, 1)]);
    assert_eq!(world.publish(&target).sha256, Some(sha256(&bytes)));
    assert_eq!(world.calls(Endpoint::StatusFetch), 1, "once, by who takes it up: the 416 brings its number");
}

#[tokio::test]
async fn a_number_that_stays_where_it_was_is_no_progress() {
    let world = World::new().await;
    let (media, plan, _) = world.large(2).await;
    let stays = Answer { status: 206, stored: Some((0, plan.size())) };
    let host = UploadHost::start(vec![stays; 5]).await;
    let upload = Begun { host: Some(host.url()), ..Begun::of(plan) };
    let target = world.begun(&world.account, &media, &upload).await;
    assert!(matches!(world.step(&target).await, Handled::Again(_)));
    assert_eq!(host.ranges(), [range(&plan, 0), range(&plan, 0), range(&plan, 0), range(&plan, 0), range(&plan, 0)]);
}

#[tokio::test]
async fn a_416_without_a_number_is_settled_by_asking() {
    let world = World::new().await;
    let (media, plan, bytes) = world.large(2).await;
    let target = world.begun(&world.account, &media, &Begun::of(plan)).await;
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::StatusAfter { status: 416, code: None }).chunk(0).times(1));
    assert_eq!(world.step(&target).await, Handled::Done);
    assert_eq!(world.sent_ranges(), [range(&plan, 0), range(&plan, 1)]);
    assert_eq!(world.publish(&target).sha256, Some(sha256(&bytes)));
    assert_eq!(world.calls(Endpoint::StatusFetch), 2);
}

#[tokio::test]
async fn tiktoks_own_number_after_a_chunk_counts_and_not_ours() {
    let world = World::new().await;
    let (media, plan, _) = world.large(3).await;
    let stored = |bytes: u64| Answer { status: 206, stored: Some((bytes, plan.size())) };
    let complete = Answer { status: 201, stored: None };
    for (answers, sent) in [
        // A twin has sent the second one.
        (vec![stored(2 * CHUNK), complete], vec![0, 2]),
        // The first one did not count; then the number is the last byte's index; then there is none, and ours it is.
        (vec![stored(0), stored(CHUNK - 1), Answer { status: 206, stored: None }, complete], vec![0, 0, 1, 2]),
    ] {
        let host = UploadHost::start(answers).await;
        let upload = Begun { host: Some(host.url()), ..Begun::of(plan) };
        let target = world.begun(&world.account, &media, &upload).await;
        assert_eq!(world.step(&target).await, Handled::Done);
        let expected: Vec<_> = sent.into_iter().map(|index| range(&plan, index)).collect();
        assert_eq!(host.ranges(), expected);
        assert!(matches!(world.now(&target).await.state, TargetState::Processing { .. }));
    }
}

#[tokio::test]
async fn an_unknown_answer_to_the_last_chunk_is_settled_by_status_only() {
    for lost in [Action::CutAfter, Action::StatusAfter { status: 503, code: None }] {
        let world = World::new().await;
        let (target, bytes) = world.small().await;
        world.tiktok.fault(Fault::on(Endpoint::Upload, lost).times(1));
        assert_eq!(world.step(&target).await, Handled::Done);
        let now = world.now(&target).await;
        assert!(matches!(now.state, TargetState::Processing { .. }), "{:?}", now.state);
        assert_eq!(world.publish(&now).sha256, Some(sha256(&bytes)));
        assert_eq!((world.calls(Endpoint::Upload), world.calls(Endpoint::StatusFetch)), (1, 1));
    }
}

#[tokio::test]
async fn a_last_chunk_is_not_sent_again_as_long_as_status_does_not_answer() {
    let world = World::new().await;
    let (target, _) = world.small().await;
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::CutAfter).times(1));
    let down = world.tiktok.fault(Fault::on(Endpoint::StatusFetch, Action::StatusBefore { status: 500, code: None }));
    assert!(matches!(world.step(&target).await, Handled::Again(_)));
    let left = world.now(&target).await;
    assert!(matches!(left.state, TargetState::Uploading { .. }), "{:?}", left.state);
    assert_eq!(world.calls(Endpoint::Upload), 1);
    world.tiktok.remove_fault(down);
    world.write(&target, Change::to(left.state, Timestamp::now())).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    assert!(matches!(world.now(&target).await.state, TargetState::Processing { .. }));
    assert_eq!((world.calls(Endpoint::VideoInit), world.calls(Endpoint::Upload)), (1, 1));
}

#[tokio::test]
async fn a_416_that_leads_nowhere_is_settled_by_asking() {
    let world = World::new().await;
    let (media, plan, _) = world.whole().await;
    // TikTok names the very place where we are, or says that it has everything and never said 201.
    for stored in [0, plan.size()] {
        let wrong = Answer { status: 416, stored: Some((stored, plan.size())) };
        let host = UploadHost::start(vec![wrong, Answer { status: 201, stored: None }]).await;
        let upload = Begun { host: Some(host.url()), ..Begun::of(plan) };
        let target = world.begun(&world.account, &media, &upload).await;
        let asked = world.calls(Endpoint::StatusFetch);
        assert_eq!(world.step(&target).await, Handled::Done);
        assert_eq!(host.ranges(), [range(&plan, 0), range(&plan, 0)], "{stored}");
        assert_eq!(world.calls(Endpoint::StatusFetch) - asked, 2, "{stored}: by who takes it up, and once more");
    }
}

#[tokio::test]
async fn a_chunk_that_tiktok_does_not_take_is_left_for_later() {
    let world = World::new().await;
    let (media, plan, bytes) = world.large(3).await;
    let target = world.begun(&world.account, &media, &Begun::of(plan)).await;
    world.send_chunk(&target, 0, &bytes).await;
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::StatusBefore { status: 503, code: None }));
    let outcome = world.step(&target).await;
    assert!(matches!(outcome, Handled::Again(_)), "{outcome:?}");
    assert_eq!(world.calls(Endpoint::Upload), 1 + 5);
    let now = world.now(&target).await;
    assert_eq!((noted(&now), now.claimed_until), (CHUNK, None));
}

#[tokio::test]
async fn every_chunk_and_every_answer_is_a_step_without_a_write_of_its_own() {
    let world = World::new().await;
    let (media, plan, bytes) = world.large(3).await;
    let target = world.begun(&world.account, &media, &Begun::of(plan)).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    let now = world.now(&target).await;
    assert_eq!(world.publish(&now).sha256, Some(sha256(&bytes)));
    let steps: Vec<_> = now.timeline.iter().skip(target.timeline.len()).collect();
    let notes: Vec<_> = steps.iter().map(|step| step.note.as_str()).collect();
    assert_eq!(
        notes,
        [
            "a worker resumes the upload",
            "TikTok says PROCESSING_UPLOAD",
            "chunk 1 of 3 is stored",
            "chunk 2 of 3 is stored",
            "chunk 3 of 3 is stored, as the last one",
            "TikTok has every byte",
        ]
    );
    assert!(steps[1..=4].iter().all(|step| step.log_id.is_some()), "{steps:#?}");
    // The beginning and the end.
    assert_eq!(now.version - target.version, 2);
}
