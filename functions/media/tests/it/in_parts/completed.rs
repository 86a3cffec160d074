//! How an upload in parts ends well.

use futures_util::future::join_all;
use http::Method;
use serde_json::json;

use super::{PART, VIDEO, begin, complete, follow, part, put, put_parts, record, resume};
use crate::service::Service;

#[tokio::test]
async fn completing_again_or_at_the_same_time_gives_the_same_answer() {
    let service = Service::start().await;
    let answer = begin(&service, VIDEO.len()).await;
    put_parts(&answer, &[1, 2, 3]).await;
    let twins = join_all((0..4).map(|_| complete(&service, &answer))).await;
    let again = complete(&service, &answer).await;
    let verified = service.post(&format!("/v1/media/{}/verify", answer.text("media_id")), json!({})).await;
    let etag = record(&service, &answer).await.unwrap().state.object().unwrap().etag.clone();
    for found in twins.iter().chain([&again, &verified]) {
        assert_eq!((found.status.as_u16(), found.text("status")), (200, "ready"), "{:#}", found.body);
    }
    let kept = record(&service, &answer).await.unwrap();
    let head = service.s3.head_object().bucket(&service.bucket).key(kept.s3_key).send().await.unwrap();
    assert_eq!(head.e_tag, Some(etag), "the object on record is the one that is there");
}

#[tokio::test]
async fn a_lost_answer_or_a_failure_of_s3_is_made_good_by_completing_again() {
    let service = Service::start().await;
    for target in ["S3.CompleteMultipartUpload", "S3.ListParts", "S3.GetObject", "DynamoDB.TransactWriteItems"] {
        let answer = begin(&service, VIDEO.len()).await;
        put_parts(&answer, &[1, 2, 3]).await;
        service.aws().lose_next_answer(target, 1);
        assert_eq!(complete(&service, &answer).await.text("status"), "ready", "{target}: the SDK repeats");
    }
    let answer = begin(&service, VIDEO.len()).await;
    put_parts(&answer, &[1, 2, 3]).await;
    for target in ["S3.ListParts", "S3.CompleteMultipartUpload", "S3.GetObject", "DynamoDB.TransactWriteItems"] {
        service.aws().fail_next(target, 3, 503);
        assert_eq!(complete(&service, &answer).await.refused(500), "system.internal", "{target}");
    }
    assert_eq!(complete(&service, &answer).await.text("status"), "ready");
}

#[tokio::test]
async fn a_broken_video_in_parts_fails_as_any_other() {
    let service = Service::start().await;
    let answer = begin(&service, VIDEO.len()).await;
    for (number, size) in [(1, PART), (2, PART), (3, 1)] {
        assert_eq!(put(&part(&answer, number)["url"], vec![7; size].into()).await, 200);
    }
    for _ in 0..2 {
        let found = complete(&service, &answer).await;
        assert_eq!((found.status.as_u16(), found.text("status")), (200, "failed"), "{:#}", found.body);
        assert_eq!(found.body["reasons"][0]["code"], "not_media");
    }
    assert_eq!(resume(&service, &answer).await.refused(409), "resource.conflict");
    let abort = follow(&service, Method::POST, answer.text("abort_url")).await;
    assert_eq!(abort.refused(409), "resource.conflict");
}

#[tokio::test]
async fn verifying_before_the_end_says_what_to_do_and_changes_nothing() {
    let service = Service::start().await;
    let answer = begin(&service, VIDEO.len()).await;
    put_parts(&answer, &[1, 2, 3]).await;
    let early = follow(&service, Method::POST, answer.text("verify_url")).await;
    assert_eq!(early.refused(409), "resource.conflict");
    assert!(early.body["error"]["meta"]["next_step"].as_str().unwrap().ends_with("/complete"));
    assert_eq!(complete(&service, &answer).await.text("status"), "ready");
}
