//! Upload URLs, and what S3 takes at them.

use bytes::Bytes;
use http::Method;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use slipway_domain::Reach;

use crate::service::{Answer, Service, fixture};

/// PUTs with the headers that came with the URL, changed by `changes`.
pub(crate) async fn put(answer: &Answer, content: Bytes, changes: &[(&str, &str)]) -> StatusCode {
    let mut request = reqwest::Client::new().put(answer.text("upload_url"));
    // For an empty body this client would leave the length out, which S3 does not take.
    if content.is_empty() {
        request = request.header("content-length", 0);
    }
    request = request.body(content);
    for (name, value) in answer.body["headers"].as_object().unwrap() {
        if !changes.iter().any(|(changed, _)| changed == name) {
            request = request.header(name, value.as_str().unwrap());
        }
    }
    for (name, value) in changes {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status()
}

async fn verify(service: &Service, answer: &Answer) -> Answer {
    service.post(&format!("/v1/media/{}/verify", answer.text("media_id")), json!({})).await
}

#[tokio::test]
async fn a_video_by_upload_url_is_verified_by_its_content() {
    let service = Service::start().await;
    let content = fixture("vp9.webm");
    let announced = json!({
        "filename": "clip.mp4", "content_type": "video/mp4", "size_bytes": content.len(),
        "sha256": hex::encode(Sha256::digest(&content)),
    });
    let answer = service.post("/v1/media/upload-url", announced).await;
    assert_eq!(answer.status, 200, "{:#}", answer.body);
    assert!(answer.text("media_id").starts_with("med_"));
    let expires_at: jiff::Timestamp = answer.text("expires_at").parse().unwrap();
    assert!(expires_at > jiff::Timestamp::now());
    // Nothing that a browser's script may not set, nor what every client sends by itself.
    let headers: Vec<_> = answer.body["headers"].as_object().unwrap().keys().collect();
    assert_eq!(headers, ["content-type", "if-none-match", "x-amz-checksum-sha256"]);
    assert_eq!(answer.body["headers"]["if-none-match"], "*");
    assert_eq!(answer.body["warnings"], json!([]));

    let pending = service.get(&format!("/v1/media/{}", answer.text("media_id"))).await;
    assert_eq!((pending.text("status"), &pending.body["size_bytes"]), ("pending", &content.len().into()));
    assert_eq!(pending.body["url"].as_str().map(|url| url.starts_with("http")), Some(true));
    assert_eq!(verify(&service, &answer).await.refused(409), "resource.conflict");

    assert_eq!(put(&answer, content.clone(), &[]).await, 200);
    let verified = verify(&service, &answer).await;
    assert_eq!(verified.status, 200, "{:#}", verified.body);
    assert_eq!((&verified.body["success"], verified.text("status")), (&true.into(), "ready"));
    assert_eq!((verified.text("content_type"), verified.text("video_codec")), ("video/webm", "vp9"));
    assert_eq!(verified.body["size_bytes"], content.len());
}

#[tokio::test]
async fn s3_refuses_what_was_not_announced() {
    let service = Service::start().await;
    let content = fixture("index_last.mp4");
    let digest = hex::encode(Sha256::digest(&content));
    let announced = json!({"content_type": "video/mp4", "size_bytes": content.len(), "sha256": digest});
    let answer = service.post("/v1/media/upload-url", announced).await;
    let longer = Bytes::from([&content[..], b"x"].concat());
    assert!(put(&answer, longer, &[]).await.is_client_error());
    assert!(put(&answer, content.slice(1..), &[]).await.is_client_error());
    let mut other = content.to_vec();
    other[2000] ^= 1;
    assert!(put(&answer, other.into(), &[]).await.is_client_error());
    assert!(put(&answer, content.clone(), &[("content-type", "text/html")]).await.is_client_error());
    assert_eq!(service.kept().await, (0, 1));
    assert_eq!(put(&answer, content, &[]).await, 200);
}

#[tokio::test]
async fn a_url_takes_one_file_and_no_second_one() {
    let service = Service::start().await;
    for verified in [false, true] {
        let answer = service.post("/v1/media/upload-url", json!({})).await;
        assert_eq!(answer.body["headers"], json!({"if-none-match": "*"}));
        // Without the condition it is not what was signed.
        let bare =
            reqwest::Client::new().put(answer.text("upload_url")).body(fixture("vp8.webm")).send().await.unwrap();
        assert_eq!(bare.status(), 403);
        assert_eq!(put(&answer, fixture("vp9.webm"), &[]).await, 200);
        if verified {
            assert_eq!(verify(&service, &answer).await.text("status"), "ready");
        }
        for changes in [&[][..], &[("if-none-match", "\"a\"")]] {
            assert!([403, 412].contains(&put(&answer, fixture("vp8.webm"), changes).await.as_u16()));
        }
        service.aws().reset_counts();
        assert_eq!(verify(&service, &answer).await.text("video_codec"), "vp9");
        assert_eq!(service.aws().request_counts().get("S3.HeadObject"), None, "nothing can have taken its place");
    }
}

#[tokio::test]
async fn the_short_form_takes_a_put_with_any_headers() {
    let service = Service::start().await;
    for (query, content_type) in [
        ("?media_type=video&filename=a.mov", "application/octet-stream"),
        ("?media_type=video/mp4&filename=a.mp4", "video/mp4"),
        ("", "image/jpeg"),
    ] {
        let answer = service.get(&format!("/v1/media/upload-url{query}")).await;
        assert_eq!(answer.status, 200, "{:#}", answer.body);
        assert_eq!(put(&answer, fixture("quicktime.mov"), &[("content-type", content_type)]).await, 200);
        let verified = verify(&service, &answer).await;
        assert_eq!((verified.text("status"), verified.text("content_type")), ("ready", "video/quicktime"));
    }
}

#[tokio::test]
async fn a_blank_counts_as_left_out_wherever_it_may_be() {
    let service = Service::start().await;
    let blanks = json!({"filename": "", "content_type": "", "media_type": "", "size_bytes": "", "sha256": ""});
    for (path, body) in [
        ("/v1/media/upload-url", blanks),
        ("/v1/media/import", json!({"url": "https://example.com/video.mp4", "filename": ""})),
    ] {
        let answer = service.post(path, body).await;
        assert!(answer.status.is_success(), "{path}: {:#}", answer.body);
    }
    let names = service.get("/v1/media").await.body["data"].as_array().unwrap().clone();
    let mut names: Vec<_> = names.iter().map(|item| item["filename"].as_str().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["upload", "video.mp4"]);
}

#[tokio::test]
async fn all_problems_of_an_announcement_come_at_once_and_nothing_is_kept() {
    let service = Service::start().await;
    let wrong = json!({
        "filename": "a\u{7}b", "content_type": "video", "media_type": 7, "size_bytes": 4_000_000_001_u64, "sha256": "abc",
    });
    let answer = service.post("/v1/media/upload-url", wrong).await;
    assert_eq!(answer.refused(400), "validation.field_invalid");
    let issues = answer.body["error"]["meta"]["issues"].as_array().unwrap();
    let fields: Vec<_> = issues.iter().map(|issue| issue["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["media_type", "filename", "size_bytes", "sha256"]);
    for (body, field) in [
        (json!({"size_bytes": 0}), "size_bytes"),
        (json!({"size_bytes": -1}), "size_bytes"),
        (json!({"size_bytes": "5"}), "size_bytes"),
        (json!({"content_type": "mp4"}), "content_type"),
        (json!({"filename": "a\nb"}), "filename"),
    ] {
        let answer = service.post("/v1/media/upload-url", body).await;
        assert_eq!(answer.refused(400), "validation.field_invalid");
        assert_eq!(answer.body["error"]["meta"]["field"], field);
    }
    let broken = service.call(&service.caller, Method::POST, "/v1/media/upload-url", Some(Value::from("x"))).await;
    assert_eq!(broken.refused(400), "validation.body_invalid");
    assert_eq!(service.kept().await, (0, 0));
}

#[tokio::test]
async fn unknown_fields_are_named_and_refused_on_demand() {
    let service = Service::start().await;
    let answer = service.post("/v1/media/upload-url", json!({"size": 5})).await;
    assert_eq!(answer.body["warnings"], json!(["size is not a known field and was ignored"]));
    let strict = service.caller.request("POST", "/v1/media/upload-url").header("prefer", "handling=strict");
    let answer = service.send(strict.body(r#"{"size":5}"#.into()).unwrap()).await;
    assert_eq!(answer.refused(400), "validation.field_invalid");
    assert_eq!(answer.body["error"]["meta"]["field"], "size");
}

#[tokio::test]
async fn a_file_that_was_replaced_is_verified_again_be_it_failed_or_ready() {
    let service = Service::start().await;
    let answer = service.get("/v1/media/upload-url?filename=a.mp4").await;
    assert_eq!(answer.body["headers"], json!({}));
    for (content, code) in [
        (Bytes::new(), "empty_file"),
        (Bytes::from_static(b"text"), "not_media"),
        (fixture("index_last.mp4").slice(..4000), "truncated"),
        (fixture("png_renamed.mp4"), "photo_format_unsupported"),
        (fixture("too_slow.mp4"), "frame_rate_out_of_range"),
    ] {
        assert_eq!(put(&answer, content, &[]).await, 200);
        let verified = verify(&service, &answer).await;
        assert_eq!((verified.status.as_u16(), verified.text("status")), (200, "failed"));
        assert_eq!(verified.body["reasons"][0]["code"], code);
    }
    assert_eq!(put(&answer, fixture("index_first.mp4"), &[]).await, 200);
    assert_eq!(verify(&service, &answer).await.text("status"), "ready");
    service.aws().reset_counts();
    assert_eq!(verify(&service, &answer).await.text("status"), "ready");
    assert_eq!(service.aws().request_counts().get("S3.GetObject"), None, "it is still the same");
    let larger = Bytes::from([&fixture("vp9.webm")[..], &vec![0; 100_000]].concat());
    assert_eq!(put(&answer, larger.clone(), &[]).await, 200);
    let verified = verify(&service, &answer).await;
    assert_eq!((verified.text("status"), verified.text("video_codec")), ("ready", "vp9"), "{:#}", verified.body);
    assert_eq!(service.get("/v1/media/storage").await.body["used_bytes"], larger.len());
    assert_eq!(put(&answer, Bytes::from_static(b"text"), &[]).await, 200);
    assert_eq!(verify(&service, &answer).await.text("status"), "failed");
}

#[tokio::test]
async fn a_failed_object_is_not_read_again_and_its_verdict_is_one_event() {
    let service = Service::start().await;
    let answer = service.get("/v1/media/upload-url").await;
    for (content, events) in [("text", 1), ("another text", 2)] {
        assert_eq!(put(&answer, Bytes::from_static(content.as_bytes()), &[]).await, 200);
        assert_eq!(verify(&service, &answer).await.text("status"), "failed");
        service.aws().reset_counts();
        for _ in 0..3 {
            let again = verify(&service, &answer).await;
            assert_eq!((again.text("status"), again.text("id")), ("failed", answer.text("media_id")));
        }
        assert_eq!(service.aws().request_counts().get("S3.GetObject"), None);
        assert_eq!(
            service.bench.owner.events.list(&Reach::whole(service.tenant()), None, 10).await.unwrap().entries.len(),
            events
        );
    }
    // An object that was removed is one that has to be uploaded again.
    let key = service.s3.list_objects_v2().bucket(&service.bucket).send().await.unwrap().contents()[0]
        .key()
        .unwrap()
        .to_owned();
    service.s3.delete_object().bucket(&service.bucket).key(key).send().await.unwrap();
    assert_eq!(verify(&service, &answer).await.refused(409), "resource.conflict");
}

#[tokio::test]
async fn a_reason_says_what_was_measured_and_what_is_allowed() {
    let service = Service::start().await;
    let answer = service.get("/v1/media/upload-url").await;
    for (content, code, measured, allowed) in [
        (fixture("png_renamed.mp4"), "photo_format_unsupported", json!("PNG"), json!(["jpeg", "webp"])),
        (fixture("video.avi"), "container_unsupported", json!("AVI"), json!(["mp4", "mov", "webm"])),
        (
            fixture("too_slow.mp4"),
            "frame_rate_out_of_range",
            json!(15.0),
            json!({"min": 23.0, "max": 60.0, "unit": "frames a second"}),
        ),
    ] {
        assert_eq!(put(&answer, content, &[]).await, 200);
        let reason = verify(&service, &answer).await.body["reasons"][0].clone();
        assert_eq!(reason["code"], code);
        assert_eq!((&reason["measured"], &reason["allowed"]), (&measured, &allowed), "{code}");
    }
}

#[tokio::test]
async fn a_small_index_at_the_start_costs_one_read_and_one_at_the_end_two() {
    let service = Service::start().await;
    let large = |name: &str| {
        // Data of 20 MB: in the middle of the file as a box of its own.
        let file = fixture(name);
        let at = file.windows(4).position(|name| name == b"mdat").unwrap() - 4;
        let free = [&20_000_000_u32.to_be_bytes(), &b"free"[..], &vec![0; 19_999_992]].concat();
        Bytes::from([&file[..at], &free, &file[at..]].concat())
    };
    // The index first is followed by two boxes, of which the second's header lies behind 20 MB.
    for (name, reads) in [("index_first.mp4", 2), ("index_last.mp4", 2)] {
        let answer = service.post("/v1/media/upload-url", json!({})).await;
        assert_eq!(put(&answer, large(name), &[]).await, 200);
        service.aws().reset_counts();
        assert_eq!(verify(&service, &answer).await.text("status"), "ready");
        assert_eq!(service.aws().request_counts()["S3.GetObject"], reads, "{name}");
        assert!(service.aws().object_bytes_served() <= 128 * 1024, "{name}");
    }
    let answer = service.post("/v1/media/upload-url", json!({})).await;
    assert_eq!(put(&answer, fixture("index_first.mp4"), &[]).await, 200);
    service.aws().reset_counts();
    assert_eq!(verify(&service, &answer).await.text("status"), "ready");
    assert_eq!(service.aws().request_counts()["S3.GetObject"], 1);
}
