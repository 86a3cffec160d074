use serde_json::{Value, json};
use tiktok_sim::{Config, Ledger, Simulator, StartError};

use super::support::*;

async fn send(app: &App, method: &str, path: &str, body: Value) -> Reply {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let request = app.http.request(method, format!("{}/_sim{path}", app.sim.url()));
    reply(if body.is_null() { request } else { request.json(&body) }.send().await.unwrap()).await
}

#[tokio::test]
async fn everything_can_be_driven_over_http() {
    let app = App::start().await;
    let added = send(&app, "POST", "/users", json!({"username": "second", "private": true})).await;
    let open_id = added.body["open_id"].as_str().unwrap().to_owned();
    assert_eq!(send(&app, "POST", "/login", json!({"user": "second"})).await.body["open_id"], open_id.as_str());
    let tokens = app.login().await;
    assert_eq!(tokens.open_id, open_id);

    let rule =
        json!({"match": {"endpoint": "creator_info", "times": 1}, "action": {"type": "status_before", "status": 503}});
    let id = send(&app, "POST", "/faults", rule).await.body["id"].as_u64().unwrap();
    assert_eq!(app.post(CREATOR, &tokens.access, &json!({})).await.status, 503);
    assert_eq!(send(&app, "GET", "/faults", Value::Null).await.body[0]["fired"], 1);
    assert_eq!(send(&app, "DELETE", &format!("/faults?id={id}"), Value::Null).await.status, 200);
    assert_eq!(send(&app, "DELETE", "/faults?id=99", Value::Null).await.status, 404);

    let mut body = direct(1000, 1000);
    body["post_info"]["privacy_level"] = json!("SELF_ONLY");
    let publish_id = app.publish_video(&tokens, DIRECT, &body, &video(1000)).await;
    send(&app, "POST", "/advance", json!({"seconds": 100.5})).await;
    let published = send(&app, "GET", "/ledger/published", Value::Null).await;
    assert_eq!(published.body[0]["publish_id"], publish_id.as_str());
    let ledger: Ledger = serde_json::from_value(send(&app, "GET", "/ledger", Value::Null).await.body).unwrap();
    assert_eq!(ledger.published()[0].sha256, Some(sha256(&video(1000))));
    let command = json!({"publish_id": publish_id, "command": {"type": "fail", "reason": "internal"}});
    assert_eq!(send(&app, "POST", "/publish", command).await.status, 409);

    send(&app, "POST", "/tokens/expire", json!({})).await;
    assert_eq!(app.post(CREATOR, &tokens.access, &json!({})).await.status, 401);
    let revoked = send(&app, "POST", "/tokens/revoke", json!({"open_id": open_id})).await;
    assert_eq!(revoked.body["revoked"], true);
    send(&app, "POST", "/reset", Value::Null).await;
    assert!(app.sim.ledger().requests.is_empty() && app.sim.users().len() == 1);
}

#[tokio::test]
async fn settings_change_one_by_one_and_the_secret_is_never_shown() {
    let app = App::start().await;
    let secret = app.sim.client_secret();
    let changed = send(&app, "POST", "/config", json!({"audited": false, "processing_delay_ms": 5})).await;
    assert_eq!((&changed.body["audited"], &changed.body["processing_delay_ms"]), (&json!(false), &json!(5)));
    assert!(!changed.body.to_string().contains(secret.expose()));
    assert!(!format!("{:?}", app.sim).contains(secret.expose()));
    assert_eq!(app.sim.client_secret(), secret);
    let wrong = [
        json!({"audited": "yes"}),
        json!({"colour": 1}),
        json!({"port": 1}),
        json!({"webhook_url": "nowhere"}),
        json!({"redirect_uris": ["http://app.example.com/"]}),
    ];
    for change in wrong {
        assert_eq!(send(&app, "POST", "/config", change.clone()).await.status, 400, "{change}");
    }
    assert_eq!(send(&app, "GET", "/nothing", Value::Null).await.status, 404);
    let help = app.http.get(format!("{}/_sim/", app.sim.url())).send().await.unwrap().text().await.unwrap();
    assert!(help.contains("/_sim/ledger"));
}

#[tokio::test]
async fn a_port_in_use_is_told_and_shutting_down_frees_it() {
    let app = App::start().await;
    let port = url::Url::parse(&app.sim.url()).unwrap().port().unwrap();
    let taken = Simulator::start(Config { port, ..Config::default() }).await;
    assert!(matches!(taken, Err(StartError::Listen { .. })));
    app.sim.clone().shutdown().await;
    assert!(app.http.get(app.sim.url()).send().await.is_err());
    Simulator::start(Config { port, ..Config::default() }).await.unwrap();
}
