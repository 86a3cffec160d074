//! The flow in which the caller receives TikTok's code.

use http::StatusCode;
use serde_json::{Value, json};
use tiktok_sim::Endpoint;
use workbench::{Answer, Caller};

use crate::support::{World, parameter};

pub(crate) const THEIRS: &str = "http://localhost:3000/cb";

/// A code and a state as TikTok brought them to the caller.
pub(crate) async fn brought(world: &World, caller: &Caller) -> (String, String) {
    let body = json!({"platform": "tiktok", "metadata": {"redirect_uri": THEIRS}});
    let back = world.visit(world.begin(caller, body).await, &[]).await;
    assert!(back.as_str().starts_with(THEIRS), "{back}");
    (parameter(&back, "code").unwrap(), parameter(&back, "state").unwrap())
}

pub(crate) async fn exchange(world: &World, caller: &Caller, code: &str, state: &str, redirect_uri: &str) -> Answer {
    let body = json!({"platform": "tiktok", "code": code, "metadata": {"redirect_uri": redirect_uri, "state": state}});
    world.call(caller, "POST", "/v1/oauth/exchange", Some(body)).await
}

#[tokio::test]
async fn code_and_state_make_an_account_once() {
    let world = World::start().await;
    let caller = world.caller().await;
    let (code, state) = brought(&world, &caller).await;
    let answer = exchange(&world, &caller, &code, &state, THEIRS).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let body = answer.json();
    assert_eq!((body["platform"].as_str(), body["username"].as_str()), (Some("tiktok"), Some("sim.creator")));
    assert_eq!(body["display_name"], "Sim Creator");
    assert_eq!(body["missing_scopes"], json!([]));
    let listed = world.get(&caller, "/v1/accounts").await.json();
    assert_eq!(listed["data"][0]["id"], body["account_id"]);

    let replayed = exchange(&world, &caller, &code, &state, THEIRS).await;
    assert_eq!((replayed.status, replayed.code().as_str()), (StatusCode::BAD_REQUEST, "auth.oauth.request_expired"));
    assert_eq!(world.asked(Endpoint::Token), 1);
}

#[tokio::test]
async fn the_callers_own_state_comes_back_with_the_account_each_time() {
    let world = World::start().await;
    let caller = world.caller().await;
    let body = json!({"platform": "tiktok", "state": "order 7", "metadata": {"redirect_uri": THEIRS}});
    let back = world.visit(world.begin(&caller, body).await, &[]).await;
    let (code, state) = (parameter(&back, "code").unwrap(), parameter(&back, "state").unwrap());
    let body = json!({"platform": "tiktok", "code": code, "metadata": {"redirect_uri": THEIRS, "state": state}});
    for is_replayed in [false, true] {
        let answer = caller.post_with_key(&world.router, "once", "/v1/oauth/exchange", &body).await;
        assert_eq!((answer.is_replayed(), &answer.expect(201)["state"]), (is_replayed, &json!("order 7")));
    }
}

#[tokio::test]
async fn code_and_state_alone_are_enough_for_whoever_they_came_to() {
    let world = World::start().await;
    let (caller, thief) = (world.caller().await, world.caller().await);
    let (code, state) = brought(&world, &caller).await;
    let short = json!({"code": code, "state": state});
    let stolen = world.call(&thief, "POST", "/v1/oauth/exchange", Some(short.clone())).await;
    assert_eq!((stolen.status, stolen.code().as_str()), (StatusCode::FORBIDDEN, "auth.state_mismatch"));
    assert_eq!(stolen.json()["error"]["meta"]["field"], "state");
    let elsewhere = json!({"code": code, "state": state, "redirect_uri": "http://localhost:3000/other"});
    let elsewhere = world.call(&caller, "POST", "/v1/oauth/exchange", Some(elsewhere)).await;
    assert_eq!(elsewhere.code(), "auth.state_mismatch");
    let answer = world.call(&caller, "POST", "/v1/oauth/exchange", Some(short)).await;
    assert_eq!((answer.json()["platform"].as_str(), answer.status), (Some("tiktok"), StatusCode::CREATED));
}

#[tokio::test]
async fn a_state_of_another_tenant_flow_or_address_is_refused_and_stays_good() {
    let world = World::start().await;
    let (caller, thief) = (world.caller().await, world.caller().await);
    let (code, state) = brought(&world, &caller).await;
    let callback = world.begin(&caller, json!({"platform": "tiktok"})).await;
    let callback_state = parameter(&callback, "state").unwrap();
    for (who, state, redirect_uri) in [
        (&thief, state.as_str(), THEIRS),
        (&caller, state.as_str(), "http://localhost:3000/other"),
        (&caller, callback_state.as_str(), THEIRS),
        (&caller, "forged", THEIRS),
    ] {
        let answer = exchange(&world, who, &code, state, redirect_uri).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::FORBIDDEN, "auth.state_mismatch"));
    }
    assert_eq!(world.asked(Endpoint::Token), 0);
    assert_eq!(exchange(&world, &caller, &code, &state, THEIRS).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_state_of_the_proxy_flow_is_worth_nothing_at_our_callback() {
    let world = World::start().await;
    let caller = world.caller().await;
    let (code, state) = brought(&world, &caller).await;
    let mut url: url::Url = format!("{}/oauth/callback/tiktok", crate::support::BASE).parse().unwrap();
    url.query_pairs_mut().append_pair("code", &code).append_pair("state", &state);
    assert_eq!(world.open(&url).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.asked(Endpoint::Token), 0);
    // And it is not used up there.
    assert_eq!(exchange(&world, &caller, &code, &state, THEIRS).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_code_that_tiktok_refuses_is_the_callers_to_replace() {
    let world = World::start().await;
    let caller = world.caller().await;
    let (code, state) = brought(&world, &caller).await;
    // As a client would send it that forgot to decode it.
    let encoded: String = url::form_urlencoded::byte_serialize(code.as_bytes()).collect();
    let answer = exchange(&world, &caller, &encoded, &state, THEIRS).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNAUTHORIZED, "platform.tiktok.auth"));
    let meta = &answer.json()["error"]["meta"];
    assert_eq!((meta["tiktok_code"].as_str(), meta["field"].as_str()), (Some("invalid_grant"), Some("code")));
    assert!(meta["tiktok_log_id"].is_string());
    assert!(!answer.text().contains(&encoded) && !answer.text().contains(&code));
}

#[tokio::test]
async fn all_missing_fields_are_named_at_once() {
    let world = World::start().await;
    let caller = world.caller().await;
    let fields = |answer: &Answer| -> Vec<String> {
        let body = answer.json();
        let issues = body["error"]["meta"]["issues"].as_array().unwrap();
        issues.iter().map(|issue| issue["field"].as_str().unwrap().to_owned()).collect()
    };
    for (body, expected) in [
        (json!({}), vec!["platform", "code", "metadata"]),
        (
            json!({"platform": "x", "code": "", "metadata": {}}),
            vec!["platform", "code", "metadata.redirect_uri", "metadata.state"],
        ),
        (json!({"platform": "tiktok", "code": 7, "metadata": []}), vec!["code", "metadata"]),
        (json!({"state": "a"}), vec!["code"]),
        (json!({"platform": "x", "state": "a"}), vec!["platform", "code"]),
    ] as [(Value, Vec<&str>); 5]
    {
        let answer = world.call(&caller, "POST", "/v1/oauth/exchange", Some(body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(fields(&answer), expected);
    }
}
