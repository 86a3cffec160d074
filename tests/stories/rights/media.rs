//! The life of media, as far as it calls AWS.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::set_plan;
use crate::support::large::{LargeFile, begin, follow, put_parts};
use crate::support::{Answer, Items, Page, Site, World, until, video_of};

/// One byte more than is offered in one PUT only.
pub(super) const TWO_PARTS: LargeFile = LargeFile { size: 33_554_433 };

pub(super) async fn live(world: &World, site: &Site) {
    Items::of(world).keys_were_not_used_lately().await;
    uploads(world).await;
    imports(world, site).await;
    line(world, site).await;
    beyond_the_plan(world).await;
    ends(world).await;
}

/// In the request itself, by a URL, and in parts, interrupted and given up.
async fn uploads(world: &World) {
    let file = Part::bytes(video_of(200_000)).file_name("video.mp4").mime_str("video/mp4").unwrap();
    let request = world.request("POST", "/v1/media/upload").multipart(Form::new().part("file", file));
    Answer::read(request.send().await.expect("the API answers")).await.expect(201);

    let uploaded = world.upload(video_of(210_000)).await;
    let verified = world.post(&format!("/v1/media/{uploaded}/verify"), json!({})).await.expect(200);
    world.content(&verified).await;
    world.get("/v1/media").await.expect(200);

    let announced = world.post("/v1/media/upload-url", json!({})).await.expect(200);
    let announced = announced["media_id"].as_str().unwrap();
    world.post(&format!("/v1/media/{announced}/verify"), json!({})).await.expect(409);
    let too_early = world.post("/v1/posts", world.body(announced, "Too early")).await;
    assert_eq!(too_early.status, 400, "{:#}", too_early.body);

    let begun = begin(world, TWO_PARTS).await;
    put_parts(TWO_PARTS, begun["parts"].as_array().unwrap()).await;
    follow(world, "GET", &begun["resume_url"]).await.expect(200);
    follow(world, "POST", &begun["complete_url"]).await.expect(200);
    let given_up = begin(world, TWO_PARTS).await;
    follow(world, "POST", &given_up["abort_url"]).await.expect(200);
}

/// One from a server that is down at first, so that the sweep sets it going again, and one of no media at all.
async fn imports(world: &World, site: &Site) {
    site.answer([503]);
    let late = world.import(&site.file("/late.mp4", &video_of(220_000))).await;
    world.until_logged("the message of the import comes back", "not fetched").await;
    Items::of(world).sweep(&late).await;
    world.until_media(&late, "ready").await;
    let page = world.import(&site.put("/page.mp4", Page::Html)).await;
    world.until_media(&page, "failed").await;
}

/// From a slow server, and one that waits in line until the slow one is given up.
async fn line(world: &World, site: &Site) {
    let slow = world.import(&site.put("/slow.mp4", Page::Drip)).await;
    let asked = || world.stack.aws().request_counts().contains_key("SQS.GetQueueAttributes");
    until(Duration::from_secs(30), async || asked().then_some(())).await.expect("it is slow");
    let next = world.import(&site.file("/next.mp4", &video_of(230_000))).await;
    world.until_logged("the next one waits", "waits in line").await;
    world.delete(&format!("/v1/media/{slow}")).await.expect(204);
    world.until_media(&next, "ready").await;
}

/// What the plan has no room for when the sweep finds it in the bucket.
async fn beyond_the_plan(world: &World) {
    // The only plan that limits storage.
    set_plan(world, "hobby").await;
    let storage = world.get("/v1/media/storage").await.expect(200);
    let left = storage["limit_bytes"].as_u64().unwrap() - storage["used_bytes"].as_u64().unwrap();
    let rest = world.post("/v1/media/upload-url", json!({"size_bytes": left - 100})).await.expect(200);
    let url = world.get("/v1/media/upload-url").await.expect(200);
    let put = reqwest::Client::new().put(url["upload_url"].as_str().unwrap()).body(vec![7; 101]).send().await;
    assert!(put.expect("S3 answers").status().is_success());
    Items::of(world).compare_bucket().await;
    for media in [rest, url] {
        world.delete(&format!("/v1/media/{}", media["media_id"].as_str().unwrap())).await.expect(204);
    }
    set_plan(world, "starter").await;
}

/// By the API and by the sweep, young and old, whole and in parts, and one that a post keeps.
async fn ends(world: &World) {
    let items = Items::of(world);
    let young = world.upload(video_of(230_000)).await;
    let old = world.upload(video_of(240_000)).await;
    items.made(&old, SignedDuration::from_hours(3)).await;
    for media in [young, old] {
        world.delete(&format!("/v1/media/{media}")).await.expect(204);
    }

    let needed = world.upload(video_of(250_000)).await;
    world.schedule(&world.account, &needed, "In an hour", 3600).await;
    world.delete(&format!("/v1/media/{needed}")).await.expect(409);
    items.sweep(&needed).await;

    let unfinished = begin(world, TWO_PARTS).await;
    let unfinished = unfinished["media_id"].as_str().unwrap();
    items.made(unfinished, SignedDuration::from_hours(24 * 100)).await;
    items.sweep(unfinished).await;
    assert!(!items.knows(unfinished).await, "the sweep deletes it");
}
