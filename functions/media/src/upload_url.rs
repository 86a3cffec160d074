//! `/v1/media/upload-url`: media to come, and where to PUT it, whole or in parts.

use std::sync::Arc;

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use slipway_contract::Diagnostics;
use slipway_contract::diagnostics::UnknownFields;
use slipway_contract::fields::Fields;
use slipway_contract::media::PartUrl;
use slipway_domain::MediaId;
use slipway_domain::media::type_of;
use slipway_domain::part_plan::PART_SIZE;
use slipway_http::auth::Caller;
use slipway_http::repeat::{IdempotencyKey, replayed};
use slipway_http::{Answer, ErrorResponse, JsonObject, Params, json, unknown_fields};
use slipway_media::drop_parts;
use slipway_store::Write;
use slipway_store::guards::Guard;
use slipway_store::media::{MediaRecord, MultipartUpload};

use crate::announced::Announced;
use crate::items::made;
use crate::links::Links;
use crate::{App, multipart, put_url, quota, view};

/// The short form of the existing clients: one PUT, whatever the size.
pub(crate) async fn by_query(
    State(app): State<Arc<App>>,
    caller: Caller,
    key: IdempotencyKey,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    let read = |unknown| {
        let mut noted = Diagnostics::default();
        let announced = Announced::from_query(&params, &mut noted);
        Ok((announced, noted.finish(unknown)?))
    };
    give(&app, &caller, (key, &[]), &headers, read).await
}

/// The full form: whatever is announced is signed, and S3 holds the caller to it. A large file may come in parts.
pub(crate) async fn by_body(
    State(app): State<Arc<App>>,
    caller: Caller,
    key: IdempotencyKey,
    headers: HeaderMap,
    body: JsonObject,
) -> Answer {
    let read = |unknown| {
        let fields = Fields::root(&body.object);
        let mut noted = Diagnostics::default();
        let announced = Announced::from_fields(&fields, &mut noted.issues);
        noted.unknown(&fields);
        Ok((announced, noted.finish(unknown)?))
    };
    give(&app, &caller, (key, &body.bytes), &headers, read).await
}

/// Keeps the media and says where to PUT it. Of a repeated request it is said again, with URLs that are good from now on.
async fn give(
    app: &App,
    caller: &Caller,
    (key, said): (IdempotencyKey, &[u8]),
    headers: &HeaderMap,
    read: impl Fn(UnknownFields) -> Result<(Announced, Vec<String>), ErrorResponse>,
) -> Answer {
    let (id, now) = (MediaId::from_uuid(uuid::Uuid::now_v7()), Timestamp::now());
    let own = key.of(&[said], id.as_str(), now);
    let again = async |standing: Guard| {
        let record = made(app, caller, &standing).await?;
        // What was taken once is not refused later.
        let (announced, warnings) = read(UnknownFields::Warn)?;
        Ok(replayed(given(app, headers, &record, &announced, warnings).await?))
    };
    if let Some(standing) = own.earlier(&app.media.guards(), now).await? {
        return again(standing).await;
    }
    let (announced, warnings) = read(unknown_fields(headers))?;
    let filename = announced.filename.clone().unwrap_or_else(|| "upload".to_owned());
    let declared_type = announced.content_type.clone().unwrap_or_else(|| type_of(&filename).to_owned());
    let mut record = MediaRecord {
        sha256: announced.sha256.clone(),
        write_once: announced.sends_headers,
        ..MediaRecord::new(caller.tenant().clone(), id, filename, declared_type, now)
            .announced(announced.size)
            .under(caller.plan)
            .of_brands(caller.reach.brands())
    };
    let in_parts = is_large(&announced) && announced.sha256.is_none();
    if in_parts {
        record.multipart = Some(multipart::begin(app, &record).await?);
    }
    let refused = match app.media.put_once(&record, own.guard()).await {
        Ok(Write::Done(())) => {
            tracing::info!(media.id = %record.id, size_bytes = record.declared_size, in_parts, "upload url given out");
            return given(app, headers, &record, &announced, warnings).await;
        }
        Ok(Write::Refused(why)) => quota::not_put(&own, why),
        Err(error) => Err(error.into()),
    };
    drop_parts(&app.bucket, &record).await;
    again(refused?).await
}

fn is_large(announced: &Announced) -> bool {
    announced.size.is_some_and(|size| size > PART_SIZE)
}

/// Where to PUT media that is kept.
async fn given(
    app: &App,
    headers: &HeaderMap,
    record: &MediaRecord,
    announced: &Announced,
    mut warnings: Vec<String>,
) -> Answer {
    if is_large(announced) && announced.sha256.is_some() {
        warnings.push(
            "sha256 is checked by S3 in one PUT only, so no parts are offered; leave sha256 out to upload in parts, \
             which can be resumed"
                .to_owned(),
        );
    }
    let now = Timestamp::now();
    let signed_type = announced.names_type.then_some(record.declared_type.as_str());
    let whole = put_url::whole(app, record, signed_type).await?;
    let links = Links::of(app, headers, &record.id);
    let parts = match &record.multipart {
        Some(upload) => Some((upload, parts(app, record, upload).await?)),
        None => None,
    };
    Ok(json(StatusCode::OK, &view::upload_url(record, whole, parts, links, put_url::expiry(now), warnings)))
}

/// Every part, with where to PUT it.
async fn parts(app: &App, record: &MediaRecord, upload: &MultipartUpload) -> Result<Vec<PartUrl>, ErrorResponse> {
    let mut parts = Vec::new();
    for part in multipart::plan(record, upload)?.parts() {
        let url = put_url::part(app, record, upload, part).await?;
        parts.push(PartUrl { number: part.number, url: url.into(), size: part.size });
    }
    Ok(parts)
}
