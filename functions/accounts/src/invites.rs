//! Invites: `/v1/invites` makes links for creators who have no account with the caller's app; `/invite/{token}` leads
//! them into the same flow as connect, as often as they like until the invite's time is over.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::{SignedDuration, Timestamp};
use slipway_contract::connect::InviteView;
use slipway_contract::fields::Fields;
use slipway_contract::{ApiError, Cause, Diagnostics, ErrorCode, Issue};
use slipway_domain::limits::{
    INVITE_DAYS, INVITE_USES, INVITE_USES_OF_ADDRESS, ITEMS_BY_DEFAULT, OPEN_INVITES_PER_TENANT,
};
use slipway_domain::schedule::seconds_until;
use slipway_domain::{BrandId, InviteId};
use slipway_http::auth::Caller;
use slipway_http::paging::{List, Paging};
use slipway_http::repeat::text;
use slipway_http::{
    Answer, Carried, ErrorResponse, JsonObject, Once, Params, by_id, client_address, json, status_of, unknown_fields,
};
use slipway_store::Write;
use slipway_store::accounts::{InviteRecord, NotInvited};
use slipway_store::quota::{Exceeded, Quota};
use uuid::Uuid;

use crate::begun::random_name;
use crate::brands::{FILTERS, asked, must_be_known};
use crate::connect::begin_for_visitor;
use crate::fields::{brand_id, platform, required_text};
use crate::navigation::Navigation;
use crate::page::{Page, Tone};
use crate::{App, view};

/// This list.
const LIST: List = List { name: "invites", default_limit: ITEMS_BY_DEFAULT, filters: &[], several: &FILTERS };
/// So many characters of a token are shown after its making.
const PREVIEW: usize = 6;

/// Makes an invite. Its link is shown in this answer and never again.
pub(crate) async fn create(State(app): State<Arc<App>>, request: Once) -> Answer {
    let (id, now) = (InviteId::from_uuid(Uuid::now_v7()), Timestamp::now());
    let creating = request.answer(app.accounts.guards(), (id.to_string(), now), StatusCode::CREATED, async |own| {
        let mut noted = Diagnostics::default();
        let (brand, days) = read(&request.body, &mut noted);
        if let Some(brand) = &brand {
            must_be_known(&app, &request.caller, brand, &mut noted.issues).await?;
        }
        let warnings = noted.finish(unknown_fields(&request.headers))?;
        let (Some(brand), Some(days)) = (brand, days) else {
            return Err(ErrorResponse::internal(&"a missing field of the invite was not reported"));
        };
        let token = random_name()?;
        let invite = InviteRecord {
            id,
            tenant: request.caller.tenant().clone(),
            brand,
            token_hash: InviteRecord::hash(&token),
            preview: token.chars().take(PREVIEW).collect(),
            created_at: now,
            good_until: now + days,
        };
        let answer = text(&view::invite_made(&app.base.resolve(&request.headers), &invite, token, warnings))?;
        match app.accounts.add_invite(&invite, own.keep(&answer)?.as_ref()).await? {
            Write::Done(()) => Ok(Carried::Out(answer)),
            Write::Refused(NotInvited::Repeated(repeated)) => Ok(Carried::Before(repeated)),
            Write::Refused(NotInvited::TooMany) => {
                let most = OPEN_INVITES_PER_TENANT;
                let message =
                    format!("{most} invites are open, the most there may be. Withdraw those that you no longer need.");
                Err(ErrorResponse(ApiError::no_more(ErrorCode::Conflict, message, most, "/v1/invites")))
            }
        }
    });
    creating.await
}

fn read(body: &JsonObject, noted: &mut Diagnostics) -> (Option<BrandId>, Option<SignedDuration>) {
    let (root, issues) = (Fields::root(&body.object), &mut noted.issues);
    platform(&root, issues);
    let cure = "Send the id of the brand that accounts are to belong to.";
    let brand = required_text(&root, "brand_id", cure, issues).and_then(|text| brand_id(text, issues));
    let days = days(&root, issues);
    noted.unknown(&root);
    (brand, days)
}

fn days(root: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<SignedDuration> {
    let [short @ .., longest] = INVITE_DAYS;
    let cure = format!("Send {} or {longest}.", short.map(|days| days.to_string()).join(", "));
    if !root.has("expires_in_days") {
        issues.push(Issue::required("expires_in_days", cure));
        return None;
    }
    let days = root.count("expires_in_days", issues)?;
    if !INVITE_DAYS.contains(&days) {
        issues.push(Issue::invalid("expires_in_days", format!("an invite can't be good for {days} days"), cure));
        return None;
    }
    i64::try_from(days).ok().map(|days| SignedDuration::from_hours(24 * days))
}

/// The invites, without their links.
pub(crate) async fn list(State(app): State<Arc<App>>, caller: Caller, headers: HeaderMap, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, limit } = LIST.paging(&params, &caller, |id| id.parse().ok(), &mut noted);
    let asked = asked(&params, &mut noted.issues);
    let warnings = noted.finish(params.unknown())?;
    let Some(reach) = asked.within(&caller.reach) else {
        return Ok(json(StatusCode::OK, &LIST.page::<InviteView>(&caller, limit, Vec::new(), None, warnings)?));
    };
    let (found, next) = app.accounts.invites(&reach, after.as_ref(), limit).await?;
    let now = Timestamp::now();
    let base = app.base.resolve(&headers);
    let data = found.iter().map(|invite| view::invite(&base, invite, now)).collect();
    Ok(json(StatusCode::OK, &LIST.page(&caller, limit, data, next.as_ref().map(InviteId::as_str), warnings)?))
}

/// Takes an invite back: its link leads nowhere. Accounts that were connected by it stay.
pub(crate) async fn revoke(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let invite = by_id(&id, async |id: InviteId| app.accounts.invite_by_id(&caller.reach, &id).await).await?;
    let Some(invite) = invite else {
        return Err(ErrorResponse(ApiError::no_such(ErrorCode::ResourceNotFound, "invite", "/v1/invites")));
    };
    app.accounts.forget_invite(&invite).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Leads whoever has the link to TikTok's page, and from there into the invite's brand.
pub(crate) async fn follow(
    State(app): State<Arc<App>>,
    _: Navigation,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let Some(invite) = app.accounts.invite(&token).await? else {
        return Ok(refuse(&headers, ErrorCode::ResourceNotFound, "This invite does not exist", NOT_FOUND, None));
    };
    if Timestamp::now() >= invite.good_until {
        return Ok(refuse(&headers, ErrorCode::InviteExpired, "This invite has expired", EXPIRED, None));
    }
    if app.tenants.tenant(&invite.tenant).await?.is_some_and(|tenant| tenant.is_suspended) {
        tracing::info!(invite.id = %invite.id, "an invite of a suspended tenant was followed");
        return Ok(refuse(&headers, ErrorCode::ResourceNotFound, "This invite is not open", SUSPENDED, None));
    }
    if app.accounts.brand(&invite.reach(), &invite.brand).await?.is_none() {
        tracing::info!(invite.id = %invite.id, "an invite of a deleted brand was followed");
        return Ok(refuse(&headers, ErrorCode::ResourceNotFound, "This invite is not open", BRAND_GONE, None));
    }
    let mut quotas = vec![Quota { name: format!("invite#{}", invite.id), rate: INVITE_USES }];
    quotas.extend(
        client_address(&headers)
            .map(|address| Quota { name: format!("invites-from#{address}"), rate: INVITE_USES_OF_ADDRESS }),
    );
    let begun = match begin_for_visitor(&app, &headers, (invite.tenant, invite.brand), &quotas).await? {
        Write::Done(begun) => begun,
        Write::Refused(exceeded) => {
            tracing::warn!(invite.id = %invite.id, "an invite is followed too often");
            let title = "This invite is opened too often";
            return Ok(refuse(&headers, ErrorCode::RateLimited, title, TOO_OFTEN, Some(exceeded)));
        }
    };
    tracing::info!(invite.id = %invite.id, "an invite was followed");
    let headers = [
        ("location", begun.auth_url.as_str()),
        // This address is the invite: nobody is to keep what it leads to, or to pass it on.
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
    ];
    Ok((StatusCode::FOUND, headers).into_response())
}

const NOT_FOUND: &str = "The link is incomplete, or the invite was taken back. Ask whoever sent it for a new one.";
const SUSPENDED: &str = "It leads nowhere at present. Ask whoever sent it.";
const BRAND_GONE: &str = "The brand is gone that it leads to. Ask whoever sent it for a new one.";
const EXPIRED: &str = "Its time is over. Ask whoever sent it for a new one.";
const TOO_OFTEN: &str = "Wait some minutes, then open it again.";

/// A page for people, an error for programs.
fn refuse(headers: &HeaderMap, code: ErrorCode, title: &str, text: &str, exceeded: Option<Exceeded>) -> Response {
    let wait = exceeded.map(|exceeded| seconds_until(exceeded.until, Timestamp::now()).as_secs().max(1));
    let accept = headers.get("accept").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") {
        let status = status_of(code);
        let page =
            Page { status, tone: Tone::Failure, title: title.to_owned(), text: text.to_owned(), notes: Vec::new() };
        let mut response = page.into_response();
        response.headers_mut().extend(wait.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))));
        return response;
    }
    let error = ApiError::new(code, format!("{title}. {text}")).with_cause(Cause::Caller);
    let mut error = error.with_retryable(wait.is_some());
    error.retry_after = wait;
    ErrorResponse(error).into_response()
}
