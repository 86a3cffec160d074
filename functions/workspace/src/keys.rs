//! `/v1/keys`: made, listed, changed and revoked by whoever has a key without restrictions.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use slipway_contract::fields::Fields;
use slipway_contract::key::{ScopeView, ScopesView};
use slipway_contract::service::OkView;
use slipway_contract::{ApiError, Diagnostics, ErrorCode};
use slipway_domain::limits::{ITEMS_BY_DEFAULT, KEYS_PER_MODE};
use slipway_domain::{ApiScope, EventType, Hidden, KeyId, Mode};
use slipway_http::api_key::RawKey;
use slipway_http::auth::Caller;
use slipway_http::paging::{List, Paging};
use slipway_http::repeat::{in_progress, text};
use slipway_http::{Answer, Carried, ErrorResponse, JsonObject, Once, Params, by_id, json, unknown_fields};
use slipway_store::Write;
use slipway_store::tenants::{KeyNotAdded, KeyRecord, TenantRecord};
use uuid::Uuid;

use crate::mint::{self, TRIES, Wanted};
use crate::{App, fields, view};

pub(crate) async fn create(State(app): State<Arc<App>>, request: Once) -> Answer {
    let (id, now) = (KeyId::from_uuid(Uuid::now_v7()), Timestamp::now());
    let creating = request.answer(app.tenants.guards(), (id.to_string(), now), StatusCode::CREATED, async |own| {
        let caller = &request.caller;
        let mut noted = Diagnostics::default();
        let (name, mode, scopes, named) = {
            let root = Fields::root(&request.body.object);
            let name = root.required_own_name(&mut noted.issues);
            let scopes = fields::scopes(&root, &mut noted.issues).unwrap_or_default();
            let named = fields::named_brands(&root, &mut noted.issues);
            fields::no_other_limits(&request.body.object, &mut noted.issues);
            let mode = root.filled("mode", &mut noted.issues);
            let mode = mode.and_then(|text| fields::mode(text, caller, "makes", &mut noted.issues));
            let mode = mode.unwrap_or(caller.tenant().mode());
            noted.unknown(&root);
            (name, mode, scopes, named)
        };
        let space = caller.tenant().in_mode(mode);
        let brand_ids = fields::brands(&app, &space, named, &mut noted.issues).await?.unwrap_or_default();
        let warnings = noted.finish(unknown_fields(&request.headers))?;
        let name = name.ok_or_else(|| ErrorResponse::internal(&"a missing name was not reported"))?;
        let wanted = Wanted { id, name, mode, scopes, brand_ids };
        for _ in 0..TRIES {
            let tenant = tenant(&app, caller).await?;
            let mut answer = Hidden::default();
            let guarded = |key: &KeyRecord, raw: &RawKey| {
                answer = text(&view::made(key, raw, warnings.clone()))?;
                own.keep(&answer)
            };
            match mint::make(&app.tenants, &tenant, wanted.clone(), guarded, now).await? {
                Write::Done(_) => return Ok(Carried::Out(answer)),
                Write::Refused(KeyNotAdded::Repeated(repeated)) => return Ok(Carried::Before(repeated)),
                Write::Refused(KeyNotAdded::TooMany) => return Err(too_many()),
                Write::Refused(KeyNotAdded::Changed) => {}
            }
        }
        Err(in_progress())
    });
    creating.await
}

fn too_many() -> ErrorResponse {
    let message = format!("There are {KEYS_PER_MODE} API keys of this mode, the most there may be. Revoke one first.");
    ErrorResponse(ApiError::no_more(ErrorCode::Conflict, message, KEYS_PER_MODE, "/v1/keys"))
}

/// The caller's tenant.
pub(crate) async fn tenant(app: &App, caller: &Caller) -> Result<TenantRecord, ErrorResponse> {
    let found = app.tenants.tenant(caller.tenant()).await?;
    found.ok_or_else(|| ErrorResponse::internal(&"a key belongs to a tenant that is not there"))
}

/// The key that the path names: of the caller's own mode, or for a live key also a test key, so that one that has leaked
/// can be revoked by whoever made it.
pub(crate) async fn find(app: &App, caller: &Caller, id: &str) -> Result<KeyRecord, ErrorResponse> {
    let test = caller.tenant().in_mode(Mode::Test);
    let look = async |id: KeyId| match app.tenants.key_of(caller.tenant(), &id).await? {
        None if *caller.tenant() != test => app.tenants.key_of(&test, &id).await,
        found => Ok(found),
    };
    let found = by_id(id, look).await?;
    found.ok_or_else(|| ErrorResponse(ApiError::no_such(ErrorCode::ResourceNotFound, "API key", "/v1/keys")))
}

/// This list.
const LIST: List = List { name: "keys", default_limit: ITEMS_BY_DEFAULT, filters: &["mode"], several: &[] };

pub(crate) async fn list(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, limit } = LIST.paging(&params, &caller, |id| id.parse::<KeyId>().ok(), &mut noted);
    let wanted = params.one("mode").and_then(|text| fields::mode(text, &caller, "lists", &mut noted.issues));
    let warnings = noted.finish(params.unknown())?;
    let space = caller.tenant().in_mode(wanted.unwrap_or(caller.tenant().mode()));
    let (found, more) = app.tenants.keys(&space, after.as_ref(), limit).await?;
    let next = found.last().filter(|_| more).map(|last| last.id.as_str());
    let data = found.iter().map(|key| view::key(key, Vec::new())).collect();
    Ok(json(StatusCode::OK, &LIST.page(&caller, limit, data, next, warnings)?))
}

/// Changes what a key is called, what it may do, and whether it opens anything. Its secret stays.
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: JsonObject,
) -> Answer {
    let read = find(&app, &caller, &id).await?;
    let mut noted = Diagnostics::default();
    let (name, scopes, named, is_active) = {
        let root = Fields::root(&body.object);
        let name = root.own_name(&mut noted.issues);
        let scopes = fields::scopes(&root, &mut noted.issues);
        let named = fields::named_brands(&root, &mut noted.issues);
        fields::no_other_limits(&body.object, &mut noted.issues);
        let is_active = root.flag("is_active", &mut noted.issues);
        noted.unknown(&root);
        (name, scopes, named, is_active)
    };
    let brand_ids = fields::brands(&app, &read.tenant, named, &mut noted.issues).await?;
    let warnings = noted.finish(unknown_fields(&headers))?;
    let now = Timestamp::now();
    let next = KeyRecord {
        name: name.unwrap_or_else(|| read.name.clone()),
        scopes: scopes.unwrap_or_else(|| read.scopes.clone()),
        brand_ids: brand_ids.unwrap_or_else(|| read.brand_ids.clone()),
        is_active: is_active.unwrap_or(read.is_active),
        version: read.version + 1,
        ..read
    };
    let entry = app.tenants.key_changed(&next, EventType::KeyUpdated, now)?;
    if !app.tenants.replace_key(&next, Some(&entry), now).await?.is_done() {
        return Err(in_progress());
    }
    tracing::info!(key.id = %next.id, "an API key was changed");
    Ok(json(StatusCode::OK, &view::key(&next, warnings)))
}

/// Revokes a key with all its secrets. The next request with one of them is refused.
pub(crate) async fn revoke(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    match mint::revoke(&app.tenants, || find(&app, &caller, &id), Timestamp::now()).await? {
        Write::Done(()) => Ok(json(StatusCode::OK, &OkView { ok: true })),
        Write::Refused(_) => Err(in_progress()),
    }
}

/// `GET /v1/keys/scopes`: what keys can be limited to.
pub(crate) async fn scopes() -> Answer {
    let scope = |scope: &ApiScope| ScopeView { name: *scope, description: scope.description(), group: scope.group() };
    let data: Vec<_> = ApiScope::ALL.iter().map(scope).collect();
    Ok(json(StatusCode::OK, &ScopesView { count: data.len(), data }))
}
