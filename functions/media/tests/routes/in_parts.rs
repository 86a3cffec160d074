//! Uploads in parts: what S3 takes, how they are resumed, how they end.

use std::sync::LazyLock;

use bytes::Bytes;
use futures_util::future::join_all;
use http::Method;
use reqwest::StatusCode;
use serde_json::{Value, json};
use slipway_domain::Plan;
use slipway_store::media::{MediaRecord, MediaState};

use crate::service::{Answer, BASE, BUCKET, Service, fixture};

const PART: usize = 33_554_432;

/// A video of two whole parts and one byte: a real one, with a gap in the middle.
static VIDEO: LazyLock<Bytes> = LazyLock::new(|| {
    let file = fixture("index_last.mp4");
    let at = file.windows(4).position(|name| name == b"mdat").unwrap() - 4;
    let gap = 2 * PART + 1 - file.len();
    let free = [&u32::try_from(gap).unwrap().to_be_bytes(), &b"free"[..], &vec![0; gap - 8]].concat();
    [&file[..at], &free, &file[at..]].concat().into()
});

/// The bytes of part `number` of the video.
fn content(number: u64) -> Bytes {
    let start = usize::try_from(number - 1).unwrap() * PART;
    VIDEO.slice(start..VIDEO.len().min(start + PART))
}

async fn begin(service: &Service, size: usize) -> Answer {
    let body = json!({"filename": "big.mp4", "content_type": "video/mp4", "size_bytes": size});
    let answer = service.post("/v1/media/upload-url", body).await;
    assert_eq!(answer.status, 200, "{:#}", answer.body);
    answer
}

fn part(answer: &Answer, number: u64) -> Value {
    let parts = answer.body["parts"].as_array().unwrap();
    parts.iter().find(|part| part["number"] == number).unwrap().clone()
}

async fn put(url: &Value, body: Bytes) -> StatusCode {
    reqwest::Client::new().put(url.as_str().unwrap()).body(body).send().await.unwrap().status()
}

async fn put_parts(answer: &Answer, numbers: &[u64]) {
    for number in numbers {
        assert_eq!(put(&part(answer, *number)["url"], content(*number)).await, 200);
    }
}

/// Calls the route that a link of the answer leads to.
async fn follow(service: &Service, method: Method, link: &str) -> Answer {
    service.call(method, link.strip_prefix(BASE).unwrap(), &service.key, None).await
}

async fn complete(service: &Service, answer: &Answer) -> Answer {
    follow(service, Method::POST, answer.text("complete_url")).await
}

async fn resume(service: &Service, answer: &Answer) -> Answer {
    follow(service, Method::GET, answer.text("resume_url")).await
}

async fn uploads_in_progress(service: &Service, record: &MediaRecord) -> bool {
    let upload = record.multipart.clone().unwrap();
    let parts = service.s3.list_parts().bucket(BUCKET).key(&record.s3_key).upload_id(upload.upload_id);
    parts.send().await.is_ok()
}

async fn record(service: &Service, answer: &Answer) -> Option<MediaRecord> {
    service.media.get(&service.tenant, &answer.text("media_id").parse().unwrap()).await.unwrap()
}

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
    assert_eq!(service.aws.request_counts()["S3.CreateMultipartUpload"], 3);
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
    assert_eq!(service.aws.request_counts().get("S3.CreateMultipartUpload"), None);
}

#[tokio::test]
async fn an_interrupted_upload_goes_on_with_what_is_missing() {
    let service = Service::start().await;
    let answer = begin(&service, VIDEO.len()).await;
    put_parts(&answer, &[2]).await;
    // Interrupted. Later, perhaps in another process, the media id is all that is known.
    let path = format!("/v1/media/{}/upload", answer.text("media_id"));
    let state = service.get(&path).await;
    assert_eq!(state.status, 200, "{:#}", state.body);
    assert_eq!((state.text("status"), &state.body["uploaded_bytes"]), ("pending", &PART.into()));
    assert_eq!(state.body["size_bytes"], VIDEO.len());
    let parts = state.body["parts"].as_array().unwrap();
    let shown: Vec<_> = parts.iter().map(|part| (part["uploaded"] == true, part["url"].is_string())).collect();
    assert_eq!(shown, [(false, true), (true, false), (false, true)]);

    let early = complete(&service, &answer).await;
    assert_eq!(early.refused(409), "resource.conflict");
    let meta = &early.body["error"]["meta"];
    assert_eq!((&meta["missing_parts"], &meta["uploaded_bytes"]), (&json!([1, 3]), &PART.into()));
    assert!(meta["next_step"].as_str().unwrap().ends_with("/upload"));

    put_parts(&state, &[1, 3]).await;
    let done = follow(&service, Method::POST, state.text("complete_url")).await;
    assert_eq!((done.status.as_u16(), done.text("status")), (200, "ready"), "{:#}", done.body);
    assert_eq!((&done.body["success"], &done.body["size_bytes"]), (&true.into(), &VIDEO.len().into()));
    let kept = record(&service, &answer).await.unwrap();
    let object = service.s3.get_object().bucket(BUCKET).key(&kept.s3_key).send().await.unwrap();
    assert_eq!(object.content_type.as_deref(), Some("video/mp4"));
    assert_eq!(kept.state.object().map(|object| object.etag.clone()), object.e_tag);
    assert!(object.body.collect().await.unwrap().into_bytes() == *VIDEO);

    let late = service.get(&path).await;
    assert_eq!(late.refused(409), "resource.conflict");
}

#[tokio::test]
async fn s3_refuses_a_part_of_another_size_and_one_of_another_upload() {
    let service = Service::start().await;
    let (answer, other) = (begin(&service, VIDEO.len()).await, begin(&service, VIDEO.len()).await);
    let first = &part(&answer, 1)["url"];
    let longer: Bytes = [&content(1)[..], b"x"].concat().into();
    for body in [content(1).slice(1..), longer, content(3), Bytes::from_static(b"")] {
        assert!(put(first, body).await.is_client_error());
    }
    let elsewhere = Value::from(first.as_str().unwrap().replace(answer.text("media_id"), other.text("media_id")));
    let as_second = Value::from(first.as_str().unwrap().replace("partNumber=1", "partNumber=2"));
    for url in [elsewhere, as_second] {
        assert_ne!(&url, first);
        assert_eq!(put(&url, content(1)).await, 403);
    }
    assert_eq!(resume(&service, &answer).await.body["uploaded_bytes"], 0);
    assert_eq!(resume(&service, &other).await.body["uploaded_bytes"], 0);
    assert_eq!(put(first, content(1)).await, 200);
}

#[tokio::test]
async fn a_part_that_is_stored_in_another_size_counts_as_missing() {
    let service = Service::start().await;
    let answer = begin(&service, VIDEO.len()).await;
    put_parts(&answer, &[1, 2, 3]).await;
    let kept = record(&service, &answer).await.unwrap();
    let upload_id = kept.multipart.unwrap().upload_id;
    let part = service.s3.upload_part().bucket(BUCKET).key(kept.s3_key).upload_id(upload_id).part_number(2);
    part.body(Bytes::from_static(b"short").into()).send().await.unwrap();
    assert_eq!(complete(&service, &answer).await.body["error"]["meta"]["missing_parts"], json!([2]));
    put_parts(&answer, &[2]).await;
    assert_eq!(complete(&service, &answer).await.text("status"), "ready");
}

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
    let head = service.s3.head_object().bucket(BUCKET).key(kept.s3_key).send().await.unwrap();
    assert_eq!(head.e_tag, Some(etag), "the object on record is the one that is there");
}

#[tokio::test]
async fn a_lost_answer_or_a_failure_of_s3_is_made_good_by_completing_again() {
    let service = Service::start().await;
    for target in ["S3.CompleteMultipartUpload", "S3.ListParts", "S3.GetObject", "DynamoDB.TransactWriteItems"] {
        let answer = begin(&service, VIDEO.len()).await;
        put_parts(&answer, &[1, 2, 3]).await;
        service.aws.lose_next_answer(target, 1);
        assert_eq!(complete(&service, &answer).await.text("status"), "ready", "{target}: the SDK repeats");
    }
    let answer = begin(&service, VIDEO.len()).await;
    put_parts(&answer, &[1, 2, 3]).await;
    for target in ["S3.ListParts", "S3.CompleteMultipartUpload", "S3.GetObject", "DynamoDB.TransactWriteItems"] {
        service.aws.fail_next(target, 3, 503);
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

#[tokio::test]
async fn one_put_of_the_whole_file_makes_the_parts_needless() {
    let service = Service::start().await;
    for via in ["verify_url", "complete_url"] {
        let answer = begin(&service, VIDEO.len()).await;
        put_parts(&answer, &[1, 2, 3]).await;
        let whole = reqwest::Client::new().put(answer.text("upload_url")).header("content-type", "video/mp4");
        assert_eq!(whole.body(VIDEO.clone()).send().await.unwrap().status(), 200);
        let before = record(&service, &answer).await.unwrap();
        let object = service.s3.head_object().bucket(BUCKET).key(&before.s3_key).send().await.unwrap();
        assert_eq!(follow(&service, Method::POST, answer.text(via)).await.text("status"), "ready", "{via}");
        let found = record(&service, &answer).await.unwrap().state.object().map(|object| object.etag.clone());
        assert_eq!(found, object.e_tag, "{via}: what was PUT whole is left as it is");
        assert!(!uploads_in_progress(&service, &before).await, "{via}");
    }
}

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
    assert_eq!(put(&whole.body["upload_url"], body).await, 200);
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
async fn an_upload_that_s3_has_thrown_away_is_begun_anew() {
    let service = Service::start().await;
    let answer = begin(&service, VIDEO.len()).await;
    put_parts(&answer, &[1, 2, 3]).await;
    let kept = record(&service, &answer).await.unwrap();
    // As the bucket's lifecycle does after two days.
    let upload_id = kept.multipart.unwrap().upload_id;
    let abort = service.s3.abort_multipart_upload().bucket(BUCKET).key(kept.s3_key).upload_id(upload_id);
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
        service.aws.fail_next(target, 3, 503);
        let abort = async || follow(&service, Method::POST, answer.text("abort_url")).await;
        assert_eq!(abort().await.refused(500), "system.internal", "{target}");
        assert_eq!(complete(&service, &answer).await.refused(404), "media.not_found", "it is gone at once");
        assert_eq!(abort().await.status, 200, "{target}");
        assert!(!uploads_in_progress(&service, &before).await);
    }
    assert_eq!(service.kept().await, (0, 0));
}

#[tokio::test]
async fn where_the_plan_has_no_room_no_upload_is_begun() {
    let service = Service::on(Plan::Hobby).await;
    let refused = service.post("/v1/media/upload-url", json!({"size_bytes": 100_000_001})).await;
    assert_eq!(refused.refused(413), "billing.storage_quota");
    assert_eq!(service.kept().await, (0, 0));
    let counts = service.aws.request_counts();
    assert_eq!(counts.get("S3.CreateMultipartUpload"), counts.get("S3.AbortMultipartUpload"));
    let taken = begin(&service, VIDEO.len()).await;
    assert_eq!(follow(&service, Method::POST, taken.text("abort_url")).await.status, 200);
    assert_eq!(service.get("/v1/media/storage").await.body["used_bytes"], 0, "what is given up is given back");
}

#[tokio::test]
async fn only_its_tenant_with_writing_rights_gets_at_an_upload() {
    let service = Service::start().await;
    let answer = begin(&service, VIDEO.len()).await;
    let (stranger, reader) =
        (service.new_key("ten_2", "key_2", &[]).await, service.new_key("ten_1", "key_3", &["media:read"]).await);
    for (method, link) in [(Method::GET, "resume_url"), (Method::POST, "complete_url"), (Method::POST, "abort_url")] {
        let path = answer.text(link).strip_prefix(BASE).unwrap();
        let call = async |key: &str| service.call(method.clone(), path, key, None).await;
        assert_eq!(call(&stranger).await.refused(404), "media.not_found");
        assert_eq!(call(&reader).await.refused(403), "auth.insufficient_scope");
        let unsigned = http::Request::builder().method(method.clone()).uri(path).body(axum::body::Body::empty());
        assert_eq!(service.send(unsigned.unwrap()).await.refused(401), "auth.missing_header");
    }
    assert_eq!(resume(&service, &answer).await.status, 200, "nobody has given it up");
}

#[tokio::test]
async fn media_without_parts_has_nothing_to_resume_and_is_completed_by_verifying_it() {
    let service = Service::start().await;
    let answer = service.post("/v1/media/upload-url", json!({"filename": "a.mp4"})).await;
    let path = |action: &str| format!("/v1/media/{}/{action}", answer.text("media_id"));
    assert_eq!(service.get(&path("upload")).await.refused(409), "resource.conflict");
    assert_eq!(service.post(&path("complete"), json!({})).await.refused(409), "resource.conflict");
    assert_eq!(put(&answer.body["upload_url"], fixture("index_last.mp4")).await, 200);
    assert_eq!(service.post(&path("complete"), json!({})).await.text("status"), "ready");
}

#[tokio::test]
async fn an_object_of_another_size_than_announced_fails_though_it_is_a_video() {
    let service = Service::start().await;
    let content = fixture("index_last.mp4");
    let answer = begin(&service, content.len() + 1).await;
    let kept = record(&service, &answer).await.unwrap();
    // Not through an URL of ours, which would refuse it.
    let put = service.s3.put_object().bucket(BUCKET).key(&kept.s3_key).body(content.clone().into());
    put.send().await.unwrap();
    let found = follow(&service, Method::POST, answer.text("verify_url")).await;
    assert_eq!((found.status.as_u16(), found.text("status")), (200, "failed"));
    let reason = &found.body["reasons"][0];
    assert_eq!(reason["code"], "size_mismatch");
    let number = |value: &Value| value.to_string().strip_suffix(".0").unwrap().parse::<usize>().unwrap();
    assert_eq!((number(&reason["measured"]), number(&reason["allowed"]["min"])), (content.len(), content.len() + 1));
    assert!(matches!(record(&service, &answer).await.unwrap().state, MediaState::Failed { findings: Some(_), .. }));
}
