//! What each route costs.

use serde_json::json;
use workbench::costs::{Round, assert_costs};
use workbench::fixture;
use workbench::form::{form, form_type};

use crate::guards::ROUTES;
use crate::service::Service;

const PART: usize = 33_554_432;

#[tokio::test]
async fn every_route_reads_and_calls_as_much_as_its_row_says() {
    let service = Service::start().await;
    let mut ready = Vec::new();
    for _ in 0..5 {
        ready.push(service.bench.uploaded(service.tenant(), fixture("photo.jpg")).await.id);
    }
    let announced = service.bench.announced(service.tenant()).await;
    service.bench.put_object(&announced.s3_key, fixture("index_first.mp4")).await;
    let in_parts = json!({"filename": "big.mp4", "content_type": "video/mp4", "size_bytes": PART + 1});
    let begun = service.post("/v1/media/upload-url", in_parts.clone()).await;
    let begun = begun.text("media_id");
    let at = |id: &dyn std::fmt::Display, what: &str| format!("/v1/media/{id}{what}");
    let rounds = vec![
        Round::of("GET", "/v1/media?limit=1", 3, 2),
        Round::of("GET", at(&ready[0], ""), 2, 2),
        Round::of("GET", "/v1/media/storage", 2, 2),
        Round::of("GET", "/v1/media/upload-url", 1, 2),
        Round::of("POST", "/v1/media/upload-url", 1, 3).with(&in_parts),
        Round::of("GET", at(&begun, "/upload"), 2, 3),
        Round::of("POST", at(&begun, "/abort"), 2, 6),
        Round::of("POST", "/v1/media/import", 1, 3).with(&json!({"url": "https://example.com/a.mp4"})),
        Round::of("POST", "/v1/media/upload", 1, 4)
            .sending(form_type(), form(&[("file", Some("a.jpg"), &fixture("photo.jpg"))])),
        Round::of("POST", at(&announced.id, "/verify"), 2, 4),
        // It is verified, and may be asked for as often as a client likes.
        Round::of("POST", at(&announced.id, "/verify"), 2, 2),
        Round::of("POST", at(&announced.id, "/complete"), 2, 2),
        Round::of("DELETE", at(&announced.id, ""), 2, 5),
    ];
    assert_costs(&service.bench, &service.router, &service.caller, &ROUTES, rounds).await;
}
