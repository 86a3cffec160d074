//! Media as callers see it.

use std::time::Duration;

use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::presigning::PresigningConfig;
use serde_json::{Map, Value, json};
use slipway_http::ErrorResponse;
use slipway_store::media::{Findings, MediaReason, MediaRecord};

use crate::App;

/// How long the link to the content is good.
const LINK_LIFETIME: Duration = Duration::from_hours(1);

/// The media, with a link to its content that expires.
///
/// `size_bytes` and `url` are never null: clients fail without them. Before anything is uploaded the size is what was
/// announced, or 0, and the link leads nowhere yet.
pub(crate) async fn item(app: &App, record: &MediaRecord) -> Result<Map<String, Value>, ErrorResponse> {
    let found = record.state.findings();
    let content_type = found.map_or(record.declared_type.as_str(), |found| found.media_type.content_type());
    // Once a post was made of it, its time begins with that post's end.
    let expires_at = record.posts.is_empty().then(|| app.media.rules().lifetimes.end_of(record));
    let mut item = Map::new();
    let mut set = |name: &str, value: Value| item.insert(name.to_owned(), value);
    set("id", json!(record.id));
    set("filename", json!(record.filename));
    set("content_type", json!(content_type));
    set("size_bytes", json!(record.size_bytes().unwrap_or(0)));
    set("status", json!(record.state.as_str()));
    set("url", json!(link(app, record, content_type).await?));
    set("created_at", json!(record.created_at));
    set("updated_at", json!(record.updated_at));
    set("expires_at", json!(expires_at));
    set("duration_seconds", json!(found.and_then(Findings::duration_seconds)));
    set("width", json!(found.and_then(|found| found.width)));
    set("height", json!(found.and_then(|found| found.height)));
    set("rotation", json!(found.map(|found| found.rotation)));
    set("frame_rate", json!(found.and_then(|found| found.frame_rate)));
    set("variable_frame_rate", json!(found.map(|found| found.variable_frame_rate)));
    set("video_codec", json!(found.and_then(|found| found.video_codec.as_deref())));
    set("has_audio", json!(found.map(|found| found.has_audio)));
    set("reasons", record.state.reasons().iter().map(reason).collect());
    Ok(item)
}

fn reason(reason: &MediaReason) -> Value {
    json!({
        "code": reason.code,
        "message": reason.message,
        "cure": reason.cure,
        "measured": reason.measured,
        "allowed": reason.allowed,
    })
}

async fn link(app: &App, record: &MediaRecord, content_type: &str) -> Result<String, ErrorResponse> {
    let config = PresigningConfig::expires_in(LINK_LIFETIME).map_err(|error| ErrorResponse::internal(&error))?;
    let get = app.s3.get_object().bucket(&app.bucket).key(&record.s3_key).response_content_type(content_type);
    let signed = get.presigned(config).await.map_err(|error| ErrorResponse::internal(&DisplayErrorContext(error)))?;
    Ok(signed.uri().to_owned())
}
