//! The same request again, by its `Idempotency-Key`: it makes one item of media, whoever sends it how often.

use axum::body::Body;
use futures_util::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};
use workbench::form::{BOUNDARY, form};
use workbench::{Answer, fixture, new_tenant};

use crate::service::Service;

const UPLOAD_URL: &str = "/v1/media/upload-url";
const IMPORT: &str = "/v1/media/import";

/// What makes media by a JSON body, and another body for the same route.
fn requests() -> [(&'static str, Value, Value); 3] {
    let announced = |size: u64| json!({"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": size});
    [
        (UPLOAD_URL, announced(1000), announced(1001)),
        (UPLOAD_URL, announced(70_000_000), announced(70_000_001)),
        (IMPORT, json!({"url": "https://example.com/a.mp4"}), json!({"url": "https://example.com/b.mp4"})),
    ]
}

fn made(answer: &Answer) -> String {
    assert!(answer.status.is_success(), "{:#}", answer.json());
    answer.json()["media_id"].as_str().unwrap().to_owned()
}

async fn send(service: &Service, key: &str, path: &str, body: &Value) -> Answer {
    service.caller.post_with_key(&service.router, key, path, body).await
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let service = Service::start().await;
    for (path, body, other) in requests() {
        let key = body.to_string();
        let first = send(&service, &key, path, &body).await;
        assert!(!first.is_replayed());
        let before = service.bench.traces().await;
        let again = send(&service, &key, path, &body).await;
        assert!(again.is_replayed());
        assert_eq!((again.status, made(&again)), (first.status, made(&first)), "{path}");
        let names = |answer: &Answer| answer.json().as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&again), names(&first), "{path}");
        let another_route = if path == IMPORT { UPLOAD_URL } else { IMPORT };
        for (path, body) in [(path, &other), (another_route, &body)] {
            send(&service, &key, path, body).await.refused(422, "idempotency.key_reused", "Idempotency-Key");
        }
        assert_eq!(service.bench.traces().await.since(&before), [""; 0], "{path}");
        assert_ne!(made(&send(&service, &format!("another {key}"), path, &body).await), made(&first));
        let stranger = service.bench.caller(&new_tenant()).await;
        assert_ne!(made(&stranger.post_with_key(&service.router, &key, path, &body).await), made(&first));
    }
}

#[tokio::test]
async fn a_key_restricted_to_other_brands_learns_nothing_by_a_repeat() {
    let service = Service::start().await;
    let (path, body, _) = &requests()[0];
    made(&send(&service, "key", path, body).await);
    let other = service.bench.caller_with(service.tenant(), &[], &["brand_b"]).await;
    let refused = other.post_with_key(&service.router, "key", path, body).await;
    refused.refused(422, "idempotency.key_reused", "Idempotency-Key");
}

#[tokio::test]
async fn twins_at_once_make_one_item() {
    let service = Service::start().await;
    for (path, body, _) in requests() {
        let key = body.to_string();
        let before = service.kept().await.1;
        let answers = join_all((0..6).map(|_| send(&service, &key, path, &body))).await;
        let (busy, answered): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 409);
        for answer in busy {
            assert_eq!(answer.code(), "idempotency.in_progress");
            assert!(answer.headers.contains_key("retry-after"));
        }
        assert!(answered.iter().all(|answer| made(answer) == made(&answered[0])), "{path}");
        assert_eq!(answered.iter().filter(|answer| !answer.is_replayed()).count(), 1, "{path}");
        assert_eq!(service.kept().await.1, before + 1, "{path}");
    }
}

#[tokio::test]
async fn an_answer_that_the_database_lost_makes_no_second_item() {
    let service = Service::start().await;
    for (path, body, _) in requests() {
        service.aws().lose_next_answer("DynamoDB.TransactWriteItems", 1);
        let first = send(&service, &body.to_string(), path, &body).await;
        let again = send(&service, &body.to_string(), path, &body).await;
        assert_eq!((first.is_replayed(), again.is_replayed()), (false, true));
        assert_eq!(made(&first), made(&again));
    }
    assert_eq!(service.kept().await.1, 3);
}

#[tokio::test]
async fn what_was_deleted_since_is_not_made_again() {
    let service = Service::start().await;
    for (path, body, _) in requests() {
        let id = made(&send(&service, &body.to_string(), path, &body).await);
        assert_eq!(service.caller.call(&service.router, "DELETE", &format!("/v1/media/{id}"), None).await.status, 204);
        send(&service, &body.to_string(), path, &body).await.refused(410, "resource.gone", "Idempotency-Key");
    }
}

/// Sends a file in a form, whose boundary is another one each time.
async fn send_file(service: &Service, key: &str, content: &[u8], boundary: &str) -> Answer {
    let form = form(&[("file", Some("a.mp4"), content)]);
    let form = String::from_utf8_lossy(&form).replace(BOUNDARY, boundary);
    assert!(content.is_ascii(), "so that the form stays what it is");
    let content_type = format!("multipart/form-data; boundary={boundary}");
    let request = service.caller.request("POST", "/v1/media/upload").header("content-type", content_type);
    let request = request.header("idempotency-key", key).body(Body::from(form)).unwrap();
    Answer::to(&service.router, request).await
}

#[tokio::test]
async fn a_file_is_kept_once_whatever_the_form_around_it() {
    let service = Service::start().await;
    let first = send_file(&service, "key", b"no video", "one").await;
    let before = service.bench.traces().await;
    let again = send_file(&service, "key", b"no video", "two").await;
    assert_eq!((again.status, again.is_replayed(), made(&again)), (StatusCode::CREATED, true, made(&first)));
    send_file(&service, "key", b"another", "one").await.refused(422, "idempotency.key_reused", "Idempotency-Key");
    assert_eq!(service.bench.traces().await.since(&before), [""; 0]);
    let twins = join_all(["a", "b", "c"].map(|boundary| send_file(&service, "twins", b"a twin", boundary))).await;
    assert!(twins.iter().filter(|twin| twin.status != 409).all(|twin| made(twin) == made(&twins[0])));
    assert_eq!(service.kept().await, (2, 2));
}

#[tokio::test]
async fn a_repeat_brings_the_file_that_the_first_request_lost() {
    let service = Service::start().await;
    // As often as the SDK tries.
    service.aws().fail_next("S3.PutObject", 3, 500);
    assert_eq!(send_file(&service, "key", b"no video", "one").await.status, 500);
    let again = send_file(&service, "key", b"no video", "two").await;
    assert_eq!((again.status, again.is_replayed()), (StatusCode::CREATED, true), "{:#}", again.json());
    assert_eq!(again.json()["status"], "failed", "it was verified");
    assert_eq!(service.kept().await, (1, 1));
}

#[tokio::test]
async fn a_url_of_a_repeat_takes_the_file() {
    let service = Service::start().await;
    let video = fixture("vp9.mp4");
    let body = json!({"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": video.len()});
    send(&service, "key", UPLOAD_URL, &body).await;
    let again = send(&service, "key", UPLOAD_URL, &body).await.json();
    let mut put = reqwest::Client::new().put(again["upload_url"].as_str().unwrap()).body(video);
    for (name, value) in again["headers"].as_object().unwrap() {
        put = put.header(name, value.as_str().unwrap());
    }
    assert!(put.send().await.unwrap().status().is_success());
    let path = format!("/v1/media/{}/verify", again["media_id"].as_str().unwrap());
    assert_eq!(service.post(&path, json!({})).await.body["status"], "ready");
    assert_eq!(send(&service, "key", UPLOAD_URL, &body).await.json()["status"], "ready", "as it is now");
}
