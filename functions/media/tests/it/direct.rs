//! Direct uploads.

use axum::body::Body;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use slipway_domain::limits::REQUEST_FILE_MAX_BYTES;
use workbench::form::{BOUNDARY, form, form_type};

use crate::service::{Service, fixture};
use crate::upload_url::put;

#[tokio::test]
async fn a_video_in_a_form_is_ready_at_once() {
    let service = Service::start().await;
    let content = fixture("index_last.mp4");
    let answer = service.upload("C:\\videos\\my video.mp4", &content).await;
    assert_eq!(answer.status, 201, "{:#}", answer.body);
    assert_eq!(answer.text("media_id"), answer.text("id"));
    assert!(answer.text("media_id").starts_with("med_"));
    assert_eq!(answer.text("status"), "ready");
    assert_eq!(answer.text("filename"), "my video.mp4");
    assert_eq!(answer.text("content_type"), "video/mp4");
    assert_eq!(answer.body["size_bytes"], content.len());
    assert_eq!(answer.body["duration_seconds"], 1.5);
    assert_eq!((&answer.body["width"], &answer.body["height"]), (&360.into(), &640.into()));
    assert_eq!(answer.body["frame_rate"], 30.0);
    assert_eq!(answer.text("video_codec"), "h264");
    assert_eq!(answer.body["reasons"], serde_json::json!([]));
    answer.text("created_at").parse::<jiff::Timestamp>().unwrap();
    let stored = reqwest::get(answer.text("url")).await.unwrap();
    assert_eq!(stored.headers()["content-type"], "video/mp4");
    assert_eq!(stored.bytes().await.unwrap(), content);
}

#[tokio::test]
async fn a_slash_at_the_end_and_other_parts_of_the_form_do_no_harm() {
    let service = Service::start().await;
    let form = form(&[("note", None, b"hello"), ("file", Some("a.bin"), &fixture("photo.jpg"))]);
    let answer = service.upload_form(&form).await;
    assert_eq!((answer.status.as_u16(), answer.text("status")), (201, "ready"));
    assert_eq!(answer.text("content_type"), "image/jpeg");
    let list = service.get("/v1/media/").await;
    assert_eq!(list.body["count"], 1);
}

#[tokio::test]
async fn a_type_that_nobody_could_announce_is_not_shown() {
    let service = Service::start().await;
    for odd in [format!("video/{}", "x".repeat(300_000)), format!("video/mp4; a={}", "y".repeat(200))] {
        let head = "Content-Disposition: form-data; name=\"file\"; filename=\"x\"";
        let form = format!("--{BOUNDARY}\r\n{head}\r\nContent-Type: {odd}\r\n\r\nhello\r\n--{BOUNDARY}--\r\n");
        let answer = service.upload_form(form.as_bytes()).await;
        assert_eq!((answer.status.as_u16(), answer.text("status")), (201, "failed"), "{odd:.40}");
        assert_eq!(answer.text("content_type"), "application/octet-stream");
    }
}

#[tokio::test]
async fn a_video_that_tiktok_would_refuse_is_kept_with_every_reason() {
    let service = Service::start().await;
    let answer = service.upload("x.mp4", &fixture("too_long_too_slow.mp4")).await;
    assert_eq!((answer.status.as_u16(), answer.text("status")), (201, "failed"));
    let reasons = answer.body["reasons"].as_array().unwrap();
    let codes: Vec<_> = reasons.iter().map(|reason| reason["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["duration_out_of_range", "frame_rate_out_of_range"]);
    assert_eq!(reasons[0]["measured"], 601.0);
    assert_eq!(reasons[0]["allowed"], serde_json::json!({"min": 1.0, "max": 600.0, "unit": "seconds"}));
    assert!(reasons.iter().all(|reason| !reason["cure"].as_str().unwrap().is_empty()));
}

#[tokio::test]
async fn what_is_no_whole_video_or_photo_fails_as_by_every_other_way() {
    let service = Service::start().await;
    let whole = fixture("index_last.mp4");
    let half = whole.slice(..whole.len() / 2);
    for (content, reason) in [
        (Bytes::new(), "empty_file"),
        (Bytes::from_static(b"Dear diary, this is not a video."), "not_media"),
        (half, "truncated"),
        (fixture("png_renamed.mp4"), "photo_format_unsupported"),
        (fixture("video.avi"), "container_unsupported"),
        (Bytes::from_static(b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\x03moov1234"), "malformed"),
    ] {
        let direct = service.upload("video.mp4", &content).await;
        assert_eq!((direct.status.as_u16(), direct.text("status")), (201, "failed"), "{:#}", direct.body);
        assert_eq!(direct.body["reasons"][0]["code"], reason);
        assert_eq!(direct.body["size_bytes"], content.len());

        let announced = service.post("/v1/media/upload-url", json!({"filename": "video.mp4"})).await;
        assert_eq!(put(&announced, content, &[]).await, 200);
        let path = format!("/v1/media/{}/verify", announced.text("media_id"));
        let verified = service.post(&path, json!({})).await;
        for name in ["status", "reasons", "size_bytes", "duration_seconds", "video_codec"] {
            assert_eq!(direct.body[name], verified.body[name], "{reason}: {name}");
        }
    }
}

#[tokio::test]
async fn a_file_too_large_is_told_the_next_call() {
    let service = Service::start().await;
    let mut content = fixture("index_last.mp4").to_vec();
    content.resize(REQUEST_FILE_MAX_BYTES, 0);
    let answer = service.upload("exact.mp4", &content).await;
    assert_eq!(answer.status, 201, "{:#}", answer.body);
    content.push(0);
    let answer = service.upload("large.mp4", &content).await;
    assert_eq!(answer.refused(413), "media.too_large_for_direct_upload");
    let meta = &answer.body["error"]["meta"];
    assert_eq!((meta["max_bytes"].as_u64(), meta["size_bytes"].as_u64()), (Some(4_500_000), Some(4_500_001)));
    let next = meta["next_step"].as_str().unwrap();
    assert!(
        next.starts_with("POST /v1/media/upload-url with {\"filename\":\"large.mp4\",\"size_bytes\":4500001}"),
        "{next}"
    );
    content.resize(11 * 1024 * 1024, 0);
    assert_eq!(service.upload("larger.mp4", &content).await.refused(413), "media.too_large_for_direct_upload");
    assert_eq!(service.kept().await, (1, 1));
}

#[tokio::test]
async fn a_body_that_is_no_form_with_one_file_is_refused() {
    let service = Service::start().await;
    let photo = fixture("photo.webp");
    let none = service.upload_form(&form(&[("video", Some("a.webp"), &photo)])).await;
    assert_eq!(none.refused(400), "validation.field_required");
    assert_eq!(none.body["error"]["meta"]["field"], "file");
    let two = service.upload_form(&form(&[("file", Some("a"), &photo), ("file", Some("b"), &photo)])).await;
    assert_eq!(two.refused(400), "validation.field_invalid");
    let whole = form(&[("file", Some("a"), &photo)]);
    assert_eq!(service.upload_form(&whole[..whole.len() / 2]).await.refused(400), "validation.body_invalid");
    assert_eq!(service.upload_form(b"hello").await.refused(400), "validation.body_invalid");
    let plain = service.caller.request("POST", "/v1/media/upload").header("content-type", "application/json");
    assert_eq!(service.send(plain.body(Body::from("{}")).unwrap()).await.refused(415), "http.415");
    assert_eq!(service.kept().await, (0, 0));
}

#[tokio::test]
async fn a_key_is_demanded_before_the_body_is_read() {
    let service = Service::start().await;
    let request = Request::post("/v1/media/upload").body(Body::from("x")).unwrap();
    assert_eq!(service.send(request).await.refused(401), "auth.missing_header");
    let reader = service.key(&["media:read"]).await;
    let request = reader.request("POST", "/v1/media/upload");
    assert_eq!(service.send(request.body(Body::from("x")).unwrap()).await.refused(403), "auth.insufficient_scope");
}

#[tokio::test]
async fn a_form_is_read_however_its_client_writes_it() {
    let service = Service::start().await;
    let content = fixture("photo.jpg");
    let boundary = "----=_Part_7=x";
    for (declared, disposition) in [
        (
            format!("multipart/form-data; boundary={boundary}"),
            "Content-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"",
        ),
        (
            format!("Multipart/Form-Data; BOUNDARY=\"{boundary}\""),
            "content-disposition: form-data; name=file; filename=a.jpg",
        ),
        (
            format!("multipart/form-data; boundary={boundary}; charset=utf-8"),
            "CONTENT-DISPOSITION: form-data; FileName=\"a.jpg\"; Name=\"File\"",
        ),
    ] {
        let mut form = format!("--{boundary}\r\n{disposition}\r\ncontent-type: image/jpeg\r\n\r\n").into_bytes();
        form.extend_from_slice(&content);
        form.extend(format!("\r\n--{boundary}--\r\n").bytes());
        let request = service.caller.request("POST", "/v1/media/upload").header("content-type", &declared);
        let answer = service.send(request.body(Body::from(form)).unwrap()).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["filename"]),
            (201, &"a.jpg".into()),
            "{declared}: {:#}",
            answer.body
        );
    }
}

#[tokio::test]
async fn parts_that_nobody_knows_are_named_or_refused() {
    let service = Service::start().await;
    let content = fixture("photo.jpg");
    let parts: [(&str, Option<&str>, &[u8]); 3] =
        [("caption", None, b"Hello"), ("file", Some("a.jpg"), &content), ("thumb", Some("b.jpg"), b"x")];
    let taken = service.upload_form(&form(&parts)).await;
    assert_eq!(taken.status, 201, "{:#}", taken.body);
    let warnings: Vec<_> = taken.body["warnings"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let ignored = |name: &str| format!("{name} is not a known part of the form and was ignored");
    assert_eq!(warnings, [ignored("caption"), ignored("thumb")]);
    let before = service.bench.traces().await;
    let request = service.caller.request("POST", "/v1/media/upload").header("content-type", form_type());
    let request = request.header("prefer", "handling=strict").body(Body::from(form(&parts))).unwrap();
    let refused = service.send(request).await;
    assert_eq!(refused.refused(400), "validation.field_invalid");
    let issues = refused.body["error"]["meta"]["issues"].as_array().unwrap();
    assert_eq!(issues.iter().filter_map(|issue| issue["field"].as_str()).collect::<Vec<_>>(), ["caption", "thumb"]);
    assert_eq!(service.bench.traces().await.since(&before), [""; 0]);
}
