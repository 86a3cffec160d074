use serde_json::json;
use tiktok_sim::{Action, Endpoint, Fault, Outcome};

use super::support::*;

const CHUNK: u64 = 5_242_880;

#[tokio::test]
async fn a_status_before_has_no_effect_and_a_status_after_loses_the_answer() {
    let app = App::start().await;
    let tokens = app.login().await;
    let before = Action::StatusBefore { status: 503, code: None };
    app.sim.fault(Fault::on(Endpoint::VideoInit, before).nth(1));
    let after = Action::StatusAfter { status: 500, code: Some("odd".to_owned()) };
    app.sim.fault(Fault::on(Endpoint::VideoInit, after).nth(2));
    let body = app_body();
    let init = || app.post(DIRECT, &tokens.access, &body);
    assert_eq!(init().await.verdict(), (503, "internal_error"));
    assert_eq!(app.sim.ledger().publishes.len(), 0);
    assert_eq!(init().await.verdict(), (500, "odd"));
    assert_eq!(app.sim.ledger().publishes.len(), 1);
    assert_eq!(init().await.verdict(), (200, "ok"));
    let ledger = app.sim.ledger();
    let lost = ledger.requests_to(Endpoint::VideoInit)[1];
    assert_eq!(lost.faults, ["status_after"]);
    assert_eq!(lost.outcome, Outcome::Answered { status: 500, code: "odd".to_owned() });
    assert_eq!(lost.publish_id.as_deref(), Some(ledger.publishes[0].publish_id.as_str()));
    assert_eq!(app.sim.faults()[0].fired, 1);
}

fn app_body() -> serde_json::Value {
    direct(1000, 1000)
}

#[tokio::test]
async fn connections_are_cut_before_after_and_inside() {
    let app = App::start().await;
    let tokens = app.login().await;
    let init = || {
        let url = format!("{}{DIRECT}", app.sim.url());
        app.http.post(url).bearer_auth(&tokens.access).json(&app_body()).send()
    };
    for (action, publishes) in [(Action::CutBefore, 0), (Action::CutAfter, 1)] {
        app.sim.fault(Fault::on(Endpoint::VideoInit, action).times(1));
        assert!(init().await.is_err());
        let ledger = app.sim.ledger();
        assert_eq!(ledger.publishes.len(), publishes);
        assert_eq!(ledger.requests.last().unwrap().outcome, Outcome::Cut);
        app.sim.clear_faults();
    }
    app.sim.fault(Fault::on(Endpoint::VideoInit, Action::CutInAnswer { after_bytes: 10 }));
    let cut = init().await.unwrap();
    assert_eq!(cut.status(), 200);
    assert!(cut.bytes().await.is_err());
}

#[tokio::test]
async fn faults_meet_the_chunk_they_are_meant_for() {
    let app = App::start().await;
    let tokens = app.login().await;
    let size = 4 * CHUNK;
    let video = video(usize::try_from(size).unwrap());
    let (publish_id, url) = app.init(&tokens, size, CHUNK).await;
    let upload = |action: Action, chunk: u64| Fault::on(Endpoint::Upload, action).chunk(chunk).times(1);
    app.sim.fault(upload(Action::CutInBody { after_bytes: 100_000 }, 0));
    app.sim.fault(upload(Action::StatusBefore { status: 503, code: None }, 1));
    app.sim.fault(upload(Action::StatusAfter { status: 502, code: None }, 2));
    app.sim.fault(upload(Action::CutAfter, 3).publish_id(&publish_id).user(&tokens.open_id));
    app.sim.fault(upload(Action::CutBefore, 1).publish_id("another"));
    let put = |index: u64| {
        let (first, end) = (index * CHUNK, (index + 1) * CHUNK);
        let body = part(&video, first, end);
        let (app, url) = (app.clone(), url.clone());
        async move { app.put(&url, &format!("bytes {first}-{}/{size}", end - 1), body).await.map(|(status, _)| status) }
    };
    assert!(put(0).await.is_err());
    assert_eq!(app.sim.ledger().publishes[0].bytes_stored, 0);
    assert_eq!(put(0).await.unwrap(), 206);
    assert_eq!(put(1).await.unwrap(), 503);
    assert_eq!(put(1).await.unwrap(), 206);
    assert_eq!(put(2).await.unwrap(), 502);
    assert_eq!(put(2).await.unwrap(), 416, "it was stored");
    assert!(put(3).await.is_err());
    let ledger = app.until("stored", |ledger| ledger.publishes[0].sha256.is_some()).await;
    assert_eq!(ledger.publishes[0].sha256, Some(sha256(&video)));
    // Four chunks that counted, two refused whole, and one cut early.
    let received = ledger.publishes[0].bytes_received.get();
    assert!((6 * CHUNK + 100_000..7 * CHUNK).contains(&received), "{received}");
}

#[tokio::test]
async fn bursts_repetitions_and_users_are_counted_as_asked() {
    let app = App::start().await;
    let tokens = app.login().await;
    app.sim.fault(Fault::on(Endpoint::CreatorInfo, Action::RateLimited).times(3));
    let nothing = json!({});
    let ask = || app.post(CREATOR, &tokens.access, &nothing);
    for _ in 0..3 {
        assert_eq!(ask().await.verdict(), (429, "rate_limit_exceeded"));
    }
    assert_eq!(ask().await.status, 200);
    app.sim.clear_faults();
    app.sim.fault(Fault::on(Endpoint::CreatorInfo, Action::StatusBefore { status: 500, code: None }).every(2));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(ask().await.status);
    }
    assert_eq!(statuses, [200, 500, 200, 500]);
    app.sim.clear_faults();
    app.sim.fault(Fault::on(Endpoint::CreatorInfo, Action::RateLimited).user("somebody else"));
    assert_eq!(ask().await.status, 200);
}

#[tokio::test]
async fn a_rotation_whose_answer_is_lost_leaves_the_old_token_dead() {
    let app = App::start().await;
    let tokens = app.login().await;
    app.sim.fault(Fault::on(Endpoint::Refresh, Action::StatusAfter { status: 500, code: None }).times(1));
    let lost = app.refresh(&tokens.refresh).await;
    assert_eq!(lost.verdict(), (500, "server_error"));
    assert_eq!(app.refresh(&tokens.refresh).await.code(), "invalid_grant");
    let ledger = app.sim.ledger();
    let grant = ledger.grant_of(&tokens.open_id).unwrap();
    assert_eq!((grant.refreshes, &grant.spent_refresh_tokens), (1, &vec![tokens.refresh.clone()]));
    assert_eq!(ledger.requests_to(Endpoint::Refresh)[1].open_id.as_deref(), Some(tokens.open_id.as_str()));
}

#[tokio::test]
async fn tokens_and_upload_urls_end_in_the_middle_of_things() {
    let app = App::start().await;
    let tokens = app.login().await;
    let (publish_id, url) = app.init(&tokens, 1000, 1000).await;
    app.sim.fault(Fault::on(Endpoint::StatusFetch, Action::ExpireAccessToken).times(1));
    assert_eq!(app.status(&tokens, &publish_id).await.verdict(), (401, "access_token_invalid"));
    let renewed = super::support::tokens(&app.refresh(&tokens.refresh).await);
    app.status(&renewed, &publish_id).await.data();

    app.sim.fault(Fault::on(Endpoint::Upload, Action::ExpireUpload).times(1));
    assert_eq!(app.put(&url, "bytes 0-999/1000", video(1000)).await.unwrap().0, 403);
    assert_eq!(app.status(&renewed, &publish_id).await.data()["fail_reason"], "internal");
}

#[tokio::test]
async fn slow_reading_keeps_a_put_waiting_in_its_middle() {
    let app = App::start().await;
    let tokens = app.login().await;
    let (_, url) = app.init(&tokens, 2_000_000, 2_000_000).await;
    app.sim.fault(Fault::on(Endpoint::Upload, Action::SlowBody { bytes_per_second: 1000 }));
    let sending = tokio::spawn({
        let app = app.clone();
        async move { app.put(&url, "bytes 0-1999999/2000000", video(2_000_000)).await }
    });
    let ledger = app.until("begun", |ledger| ledger.publishes[0].bytes_received.get() > 0).await;
    assert!(ledger.publishes[0].bytes_received.get() < 2_000_000);
    assert_eq!(ledger.requests_to(Endpoint::Upload)[0].outcome, Outcome::Unanswered);
    assert!(!sending.is_finished());
    sending.abort();
}

#[tokio::test]
async fn a_delayed_answer_comes_too_late_for_who_gave_up_but_the_effect_stays() {
    let app = App::start().await;
    let tokens = app.login().await;
    app.sim.fault(Fault::on(Endpoint::VideoInit, Action::DelayAnswer { millis: 60_000 }).times(1));
    let waiting = tokio::spawn({
        let (app, tokens) = (app.clone(), tokens.clone());
        async move { app.init(&tokens, 1000, 1000).await }
    });
    let ledger = app.until("taken effect", |ledger| ledger.publishes.len() == 1).await;
    assert_eq!(ledger.requests_to(Endpoint::VideoInit)[0].outcome, Outcome::Unanswered);
    waiting.abort();
    app.init(&tokens, 1000, 1000).await;
    assert_eq!(app.sim.ledger().publishes.len(), 2);
}

#[tokio::test]
async fn a_delayed_request_takes_effect_late() {
    let app = App::start().await;
    let tokens = app.login().await;
    app.sim.fault(Fault::on(Endpoint::VideoInit, Action::Delay { millis: 50 }));
    let (publish_id, _) = app.init(&tokens, 1000, 1000).await;
    let ledger = app.sim.ledger();
    let arrived = ledger.requests_to(Endpoint::VideoInit)[0].at;
    assert!(ledger.publish(&publish_id).unwrap().created_at > arrived);
}
