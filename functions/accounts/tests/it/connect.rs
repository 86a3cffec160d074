//! Beginning a connection.

use http::StatusCode;
use serde_json::json;
use tiktok_sim::{Endpoint, User};

use crate::support::{BASE, World, parameter};

#[tokio::test]
async fn tiktok_is_given_our_callback_and_asked_to_show_its_page() {
    let world = World::start().await;
    let caller = world.caller().await;
    let body = json!({"platform": "tiktok", "redirect_uri": "https://app.example/done", "state": "mine"});
    let answer = world.call(&caller, "POST", "/v1/accounts/connect/", Some(body)).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["state"], "mine");
    assert!(body["message"].is_string());
    let page = body["auth_url"].as_str().unwrap().parse().unwrap();
    assert_eq!(parameter(&page, "redirect_uri").as_deref(), Some(format!("{BASE}/oauth/callback/tiktok").as_str()));
    assert_eq!(parameter(&page, "disable_auto_auth").as_deref(), Some("1"));
    let scopes = parameter(&page, "scope").unwrap();
    assert!(scopes.contains("video.publish") && scopes.contains("video.upload"), "{scopes}");
    assert_ne!(parameter(&page, "state").as_deref(), Some("mine"), "our own state is not the caller's");
}

#[tokio::test]
async fn the_proxy_flow_names_the_callers_address_and_shows_the_state() {
    let world = World::start().await;
    let caller = world.caller().await;
    let body = json!({"platform": "tiktok", "metadata": {"redirect_uri": "http://localhost:3000/cb"}, "state": "mine"});
    let body = world.call(&caller, "POST", "/v1/accounts/connect", Some(body)).await.json();
    let page = body["auth_url"].as_str().unwrap().parse().unwrap();
    assert_eq!(parameter(&page, "redirect_uri").as_deref(), Some("http://localhost:3000/cb"));
    assert_eq!(body["state"].as_str().map(str::to_owned), parameter(&page, "state"));
}

#[tokio::test]
async fn anything_but_tiktok_is_refused_and_writes_nothing() {
    let world = World::start().await;
    let caller = world.caller().await;
    world.bench.deployment.aws().reset_counts();
    let body = json!({"platform": "instagram", "redirect_uri": "nowhere"});
    let answer = world.call(&caller, "POST", "/v1/accounts/connect", Some(body)).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "account.unsupported_platform"));
    assert_eq!(answer.json()["error"]["meta"]["issues"].as_array().unwrap().len(), 2);
    let counts = world.bench.deployment.aws().request_counts();
    assert_eq!(counts.get("DynamoDB.PutItem"), None, "{counts:?}");
}

#[tokio::test]
async fn a_key_without_the_scope_or_the_brand_is_refused() {
    let world = World::start().await;
    let body = || Some(json!({"platform": "tiktok", "brand_id": "brand_mine"}));
    let reader = world.caller_with(&["accounts:read"], &[]).await;
    let answer = world.call(&reader, "POST", "/v1/accounts/connect", body()).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::FORBIDDEN, "auth.insufficient_scope"));

    let elsewhere = world.caller_with(&[], &["brand_other"]).await;
    let answer = world.call(&elsewhere, "POST", "/v1/accounts/connect", body()).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "brand.not_found"));

    let torn = world.caller_with(&[], &["brand_a", "brand_b"]).await;
    let answer = world.call(&torn, "POST", "/v1/accounts/connect", Some(json!({"platform": "tiktok"}))).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "validation.field_required"));
}

#[tokio::test]
async fn reconnecting_keeps_the_id_and_brings_new_tokens() {
    let world = World::start().await;
    let caller = world.caller().await;
    let first = world.connect(&caller).await;
    let again = world.connect(&caller).await;
    assert_eq!(first.id, again.id);
    assert_ne!(first.tokens, again.tokens);
    assert_eq!((first.version, again.version), (1, 2));
}

#[tokio::test]
async fn one_tiktok_user_in_two_tenants_is_two_accounts() {
    let world = World::start().await;
    let (one, other) = (world.caller().await, world.caller().await);
    let (first, second) = (world.connect(&one).await, world.connect(&other).await);
    assert_eq!(first.open_id, second.open_id);
    assert_ne!(first.id, second.id);
    for (caller, id) in [(&one, &second.id), (&other, &first.id)] {
        let answer = world.get(caller, &format!("/v1/accounts/{id}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "account.not_found"));
    }
}

#[tokio::test]
async fn lifetimes_are_those_of_the_grant() {
    let world = World::start_with(|config| {
        config.access_token_lifetime = std::time::Duration::from_secs(4321);
        config.refresh_token_lifetime = std::time::Duration::from_secs(98_765);
    })
    .await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    let left = |end: jiff::Timestamp| end.as_second() - account.connected_at.as_second();
    assert!((4321 - 60..=4321).contains(&left(account.tokens.access_expires_at)));
    assert!((98_765 - 60..=98_765).contains(&left(account.tokens.refresh_expires_at)));
    assert_eq!(world.asked(Endpoint::Refresh), 0);
}

#[tokio::test]
async fn an_account_is_found_by_the_state_that_it_was_connected_with() {
    let world = World::start().await;
    let (caller, stranger) = (world.caller().await, world.caller().await);
    world.connect(&caller).await;
    let other = world.bench.tiktok.add_user(User::default());
    let page = world.begin(&caller, json!({"platform": "tiktok"})).await;
    let path = format!("/v1/accounts?state={}", parameter(&page, "state").unwrap());
    assert_eq!(world.get(&caller, &path).await.expect(200)["count"], 0, "not yet");
    let back = world.visit(page, &[("sim_user", &other)]).await;
    world.open(&back).await;
    let found = world.get(&caller, &path).await.expect(200);
    let id = found["data"][0]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(world.account(&caller, &id).await.unwrap().open_id.as_str(), other);
    assert_eq!(found["count"], 1, "there are two accounts");
    assert_eq!(world.get(&stranger, &path).await.expect(200)["count"], 0);
    for query in ["&brand_id=brand_other", "&platform=youtube"] {
        assert_eq!(world.get(&caller, &format!("{path}{query}")).await.expect(200)["count"], 0, "{query}");
    }
}
