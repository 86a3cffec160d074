//! `/v1/oauth/redirect-uris`: where a tenant lets creators be sent. Open until the first address is registered; from
//! then on connect takes exactly those addresses.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::StatusCode;
use jiff::Timestamp;
use slipway_contract::fields::{Fields, quoted};
use slipway_contract::{ApiError, Cause, Diagnostics, ErrorCode, Issue};
use slipway_domain::limits::{ITEMS_BY_DEFAULT, REDIRECT_URIS_PER_TENANT};
use slipway_domain::{RedirectUriId, TenantId};
use slipway_http::auth::Caller;
use slipway_http::paging::{List, Paging};
use slipway_http::repeat::text;
use slipway_http::{Answer, Carried, ErrorResponse, Once, Params, json, unknown_fields};
use slipway_store::accounts::{NotRegistered, RedirectUriRecord};
use slipway_store::{NotThere, Write};

use crate::fields::required_text;
use crate::return_url::ReturnUrl;
use crate::{App, view};

/// This list.
const LIST: List = List { name: "redirect uris", default_limit: ITEMS_BY_DEFAULT, filters: &[], several: &[] };

/// The registered addresses.
pub(crate) async fn list(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, limit } = LIST.paging(&params, &caller, |id| id.parse().ok(), &mut noted);
    let warnings = noted.finish(params.unknown())?;
    let (found, next) = app.accounts.redirect_uris(caller.tenant(), after.as_ref(), limit).await?;
    let data = found.iter().map(view::redirect_uri).collect();
    let page = LIST.page(&caller, limit, data, next.as_ref().map(RedirectUriId::as_str), warnings)?;
    Ok(json(StatusCode::OK, &page))
}

/// Registers an address.
pub(crate) async fn register(State(app): State<Arc<App>>, request: Once) -> Answer {
    holds_for_all_brands(&request.caller)?;
    let now = Timestamp::now();
    let made = ("a redirect URI".to_owned(), now);
    let creating = request.answer(app.accounts.guards(), made, StatusCode::CREATED, async |own| {
        let caller = &request.caller;
        let mut noted = Diagnostics::default();
        let issues = &mut noted.issues;
        let root = Fields::root(&request.body.object);
        let uri = required_text(&root, "uri", ReturnUrl::CURE, issues);
        if let Some(Err(why)) = uri.map(ReturnUrl::parse) {
            issues.push(Issue::invalid("uri", format!("uri can't be used: {why}"), ReturnUrl::CURE));
        }
        let label = root.short_text("label", "Send a shorter one.", issues);
        noted.unknown(&root);
        let warnings = noted.finish(unknown_fields(&request.headers))?;
        let uri = uri.ok_or_else(|| ErrorResponse::internal(&"a missing uri was not reported"))?;
        let record = RedirectUriRecord::new(caller.tenant(), uri.to_owned(), label, now);
        let answer = text(&view::redirect_uri_registered(&record, warnings))?;
        match app.accounts.register_redirect_uri(caller.tenant(), &record, own.keep(&answer)?.as_ref()).await? {
            Write::Done(()) => Ok(Carried::Out(answer)),
            Write::Refused(NotRegistered::Repeated(repeated)) => Ok(Carried::Before(repeated)),
            Write::Refused(NotRegistered::TooMany) => {
                let most = REDIRECT_URIS_PER_TENANT;
                let message = format!("{most} redirect URIs are registered, the most there may be. Remove one first.");
                Err(ErrorResponse(ApiError::no_more(ErrorCode::Conflict, message, most, "/v1/oauth/redirect-uris")))
            }
            Write::Refused(NotRegistered::Already) => {
                let cure = "GET /v1/oauth/redirect-uris lists what is registered.";
                let issue = Issue::invalid("uri", format!("{} is registered already", quoted(uri)), cure);
                Err(ErrorResponse(ApiError::from_issue(issue.with_code(ErrorCode::RedirectUriDuplicate))))
            }
        }
    });
    creating.await
}

/// Forgets an address. With the last one the list is open again.
pub(crate) async fn forget(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    holds_for_all_brands(&caller)?;
    let forgotten = match id.parse::<RedirectUriId>() {
        Ok(id) => app.accounts.forget_redirect_uri(caller.tenant(), &id).await?,
        Err(_) => Write::Refused(NotThere),
    };
    if forgotten.is_done() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Err(ErrorResponse(ApiError::no_such(ErrorCode::ResourceNotFound, "redirect URI", "/v1/oauth/redirect-uris")))
}

/// Refuses an address that the tenant has not registered while it has registered others.
pub(crate) async fn check(app: &App, tenant: &TenantId, field: &'static str, uri: &str) -> Result<(), ErrorResponse> {
    if app.accounts.may_redirect_to(tenant, uri).await? {
        return Ok(());
    }
    let cure = "Register it with POST /v1/oauth/redirect-uris, or send a registered one exactly as it is written.";
    let issue = Issue::invalid(field, format!("{} is not among the registered redirect URIs", quoted(uri)), cure);
    Err(ErrorResponse(ApiError::from_issue(issue).with_next_step("POST /v1/oauth/redirect-uris")))
}

/// The list holds for the whole tenant, so a key that is restricted to brands does not change it.
fn holds_for_all_brands(caller: &Caller) -> Result<(), ErrorResponse> {
    if caller.reach.is_whole() {
        return Ok(());
    }
    let message = "This key is restricted to brands, and redirect URIs hold for all of them. Use a key without brands.";
    Err(ErrorResponse(ApiError::new(ErrorCode::InsufficientScope, message).with_cause(Cause::Caller)))
}
