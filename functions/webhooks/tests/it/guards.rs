//! Who may call, route by route, and whose endpoints are found.

use serde_json::json;
use workbench::routes::{Object, Route, assert_objects_are_complete, assert_strangers_find_nothing, keyed, route};
use workbench::{Spoken, guard_tests, new_tenant};

use crate::support::World;

pub(crate) const ROUTES: [Route; 15] = [
    route("POST", "/v1/webhooks", "webhooks:manage"),
    route("GET", "/v1/webhooks", "webhooks:manage"),
    keyed("GET", "/v1/webhooks/events"),
    route("GET", "/v1/webhooks/listen", "webhooks:manage"),
    route("GET", "/v1/webhooks/{id}", "webhooks:manage"),
    route("PATCH", "/v1/webhooks/{id}", "webhooks:manage"),
    route("DELETE", "/v1/webhooks/{id}", "webhooks:manage"),
    route("POST", "/v1/webhooks/{id}/rotate-secret", "webhooks:manage"),
    route("POST", "/v1/webhooks/{id}/test", "webhooks:manage"),
    route("POST", "/v1/webhooks/{id}/replay", "webhooks:manage"),
    route("GET", "/v1/webhooks/{id}/deliveries", "webhooks:manage"),
    route("GET", "/v1/webhooks/{id}/deliveries/{delivery}", "webhooks:manage"),
    route("POST", "/v1/webhooks/{id}/deliveries/{delivery}/retry", "webhooks:manage"),
    route("GET", "/v1/events", "analytics:read"),
    route("GET", "/v1/events/summary", "analytics:read"),
];

guard_tests! { ROUTES of World::start, by |world| world.caller, the same again: [] }

#[tokio::test]
async fn no_request_is_our_fault_and_none_that_is_refused_leaves_a_trace() {
    let world = World::start().await;
    let id = world.made(&world.caller, &[]).await["id"].as_str().unwrap().to_owned();
    let names = [
        "url",
        "events",
        "account_ids",
        "brand_ids",
        "is_active",
        "overlap_seconds",
        "event_type",
        "payload",
        "unknown",
    ];
    let at = |what: &str| format!("/v1/webhooks/{id}{what}");
    for (method, path) in
        [("POST", "/v1/webhooks".to_owned()), ("PATCH", at("")), ("POST", at("/rotate-secret")), ("POST", at("/test"))]
    {
        let spoken = Spoken { method, path: &path, names: &names };
        world.bench.nothing_is_our_fault(&world.router, &world.caller, spoken).await;
    }
}

#[tokio::test]
async fn another_tenants_endpoints_are_found_by_no_route() {
    let world = World::start().await;
    let stranger = world.bench.caller(&new_tenant()).await;
    let outsider = world.bench.caller_with(&world.bench.tenant, &[], &["brand_b"]).await;
    world.bench.make_brand(&world.bench.tenant, "brand_a").await;
    let made = world.made(&world.caller, &[("brand_ids", json!(["brand_a"]))]).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let objects = [Object { at: "/v1/webhooks/", id: id.clone(), not_found: "resource.not_found" }];
    assert_objects_are_complete(&ROUTES, &objects);
    // What was told is found by its endpoint's owner alone.
    let test = json!({"event_type": "post.published", "payload": {}});
    let tested = world.call("POST", &format!("/v1/webhooks/{id}/test"), Some(test)).await.expect(200);
    let delivery = format!("/v1/webhooks/{id}/deliveries/{}", tested["delivery_id"].as_str().unwrap());
    let other = world.made(&world.caller, &[]).await["id"].as_str().unwrap().to_owned();
    for (method, path) in [("GET", delivery.clone()), ("POST", format!("{delivery}/retry"))] {
        for who in [&stranger, &outsider] {
            assert_eq!(who.call(&world.router, method, &path, None).await.status, 404, "{method} {path}");
        }
        let of_another = path.replace(&id, &other);
        assert_eq!(world.call(method, &of_another, None).await.status, 404, "{method} {of_another}");
        assert!(world.call(method, &path, None).await.status.is_success(), "{method} {path}");
    }
    let strangers = [&stranger, &outsider];
    let asked = (&world.caller, &strangers[..]);
    assert_strangers_find_nothing(&world.bench, &world.router, &ROUTES, &objects, asked).await;
}
