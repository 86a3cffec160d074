use serde_json::{Value, json};
use tiktok_sim::{Source, User};

use super::caps::{DAY, private_users};
use super::support::*;

#[tokio::test]
async fn an_accepted_init_names_publish_and_url_and_each_kind_has_its_prefix() {
    let app = App::with(|config| config.url_properties = vec!["https://cdn.example.com/v/".to_owned()]).await;
    let tokens = app.login().await;
    let pull = json!({"source": "PULL_FROM_URL", "video_url": "https://cdn.example.com/v/a.mp4"});
    let info = json!({"privacy_level": "SELF_ONLY"});
    let cases = [
        (DIRECT, direct(100, 100), "v_pub_file~v2", true),
        (DIRECT, json!({"post_info": info, "source_info": pull}), "v_pub_url~v2", false),
        (INBOX, json!({"source_info": source(100, 100)}), "v_inbox_file~v2", true),
        (INBOX, json!({"source_info": pull}), "v_inbox_url~v2", false),
    ];
    for (path, body, prefix, uploads) in cases {
        let answer = app.post(path, &tokens.access, &body).await;
        let data = answer.data();
        let publish_id = data["publish_id"].as_str().unwrap();
        assert!(publish_id.starts_with(prefix) && publish_id.len() <= 64, "{publish_id}");
        assert_eq!(data.get("upload_url").is_some(), uploads);
        if uploads {
            let url = data["upload_url"].as_str().unwrap();
            assert!(url.len() <= 256 && url.contains("/video/?upload_id=") && url.contains("&upload_token="), "{url}");
        }
        assert_eq!(answer.body["error"]["message"], "");
        let log_id = answer.body["error"]["log_id"].as_str().unwrap();
        let (time, tail) = log_id.split_at(14);
        assert!(time.bytes().all(|byte| byte.is_ascii_digit()), "{log_id}");
        assert!(tail.len() > 8 && tail.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte)));
        let ledger = app.sim.ledger();
        let record = ledger.publish(publish_id).unwrap();
        assert_eq!(record.request, body);
        assert_eq!(record.open_id, tokens.open_id);
        assert_eq!(record.source == Source::FileUpload, uploads);
    }
}

/// A direct post with one thing changed: a pointer into the body and its new value; `None` removes it.
fn changed(pointer: &str, value: Option<Value>) -> Value {
    let mut body = direct(100, 100);
    body["post_info"]["disable_duet"] = json!(false);
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let object = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => object.insert(name.to_owned(), value),
        None => object.remove(name),
    };
    body
}

#[tokio::test]
async fn bad_parameters_are_refused_and_leave_nothing_behind() {
    let app = App::with(|config| config.rate_limits.init = None).await;
    let tokens = app.login().await;
    let invalid = (400, "invalid_params");
    let mismatch = (403, "privacy_level_option_mismatch");
    let unverified = (403, "url_ownership_unverified");
    let (long, just_right) = ("x".repeat(2201), "\u{1f3ac}".repeat(1100));
    let pull = |url: &str| Some(json!({"source": "PULL_FROM_URL", "video_url": url}));
    let cases = [
        ("/post_info", None, invalid),
        ("/post_info", Some(json!("text")), invalid),
        ("/source_info", None, invalid),
        ("/source_info/source", None, invalid),
        ("/source_info/source", Some(json!("CARRIER_PIGEON")), invalid),
        ("/source_info/video_size", None, invalid),
        ("/source_info/video_size", Some(json!("100")), invalid),
        ("/source_info/video_size", Some(json!(0)), invalid),
        ("/source_info/video_size", Some(json!(-1)), invalid),
        ("/source_info/chunk_size", Some(json!(50)), invalid),
        ("/source_info/total_chunk_count", Some(json!(2)), invalid),
        ("/source_info", pull("not a url"), invalid),
        ("/source_info", pull("https://other.example.com/a.mp4"), unverified),
        ("/post_info/title", Some(json!(long)), invalid),
        ("/post_info/title", Some(json!(just_right + "x")), invalid),
        ("/post_info/title", Some(json!(7)), invalid),
        ("/post_info/title", Some(Value::Null), invalid),
        ("/post_info/disable_duet", Some(json!("false")), invalid),
        ("/post_info/disable_stitch", Some(Value::Null), invalid),
        ("/post_info/video_cover_timestamp_ms", Some(json!(1.5)), invalid),
        ("/post_info/is_aigc", Some(json!(1)), invalid),
        ("/post_info/privacy_level", Some(json!(3)), invalid),
        ("/post_info/privacy_level", None, mismatch),
        ("/post_info/privacy_level", Some(json!("EVERYONE")), mismatch),
        ("/post_info/privacy_level", Some(json!("FOLLOWER_OF_CREATOR")), mismatch),
    ];
    for (pointer, value, expected) in cases {
        let body = changed(pointer, value);
        let reply = app.post(DIRECT, &tokens.access, &body).await;
        assert_eq!(reply.verdict(), expected, "{body}");
        assert_eq!(reply.body["data"], json!({}));
    }
    let branded = changed("/post_info", Some(json!({"privacy_level": "SELF_ONLY", "brand_content_toggle": true})));
    assert_eq!(app.post(DIRECT, &tokens.access, &branded).await.verdict(), invalid);
    for text in ["", "{", "[]", "null"] {
        let url = format!("{}{DIRECT}", app.sim.url());
        let request = app.http.post(&url).bearer_auth(&tokens.access).header("Content-Type", "application/json");
        assert_eq!(reply(request.body(text).send().await.unwrap()).await.verdict(), invalid, "{text}");
        let plain = app.http.post(&url).bearer_auth(&tokens.access).body(direct(100, 100).to_string());
        assert_eq!(reply(plain.send().await.unwrap()).await.verdict(), invalid);
    }
    assert!(app.sim.ledger().publishes.is_empty());
}

#[tokio::test]
async fn odd_but_valid_parameters_are_accepted() {
    let app = App::with(|config| config.rate_limits.init = None).await;
    let tokens = app.login().await;
    let cases = [
        ("/post_info/title", Some(json!("\u{1f3ac}".repeat(1100)))),
        ("/post_info/title", None),
        ("/post_info/video_cover_timestamp_ms", Some(json!(-5))),
        ("/post_info/privacy_level", Some(json!("MUTUAL_FOLLOW_FRIENDS"))),
        ("/post_info/brand_content_toggle", Some(json!(true))),
        ("/post_info/unknown", Some(Value::Null)),
    ];
    for (pointer, value) in cases {
        app.post(DIRECT, &tokens.access, &changed(pointer, value)).await.data();
    }
}

#[tokio::test]
async fn a_draft_drops_what_is_said_about_the_post() {
    let app = App::start().await;
    let tokens = app.login().await;
    let mut body = direct(100, 100);
    body["post_info"]["privacy_level"] = json!("NONSENSE");
    let (publish_id, _) = app.init_at(INBOX, &tokens, &body).await;
    let ledger = app.sim.ledger();
    let record = ledger.publish(&publish_id).unwrap();
    assert_eq!((&record.post_info, record.privacy_level), (&Value::Null, None));
}

#[tokio::test]
async fn checks_come_in_tiktoks_order() {
    let app = App::with(|config| {
        config.rate_limits.init = Some(1);
        // One token is used to the end, which is more than a day later.
        config.access_token_lifetime = 2 * DAY;
    })
    .await;
    let draft_only = app.login_with(&[("scope", "video.upload")]).await;
    let tokens = app.login().await;
    let nonsense = json!({"source_info": 1});
    // Path, then method, before the token.
    for (path, status) in [("/v2/post/publish/video/init", 404), ("/v2/nothing/", 404), ("/", 404)] {
        let reply = app.post(path, "no token", &nonsense).await;
        assert_eq!(reply.verdict(), (status, "unsupported_path"), "{path}");
        assert_eq!(reply.body["error"]["message"], "Unsupported path(Janus)");
    }
    assert_eq!(app.get(DIRECT, &tokens.access).await.status, 405);
    // Token, before scope.
    assert_eq!(app.post(DIRECT, "act.wrong", &nonsense).await.verdict(), (401, "access_token_invalid"));
    let url = format!("{}{DIRECT}", app.sim.url());
    assert_eq!(reply(app.http.post(url).json(&nonsense).send().await.unwrap()).await.status, 401);
    // Scope, before rate and parameters: refused calls do not count.
    for _ in 0..3 {
        assert_eq!(app.post(DIRECT, &draft_only.access, &nonsense).await.verdict(), (401, "scope_not_authorized"));
    }
    // Parameters before the rate runs out, then rate before parameters.
    assert_eq!(app.post(DIRECT, &tokens.access, &nonsense).await.verdict(), (400, "invalid_params"));
    assert_eq!(app.post(DIRECT, &tokens.access, &nonsense).await.verdict(), (429, "rate_limit_exceeded"));
    // The creator is none of the five users whom an unaudited app has for the day.
    app.sim.configure(|config| (config.audited, config.rate_limits.init) = (false, None)).unwrap();
    let mut body = direct(100, 100);
    body["post_info"]["privacy_level"] = json!("SELF_ONLY");
    for private in private_users(&app, 5).await {
        app.init_at(DIRECT, &private, &body).await;
    }
    // Ban before caps and privacy, ownership before the ban, parameters before both.
    app.sim.configure(|config| config.daily_post_cap = Some(0)).unwrap();
    let open_id = Some(tokens.open_id.clone());
    let user = |banned, private| User { open_id: open_id.clone(), banned, private, ..User::default() };
    app.sim.add_user(user(true, false));
    let mut body = direct(100, 100);
    let mut expect = |change: &dyn Fn(&mut Value), code: &'static str| {
        change(&mut body);
        let (app, access, body) = (app.clone(), tokens.access.clone(), body.clone());
        async move { assert_eq!(app.post(DIRECT, &access, &body).await.code(), code) }
    };
    let pull = |body: &mut Value| {
        body["source_info"] = json!({"source": "PULL_FROM_URL", "video_url": "https://x.example.com/a"});
    };
    expect(&|body| body["post_info"]["title"] = json!(1), "invalid_params").await;
    expect(&|body| body["post_info"] = json!({"privacy_level": "WRONG"}), "spam_risk_user_banned_from_posting").await;
    expect(&pull, "url_ownership_unverified").await;
    app.sim.add_user(user(false, false));
    expect(&|body| body["source_info"] = source(100, 100), "reached_active_user_cap").await;
    app.sim.advance(DAY);
    expect(&|_| {}, "spam_risk_too_many_posts").await;
    app.sim.configure(|config| config.daily_post_cap = Some(15)).unwrap();
    expect(&|_| {}, "unaudited_client_can_only_post_to_private_accounts").await;
    app.sim.add_user(user(false, true));
    expect(&|_| {}, "unaudited_client_can_only_post_to_private_accounts").await;
    app.sim.configure(|config| config.audited = true).unwrap();
    expect(&|_| {}, "privacy_level_option_mismatch").await;
    expect(&|body| body["post_info"]["privacy_level"] = json!("FOLLOWER_OF_CREATOR"), "ok").await;
}

#[tokio::test]
async fn posting_refusals_all_carry_the_same_message() {
    let app = App::with(|config| config.audited = false).await;
    let tokens = app.login().await;
    let reply = app.post(DIRECT, &tokens.access, &direct(100, 100)).await;
    let message = reply.body["error"]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "Please review our integration guidelines at https://developers.tiktok.com/doc/content-sharing-guidelines/"
    );
}
