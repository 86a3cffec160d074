//! The token endpoint and revocation: flat answers, single-use codes, rotation at every refresh.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::answer::{Answer, OauthError};
use crate::call::Call;
use crate::clock::Moment;
use crate::config::ClientSecret;
use crate::form::{decode_form, param};
use crate::ledger::{AccessTokenRecord, GrantRecord};
use crate::scope::Scope;
use crate::world::World;

type Refused = (OauthError, String);

const FIELDS: [&str; 8] =
    ["client_key", "client_secret", "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "token"];

impl World {
    /// `POST /v2/oauth/token/`.
    pub(crate) fn token(&mut self, call: &Call, now: Moment) -> Answer {
        let granted = self.checked_form(call).and_then(|form| match param(&form, "grant_type") {
            Some("authorization_code") => self.exchange(&form, now),
            Some("refresh_token") => self.refresh(&form, now),
            Some(_) => Err((OauthError::UnsupportedGrantType, "The grant_type is not supported.".to_owned())),
            None => Err(missing("grant_type")),
        });
        self.oauth_answer(granted, now)
    }

    /// `POST /v2/oauth/revoke/`: the user's access and refresh tokens for this app die together.
    pub(crate) fn revoke(&mut self, call: &Call, now: Moment) -> Answer {
        let revoked = self.checked_form(call).and_then(|form| {
            let token = required(&form, "token")?;
            let grant = self.grant_of_access_token(token, now);
            let open_id = grant.map(|grant| grant.open_id.clone());
            open_id.ok_or_else(|| (OauthError::InvalidGrant, "The access token is invalid or expired.".to_owned()))
        });
        let emptied = revoked.map(|open_id| {
            self.remove_authorization(&open_id, 5, now);
            json!({})
        });
        self.oauth_answer(emptied, now)
    }

    /// The grant behind an access token that is good now.
    pub(crate) fn grant_of_access_token(&self, token: &str, now: Moment) -> Option<&GrantRecord> {
        let good = |known: &AccessTokenRecord| known.token == token && now < known.expires_at;
        self.grants.iter().find(|grant| !grant.revoked && grant.access_tokens.iter().any(good))
    }

    /// The form, if the content type is right, nothing comes twice, and the client is ours.
    fn checked_form(&self, call: &Call) -> Result<Vec<(String, String)>, Refused> {
        if call.content_type() != "application/x-www-form-urlencoded" {
            let why = "Only `application/x-www-form-urlencoded` is accepted as Content-Type.";
            return Err((OauthError::InvalidRequest, why.to_owned()));
        }
        let form = decode_form(&call.body);
        for field in FIELDS {
            if form.iter().filter(|(name, _)| name == field).count() > 1 {
                return Err((OauthError::InvalidRequest, format!("{field} is given more than once.")));
            }
        }
        let key = required(&form, "client_key")?;
        let secret = ClientSecret::new(required(&form, "client_secret")?);
        if key != self.config.client_key || secret != self.config.client_secret {
            return Err((OauthError::InvalidClient, "Client key or secret is incorrect.".to_owned()));
        }
        Ok(form)
    }

    fn exchange(&mut self, form: &[(String, String)], now: Moment) -> Result<Value, Refused> {
        let value = required(form, "code")?;
        let redirect_uri = required(form, "redirect_uri")?;
        let unusable = || (OauthError::InvalidGrant, "Authorization code is expired or invalid.".to_owned());
        let code = self.codes.get_mut(value).filter(|code| !code.used && now < code.expires_at).ok_or_else(unusable)?;
        if code.redirect_uri != redirect_uri {
            let why = "Redirect_uri is not matched with the uri when requesting code.";
            return Err((OauthError::InvalidRequest, why.to_owned()));
        }
        if let Some(challenge) = &code.challenge {
            let verifier = required(form, "code_verifier")?;
            if !verifies(verifier, challenge) {
                return Err((OauthError::InvalidGrant, "Code verifier or code challenge is invalid.".to_owned()));
            }
        }
        code.used = true;
        let code = code.clone();
        let grant = GrantRecord {
            open_id: code.open_id,
            scopes: code.scopes,
            granted_at: now,
            access_tokens: Vec::new(),
            refresh_token: self.ids.refresh_token(),
            refresh_expires_at: now.plus(self.config.refresh_token_lifetime),
            spent_refresh_tokens: Vec::new(),
            refreshes: 0,
            revoked: false,
        };
        self.grants.push(grant);
        Ok(self.hand_out(self.grants.len() - 1, now))
    }

    fn refresh(&mut self, form: &[(String, String)], now: Moment) -> Result<Value, Refused> {
        let token = required(form, "refresh_token")?;
        let usable =
            |grant: &GrantRecord| grant.refresh_token == token && !grant.revoked && now < grant.refresh_expires_at;
        let found = self.grants.iter().position(usable).filter(|_| !self.config.refuse_refresh);
        let Some(index) = found else {
            return Err((OauthError::InvalidGrant, "Refresh token is invalid or expired.".to_owned()));
        };
        let next = self.ids.refresh_token();
        // Its life runs on from the first grant.
        let grant = &mut self.grants[index];
        grant.refreshes += 1;
        if self.config.rotate_refresh_tokens {
            grant.spent_refresh_tokens.push(std::mem::replace(&mut grant.refresh_token, next));
        }
        Ok(self.hand_out(index, now))
    }

    /// A new access token of a grant, as the token endpoint shows it.
    fn hand_out(&mut self, index: usize, now: Moment) -> Value {
        let token = self.ids.access_token();
        let grant = &mut self.grants[index];
        let expires_at = now.plus(self.config.access_token_lifetime);
        grant.access_tokens.push(AccessTokenRecord { token: token.clone(), expires_at });
        json!({
            "access_token": token,
            "expires_in": expires_at.since(now).as_secs(),
            "open_id": grant.open_id,
            "refresh_expires_in": grant.refresh_expires_at.since(now).as_secs(),
            "refresh_token": grant.refresh_token,
            "scope": Scope::join(&grant.scopes),
            "token_type": "Bearer",
        })
    }

    fn oauth_answer(&mut self, result: Result<Value, Refused>, now: Moment) -> Answer {
        match result {
            Ok(body) => Answer::json(StatusCode::OK, "ok", &body),
            Err((error, why)) => error.answer(&why, &self.config, &mut self.ids, now),
        }
    }
}

fn required<'a>(form: &'a [(String, String)], name: &str) -> Result<&'a str, Refused> {
    param(form, name).filter(|value| !value.is_empty()).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> Refused {
    (OauthError::InvalidRequest, format!("The request parameters are malformed: {name} is missing."))
}

/// Whether a verifier fits a challenge: lower-case hex, as TikTok's desktop guide has it, or base64url, as the standard has
/// it.
fn verifies(verifier: &str, challenge: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let digest = Sha256::digest(verifier.as_bytes());
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(allowed)
        && (challenge == hex::encode(digest) || challenge == URL_SAFE_NO_PAD.encode(digest))
}
