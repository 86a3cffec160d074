//! The same request again, by its `Idempotency-Key`.

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};
use slipway_domain::BrandId;
use tiktok_sim::Endpoint;
use workbench::{Answer, Caller};

use crate::support::{World, parameter};

const THEIRS: &str = "http://localhost:3000/cb";

/// What makes something, another body for the same route, and a secret of its answer.
fn requests(caller: &Caller) -> [(&'static str, Value, Value, Option<&'static str>); 3] {
    let brand = BrandId::default_of(&caller.tenant);
    let invite = |days: u64| json!({"platform": "tiktok", "brand_id": brand, "expires_in_days": days});
    [
        (
            "/v1/accounts/connect",
            json!({"platform": "tiktok"}),
            json!({"platform": "tiktok", "state": "x"}),
            Some("state"),
        ),
        ("/v1/invites", invite(7), invite(1), Some("token")),
        (
            "/v1/oauth/redirect-uris",
            json!({"uri": "https://app.example/a"}),
            json!({"uri": "https://app.example/b"}),
            None,
        ),
    ]
}

async fn send(world: &World, caller: &Caller, key: &str, path: &str, body: &Value) -> Answer {
    caller.post_with_key(&world.router, key, path, body).await
}

#[tokio::test]
async fn a_key_stands_for_one_request_and_its_answer_is_stored_in_no_clear_text() {
    let world = World::start().await;
    let caller = world.caller().await;
    for (path, body, other, secret) in requests(&caller) {
        let first = send(&world, &caller, path, path, &body).await;
        assert!(first.status.is_success() && !first.is_replayed(), "{path}: {:#}", first.json());
        let before = world.bench.traces().await;
        let again = send(&world, &caller, path, path, &body).await;
        assert!(again.is_replayed());
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{path}: verbatim");
        send(&world, &caller, path, path, &other).await.refused(422, "idempotency.key_reused", "Idempotency-Key");
        assert_eq!(world.bench.traces().await.since(&before), [""; 0], "{path}");
        let (first_body, first) = (first.body.clone(), first.json());
        let secret = secret.and_then(|name| first[name].as_str());
        assert!(!format!("{before:?}").contains(secret.unwrap_or("no such text")), "{path} stores its secret");
        let stranger = world.caller().await;
        let theirs = send(&world, &stranger, path, path, &body).await;
        assert!(!theirs.is_replayed() && theirs.body != first_body, "{path}");
    }
}

#[tokio::test]
async fn twins_at_once_do_it_once() {
    let world = World::start().await;
    let caller = world.caller().await;
    for (path, body, ..) in requests(&caller) {
        let answers = join_all((0..6).map(|_| send(&world, &caller, path, path, &body))).await;
        let (busy, answered): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 409);
        assert!(busy.iter().all(|answer| answer.code() == "idempotency.in_progress"), "{path}");
        assert!(answered.iter().all(|answer| answer.body == answered[0].body), "{path}");
        assert_eq!(answered.iter().filter(|answer| !answer.is_replayed()).count(), 1, "{path}");
    }
    for list in ["/v1/invites", "/v1/oauth/redirect-uris"] {
        assert_eq!(world.get(&caller, list).await.json()["count"], 1, "{list}");
    }
}

#[tokio::test]
async fn an_answer_that_the_database_lost_is_no_repeat() {
    let world = World::start().await;
    let caller = world.caller().await;
    for (path, body, ..) in requests(&caller) {
        world.bench.deployment.aws().lose_next_answer("DynamoDB.TransactWriteItems", 1);
        let first = send(&world, &caller, path, path, &body).await;
        let again = send(&world, &caller, path, path, &body).await;
        assert_eq!((first.is_replayed(), again.is_replayed()), (false, true), "{path}: {:#}", first.json());
        assert_eq!(first.body, again.body, "{path}");
    }
}

/// An exchange of a code and a state as TikTok brought them to the caller.
async fn exchange(world: &World, caller: &Caller) -> Value {
    let body = json!({"platform": "tiktok", "metadata": {"redirect_uri": THEIRS}});
    let back = world.visit(world.begin(caller, body).await, &[]).await;
    let (code, state) = (parameter(&back, "code").unwrap(), parameter(&back, "state").unwrap());
    json!({"platform": "tiktok", "code": code, "metadata": {"redirect_uri": THEIRS, "state": state}})
}

#[tokio::test]
async fn a_code_is_exchanged_once_and_answered_as_often_as_it_is_asked() {
    const PATH: &str = "/v1/oauth/exchange";
    let world = World::start().await;
    let caller = world.caller().await;
    let body = exchange(&world, &caller).await;
    world.bench.deployment.aws().lose_next_answer("DynamoDB.TransactWriteItems", 1);
    let first = send(&world, &caller, "key", PATH, &body).await;
    assert_eq!((first.status, first.is_replayed()), (StatusCode::CREATED, false), "{:#}", first.json());
    let before = world.bench.traces().await;
    let again = send(&world, &caller, "key", PATH, &body).await;
    assert_eq!((again.status, again.is_replayed(), &again.body), (StatusCode::CREATED, true, &first.body));
    let other = exchange(&world, &caller).await;
    send(&world, &caller, "key", PATH, &other).await.refused(422, "idempotency.key_reused", "Idempotency-Key");
    assert_eq!(world.asked(Endpoint::Token), 1);
    let came = world.bench.traces().await.since(&before);
    assert!(came.iter().all(|trace| trace.contains("STATE#")), "{came:#?}");

    let id = first.json()["account_id"].as_str().unwrap().to_owned();
    assert_eq!(world.call(&caller, "DELETE", &format!("/v1/accounts/{id}"), None).await.status, 204);
    send(&world, &caller, "key", PATH, &body).await.refused(410, "resource.gone", "Idempotency-Key");
}

#[tokio::test]
async fn twins_of_an_exchange_wait_for_the_one_that_was_first() {
    let world = World::start().await;
    let caller = world.caller().await;
    let body = exchange(&world, &caller).await;
    let answers = join_all((0..4).map(|_| send(&world, &caller, "key", "/v1/oauth/exchange", &body))).await;
    let made = answers.iter().filter(|answer| answer.status == 201 && !answer.is_replayed()).count();
    assert_eq!(made, 1);
    for waiting in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!((waiting.status.as_u16(), waiting.code().as_str()), (409, "idempotency.in_progress"));
        assert!(waiting.headers.contains_key("retry-after"));
    }
    assert!(send(&world, &caller, "key", "/v1/oauth/exchange", &body).await.is_replayed());
    assert_eq!(world.asked(Endpoint::Token), 1);
}
