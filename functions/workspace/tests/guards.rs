//! Who may call, route by route, and what no other function answers.

use slipway_http::Keyring;
use tiktok_sim::Config;
use workbench::Bench;
use workbench::costs::{Round, assert_costs};
use workbench::routes::{Route, assert_complete, assert_keys_are_demanded, open};

const ROUTES: [Route; 1] = [
    // A word for who opens the base URL in a browser.
    open("GET", "/"),
];

#[test]
fn every_route_has_a_row() {
    assert_complete(&ROUTES, env!("CARGO_MANIFEST_DIR"));
}

#[tokio::test]
async fn the_one_route_asks_for_no_key() {
    let bench = Bench::with("WorkspaceFunction", Config::default()).await;
    assert_keys_are_demanded(&workspace::router(bench.role.tenants.clone(), Keyring::of("secret")), &ROUTES).await;
}

#[tokio::test]
async fn the_one_route_costs_nothing() {
    let bench = Bench::with("WorkspaceFunction", Config::default()).await;
    let router = workspace::router(bench.role.tenants.clone(), Keyring::of("secret"));
    let caller = bench.caller(&bench.tenant).await;
    assert_costs(&bench, &router, &caller, &ROUTES, vec![Round::of("GET", "/", 0, 0)]).await;
}

#[tokio::test]
async fn what_tiktok_has_nothing_for_is_501_with_a_key_and_a_wrong_path_404() {
    let bench = Bench::with("WorkspaceFunction", Config::default()).await;
    let router = workspace::router(bench.role.tenants.clone(), Keyring::of("secret"));
    let narrow = bench.caller_with(&bench.tenant, &["media:read"], &[]).await;
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
        let answer = narrow.call(&router, method, path, None).await;
        answer.expect(501);
        assert_eq!(answer.code(), "resource.not_supported", "{method} {path}");
        let request = http::Request::builder().method(method).uri(path).body(Vec::new().into());
        let stranger = workbench::Answer::to(&router, request.expect("a request")).await;
        assert_eq!(
            (stranger.status.as_u16(), stranger.code().as_str()),
            (401, "auth.missing_header"),
            "{method} {path}"
        );
    }
    for path in ["/v1/inbox", "/v1/inbox/letters", "/v1/exports/exp_1/photos"] {
        let answer = narrow.get(&router, path).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "http.404"), "{path}");
    }
}
