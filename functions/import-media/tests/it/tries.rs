//! How often an import is begun, and what a try leaves behind that came to nothing.

use std::time::Duration;

use jiff::Timestamp;
use slipway_domain::schedule::GRACE;
use slipway_store::media::{Import, MediaState};
use slipway_worker::Handled;
use workbench::video_of;

use crate::server::Server;
use crate::support::{World, claim, reason};

#[tokio::test]
async fn the_sixth_try_is_the_last_one() {
    for (before, last) in [(0, false), (4, false), (5, true)] {
        let world = World::new(Server::refusing(503).await).await;
        let media = world.importing(Import { tries: before, ..world.import() }).await;
        let outcome = world.step(&media).await;
        let now = world.media_now(&media).await;
        assert_eq!(world.server.requests(), 1, "after {before}");
        if last {
            assert_eq!((outcome, reason(&now)), (Handled::Done, "import_http_status"), "after {before}");
        } else {
            assert!(matches!(outcome, Handled::Again(pause) if pause >= Duration::from_secs(10)), "{outcome:?}");
            assert_eq!(now.state, MediaState::Pending, "after {before}");
        }
    }
}

#[tokio::test]
async fn the_sixth_try_may_bring_the_file() {
    let world = World::new(Server::of(video_of(200_000, 1)).await).await;
    let media = world.importing(Import { tries: 5, ..world.import() }).await;
    assert_eq!(world.step(&media).await, Handled::Done);
    assert!(matches!(world.media_now(&media).await.state, MediaState::Ready { .. }));
}

#[tokio::test]
async fn after_six_dead_workers_there_is_no_seventh_try() {
    let world = World::new(Server::of(video_of(200_000, 1)).await).await;
    let media = world.importing(Import { tries: 6, claim: Some(claim("dead", -1)), ..world.import() }).await;
    assert_eq!(world.step(&media).await, Handled::Done);
    assert_eq!(reason(&world.media_now(&media).await), "import_interrupted");
    assert_eq!(world.server.requests(), 0);
}

#[tokio::test]
async fn after_a_try_the_import_is_free_and_its_upload_gone() {
    for status in [503, 404] {
        let world = World::new(Server::refusing(status).await).await;
        let media = world.to_import(&world.server.url()).await;
        let outcome = world.step(&media).await;
        let now = world.media_now(&media).await;
        let import = now.import.as_ref().unwrap();
        assert!(!world.is_open(&media, import.upload_id.as_ref().unwrap()).await, "{status}");
        assert_eq!(world.object(&media).await, None);
        match outcome {
            Handled::Again(pause) => {
                assert_eq!((status, &import.claim, import.tries), (503, &None, 1), "nobody need wait for it");
                let due = now.due_at.as_second() - Timestamp::now().as_second();
                let pause = i64::try_from(pause.as_secs()).unwrap() + GRACE.as_secs();
                assert!((pause - 2..=pause + 2).contains(&due), "the sweep looks in {due} s");
            }
            Handled::Done => assert_eq!((status, reason(&now)), (404, "import_http_status")),
        }
    }
}

#[tokio::test]
async fn a_fault_of_s3_frees_the_import_and_leaves_its_upload_on_record() {
    let world = World::new(Server::of(video_of(200_000, 1)).await).await;
    let media = world.to_import(&world.server.url()).await;
    world.deployment.aws().fail_next("S3.UploadPart", 9, 500);
    let outcome = world.step(&media).await;
    assert!(matches!(outcome, Handled::Again(pause) if pause >= Duration::from_secs(10)), "{outcome:?}");
    let import = world.media_now(&media).await.import.unwrap();
    assert_eq!((&import.claim, import.tries), (&None, 1), "nobody need wait for it");
    assert!(import.upload_id.is_some(), "who comes next gives it up");
}

#[tokio::test]
async fn a_file_that_can_not_be_resumed_is_fetched_from_its_first_byte() {
    let bytes = video_of(200_000, 1);
    let world = World::new(Server::breaking_off(bytes.clone(), 100_000).await).await;
    let media = world.to_import(&world.server.url()).await;
    assert_eq!(world.step(&media).await, Handled::Done);
    assert_eq!((world.server.requests(), world.object(&media).await), (2, Some(bytes)));
}

#[tokio::test]
async fn a_file_that_s3_did_not_complete_is_fetched_again() {
    let bytes = video_of(200_000, 1);
    let world = World::new(Server::of(bytes.clone()).await).await;
    let media = world.to_import(&world.server.url()).await;
    world.deployment.aws().fail_next("S3.CompleteMultipartUpload", 3, 503);
    let outcome = world.step(&media).await;
    assert!(matches!(outcome, Handled::Again(pause) if pause >= Duration::from_secs(10)), "{outcome:?}");
    let now = world.media_now(&media).await;
    assert_eq!((now.state, now.import.unwrap().claim), (MediaState::Pending, None), "nobody need wait for it");
    assert_eq!(world.step(&media).await, Handled::Done);
    assert!(matches!(world.media_now(&media).await.state, MediaState::Ready { .. }));
    assert_eq!((world.server.requests(), world.object(&media).await), (2, Some(bytes)));
}
