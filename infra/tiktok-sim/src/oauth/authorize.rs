//! The authorization page: checks the request, asks the user or not, and sends the browser back with a code.

use std::time::Duration;

use http::Method;

use super::{Code, page, redirect};
use crate::answer::{Answer, OauthError};
use crate::call::Call;
use crate::clock::Moment;
use crate::config::Consent;
use crate::form::{decode_form, param};
use crate::ledger::AuthorizationRecord;
use crate::scope::Scope;
use crate::world::World;

/// Life of an authorization code.
const CODE_LIFETIME: Duration = Duration::from_mins(10);

/// A request that may be granted.
struct Request {
    redirect_uri: String,
    state: String,
    scopes: Vec<Scope>,
    challenge: Option<String>,
}

impl World {
    /// Answers the browser. Besides TikTok's parameters the page takes `sim_user` (an open id or handle to log in as),
    /// `sim_decision=deny`, and `sim_untick` (comma-separated scopes the user does not grant).
    pub(crate) fn authorize(&mut self, call: &Call, now: Moment) -> Answer {
        let submitted = call.method == Method::POST;
        let params = if submitted { decode_form(&call.body) } else { call.query.clone() };
        let request = match self.check_authorization(&params) {
            Ok(request) => request,
            Err(answer) => return answer,
        };
        self.authorizations.push(AuthorizationRecord { state: request.state.clone(), code: None });
        let Some(open_id) = self.browser_user(&params) else { return page::refusal("user") };
        let decision = param(&params, if submitted { "decision" } else { "sim_decision" });
        if decision == Some("deny") {
            return denied(&request, "The user denied the authorization.");
        }
        let granted: Vec<Scope> = if submitted {
            let ticked = |scope: &Scope| params.iter().any(|(name, value)| name == "grant" && value == scope.name());
            request.scopes.iter().copied().filter(ticked).collect()
        } else {
            if self.must_ask(&params, &open_id, &request.scopes) {
                return page::consent(&params, &request.scopes, &self.accounts, &open_id);
            }
            let unticked: Vec<&str> = param(&params, "sim_untick").unwrap_or_default().split(',').collect();
            request.scopes.iter().copied().filter(|scope| !unticked.contains(&scope.name())).collect()
        };
        if granted.is_empty() {
            return denied(&request, "The user granted no scope.");
        }
        self.logged_in = Some(open_id.clone());
        let value = self.ids.code();
        let code = Code {
            open_id,
            scopes: granted.clone(),
            redirect_uri: request.redirect_uri.clone(),
            challenge: request.challenge,
            expires_at: now.plus(CODE_LIFETIME),
            used: false,
        };
        self.codes.insert(value.clone(), code);
        if let Some(visit) = self.authorizations.last_mut() {
            visit.code = Some(value.clone());
        }
        let back = [("code", value.as_str()), ("scopes", &Scope::join(&granted)), ("state", &request.state)];
        Answer::redirect(&redirect::with_params(&request.redirect_uri, &back), "ok")
    }

    /// Client and redirect URI first: only with both right is it safe to send the browser anywhere.
    fn check_authorization(&self, params: &[(String, String)]) -> Result<Request, Answer> {
        if param(params, "client_key") != Some(&self.config.client_key) {
            return Err(page::refusal("client_key"));
        }
        let redirect_uri = param(params, "redirect_uri").unwrap_or_default();
        if !redirect::is_registered(&self.config.redirect_uris, redirect_uri) {
            return Err(page::refusal("redirect_uri"));
        }
        let state = param(params, "state").unwrap_or_default();
        let refuse = |error: OauthError, why: &str| Err(back_with_error(redirect_uri, state, error, why));
        if state.is_empty() {
            return refuse(OauthError::InvalidRequest, "The state is required.");
        }
        match param(params, "response_type") {
            Some("code") => {}
            Some(_) => return refuse(OauthError::UnsupportedResponseType, "The response_type must be code."),
            None => return refuse(OauthError::InvalidRequest, "The response_type is required."),
        }
        let Some(wanted) = param(params, "scope").filter(|scope| !scope.is_empty()) else {
            return refuse(OauthError::InvalidRequest, "The scope is required.");
        };
        let Some(mut scopes) = wanted.split(',').map(Scope::named).collect::<Option<Vec<_>>>() else {
            return refuse(OauthError::InvalidScope, "A scope is unknown or the app is not approved for it.");
        };
        scopes.sort();
        scopes.dedup();
        let challenge = param(params, "code_challenge").map(str::to_owned);
        if challenge.is_some() && param(params, "code_challenge_method") != Some("S256") {
            return refuse(OauthError::InvalidRequest, "The code_challenge_method must be S256.");
        }
        Ok(Request { redirect_uri: redirect_uri.to_owned(), state: state.to_owned(), scopes, challenge })
    }

    /// Who sits before the browser: the one asked for, else the one logged in, else the first user.
    pub(crate) fn browser_user(&self, params: &[(String, String)]) -> Option<String> {
        match param(params, "sim_user") {
            Some(name) => self.find_user(name).map(str::to_owned),
            None => self.logged_in.clone().or_else(|| self.accounts.first().map(|account| account.open_id.clone())),
        }
    }

    /// A consent page is skipped when set so, or for a user who has granted all of it before in a session still valid.
    fn must_ask(&self, params: &[(String, String)], open_id: &str, scopes: &[Scope]) -> bool {
        let known = self.grants.iter().any(|grant| {
            grant.open_id == open_id && !grant.revoked && scopes.iter().all(|scope| grant.scopes.contains(scope))
        });
        let always = param(params, "disable_auto_auth") == Some("1");
        self.config.consent == Consent::Page && (always || !known)
    }
}

fn denied(request: &Request, why: &str) -> Answer {
    back_with_error(&request.redirect_uri, &request.state, OauthError::AccessDenied, why)
}

fn back_with_error(redirect_uri: &str, state: &str, error: OauthError, why: &str) -> Answer {
    let mut back = vec![("error", error.name()), ("error_description", why)];
    if !state.is_empty() {
        back.push(("state", state));
    }
    Answer::redirect(&redirect::with_params(redirect_uri, &back), error.name())
}
