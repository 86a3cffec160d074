use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};
use tiktok_sim::{AuthorizationRecord, Config, Consent, OauthErrorStatus, Simulator, StartError, User};

use super::support::*;

#[tokio::test]
async fn consent_brings_a_code_that_survives_one_decoding_and_buys_tokens_once() {
    let app = App::start().await;
    let answer = app.authorize(&[("scope", "video.publish,user.info.basic")]).await;
    let location = answer.headers()["Location"].to_str().unwrap().to_owned();
    assert!(location.contains("%2A") && location.contains("%21"), "{location}");
    let callback = params_of(&answer);
    assert_eq!(callback["state"], "state & more=1");
    assert_eq!(callback["scopes"], "user.info.basic,video.publish");
    let code = &callback["code"];
    assert!(code.contains('*') && code.contains('!'), "{code}");

    let first = app.exchange(code).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.body["expires_in"], 7200);
    assert_eq!(first.body["refresh_expires_in"], 15_552_000);
    assert_eq!(first.body["scope"], "user.info.basic,video.publish");
    assert_eq!(first.body["token_type"], "Bearer");
    assert!(first.body.get("data").is_none() && first.body.get("error").is_none());
    let tokens = tokens(&first);
    assert!(tokens.access.starts_with("act.") && tokens.refresh.starts_with("rft."));
    assert_eq!(app.exchange(code).await.verdict(), (200, "invalid_grant"));
    let ledger = app.sim.ledger();
    assert_eq!(ledger.grants.len(), 1);
    let visit = AuthorizationRecord { state: "state & more=1".to_owned(), code: Some(code.clone()) };
    assert_eq!(ledger.authorizations, [visit]);
}

#[tokio::test]
async fn the_authorization_page_sends_back_only_what_it_safely_can() {
    let app = App::start().await;
    let page = [
        ("client_key", "someone-else"),
        ("redirect_uri", "https://evil.example.com/"),
        ("redirect_uri", "http://127.0.0.1:9/callback?a=1"),
        ("redirect_uri", ""),
        ("sim_user", "nobody"),
    ];
    for (name, value) in page {
        assert_eq!(app.authorize(&[(name, value)]).await.status(), 400, "{name}={value}");
    }
    let back = [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("scope", "", "invalid_request"),
        ("scope", "user.info.basic video.publish", "invalid_scope"),
        ("scope", "video.delete", "invalid_scope"),
        ("state", "", "invalid_request"),
        ("code_challenge", "abc", "invalid_request"),
        ("sim_decision", "deny", "access_denied"),
    ];
    for (name, value, error) in back {
        let callback = app.callback(&[(name, value)]).await;
        assert_eq!(callback["error"], error, "{name}={value}");
        assert!(!callback.contains_key("code"));
        assert_eq!(callback.contains_key("state"), name != "state");
    }
}

#[tokio::test]
async fn only_registered_redirect_uris_are_accepted_once_there_are_some() {
    let app = App::with(|config| config.redirect_uris = vec!["https://app.example.com/cb/".to_owned()]).await;
    assert_eq!(app.authorize(&[("redirect_uri", "https://app.example.com/cb/")]).await.status(), 302);
    for other in ["https://app.example.com/cb", REDIRECT] {
        assert_eq!(app.authorize(&[("redirect_uri", other)]).await.status(), 400);
    }
    let config = Config { redirect_uris: vec!["http://app.example.com/".to_owned()], ..Config::default() };
    assert!(matches!(Simulator::start(config).await, Err(StartError::Config(_))));
}

#[tokio::test]
async fn the_consent_page_lets_one_untick_scopes_choose_the_account_or_cancel() {
    let app = App::with(|config| config.consent = Consent::Page).await;
    let other = app.sim.add_user(User { username: "second".to_owned(), ..User::default() });
    let shown = app.authorize(&[("state", "\"><script>")]).await;
    assert_eq!(shown.status(), 200);
    let html = shown.text().await.unwrap();
    assert!(html.contains("value=\"video.publish\" checked") && html.contains("@second"));
    assert!(!html.contains("<script>"));

    let url = format!("{}/v2/auth/authorize/", app.sim.url());
    let key = app.sim.client_key();
    let form = |decision: &'static str| {
        [
            ("client_key", key.as_str()),
            ("response_type", "code"),
            ("scope", "user.info.basic,video.publish,video.upload"),
            ("redirect_uri", REDIRECT),
            ("state", "s"),
            ("sim_user", other.as_str()),
            ("grant", "user.info.basic"),
            ("grant", "video.upload"),
            ("grant", "video.list"),
            ("decision", decision),
        ]
    };
    let denied = app.http.post(&url).form(&form("deny")).send().await.unwrap();
    assert_eq!(params_of(&denied)["error"], "access_denied");
    let granted = app.http.post(&url).form(&form("approve")).send().await.unwrap();
    let callback = params_of(&granted);
    assert_eq!(callback["scopes"], "user.info.basic,video.upload");
    let tokens = tokens(&app.exchange(&callback["code"]).await);
    assert_eq!(tokens.open_id, other);
    assert_eq!(app.post(DIRECT, &tokens.access, &json!({})).await.verdict(), (401, "scope_not_authorized"));

    // The session is known now: the page is skipped, unless the app insists.
    let again = [("scope", "user.info.basic")];
    assert_eq!(app.authorize(&again).await.status(), 302);
    assert_eq!(app.authorize(&[again[0], ("disable_auto_auth", "1")]).await.status(), 200);
    assert_eq!(app.authorize(&[("scope", "video.publish")]).await.status(), 200);
}

#[tokio::test]
async fn the_token_endpoint_refuses_malformed_requests_with_a_flat_body() {
    let app = App::start().await;
    let code = app.callback(&[]).await["code"].clone();
    let code = code.as_str();
    let grant = ("grant_type", "authorization_code");
    let redirect = ("redirect_uri", REDIRECT);
    let cases: [(&[(&str, &str)], &str); 8] = [
        (&[grant, ("code", code), redirect, ("client_secret", "wrong")], "invalid_client"),
        (&[grant, ("code", code), redirect, ("client_key", "wrong")], "invalid_client"),
        (&[grant, ("code", code), redirect, ("client_key", "")], "invalid_request"),
        (&[("code", code), redirect], "invalid_request"),
        (&[("grant_type", "password")], "unsupported_grant_type"),
        (&[grant, redirect], "invalid_request"),
        (&[grant, ("code", code), ("redirect_uri", "http://127.0.0.1:9/other")], "invalid_request"),
        (&[grant, ("code", "made-up"), redirect], "invalid_grant"),
    ];
    for status in [OauthErrorStatus::AlwaysOk, OauthErrorStatus::Standard] {
        app.sim.configure(|config| config.oauth_error_status = status).unwrap();
        for (form, error) in &cases {
            let expected = match (status, *error) {
                (OauthErrorStatus::AlwaysOk, _) => 200,
                (_, "invalid_client") => 401,
                _ => 400,
            };
            let reply = app.token(form).await;
            assert_eq!(reply.verdict(), (expected, *error), "{form:?}");
            assert!(reply.body["error_description"].is_string() && reply.body["log_id"].is_string());
        }
    }
    let url = format!("{}/v2/oauth/token/", app.sim.url());
    let as_json = reply(app.http.post(&url).json(&json!({"code": code})).send().await.unwrap()).await;
    assert_eq!(as_json.code(), "invalid_request");
    // None of that has spent the code.
    assert_eq!(app.exchange(code).await.body["token_type"], "Bearer");
}

#[tokio::test]
async fn a_code_lives_ten_minutes() {
    let app = App::start().await;
    let code = app.callback(&[]).await["code"].clone();
    app.sim.advance(Duration::from_mins(10));
    assert_eq!(app.exchange(&code).await.code(), "invalid_grant");
}

#[tokio::test]
async fn a_challenge_is_checked_in_both_of_its_spellings() {
    let app = App::start().await;
    let verifier = "v".repeat(43);
    let hex = hex::encode(Sha256::digest(&verifier));
    let standard = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, Sha256::digest(&verifier));
    for challenge in [hex, standard] {
        let sent = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
        let code = app.callback(&sent).await["code"].clone();
        let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
        assert_eq!(app.token(&form).await.code(), "invalid_request");
        let with = |verifier| [form[0], form[1], form[2], ("code_verifier", verifier)];
        let wrong = "w".repeat(43);
        assert_eq!(app.token(&with(&wrong)).await.code(), "invalid_grant");
        assert_eq!(app.token(&with(&verifier)).await.body["token_type"], "Bearer");
    }
}

#[tokio::test]
async fn every_refresh_rotates_both_tokens_and_the_refresh_clock_runs_on() {
    let app = App::start().await;
    let first = app.login().await;
    app.sim.advance(Duration::from_hours(1));
    let reply = app.refresh(&first.refresh).await;
    let second = tokens(&reply);
    assert_ne!(first.access, second.access);
    assert_ne!(first.refresh, second.refresh);
    assert_eq!(reply.body["expires_in"], 7200);
    let left = reply.body["refresh_expires_in"].as_u64().unwrap();
    assert!((15_548_000..=15_548_400).contains(&left), "{left}");
    assert_eq!(app.refresh(&first.refresh).await.code(), "invalid_grant");
    // The old access token lives to its own end, and no longer.
    app.get("/v2/user/info/?fields=open_id", &first.access).await.data();
    app.sim.advance(Duration::from_hours(1));
    let old = app.get("/v2/user/info/?fields=open_id", &first.access).await;
    assert_eq!(old.verdict(), (401, "access_token_invalid"));
    app.get("/v2/user/info/?fields=open_id", &second.access).await.data();
    app.sim.advance(Duration::from_hours(180 * 24));
    assert_eq!(app.refresh(&second.refresh).await.code(), "invalid_grant");
}

#[tokio::test]
async fn the_other_habits_of_refreshing_can_be_switched_on() {
    let app = App::with(|config| config.rotate_refresh_tokens = false).await;
    let first = app.login().await;
    assert_eq!(tokens(&app.refresh(&first.refresh).await).refresh, first.refresh);
    app.sim.configure(|config| config.refuse_refresh = true).unwrap();
    assert_eq!(app.refresh(&first.refresh).await.code(), "invalid_grant");
}

#[tokio::test]
async fn revoking_kills_all_tokens_of_the_user_and_tells_the_app() {
    let app = App::start().await;
    let first = app.login().await;
    let second = app.login().await;
    assert_eq!(app.revoke("act.unknown").await.code(), "invalid_grant");
    let revoked = app.revoke(&second.access).await;
    assert_eq!((revoked.status, &revoked.body), (200, &json!({})));
    for tokens in [&first, &second] {
        assert_eq!(app.get("/v2/user/info/?fields=open_id", &tokens.access).await.status, 401);
        assert_eq!(app.refresh(&tokens.refresh).await.code(), "invalid_grant");
    }
    let ledger = app.sim.ledger();
    let removed = ledger.webhooks_of("authorization.removed");
    assert_eq!(removed.len(), 1);
    assert!(removed[0].body.contains(r#"{\"reason\":5}"#), "{}", removed[0].body);
    assert!(ledger.grant_of(&first.open_id).is_none());
}

#[tokio::test]
async fn the_logged_in_user_is_the_one_who_consents() {
    let app = App::start().await;
    let other = app.sim.add_user(User { username: "second".to_owned(), ..User::default() });
    assert_eq!(app.login().await.open_id, app.sim.users()[0]);
    assert!(app.sim.log_in("second"));
    assert_eq!(app.login().await.open_id, other);
    assert!(!app.sim.log_in("nobody"));
    let by_handle = app.login_with(&[("sim_user", "sim.creator"), ("sim_untick", "video.list")]).await;
    assert_eq!(by_handle.open_id, app.sim.users()[0]);
    assert_eq!(app.sim.ledger().grant_of(&by_handle.open_id).unwrap().scopes.len(), 5);
}
