//! Where creators may be sent.

use http::StatusCode;
use serde_json::json;
use workbench::Caller;

use crate::support::World;

const URIS: &str = "/v1/oauth/redirect-uris";
const DONE: &str = "https://app.example/done";

async fn connects(world: &World, caller: &Caller, body: serde_json::Value) -> (StatusCode, String) {
    let answer = world.call(caller, "POST", "/v1/accounts/connect", Some(body)).await;
    let field = answer.json()["error"]["meta"]["field"].as_str().unwrap_or_default().to_owned();
    (answer.status, field)
}

#[tokio::test]
async fn the_list_is_open_until_the_first_address_and_exact_from_then_on() {
    let world = World::start().await;
    let (caller, other) = (world.caller().await, world.caller().await);
    let to = |uri: &str| json!({"platform": "tiktok", "redirect_uri": uri});
    let proxied = |uri: &str| json!({"platform": "tiktok", "metadata": {"redirect_uri": uri}});
    assert_eq!(connects(&world, &caller, to("https://any.example/")).await.0, StatusCode::ACCEPTED);

    let made = world.call(&caller, "POST", URIS, Some(json!({"uri": DONE, "label": "app"}))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let made = made.json();
    assert_eq!((&made["uri"], &made["label"]), (&json!(DONE), &json!("app")));

    assert_eq!(connects(&world, &caller, to(DONE)).await.0, StatusCode::ACCEPTED);
    assert_eq!(connects(&world, &caller, proxied(DONE)).await.0, StatusCode::ACCEPTED);
    for uri in ["https://any.example/", "https://app.example/done/", "https://app.example/done?x=1"] {
        let refused = connects(&world, &caller, to(uri)).await;
        assert_eq!(refused, (StatusCode::BAD_REQUEST, "redirect_uri".to_owned()), "{uri}");
    }
    let refused = connects(&world, &caller, proxied("https://any.example/")).await;
    assert_eq!(refused, (StatusCode::BAD_REQUEST, "metadata.redirect_uri".to_owned()));
    let nowhere = connects(&world, &caller, json!({"platform": "tiktok"})).await;
    assert_eq!(nowhere.0, StatusCode::ACCEPTED, "our own page needs no registration");
    assert_eq!(connects(&world, &other, to("https://any.example/")).await.0, StatusCode::ACCEPTED, "another's list");

    let path = format!("{URIS}/{}", made["id"].as_str().unwrap());
    assert_eq!(world.call(&other, "DELETE", &path, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.call(&caller, "DELETE", &path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.call(&caller, "DELETE", &path, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(connects(&world, &caller, to("https://any.example/")).await.0, StatusCode::ACCEPTED, "open again");
}

#[tokio::test]
async fn an_address_is_registered_once() {
    let world = World::start().await;
    let caller = world.caller().await;
    let register = || world.call(&caller, "POST", URIS, Some(json!({"uri": DONE})));
    let answers = futures_util::future::join_all((0..4).map(|_| register())).await;
    let made = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    assert_eq!(made, 1);
    for refused in answers.iter().filter(|answer| answer.status != StatusCode::CREATED) {
        assert_eq!(refused.code(), "validation.redirect_uri_duplicate");
    }
    assert_eq!(world.get(&caller, URIS).await.json()["count"], 1);
}

#[tokio::test]
async fn the_list_is_paged() {
    let world = World::start().await;
    let caller = world.caller().await;
    for number in 0..5 {
        let body = json!({"uri": format!("{DONE}/{number}")});
        assert_eq!(world.call(&caller, "POST", URIS, Some(body)).await.status, StatusCode::CREATED);
    }
    let (mut seen, mut path) = (std::collections::BTreeSet::new(), format!("{URIS}?limit=2"));
    loop {
        let page = world.get(&caller, &path).await.json();
        seen.extend(page["data"].as_array().unwrap().iter().map(|uri| uri["uri"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{URIS}?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn bad_addresses_and_keys_of_one_brand_are_refused() {
    let world = World::start().await;
    let caller = world.caller().await;
    for body in [json!({}), json!({"uri": "http://app.example/"}), json!({"uri": "https://a.example/#x"})] {
        let refused = world.call(&caller, "POST", URIS, Some(body)).await;
        assert_eq!(
            (refused.status, refused.json()["error"]["meta"]["field"].as_str()),
            (StatusCode::BAD_REQUEST, Some("uri"))
        );
    }
    let branded = world.bench.caller_with(&caller.tenant, &[], &["brand_a"]).await;
    let refused = world.call(&branded, "POST", URIS, Some(json!({"uri": DONE}))).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "auth.insufficient_scope"));
}
