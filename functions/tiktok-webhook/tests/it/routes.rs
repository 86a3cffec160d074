//! Paths and methods.

use axum::body::Body;
use http::{Request, StatusCode};
use jiff::Timestamp;

use crate::support::{Answer, World};

/// A good event by this way.
async fn call(world: &World, method: &str, path: &str) -> Answer {
    let body = world.event("open-1").to_string();
    let signature = world.signature(Timestamp::now(), &body);
    let request = Request::builder().method(method).uri(path).header("tiktok-signature", signature);
    world.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_slash_at_the_end_makes_no_difference() {
    let world = World::start().await;
    for (number, path) in ["/webhooks/tiktok", "/webhooks/tiktok/", "/webhooks/tiktok/?x=1"].into_iter().enumerate() {
        let answer = call(&world, "POST", path).await;
        assert_eq!((answer.status, world.kept().len()), (StatusCode::OK, number + 1), "{path}");
    }
}

#[tokio::test]
async fn another_method_or_path_is_refused_and_nothing_is_kept() {
    let world = World::start().await;
    for (method, path, refusal) in [
        ("GET", "/webhooks/tiktok", (405, "http.405")),
        ("PUT", "/webhooks/tiktok", (405, "http.405")),
        ("DELETE", "/webhooks/tiktok/", (405, "http.405")),
        ("POST", "/webhooks", (404, "http.404")),
        ("POST", "/webhooks/tiktok/more", (404, "http.404")),
        ("POST", "/webhooks/TikTok", (404, "http.404")),
        ("POST", "/", (404, "http.404")),
    ] {
        assert_eq!(call(&world, method, path).await.refusal(), refusal, "{method} {path}");
    }
    assert!(world.kept().is_empty());
}
