//! How long media is kept. No clock is moved: what is stored is made older.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_stand_in::Moment;
use jiff::SignedDuration;
use serde_json::json;

use super::{delete, has_content, is_there, ready_media, schedule, storage};
use crate::support::{Items, Setup, World, die_at, has_died, video_of};

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// Media is kept for three days after its last post, and for two if there never was one.
async fn world() -> World {
    let days = [("MediaRetentionDays", "3"), ("UnusedMediaDays", "2")];
    let parameters = BTreeMap::from(days.map(|(name, days)| (name.to_owned(), days.to_owned())));
    World::with(Setup { parameters, ..Setup::default() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_is_deleted_some_days_after_its_last_post_ended_and_not_before() {
    let world = world().await;
    let items = Items::of(&world);
    let (media, link) = ready_media(&world, 200_000).await;
    let first = world.publish(&media).await;
    world.until_post(&first, "published").await;
    let second = world.post("/v1/posts", world.body(&media, "Once more")).await.expect(201);
    let second = second["id"].as_str().unwrap();
    world.until_post(second, "published").await;

    items.made(&media, days(40)).await;
    items.published(&first, days(30)).await;
    items.sweep(&media).await;
    assert!(is_there(&world, &media).await, "the second post has only just ended");
    // The sweep has noted when the last post ended, and put off its next look until then.
    items.sweep(&media).await;
    assert!(is_there(&world, &media).await && has_content(&link).await);

    let (media, link) = ready_media(&world, 200_000).await;
    let third = world.post("/v1/posts", world.body(&media, "Long ago")).await.expect(201);
    let third = third["id"].as_str().unwrap();
    world.until_post(third, "published").await;
    items.made(&media, days(40)).await;
    items.published(third, days(3) + SignedDuration::from_mins(1)).await;
    items.sweep(&media).await;
    assert!(!is_there(&world, &media).await && !has_content(&link).await && !items.knows(&media).await);
    assert_eq!(storage(&world).await, (json!(1), json!(200_000)));
    assert_eq!(world.get(&format!("/v1/posts/{third}")).await.expect(200)["status"], "published");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_that_a_scheduled_post_waits_for_is_kept_however_old_it_is() {
    let world = world().await;
    let items = Items::of(&world);
    let (media, link) = ready_media(&world, 200_000).await;
    let waiting = schedule(&world, &media, "In an hour").await.expect(201);
    let draft = world.body(&media, "A draft");
    let draft = world.post("/v1/posts", {
        let mut draft = draft;
        draft.as_object_mut().unwrap().remove("publish_now");
        draft
    });
    let draft = draft.await.expect(201);
    assert_eq!(draft["targets"][0]["metadata"]["state"], "draft");
    items.made(&media, days(800)).await;
    for _ in 0..2 {
        items.sweep(&media).await;
        assert!(is_there(&world, &media).await && has_content(&link).await);
    }
    let refused = delete(&world, &media).await.expect(409);
    let mut named = vec![waiting["id"].clone(), draft["id"].clone()];
    named.sort_by_key(ToString::to_string);
    assert_eq!(refused["error"]["meta"]["post_ids"], json!(named));
    // So old, it is taken for no further post.
    let refused = schedule(&world, &media, "One too many").await.expect(400);
    assert_eq!(refused["error"]["meta"]["issues"][0]["cure"], "Upload the file again.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_used_and_uploads_that_nobody_finished_are_deleted_in_time() {
    let world = world().await;
    let items = Items::of(&world);
    let announced = world.post("/v1/media/upload-url", json!({"size_bytes": 5_000_000})).await.expect(200);
    let announced = announced["media_id"].as_str().unwrap();
    let uploaded = world.upload(video_of(300_000)).await;
    let (unused, link) = ready_media(&world, 200_000).await;
    let all = [announced, &uploaded, &unused];
    assert_eq!(storage(&world).await, (json!(3), json!(5_500_000)));
    for media in all {
        items.made(media, SignedDuration::from_hours(47)).await;
        items.sweep(media).await;
        assert!(is_there(&world, media).await);
    }
    for media in all {
        items.made(media, SignedDuration::from_hours(49)).await;
        items.sweep(media).await;
        assert!(!is_there(&world, media).await && !items.knows(media).await, "{media}\n{}", world.story_of(media));
    }
    assert!(!has_content(&link).await);
    assert_eq!(storage(&world).await, (json!(0), json!(0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_comes_after_the_deletion_is_deleted_too() {
    let world = world().await;
    let items = Items::of(&world);
    let url = world.get("/v1/media/upload-url").await.expect(200);
    let media = url["media_id"].as_str().unwrap();
    let link = world.get(&format!("/v1/media/{media}")).await.expect(200)["url"].as_str().unwrap().to_owned();
    assert_eq!(delete(&world, media).await.status, 204);
    let put = reqwest::Client::new().put(url["upload_url"].as_str().unwrap()).body(video_of(100_000)).send().await;
    assert!(put.unwrap().status().is_success(), "the URL is still good");
    assert!(has_content(&link).await);
    assert!(!is_there(&world, media).await);
    items.sweep(media).await;
    assert!(!has_content(&link).await);
    // As long as the URL is good another one may come.
    assert!(items.knows(media).await);
    items.made(media, SignedDuration::from_hours(3)).await;
    items.sweep(media).await;
    assert!(!items.knows(media).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_killed_at_any_call_leaves_nothing_behind_for_good() {
    let world = Arc::new(world().await);
    let items = Items::of(&world);
    for moment in [Moment::Before, Moment::After] {
        for call in 1.. {
            let (media, link) = ready_media(&world, 100_000).await;
            items.made(&media, days(3)).await;
            items.due(&media).await;
            die_at(&world, &["SweepFunction"], call, moment);
            let _ = world.stack.run_schedule("SweepFunction").await;
            let reached = has_died(&world, call);
            if items.knows(&media).await {
                items.sweep(&media).await;
            }
            assert!(!items.knows(&media).await && !has_content(&link).await, "killed {moment:?} call {call}");
            assert_eq!(storage(&world).await, (json!(0), json!(0)), "killed {moment:?} call {call}");
            if !reached {
                println!("killed {moment:?} each of {} AWS calls", call - 1);
                assert!(call > 10, "the four shards of each index, and the media itself: only {} deaths", call - 1);
                break;
            }
        }
    }
}
