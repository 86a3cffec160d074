//! `GET /oauth/callback/tiktok`: TikTok sends the creator's browser back to us.

mod trouble;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use jiff::Timestamp;
use secrecy::SecretString;
use slipway_contract::Platform;
use slipway_domain::schedule::{CODE_IS_AWAITED, CODE_IS_EXCHANGED_WITHIN};
use slipway_domain::{ConnectFailure, LogId};
use slipway_store::accounts::{Authorization, AuthorizationEnd, AuthorizationUse, Flow, NotTaken, Taken};
use slipway_store::{StoreError, Write};
use uuid::Uuid;

use crate::App;
use crate::link::{LinkError, Linked, link};
use crate::navigation::Navigation;
use crate::page::{Page, Tone};
use crate::return_url::ReturnUrl;
use crate::view;

use self::trouble::Trouble;

/// Where TikTok sends browsers back to. Operators register it with TikTok, so it never changes.
pub(crate) const PATH: &str = "/oauth/callback/tiktok";

/// What TikTok put into the address.
#[derive(Default)]
struct Query {
    code: Option<SecretString>,
    state: Option<String>,
    error: Option<String>,
}

/// How the visit ends. Every end has words for the creator, and a code for the caller's page.
enum End {
    Connected(Box<Linked>),
    Failed(ConnectFailure),
}

/// Ends the connection: at the caller's page if it named one, else at a page of ours. Whoever opens the address again,
/// or at the same time, sees how it ended the first time.
pub(crate) async fn callback(State(app): State<Arc<App>>, _: Navigation, RawQuery(query): RawQuery) -> Response {
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let Some(state) = query.state.as_deref().filter(|state| !state.is_empty()) else {
        return show(&End::Failed(ConnectFailure::StateMismatch));
    };
    let visit = Uuid::now_v7().simple().to_string();
    let taken = Taken::by(&visit, state);
    let (authorization, end) = match take(&app, state, &visit).await {
        Err(error) => {
            tracing::error!(%error, "a state could not be looked up");
            (None, End::Failed(ConnectFailure::ServerError))
        }
        Ok(Write::Refused(NotTaken::Unknown)) => (None, End::Failed(ConnectFailure::StateMismatch)),
        Ok(Write::Refused(NotTaken::Used(authorization, used))) => match first_end(&app, &authorization, used).await {
            Some(end) => (Some(authorization), end),
            // Not to the caller's page: the first visit may yet report how things ended.
            None => (None, End::Failed(ConnectFailure::StateUsed)),
        },
        Ok(Write::Refused(NotTaken::Expired(authorization))) => {
            let end = remembered(&app, &authorization, &taken, End::Failed(ConnectFailure::RequestExpired)).await;
            (Some(authorization), end)
        }
        Ok(Write::Done(authorization)) => match finish(&app, &authorization, &taken, &query).await {
            // Its account and its end were written together.
            end @ End::Connected(_) => (Some(authorization), end),
            end @ End::Failed(_) => {
                let end = remembered(&app, &authorization, &taken, end).await;
                (Some(authorization), end)
            }
        },
    };
    let returning = authorization.as_ref().and_then(|authorization| Some((return_url(authorization)?, authorization)));
    match returning {
        Some((url, authorization)) => {
            redirect(&url, authorization.caller_state.as_deref().map_or(state, String::as_str), &end)
        }
        None => show(&end),
    }
}

/// The end, written down for whoever opens the address again. If there is one already, that is what counts.
async fn remembered(app: &App, authorization: &Authorization, taken: &Taken, end: End) -> End {
    match app.accounts.end_authorization(taken, &end.to_store()).await {
        Ok(Write::Done(())) => end,
        Ok(Write::Refused(used)) => first_end(app, authorization, used).await.unwrap_or(end),
        Err(error) => {
            tracing::warn!(%error, "whoever opens this address again will not see how it ended");
            end
        }
    }
}

/// Takes the authorization, and takes it over from whoever has left it without an end. As long as somebody may be at work
/// on it, it is waited for.
async fn take(app: &App, state: &str, taker: &str) -> Result<Write<Authorization, NotTaken>, StoreError> {
    let until = Instant::now() + CODE_IS_AWAITED;
    let mut answer = app.accounts.take_authorization_of_anybody(state, taker, Timestamp::now()).await?;
    while let Write::Refused(NotTaken::Used(_, used)) = &mut answer
        && used.end.is_none()
        && Instant::now() < until
    {
        let now = Timestamp::now();
        match used.taken_at {
            Some(left) if now >= left + CODE_IS_EXCHANGED_WITHIN => {
                tracing::warn!("a connection was left without an end, and goes on");
                answer = app.accounts.take_left_authorization(state, taker, left, now).await?;
            }
            _ => {
                tokio::time::sleep(Duration::from_millis(250)).await;
                *used = app.accounts.authorization_use(state).await?;
            }
        }
    }
    Ok(answer)
}

/// How it ended for the one who was first, if that is known.
async fn first_end(app: &App, authorization: &Authorization, used: AuthorizationUse) -> Option<End> {
    match used.end? {
        AuthorizationEnd::Failed(failure) => Some(End::Failed(failure)),
        AuthorizationEnd::Connected(id) => match app.accounts.get(&authorization.reach(), &id).await {
            Ok(account) => Some(End::Connected(Box::new(Linked::of(account?)))),
            Err(error) => {
                tracing::warn!(%error, account.id = %id, "whoever opens this address again will not see the account");
                None
            }
        },
    }
}

impl End {
    fn to_store(&self) -> AuthorizationEnd {
        match self {
            Self::Connected(linked) => AuthorizationEnd::Connected(linked.account.id.clone()),
            Self::Failed(failure) => AuthorizationEnd::Failed(failure.clone()),
        }
    }
}

async fn finish(app: &App, authorization: &Authorization, taken: &Taken, query: &Query) -> End {
    if let Some(error) = &query.error {
        tracing::info!(error, "the creator did not authorize");
        return End::Failed(ConnectFailure::of_tiktok(error));
    }
    let Some(code) = &query.code else { return End::Failed(ConnectFailure::InvalidRequest) };
    match app.tenants.tenant(&authorization.tenant).await {
        Ok(Some(tenant)) if !tenant.is_suspended => {}
        Ok(_) => return End::Failed(ConnectFailure::AccessClosed),
        Err(error) => {
            tracing::error!(%error, "whose connection this is can't be looked up");
            return End::Failed(ConnectFailure::ServerError);
        }
    }
    match link(app, authorization, taken, code, None).await {
        Ok(linked) => End::Connected(Box::new(linked)),
        Err(LinkError::TakenOver) => End::Failed(ConnectFailure::StateUsed),
        Err(LinkError::OtherBrand) => End::Failed(ConnectFailure::AccountAlreadyLinked),
        Err(LinkError::BrandGone) => End::Failed(ConnectFailure::BrandGone),
        Err(LinkError::TooMany) => End::Failed(ConnectFailure::TooManyAccounts),
        Err(LinkError::TikTok(error)) => {
            let log_id = error.log_id().map(LogId::as_str);
            tracing::warn!(%error, tiktok.log_id = log_id, "TikTok did not exchange the code");
            End::Failed(if error.is_code_refused() {
                ConnectFailure::InvalidGrant
            } else {
                ConnectFailure::TemporarilyUnavailable
            })
        }
        Err(error) => {
            tracing::error!(%error, "an account could not be connected");
            End::Failed(ConnectFailure::ServerError)
        }
    }
}

impl Query {
    /// Reads the query string: this is the one place where the code is URL-decoded. Of twins the first counts.
    fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "code" if read.code.is_none() && !value.is_empty() => {
                    read.code = Some(SecretString::from(value.into_owned()));
                }
                "state" => _ = read.state.get_or_insert_with(|| value.into_owned()),
                "error" if !value.is_empty() => _ = read.error.get_or_insert_with(|| value.into_owned()),
                _ => {}
            }
        }
        read
    }
}

fn return_url(authorization: &Authorization) -> Option<ReturnUrl> {
    match &authorization.flow {
        Flow::Callback { return_to: Some(url) } => ReturnUrl::parse(url).ok(),
        Flow::Callback { return_to: None } | Flow::Proxy => None,
    }
}

/// `state` is the one that connect answered: the caller's own, or ours if the caller had none.
fn redirect(url: &ReturnUrl, state: &str, end: &End) -> Response {
    let mut parameters: Vec<(&str, &str)> = Vec::new();
    let missing;
    match end {
        End::Connected(linked) => {
            parameters.push(("status", "success"));
            parameters.push(("platform", Platform::TikTok.as_str()));
            parameters.push(("account_id", linked.account.id.as_str()));
            missing = view::scopes(&linked.missing).to_string();
            if !missing.is_empty() {
                parameters.push(("missing_scopes", &missing));
            }
        }
        End::Failed(failure) => {
            parameters.push(("status", "error"));
            parameters.push(("error", failure.as_str()));
            parameters.push(("error_description", Trouble::of(failure).text));
            parameters.push(("platform", Platform::TikTok.as_str()));
        }
    }
    parameters.push(("state", state));
    let location = url.with(&parameters);
    // The query of this very address holds TikTok's code: nobody is to keep it or to pass it on.
    let headers = [("location", location.as_str()), ("cache-control", "no-store"), ("referrer-policy", "no-referrer")];
    (StatusCode::FOUND, headers).into_response()
}

fn show(end: &End) -> Response {
    let page = match end {
        End::Failed(failure) => {
            let Trouble { status, title, text } = Trouble::of(failure);
            Page { status, tone: Tone::Failure, title: title.to_owned(), text: text.to_owned(), notes: Vec::new() }
        }
        End::Connected(linked) => {
            let notes: Vec<&'static str> = linked.missing.iter().map(|missing| missing.consequence()).collect();
            let (tone, text) = if notes.is_empty() {
                (Tone::Success, "You can close this window and go back to where you came from.")
            } else {
                (
                    Tone::Warning,
                    "Some of what was asked for was not allowed. To change that, connect again and leave every box ticked.",
                )
            };
            Page {
                status: StatusCode::OK,
                tone,
                title: format!("{} is connected", view::name(&linked.account)),
                text: text.to_owned(),
                notes,
            }
        }
    };
    page.into_response()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn the_code_is_decoded_exactly_once() {
        for (query, code) in [
            ("code=abc%2Adef%21&state=s", "abc*def!"),
            ("code=abc*def!&state=s", "abc*def!"),
            // A code that itself looks encoded stays as TikTok meant it.
            ("state=s&code=a%252Ab", "a%2Ab"),
            ("code=a%2Bb+c", "a+b c"),
            ("code=first&code=second", "first"),
        ] {
            let read = Query::parse(query);
            assert_eq!(read.code.unwrap().expose_secret(), code, "{query}");
        }
        assert!(Query::parse("code=&state=").code.is_none());
    }
}
