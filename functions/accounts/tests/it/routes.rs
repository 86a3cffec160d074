//! The list, one account, its limits, and the end of it.

use std::collections::BTreeSet;
use std::time::Instant;

use axum::body::Body;
use futures_util::future::join_all;
use http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_store::accounts::{AccountRecord, AccountStatus, Question};
use tiktok_sim::{Action, Endpoint, Fault, RateLimits, User};

use crate::support::World;

#[tokio::test]
async fn what_tiktok_has_nothing_for_is_501_with_a_key_and_a_wrong_path_404() {
    let world = World::start().await;
    let caller = world.caller_with(&["media:read"], &[]).await;
    for (method, path) in [
        ("GET", "/v1/accounts/acc_1/pages"),
        ("PATCH", "/v1/accounts/acc_1/pages/page_1/"),
        ("GET", "/v1/accounts/acc_1/boards"),
        ("POST", "/v1/accounts/acc_1/export"),
        ("GET", "/v1/accounts/acc_1/mentions?limit=1"),
        ("GET", "/v1/platforms/youtube/accounts/acc_1/summary"),
        ("POST", "/v1/platforms/youtube/accounts/acc_1/sync"),
        ("PATCH", "/v1/platforms/youtube/accounts/acc_1/videos/v_1"),
        ("POST", "/v1/platforms/youtube/comments/c_1/moderate"),
    ] {
        let answer = caller.call(&world.router, method, path, None).await;
        answer.expect(501);
        assert_eq!(answer.code(), "resource.not_supported", "{method} {path}");
        let stranger = world.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await;
        assert_eq!((stranger.status.as_u16(), stranger.code().as_str()), (401, "auth.missing_header"), "{path}");
    }
    for path in ["/v1/accounts/acc_1/walls", "/v1/platforms/youtube", "/v1/platforms/myspace/accounts/acc_1/summary"] {
        let answer = world.get(&caller, path).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "http.404"), "{path}");
    }
}

#[tokio::test]
async fn a_list_has_the_shape_that_clients_page_by() {
    let world = World::start().await;
    let caller = world.caller().await;
    let empty = world.get(&caller, "/v1/accounts/").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert_eq!(
        empty.json(),
        json!({"data": [], "count": 0, "next_cursor": null,
            "pagination": {"has_more": false, "next_cursor": null, "limit": 50}})
    );
    for name in ["one", "two", "three"] {
        let open_id = world.bench.tiktok.add_user(User { username: name.to_owned(), ..User::default() });
        world.connect_as(&caller, &[("sim_user", &open_id)]).await;
    }
    let first = world.get(&caller, "/v1/accounts?limit=2").await.json();
    assert_eq!((first["count"].as_u64(), first["pagination"]["has_more"].as_bool()), (Some(2), Some(true)));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = world.get(&caller, &format!("/v1/accounts?limit=2&cursor={cursor}")).await.json();
    assert_eq!((second["count"].as_u64(), &second["next_cursor"]), (Some(1), &json!(null)));
    let names: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| page["data"].as_array().unwrap())
        .map(|account| account["username"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["one", "two", "three"]);

    let stranger = world.caller().await;
    assert_eq!(world.get(&stranger, "/v1/accounts").await.json()["count"], 0);
    let foreign = world.get(&stranger, &format!("/v1/accounts?cursor={cursor}")).await;
    assert_eq!((foreign.status, foreign.code().as_str()), (StatusCode::BAD_REQUEST, "validation.field_invalid"));
}

#[tokio::test]
async fn wrong_parameters_of_a_list_are_named_at_once() {
    let world = World::start().await;
    let caller = world.caller().await;
    let answer = world.get(&caller, "/v1/accounts?limit=101&cursor=x&brand_id=acc_1").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let issues = answer.json()["error"]["meta"]["issues"].as_array().unwrap().clone();
    let fields: Vec<_> = issues.iter().map(|issue| issue["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["limit", "cursor", "brand_id"]);
}

#[tokio::test]
async fn a_key_of_one_brand_sees_its_accounts_only() {
    let world = World::start().await;
    let owner = world.caller().await;
    world.bench.make_brand(&owner.tenant, "brand_a").await;
    let insider = world.bench.caller_with(&owner.tenant, &[], &["brand_a"]).await;
    let body = json!({"platform": "tiktok", "brand_id": "brand_a"});
    let back = world.visit(world.begin(&insider, body).await, &[]).await;
    assert_eq!(world.open(&back).await.status, StatusCode::OK);
    let id =
        world.get(&owner, "/v1/accounts?brand_id=brand_a").await.json()["data"][0]["id"].as_str().unwrap().to_owned();

    let outsider = world.bench.caller_with(&owner.tenant, &[], &["brand_b"]).await;
    assert_eq!(world.get(&insider, &format!("/v1/accounts/{id}")).await.json()["brand_id"], "brand_a");
    assert_eq!(world.get(&outsider, &format!("/v1/accounts/{id}")).await.status, StatusCode::NOT_FOUND);
    for path in ["/v1/accounts", "/v1/accounts?brand_id=brand_a"] {
        assert_eq!(world.get(&insider, path).await.json()["count"], 1, "{path}");
        assert_eq!(world.get(&outsider, path).await.json()["count"], 0, "{path}");
    }
}

#[tokio::test]
async fn nothing_is_shown_without_a_key() {
    let world = World::start().await;
    for (method, path) in [
        ("GET", "/v1/accounts"),
        ("GET", "/v1/accounts/acc_1"),
        ("DELETE", "/v1/accounts/acc_1"),
        ("GET", "/v1/accounts/acc_1/creator-info"),
        ("GET", "/v1/accounts/acc_1/limits"),
        ("POST", "/v1/accounts/connect"),
        ("POST", "/v1/oauth/exchange"),
    ] {
        let answer = world.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::UNAUTHORIZED, "auth.missing_header"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn unknown_accounts_routes_and_methods_are_said() {
    let world = World::start().await;
    let caller = world.caller().await;
    for (method, path, status, code) in [
        ("GET", "/v1/accounts/acc_none", 404, "account.not_found"),
        ("GET", "/v1/accounts/..%2F", 404, "account.not_found"),
        ("DELETE", "/v1/accounts/post_1", 404, "account.not_found"),
        ("GET", "/v1/accounts/acc_none/limits", 404, "account.not_found"),
        ("GET", "/v1/accounts/acc_1/nothing", 404, "http.404"),
        ("PUT", "/v1/accounts/acc_1", 405, "http.405"),
    ] {
        let answer = world.call(&caller, method, path, None).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{method} {path}");
    }
}

#[tokio::test]
async fn creator_info_is_tiktoks_own_and_kept_for_a_minute() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    let path = format!("/v1/accounts/{}/creator-info", account.id);
    let before = world.asked(Endpoint::CreatorInfo);
    for _ in 0..2 {
        let info = world.get(&caller, &path).await.json();
        assert_eq!((info["platform"].as_str(), info["nickname"].as_str()), (Some("tiktok"), Some("Sim Creator")));
        assert_eq!((info["can_post"].as_bool(), info["max_video_duration_sec"].as_u64()), (Some(true), Some(600)));
        assert_eq!(info["privacy_level_options"].as_array().unwrap().len(), 3);
        assert_eq!(
            info["interaction_settings"],
            json!({"comment_disabled": false, "duet_disabled": false, "stitch_disabled": false})
        );
    }
    assert_eq!(world.asked(Endpoint::CreatorInfo) - before, 1);
    world.bench.forget_creators().await;
    world.get(&caller, &path).await;
    assert_eq!(world.asked(Endpoint::CreatorInfo) - before, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_questions_about_a_creator_at_once_are_one_to_tiktok() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    let path = format!("/v1/accounts/{}/creator-info", account.id);
    let before = world.asked(Endpoint::CreatorInfo);
    let answers = join_all((0..50).map(|_| world.get(&caller, &path))).await;
    assert!(answers.iter().all(|answer| answer.json()["can_post"] == true));
    assert_eq!(world.asked(Endpoint::CreatorInfo) - before, 1);
}

#[tokio::test]
async fn a_question_that_tiktok_does_not_answer_is_not_asked_on_and_on() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    let path = format!("/v1/accounts/{}/creator-info", account.id);
    let before = world.asked(Endpoint::CreatorInfo);
    world.bench.tiktok.fault(Fault::on(Endpoint::CreatorInfo, Action::StatusBefore { status: 500, code: None }));
    let (asked_at, started) = (Timestamp::now(), Instant::now());
    assert_eq!(world.get(&caller, &path).await.status, StatusCode::BAD_GATEWAY);
    let known = world.account(&caller, &account.id).await.unwrap();
    let free_at = Question::CreatorInfo.free_at(&known).unwrap();
    let rest = SignedDuration::from_secs(3);
    assert!((asked_at + rest..=Timestamp::now() + rest).contains(&free_at), "{free_at} after {asked_at}");
    let answers = join_all((0..20).map(|_| world.get(&caller, &path))).await;
    let asked = world.asked(Endpoint::CreatorInfo) - before;
    let most = 1 + started.elapsed().as_secs() / 3;
    assert!(asked as u64 <= most, "{asked} in {:?}", started.elapsed());
    let codes: BTreeSet<_> = answers.iter().map(|answer| (answer.status.as_u16(), answer.code())).collect();
    let [unanswered, held] = ["platform.tiktok.api_error", "platform.tiktok.rate_limit"].map(str::to_owned);
    assert_eq!(codes, [(502, unanswered), (429, held)].into());
}

#[tokio::test]
async fn who_may_not_ask_yet_is_told_exactly_how_long_to_wait() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    let before = world.asked(Endpoint::CreatorInfo);
    let free_at = Timestamp::now() + SignedDuration::from_mins(5);
    world.app.accounts.end_asking(&account, Question::CreatorInfo, free_at).await.unwrap().done().unwrap();
    let begun = Timestamp::now();
    let answer = world.get(&caller, &format!("/v1/accounts/{}/creator-info", account.id)).await;
    let ended = Timestamp::now();
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "platform.tiktok.rate_limit"));
    let wait: i64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    let rest = |now: Timestamp| free_at.duration_since(now).as_secs();
    assert!((rest(ended)..=rest(begun) + 1).contains(&wait), "{wait} between {begun} and {ended}");
    assert_eq!(world.asked(Endpoint::CreatorInfo), before);
}

#[tokio::test]
async fn who_dies_while_asking_holds_the_others_off_for_half_a_minute() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    let path = format!("/v1/accounts/{}/creator-info", account.id);
    let before = world.asked(Endpoint::CreatorInfo);
    let (now, accounts) = (Timestamp::now(), &world.app.accounts);
    for (until, status) in [(SignedDuration::from_secs(30), 429), (SignedDuration::from_secs(-1), 200)] {
        world.bench.forget_creators().await;
        let asking = accounts.begin_asking(&account, Question::CreatorInfo, now, now + until).await;
        assert!(asking.unwrap().is_done());
        assert_eq!(world.get(&caller, &path).await.status.as_u16(), status);
    }
    assert_eq!(world.asked(Endpoint::CreatorInfo) - before, 1);
}

#[tokio::test]
async fn a_creator_who_can_not_post_is_an_answer_and_not_an_error() {
    let world = World::start().await;
    let open_id = world.bench.tiktok.add_user(User { username: "banned".to_owned(), banned: true, ..User::default() });
    let caller = world.caller().await;
    let account = world.connect_as(&caller, &[("sim_user", &open_id)]).await;
    let answer = world.get(&caller, &format!("/v1/accounts/{}/creator-info", account.id)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let info = answer.json();
    assert_eq!((info["can_post"].as_bool(), &info["privacy_level_options"]), (Some(false), &json!([])));
    assert_eq!(info["tiktok_code"], "spam_risk_user_banned_from_posting");
    assert_eq!(info["nickname"], "Sim Creator");
}

#[tokio::test]
async fn tiktoks_own_limits_and_faults_are_said_with_a_time_to_try_again() {
    let world =
        World::start_with(|config| config.rate_limits = RateLimits { creator_info: Some(1), ..RateLimits::default() })
            .await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    let path = format!("/v1/accounts/{}/creator-info", account.id);
    assert_eq!(world.get(&caller, &path).await.status, StatusCode::OK);
    world.bench.forget_creators().await;
    let answer = world.get(&caller, &path).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "platform.tiktok.rate_limit"));
    assert!(answer.headers.contains_key("retry-after"));

    world.bench.tiktok.fault(Fault::on(Endpoint::CreatorInfo, Action::StatusBefore { status: 500, code: None }));
    world.bench.forget_creators().await;
    let answer = world.get(&caller, &path).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_GATEWAY, "platform.tiktok.api_error"));
    let meta = &answer.json()["error"]["meta"];
    assert_eq!((meta["cause"].as_str(), meta["retryable"].as_bool()), (Some("tiktok"), Some(true)));
}

#[tokio::test]
async fn limits_are_a_flat_map_of_whole_numbers() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    let limits = world.get(&caller, &format!("/v1/accounts/{}/limits", account.id)).await.json();
    let limits = limits.as_object().unwrap();
    assert!(limits.values().all(serde_json::Value::is_u64), "{limits:?}");
    assert_eq!(limits["caption_max_utf16_units"], 2200);
}

#[tokio::test]
async fn disconnecting_revokes_at_tiktok_and_forgets() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    let path = format!("/v1/accounts/{}", account.id);
    let gone = world.call(&caller, "DELETE", &path, None).await;
    assert_eq!((gone.status, gone.text()), (StatusCode::NO_CONTENT, ""));
    assert!(world.bench.tiktok.ledger().grants.iter().all(|grant| grant.revoked));
    for method in ["GET", "DELETE"] {
        assert_eq!(world.call(&caller, method, &path, None).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(world.app.accounts.owner(&caller.tenant, &account.open_id).await.unwrap().account(), None);
}

#[tokio::test]
async fn an_authorization_of_two_tenants_is_revoked_with_the_last_account() {
    let world = World::start().await;
    let (one, other) = (world.caller().await, world.caller().await);
    let (first, second) = (world.connect(&one).await, world.connect(&other).await);
    assert_eq!(first.open_id, second.open_id);
    let path = |account: &AccountRecord| format!("/v1/accounts/{}", account.id);
    assert_eq!(world.call(&one, "DELETE", &path(&first), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.account(&one, &first.id).await, None);
    assert_eq!(world.asked(Endpoint::Revoke), 0, "TikTok would end both");
    let info = world.get(&other, &format!("{}/creator-info", path(&second))).await;
    assert_eq!(info.status, StatusCode::OK, "{}", info.text());

    assert_eq!(world.call(&other, "DELETE", &path(&second), None).await.status, StatusCode::NO_CONTENT);
    assert!(world.bench.tiktok.ledger().grants.iter().all(|grant| grant.revoked));
}

#[tokio::test]
async fn disconnecting_with_an_expired_token_still_revokes() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    world.bench.tiktok.expire_access_tokens(None);
    let gone = world.call(&caller, "DELETE", &format!("/v1/accounts/{}", account.id), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    assert!(world.bench.tiktok.ledger().grants.iter().all(|grant| grant.revoked));
}

#[tokio::test]
async fn disconnecting_what_the_creator_has_removed_is_no_error() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    world.bench.tiktok.revoke_by_user(account.open_id.as_str(), 1);
    let gone = world.call(&caller, "DELETE", &format!("/v1/accounts/{}", account.id), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    assert_eq!(world.account(&caller, &account.id).await, None);
}

#[tokio::test]
async fn while_tiktok_is_down_nothing_is_forgotten() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    world.bench.tiktok.fault(Fault::on(Endpoint::Revoke, Action::StatusBefore { status: 503, code: None }));
    let path = format!("/v1/accounts/{}", account.id);
    let answer = world.call(&caller, "DELETE", &path, None).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_GATEWAY, "platform.tiktok.api_error"));
    let kept = world.account(&caller, &account.id).await.unwrap();
    assert_eq!((&kept.status, &kept.tokens), (&AccountStatus::Active, &account.tokens));
    world.bench.tiktok.clear_faults();
    assert_eq!(world.call(&caller, "DELETE", &path, None).await.status, StatusCode::NO_CONTENT);
}
