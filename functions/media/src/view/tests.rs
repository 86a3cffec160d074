//! One snapshot for each shape of an answer.

use jiff::Timestamp;
use slipway_contract::media::{PartProgress, PartUrl};
use slipway_domain::{FileKind, UploadId, VideoCodec};
use slipway_store::media::{
    Allowed, Findings, Measured, MediaReason, MediaRecord, MediaState, MultipartUpload, ReasonCode, StoredObject, Usage,
};

use super::{MediaView, with_link};
use crate::links::Links;
use crate::multipart::Progress;
use crate::put_url::PutUrl;

/// A time with more digits than callers are shown.
fn at(minute: u8) -> Timestamp {
    format!("2026-11-22T12:{minute:02}:00.0427Z").parse().unwrap()
}

fn pending() -> MediaRecord {
    let (tenant, id) = ("ten_1".parse().unwrap(), "med_1".parse().unwrap());
    MediaRecord::new(tenant, id, "holiday.mp4".to_owned(), "video/mp4".to_owned(), at(0)).announced(Some(40_000_000))
}

fn findings() -> Findings {
    Findings {
        media_type: FileKind::QuickTime,
        duration_ms: Some(12_345),
        width: Some(1080),
        height: Some(1920),
        rotation: 90,
        frame_rate: Some(29.97),
        variable_frame_rate: false,
        video_codec: Some(VideoCodec::H264),
        has_audio: true,
    }
}

fn object() -> StoredObject {
    StoredObject { etag: "\"e\"".to_owned(), size_bytes: 39_999_999 }
}

fn reason(code: ReasonCode, measured: Option<Measured>, allowed: Option<Allowed>) -> MediaReason {
    let (message, cure) = ("what is wrong".to_owned(), "What to do.".to_owned());
    MediaReason { code, message, cure, measured, allowed }
}

fn shown(state: MediaState, expires_at: Option<Timestamp>) -> MediaView {
    with_link(&MediaRecord { state, ..pending() }, "https://s3.example/get".to_owned(), expires_at)
}

fn links() -> Links {
    let link = |name: &str| format!("https://api.example.com/v1/media/med_1/{name}");
    Links { verify: link("verify"), complete: link("complete"), abort: link("abort"), resume: link("upload") }
}

fn upload() -> MultipartUpload {
    MultipartUpload { upload_id: UploadId::new("u"), part_size: 33_554_432 }
}

#[test]
fn media_that_waits_for_its_file_has_every_field() {
    insta::assert_json_snapshot!(shown(MediaState::Pending, Some(at(30))), @r#"
    {
      "id": "med_1",
      "filename": "holiday.mp4",
      "content_type": "video/mp4",
      "size_bytes": 40000000,
      "status": "pending",
      "url": "https://s3.example/get",
      "created_at": "2026-11-22T12:00:00.042Z",
      "updated_at": "2026-11-22T12:00:00.042Z",
      "expires_at": "2026-11-22T12:30:00.042Z",
      "duration_seconds": null,
      "width": null,
      "height": null,
      "rotation": null,
      "frame_rate": null,
      "variable_frame_rate": null,
      "video_codec": null,
      "has_audio": null,
      "reasons": [],
      "warnings": []
    }
    "#);
}

#[test]
fn media_that_is_ready_shows_what_the_file_is() {
    let ready = MediaState::Ready {
        object: object(),
        findings: findings(),
        warnings: vec![reason(ReasonCode::DurationUnknown, None, None)],
    };
    insta::assert_json_snapshot!(shown(ready, None), @r#"
    {
      "id": "med_1",
      "filename": "holiday.mp4",
      "content_type": "video/quicktime",
      "size_bytes": 39999999,
      "status": "ready",
      "url": "https://s3.example/get",
      "created_at": "2026-11-22T12:00:00.042Z",
      "updated_at": "2026-11-22T12:00:00.042Z",
      "expires_at": null,
      "duration_seconds": 12.345,
      "width": 1080,
      "height": 1920,
      "rotation": 90,
      "frame_rate": 29.97,
      "variable_frame_rate": false,
      "video_codec": "h264",
      "has_audio": true,
      "reasons": [],
      "warnings": [
        "TikTok may refuse med_1. What is wrong. What to do."
      ]
    }
    "#);
}

#[test]
fn media_that_failed_shows_each_reason() {
    let range = Allowed::Range { min: 23.0, max: 60.0, unit: "fps".to_owned() };
    let names = Allowed::OneOf(vec!["h264".to_owned(), "h265".to_owned()]);
    let failed = MediaState::Failed {
        object: Some(object()),
        findings: Some(findings()),
        reasons: vec![
            reason(ReasonCode::FrameRateOutOfRange, Some(Measured::Number(15.0)), Some(range)),
            reason(ReasonCode::CodecUnsupported, Some(Measured::Text("mpeg4".to_owned())), Some(names)),
            reason(ReasonCode::Truncated, None, None),
        ],
    };
    insta::assert_json_snapshot!(shown(failed, Some(at(30))).reasons, @r#"
    [
      {
        "code": "frame_rate_out_of_range",
        "message": "what is wrong",
        "cure": "What to do.",
        "measured": 15.0,
        "allowed": {
          "min": 23.0,
          "max": 60.0,
          "unit": "fps"
        }
      },
      {
        "code": "codec_unsupported",
        "message": "what is wrong",
        "cure": "What to do.",
        "measured": "mpeg4",
        "allowed": [
          "h264",
          "h265"
        ]
      },
      {
        "code": "truncated",
        "message": "what is wrong",
        "cure": "What to do.",
        "measured": null,
        "allowed": null
      }
    ]
    "#);
}

#[test]
fn uploads_verifications_and_imports_add_what_callers_look_for_first() {
    let media = || shown(MediaState::Pending, None);
    let added = |answer: serde_json::Value| {
        let (serde_json::Value::Object(mut answer), serde_json::Value::Object(media)) =
            (answer, serde_json::json!(media()))
        else {
            panic!("an answer is an object")
        };
        for (name, value) in media {
            assert_eq!(answer.remove(&name), Some(value), "{name} of the media");
        }
        answer
    };
    insta::assert_json_snapshot!(added(serde_json::json!(super::uploaded(media(), Vec::new()))), @r#"
    {
      "media_id": "med_1"
    }
    "#);
    insta::assert_json_snapshot!(added(serde_json::json!(super::verified(media()))), @r#"
    {
      "media_id": "med_1",
      "success": true
    }
    "#);
    let warnings = vec!["colour is not a known field; it was ignored.".to_owned()];
    let accepted = super::import_accepted(media(), warnings.clone());
    assert_eq!((accepted.media_id.as_str(), accepted.media), ("med_1", MediaView { warnings, ..media() }));
}

#[test]
fn an_upload_url_has_parts_only_if_there_are_any() {
    let whole = || PutUrl {
        url: "https://s3.example/put".to_owned(),
        headers: [("content-type".to_owned(), "video/mp4".to_owned())].into(),
    };
    let part = |number, size| PartUrl { number, url: format!("https://s3.example/put?part={number}").into(), size };
    insta::assert_json_snapshot!(super::upload_url(&pending(), whole(), None, links(), at(59), Vec::new()), @r#"
    {
      "media_id": "med_1",
      "upload_url": "https://s3.example/put",
      "method": "PUT",
      "headers": {
        "content-type": "video/mp4"
      },
      "expires_at": "2026-11-22T12:59:00.042Z",
      "status": "pending",
      "verify_url": "https://api.example.com/v1/media/med_1/verify",
      "warnings": []
    }
    "#);
    let (upload, parts) = (upload(), vec![part(1, 33_554_432), part(2, 6_445_568)]);
    let in_parts = super::upload_url(&pending(), whole(), Some((&upload, parts)), links(), at(59), Vec::new());
    insta::assert_json_snapshot!(in_parts, @r#"
    {
      "media_id": "med_1",
      "upload_url": "https://s3.example/put",
      "method": "PUT",
      "headers": {
        "content-type": "video/mp4"
      },
      "expires_at": "2026-11-22T12:59:00.042Z",
      "status": "pending",
      "verify_url": "https://api.example.com/v1/media/med_1/verify",
      "part_size": 33554432,
      "parts": [
        {
          "number": 1,
          "url": "https://s3.example/put?part=1",
          "size": 33554432
        },
        {
          "number": 2,
          "url": "https://s3.example/put?part=2",
          "size": 6445568
        }
      ],
      "complete_url": "https://api.example.com/v1/media/med_1/complete",
      "abort_url": "https://api.example.com/v1/media/med_1/abort",
      "resume_url": "https://api.example.com/v1/media/med_1/upload",
      "warnings": []
    }
    "#);
}

#[test]
fn the_progress_of_an_upload_has_urls_for_what_is_missing() {
    let there = PartProgress { number: 1, size: 33_554_432, uploaded: true, url: None };
    let missing = PartProgress {
        number: 2,
        size: 6_445_568,
        uploaded: false,
        url: Some("https://s3.example/put?part=2".to_owned().into()),
    };
    let progress = Progress::none();
    let shown = super::progress(&pending(), &upload(), &progress, vec![there, missing], links(), at(59));
    insta::assert_json_snapshot!(shown, @r#"
    {
      "media_id": "med_1",
      "status": "pending",
      "size_bytes": 40000000,
      "part_size": 33554432,
      "uploaded_bytes": 0,
      "expires_at": "2026-11-22T12:59:00.042Z",
      "parts": [
        {
          "number": 1,
          "size": 33554432,
          "uploaded": true
        },
        {
          "number": 2,
          "size": 6445568,
          "uploaded": false,
          "url": "https://s3.example/put?part=2"
        }
      ],
      "complete_url": "https://api.example.com/v1/media/med_1/complete",
      "abort_url": "https://api.example.com/v1/media/med_1/abort"
    }
    "#);
    insta::assert_json_snapshot!(super::aborted("med_1".parse().unwrap()), @r#"
    {
      "success": true,
      "media_id": "med_1"
    }
    "#);
}

#[test]
fn storage_without_a_limit_says_minus_one() {
    let usage = Usage { count: 3, bytes: 1_234_567 };
    insta::assert_json_snapshot!(super::storage(&usage, Some(100_000_000)), @r#"
    {
      "used_bytes": 1234567,
      "limit_bytes": 100000000,
      "count": 3
    }
    "#);
    insta::assert_json_snapshot!(super::storage(&usage, None).limit_bytes, @"-1");
}
