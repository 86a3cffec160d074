//! The creator comes back from TikTok.

use axum::body::Body;
use http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_store::accounts::{Authorization, Flow};
use slipway_store::tenants::TenantState;
use tiktok_sim::{Action, Endpoint, Fault, User};
use url::Url;
use workbench::Answer;

use crate::support::{BASE, World, parameter};

/// A page of ours: it is complete, and nothing of it comes from elsewhere.
fn page(answer: &Answer, status: StatusCode) -> &str {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    assert!(answer.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    assert!(answer.text().ends_with("</html>\n"));
    answer.text()
}

fn callback(query: &str) -> Url {
    format!("{BASE}/oauth/callback/tiktok?{query}").parse().unwrap()
}

#[tokio::test]
async fn success_goes_to_the_callers_page_with_account_and_callers_state() {
    let world = World::start().await;
    let caller = world.caller().await;
    let body = json!({"platform": "tiktok", "redirect_uri": "https://app.example/done?team=7", "state": "a&b=c é"});
    let back = world.visit(world.begin(&caller, body).await, &[]).await;
    assert!(parameter(&back, "code").unwrap().contains(['*', '!']), "TikTok's codes hold characters like these");
    let done = world.open(&back).await.location();
    assert!(done.as_str().starts_with("https://app.example/done?team=7&status=success&platform=tiktok&"), "{done}");
    assert_eq!(parameter(&done, "state").as_deref(), Some("a&b=c é"));
    assert_eq!(parameter(&done, "missing_scopes"), None);
    let id = parameter(&done, "account_id").unwrap();
    let account = world.get(&caller, &format!("/v1/accounts/{id}")).await.json();
    assert_eq!((account["id"].as_str(), account["username"].as_str()), (Some(id.as_str()), Some("sim.creator")));
    assert_eq!((account["status"].as_str(), account["name"].as_str()), (Some("active"), Some("Sim Creator")));
    assert_eq!(account["metadata"]["follower_count"], 1200);
    assert!(account["token"]["access_expires_at"].is_string());
    assert!(!account.to_string().contains("v1."), "no sealed token leaves: {account}");
}

#[tokio::test]
async fn nobody_is_connected_to_a_tenant_that_was_suspended_meanwhile() {
    let world = World::start().await;
    let caller = world.caller().await;
    let body = json!({"platform": "tiktok", "redirect_uri": "https://app.example/done"});
    let back = world.visit(world.begin(&caller, body).await, &[]).await;
    let decide = async |is_suspended| {
        let state = TenantState::suspended(is_suspended);
        assert!(world.bench.owner.tenants.decide(&caller.tenant, state, Timestamp::now()).await.unwrap().is_done());
    };
    decide(true).await;
    let done = world.open(&back).await.location();
    assert_eq!(parameter(&done, "error").as_deref(), Some("access_closed"), "{done}");
    assert_eq!(world.asked(Endpoint::Token), 0, "its code is not spent");
    decide(false).await;
    assert_eq!(world.get(&caller, "/v1/accounts").await.json()["count"], 0);
}

#[tokio::test]
async fn a_caller_without_a_state_gets_back_the_one_that_connect_answered() {
    let world = World::start().await;
    let caller = world.caller().await;
    let body = json!({"platform": "tiktok", "redirect_uri": "https://app.example/done"});
    let begun = world.call(&caller, "POST", "/v1/accounts/connect", Some(body)).await.expect(202);
    let page = begun["auth_url"].as_str().unwrap().parse().unwrap();
    let done = world.open(&world.visit(page, &[]).await).await.location();
    assert_eq!(parameter(&done, "state").as_deref(), begun["state"].as_str());
}

#[tokio::test]
async fn without_a_page_of_the_caller_there_is_ours_and_no_name_can_break_it() {
    let world = World::start().await;
    let evil = User { display_name: "<script>alert(1)</script> & co".to_owned(), ..User::default() };
    let open_id = world.bench.tiktok.add_user(evil);
    let caller = world.caller().await;
    let begun = world.begin(&caller, json!({"platform": "tiktok"})).await;
    let back = world.visit(begun, &[("sim_user", &open_id)]).await;
    let answer = world.open(&back).await;
    let html = page(&answer, StatusCode::OK);
    assert!(!html.contains("<script"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; co is connected"), "{html}");
}

#[tokio::test]
async fn a_reload_shows_the_first_outcome_and_changes_nothing() {
    let world = World::start().await;
    let caller = world.caller().await;
    let ours = json!({"platform": "tiktok"});
    let theirs = json!({"platform": "tiktok", "redirect_uri": "https://app.example/done", "state": "mine"});
    for body in [ours, theirs] {
        let back = world.visit(world.begin(&caller, body).await, &[]).await;
        let first = world.open(&back).await;
        assert!(!first.status.is_client_error(), "{}", first.text());
        let accounts = world.get(&caller, "/v1/accounts").await.json();
        let asked = world.asked(Endpoint::Token);
        let again = world.open(&back).await;
        assert_eq!((again.status, again.text()), (first.status, first.text()));
        assert_eq!(again.headers.get("location"), first.headers.get("location"));
        assert_eq!(world.get(&caller, "/v1/accounts").await.json(), accounts);
        assert_eq!(world.asked(Endpoint::Token), asked, "the code was not even tried");
    }
}

#[tokio::test]
async fn a_reload_shows_what_went_wrong_the_first_time() {
    let world = World::start().await;
    let caller = world.caller().await;
    for (extra, said) in [("error=access_denied", "Nothing was connected"), ("code=wrong", "did not confirm")] {
        let begun = world.begin(&caller, json!({"platform": "tiktok"})).await;
        let state = parameter(&begun, "state").unwrap();
        let back = callback(&format!("{extra}&state={state}"));
        let (first, again) = (world.open(&back).await, world.open(&back).await);
        assert!(first.text().contains(said), "{}", first.text());
        assert_eq!((again.status, again.text()), (first.status, first.text()));
    }
}

#[tokio::test]
async fn of_two_visits_at_once_one_connects_and_both_see_it() {
    let world = World::start().await;
    let caller = world.caller().await;
    let back = world.visit(world.begin(&caller, json!({"platform": "tiktok"})).await, &[]).await;
    let (one, other) = tokio::join!(world.open(&back), world.open(&back));
    assert_eq!((one.status, other.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!(one.text(), other.text());
    assert_eq!(world.asked(Endpoint::Token), 1);
}

#[tokio::test]
async fn whoever_only_looks_ahead_does_not_use_the_link_up() {
    let world = World::start().await;
    let caller = world.caller().await;
    let back = world.visit(world.begin(&caller, json!({"platform": "tiktok"})).await, &[]).await;
    let path = &back[url::Position::BeforePath..];
    let head = Request::head(path).body(Body::empty()).unwrap();
    assert_eq!(world.send(head).await.status, StatusCode::FORBIDDEN);
    for (name, value) in [("sec-purpose", "prefetch"), ("sec-fetch-mode", "no-cors"), ("x-moz", "prefetch")] {
        let ahead = Request::get(path).header(name, value).body(Body::empty()).unwrap();
        page(&world.send(ahead).await, StatusCode::FORBIDDEN);
    }
    assert_eq!(world.asked(Endpoint::Token), 0);
    page(&world.open(&back).await, StatusCode::OK);
}

#[tokio::test]
async fn a_person_who_comes_after_a_program_sees_the_account_connected() {
    let world = World::start().await;
    let caller = world.caller().await;
    let back = world.visit(world.begin(&caller, json!({"platform": "tiktok"})).await, &[]).await;
    let path = &back[url::Position::BeforePath..];
    // Programs say nothing of what they are, and neither do old browsers.
    let silent = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
    let person = Request::get(path).header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "document");
    let person = world.send(person.body(Body::empty()).unwrap()).await;
    assert!(page(&person, StatusCode::OK).contains("is connected"), "{}", person.text());
    assert_eq!((silent.text(), world.asked(Endpoint::Token)), (person.text(), 1));
    assert_eq!(world.get(&caller, "/v1/accounts").await.json()["count"], 1);
}

#[tokio::test]
async fn a_forged_or_missing_state_is_refused_without_asking_tiktok() {
    let world = World::start().await;
    for query in
        ["code=abc&state=forged", "code=abc", "", "state=", "code=a&state=%00%ff", "error=access_denied&state=x"]
    {
        let answer = world.open(&callback(query)).await;
        assert!(page(&answer, StatusCode::FORBIDDEN).contains("do not know"), "{query}");
    }
    assert_eq!(world.asked(Endpoint::Token), 0);
}

#[tokio::test]
async fn an_expired_state_is_refused_though_the_table_still_has_it() {
    let world = World::start().await;
    let caller = world.caller().await;
    let authorization = |return_to: Option<&str>| Authorization {
        tenant: caller.tenant.clone(),
        brand: None,
        flow: Flow::Callback { return_to: return_to.map(|uri| uri.to_owned().into()) },
        redirect_uri: format!("{BASE}/oauth/callback/tiktok").into(),
        caller_state: Some("mine".to_owned().into()),
        good_until: Timestamp::now() - SignedDuration::from_secs(1),
    };
    world.app.accounts.begin_authorization("old-1", &authorization(None)).await.unwrap();
    let answer = world.open(&callback("code=abc&state=old-1")).await;
    assert!(page(&answer, StatusCode::BAD_REQUEST).contains("ten minutes"));

    world.app.accounts.begin_authorization("old-2", &authorization(Some("https://app.example/done"))).await.unwrap();
    let done = world.open(&callback("code=abc&state=old-2")).await.location();
    assert_eq!(parameter(&done, "status").as_deref(), Some("error"));
    assert_eq!(parameter(&done, "error").as_deref(), Some("request_expired"));
    assert_eq!(parameter(&done, "state").as_deref(), Some("mine"));
    assert_eq!(world.asked(Endpoint::Token), 0);
}

#[tokio::test]
async fn a_denied_consent_is_said_on_either_page() {
    let world = World::start().await;
    let caller = world.caller().await;
    let deny = [("sim_decision", "deny")];
    let body = json!({"platform": "tiktok", "redirect_uri": "https://app.example/done", "state": "mine"});
    let back = world.visit(world.begin(&caller, body).await, &deny).await;
    let done = world.open(&back).await.location();
    for (name, value) in [("status", "error"), ("error", "access_denied"), ("platform", "tiktok"), ("state", "mine")] {
        assert_eq!(parameter(&done, name).as_deref(), Some(value));
    }
    assert!(parameter(&done, "error_description").is_some());

    let back = world.visit(world.begin(&caller, json!({"platform": "tiktok"})).await, &deny).await;
    assert!(page(&world.open(&back).await, StatusCode::OK).contains("Nothing was connected"));
    assert_eq!(world.get(&caller, "/v1/accounts").await.json()["count"], 0);
}

#[tokio::test]
async fn a_narrowed_grant_connects_and_says_what_will_not_work() {
    let world = World::start().await;
    let caller = world.caller().await;
    let untick = [("sim_untick", "video.publish,video.upload")];
    let back = world.visit(world.begin(&caller, json!({"platform": "tiktok"})).await, &untick).await;
    let answer = world.open(&back).await;
    let html = page(&answer, StatusCode::OK);
    assert!(html.contains("video.publish") && html.contains("video.upload"), "{html}");

    let body = json!({"platform": "tiktok", "redirect_uri": "https://app.example/done"});
    let back = world.visit(world.begin(&caller, body).await, &[("sim_untick", "video.publish")]).await;
    let done = world.open(&back).await.location();
    assert_eq!(parameter(&done, "status").as_deref(), Some("success"));
    assert_eq!(parameter(&done, "missing_scopes").as_deref(), Some("video.publish"));
    let id = parameter(&done, "account_id").unwrap();
    let answer = world.get(&caller, &format!("/v1/accounts/{id}/creator-info")).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::FORBIDDEN, "account.reconnection_required"));
}

#[tokio::test]
async fn a_grant_without_the_profile_still_has_a_name() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect_as(&caller, &[("sim_untick", "user.info.profile,user.info.stats")]).await;
    assert_eq!(account.profile.username.as_deref(), Some("sim.creator"), "creator info knows it");

    world.bench.tiktok.fault(Fault::on(Endpoint::UserInfo, Action::StatusBefore { status: 503, code: None }));
    let other = world.caller().await;
    let account = world.connect(&other).await;
    let shown = world.get(&other, &format!("/v1/accounts/{}", account.id)).await.json();
    assert!(shown["username"].is_string() && shown["name"].is_string(), "{shown}");
}

#[tokio::test]
async fn a_short_fault_of_tiktok_is_met_by_asking_again_and_a_long_one_is_said() {
    let world = World::start().await;
    let caller = world.caller().await;
    let down = || Fault::on(Endpoint::Token, Action::StatusBefore { status: 503, code: None });
    world.bench.tiktok.fault(down().times(2));
    world.connect(&caller).await;

    world.bench.tiktok.fault(down());
    let back = world.visit(world.begin(&caller, json!({"platform": "tiktok"})).await, &[]).await;
    assert!(page(&world.open(&back).await, StatusCode::BAD_GATEWAY).contains("TikTok does not answer"));
}

#[tokio::test]
async fn kms_being_away_does_not_spend_the_code() {
    let world = World::start().await;
    let caller = world.caller().await;
    let back = world.visit(world.begin(&caller, json!({"platform": "tiktok"})).await, &[]).await;
    world.bench.deployment.aws().fail_next("KMS", 20, 503);
    page(&world.open(&back).await, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(world.asked(Endpoint::Token), 0);
}

#[tokio::test]
async fn a_wrong_code_is_said() {
    let world = World::start().await;
    let caller = world.caller().await;
    let begun = world.begin(&caller, json!({"platform": "tiktok"})).await;
    let state = parameter(&begun, "state").unwrap();
    let answer = world.open(&callback(&format!("code=wrong&state={state}"))).await;
    assert!(page(&answer, StatusCode::BAD_REQUEST).contains("did not confirm"));
    assert_eq!(world.get(&caller, "/v1/accounts").await.json()["count"], 0);
}
