//! Who may call, route by route, and whose media is found.

use workbench::routes::{Object, Route, assert_objects_are_complete, assert_strangers_find_nothing, route};
use workbench::{Spoken, fixture, guard_tests, new_tenant};

use crate::service::Service;

pub(crate) const ROUTES: [Route; 12] = [
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

guard_tests! {
    ROUTES of Service::start, by |service| service.caller,
    the same again: ["/v1/media/{id}/verify", "/v1/media/{id}/complete", "/v1/media/{id}/abort"]
}

#[tokio::test]
async fn no_request_is_our_fault_and_none_that_is_refused_leaves_a_trace() {
    let Service { bench, router, caller, .. } = Service::start().await;
    let media = bench.announced(&bench.tenant).await.id;
    let names = ["filename", "content_type", "media_type", "size_bytes", "sha256", "url", "file", "unknown"];
    for path in ["/v1/media/upload-url", "/v1/media/import", "/v1/media/upload"] {
        let spoken = Spoken { method: "POST", path, names: &names };
        let refused = bench.nothing_is_our_fault(&router, &caller, spoken).await;
        assert!(refused > 0.3, "{path}: much of it makes no sense");
    }
    for what in ["verify", "complete", "abort"] {
        let path = format!("/v1/media/{media}/{what}");
        bench.nothing_is_our_fault(&router, &caller, Spoken { method: "POST", path: &path, names: &names }).await;
    }
}

#[tokio::test]
async fn another_tenants_media_is_found_by_no_route() {
    let Service { bench, router, caller: owner, .. } = Service::start().await;
    let stranger = bench.caller(&new_tenant()).await;
    let media = bench.uploaded(&bench.tenant, fixture("photo.jpg")).await;
    let objects = [Object { at: "/v1/media/", id: media.id.to_string(), not_found: "media.not_found" }];
    assert_objects_are_complete(&ROUTES, &objects);
    assert_strangers_find_nothing(&bench, &router, &ROUTES, &objects, (&owner, &[&stranger])).await;
}
