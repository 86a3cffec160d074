//! `POST /v1/media/import`: media that a worker fetches from the caller's address.

use std::time::Duration;

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use slipway_contract::fields::Fields;
use slipway_contract::queue::ImportMessage;
use slipway_contract::{ApiError, Diagnostics, Issue};
use slipway_domain::MediaId;
use slipway_domain::media::shown_name;
use slipway_fetch::PublicUrl;
use slipway_http::auth::Caller;
use slipway_http::{Answer, JsonObject, json, unknown_fields};
use slipway_store::Write;
use slipway_store::media::{MediaRecord, SourceUrl};

use crate::announced::filename;
use crate::{App, quota, view};

/// Keeps the media and has a worker fetch it. Where the address leads is checked then.
pub(crate) async fn import(State(app): State<App>, caller: Caller, headers: HeaderMap, body: JsonObject) -> Answer {
    let fields = Fields::root(&body.object);
    let mut noted = Diagnostics::default();
    let issues = &mut noted.issues;
    let url = fields.text("url", issues);
    if fields.value("url").is_none() {
        issues.push(Issue::required("url", "Send the https address of the file."));
    }
    let url = url.and_then(|text| match PublicUrl::parse_with(text, &app.trusted_origins) {
        Ok(url) => Some(url),
        Err(refused) => {
            issues.push(Issue::invalid("url", refused.to_string(), refused.cure()));
            None
        }
    });
    let name = fields.text("filename", issues).and_then(|name| filename(name, issues));
    noted.unknown(&fields);
    let warnings = noted.finish(unknown_fields(&headers))?;
    let Some(url) = url else { return Err(ApiError::internal().into()) };

    let now = Timestamp::now();
    let name = name.unwrap_or_else(|| shown_name(url.file_name().unwrap_or_default()));
    let id = MediaId::from_uuid(uuid::Uuid::now_v7());
    let record = MediaRecord::to_import(caller.tenant, id, name, SourceUrl::new(url.expose().to_owned()), now);
    if let Write::Refused(no_room) = app.media.put(&record).await? {
        return Err(quota::no_room(&no_room));
    }
    tracing::info!(media.id = %record.id, host = url.host(), "import accepted");
    let message = ImportMessage { tenant: record.tenant.clone(), media: record.id.clone() };
    if let Err(error) = app.imports.send(record.tenant.as_str(), &message, Duration::ZERO).await {
        tracing::warn!(%error, media.id = %record.id, "not handed over; the sweep will do it");
    }
    let answer = view::import_accepted(view::media(&app, &record).await?, warnings);
    Ok(json(StatusCode::ACCEPTED, &answer))
}
