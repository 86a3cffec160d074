//! Who may call, route by route, and whose accounts, invites and addresses are found.

use axum::Router;
use serde_json::json;
use workbench::routes::{
    Object, Route, assert_objects_are_complete, assert_strangers_find_nothing, open, route, unrestricted,
};
use workbench::{Bench, Caller, Spoken, guard_tests, new_tenant};

use crate::support::World;

pub(crate) const ROUTES: [Route; 21] = [
    route("POST", "/v1/accounts/connect", "accounts:manage"),
    route("GET", "/v1/accounts", "accounts:read"),
    route("GET", "/v1/accounts/{id}", "accounts:read"),
    route("DELETE", "/v1/accounts/{id}", "accounts:manage"),
    route("GET", "/v1/accounts/{id}/creator-info", "accounts:read"),
    route("GET", "/v1/accounts/{id}/limits", "accounts:read"),
    route("GET", "/v1/brands", "accounts:read"),
    unrestricted("POST", "/v1/brands"),
    unrestricted("PATCH", "/v1/brands/{id}"),
    unrestricted("DELETE", "/v1/brands/{id}"),
    route("POST", "/v1/oauth/exchange", "accounts:manage"),
    route("GET", "/v1/oauth/redirect-uris", "accounts:read"),
    route("POST", "/v1/oauth/redirect-uris", "accounts:manage"),
    route("DELETE", "/v1/oauth/redirect-uris/{id}", "accounts:manage"),
    route("GET", "/v1/invites", "accounts:read"),
    route("POST", "/v1/invites", "accounts:manage"),
    route("DELETE", "/v1/invites/{id}", "accounts:manage"),
    route("GET", "/v1/platforms/tiktok/accounts/{id}/summary", "accounts:read"),
    route("POST", "/v1/platforms/tiktok/accounts/{id}/sync", "accounts:manage"),
    // The creator's browser: what it brings is the state, and the invite's token.
    open("GET", "/invite/{token}"),
    open("GET", "/oauth/callback/tiktok"),
];

guard_tests! {
    ROUTES of World::start, by |world| world.caller().await,
    the same again: ["/v1/platforms/tiktok/accounts/{id}/sync"]
}

async fn service() -> (Bench, Router) {
    let World { bench, router, .. } = World::start().await;
    (bench, router)
}

#[tokio::test]
async fn no_request_is_our_fault_and_none_that_is_refused_leaves_a_trace() {
    let (bench, router) = service().await;
    let caller = bench.caller(&bench.tenant).await;
    let names = [
        "platform",
        "redirect_uri",
        "state",
        "brand_id",
        "metadata",
        "code",
        "uri",
        "label",
        "expires_in_days",
        "name",
        "unknown",
    ];
    for path in ["/v1/accounts/connect", "/v1/oauth/exchange", "/v1/oauth/redirect-uris", "/v1/invites", "/v1/brands"] {
        let spoken = Spoken { method: "POST", path, names: &names };
        let refused = bench.nothing_is_our_fault(&router, &caller, spoken).await;
        assert!(refused > 0.3, "{path}: much of it makes no sense");
    }
    let path = format!("/v1/platforms/tiktok/accounts/{}/sync", bench.connect().await.id);
    bench.nothing_is_our_fault(&router, &caller, Spoken { method: "POST", path: &path, names: &names }).await;
}

/// An account, an invite and an address of the owner's; the first two belong to a brand.
async fn objects(bench: &Bench, router: &Router, owner: &Caller) -> Vec<Object> {
    let account = bench.put_into_brand(&bench.connect().await, "brand_a").await;
    let made = async |path: &str, body| {
        let made = owner.call(router, "POST", path, Some(&body)).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    };
    let invite = json!({"platform": "tiktok", "brand_id": "brand_a", "expires_in_days": 7});
    let (at_account, of_account) = ("account.not_found", account.id.to_string());
    vec![
        Object { at: "/v1/accounts/", id: of_account.clone(), not_found: at_account },
        Object { at: "/v1/platforms/tiktok/accounts/", id: of_account, not_found: at_account },
        Object { at: "/v1/brands/", id: "brand_a".to_owned(), not_found: "brand.not_found" },
        Object { at: "/v1/invites/", id: made("/v1/invites", invite).await, not_found: "resource.not_found" },
        Object {
            at: "/v1/oauth/redirect-uris/",
            id: made("/v1/oauth/redirect-uris", json!({"uri": "https://app.example.com/done"})).await,
            not_found: "resource.not_found",
        },
    ]
}

#[tokio::test]
async fn another_tenants_accounts_and_invites_are_found_by_no_route() {
    let (bench, router) = service().await;
    let (owner, stranger) = (bench.caller(&bench.tenant).await, bench.caller(&new_tenant()).await);
    let objects = objects(&bench, &router, &owner).await;
    assert_objects_are_complete(&ROUTES, &objects);
    assert_strangers_find_nothing(&bench, &router, &ROUTES, &objects, (&owner, &[&stranger])).await;
}

#[tokio::test]
async fn another_brands_accounts_and_invites_are_found_by_no_route() {
    let (bench, router) = service().await;
    let owner = bench.caller(&bench.tenant).await;
    let mut objects = objects(&bench, &router, &owner).await;
    // Addresses hold for the whole tenant, and brands are its own to change: keys of brands change neither.
    objects.retain(|object| !object.at.contains("redirect-uris") && object.at != "/v1/brands/");
    let key = async |brands: &[&str]| bench.caller_with(&bench.tenant, &[], brands).await;
    let (insider, outsider) = (key(&["brand_b", "brand_a"]).await, key(&["brand_b"]).await);
    assert_strangers_find_nothing(&bench, &router, &ROUTES, &objects, (&insider, &[&outsider])).await;
}

#[tokio::test]
async fn an_account_without_a_brand_is_not_for_keys_of_brands() {
    let (bench, router) = service().await;
    let account = bench.connect().await;
    let of_account = account.id.to_string();
    let objects = ["/v1/accounts/", "/v1/platforms/tiktok/accounts/"].map(|at| Object {
        at,
        id: of_account.clone(),
        not_found: "account.not_found",
    });
    let owner = bench.caller(&bench.tenant).await;
    let outsider = bench.caller_with(&bench.tenant, &[], &["brand_a"]).await;
    assert_strangers_find_nothing(&bench, &router, &ROUTES, &objects, (&owner, &[&outsider])).await;
}

#[tokio::test]
async fn lists_show_what_is_of_the_keys_tenant_and_brands() {
    let (bench, router) = service().await;
    let owner = bench.caller(&bench.tenant).await;
    objects(&bench, &router, &owner).await;
    bench.connect().await;
    let key = async |brands: &[&str]| bench.caller_with(&bench.tenant, &[], brands).await;
    let (insider, outsider) = (key(&["brand_b", "brand_a"]).await, key(&["brand_b"]).await);
    let stranger = bench.caller(&new_tenant()).await;
    for (path, counts) in [
        ("/v1/accounts", [2, 1, 0, 0]),
        ("/v1/accounts?brand_id=brand_a", [1, 1, 0, 0]),
        ("/v1/accounts?brand_id=brand_b", [0, 0, 0, 0]),
        ("/v1/invites", [1, 1, 0, 0]),
        ("/v1/invites?brand_id=brand_a", [1, 1, 0, 0]),
        ("/v1/invites?brand_id=brand_b", [0, 0, 0, 0]),
        ("/v1/oauth/redirect-uris", [1, 1, 1, 0]),
        // A brand that is not there, such as brand_b, is not shown to its keys either.
        ("/v1/brands", [2, 1, 0, 1]),
    ] {
        for (caller, count) in [&owner, &insider, &outsider, &stranger].into_iter().zip(counts) {
            assert_eq!(caller.get(&router, path).await.expect(200)["count"], count, "{path}");
        }
    }
}
