//! Who may call, route by route.

use serde_json::json;
use workbench::guard_tests;
use workbench::routes::{Object, Route, assert_objects_are_complete, assert_strangers_find_nothing, route};

use crate::world::{World, with};

pub(crate) const ROUTES: [Route; 15] = [
    route("GET", "/v1/posts", "posts:read"),
    route("POST", "/v1/posts", "posts:write"),
    route("GET", "/v1/posts/validate", "posts:read"),
    route("POST", "/v1/posts/validate", "posts:write"),
    route("POST", "/v1/posts/import", "posts:write"),
    route("GET", "/v1/posts/{id}", "posts:read"),
    route("PATCH", "/v1/posts/{id}", "posts:write"),
    route("DELETE", "/v1/posts/{id}", "posts:write"),
    route("POST", "/v1/posts/{id}/publish", "posts:write"),
    route("POST", "/v1/posts/{id}/retry", "posts:write"),
    route("POST", "/v1/posts/{id}/cancel", "posts:write"),
    route("POST", "/v1/posts/{id}/resolve", "posts:write"),
    route("POST", "/v1/posts/{id}/unpublish", "posts:write"),
    route("GET", "/v1/posts/{id}/metrics", "posts:read"),
    route("GET", "/v1/posts/{id}/timeline", "posts:read"),
];

guard_tests! { ROUTES of World::start, by |world| world.owner.caller, the same again: ["/v1/posts/validate"] }

#[tokio::test]
async fn another_tenants_and_another_brands_posts_are_not_found() {
    let world = World::start().await;
    world.bench.put_into_brand(&world.owner.account, "brand_a").await;
    let tenant = &world.bench.tenant;
    let (stranger, outsider) = (world.stranger().await, world.bench.caller_with(tenant, &[], &["brand_b"]).await);
    for (text, owner) in
        [("One", &world.owner.caller), ("Two", &world.bench.caller_with(tenant, &[], &["brand_b", "brand_a"]).await)]
    {
        let draft = with(world.owner.body(text), &[("/publish_now", json!(false))]);
        let id = World::made(&world.post(&world.owner.caller, &draft).await);
        let objects = [Object { at: "/v1/posts/", id, not_found: "post.not_found" }];
        assert_objects_are_complete(&ROUTES, &objects);
        let who = (owner, &[&stranger.caller, &outsider][..]);
        assert_strangers_find_nothing(&world.bench, &world.router, &ROUTES, &objects, who).await;
    }
}
