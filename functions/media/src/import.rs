//! `POST /v1/media/import`: media that a worker fetches from the caller's address.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use slipway_contract::diagnostics::UnknownFields;
use slipway_contract::fields::Fields;
use slipway_contract::{ApiError, Diagnostics, Issue};
use slipway_domain::MediaId;
use slipway_domain::media::shown_name;
use slipway_fetch::PublicUrl;
use slipway_http::auth::Caller;
use slipway_http::repeat::{IdempotencyKey, replayed};
use slipway_http::{Answer, ErrorResponse, JsonObject, json, unknown_fields};
use slipway_queue::LEFT_TO_THE_SWEEP;
use slipway_store::Write;
use slipway_store::guards::Guard;
use slipway_store::media::{MediaRecord, SourceUrl};

use crate::announced::filename;
use crate::items::made;
use crate::{App, quota, view};

/// Keeps the media and has a worker fetch it. Where the address leads is checked then.
pub(crate) async fn import(
    State(app): State<Arc<App>>,
    caller: Caller,
    key: IdempotencyKey,
    headers: HeaderMap,
    body: JsonObject,
) -> Answer {
    let (id, now) = (MediaId::from_uuid(uuid::Uuid::now_v7()), Timestamp::now());
    let own = key.of(&[&body.bytes], id.as_str(), now);
    if let Some(standing) = own.earlier(&app.media.guards(), now).await? {
        return again(&app, &caller, &body, &standing).await;
    }
    let (url, name, warnings) = read(&app, &body, unknown_fields(&headers))?;
    let name = name.unwrap_or_else(|| shown_name(url.file_name().unwrap_or_default()));
    let source = SourceUrl::new(url.expose().to_owned());
    let record = MediaRecord::to_import(caller.tenant().clone(), id, name, source, now)
        .under(caller.plan)
        .of_brands(caller.reach.brands());
    if let Write::Refused(why) = app.media.put_once(&record, own.guard()).await? {
        return again(&app, &caller, &body, &quota::not_put(&own, why)?).await;
    }
    tracing::info!(media.id = %record.id, host = url.host(), "import accepted");
    if let Err(error) = app.imports.send(record.tenant.as_str(), &record.import_message(), Duration::ZERO).await {
        tracing::warn!(%error, media.id = %record.id, "{LEFT_TO_THE_SWEEP}");
    }
    accepted(&app, &record, warnings).await
}

/// The address, the name if there is one, and the warnings.
fn read(
    app: &App,
    body: &JsonObject,
    unknown: UnknownFields,
) -> Result<(PublicUrl, Option<String>, Vec<String>), ErrorResponse> {
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
            issues.push(Issue::source_refused("url", refused.to_string(), refused.cure()));
            None
        }
    });
    let name = fields.filled("filename", issues).and_then(|name| filename(name, issues));
    noted.unknown(&fields);
    let warnings = noted.finish(unknown)?;
    Ok((url.ok_or_else(ApiError::internal)?, name, warnings))
}

async fn accepted(app: &App, record: &MediaRecord, warnings: Vec<String>) -> Answer {
    Ok(json(StatusCode::ACCEPTED, &view::import_accepted(view::media(app, record).await?, warnings)))
}

/// The answer to a repeated request: the media as it is now. What was taken once is not refused later.
async fn again(app: &App, caller: &Caller, body: &JsonObject, standing: &Guard) -> Answer {
    let record = made(app, caller, standing).await?;
    let (_, _, warnings) = read(app, body, UnknownFields::Warn)?;
    Ok(replayed(accepted(app, &record, warnings).await?))
}
