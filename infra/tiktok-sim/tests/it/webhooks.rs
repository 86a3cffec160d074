use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tiktok_sim::{Action, Endpoint, Fault, WebhookState};

use super::support::*;

/// The wait after the first attempt.
const FIRST_WAIT: Duration = Duration::from_secs(1);

async fn with_receiver(statuses: &[u16]) -> (App, Receiver, Tokens) {
    let receiver = Receiver::start(statuses, "").await;
    let app = App::with(|config| config.webhook_url = Some(receiver.url.clone())).await;
    let tokens = app.login().await;
    (app, receiver, tokens)
}

/// Uploads a private video, so that there will be one event.
async fn upload(app: &App, tokens: &Tokens) -> String {
    let mut body = direct(1000, 1000);
    body["post_info"]["privacy_level"] = json!("SELF_ONLY");
    app.publish_video(tokens, DIRECT, &body, &video(1000)).await
}

/// Uploads, and lets processing pass.
async fn publish(app: &App, tokens: &Tokens) -> String {
    let publish_id = upload(app, tokens).await;
    app.sim.advance(STEP);
    publish_id
}

async fn all_delivered(app: &App, count: usize) {
    let delivered = |webhook: &tiktok_sim::WebhookRecord| webhook.state == WebhookState::Delivered;
    app.until("delivered", |ledger| ledger.webhooks.len() == count && ledger.webhooks.iter().all(delivered)).await;
}

#[tokio::test]
async fn webhooks_are_signed_over_the_raw_body_with_the_client_secret() {
    let (app, receiver, tokens) = with_receiver(&[200]).await;
    let publish_id = app.publish_video(&tokens, DIRECT, &direct(1000, 1000), &video(1000)).await;
    app.sim.advance(2 * STEP);
    all_delivered(&app, 2).await;
    let got = receiver.got();
    for one in &got {
        let (time, tag) = one.signature.strip_prefix("t=").unwrap().split_once(",s=").unwrap();
        let secret = app.sim.client_secret();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).unwrap();
        mac.update(format!("{time}.").as_bytes());
        mac.update(&one.body);
        assert_eq!(tag, hex::encode(mac.finalize().into_bytes()));
        assert_eq!(one.json()["client_key"], app.sim.client_key());
        assert_eq!(one.json()["user_openid"], tokens.open_id);
        assert!(one.json()["create_time"].is_u64());
    }
    let mut events: Vec<_> = got.iter().map(|one| (one.json()["event"].clone(), one.content())).collect();
    events.sort_by_key(|(event, _)| event.to_string());
    let post_id = app.sim.ledger().publishes[0].post_ids[0];
    let about = json!({"publish_id": publish_id, "publish_type": "DIRECT_PUBLISH"});
    let public = json!({"publish_id": publish_id, "publish_type": "DIRECT_PUBLISH", "post_id": post_id});
    let expected = [(json!("post.publish.complete"), about), (json!("post.publish.publicly_available"), public)];
    assert_eq!(events, expected);
}

#[tokio::test]
async fn anything_but_200_is_tried_again_after_doubling_waits() {
    // So many that the last waits are too long to pass by themselves.
    let answers = [500, 500, 500, 500, 500, 500, 500, 500, 500, 204, 302, 200];
    let (app, receiver, tokens) = with_receiver(&answers).await;
    publish(&app, &tokens).await;
    let waits: Vec<_> = (0..11).map(|doublings| FIRST_WAIT * 2_u32.pow(doublings)).collect();
    for (before, wait) in waits.iter().enumerate() {
        let ledger = app.until("tried", |ledger| ledger.webhooks[0].attempts.len() > before).await;
        let is_last = ledger.webhooks[0].attempts.len() == answers.len();
        assert_eq!(ledger.webhooks[0].state == WebhookState::Pending, !is_last);
        app.sim.advance(*wait);
    }
    all_delivered(&app, 1).await;
    let ledger = app.sim.ledger();
    let attempts = &ledger.webhooks[0].attempts;
    let statuses: Vec<_> = attempts.iter().map(|attempt| attempt.status.unwrap()).collect();
    assert_eq!(statuses, answers);
    for (two, wait) in attempts.windows(2).zip(waits) {
        assert!(two[1].at.since(two[0].at) >= wait);
    }
    let bodies = receiver.got();
    assert!(bodies.iter().all(|one| one.body == bodies[0].body));
}

#[tokio::test]
async fn a_dead_receiver_is_given_up_after_seventy_two_hours() {
    let (app, receiver, tokens) = with_receiver(&[200]).await;
    app.sim.set_webhook_url(Some("http://127.0.0.1:9/nobody".parse().unwrap()));
    publish(&app, &tokens).await;
    app.until("tried", |ledger| ledger.webhooks[0].attempts.len() == 1).await;
    app.sim.advance(Duration::from_hours(73));
    let ledger = app.until("given up", |ledger| ledger.webhooks[0].state == WebhookState::Dropped).await;
    assert!(ledger.webhooks[0].attempts.iter().all(|attempt| attempt.status.is_none()));
    assert!(receiver.got().is_empty());
}

#[tokio::test]
async fn webhooks_can_be_doubled_withheld_and_reordered() {
    let (app, receiver, tokens) = with_receiver(&[200]).await;
    app.sim.fault(Fault::on(Endpoint::Webhook, Action::DuplicateWebhook).times(1));
    publish(&app, &tokens).await;
    all_delivered(&app, 2).await;
    let got = receiver.got();
    assert_eq!(got[0].body, got[1].body);

    let withhold = Fault::on(Endpoint::Webhook, Action::WithholdWebhook);
    app.sim.fault(withhold.event("post.publish.complete").times(1));
    publish(&app, &tokens).await;
    assert_eq!(app.sim.ledger().webhooks[2].state, WebhookState::Withheld);

    app.sim.fault(Fault::on(Endpoint::Webhook, Action::ReorderWebhook).times(1));
    let early = upload(&app, &tokens).await;
    let late = upload(&app, &tokens).await;
    app.sim.advance(STEP);
    app.until("both", |ledger| ledger.webhooks[3..].iter().all(|one| one.state == WebhookState::Delivered)).await;
    let order: Vec<_> = receiver.got()[2..].iter().map(|one| one.content()["publish_id"].clone()).collect();
    assert_eq!(order, [json!(late), json!(early)]);
}

#[tokio::test]
async fn a_webhook_can_overtake_the_answer_to_the_last_chunk() {
    let (app, receiver, tokens) = with_receiver(&[200]).await;
    app.sim.fault(Fault::on(Endpoint::Upload, Action::WebhookFirst));
    let publish_id = app.publish_video(&tokens, DIRECT, &direct(1000, 1000), &video(1000)).await;
    let got = receiver.got();
    assert_eq!(got.len(), 1, "delivered before the 201");
    assert_eq!(got[0].content()["publish_id"], publish_id.as_str());
    app.sim.advance(STEP);
    assert_eq!(app.sim.ledger().published()[0].published_count, 1);
}

#[tokio::test]
async fn removal_by_the_user_is_told_with_its_reason() {
    let (app, receiver, tokens) = with_receiver(&[200]).await;
    app.sim.revoke_by_user(&tokens.open_id, 3);
    all_delivered(&app, 1).await;
    let got = receiver.got();
    assert_eq!(got[0].json()["event"], "authorization.removed");
    assert_eq!(got[0].content(), json!({"reason": 3}));
}

#[tokio::test]
async fn without_a_callback_url_events_are_only_recorded() {
    let app = App::start().await;
    let tokens = app.login().await;
    publish(&app, &tokens).await;
    assert_eq!(app.sim.ledger().webhooks[0].state, WebhookState::NoCallback);
}
