//! Who may call, route by route, and whose media is found.

use axum::Router;
use media::{App, router};
use slipway_fetch::TrustedOrigins;
use slipway_http::PublicBase;
use workbench::routes::{
    Object, Route, assert_complete, assert_keys_are_demanded, assert_objects_are_complete, assert_scopes_are_demanded,
    assert_strangers_find_nothing, route,
};
use workbench::{Bench, fixture, new_tenant};

use crate::service::BASE;

const ROUTES: [Route; 12] = [
    route("GET", "/v1/media", "media:read"),
    route("GET", "/v1/media/storage", "media:read"),
    route("POST", "/v1/media/import", "media:write"),
    route("POST", "/v1/media/upload", "media:write"),
    // It makes media, and gives out what lets one write.
    route("GET", "/v1/media/upload-url", "media:write"),
    route("POST", "/v1/media/upload-url", "media:write"),
    route("GET", "/v1/media/{id}", "media:read"),
    route("DELETE", "/v1/media/{id}", "media:write"),
    route("POST", "/v1/media/{id}/verify", "media:write"),
    route("GET", "/v1/media/{id}/upload", "media:write"),
    route("POST", "/v1/media/{id}/complete", "media:write"),
    route("POST", "/v1/media/{id}/abort", "media:write"),
];

async fn service() -> (Bench, Router) {
    let bench = Bench::of("MediaFunction").await;
    let role = &bench.role;
    let app = App {
        tenants: role.tenants.clone(),
        media: role.media.clone(),
        posts: role.posts.clone(),
        bucket: role.bucket.clone(),
        imports: bench.queue("ImportsQueue"),
        trusted_origins: TrustedOrigins::none(),
        base: PublicBase::Fixed(BASE.to_owned()),
    };
    let router = router(app);
    (bench, router)
}

#[test]
fn every_route_has_a_row() {
    assert_complete(&ROUTES, env!("CARGO_MANIFEST_DIR"));
}

#[tokio::test]
async fn every_route_demands_a_key() {
    assert_keys_are_demanded(&service().await.1, &ROUTES).await;
}

#[tokio::test]
async fn every_route_demands_its_scope_and_no_other() {
    let (bench, router) = service().await;
    assert_scopes_are_demanded(&bench, &router, &ROUTES).await;
}

#[tokio::test]
async fn another_tenants_media_is_found_by_no_route() {
    let (bench, router) = service().await;
    let (owner, stranger) = (bench.caller(&bench.tenant).await, bench.caller(&new_tenant()).await);
    let media = bench.uploaded(&bench.tenant, fixture("photo.jpg")).await;
    let objects = [Object { at: "/v1/media/", id: media.id.to_string(), not_found: "media.not_found" }];
    assert_objects_are_complete(&ROUTES, &objects);
    assert_strangers_find_nothing(&bench, &router, &ROUTES, &objects, (&owner, &[&stranger])).await;
}
