//! Login Kit: from the authorization page to tokens, and back.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use slipway_domain::OpenId;
use url::Url;

use crate::answer::Answer;
use crate::double::consented;
use crate::paths::{REVOKE, TOKEN};
use crate::{AccessToken, Client, Error, RefreshToken, Scope, Scopes, lenient};

const AUTHORIZE: &str = "/v2/auth/authorize/";

/// What a creator gave the app: TikTok's answer to a code or to a refresh token.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The creator, within this app. Kept verbatim.
    pub open_id: OpenId,
    /// What was granted; it can be less than was asked for. Empty if the answer does not say.
    pub scopes: Scopes,
    /// For calls.
    pub access_token: AccessToken,
    /// How long the access token lives from now. TikTok has changed it before: nothing else knows.
    pub access_expires_in: Duration,
    /// For the next pair. Store it before it is used: TikTok forgets the one before.
    pub refresh_token: RefreshToken,
    /// How long the refresh token lives from now.
    pub refresh_expires_in: Duration,
}

impl Client {
    /// Where to send the creator's browser.
    ///
    /// `redirect_uri` must equal a registered one exactly. With `disable_auto_auth` the consent page is shown
    /// even if TikTok has a session for this app; without it, "connect another account" silently takes the same one.
    pub fn authorize_url(&self, redirect_uri: &str, scopes: &[Scope], state: &str, disable_auto_auth: bool) -> Url {
        // Where no creator has to be asked.
        if self.is_double() {
            return consented(redirect_uri, self.api_base(), state);
        }
        let scope = scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(",");
        let mut url = self.auth_url(AUTHORIZE);
        url.query_pairs_mut()
            .append_pair("client_key", self.client_key())
            .append_pair("response_type", "code")
            .append_pair("scope", &scope)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", state)
            .append_pair("disable_auto_auth", if disable_auto_auth { "1" } else { "0" });
        url
    }

    /// Buys tokens with the code of a callback, decoded exactly once. Take a code as good for one use, at once.
    pub async fn exchange_code(&self, code: &SecretString, redirect_uri: &str) -> Result<Grant, Error> {
        let fields =
            [("grant_type", "authorization_code"), ("code", code.expose_secret()), ("redirect_uri", redirect_uri)];
        self.grant(&fields).await
    }

    /// Buys the next pair of tokens. TikTok forgets the old refresh token as soon as it has made a new one, so only
    /// one refresh an account at a time, and after `invalid_grant` look first whether somebody else has refreshed.
    pub async fn refresh(&self, token: &RefreshToken) -> Result<Grant, Error> {
        self.grant(&[("grant_type", "refresh_token"), ("refresh_token", token.expose())]).await
    }

    /// Takes the app off the creator's list of connected apps; all its tokens die.
    pub async fn revoke(&self, token: &AccessToken) -> Result<(), Error> {
        let request = self.post_form(REVOKE, &self.with_credentials(&[("token", token.expose())]));
        self.call(REVOKE, request, Answer::flat_nothing).await
    }

    async fn grant(&self, fields: &[(&str, &str)]) -> Result<Grant, Error> {
        let request = self.post_form(TOKEN, &self.with_credentials(fields)).header("Cache-Control", "no-cache");
        self.call::<TokenAnswer>(TOKEN, request, Answer::flat).await.map(Grant::from)
    }

    fn with_credentials<'a>(&'a self, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        [&[("client_key", self.client_key()), ("client_secret", self.client_secret())], fields].concat()
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(deserialize_with = "not_empty")]
    open_id: String,
    #[serde(default)]
    scope: Option<String>,
    #[serde(deserialize_with = "not_empty")]
    access_token: String,
    #[serde(deserialize_with = "seconds")]
    expires_in: Duration,
    #[serde(deserialize_with = "not_empty")]
    refresh_token: String,
    #[serde(deserialize_with = "seconds")]
    refresh_expires_in: Duration,
}

impl From<TokenAnswer> for Grant {
    fn from(answer: TokenAnswer) -> Self {
        Self {
            open_id: OpenId::new(answer.open_id),
            scopes: Scopes::parse(answer.scope.as_deref().unwrap_or_default()),
            access_token: AccessToken::new(answer.access_token),
            access_expires_in: answer.expires_in,
            refresh_token: RefreshToken::new(answer.refresh_token),
            refresh_expires_in: answer.refresh_expires_in,
        }
    }
}

fn not_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    lenient::text(deserializer)?.ok_or_else(|| D::Error::custom("empty"))
}

/// Seconds that are left: a negative number means that nothing is left.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let number =
        value.as_i64().or_else(|| value.as_str()?.parse().ok()).ok_or_else(|| D::Error::custom("no number"))?;
    Ok(Duration::from_secs(u64::try_from(number).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tests::answer;
    use crate::client::tests::client;

    fn grant(body: &str) -> Result<Grant, Error> {
        answer(200, body).flat::<TokenAnswer>().map(|success| success.value.into())
    }

    #[test]
    fn the_authorization_url_has_what_tiktok_asks_for() {
        let url = client().authorize_url(
            "https://api.example.com/oauth/callback/tiktok",
            &[Scope::UserInfoBasic, Scope::VideoPublish],
            "st&te=1",
            true,
        );
        assert_eq!(
            url.as_str(),
            "https://www.tiktok.com/v2/auth/authorize/?client_key=key&response_type=code&scope=user.info.basic%2Cvideo.publish\
             &redirect_uri=https%3A%2F%2Fapi.example.com%2Foauth%2Fcallback%2Ftiktok&state=st%26te%3D1&disable_auto_auth=1"
        );
    }

    #[test]
    fn lifetimes_come_from_the_answer_alone() {
        for (access, refresh) in [(86400, 31_536_000), (7200, 15_552_000), (0, 1)] {
            let body = format!(
                r#"{{"access_token":"act.ex1","expires_in":{access},"open_id":"afd97af1-b87b","refresh_expires_in":{refresh},
                "refresh_token":"rft.ex1","scope":"user.info.basic,video.list","token_type":"Bearer","error":""}}"#
            );
            let grant = grant(&body).unwrap();
            assert_eq!(grant.access_expires_in, Duration::from_secs(access));
            assert_eq!(grant.refresh_expires_in, Duration::from_secs(refresh));
            assert_eq!(grant.open_id.as_str(), "afd97af1-b87b");
            assert!(grant.scopes.contains(&Scope::VideoList));
            assert_eq!((grant.access_token.expose(), grant.refresh_token.expose()), ("act.ex1", "rft.ex1"));
            assert!(!format!("{grant:?}").contains("ex1"));
        }
    }

    #[test]
    fn odd_but_usable_token_answers_do_not_lose_the_tokens() {
        let body =
            r#"{"access_token":"a","expires_in":"7200","open_id":"o","refresh_expires_in":-5,"refresh_token":"r"}"#;
        let grant = grant(body).unwrap();
        assert_eq!(grant.access_expires_in, Duration::from_hours(2));
        assert_eq!(grant.refresh_expires_in, Duration::ZERO);
        assert_eq!(grant.scopes, Scopes::default());
    }

    #[test]
    fn a_grant_without_a_token_is_none() {
        for body in [
            r#"{"access_token":"","expires_in":1,"open_id":"o","refresh_expires_in":1,"refresh_token":"r"}"#,
            r#"{"access_token":"a","expires_in":1,"open_id":"","refresh_expires_in":1,"refresh_token":"r"}"#,
            r#"{"access_token":"a","expires_in":1,"open_id":"o","refresh_expires_in":1}"#,
            r#"{"access_token":"a","expires_in":"soon","open_id":"o","refresh_expires_in":1,"refresh_token":"r"}"#,
        ] {
            assert!(matches!(grant(body), Err(Error::Unreadable { .. })), "{body}");
        }
    }
}
