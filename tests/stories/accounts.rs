//! Accounts come, stay, and go: every way in, every way out, and who is told.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use serde_json::{Value, json};
use tiktok_sim::{Action, Endpoint, Fault};

use crate::support::{Answer, World, until, video_of};

/// The customer's page.
const DONE: &str = "https://app.example/done";
/// The customer's page as TikTok knows it, for the flow in which the customer receives the code.
pub(crate) const RECEIVER: &str = "http://localhost:3000/tiktok";

/// One hop of a browser.
async fn visit(url: &str) -> Response {
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    browser.get(url).header("accept", "text/html").send().await.expect("somebody answers")
}

fn location(response: &Response) -> Url {
    assert_eq!(response.status(), 302);
    response.headers()["location"].to_str().unwrap().parse().unwrap()
}

pub(crate) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// TikTok's page, with the creator's choice.
pub(crate) async fn choose(asked: &Value, choice: &str) -> Url {
    let page = format!("{}{choice}", asked["auth_url"].as_str().unwrap());
    location(&visit(&page).await)
}

/// Another customer's call.
async fn call(world: &World, key: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
    let url = format!("{}{path}", world.stack.api_url());
    let request = Client::new().request(method.parse().unwrap(), url).bearer_auth(key);
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    Answer::read(request.send().await.expect("the API answers")).await
}

async fn key_of(world: &World, email: &str) -> Value {
    let command = json!({"slipway": "create_key", "email": email, "name": "story"});
    world.stack.invoke("WorkspaceFunction", command).await.expect("a key is made")
}

/// What the event log keeps until somebody is told.
struct Event {
    kind: String,
    data: Value,
}

/// The first customer's event log, the oldest first.
async fn events(world: &World) -> Vec<Event> {
    let table = world.stack.table("EventsTable").expect("the template has an event log");
    let tenant = key_of(world, "owner@example.com").await["tenant_id"].as_str().unwrap().to_owned();
    let log = world
        .dynamodb
        .query()
        .table_name(table)
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", AttributeValue::S(format!("TENANT#{tenant}")))
        .send()
        .await
        .unwrap();
    let text = |item: &HashMap<String, AttributeValue>, name: &str| item[name].as_s().unwrap().clone();
    let events = log
        .items()
        .iter()
        .map(|item| Event { kind: text(item, "kind"), data: serde_json::from_str(&text(item, "data")).unwrap() });
    events.collect()
}

async fn account(world: &World, id: &str) -> Value {
    world.get(&format!("/v1/accounts/{id}")).await.expect(200)
}

async fn until_lost(world: &World) -> Value {
    let lost = until(Duration::from_secs(30), async || {
        let shown = account(world, &world.account).await;
        (shown["status"] == "reconnect_required").then_some(shown)
    });
    lost.await.unwrap_or_else(|| panic!("nobody noticed:\n{}", world.story_of("")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_callback_flow_brings_the_creator_back_to_the_customer_once() {
    let world = World::new().await;
    // All that an operator registers at TikTok.
    let callback = format!("{}/oauth/callback/tiktok", world.stack.api_url());
    world.tiktok.configure(|config| config.redirect_uris = vec![callback]).unwrap();
    let asked = json!({"platform": "tiktok", "redirect_uri": DONE, "state": "order 7 & more"});
    let asked = world.post("/v1/accounts/connect", asked).await.expect(202);
    let back = choose(&asked, "").await;
    let code = parameter(&back, "code").unwrap();
    assert!(code.contains('*') && code.contains('!'), "TikTok's codes hold what needs care: {code}");

    let done = location(&visit(back.as_str()).await);
    assert!(done.as_str().starts_with(DONE), "{done}");
    assert_eq!(parameter(&done, "status").as_deref(), Some("success"));
    assert_eq!(parameter(&done, "state").as_deref(), Some("order 7 & more"));
    assert_eq!(parameter(&done, "account_id").as_deref(), Some(world.account.as_str()), "reconnecting keeps the id");

    let exchanged = world.tiktok.ledger().requests_to(Endpoint::Token).len();
    assert_eq!(location(&visit(back.as_str()).await), done, "a reload shows the first outcome");
    let forged = visit(&back.as_str().replace("state=", "state=0")).await;
    assert_eq!(forged.status(), 403);
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::Token).len(), exchanged, "TikTok was not asked again");

    let (state, logs) = (parameter(&back, "state").unwrap(), world.logs());
    assert!(!logs.contains(&code) && !logs.contains(&state), "neither code nor state is logged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proxy_flow_exchanges_a_code_once_and_for_its_own_tenant_only() {
    let world = World::new().await;
    let stranger = key_of(&world, "stranger@example.com").await["raw_key"].as_str().unwrap().to_owned();
    let asked = json!({"platform": "tiktok", "metadata": {"redirect_uri": RECEIVER}});
    let asked = world.post("/v1/accounts/connect", asked).await.expect(202);
    let back = choose(&asked, "").await;
    assert!(back.as_str().starts_with(RECEIVER), "TikTok goes to the customer: {back}");
    let exchange = json!({
        "platform": "tiktok",
        "code": parameter(&back, "code").unwrap(),
        "metadata": {"redirect_uri": RECEIVER, "state": parameter(&back, "state").unwrap()},
    });
    call(&world, &stranger, "POST", "/v1/oauth/exchange", Some(exchange.clone())).await.refused(
        403,
        "auth.state_mismatch",
        "metadata.state",
    );
    let made = world.post("/v1/oauth/exchange", exchange.clone()).await.expect(201);
    assert_eq!(made["account_id"], world.account.as_str());
    assert_eq!(made["username"], "sim.creator");
    world.post("/v1/oauth/exchange", exchange).await.refused(400, "auth.oauth.request_expired", "metadata.state");
}

/// What ten minutes do to every connection under way.
async fn ten_minutes_pass(world: &World) {
    let (client, table) = (&world.dynamodb, world.stack.table("AccountsTable").unwrap());
    let scan = client.scan().table_name(table).filter_expression("begins_with(pk, :states)");
    let states = scan.expression_attribute_values(":states", AttributeValue::S("STATE#".to_owned())).send().await;
    for state in states.unwrap().items() {
        let update = client.update_item().table_name(table);
        let update = update.key("pk", state["pk"].clone()).key("sk", state["sk"].clone());
        let update = update.update_expression("SET good_until = good_until - :passed");
        let passed = Duration::from_mins(10).as_millis().to_string();
        update.expression_attribute_values(":passed", AttributeValue::N(passed)).send().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_of_more_than_ten_minutes_is_refused_in_both_flows() {
    let world = World::new().await;
    let asked = world.post("/v1/accounts/connect", json!({"platform": "tiktok", "redirect_uri": DONE})).await;
    let back = choose(&asked.expect(202), "").await;
    let asked = json!({"platform": "tiktok", "metadata": {"redirect_uri": RECEIVER}});
    let received = choose(&world.post("/v1/accounts/connect", asked).await.expect(202), "").await;
    let exchanged = world.tiktok.ledger().requests_to(Endpoint::Token).len();
    ten_minutes_pass(&world).await;

    let done = location(&visit(back.as_str()).await);
    assert_eq!(parameter(&done, "error").as_deref(), Some("request_expired"), "{done}");
    let exchange = json!({
        "platform": "tiktok",
        "code": parameter(&received, "code").unwrap(),
        "metadata": {"redirect_uri": RECEIVER, "state": parameter(&received, "state").unwrap()},
    });
    world.post("/v1/oauth/exchange", exchange).await.refused(400, "auth.oauth.request_expired", "metadata.state");
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::Token).len(), exchanged, "TikTok was not asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_creator_refuses_is_said_to_both() {
    let world = World::new().await;
    let asked = || async {
        let body = json!({"platform": "tiktok", "redirect_uri": DONE});
        world.post("/v1/accounts/connect", body).await.expect(202)
    };
    let denied = location(&visit(choose(&asked().await, "&sim_decision=deny").await.as_str()).await);
    assert_eq!(parameter(&denied, "error").as_deref(), Some("access_denied"));
    assert!(parameter(&denied, "error_description").is_some_and(|text| text.contains("did not give access")));

    let narrowed = location(&visit(choose(&asked().await, "&sim_untick=video.publish").await.as_str()).await);
    assert_eq!(parameter(&narrowed, "status").as_deref(), Some("success"));
    assert_eq!(parameter(&narrowed, "missing_scopes").as_deref(), Some("video.publish"));
    let media = world.upload(video_of(200_000)).await;
    let refused = world.post("/v1/posts", world.body(&media, "not allowed")).await;
    assert!((400..500).contains(&refused.status), "{:#}", refused.body);
    assert!(refused.body.to_string().contains("account.reconnection_required"), "{:#}", refused.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_tiktok_user_in_two_tenants_is_two_separate_accounts() {
    let world = World::new().await;
    let other = key_of(&world, "other@example.com").await["raw_key"].as_str().unwrap().to_owned();
    let connect = Some(json!({"platform": "tiktok"}));
    let asked = call(&world, &other, "POST", "/v1/accounts/connect", connect).await.expect(202);
    assert_eq!(visit(choose(&asked, "").await.as_str()).await.status(), 200);
    let theirs = call(&world, &other, "GET", "/v1/accounts", None).await.expect(200);
    let theirs = theirs["data"][0]["id"].as_str().unwrap().to_owned();
    assert_ne!(theirs, world.account);
    let path = |id: &str| format!("/v1/accounts/{id}");
    assert_eq!(world.get(&path(&theirs)).await.expect(404)["error"]["code"], "account.not_found");
    call(&world, &other, "GET", &path(&world.account), None).await.expect(404);
    call(&world, &other, "DELETE", &path(&world.account), None).await.expect(404);
    call(&world, &other, "DELETE", &path(&theirs), None).await.expect(204);
    assert_eq!(world.get("/v1/accounts").await.expect(200)["count"], 1);
    // TikTok would end what it gave to both.
    world.tiktok.expire_access_tokens(None);
    world.get(&format!("{}/creator-info", path(&world.account))).await.expect(200);
    Answer::read(world.request("DELETE", &path(&world.account)).send().await.unwrap()).await.expect(204);
    assert!(world.tiktok.ledger().grants.iter().all(|grant| grant.revoked), "the last one tells TikTok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invite_leads_a_creator_into_its_brand_until_it_is_revoked() {
    let world = World::new().await;
    Answer::read(world.request("DELETE", &format!("/v1/accounts/{}", world.account)).send().await.unwrap())
        .await
        .expect(204);
    let wanted = json!({"platform": "tiktok", "brand_id": world.brand, "expires_in_days": 3});
    let invite = world.post("/v1/invites", wanted).await.expect(201);
    let (token, url) = (invite["token"].as_str().unwrap(), invite["url"].as_str().unwrap());
    let tiktok = location(&visit(url).await);
    let ended = visit(location(&visit(tiktok.as_str()).await).as_str()).await;
    assert_eq!(ended.status(), 200);
    assert!(ended.text().await.unwrap().contains("is connected"));
    let accounts = world.get(&format!("/v1/accounts?brand_id={}", world.brand)).await.expect(200);
    assert_eq!((&accounts["count"], &accounts["data"][0]["brand_id"]), (&json!(1), &json!(world.brand)));

    let listed = world.get("/v1/invites").await.expect(200);
    assert!(!listed.to_string().contains(token), "a token is shown once");
    let path = format!("/v1/invites/{}", invite["id"].as_str().unwrap());
    Answer::read(world.request("DELETE", &path).send().await.unwrap()).await.expect(204);
    assert_eq!(visit(url).await.status(), 404);
    assert!(!world.logs().contains(token), "nor is it logged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registered_addresses_close_the_list_for_both_flows() {
    let world = World::new().await;
    world.post("/v1/oauth/redirect-uris", json!({"uri": DONE})).await.expect(201);
    world.post("/v1/oauth/redirect-uris", json!({"uri": DONE})).await.refused(
        400,
        "validation.redirect_uri_duplicate",
        "uri",
    );
    let elsewhere = "https://elsewhere.example/";
    for (body, field) in [
        (json!({"platform": "tiktok", "redirect_uri": elsewhere}), "redirect_uri"),
        (json!({"platform": "tiktok", "metadata": {"redirect_uri": elsewhere}}), "metadata.redirect_uri"),
    ] {
        world.post("/v1/accounts/connect", body).await.refused(400, "validation.field_invalid", field);
    }
    world.post("/v1/accounts/connect", json!({"platform": "tiktok", "redirect_uri": DONE})).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_authorization_is_shown_and_a_new_one_repairs_the_account() {
    let world = World::new().await;
    let open_id = account(&world, &world.account).await["platform_user_id"].as_str().unwrap().to_owned();
    let reasons = [
        "authorization_removed",
        "disconnected_by_user",
        "account_deleted",
        "age_changed",
        "account_banned",
        "revoked_by_developer",
    ];
    for (number, reason) in (0..).zip(reasons) {
        // TikTok's times have whole seconds: a removal counts only if it is later than the connection by one.
        let connected = Timestamp::now().as_second();
        until(Duration::from_secs(5), async || (Timestamp::now().as_second() > connected).then_some(())).await;
        // TikTok reports it twice.
        world.tiktok.fault(Fault::on(Endpoint::Webhook, Action::DuplicateWebhook).times(1));
        assert!(world.tiktok.revoke_by_user(&open_id, number));
        let lost = until_lost(&world).await;
        assert_eq!(lost["reconnect_reason"], reason);
        assert!(lost["reconnect_message"].as_str().is_some_and(|text| text.len() > 20), "{lost:#}");
        assert_eq!(world.connect().await, world.account, "reconnecting keeps the id");
        assert_eq!(account(&world, &world.account).await["status"], "active");
    }
    let events = events(&world).await;
    let lost: Vec<_> = events.iter().filter(|event| event.kind == "account.reconnect_required").collect();
    let told: Vec<_> = lost.iter().map(|event| event.data["reason"].as_str().unwrap()).collect();
    assert_eq!(told, reasons, "each was told once");
    let connected = events.iter().filter(|event| event.kind == "account.connected").count();
    assert_eq!(connected, 1 + reasons.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synchronisation_brings_figures_and_videos() {
    let world = World::new().await;
    let path = format!("/v1/platforms/tiktok/accounts/{}", world.account);
    let done = world.post(&format!("{path}/sync"), json!({})).await.expect(200);
    assert_eq!(done["success"], true);
    let summary = world.get(&format!("{path}/summary")).await.expect(200);
    assert!(summary["synced_at"].is_string() && summary["follower_count"].is_u64(), "{summary:#}");
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoList).len(), 1);
    let limits = world.get(&format!("/v1/accounts/{}/limits", world.account)).await.expect(200);
    assert_eq!(limits["caption_max_utf16_units"], 2200, "{limits:#}");
}
