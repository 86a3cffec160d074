//! What a worker that died has left in S3.

use slipway_store::media::{Import, MediaState};
use slipway_worker::Handled;
use workbench::video_of;

use crate::server::Server;
use crate::support::{World, claim};

/// The size of the videos here.
const SIZE: usize = 200_000;

#[tokio::test]
async fn the_upload_is_on_record_before_its_first_byte_is_fetched() {
    let server = Server::of(video_of(SIZE, 1)).await;
    server.hold_at(0);
    let world = World::new(server).await;
    let media = world.to_import(&world.server.url()).await;
    let left = tokio::select! {
        outcome = world.step(&media) => panic!("it ends with {outcome:?}"),
        left = world.until_fetching(&media) => left,
    };
    assert!(world.is_open(&media, &left.import.unwrap().upload_id.unwrap()).await);
}

#[tokio::test]
async fn the_upload_of_a_dead_worker_is_given_up_before_another_one_begins() {
    let (old, new) = (video_of(SIZE, 1), video_of(SIZE, 2));
    let server = Server::of(new.clone()).await;
    server.hold_at(SIZE / 2);
    let world = World::new(server).await;
    let media = world.importing(Import { tries: 1, claim: Some(claim("dead", -1)), ..world.import() }).await;
    let upload = world.begin_upload(&media, old).await;
    let dead = world.owner.media.hold_import(&media, Some(upload.id.clone()), claim("dead", -1)).await;
    let media = dead.unwrap().done().unwrap();
    let zombie = async {
        let now = world.until_fetching(&media).await;
        let completed = world.complete_upload(&media, &upload).await;
        world.server.let_go();
        (now, completed)
    };
    let (outcome, (now, completed)) = tokio::join!(world.step(&media), zombie);
    assert!(!completed, "the worker that was dead completes its file");
    assert_ne!(now.import.unwrap().upload_id, Some(upload.id), "the new one is on record");
    assert_eq!(outcome, Handled::Done);
    assert_eq!(world.object(&media).await, Some(new));
}

#[tokio::test]
async fn a_file_that_a_dead_worker_completed_is_verified_and_not_fetched_again() {
    // Even if that was its last try.
    for tries in [1, 6] {
        let bytes = video_of(SIZE, 1);
        let world = World::new(Server::of(video_of(SIZE, 2)).await).await;
        let media = world.importing(Import { tries, claim: Some(claim("dead", -1)), ..world.import() }).await;
        let upload = world.begin_upload(&media, bytes.clone()).await;
        let dead = world.owner.media.hold_import(&media, Some(upload.id.clone()), claim("dead", -1)).await;
        let media = dead.unwrap().done().unwrap();
        assert!(world.complete_upload(&media, &upload).await);
        assert_eq!(world.step(&media).await, Handled::Done);
        let now = world.media_now(&media).await;
        assert!(matches!(now.state, MediaState::Ready { .. }), "{:?}", now.state);
        assert_eq!(world.object(&media).await, Some(bytes));
        assert_eq!(world.server.requests(), 0);
    }
}

#[tokio::test]
async fn a_completed_file_that_tiktok_would_refuse_fails() {
    let world = World::new(Server::of(video_of(SIZE, 1)).await).await;
    let media = world.importing(Import { tries: 1, claim: Some(claim("dead", -1)), ..world.import() }).await;
    let upload = world.begin_upload(&media, b"no video".to_vec()).await;
    let dead = world.owner.media.hold_import(&media, Some(upload.id.clone()), claim("dead", -1)).await;
    let media = dead.unwrap().done().unwrap();
    assert!(world.complete_upload(&media, &upload).await);
    assert_eq!(world.step(&media).await, Handled::Done);
    let state = world.media_now(&media).await.state;
    assert!(matches!(state, MediaState::Failed { object: Some(_), .. }), "{state:?}");
}
