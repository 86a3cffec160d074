//! `slipway publish` and `slipway status`.

use std::time::Duration;

use serde_json::json;
use tiktok_sim::{Action, Config, Endpoint, FailReason, Fault, RateLimits};

use super::door::{Door, Plan};
use super::program::interrupt;
use super::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishing_a_file_ends_on_tiktok_once() {
    let world = World::new().await;
    let video = world.video("video.mp4", 300_000);
    let command = ["publish", video.to_str().unwrap(), "--caption", "From a terminal", "--privacy", "private"];
    let published = world.slipway(&command).run().await.expect(0);
    let post = world.get(&format!("/v1/posts/{}", published.result())).await;
    assert_eq!((&post["status"], &post["text"]), (&json!("published"), &json!("From a terminal")));
    assert_eq!(post["targets"][0]["metadata"]["privacy_level"], "SELF_ONLY");
    assert_eq!(world.tiktok.ledger().published().len(), 1);

    // The same again is the API's to refuse, because the same media is used again.
    let again = world.slipway(&command).run().await.expect(3);
    assert!(again.err.contains(published.result()) && again.err.contains("--again"), "{}", again.err);
    assert_eq!(world.tiktok.ledger().published().len(), 1);
    let forced = world.slipway(&[&command[..], &["--again"]].concat()).run().await.expect(0);
    assert_ne!(forced.result(), published.result());
    assert_eq!(world.tiktok.ledger().published().len(), 2, "what is asked for is done");

    let status = world.slipway(&["status", published.result()]).run().await.expect(0);
    for part in ["published", "From a terminal", &world.account] {
        assert!(status.out.contains(part), "{part}: {}", status.out);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_run_is_repeated_without_a_second_post() {
    let world = World::new().await;
    let door = Door::open(world.stack.api_url()).await;
    let video = world.video("video.mp4", 300_000);
    let command =
        ["publish", video.to_str().unwrap(), "--caption", "Once", "--privacy", "private", "--account", "@sim.creator"];
    let program = world.slipway(&command).env("SLIPWAY_API_URL", &door.url).start();
    door.plan(Plan::Kill(program.pid()));
    assert_eq!(program.end().await.code, None, "killed by a signal");

    let again = world.slipway(&command).env("SLIPWAY_API_URL", &door.url).run().await.expect(0);
    assert!(again.err.contains("did not see the answer"), "{}", again.err);
    let keys = door.keys();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1], "the same key");
    let posts = world.get("/v1/posts").await;
    assert_eq!(posts["count"], 1, "{posts:#}");
    assert_eq!(posts["data"][0]["id"], again.result());
    assert_eq!(world.tiktok.ledger().published().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_answer_and_run_again_it_publishes_once() {
    // More posts than a creator makes in a minute.
    let rate_limits = RateLimits { init: None, creator_info: None, ..RateLimits::default() };
    let world = World::with(Config { rate_limits, ..Config::default() }).await;
    let door = Door::open(world.stack.api_url()).await;
    let mut killed = 0;
    for n in 0.. {
        let video = world.video(&format!("{n}.mp4"), 300_000);
        let command = ["publish", video.to_str().unwrap(), "--caption", "Once", "--privacy", "private"];
        let run = || world.slipway(&command).env("SLIPWAY_API_URL", &door.url);
        let program = run().start();
        door.kill_at(program.pid(), n);
        let whole = program.end().await.code.is_some();
        if !whole {
            killed += 1;
            run().run().await.expect(0);
        }
        let published = world.tiktok.ledger().published().len();
        assert_eq!(published, n + 1, "one post a video, also when killed at answer {n}");
        if whole {
            break;
        }
    }
    assert!(killed >= 6, "account, creator, upload, check, post and status: {killed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_does_not_post_twice() {
    let world = World::new().await;
    let door = Door::open(world.stack.api_url()).await;
    door.plan(Plan::Lose);
    let video = world.video("video.mp4", 300_000);
    let command = ["publish", video.to_str().unwrap(), "--caption", "Once", "--privacy", "private", "--json"];
    let published = world.slipway(&command).env("SLIPWAY_API_URL", &door.url).run().await.expect(0);
    let keys = door.keys();
    assert_eq!((keys.len(), &keys[0]), (2, keys.last().unwrap()));
    assert_eq!(published.event("ended")["post"]["status"], "published");
    assert_eq!(world.tiktok.ledger().published().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_is_no_longer_followed_goes_on_and_is_taken_up_again() {
    let delay = Config { processing_delay: Duration::from_hours(1), ..Config::default() };
    let world = World::with(delay).await;
    let video = world.video("video.mp4", 300_000);
    let command = ["publish", video.to_str().unwrap(), "--caption", "Later", "--privacy", "private"];
    let late = world.slipway(&[&command[..], &["--timeout", "6", "--json"]].concat()).run().await.expect(4);
    let post = late.event("created")["post_id"].as_str().unwrap().to_owned();
    assert_eq!(late.event("error")["kind"], "unfinished");
    assert!(late.err.contains(&format!("slipway status {post} --follow")), "{}", late.err);

    let mut program = world.slipway(&[&command[..], &["--json"]].concat()).start();
    program.until_says(&post).await;
    interrupt(program.pid());
    let stopped = program.end().await.expect(130);
    assert!(stopped.err.contains("Interrupted."), "{}", stopped.err);

    world.tiktok.advance(Duration::from_hours(2));
    let ended = world.slipway(&command).run().await.expect(0);
    assert_eq!(ended.result(), post, "no second post: {}", ended.err);
    assert_eq!(world.tiktok.ledger().published().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiktoks_verdict_is_a_refusal() {
    let world = World::new().await;
    let refuse = Action::FailPublish { reason: FailReason::FrameRate };
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, refuse).times(1));
    let video = world.video("video.mp4", 300_000);
    let command = ["publish", video.to_str().unwrap(), "--caption", "No", "--privacy", "private", "--json"];
    let refused = world.slipway(&command).run().await.expect(3);
    let error = refused.event("error");
    assert_eq!((&error["kind"], &error["code"]), (&json!("refused"), &json!("publishing.media.rejected")));
    assert!(refused.err.contains("frame_rate_check_failed"), "{}", refused.err);
    let post = refused.event("created")["post_id"].as_str().unwrap().to_owned();
    world.slipway(&["status", &post, "--follow"]).run().await.expect(3);
    world.slipway(&["status", &post]).run().await.expect(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_see_a_post_is_asked_for_before_anything_is_sent() {
    let world = World::new().await;
    let video = world.video("video.mp4", 300_000);
    let file = video.to_str().unwrap();
    let asked = world.slipway(&["publish", file, "--caption", "Hi"]).run().await.expect(2);
    assert!(asked.err.contains("--privacy") && asked.err.contains("public, friends, private"), "{}", asked.err);
    world.slipway(&["publish", file, "--caption", "Hi", "--privacy", "followers"]).run().await.expect(3);
    assert_eq!(world.get("/v1/media").await["count"], 0, "nothing was uploaded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_can_wait_for_its_time_or_go_to_the_inbox() {
    let world = World::new().await;
    let video = world.video("video.mp4", 300_000);
    let file = video.to_str().unwrap();
    let media = world.slipway(&["upload", file, "--quiet"]).run().await.expect(0);
    assert_eq!(media.err, "", "quiet means quiet");
    let in_a_day = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24)).to_string();
    let command = ["publish", media.result(), "--caption", "Hi", "--privacy", "friends", "--at", &in_a_day];
    let waits = world.slipway(&command).run().await.expect(0);
    assert_eq!(world.get(&format!("/v1/posts/{}", waits.result())).await["status"], "scheduled");

    let inbox = world.slipway(&["publish", file, "--caption", "Another", "--draft-to-inbox"]).run().await.expect(0);
    let post = world.get(&format!("/v1/posts/{}", inbox.result())).await;
    assert_eq!(post["targets"][0]["metadata"]["state"], "in_inbox", "{post:#}");
    assert!(inbox.err.contains("inbox"), "{}", inbox.err);
    assert_eq!(world.get("/v1/media").await["count"], 1, "an unchanged file is uploaded once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn photos_go_to_the_api_in_their_order_and_with_its_words() {
    let world = World::new().await;
    let photo = include_bytes!("../../../shared/video/fixtures/photo.jpg");
    let (one, two) = (world.file("1.jpg", photo), world.file("2.jpg", photo));
    let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());
    // Nobody has verified an address from which TikTok could fetch them.
    let command = ["validate", "--photo", one, "--photo", two, "--caption", "Hi", "--privacy", "private", "--json"];
    let refused = world.slipway(&command).run().await.expect(3);
    let errors = refused.event("validated")["validation"]["errors"].clone();
    let of_kind = |error: &serde_json::Value| error["code"] != "validation.media_type_mismatch";
    assert!(!errors.as_array().unwrap().is_empty() && errors.as_array().unwrap().iter().all(of_kind), "{errors:#}");
    assert_eq!(world.get("/v1/media").await["count"], 2);
}
