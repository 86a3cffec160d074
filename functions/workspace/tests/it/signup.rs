//! Whoever has no key signs up, where the operator lets them.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use workbench::Answer;
use workspace::{App, SignUp, router};

use crate::support::World;

/// Two keys that nobody guesses.
const KEY: &str = "5f0c6a3e-0001-4b7e-9d52-1f2e3d4c5b6a";
const OTHER: &str = "5f0c6a3e-0002-4b7e-9d52-1f2e3d4c5b6a";

async fn sign_up(world: &World, address: &str, body: &Value) -> Answer {
    sign_up_once(world, address, None, body).await
}

async fn sign_up_once(world: &World, address: &str, key: Option<&str>, body: &Value) -> Answer {
    let mut request = Request::post("/v1/signup").header("x-forwarded-for", format!("10.0.0.1, {address}"));
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    Answer::to(&world.router, request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn whoever_signs_up_has_a_tenant_and_a_key_at_once() {
    let world = World::start().await;
    let body = json!({"email": " Ann@Example.com ", "name": "Ann"});
    let made = sign_up(&world, "203.0.113.7", &body).await.expect(201);
    assert_eq!((&made["user"]["email"], &made["user"]["name"]), (&json!("ann@example.com"), &json!("Ann")));
    assert!(made["brand"]["id"].as_str().unwrap().starts_with("brand_"), "{made:#}");
    let holder = world.holder(&made["key"]);
    let me = holder.get(&world.router, "/v1/users/me").await.expect(200);
    assert_eq!(me["id"], made["user"]["id"]);
    let keys = holder.get(&world.router, "/v1/keys").await.expect(200);
    assert_eq!((&keys["count"], &keys["data"][0]["id"]), (&json!(1), &made["key"]["id"]));
    let again = sign_up(&world, "203.0.113.7", &body).await;
    assert_eq!((again.status.as_u16(), again.code()), (409, "resource.conflict".to_owned()));
    for (body, code) in [
        (json!({}), "validation.field_required"),
        (json!({"email": "ann"}), "validation.field_invalid"),
        (json!({"email": 1}), "validation.field_invalid"),
    ] {
        let refused = sign_up(&world, "203.0.113.7", &body).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (400, code), "{body}");
    }
}

/// Nobody else ever sees the key: whoever lost the answer would have none.
#[tokio::test]
async fn who_signs_up_again_with_the_same_key_gets_the_first_answer_again() {
    let world = World::start().await;
    let body = json!({"email": "ann@example.com"});
    let made = sign_up_once(&world, "203.0.113.7", Some(KEY), &body).await.expect(201);
    let again = sign_up_once(&world, "203.0.113.7", Some(KEY), &body).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.expect(201), made);
    for (address, key, body, status, code) in [
        ("203.0.113.8", KEY, json!({"email": "ann@example.com"}), 409, "resource.conflict"),
        ("203.0.113.7", OTHER, json!({"email": "ann@example.com"}), 409, "resource.conflict"),
        ("203.0.113.7", KEY, json!({"email": "ann@example.com", "name": "A"}), 422, "idempotency.key_reused"),
    ] {
        let refused = sign_up_once(&world, address, Some(key), &body).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (status, code), "{address} {key}");
    }
    sign_up_once(&world, "203.0.113.7", Some(KEY), &json!({"email": "bea@example.com"})).await.expect(201);
    let short = sign_up_once(&world, "203.0.113.7", Some("1"), &json!({"email": "cid@example.com"})).await;
    short.refused(400, "validation.field_invalid", "Idempotency-Key");
}

/// Who is refused costs one call. Only that an address is known is told by a write that did not count it, so that this is
/// counted by another one.
#[tokio::test]
async fn a_sign_up_costs_one_call_and_one_with_a_known_address_two() {
    let world = World::start().await;
    let aws = world.bench.deployment.aws();
    let ask = async |from: &str, key: Option<&str>, email: &str| {
        aws.reset_counts();
        let answer = sign_up_once(&world, from, key, &json!({"email": email})).await;
        (answer.status.as_u16(), aws.request_counts().values().sum::<u64>())
    };
    let (one, another) = ("203.0.113.7", "203.0.113.8");
    let (ann, bea) = ("ann@example.com", "bea@example.com");
    for (what, from, key, email, expected) in [
        ("a new address", one, None, ann, (201, 1)),
        ("a new address with a key", one, Some(KEY), bea, (201, 1)),
        ("a repeat", one, Some(KEY), bea, (201, 1)),
        ("a known address", one, None, ann, (409, 2)),
        ("a known address with another key", one, Some(OTHER), bea, (409, 2)),
        ("no address", one, None, "", (400, 0)),
        ("the fifth of a day", one, None, ann, (409, 2)),
        ("a new address above the quota", one, None, "cid@example.com", (429, 1)),
        ("a known address above the quota", one, None, ann, (429, 1)),
        ("a repeat above the quota", one, Some(KEY), bea, (201, 1)),
        ("a known address from elsewhere", another, None, ann, (409, 2)),
    ] {
        assert_eq!(ask(from, key, email).await, expected, "{what}");
    }
}

#[tokio::test]
async fn one_address_signs_up_five_times_a_day_and_others_still_may() {
    let world = World::start().await;
    let body = |number: usize| json!({"email": format!("user{number}@example.com")});
    for number in 0..5 {
        sign_up(&world, "203.0.113.7", &body(number)).await.expect(201);
    }
    let refused = sign_up(&world, "203.0.113.7", &body(5)).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "ratelimit.exceeded".to_owned()));
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    sign_up(&world, "203.0.113.8", &body(5)).await.expect(201);
}

#[tokio::test]
async fn all_addresses_together_sign_up_a_hundred_times_an_hour() {
    let world = World::start().await;
    let from = async |number: usize| {
        let (address, email) = (format!("203.0.113.{number}"), format!("user{number}@example.com"));
        sign_up(&world, &address, &json!({"email": email})).await
    };
    let (mut made, aws) = (0, world.bench.deployment.aws());
    // The hour may end meanwhile.
    let refused = loop {
        aws.reset_counts();
        let answer = from(made).await;
        if answer.status != 201 {
            break answer;
        }
        made += 1;
    };
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "ratelimit.exceeded".to_owned()));
    assert!((100..200).contains(&made), "{made}");
    assert_eq!(aws.request_counts().values().sum::<u64>(), 1, "of who is refused");
}

/// Whoever tries address after address learns of five a day which ones are known.
#[tokio::test]
async fn that_an_address_is_known_is_said_as_often_as_one_may_sign_up() {
    let world = World::start().await;
    let known = json!({"email": "ann@example.com"});
    sign_up(&world, "203.0.113.9", &known).await.expect(201);
    for _ in 0..5 {
        assert_eq!(sign_up(&world, "203.0.113.7", &known).await.code(), "resource.conflict");
    }
    for body in [known, json!({"email": "bea@example.com"})] {
        let refused = sign_up(&world, "203.0.113.7", &body).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (429, "ratelimit.exceeded".to_owned()));
    }
    sign_up(&world, "203.0.113.8", &json!({"email": "bea@example.com"})).await.expect(201);
}

#[tokio::test]
async fn where_the_operator_has_not_opened_it_there_is_no_such_route() {
    let mut world = World::start().await;
    let app = App {
        tenants: world.tenants.clone(),
        accounts: world.bench.role.accounts.clone(),
        posts: world.bench.role.posts.clone(),
        media: world.bench.role.media.clone(),
        webhooks: (*world.bench.role.webhooks).clone(),
        plans: slipway_domain::Plans::default(),
        sign_up: SignUp::Closed,
        keyring: slipway_http::Keyring::of("secret"),
        rate_limits: slipway_http::RateLimits::OFF,
    };
    world.router = router(app);
    world.bench.deployment.aws().reset_counts();
    for (key, body) in [(None, json!({"email": "ann@example.com"})), (None, json!([1])), (Some("short"), json!({}))] {
        let refused = sign_up_once(&world, "203.0.113.7", key, &body).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (404, "http.404".to_owned()), "{body}");
    }
    assert_eq!(world.bench.deployment.aws().request_counts().values().sum::<u64>(), 0, "of a route that is not there");
    assert_eq!(("closed".parse(), "open".parse()), (Ok(SignUp::Closed), Ok(SignUp::Open)));
    assert!("".parse::<SignUp>().is_err());
}
