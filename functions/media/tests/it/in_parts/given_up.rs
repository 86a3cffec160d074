//! How an upload in parts is given up, and what S3 has thrown away.

use http::Method;
use serde_json::json;

use super::{
    VIDEO, begin, complete, content, follow, part, put, put_parts, put_whole, record, resume, uploads_in_progress,
};
use crate::service::{Service, fixture};

#[tokio::test]
async fn an_upload_that_is_given_up_leaves_nothing() {
    let service = Service::start().await;
    let answer = begin(&service, VIDEO.len()).await;
    put_parts(&answer, &[1]).await;
    let before = record(&service, &answer).await.unwrap();
    let abort = follow(&service, Method::POST, answer.text("abort_url")).await;
    assert_eq!((abort.status.as_u16(), &abort.body["success"]), (200, &true.into()));
    assert!(!uploads_in_progress(&service, &before).await);
    assert_eq!(service.kept().await, (0, 0));
    assert_eq!(put(&part(&answer, 2)["url"], content(2)).await, 404);
    for (method, link) in [(Method::POST, "complete_url"), (Method::POST, "abort_url"), (Method::GET, "resume_url")] {
        assert_eq!(follow(&service, method, answer.text(link)).await.refused(404), "media.not_found");
    }

    let whole = service.post("/v1/media/upload-url", json!({})).await;
    let body = fixture("index_last.mp4");
    assert_eq!(put_whole(&whole, body).await, 200);
    let path = format!("/v1/media/{}/abort", whole.text("media_id"));
    assert_eq!(service.post(&path, json!({})).await.status, 200);
    assert_eq!(service.kept().await, (0, 0));
}

#[tokio::test]
async fn what_was_verified_is_not_given_up() {
    let service = Service::start().await;
    let answer = begin(&service, VIDEO.len()).await;
    put_parts(&answer, &[1, 2, 3]).await;
    assert_eq!(complete(&service, &answer).await.text("status"), "ready");
    let abort = follow(&service, Method::POST, answer.text("abort_url")).await;
    assert_eq!(abort.refused(409), "resource.conflict");
    assert_eq!(service.kept().await, (1, 1));
}

#[tokio::test]
async fn an_upload_that_s3_has_thrown_away_is_begun_again() {
    let service = Service::start().await;
    let answer = begin(&service, VIDEO.len()).await;
    put_parts(&answer, &[1, 2, 3]).await;
    let kept = record(&service, &answer).await.unwrap();
    // As the bucket's lifecycle does after two days.
    let upload_id = kept.multipart.unwrap().upload_id;
    let abort =
        service.s3.abort_multipart_upload().bucket(&service.bucket).key(kept.s3_key).upload_id(upload_id.as_str());
    abort.send().await.unwrap();
    assert_eq!(resume(&service, &answer).await.refused(409), "resource.conflict");
    let done = complete(&service, &answer).await;
    assert_eq!(done.refused(409), "resource.conflict");
    let meta = &done.body["error"]["meta"];
    assert_eq!((&meta["retryable"], &meta["next_step"]), (&false.into(), &"POST /v1/media/upload-url".into()));
    let abort = follow(&service, Method::POST, answer.text("abort_url")).await;
    assert_eq!(abort.status, 200);
}

#[tokio::test]
async fn giving_up_that_failed_half_way_goes_on_when_it_is_repeated() {
    let service = Service::start().await;
    for target in ["S3.AbortMultipartUpload", "S3.DeleteObject"] {
        let answer = begin(&service, VIDEO.len()).await;
        put_parts(&answer, &[1]).await;
        let before = record(&service, &answer).await.unwrap();
        service.aws().fail_next(target, 3, 503);
        let abort = async || follow(&service, Method::POST, answer.text("abort_url")).await;
        assert_eq!(abort().await.refused(500), "system.internal", "{target}");
        assert_eq!(complete(&service, &answer).await.refused(404), "media.not_found", "it is gone at once");
        assert_eq!(abort().await.status, 200, "{target}");
        assert!(!uploads_in_progress(&service, &before).await);
    }
    assert_eq!(service.kept().await, (0, 0));
}
