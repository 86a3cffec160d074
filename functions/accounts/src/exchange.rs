//! `POST /v1/oauth/exchange`: the end of the flow in which the caller receives TikTok's code.

use std::sync::Arc;

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use slipway_contract::diagnostics::UnknownFields;
use slipway_contract::fields::Fields;
use slipway_contract::{ApiError, Cause, Diagnostics, ErrorCode, Issue};
use slipway_domain::limits::ACCOUNTS_PER_TENANT;
use slipway_domain::schedule::{CODE_IS_EXCHANGED_WITHIN, seconds_until};
use slipway_domain::{AccountId, LogId};
use slipway_http::auth::Caller;
use slipway_http::repeat::{IdempotencyKey, gone, in_progress_for, replayed};
use slipway_http::{Answer, ErrorResponse, JsonObject, json, unknown_fields};
use slipway_store::Write;
use slipway_store::accounts::{Authorization, Flow, NotTaken, Taken};
use slipway_store::guards::Guard;
use slipway_tokens::{of_tiktok, tiktok_error};
use uuid::Uuid;

use crate::fields::{request_expired, required_text, state_mismatch};
use crate::link::{LinkError, Linked, link};
use crate::{App, fields, view};

/// An exchange request that makes sense.
struct Wanted {
    code: SecretString,
    /// Which one it was given to; whoever sends the state alone leaves it to what we know of the state.
    redirect_uri: Option<String>,
    state: String,
    /// Where the state stood.
    state_field: &'static str,
}

/// Exchanges the code and answers with the connected account.
pub(crate) async fn exchange(
    State(app): State<Arc<App>>,
    caller: Caller,
    key: IdempotencyKey,
    headers: HeaderMap,
    body: JsonObject,
) -> Answer {
    let now = Timestamp::now();
    let own = key.of(&[&body.bytes], "an account", now);
    if let Some(standing) = own.earlier(&app.accounts.guards(), now).await? {
        return again(&app, &caller, &body, &standing).await;
    }
    let (wanted, warnings) = read(&body, unknown_fields(&headers))?;
    // Read before it is taken: nobody can use up a state that is not theirs.
    let known = app.accounts.authorization(&caller.reach, &wanted.state).await?;
    if !known.is_some_and(|known| belongs(&known, &wanted)) {
        return Err(state_mismatch(wanted.state_field));
    }
    let taker = Uuid::now_v7().simple().to_string();
    let authorization = match app.accounts.take_authorization(&wanted.state, &taker, now).await? {
        Write::Done(authorization) => authorization,
        Write::Refused(NotTaken::Expired(_)) => {
            return Err(request_expired(TOO_LATE, wanted.state_field));
        }
        Write::Refused(NotTaken::Used(_, used)) => {
            if own.guard().is_some() && used.end.is_none() {
                not_at_work(used.taken_at, now)?;
            }
            return Err(request_expired(
                "This state was used already; if it succeeded then, GET /v1/accounts shows the account.",
                wanted.state_field,
            ));
        }
        Write::Refused(NotTaken::Unknown) => return Err(state_mismatch(wanted.state_field)),
    };
    let in_hand = Taken::by(&taker, &wanted.state);
    match link(&app, &authorization, &in_hand, &wanted.code, Some(&own)).await {
        Ok(linked) => Ok(json(StatusCode::CREATED, &view::connected(&linked, authorization.caller_state, warnings))),
        Err(LinkError::Repeated(repeated)) => again(&app, &caller, &body, &own.met(repeated)?).await,
        Err(error) => Err(refusal(error)),
    }
}

/// The time for the creator's consent and for what comes after it is over.
const TOO_LATE: &str = "The ten minutes for this connection are over.";

/// The answer to a repeated request: the account as it is now. What was taken once is not refused later.
async fn again(app: &App, caller: &Caller, body: &JsonObject, standing: &Guard) -> Answer {
    let account = match standing.made.parse::<AccountId>() {
        Ok(id) => app.accounts.get(&caller.reach, &id).await?,
        Err(_) => None,
    };
    let account = account.ok_or_else(|| gone(standing))?;
    let (wanted, warnings) = read(body, UnknownFields::Warn)?;
    // It is kept for longer than the ten minutes that it is good for, but not for as long as a key.
    let known = app.accounts.authorization(&caller.reach, &wanted.state).await?.filter(|known| belongs(known, &wanted));
    let state = known.and_then(|known| known.caller_state);
    Ok(replayed(json(StatusCode::CREATED, &view::connected(&Linked::of(account), state, warnings))))
}

/// Refuses a repeated request as long as the first one may still be at work.
fn not_at_work(taken_at: Option<Timestamp>, now: Timestamp) -> Result<(), ErrorResponse> {
    let Some(taken_at) = taken_at else { return Ok(()) };
    match seconds_until(taken_at + CODE_IS_EXCHANGED_WITHIN, now).as_secs() {
        0 => Ok(()),
        left => Err(in_progress_for(left)),
    }
}

fn belongs(known: &Authorization, wanted: &Wanted) -> bool {
    known.flow == Flow::Proxy && wanted.redirect_uri.as_ref().is_none_or(|uri| *known.redirect_uri == *uri)
}

fn read(body: &JsonObject, unknown: UnknownFields) -> Result<(Wanted, Vec<String>), ErrorResponse> {
    const METADATA: &str =
        "Send metadata with redirect_uri (as given to connect) and state (as TikTok brought it back).";
    let mut noted = Diagnostics::default();
    let issues = &mut noted.issues;
    let root = Fields::root(&body.object);
    // SocialAPI.ai's n8n node sends code and state and nothing else: the state says which connection it is.
    let (short, beside) = (root.filled("state", issues), root.filled("redirect_uri", issues));
    if short.is_none() || root.has("metadata") || root.has("platform") {
        fields::platform(&root, issues);
    }
    let cure = "Send the code that TikTok brought to your redirect URI, URL-decoded once.";
    let code = required_text(&root, "code", cure, issues);
    let metadata = if root.has("metadata") {
        root.object("metadata", issues)
    } else {
        if short.is_none() {
            issues.push(Issue::required("metadata", METADATA));
        }
        None
    };
    let mut inner = |name| metadata.as_ref().and_then(|metadata| required_text(metadata, name, METADATA, issues));
    let (address, state) = (inner("redirect_uri"), inner("state"));
    for (name, outer, inner) in [("state", short, state), ("redirect_uri", beside, address)] {
        if outer.is_some_and(|outer| inner.is_some_and(|inner| inner != outer)) {
            let message = format!("{name} and metadata.{name} contradict each other");
            issues.push(Issue::invalid(name, message, format!("Leave {name} out, or metadata.")));
        }
    }
    let state_field = if state.is_some() { "metadata.state" } else { "state" };
    // Whoever sends the address beside the state has it compared, too.
    let (redirect_uri, state) = (address.or(beside), state.or(short));
    for known in std::iter::once(&root).chain(&metadata) {
        noted.unknown(known);
    }
    let warnings = noted.finish(unknown)?;
    match (code, state) {
        (Some(code), Some(state)) => Ok((
            Wanted {
                code: SecretString::from(code),
                redirect_uri: redirect_uri.map(str::to_owned),
                state: state.to_owned(),
                state_field,
            },
            warnings,
        )),
        _ => Err(ErrorResponse::internal(&"a missing field of the exchange was not reported")),
    }
}

fn refusal(error: LinkError) -> ErrorResponse {
    match error {
        LinkError::TikTok(error) if error.is_code_refused() => {
            tracing::info!(%error, tiktok.log_id = error.log_id().map(LogId::as_str), "TikTok refused a code");
            let message = "TikTok does not accept this code: it is wrong, used or expired, or was URL-encoded twice. \
                           Start again with POST /v1/accounts/connect.";
            let answer = ApiError::new(ErrorCode::TikTokAuth, message)
                .with_cause(Cause::Caller)
                .with_field("code")
                .with_retryable(false)
                .with_next_step("POST /v1/accounts/connect");
            ErrorResponse(of_tiktok(answer, &error))
        }
        // The state is used up by now, so the caller can't simply repeat the call.
        LinkError::TikTok(error) => ErrorResponse(tiktok_error(&error).with_next_step("POST /v1/accounts/connect")),
        LinkError::OtherBrand => {
            let message = "This TikTok account is connected to another brand already, and stays there. Disconnect it there \
                           first, or leave brand_id out of POST /v1/accounts/connect.";
            ErrorResponse(ApiError::new(ErrorCode::AlreadyLinked, message))
        }
        LinkError::BrandGone => {
            let message = "The brand that this account was to join has been deleted, and nothing was connected. Start \
                           again with another brand_id; GET /v1/brands lists those there are.";
            let error = ApiError::new(ErrorCode::BrandNotFound, message).with_cause(Cause::Caller);
            ErrorResponse(error.with_retryable(false).with_next_step("POST /v1/accounts/connect"))
        }
        LinkError::TooMany => {
            let message =
                format!("There are {ACCOUNTS_PER_TENANT} accounts, the most there may be. Disconnect one first.");
            ErrorResponse(ApiError::no_more(ErrorCode::Conflict, message, ACCOUNTS_PER_TENANT, "/v1/accounts"))
        }
        LinkError::Store(error) => error.into(),
        LinkError::Vault(error) => ErrorResponse::internal(&error),
        LinkError::Raced | LinkError::Repeated(_) | LinkError::TakenOver => ErrorResponse::internal(&error),
    }
}

#[cfg(test)]
mod tests {
    use slipway_domain::schedule::CONSENT_WITHIN;

    use super::*;

    #[test]
    fn whoever_is_too_late_reads_how_long_there_was() {
        assert_eq!((CONSENT_WITHIN.as_mins(), TOO_LATE.contains("ten minutes")), (10, true));
    }
}
