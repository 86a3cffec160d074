//! What is offered in parts, to whom, and what is not.

use http::Method;
use serde_json::{Value, json};
use slipway_domain::Plan;
use workbench::{Caller, new_tenant};

use super::{PART, VIDEO, begin, follow, put_whole, record, resume};
use crate::service::{BASE, Service, fixture};

#[tokio::test]
async fn a_file_is_offered_in_parts_from_one_byte_above_the_size_of_a_part() {
    let service = Service::start().await;
    for (size, sizes) in [
        (PART, vec![]),
        (PART + 1, vec![PART, 1]),
        (2 * PART, vec![PART, PART]),
        (4_000_000_000, [vec![PART; 119], vec![7_022_592]].concat()),
    ] {
        let answer = begin(&service, size).await;
        assert!(answer.text("upload_url").starts_with("http"), "one PUT is always possible");
        assert!(answer.text("verify_url").starts_with(BASE));
        let parts = answer.body["parts"].as_array().cloned().unwrap_or_default();
        let found: Vec<_> = parts.iter().map(|part| part["size"].as_u64().unwrap()).collect();
        assert_eq!(found, sizes.iter().map(|size| u64::try_from(*size).unwrap()).collect::<Vec<_>>());
        assert_eq!(answer.body["part_size"].as_u64(), (!sizes.is_empty()).then_some(PART as u64));
        for link in ["complete_url", "abort_url", "resume_url"] {
            assert_eq!(answer.body[link].is_string(), !sizes.is_empty(), "{link}");
        }
        // Lambda carries an answer of 6 MB; signatures on AWS are about 1 KB longer each, for the session's token.
        assert!(answer.body.to_string().len() + parts.len() * 2048 < 1_000_000);
        assert_eq!(record(&service, &answer).await.unwrap().multipart.is_some(), !sizes.is_empty());
    }
    assert_eq!(service.aws().request_counts()["S3.CreateMultipartUpload"], 3);
}

#[tokio::test]
async fn no_parts_are_offered_where_their_bytes_could_not_be_checked() {
    let service = Service::start().await;
    let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for (body, warnings) in [
        (json!({"size_bytes": PART + 1, "sha256": digest}), 1),
        (json!({"size_bytes": PART, "sha256": digest}), 0),
        (json!({"filename": "size unknown.mp4"}), 0),
    ] {
        let answer = service.post("/v1/media/upload-url", body).await;
        assert_eq!(answer.body["parts"], Value::Null);
        let found = answer.body["warnings"].as_array().unwrap();
        assert_eq!(found.len(), warnings, "{found:?}");
        assert!(found.iter().all(|warning| warning.as_str().unwrap().contains("sha256")));
    }
    let short = service.get("/v1/media/upload-url?filename=a.mp4").await;
    assert_eq!(short.body["parts"], Value::Null);
    assert_eq!(service.aws().request_counts().get("S3.CreateMultipartUpload"), None);
}

#[tokio::test]
async fn where_the_plan_has_no_room_no_upload_is_begun() {
    let service = Service::on(Plan::Hobby).await;
    let refused = service.post("/v1/media/upload-url", json!({"size_bytes": 100_000_001})).await;
    assert_eq!(refused.refused(413), "billing.storage_quota");
    assert_eq!(service.kept().await, (0, 0));
    let counts = service.aws().request_counts();
    assert_eq!(counts.get("S3.CreateMultipartUpload"), counts.get("S3.AbortMultipartUpload"));
    let taken = begin(&service, VIDEO.len()).await;
    assert_eq!(follow(&service, Method::POST, taken.text("abort_url")).await.status, 200);
    assert_eq!(service.get("/v1/media/storage").await.body["used_bytes"], 0, "what is given up is given back");
}

#[tokio::test]
async fn only_its_tenant_with_writing_rights_gets_at_an_upload() {
    let service = Service::start().await;
    let answer = begin(&service, VIDEO.len()).await;
    let (stranger, reader) = (service.bench.caller(&new_tenant()).await, service.key(&["media:read"]).await);
    for (method, link) in [(Method::GET, "resume_url"), (Method::POST, "complete_url"), (Method::POST, "abort_url")] {
        let path = answer.text(link).strip_prefix(BASE).unwrap();
        let call = async |caller: &Caller| service.call(caller, method.clone(), path, None).await;
        assert_eq!(call(&stranger).await.refused(404), "media.not_found");
        assert_eq!(call(&reader).await.refused(403), "auth.insufficient_scope");
        let unsigned = http::Request::builder().method(method.clone()).uri(path).body(axum::body::Body::empty());
        assert_eq!(service.send(unsigned.unwrap()).await.refused(401), "auth.missing_header");
    }
    assert_eq!(resume(&service, &answer).await.status, 200, "nobody has given it up");
}

#[tokio::test]
async fn media_without_parts_has_nothing_to_resume_and_completing_verifies_it() {
    let service = Service::start().await;
    let answer = service.post("/v1/media/upload-url", json!({"filename": "a.mp4"})).await;
    let path = |action: &str| format!("/v1/media/{}/{action}", answer.text("media_id"));
    assert_eq!(service.get(&path("upload")).await.refused(409), "resource.conflict");
    assert_eq!(service.post(&path("complete"), json!({})).await.refused(409), "resource.conflict");
    assert_eq!(put_whole(&answer, fixture("index_last.mp4")).await, 200);
    assert_eq!(service.post(&path("complete"), json!({})).await.text("status"), "ready");
}
