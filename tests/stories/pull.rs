//! Videos that TikTok fetches from the operator's domain. Its init publishes by itself, so a lost answer is the worst that
//! can happen: the video is published once all the same, or a person is told to look.

use std::sync::Arc;
use std::time::Duration;

use aws_stand_in::Moment;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tiktok_sim::{Action, Endpoint, Fault, Ledger};

use crate::support::{Nets, Setup, World, die_once, sha256, until, video_of};

const FUNCTIONS: [&str; 5] =
    ["PostsFunction", "TransferFunction", "PublishStatusFunction", "TikTokWebhookFunction", "SweepFunction"];

impl World {
    /// The body of a post of this media that TikTok is to fetch.
    fn pulled(&self, media: &str, text: &str) -> Value {
        let mut body = self.body(media, text);
        body["platform_data"]["tiktok"]["transfer"] = json!("pull");
        body
    }

    /// Has TikTok fetch this media; answers the post's id.
    pub(crate) async fn pull(&self, media: &str, text: &str) -> String {
        let post = self.post("/v1/posts", self.pulled(media, text)).await.expect(201);
        post["id"].as_str().unwrap().to_owned()
    }

    /// What the copies answered to whom it may concern, at the addresses that TikTok was told.
    async fn copies(&self) -> Vec<u16> {
        let served_at = self.stack.deployment().served_at().expect("copies are served").to_owned();
        let mut answers = Vec::new();
        for address in addresses(&self.tiktok.ledger()) {
            let path = address.strip_prefix("https://media.slipway.example/").expect("the operator's domain");
            answers.push(reqwest::get(format!("{served_at}{path}")).await.unwrap().status().as_u16());
        }
        answers
    }

    pub(crate) async fn until_state(&self, id: &str, state: &str) -> Value {
        let found = until(Duration::from_secs(30), async || {
            let target = self.get(&format!("/v1/posts/{id}")).await.expect(200)["targets"][0].clone();
            (target["metadata"]["state"] == state).then_some(target)
        });
        found.await.unwrap_or_else(|| panic!("never {state}:\n{}", self.story_of(id)))
    }
}

/// The addresses that TikTok was told.
fn addresses(ledger: &Ledger) -> Vec<String> {
    let told = ledger.publishes.iter().map(|publish| &publish.request["source_info"]["video_url"]);
    told.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_is_fetched_by_tiktok_and_by_nobody_after_it() {
    let world = World::new().await;
    let video = video_of(300_000);
    let (hash, media) = (sha256(&video), world.upload(video).await);
    let id = world.pull(&media, "Pulled").await;
    let post = world.until_post(&id, "published").await;
    world.published_once(&hash);
    let ledger = world.tiktok.ledger();
    assert!(ledger.requests_to(Endpoint::Upload).is_empty(), "no byte went through a function");
    assert_eq!(post["targets"][0]["metadata"]["uploaded_bytes"], 300_000, "{post:#}");
    assert_eq!(world.copies().await, [403], "the address is dead");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_whose_answer_is_lost_is_known_by_its_webhook_and_told_once() {
    let world = World::new().await;
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::CutAfter).times(1));
    let video = video_of(300_000);
    let (hash, media) = (sha256(&video), world.upload(video).await);
    let id = world.pull(&media, "Lost").await;
    world.until_post_by(Nets::All, &id, "published").await;
    world.rest().await;
    world.published_among_others(&hash);
    assert_eq!(world.copies().await.iter().filter(|status| **status != 403).count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_that_tiktok_never_heard_of_goes_to_a_person() {
    let world = World::new().await;
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::StatusBefore { status: 503, code: None }).times(1));
    let media = world.upload(video_of(300_000)).await;
    let id = world.pull(&media, "Unheard").await;
    let lost = world.until_state(&id, "pulling").await;
    assert_eq!(lost["status"], "publishing");
    // Another post of the account waits, so that what is heard is about this one.
    let waits = world.pull(&media, "Waits").await;
    world.until_state(&waits, "deferred").await;
    let post = world.until_post_by(Nets::All, &id, "failed").await;
    assert_eq!(post["targets"][0]["error"]["code"], "publishing.delivery.unconfirmed", "{post:#}");
    world.until_post_by(Nets::All, &waits, "published").await;
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).len(), 2, "one call for each post");
    let found = world.post(&format!("/v1/posts/{id}/resolve"), json!({"outcome": "not_published"})).await.expect(200);
    assert_eq!(found["targets"][0]["error"]["retryable"], true, "{found:#}");
    world.post(&format!("/v1/posts/{id}/retry"), json!({})).await.expect(200);
    world.until_post_by(Nets::All, &id, "published").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_that_is_cancelled_in_time_is_not_published() {
    let tiktok = tiktok_sim::Config { pull_bytes_per_second: Some(20_000), ..tiktok_sim::Config::default() };
    let world = World::with(Setup { tiktok, ..Setup::default() }).await;
    let media = world.upload(video_of(400_000)).await;
    let id = world.pull(&media, "Cancelled").await;
    world.until_state(&id, "processing").await;
    world.post(&format!("/v1/posts/{id}/cancel"), json!({})).await.expect(200);
    world.until_post(&id, "cancelled").await;
    assert!(world.tiktok.ledger().published().is_empty());
    assert_eq!(world.copies().await, [403]);
    // And again: it is so already.
    world.post(&format!("/v1/posts/{id}/cancel"), json!({})).await.expect(200);
}

/// How a post of this text ended after a crash: published once, or a person has to look, and then it is not on TikTok.
async fn ended(world: &World, id: &str, text: &str) -> &'static str {
    let mut last = Value::Null;
    let ended = world.in_time(Nets::All, async || {
        last = world.get(&format!("/v1/posts/{id}")).await.body;
        let unconfirmed = last["targets"][0]["error"]["code"] == "publishing.delivery.unconfirmed";
        if last["status"] == "published" { Some("published") } else { unconfirmed.then_some("unconfirmed") }
    });
    let ended = ended.await.unwrap_or_else(|| panic!("{text} has no end: {last:#}\n{}", world.story_of(id)));
    world.rest().await;
    let ledger = world.tiktok.ledger();
    let of_text = ledger.publishes.iter().filter(|publish| publish.post_info["title"] == text);
    let posted: u32 = of_text.map(|publish| publish.published_count).sum();
    assert_eq!(posted, u32::from(ended == "published"), "{text} is {ended}:\n{}", world.story_of(id));
    assert!(world.copies().await.iter().all(|status| *status == 403), "{text}: an address lives on");
    if ended == "unconfirmed" {
        // Otherwise every later pull of the account looks at it.
        let said = json!({"outcome": "not_published"});
        world.post(&format!("/v1/posts/{id}/resolve"), said).await.expect(200);
    }
    ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_while_tiktok_is_told_does_not_tell_it_twice() {
    let world = World::with(Setup::of_many_posts()).await;
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::Delay { millis: 3000 }).times(1));
    let media = world.upload(video_of(300_000)).await;
    let id = world.pull(&media, "Killed").await;
    world.until_state(&id, "pulling").await;
    world.kill(&FUNCTIONS).await;
    ended(&world, &id, "Killed").await;
}

/// Whoever dies right after the write that TikTok is about to be told leaves a doubt that nobody can settle but a person.
/// Everybody else's post is published.
async fn killed_at_every_call(moment: Moment) {
    // Each doubt takes an hour of TikTok's clock. A token that ends meanwhile is refused, and a death between such a
    // refusal and its write leaves a doubt of its own.
    let mut setup = Setup::of_many_posts();
    setup.tiktok.access_token_lifetime = Duration::from_hours(24 * 30);
    let world = Arc::new(World::with(setup).await);
    let media = world.upload(video_of(200_000)).await;
    let (mut deaths, mut doubts) = (0, 0);
    for call in 1.. {
        // No post waits for the minute of those before it.
        world.age_paces(SignedDuration::from_mins(2)).await;
        let text = format!("Pulled at call {call}");
        let (id, died_at) = die_once(&world, &FUNCTIONS, call, moment, &world.pulled(&media, &text)).await;
        let end = ended(&world, &id, &text).await;
        let Some(died_at) = died_at else { break };
        let may_doubt = moment == Moment::After && died_at == "TransferFunction TransactWriteItems";
        assert!(end == "published" || may_doubt, "{end} after {died_at}:\n{}", world.story_of(&id));
        doubts += u32::from(end == "unconfirmed");
        deaths += 1;
    }
    println!("killed {moment:?} each of {deaths} AWS calls; {doubts} times a person has to look");
    assert!(deaths >= 20, "only {deaths} deaths");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_right_before_any_call_to_aws_publishes_a_pull_at_most_once() {
    killed_at_every_call(Moment::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_right_after_any_call_to_aws_publishes_a_pull_at_most_once() {
    killed_at_every_call(Moment::After).await;
}
