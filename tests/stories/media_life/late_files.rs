//! Files that come after their media was verified or deleted, and files that nobody has verified: what was checked is
//! what is kept, and what is kept counts.

use std::sync::Arc;

use aws_stand_in::Moment;
use serde_json::{Value, json};

use super::{delete, has_content, hobby, is_there, storage, verify};
use crate::support::large::{LargeFile, begin, download, follow, put_parts};
use crate::support::{Items, World, die_at, has_died, sha256, video_of};

/// What the smallest plan has room for, in bytes.
const LIMIT: usize = 100_000_000;

/// A URL of the short form, for a client that sends no header but its own.
async fn bare_url(world: &World) -> (String, String) {
    let url = world.get("/v1/media/upload-url").await.expect(200);
    let text = |name: &str| url[name].as_str().unwrap().to_owned();
    (text("media_id"), text("upload_url"))
}

/// PUTs a file as any client would; answers S3's status.
async fn put(url: &str, content: Vec<u8>, headers: &Value) -> u16 {
    let mut put = reqwest::Client::new().put(url).body(content);
    for (name, value) in headers.as_object().into_iter().flatten() {
        put = put.header(name, value.as_str().unwrap());
    }
    put.send().await.expect("S3 answers").status().as_u16()
}

/// Lets nothing but this many bytes fit into the plan; answers the media that takes the rest.
async fn leave_room(world: &World, left: usize) -> String {
    let used = storage(world).await.1.as_u64().unwrap();
    let size = LIMIT - left - usize::try_from(used).unwrap();
    let announced = world.post("/v1/media/upload-url", json!({"size_bytes": size})).await.expect(200);
    announced["media_id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_file_at_a_bare_url_is_what_is_posted_or_what_is_refused() {
    let world = hobby().await;
    let (media, url) = bare_url(&world).await;
    assert_eq!(put(&url, video_of(200_000), &Value::Null).await, 200);
    assert_eq!(verify(&world, &media).await.expect(200)["status"], "ready");
    let second = video_of(300_000);
    assert_eq!(put(&url, second.clone(), &Value::Null).await, 200);
    let post = world.publish(&media).await;
    world.until_post(&post, "published").await;
    world.published_once(&sha256(&second));
    assert_eq!(storage(&world).await, (json!(1), json!(300_000)));

    assert_eq!(put(&url, b"no video at all".to_vec(), &Value::Null).await, 200);
    let refused = world.post("/v1/posts", world.body(&media, "Another text")).await;
    refused.refused(422, "publishing.media.rejected", "media_ids[0]");
    assert_eq!(world.get("/v1/posts").await.expect(200)["count"], 1);
    assert_eq!(storage(&world).await, (json!(1), json!(15)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_with_headers_takes_one_file_whole_or_in_parts() {
    let world = hobby().await;
    let url = world.post("/v1/media/upload-url", json!({"content_type": "video/mp4"})).await.expect(200);
    let (media, at) = (url["media_id"].as_str().unwrap(), url["upload_url"].as_str().unwrap());
    let first = video_of(200_000);
    assert_eq!(put(at, first.clone(), &url["headers"]).await, 200);
    assert_eq!(put(at, video_of(300_000), &url["headers"]).await, 412);
    assert_eq!(put(at, video_of(300_000), &json!({"content-type": "video/mp4"})).await, 403);
    let ready = verify(&world, media).await.expect(200);
    assert_eq!((&ready["status"], sha256(&world.content(&ready).await)), (&json!("ready"), sha256(&first)));

    let file = LargeFile { size: 33_554_433 };
    let begun = begin(&world, file).await;
    put_parts(file, begun["parts"].as_array().unwrap()).await;
    let done = follow(&world, "POST", &begun["complete_url"]).await.expect(200);
    let whole = vec![7; usize::try_from(file.size).unwrap()];
    assert_eq!(put(begun["upload_url"].as_str().unwrap(), whole, &begun["headers"]).await, 412);
    assert_eq!(download(&done).await, (file.sha256(), file.size));
    assert_eq!(storage(&world).await, (json!(2), json!(200_000 + file.size)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_the_bucket_counts_within_the_hour_and_beyond_the_plan_goes() {
    let world = hobby().await;
    let items = Items::of(&world);
    leave_room(&world, 700_000).await;
    let mut late = Vec::new();
    for _ in 0..2 {
        // Never verified, of no announced size.
        let (media, url) = bare_url(&world).await;
        assert_eq!(put(&url, video_of(400_000), &Value::Null).await, 200);
        late.push(media);
    }
    assert_eq!(storage(&world).await, (json!(3), json!(LIMIT - 700_000)));
    items.compare_bucket().await;
    assert_eq!(storage(&world).await, (json!(3), json!(LIMIT - 300_000)), "one has found room");
    let mut states = Vec::new();
    for media in &late {
        let shown = world.get(&format!("/v1/media/{media}")).await.expect(200);
        let kept = has_content(shown["url"].as_str().unwrap()).await;
        states.push((shown["status"].as_str().unwrap().to_owned(), kept));
        if !kept {
            assert_eq!(shown["reasons"][0]["code"], "storage_quota");
            assert_eq!(items.events("media.failed", media).await, 1);
            verify(&world, media).await.refused(409, "resource.conflict", "id");
            let refused = world.post("/v1/posts", world.body(media, "Too large")).await.expect(422);
            let issue = &refused["error"]["meta"]["issues"][0];
            let message = issue["message"].as_str().unwrap();
            assert!(message.starts_with(&format!("nothing is kept of {media}: ")), "{issue:#}");
            assert!(message.contains("plan's storage"), "{issue:#}");
        }
    }
    states.sort_unstable();
    assert_eq!(states, [("failed".to_owned(), false), ("pending".to_owned(), true)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_replaced_a_verified_one_is_counted_wherever_the_sweep_dies() {
    let world = Arc::new(hobby().await);
    let items = Items::of(&world);
    let mut crashes = 0;
    for moment in [Moment::Before, Moment::After] {
        for call in 1.. {
            let (media, url) = bare_url(&world).await;
            assert_eq!(put(&url, video_of(200_000), &Value::Null).await, 200);
            assert_eq!(verify(&world, &media).await.expect(200)["status"], "ready");
            let before = storage(&world).await.1.as_u64().unwrap();
            assert_eq!(put(&url, video_of(500_000), &Value::Null).await, 200);
            items.next_round().await;
            die_at(&world, &["SweepFunction"], call, moment);
            let _ = world.stack.run_schedule("SweepFunction").await;
            let died = has_died(&world, call);
            items.compare_bucket().await;
            let shown = world.get(&format!("/v1/media/{media}")).await.expect(200);
            assert_eq!(shown["status"], "pending", "{moment:?} call {call}");
            assert_eq!(storage(&world).await.1, before + 300_000, "{moment:?} call {call}");
            assert_eq!(verify(&world, &media).await.expect(200)["size_bytes"], 500_000);
            assert_eq!(delete(&world, &media).await.status, 204);
            if !died {
                break;
            }
            crashes += 1;
        }
    }
    println!("the sweep was killed at {crashes} calls");
    assert!(crashes > 20, "{crashes}");
    assert_eq!(storage(&world).await, (json!(0), json!(0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_put_after_the_deletion_goes_within_the_hour() {
    let world = hobby().await;
    let items = Items::of(&world);
    let (media, url) = bare_url(&world).await;
    assert_eq!(put(&url, video_of(200_000), &Value::Null).await, 200);
    let link = verify(&world, &media).await.expect(200)["url"].as_str().unwrap().to_owned();
    assert_eq!(delete(&world, &media).await.status, 204);
    for _ in 0..2 {
        assert_eq!(put(&url, video_of(300_000), &Value::Null).await, 200, "the URL is still good");
        assert!(has_content(&link).await);
        items.compare_bucket().await;
        assert!(!has_content(&link).await && !is_there(&world, &media).await);
    }
    assert_eq!(storage(&world).await, (json!(0), json!(0)));
}
