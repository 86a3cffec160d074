//! Who may fetch: claims, fences, and the message that stays hidden meanwhile.

use slipway_domain::Reach;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_stand_in::Meanwhile;
use slipway_store::media::{Import, MediaRecord, MediaState};
use slipway_worker::Handled;
use tokio::sync::Notify;
use workbench::{until, video_of};

use crate::server::Server;
use crate::support::{IMPORTS, World, claim};

/// The size of the videos here.
const SIZE: usize = 200_000;

#[tokio::test]
async fn a_file_is_fetched_and_verified() {
    let bytes = video_of(SIZE, 1);
    let world = World::new(Server::of(bytes.clone()).await).await;
    let media = world.to_import(&world.server.url()).await;
    assert_eq!(world.step(&media).await, Handled::Done);
    assert!(matches!(world.media_now(&media).await.state, MediaState::Ready { .. }));
    assert_eq!(world.object(&media).await, Some(bytes));
}

#[tokio::test]
async fn a_message_that_comes_while_another_worker_lives_is_put_off() {
    let world = World::new(Server::of(video_of(SIZE, 1)).await).await;
    let held = Import { tries: 1, claim: Some(claim("another", 20)), ..world.import() };
    let media = world.importing(held).await;
    let Handled::Again(pause) = world.step(&media).await else { panic!("it is dropped") };
    assert!(pause > Duration::from_secs(18) && pause < Duration::from_secs(22), "{pause:?}");
    assert_eq!(world.media_now(&media).await, media, "nothing is written");
    assert_eq!(world.server.requests(), 0);
}

#[tokio::test]
async fn of_two_workers_at_once_one_fetches() {
    let world = World::new(Server::of(video_of(SIZE, 1)).await).await;
    let media = world.to_import(&world.server.url()).await;
    let (one, other) = tokio::join!(world.step(&media), world.step(&media));
    let again = |outcome| matches!(outcome, Handled::Again(_));
    assert!(again(one) != again(other), "{one:?}, {other:?}: one message is kept, in case the other's worker dies");
    assert_eq!(world.server.requests(), 1);
    assert_eq!(world.media_now(&media).await.import.unwrap().tries, 1);
}

#[tokio::test]
async fn a_worker_that_lost_its_import_stops_while_it_fetches() {
    let server = Server::of(video_of(SIZE, 1)).await;
    server.hold_at(SIZE / 2);
    let world = World::with_claim_time(server, Duration::from_secs(1)).await;
    let media = world.to_import(&world.server.url()).await;
    let other = async {
        world.until_fetching(&media).await;
        world.taken_by_another(&media).await
    };
    // The server never sends the rest: it is the next sign of life that ends this.
    let both = async { tokio::join!(world.step(&media), other) };
    let (outcome, taken) = tokio::time::timeout(Duration::from_secs(3), both).await.expect("the worker stops");
    assert_eq!(outcome, Handled::Done);
    assert_eq!(world.media_now(&media).await, taken, "the other one's write stands");
}

/// Has a worker fetch the media, and another one take it meanwhile: what that one has written.
async fn taken_meanwhile(world: &World, media: &MediaRecord) -> MediaRecord {
    let other = async {
        world.until_fetching(media).await;
        let taken = world.taken_by_another(media).await;
        world.server.let_go();
        taken
    };
    let (outcome, taken) = tokio::join!(world.step(media), other);
    assert_eq!(outcome, Handled::Done);
    taken
}

#[tokio::test]
async fn who_lost_an_import_does_not_complete_its_file() {
    let server = Server::of(video_of(SIZE, 1)).await;
    server.hold_at(SIZE / 2);
    let world = World::new(server).await;
    let media = world.to_import(&world.server.url()).await;
    let taken = taken_meanwhile(&world, &media).await;
    assert_eq!(world.object(&media).await, None);
    assert_eq!(world.media_now(&media).await, taken, "the other one's write stands");
}

#[tokio::test]
async fn who_lost_an_import_does_not_fail_it() {
    let server = Server::of(b"<!doctype html>".repeat(10_000)).await;
    server.hold_at(1000);
    let world = World::new(server).await;
    let media = world.to_import(&world.server.url()).await;
    let taken = taken_meanwhile(&world, &media).await;
    assert_eq!(world.media_now(&media).await, taken, "the other one may yet bring something");
}

#[tokio::test]
async fn a_claim_is_renewed_while_a_file_is_fetched() {
    let server = Server::of(video_of(SIZE, 1)).await;
    server.hold_at(SIZE / 2);
    let world = World::with_claim_time(server, Duration::from_secs(1)).await;
    let media = world.to_import(&world.server.url()).await;
    let ends = async || world.media_now(&media).await.import.unwrap().claim.unwrap().until;
    let watch = async {
        world.until_fetching(&media).await;
        let first = ends().await;
        until("the claim is renewed", async || ends().await > first).await;
        world.server.let_go();
    };
    let (outcome, ()) = tokio::join!(world.step(&media), watch);
    assert_eq!(outcome, Handled::Done);
}

#[tokio::test]
async fn a_message_does_not_come_back_while_its_slow_worker_lives() {
    let server = Server::of(video_of(SIZE, 1)).await;
    server.hold_at(SIZE / 2);
    let world = World::with_claim_time(server, Duration::from_secs(2)).await;
    let media = world.to_import(&world.server.url()).await;
    let second = async {
        world.until_fetching(&media).await;
        let queue = world.deployment.queue(IMPORTS).unwrap();
        let received = world.deployment.aws().sqs().receive(queue, 1, Duration::from_secs(2)).await.unwrap();
        world.server.let_go();
        received
    };
    let (outcome, received) = tokio::join!(world.step(&media), second);
    assert_eq!(received, [], "a second worker would have it");
    assert_eq!(outcome, Handled::Done);
}

#[tokio::test]
async fn a_message_does_not_come_back_while_its_file_is_verified() {
    let world = World::with_claim_time(Server::of(video_of(SIZE, 1)).await, Duration::from_secs(2)).await;
    let media = world.to_import(&world.server.url()).await;
    let (judging, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let aws = world.deployment.aws();
    let (begun, released) = (Arc::clone(&judging), Arc::clone(&go_on));
    let pause: Meanwhile = Arc::new(move || {
        let (begun, released) = (Arc::clone(&begun), Arc::clone(&released));
        Box::pin(async move {
            begun.notify_one();
            released.notified().await;
        })
    });
    // The verdict comes last.
    aws.before_next("DynamoDB.TransactWriteItems", 1, pause);
    let second = async {
        judging.notified().await;
        let queue = world.deployment.queue(IMPORTS).unwrap();
        let received = aws.sqs().receive(queue, 1, Duration::from_secs(3)).await.unwrap();
        go_on.notify_one();
        received
    };
    let (outcome, received) = tokio::join!(world.step(&media), second);
    assert_eq!(received, [], "a second worker would have it");
    assert_eq!(outcome, Handled::Done);
}

#[tokio::test]
async fn an_upload_begun_by_who_lost_the_import_is_given_up() {
    let world = World::new(Server::of(video_of(SIZE, 1)).await).await;
    let media = world.to_import(&world.server.url()).await;
    let (store, record, writes) = (world.owner.media.clone(), media.clone(), Arc::new(AtomicU32::new(0)));
    let taken: Meanwhile = Arc::new(move || {
        let (store, record, writes) = (store.clone(), record.clone(), Arc::clone(&writes));
        Box::pin(async move {
            // The first writes are its slots and its claim, the fourth one notes its upload.
            if writes.fetch_add(1, Ordering::Relaxed) < 3 {
                return;
            }
            let now = store.get(&Reach::whole(&record.tenant), &record.id).await.unwrap().unwrap();
            store.claim_import(&now, claim("another", 60)).await.unwrap().done().unwrap();
        })
    });
    let aws = world.deployment.aws();
    aws.before_next("DynamoDB.UpdateItem", 4, taken);
    assert_eq!(world.step(&media).await, Handled::Done);
    let counts = aws.request_counts();
    assert_eq!(["S3.CreateMultipartUpload", "S3.AbortMultipartUpload"].map(|call| counts.get(call)), [Some(&1); 2]);
    assert_eq!(world.server.requests(), 0);
}

#[tokio::test]
async fn the_message_of_a_dead_worker_comes_back_when_its_claim_ends() {
    let server = Server::of(video_of(SIZE, 1)).await;
    server.hold_at(SIZE / 2);
    let world = World::new(server).await;
    let media = world.to_import(&world.server.url()).await;
    tokio::select! {
        outcome = world.step(&media) => panic!("it ends with {outcome:?}"),
        _ = world.until_fetching(&media) => {}
    }
    assert!(world.receive_after(IMPORTS, world.worker.claim_time.0).await.is_some());
}
