//! What must never be in a log.

use aws_stand_in::AwsStandIn;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tiktok_sim::Simulator;

/// A secret with a name for the reader of a failure.
pub(crate) type Secret = (&'static str, String);

/// Every secret that the stand-ins know: each token that TikTok ever handed out, dead ones included, each code and each
/// state that it saw, the app's own, and the data keys under which the tokens are sealed.
pub(crate) fn secrets_of(tiktok: &Simulator, aws: &AwsStandIn) -> Vec<Secret> {
    let ledger = tiktok.ledger();
    let mut secrets = vec![("the client secret", tiktok.client_secret().expose().to_owned())];
    for grant in ledger.grants {
        secrets.extend(grant.access_tokens.into_iter().map(|token| ("an access token", root(&token.token))));
        secrets.extend(grant.spent_refresh_tokens.iter().map(|token| ("a spent refresh token", root(token))));
        secrets.push(("a refresh token", root(&grant.refresh_token)));
    }
    for authorization in ledger.authorizations {
        secrets.push(("a state", authorization.state));
        secrets.extend(authorization.code.map(|code| ("an authorization code", root(&code))));
    }
    for key in aws.data_keys() {
        secrets.extend([STANDARD.encode(&key), hex::encode(&key), format!("{key:?}")].map(|key| ("a data key", key)));
    }
    secrets
}

/// A token or a code up to the first character that may be written in several ways in a URL or a form.
fn root(token: &str) -> String {
    token.split(['*', '!']).next().unwrap_or_default().to_owned()
}

/// The secrets that an answer of the API shows to its caller: keys, invites, addresses that are good for themselves.
pub(crate) fn secrets_in(answer: &Value) -> Vec<Secret> {
    let named = ["raw_key", "token", "url", "upload_url"].into_iter();
    let named = named.filter_map(|name| answer[name].as_str()).filter(|text| !text.contains('…'));
    let mut secrets: Vec<_> = named.map(|text| ("what an answer showed once", text.to_owned())).collect();
    let page: Option<url::Url> = answer["auth_url"].as_str().and_then(|page| page.parse().ok());
    let state = page.and_then(|page| Some(page.query_pairs().find(|(name, _)| name == "state")?.1.into_owned()));
    secrets.extend(state.map(|state| ("a state", state)));
    secrets
}

/// Names the secrets that a log shows, without showing them again. What shows by its form that it is a secret counts,
/// too.
pub(crate) fn leaks(log: &str, secrets: &[Secret]) -> Vec<&'static str> {
    let known = secrets.iter().filter(|(_, secret)| !secret.is_empty() && log.contains(secret)).map(|(name, _)| *name);
    known.chain(log_watch::found(log).into_iter().map(|found| found.name)).collect()
}

#[test]
fn a_leak_is_seen_and_named() {
    let secrets = [("a token", "act.secret".to_owned()), ("a key", "other".to_owned())];
    assert_eq!(leaks("sent act.secret to x?upload_token=1", &secrets), ["a token", "an upload URL"]);
    assert!(leaks("sent act.*** to x", &secrets).is_empty());
}

#[test]
fn a_secret_is_known_however_it_is_written() {
    assert_eq!(root("AbC*3!4821.e1"), "AbC");
    assert_eq!(root("act.AbC!4821.e1"), "act.AbC");
    let asked = serde_json::json!({"auth_url": "https://www.tiktok.com/v2/auth/authorize/?client_key=k&state=s%201"});
    assert_eq!(secrets_in(&asked), [("a state", "s 1".to_owned())]);
    let invite = serde_json::json!({"token": "t", "url": "https://x/invite/t", "id": "inv_1"});
    assert_eq!(secrets_in(&invite).len(), 2);
    assert_eq!(secrets_in(&serde_json::json!({"token": "abcd…"})), []);
}
