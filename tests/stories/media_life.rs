//! The life of media: what a post needs is never lost, and what nobody needs is gone with everything it took.

mod late_files;
mod lifetime;
mod quota;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_stand_in::Moment;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::{Answer, Items, Setup, World, die_at, has_died, sha256, until, video_of};

/// Whose plan has room for 100 MB.
async fn hobby() -> World {
    let parameters = BTreeMap::from([("DefaultPlan".to_owned(), "hobby".to_owned())]);
    World::with(Setup { parameters, ..Setup::default() }).await
}

async fn delete(world: &World, media: &str) -> Answer {
    world.delete(&format!("/v1/media/{media}")).await
}

async fn verify(world: &World, media: &str) -> Answer {
    world.post(&format!("/v1/media/{media}/verify"), json!({})).await
}

/// A verified video; its id, and the link to its content.
async fn ready_media(world: &World, size: usize) -> (String, String) {
    let media = world.upload(video_of(size)).await;
    let verified = verify(world, &media).await.expect(200);
    assert_eq!(verified["status"], "ready");
    (media, verified["url"].as_str().unwrap().to_owned())
}

/// Whether S3 still has the content.
async fn has_content(link: &str) -> bool {
    match reqwest::get(link).await.expect("S3 answers").status().as_u16() {
        200 => true,
        404 => false,
        status => panic!("S3 answered {status}"),
    }
}

async fn is_there(world: &World, media: &str) -> bool {
    match world.get(&format!("/v1/media/{media}")).await.status {
        200 => true,
        404 => false,
        status => panic!("{status}"),
    }
}

/// A post of this media for an hour from now.
async fn schedule(world: &World, media: &str, text: &str) -> Answer {
    let mut body = world.body(media, text);
    body.as_object_mut().unwrap().remove("publish_now");
    body["scheduled_at"] = json!(Timestamp::now() + SignedDuration::from_hours(1));
    world.post("/v1/posts", body).await
}

async fn storage(world: &World) -> (Value, Value) {
    let storage = world.get("/v1/media/storage").await.expect(200);
    (storage["count"].clone(), storage["used_bytes"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_that_a_post_needs_is_deleted_only_after_the_post_has_ended() {
    let world = World::new().await;
    let (needed, _) = ready_media(&world, 200_000).await;
    let waiting = schedule(&world, &needed, "In an hour").await.expect(201);
    let refused = delete(&world, &needed).await.expect(409);
    assert_eq!(refused["error"]["code"], "media.in_use");
    assert_eq!(refused["error"]["meta"]["post_ids"], json!([waiting["id"]]));

    let video = video_of(300_000);
    let media = world.upload(video.clone()).await;
    let post = world.publish(&media).await;
    world.until_post(&post, "published").await;
    let link = world.get(&format!("/v1/media/{media}")).await.expect(200)["url"].as_str().unwrap().to_owned();
    assert!(has_content(&link).await);
    assert_eq!(delete(&world, &media).await.status, 204);
    assert!(!has_content(&link).await);
    world.get(&format!("/v1/media/{media}")).await.expect(404);
    assert_eq!(storage(&world).await, (json!(1), json!(200_000)));
    world.published_once(&sha256(&video));
    // The post still shows what it was made of; no new one can be.
    assert_eq!(world.get(&format!("/v1/posts/{post}")).await.expect(200)["status"], "published");
    let refused = schedule(&world, &media, "Too late").await.expect(404);
    assert_eq!(refused["error"]["code"], "media.not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_post_and_a_deletion_at_the_same_moment_never_both_succeed() {
    let world = World::new().await;
    let (mut posts, mut deletions) = (0, 0);
    for round in 0..24 {
        let (media, link) = ready_media(&world, 100_000 + round).await;
        let text = format!("Round {round}");
        let posting = async {
            // They do not set out at the same time, so that sometimes the one and sometimes the other is ahead.
            tokio::time::sleep(Duration::from_millis(round as u64 % 4 * 3)).await;
            schedule(&world, &media, &text).await
        };
        let deleting = async {
            tokio::time::sleep(Duration::from_millis(round as u64 / 4 * 8)).await;
            delete(&world, &media).await
        };
        let (post, deleted) = tokio::join!(posting, deleting);
        match (post.status, deleted.status) {
            (201, 409) => {
                posts += 1;
                assert!(has_content(&link).await, "the post has its video");
                assert_eq!(deleted.body["error"]["code"], "media.in_use");
            }
            (404, 204) => {
                deletions += 1;
                assert_eq!(post.body["error"]["code"], "media.not_found");
                assert!(!has_content(&link).await);
            }
            other => panic!("{other:?}: {:#} {:#}", post.body, deleted.body),
        }
    }
    println!("{posts} posts and {deletions} deletions won");
    let listed = world.get("/v1/posts?limit=100").await.expect(200);
    assert_eq!(listed["count"], posts, "a refused post left no trace");
    assert_eq!(storage(&world).await.0, posts);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_of_many_posts_takes_a_new_one_once_others_have_ended() {
    let world = World::new().await;
    let items = Items::of(&world);
    let (media, _) = ready_media(&world, 100_000).await;
    items.used_by(&media, (0..200).map(|n| format!("post_{n}")).collect()).await;
    let post = schedule(&world, &media, "The next one").await.expect(201);
    assert_eq!(items.posts_of(&media).await, [post["id"].as_str().unwrap()]);
    delete(&world, &media).await.expect(409);
}

/// Deletes media that dies at AWS call number `call`, and lets `again` end what was begun. Answers whether there was
/// such a call.
async fn deleted_with_a_crash(world: &Arc<World>, call: u64, moment: Moment, by_the_sweep: bool) -> bool {
    let (media, link) = ready_media(world, 100_000).await;
    die_at(world, &["MediaFunction"], call, moment);
    let first = delete(world, &media).await;
    let reached = has_died(world, call);
    assert!(matches!(first.status, 204 | 500 | 502 | 503), "{}: {:#}", first.status, first.body);
    let items = Items::of(world);
    let is_marked = world.get(&format!("/v1/media/{media}")).await.status == 404;
    if by_the_sweep && is_marked && items.knows(&media).await {
        items.sweep(&media).await;
    } else if !by_the_sweep {
        // What was not marked is deleted now, what was is finished, and what is gone is not found.
        let again = until(Duration::from_secs(30), async || {
            let again = delete(world, &media).await.status;
            matches!(again, 204 | 404).then_some(())
        });
        again.await.expect("it is deleted in the end");
    } else if !is_marked {
        assert_eq!(delete(world, &media).await.status, 204, "nothing had happened");
    }
    assert!(!has_content(&link).await, "call {call} {moment:?}: the object is left");
    assert_eq!(storage(world).await, (json!(0), json!(0)), "call {call} {moment:?}");
    // The record waits for files that may still come by the upload URL; when none can, it goes, too.
    if items.knows(&media).await {
        items.made(&media, SignedDuration::from_hours(3)).await;
        items.sweep(&media).await;
    }
    assert!(!items.knows(&media).await, "call {call} {moment:?}: the record is left");
    reached
}

async fn deletion_killed_at_every_call(by_the_sweep: bool) {
    let world = Arc::new(World::new().await);
    for moment in [Moment::Before, Moment::After] {
        let mut calls = 0;
        while deleted_with_a_crash(&world, calls + 1, moment, by_the_sweep).await {
            calls += 1;
        }
        println!("killed {moment:?} each of {calls} AWS calls");
        assert!(calls >= 4, "key, media, mark, object, record");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_killed_at_any_call_is_finished_by_repeating_it() {
    deletion_killed_at_every_call(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_killed_at_any_call_is_finished_by_the_sweep() {
    deletion_killed_at_every_call(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verdict_is_one_event_however_often_and_by_whomever_it_is_asked_for() {
    let world = Arc::new(World::new().await);
    let items = Items::of(&world);
    let media = world.upload(video_of(200_000)).await;
    let verdicts = join_all((0..6).map(|_| verify(&world, &media))).await;
    for verdict in verdicts {
        assert_eq!(verdict.expect(200)["status"], "ready");
    }
    schedule(&world, &media, "Verified by its post, too").await.expect(201);
    assert_eq!(items.events("media.ready", &media).await, 1);

    for moment in [Moment::Before, Moment::After] {
        for call in 1.. {
            let media = world.upload(video_of(100_000)).await;
            die_at(&world, &["MediaFunction"], call, moment);
            let first = verify(&world, &media).await;
            let reached = has_died(&world, call);
            assert_eq!(first.status == 200, !reached, "{:#}", first.body);
            // The machine may still be dying.
            let again = until(Duration::from_secs(30), async || {
                let again = verify(&world, &media).await;
                (again.status == 200).then_some(again.body)
            });
            assert_eq!(again.await.expect("it is verified in the end")["status"], "ready");
            assert_eq!(items.events("media.ready", &media).await, 1, "killed {moment:?} call {call}");
            if !reached {
                assert!(call > 4, "key, media, head, verdict: only {} deaths", call - 1);
                break;
            }
        }
    }
}
