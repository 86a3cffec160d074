//! What callers do with posts that are there: change, publish, cancel, retry, delete. Also while the function that does it
//! is killed at each of its calls to AWS.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_stand_in::Moment;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tiktok_sim::{Action, Endpoint, FailReason, Fault};

use crate::support::{Answer, Nets, Setup, World, die_at, has_died, sha256, until, video_of};

const FUNCTIONS: [&str; 1] = ["PostsFunction"];

impl World {
    /// A draft of this media; answers its id.
    async fn draft(&self, media: &str, text: &str) -> String {
        let mut body = self.body(media, text);
        body["publish_now"] = false.into();
        let post = self.post("/v1/posts", body).await.expect(201);
        assert_eq!(post["status"], "draft", "{post:#}");
        post["id"].as_str().unwrap().to_owned()
    }

    async fn act(&self, id: &str, act: &str) -> Answer {
        self.post(&format!("/v1/posts/{id}/{act}"), json!({})).await
    }

    /// A post of this media that TikTok has refused after the upload; answers its id.
    async fn failed(&self, media: &str, text: &str) -> String {
        let no = Action::FailPublish { reason: FailReason::Internal };
        self.tiktok.fault(Fault::on(Endpoint::VideoInit, no).times(1));
        let post = self.post("/v1/posts", self.body(media, text)).await.expect(201);
        let id = post["id"].as_str().unwrap().to_owned();
        self.until_post(&id, "failed").await;
        id
    }

    /// How often TikTok has posted something with this text.
    fn posted(&self, text: &str) -> u32 {
        let ledger = self.tiktok.ledger();
        let of_text = ledger.publishes.iter().filter(|publish| publish.post_info["title"] == text);
        of_text.map(|publish| publish.published_count).sum()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_validated_changed_and_published_as_it_is_then() {
    let world = World::new().await;
    let video = video_of(300_000);
    let (sha, media) = (sha256(&video), world.upload(video).await);
    let validated = world.post("/v1/posts/validate", world.body(&media, "First")).await.expect(200);
    assert_eq!((&validated["valid"], &validated["errors"]), (&json!(true), &json!([])), "{validated:#}");
    assert_eq!(validated["effective"][&world.account]["privacy_level"], "SELF_ONLY");
    let id = world.draft(&media, "First").await;
    let path = format!("/v1/posts/{id}");
    let wrong = json!({"hidden": 1, "publish_now": true, "text": 2, "visibility": "nobody"});
    let refused = Answer::read(world.request("PATCH", &path).json(&wrong).send().await.unwrap()).await.expect(400);
    let issues = refused["error"]["meta"]["issues"].as_array().unwrap();
    let fields: BTreeSet<_> = issues.iter().map(|issue| issue["field"].as_str().unwrap()).collect();
    assert_eq!(fields, BTreeSet::from(["hidden", "publish_now", "text", "visibility"]), "{refused:#}");
    let change = json!({"text": "Second", "platform_data": {"tiktok": {"disable_comment": false}}});
    let changed = Answer::read(world.request("PATCH", &path).json(&change).send().await.unwrap()).await.expect(200);
    assert_eq!((&changed["text"], &changed["status"]), (&json!("Second"), &json!("draft")));
    world.act(&id, "publish").await.expect(201);
    let post = world.until_post(&id, "published").await;
    world.published_once(&sha);
    assert_eq!((world.posted("First"), world.posted("Second")), (0, 1));
    let sent = world.tiktok.ledger().published()[0].post_info.clone();
    assert_eq!((&sent["disable_comment"], &sent["privacy_level"]), (&json!(false), &json!("SELF_ONLY")), "{sent:#}");

    // What TikTok has can't be called off, and stays on record.
    assert_eq!(world.act(&id, "cancel").await.expect(409)["error"]["code"], "post.state_invalid");
    assert_eq!(world.act(&id, "unpublish").await.expect(501)["error"]["code"], "resource.not_supported");
    let deleted = world.delete(&path).await.expect(200);
    assert_eq!((&deleted["deleted"], &deleted["results"][0]["outcome"]), (&json!(false), &json!("not_supported")));
    assert_eq!(world.get(&path).await.expect(200)["id"], post["id"]);
    let steps = world.get(&format!("{path}/timeline?limit=100")).await.expect(200);
    let states: Vec<_> = steps["data"].as_array().unwrap().iter().map(|step| step["state"].as_str().unwrap()).collect();
    for state in ["draft", "queued", "uploading", "published"] {
        assert!(states.contains(&state), "{state} is not among {states:?}");
    }
    assert_eq!(world.get(&format!("{path}/metrics")).await.expect(200)["data"]["post_id"], post["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cancelled_or_deleted_while_it_waited_is_never_published() {
    let world = World::new().await;
    let media = world.upload(video_of(300_000)).await;
    let (cancelled, deleted) = (
        world.schedule(&world.account, &media, "Cancelled", 600).await,
        world.schedule(&world.account, &media, "Deleted", 600).await,
    );
    assert_eq!(world.act(&cancelled, "cancel").await.expect(200)["status"], "cancelled");
    let gone = world.delete(&format!("/v1/posts/{deleted}")).await.expect(200);
    assert_eq!((&gone["deleted"], &gone["results"][0]["outcome"]), (&json!(true), &json!("cancelled")));
    world.let_pass(2).await;
    world.rest().await;
    assert!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).is_empty());
    assert_eq!(world.get(&format!("/v1/posts/{cancelled}")).await.expect(200)["status"], "cancelled");
    assert_eq!(world.get(&format!("/v1/posts/{deleted}")).await.status, 404);
    // Nothing is left that would keep the same from being posted.
    for text in ["Cancelled", "Deleted"] {
        world.post("/v1/posts", world.body(&media, text)).await.expect(201);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_failed_is_retried_and_published_once() {
    let world = World::new().await;
    let video = video_of(300_000);
    let (sha, media) = (sha256(&video), world.upload(video).await);
    let id = world.failed(&media, "Again").await;
    assert_eq!(world.act(&id, "retry").await.expect(200)["success"], true);
    let post = world.until_post(&id, "published").await;
    world.published_once(&sha);
    assert_eq!((&post["retry_count"], world.posted("Again")), (&json!(1), 1));
    assert_eq!(world.act(&id, "retry").await.expect(400)["error"]["code"], "post.no_retryable_deliveries");
}

/// Has the function die at its first call to AWS, at the second, and so on, while a client sends the same request with the
/// same key until it is answered. Answers how often it died.
async fn dying(world: &Arc<World>, moment: Moment, act: &str, make: impl AsyncFn(&str) -> String) -> u64 {
    for call in 1.. {
        let text = format!("{act} {moment:?} {call}");
        // No post waits for the day of those before it.
        world.age_paces(SignedDuration::from_hours(25)).await;
        let id = make(&text).await;
        world.rest().await;
        die_at(world, &FUNCTIONS, call, moment);
        let path = format!("/v1/posts/{id}/{act}");
        let answered = until(Duration::from_secs(30), async || {
            let request = world.request("POST", &path).header("Idempotency-Key", &text).json(&json!({}));
            let answer = Answer::read(request.send().await.expect("the API answers")).await;
            (200..300).contains(&answer.status).then_some(answer.body)
        });
        let answer: Option<Value> = answered.await;
        assert!(answer.is_some(), "{text} is never answered:\n{}", world.story_of(&id));
        let died = has_died(world, call);
        let (status, posted, told): (_, _, &[&str]) = match act {
            "cancel" => ("cancelled", 0, &["cancelled", "scheduled"]),
            "publish" => ("published", 1, &["published", "upload_completed"]),
            _ => ("published", 1, &["failed", "published", "retried", "upload_completed", "upload_completed"]),
        };
        // Whoever died before it told the workers relies on the sweep.
        let post = world.until_post_by(Nets::All, &id, status).await;
        world.rest().await;
        assert_eq!(world.posted(&text), posted, "{text}");
        assert_eq!(post["retry_count"], u64::from(act == "retry"), "{text}");
        assert_eq!(world.told(&id).await, told, "{text}");
        if !died {
            return call - 1;
        }
    }
    0
}

async fn killed_at_every_call(moment: Moment) {
    let tiktok = tiktok_sim::Config { daily_post_cap: None, ..tiktok_sim::Config::default() };
    let world = Arc::new(World::with(Setup { tiktok, ..Setup::default() }).await);
    let media = world.upload(video_of(200_000)).await;
    let later = async |text: &str| world.schedule(&world.account, &media, text, 86_400).await;
    let draft = async |text: &str| world.draft(&media, text).await;
    let failed = async |text: &str| world.failed(&media, text).await;
    let deaths = [
        dying(&world, moment, "cancel", later).await,
        dying(&world, moment, "publish", draft).await,
        dying(&world, moment, "retry", failed).await,
    ];
    println!("killed {moment:?} each of {deaths:?} AWS calls of cancel, publish and retry");
    assert!(deaths.iter().all(|deaths| *deaths >= 3), "{deaths:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_right_before_any_call_to_aws_does_no_act_twice() {
    killed_at_every_call(Moment::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_right_after_any_call_to_aws_does_no_act_twice() {
    killed_at_every_call(Moment::After).await;
}
