//! Who may call, route by route, and what no other function answers.

use serde_json::json;
use workbench::routes::{
    Object, Route, assert_objects_are_complete, assert_strangers_find_nothing, keyed, open, unrestricted,
};
use workbench::{Spoken, guard_tests, new_tenant};

use crate::support::World;

pub(crate) const ROUTES: [Route; 20] = [
    // A word for who opens the base URL in a browser.
    open("GET", "/"),
    // What the API is, for people, programs and agents.
    open("GET", "/docs"),
    open("GET", "/docs/reference.css"),
    open("GET", "/docs/reference.js"),
    open("GET", "/llms.txt"),
    open("GET", "/v1/openapi.json"),
    // Whoever has no key yet; only where the operator has opened it.
    open("POST", "/v1/signup"),
    unrestricted("GET", "/v1/keys"),
    unrestricted("POST", "/v1/keys"),
    keyed("GET", "/v1/keys/scopes"),
    unrestricted("PATCH", "/v1/keys/{id}"),
    unrestricted("DELETE", "/v1/keys/{id}"),
    unrestricted("POST", "/v1/keys/{id}/rotate"),
    keyed("GET", "/v1/users/me"),
    keyed("PATCH", "/v1/users/me"),
    unrestricted("GET", "/v1/users/me/export"),
    keyed("GET", "/v1/usage"),
    keyed("GET", "/v1/billing/plans"),
    keyed("GET", "/v1/test/outcomes"),
    // The last one: it shuts the caller's keys.
    unrestricted("DELETE", "/v1/users/me"),
];

guard_tests! { ROUTES of World::start, by |world| world.caller, the same again: [] }

#[tokio::test]
async fn a_key_that_is_there_is_rotated_by_an_idempotency_key() {
    let world = World::start().await;
    let (made, _) = world.made(json!({"name": "n"})).await;
    let rotate = format!("/v1/keys/{}/rotate", made["id"].as_str().unwrap());
    let answer = world.caller.post_with_key(&world.router, "", &rotate, &json!({})).await;
    assert_eq!(answer.expect(400)["error"]["meta"]["field"], "Idempotency-Key");
}

#[tokio::test]
async fn another_tenants_keys_are_found_by_no_route() {
    let world = World::start().await;
    let stranger = world.bench.caller(&new_tenant()).await;
    let (made, _) = world.made(json!({"name": "mine"})).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let objects = [Object { at: "/v1/keys/", id, not_found: "resource.not_found" }];
    assert_objects_are_complete(&ROUTES, &objects);
    let asked = (&world.caller, &[&stranger][..]);
    assert_strangers_find_nothing(&world.bench, &world.router, &ROUTES, &objects, asked).await;
}

#[tokio::test]
async fn no_request_is_our_fault_and_none_that_is_refused_leaves_a_trace() {
    let world = World::start().await;
    let names =
        ["name", "scopes", "brand_ids", "is_active", "overlap_seconds", "onboarding", "use_case", "email", "unknown"];
    let (made, _) = world.made(json!({"name": "n"})).await;
    let at = format!("/v1/keys/{}", made["id"].as_str().unwrap());
    for (method, path) in [
        ("POST", "/v1/keys"),
        ("PATCH", &at),
        ("POST", &format!("{at}/rotate")),
        ("PATCH", "/v1/users/me"),
        ("POST", "/v1/signup"),
    ] {
        let spoken = Spoken { method, path, names: &names };
        world.bench.nothing_is_our_fault(&world.router, &world.caller, spoken).await;
    }
}

#[tokio::test]
async fn what_tiktok_has_nothing_for_is_501_with_a_key_and_a_wrong_path_404() {
    let world = World::start().await;
    let narrow = world.bench.caller_with(&world.bench.tenant, &["media:read"], &[]).await;
    for (method, path) in [
        ("GET", "/v1/inbox/comments?limit=1"),
        ("POST", "/v1/inbox/comments/post_1"),
        ("DELETE", "/v1/inbox/comments/post_1/c_1/hide"),
        ("PATCH", "/v1/inbox/conversations/conv_1"),
        ("POST", "/v1/inbox/conversations/conv_1/messages"),
        ("GET", "/v1/inbox/reviews"),
        ("POST", "/v1/inbox/reviews/rev_1/reply"),
        ("GET", "/v1/exports"),
        ("GET", "/v1/exports/exp_1/videos/"),
    ] {
        let answer = narrow.call(&world.router, method, path, None).await;
        answer.expect(501);
        assert_eq!(answer.code(), "resource.not_supported", "{method} {path}");
        let request = http::Request::builder().method(method).uri(path).body(Vec::new().into());
        let stranger = workbench::Answer::to(&world.router, request.unwrap()).await;
        assert_eq!(
            (stranger.status.as_u16(), stranger.code().as_str()),
            (401, "auth.missing_header"),
            "{method} {path}"
        );
    }
    for path in ["/v1/inbox", "/v1/inbox/letters", "/v1/exports/exp_1/photos"] {
        let answer = narrow.get(&world.router, path).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "http.404"), "{path}");
    }
}
