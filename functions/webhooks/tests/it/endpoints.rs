//! Endpoints are made, shown, changed, tested and forgotten.

use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_domain::webhook::{CALL_TAKES, MAX_WEBHOOKS};
use slipway_domain::{DeliveryStatus, EventType, Reach};
use slipway_store::events::{Happened, LogEntry};
use slipway_store::webhooks::{DeliveryRecord, Health, Settled, WebhookRecord};

use workbench::new_tenant;

use crate::support::World;

fn at(made: &Value, what: &str) -> String {
    format!("/v1/webhooks/{}{what}", made["id"].as_str().unwrap())
}

#[tokio::test]
async fn an_endpoint_is_made_once_and_shows_its_secret_once() {
    let world = World::start().await;
    let body = json!({"url": world.endpoint.url, "events": ["media.ready", "post.published", "media.ready"]});
    let made = world.caller.post_with_key(&world.router, "k", "/v1/webhooks", &body).await.expect(201);
    assert_eq!(made["events"], json!(["post.published", "media.ready"]));
    let again = world.caller.post_with_key(&world.router, "k", "/v1/webhooks", &body).await.expect(201);
    assert_eq!((again, world.endpoint.came().len()), (made.clone(), 1));
    let shown = world.call("GET", &at(&made, ""), None).await;
    let secret = made["secret"].as_str().unwrap();
    assert!(!shown.text().contains(secret), "{}", shown.text());
    assert!(secret.starts_with(shown.expect(200)["secret_hint"].as_str().unwrap().trim_end_matches('…')));
    let list = world.call("GET", "/v1/webhooks", None).await;
    assert_eq!((list.json()["count"].clone(), list.text().contains("secret")), (json!(1), false));
}

#[tokio::test]
async fn all_that_is_wrong_is_said_at_once_and_nobody_is_called() {
    let world = World::start().await;
    let body =
        json!({"url": "http://127.0.0.1:1/", "events": ["post.nothing", "webhook.created"], "account_ids": ["x"]});
    let refused = world.call("POST", "/v1/webhooks", Some(body)).await;
    let fields: Vec<_> = refused.expect(400)["error"]["meta"]["issues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| issue["field"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(fields, ["url", "events[0]", "events[1]", "account_ids[0]"]);
    assert!(world.endpoint.came().is_empty());
    let unknown = json!({"url": world.endpoint.url, "events": ["post.failed"], "account_ids": ["acc_1"]});
    let refused = world.call("POST", "/v1/webhooks", Some(unknown)).await.expect(404);
    assert_eq!((&refused["error"]["code"], world.endpoint.came().len()), (&json!("account.not_found"), 0));
}

#[tokio::test]
async fn an_address_that_fails_its_test_is_refused_now_and_when_it_changes() {
    let world = World::start().await;
    let made = world.made(&world.caller, &[]).await;
    world.endpoint.answers(500);
    let body = json!({"url": world.endpoint.url, "events": ["post.published"]});
    let refused = world.call("POST", "/v1/webhooks", Some(body)).await.expect(400);
    assert_eq!(refused["error"]["code"], "webhook_verification_failed");
    assert_eq!(refused["error"]["meta"]["response_status_code"], 500);
    // Other changes need no test.
    let changed = world.call("PATCH", &at(&made, ""), Some(json!({"events": ["post.failed"]}))).await.expect(200);
    assert_eq!(changed["events"], json!(["post.failed"]));
    world.call("PATCH", &at(&made, ""), Some(json!({"is_active": false}))).await.expect(200);
    let on = world.call("PATCH", &at(&made, ""), Some(json!({"is_active": true}))).await.expect(400);
    assert_eq!(on["error"]["code"], "webhook_verification_failed");
    world.endpoint.answers(204);
    world.call("PATCH", &at(&made, ""), Some(json!({"is_active": true}))).await.expect(200);
}

#[tokio::test]
async fn a_test_is_told_at_once_and_kept() {
    let world = World::start().await;
    let made = world.made(&world.caller, &[]).await;
    world.endpoint.answers(503);
    let body = json!({"event_type": "post.failed", "payload": {"post_id": "post_1"}});
    let tested = world.call("POST", &at(&made, "/test"), Some(body)).await.expect(200);
    assert_eq!((&tested["status"], &tested["response_status_code"]), (&json!("failed"), &json!(503)));
    assert_eq!(
        (&tested["response_body"], world.endpoint.came().last().unwrap().as_str()),
        (&json!("thanks"), "post.failed")
    );
    let delivery = format!("{}/{}", at(&made, "/deliveries"), tested["delivery_id"].as_str().unwrap());
    let detail = world.call("GET", &delivery, None).await.expect(200);
    assert_eq!(detail["payload"], json!({"event": "post.failed", "data": {"post_id": "post_1"}}));
    assert_eq!(detail["attempts"][0]["error_message"], "the endpoint answered with status 503");
}

#[tokio::test]
async fn of_an_answer_a_kilobyte_is_kept_and_no_redirect_is_followed() {
    let world = World::start().await;
    let made = world.made(&world.caller, &[]).await;
    let body = json!({"event_type": "post.failed", "payload": {}});
    let came = world.endpoint.came().len();
    for (number, (status, expected)) in
        [(200, "delivered"), (299, "delivered"), (302, "failed"), (400, "failed")].into_iter().enumerate()
    {
        world.endpoint.answers(status);
        world.endpoint.says("x".repeat(5_000));
        let tested = world.call("POST", &at(&made, "/test"), Some(body.clone())).await.expect(200);
        assert_eq!((&tested["status"], &tested["response_status_code"]), (&json!(expected), &json!(status)));
        assert_eq!(tested["response_body"].as_str().unwrap().len(), 1024);
        assert_eq!(world.endpoint.came().len(), came + number + 1, "{status}");
    }
}

#[tokio::test]
async fn there_are_so_many_endpoints_and_no_more() {
    let world = World::start().await;
    let mut last = Value::Null;
    for _ in 0..MAX_WEBHOOKS {
        last = world.made(&world.caller, &[]).await;
    }
    let body = json!({"url": world.endpoint.url, "events": ["post.published"]});
    assert_eq!(world.call("POST", "/v1/webhooks", Some(body)).await.status, 409);
    assert_eq!(world.call("DELETE", &at(&last, ""), None).await.expect(200), json!({"ok": true}));
    world.made(&world.caller, &[]).await;
    let log = world.call("GET", "/v1/events?action=deleted", None).await.expect(200);
    assert_eq!((log["events"].as_array().unwrap().len(), &log["events"][0]["resource_id"]), (1, &last["id"]));
    let summary = world.call("GET", "/v1/events/summary?category=webhook", None).await.expect(200);
    assert_eq!(summary["total"], json!(MAX_WEBHOOKS + 2));
}

#[tokio::test]
async fn a_new_secret_has_its_predecessor_beside_it_for_as_long_as_was_asked() {
    let world = World::start().await;
    let made = world.made(&world.caller, &[]).await;
    let rotated =
        world.call("POST", &at(&made, "/rotate-secret"), Some(json!({"overlap_seconds": 60}))).await.expect(200);
    assert_ne!(rotated["secret"], made["secret"]);
    assert!(rotated["previous_until"].is_string(), "{rotated:#}");
    let at_once = world.call("POST", &at(&made, "/rotate-secret"), Some(json!({}))).await.expect(200);
    assert_eq!(at_once["previous_until"], Value::Null);
    let long = world.call("POST", &at(&made, "/rotate-secret"), Some(json!({"overlap_seconds": 9_999_999}))).await;
    assert_eq!(long.expect(400)["error"]["meta"]["field"], "overlap_seconds");
}

#[tokio::test]
async fn whatever_calls_an_endpoint_signs_with_both_secrets_while_both_count() {
    let world = World::start().await;
    let made = world.made(&world.caller, &[]).await;
    let test = || Some(json!({"event_type": "post.failed", "payload": {}}));
    for (overlap, secrets) in [(600, 2), (0, 1)] {
        let body = json!({"overlap_seconds": overlap});
        world.call("POST", &at(&made, "/rotate-secret"), Some(body)).await.expect(200);
        world.call("POST", &at(&made, "/test"), test()).await.expect(200);
        assert_eq!(world.endpoint.signed_by(), secrets, "a test, {overlap}");
        let url = format!("{}?{overlap}", world.endpoint.url);
        world.call("PATCH", &at(&made, ""), Some(json!({"url": url}))).await.expect(200);
        assert_eq!(world.endpoint.signed_by(), secrets, "a new address, {overlap}");
    }
}

/// A delivery of the endpoint, told of an event of its own, in this status after so many attempts.
async fn delivery(world: &World, made: &Value, status: DeliveryStatus, attempts: u32) -> DeliveryRecord {
    let id = made["id"].as_str().unwrap().parse().unwrap();
    let webhook = world.bench.role.webhooks.get(&Reach::whole(&world.bench.tenant), &id).await.unwrap().unwrap();
    let (kind, at) = (EventType::PostPublished, Timestamp::now());
    let happened = Happened { kind, resource: "post_1".to_owned(), accounts: Vec::new(), at };
    let entry = LogEntry::new(webhook.tenant.clone(), &format!("{status:?}"), happened, &json!({})).unwrap();
    world.bench.role.webhooks.events().append(&entry).await.unwrap();
    let new = DeliveryRecord::of(&webhook, &entry);
    let delivery = DeliveryRecord { version: 1, status, attempt_count: attempts, failures: attempts, ..new };
    let settled = Settled { delivery: delivery.clone(), health: None };
    world.bench.role.webhooks.record(&[settled], at, 0).await.unwrap();
    delivery
}

#[tokio::test]
async fn stats_count_deliveries_by_how_they_ended() {
    let world = World::start().await;
    let made = world.made(&world.caller, &[]).await;
    for (status, attempts) in
        [(DeliveryStatus::Pending, 3), (DeliveryStatus::Delivered, 4), (DeliveryStatus::Failed, 10)]
    {
        delivery(&world, &made, status, attempts).await;
    }
    let stats = &world.call("GET", &at(&made, ""), None).await.expect(200)["stats"];
    let counts = json!({"delivered": 1, "failed": 1});
    assert_eq!(*stats, json!({"last_24h": counts, "last_7d": counts}));
}

#[tokio::test]
async fn a_test_a_retry_and_a_replay_are_made_once_under_one_key() {
    let world = World::start().await;
    let made = world.made(&world.caller, &[]).await;
    let failed = delivery(&world, &made, DeliveryStatus::Failed, 10).await;
    let test = json!({"event_type": "post.failed", "payload": {}});
    let retry = format!("/deliveries/{}/retry", failed.id);
    let done = || world.endpoint.came().len() + world.bench.sent("DeliveriesQueue").len();
    for (path, body, status) in [("/test", &test, 200), (&*retry, &json!({}), 202), ("/replay", &json!({}), 202)] {
        let post = async |key: &str| world.caller.post_with_key(&world.router, key, &at(&made, path), body).await;
        let before = done();
        let first = post(path).await.expect(status);
        assert_eq!(done(), before + 1, "{path}");
        let again = post(path).await;
        assert_eq!(again.headers["idempotency-replayed"], "true", "{path}");
        assert_eq!((again.expect(status), done()), (first, before + 1), "{path}");
        post(&format!("another {path}")).await.expect(status);
        assert_eq!(done(), before + 2, "{path}");
        // A key stands for one request.
        let other = at(&made, "/rotate-secret");
        let refused = world.caller.post_with_key(&world.router, path, &other, &json!({})).await;
        assert_eq!(refused.code(), "idempotency.key_reused", "{path}");
    }
}

/// A delivery has run out of time meanwhile, the third in a row.
async fn runs_out_of_time(world: &World, webhook: &WebhookRecord) {
    let now = Timestamp::now();
    let happened =
        Happened { kind: EventType::PostPublished, resource: "post_1".to_owned(), accounts: Vec::new(), at: now };
    let entry = LogEntry::new(webhook.tenant.clone(), "once", happened, &json!({})).unwrap();
    let delivery = DeliveryRecord { version: 1, ..DeliveryRecord::of(webhook, &entry) };
    let health =
        Health { failing_since: Some(now), slow_in_a_row: 3, rests_until: Some(now), version: webhook.version };
    let settled = Settled { delivery, health: Some(health) };
    world.bench.role.webhooks.record(&[settled], now, 0).await.unwrap();
}

#[tokio::test]
async fn how_an_endpoint_does_is_forgotten_with_its_address_alone() {
    let world = World::start().await;
    let made = world.made(&world.caller, &[]).await;
    let id = made["id"].as_str().unwrap().parse().unwrap();
    let stored =
        async || world.bench.role.webhooks.get(&Reach::whole(&world.bench.tenant), &id).await.unwrap().unwrap();
    let health = async || {
        let stored = stored().await;
        (stored.failing_since.is_some(), stored.slow_in_a_row, stored.rests_until.is_some())
    };
    runs_out_of_time(&world, &stored().await).await;
    world.call("PATCH", &at(&made, ""), Some(json!({"events": ["post.failed"]}))).await.expect(200);
    assert_eq!(health().await, (true, 3, true), "it was changed");
    world.call("POST", &at(&made, "/rotate-secret"), Some(json!({}))).await.expect(200);
    assert_eq!(health().await, (true, 3, true), "it has a new secret");
    let url = format!("{}?other", world.endpoint.url);
    world.call("PATCH", &at(&made, ""), Some(json!({"url": url}))).await.expect(200);
    assert_eq!(health().await, (false, 0, false), "it is another address");
}

#[tokio::test]
async fn of_all_who_would_call_an_endpoint_in_trouble_one_does() {
    let world = World::start().await;
    let made = world.made(&world.caller, &[]).await;
    let id = made["id"].as_str().unwrap().parse().unwrap();
    let webhooks = &world.bench.role.webhooks;
    let stored = async || webhooks.get(&Reach::whole(&world.bench.tenant), &id).await.unwrap().unwrap();
    for _ in 0..2 {
        let (read, until) = (stored().await, Timestamp::now() + CALL_TAKES);
        let (one, other) = tokio::join!(webhooks.probe(&read, until), webhooks.probe(&read, until));
        assert_ne!(one.unwrap().is_done(), other.unwrap().is_done(), "{:?}", read.rests_until);
        // Once it has not rested, and once it has.
        assert_eq!(stored().await.rests_until, Some(until));
    }
    let (read, until) = (stored().await, Timestamp::now() + CALL_TAKES);
    world.call("PATCH", &at(&made, ""), Some(json!({"events": ["post.failed"]}))).await.expect(200);
    assert!(!webhooks.probe(&read, until).await.unwrap().is_done(), "it was changed meanwhile");
}

#[tokio::test]
async fn a_request_that_calls_an_endpoint_itself_counts_as_several() {
    let mut world = World::start().await;
    // Twelve requests a minute.
    world.limit("20".parse().unwrap());
    let made = world.made(&world.caller, &[]).await;
    let test = json!({"event_type": "post.published", "payload": {}});
    let mut told = 0;
    loop {
        let answer = world.call("POST", &at(&made, "/test"), Some(test.clone())).await;
        if answer.status == 429 {
            assert_eq!((answer.code(), world.endpoint.came().len()), ("ratelimit.exceeded".to_owned(), 1 + told));
            break;
        }
        answer.expect(200);
        told += 1;
    }
    // A minute may end meanwhile.
    assert!(told <= 4, "{told} attempts");
}

#[tokio::test]
async fn who_has_no_room_for_an_attempt_is_refused_and_keeps_what_is_left() {
    let mut world = World::start().await;
    let remaining = |answer: &workbench::Answer| answer.headers["x-ratelimit-remaining"].to_str().unwrap().to_owned();
    let test = json!({"event_type": "post.published", "payload": {}});
    let endpoint = json!({"url": world.endpoint.url, "events": ["post.failed"]});
    // A minute may end meanwhile: then another tenant does it.
    for _ in 0..3 {
        let tenant = new_tenant();
        world.caller = world.bench.caller(&tenant).await;
        // Twelve requests a minute.
        world.limit("20".parse().unwrap());
        let minute = Timestamp::now().as_second().div_euclid(60);
        let made = world.call("POST", "/v1/webhooks", Some(endpoint.clone())).await;
        let id = made.json();
        let told = world.call("POST", &at(&id, "/test"), Some(test.clone())).await;
        let mut answers = vec![(made.status.as_u16(), remaining(&made)), (told.status.as_u16(), remaining(&told))];
        let came = world.endpoint.came().len();
        let mut calls = Vec::new();
        for (method, path, body) in [
            ("POST", at(&id, "/test"), Some(test.clone())),
            ("POST", "/v1/webhooks".to_owned(), Some(endpoint.clone())),
            ("PATCH", at(&id, ""), Some(json!({"url": format!("{}?other", world.endpoint.url)}))),
            ("GET", at(&id, ""), None),
        ] {
            world.bench.deployment.aws().reset_counts();
            let answer = world.call(method, &path, body).await;
            calls.push(world.bench.deployment.aws().request_counts().values().sum::<u64>());
            answers.push((answer.status.as_u16(), remaining(&answer)));
        }
        if Timestamp::now().as_second().div_euclid(60) == minute {
            let expected = [(201, "7"), (200, "2"), (429, "2"), (429, "2"), (429, "2"), (200, "1")];
            assert_eq!(answers, expected.map(|(status, left)| (status, left.to_owned())));
            assert!(calls[..3].iter().all(|calls| *calls <= 1), "{calls:?}");
            assert_eq!(world.endpoint.came().len(), came, "nobody was called");
            return;
        }
    }
    panic!("three minutes have ended");
}

#[tokio::test]
async fn what_calls_nobody_counts_as_one() {
    let mut world = World::start().await;
    let made = world.made(&world.caller, &[]).await;
    let remaining = |answer: &workbench::Answer| answer.headers["x-ratelimit-remaining"].to_str().unwrap().to_owned();
    // A minute may end meanwhile: then another process does it, of a limit that has room for both.
    for _ in 0..3 {
        world.limit("100".parse().unwrap());
        let minute = Timestamp::now().as_second().div_euclid(60);
        let mut left = Vec::new();
        for (method, path, body) in [
            ("PATCH", at(&made, ""), json!({"events": ["post.failed"]})),
            ("POST", "/v1/webhooks".to_owned(), json!({})),
            ("PATCH", at(&made, ""), json!({"events": ["post.published"]})),
        ] {
            left.push(remaining(&world.call(method, &path, Some(body)).await).parse::<u64>().unwrap());
        }
        if Timestamp::now().as_second().div_euclid(60) == minute {
            assert_eq!([left[0] - left[1], left[1] - left[2]], [1, 1], "{left:?}");
            return;
        }
    }
    panic!("three minutes have ended");
}

#[tokio::test]
async fn whoever_may_make_three_requests_a_minute_can_make_an_endpoint() {
    let mut world = World::start().await;
    world.limit("5".parse().unwrap());
    world.made(&world.caller, &[]).await;
}
