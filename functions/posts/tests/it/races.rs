//! What somebody else does between the check of a request and its one write.

use aws_stand_in::Fault;
use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_domain::Reach;
use slipway_store::media::MediaRecord;
use workbench::Answer;

use crate::world::{World, body as body_of, meanwhile, post_with_key, with};

/// The write that makes a post.
const WRITE: &str = "DynamoDB.TransactWriteItems";

/// Sends the body with a key while a twin with the same key and this body comes first.
async fn race(world: &World, key: &'static str, body: &Value, twins: Value) -> Answer {
    let (router, caller) = (world.router.clone(), world.owner.caller.clone());
    let twin = meanwhile(move || {
        let (router, caller, twins) = (router.clone(), caller.clone(), twins.clone());
        async move {
            World::made(&post_with_key(&router, &caller, key, &twins).await);
        }
    });
    world.bench.deployment.aws().before_next(WRITE, 1, twin);
    world.post_with_key(&world.owner.caller, key, body).await
}

async fn count(world: &World) -> usize {
    let page = world.owner.caller.get(&world.router, "/v1/posts").await.expect(200);
    usize::try_from(page["count"].as_u64().unwrap()).unwrap()
}

#[tokio::test]
async fn who_loses_to_a_twin_gets_the_twins_answer() {
    let world = World::start().await;
    let body = world.owner.body("Twins");
    let lost = race(&world, "key", &body, body.clone()).await;
    assert!(lost.is_replayed(), "{:#}", lost.expect(201));
    assert_eq!((count(&world).await, world.bench.messages("TransfersQueue").len()), (1, 1));
    let shown = &world.owner.caller.get(&world.router, "/v1/posts").await.json()["data"][0]["id"];
    assert_eq!(lost.json()["id"], *shown);
}

#[tokio::test]
async fn who_loses_the_key_to_another_body_is_refused() {
    let world = World::start().await;
    let (body, other) = (world.owner.body("One"), world.owner.body("Another"));
    race(&world, "key", &body, other).await.refused(422, "idempotency.key_reused", "Idempotency-Key");
    assert_eq!((count(&world).await, world.bench.messages("TransfersQueue").len()), (1, 1));
}

#[tokio::test]
async fn many_twins_at_once_make_one_post() {
    let world = World::start().await;
    let body = world.owner.body("Twins");
    for key in [Some("key"), None] {
        let body = with(body.clone(), &[("/text", json!(key))]);
        let body = &with(body, &[("/text", json!(format!("Twins {key:?}")))]);
        let send = async || match key {
            Some(key) => world.post_with_key(&world.owner.caller, key, body).await,
            None => world.post(&world.owner.caller, body).await,
        };
        let answers = futures_util::future::join_all((0..6).map(|_| send())).await;
        let firsts = answers.iter().filter(|answer| !answer.is_replayed()).count();
        assert!(answers.iter().all(|answer| answer.status == 201 && answer.body == answers[0].body));
        assert_eq!(firsts, 1, "{key:?}");
    }
    assert_eq!((count(&world).await, world.bench.messages("TransfersQueue").len()), (2, 2));
}

#[tokio::test]
async fn who_meets_a_twin_again_and_again_is_told_to_come_back() {
    let world = World::start().await;
    let body = world.owner.body("Twins");
    let aws = world.bench.deployment.aws();
    aws.inject(WRITE, 100, Fault::Conflict);
    let before = world.bench.traces().await;
    let busy = world.post_with_key(&world.owner.caller, "key", &body).await;
    aws.clear_faults();
    busy.expect(409);
    assert_eq!(
        (busy.code().as_str(), &busy.headers["retry-after"]),
        ("idempotency.in_progress", &"1".parse().unwrap())
    );
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);
    World::made(&world.post_with_key(&world.owner.caller, "key", &body).await);
}

#[tokio::test]
async fn media_that_is_deleted_at_the_same_moment_is_not_posted() {
    let world = World::start().await;
    not_posted_of(&world, world.owner.media.clone()).await;
    let awaited = world.bench.to_import("https://example.com/video.mp4").await;
    not_posted_of(&world, awaited).await;
}

/// Deletes the media right before the write of a post that is made of it.
async fn not_posted_of(world: &World, record: MediaRecord) {
    let media = world.bench.owner.media.clone();
    let body = body_of("Gone", &record, &[&world.owner.account]);
    let deletion = meanwhile(move || {
        let (media, record) = (media.clone(), record.clone());
        async move {
            let now = media.get(&Reach::whole(&record.tenant), &record.id).await.unwrap().unwrap();
            assert!(media.mark_deleting(&now, Timestamp::now()).await.unwrap().is_done());
        }
    });
    world.bench.deployment.aws().before_next(WRITE, 1, deletion);
    let refused = world.post(&world.owner.caller, &body).await;
    refused.refused(404, "media.not_found", "media_ids[0]");
    assert_eq!((count(world).await, world.bench.messages("TransfersQueue").len()), (0, 0));
    // Nothing was kept that would answer for it next time.
    let again = world.post(&world.owner.caller, &body).await;
    again.refused(404, "media.not_found", "media_ids[0]");
}
