//! `/v1/media/upload-url`: media to come, and where to PUT it, whole or in parts.

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use slipway_contract::Diagnostics;
use slipway_contract::fields::Fields;
use slipway_contract::media::PartUrl;
use slipway_domain::media::type_of;
use slipway_domain::{MediaId, TenantId};
use slipway_http::auth::Caller;
use slipway_http::{Answer, ErrorResponse, JsonObject, Params, json, unknown_fields};
use slipway_media::drop_parts;
use slipway_store::Write;
use slipway_store::media::{MediaRecord, MultipartUpload};

use crate::announced::Announced;
use crate::links::Links;
use crate::part_plan::PART_SIZE;
use crate::{App, multipart, put_url, quota, view};

/// The short form of the existing clients: one PUT, whatever the size.
pub(crate) async fn by_query(State(app): State<App>, caller: Caller, headers: HeaderMap, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let announced = Announced::from_query(&params, &mut noted);
    let warnings = noted.finish(params.unknown())?;
    give(&app, caller.tenant, &headers, announced, warnings).await
}

/// The full form: whatever is announced is signed, and S3 holds the caller to it. A large file may come in parts.
pub(crate) async fn by_body(State(app): State<App>, caller: Caller, headers: HeaderMap, body: JsonObject) -> Answer {
    let fields = Fields::root(&body.object);
    let mut noted = Diagnostics::default();
    let announced = Announced::from_fields(&fields, &mut noted.issues);
    noted.unknown(&fields);
    let warnings = noted.finish(unknown_fields(&headers))?;
    give(&app, caller.tenant, &headers, announced, warnings).await
}

async fn give(
    app: &App,
    tenant: TenantId,
    headers: &HeaderMap,
    announced: Announced,
    mut warnings: Vec<String>,
) -> Answer {
    let now = Timestamp::now();
    let filename = announced.filename.unwrap_or_else(|| "upload".to_owned());
    let declared_type = announced.content_type.unwrap_or_else(|| type_of(&filename).to_owned());
    let is_large = announced.size.is_some_and(|size| size > PART_SIZE);
    if is_large && announced.sha256.is_some() {
        warnings.push(
            "sha256 is checked by S3 in one PUT only, so no parts are offered; leave sha256 out to upload in parts, \
             which can be resumed"
                .to_owned(),
        );
    }
    let in_parts = is_large && announced.sha256.is_none();
    let id = MediaId::from_uuid(uuid::Uuid::now_v7());
    let mut record = MediaRecord {
        sha256: announced.sha256,
        write_once: announced.sends_headers,
        ..MediaRecord::new(tenant, id, filename, declared_type, now).announced(announced.size)
    };
    let signed_type = announced.names_type.then_some(record.declared_type.as_str());
    let whole = put_url::whole(app, &record, signed_type).await?;
    if in_parts {
        record.multipart = Some(multipart::begin(app, &record).await?);
    }
    let refused = match app.media.put(&record).await {
        Ok(Write::Done(())) => None,
        Ok(Write::Refused(no_room)) => Some(quota::no_room(&no_room)),
        Err(error) => Some(error.into()),
    };
    if let Some(refused) = refused {
        drop_parts(&app.bucket, &record).await;
        return Err(refused);
    }
    tracing::info!(media.id = %record.id, size_bytes = record.declared_size, in_parts, "upload url given out");
    let links = Links::of(app, headers, &record.id);
    let parts = match &record.multipart {
        Some(upload) => Some((upload, parts(app, &record, upload).await?)),
        None => None,
    };
    let answer = view::upload_url(&record, whole, parts, links, put_url::expiry(now), warnings);
    Ok(json(StatusCode::OK, &answer))
}

/// Every part, with where to PUT it.
async fn parts(app: &App, record: &MediaRecord, upload: &MultipartUpload) -> Result<Vec<PartUrl>, ErrorResponse> {
    let mut parts = Vec::new();
    for part in multipart::plan(record, upload)?.parts() {
        let url = put_url::part(app, record, upload, part).await?;
        parts.push(PartUrl { number: part.number, url, size: part.size });
    }
    Ok(parts)
}
