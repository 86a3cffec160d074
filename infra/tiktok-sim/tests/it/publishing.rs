use serde_json::{Value, json};
use tiktok_sim::{Action, Endpoint, FailReason, Fault, Privacy, PublishCommand, PublishState, User};

use super::support::*;

#[tokio::test]
async fn a_public_post_is_processed_published_and_moderated_in_that_order() {
    let app = App::start().await;
    let tokens = app.login().await;
    let (publish_id, url) = app.init(&tokens, 1000, 1000).await;
    let status = |name: &'static str, uploaded: u64, ids: Vec<u64>| {
        let (app, tokens, publish_id) = (app.clone(), tokens.clone(), publish_id.clone());
        async move {
            let reply = app.status(&tokens, &publish_id).await;
            let expected = json!({"status": name, "publicaly_available_post_id": ids, "uploaded_bytes": uploaded});
            assert_eq!(reply.data(), &expected);
        }
    };
    status("PROCESSING_UPLOAD", 0, vec![]).await;
    app.put(&url, "bytes 0-999/1000", video(1000)).await.unwrap();
    status("PROCESSING_UPLOAD", 1000, vec![]).await;
    assert!(app.sim.ledger().published().is_empty());
    app.sim.advance(STEP);
    status("PUBLISH_COMPLETE", 1000, vec![]).await;
    let ledger = app.sim.ledger();
    assert_eq!(ledger.published().len(), 1);
    let post_id = ledger.published()[0].post_ids[0];
    app.sim.advance(STEP);
    status("PUBLISH_COMPLETE", 1000, vec![post_id]).await;
    assert_eq!(post_id.to_string().len(), 19);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the point"
    )]
    let rounded = post_id as f64 as u64;
    assert_ne!(rounded, post_id, "a double keeps it");
    let ledger = app.sim.ledger();
    let events: Vec<&str> = ledger.webhooks.iter().map(|webhook| webhook.event.as_str()).collect();
    assert_eq!(events, ["post.publish.complete", "post.publish.publicly_available"]);
}

#[tokio::test]
async fn a_post_that_is_not_public_never_gets_a_public_id_by_itself() {
    let app = App::start().await;
    let tokens = app.login().await;
    let mut body = direct(1000, 1000);
    body["post_info"]["privacy_level"] = json!("SELF_ONLY");
    let publish_id = app.publish_video(&tokens, DIRECT, &body, &video(1000)).await;
    app.sim.advance(10 * STEP);
    assert_eq!(app.status(&tokens, &publish_id).await.data()["publicaly_available_post_id"], json!([]));
    assert!(app.sim.command(&publish_id, PublishCommand::MakePublic));
    let ids = app.sim.ledger().publish(&publish_id).unwrap().post_ids.clone();
    assert_eq!(app.status(&tokens, &publish_id).await.data()["publicaly_available_post_id"], json!(ids));
    assert!(app.sim.command(&publish_id, PublishCommand::MakePrivate));
    assert_eq!(app.sim.ledger().webhooks_of("post.publish.no_longer_publicaly_available").len(), 1);
}

#[tokio::test]
async fn a_draft_waits_in_the_inbox_and_may_become_several_posts() {
    let app = App::start().await;
    let tokens = app.login().await;
    let body = json!({"source_info": source(1000, 1000)});
    let publish_id = app.publish_video(&tokens, INBOX, &body, &video(1000)).await;
    let post = PublishCommand::PostDraft { privacy_level: Privacy::PublicToEveryone };
    assert!(!app.sim.command(&publish_id, post), "not delivered yet");
    app.sim.advance(STEP);
    assert_eq!(app.status(&tokens, &publish_id).await.data()["status"], "SEND_TO_USER_INBOX");
    assert!(app.sim.ledger().published().is_empty());
    assert!(app.sim.command(&publish_id, post) && app.sim.command(&publish_id, post));
    app.sim.advance(STEP);
    let status = app.status(&tokens, &publish_id).await;
    assert_eq!(status.data()["status"], "PUBLISH_COMPLETE");
    assert_eq!(status.data()["publicaly_available_post_id"].as_array().unwrap().len(), 2);
    let ledger = app.sim.ledger();
    assert_eq!(ledger.publish(&publish_id).unwrap().published_count, 2);
    let delivered = ledger.webhooks_of("post.publish.inbox_delivered");
    assert!(delivered[0].body.contains("INBOX_SHARE"));
    assert_eq!(ledger.webhooks_of("post.publish.complete").len(), 2);
}

fn boxed(kind: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len() + 8).unwrap();
    [&size.to_be_bytes()[..], &kind, payload].concat()
}

/// A movie header that says how long it is, at the end of the file.
fn movie(seconds: u32) -> bytes::Bytes {
    let mut mvhd = vec![0; 100];
    mvhd[12..16].copy_from_slice(&1000_u32.to_be_bytes());
    mvhd[16..20].copy_from_slice(&(seconds * 1000).to_be_bytes());
    let parts = [boxed(*b"ftyp", b"isom"), boxed(*b"mdat", &[5; 900]), boxed(*b"moov", &boxed(*b"mvhd", &mvhd))];
    parts.concat().into()
}

#[tokio::test]
async fn media_is_judged_only_after_the_upload_was_accepted() {
    let app = App::start().await;
    let user = User { max_video_post_duration_sec: 300, ..User::default() };
    app.sim.add_user(User { open_id: Some(app.sim.users()[0].clone()), ..user });
    let tokens = app.login().await;
    let cases = [
        (DIRECT, bytes::Bytes::from_static(b"\x89PNG\r\n\x1a\nnot a video"), Some("file_format_check_failed")),
        (DIRECT, movie(300), None),
        (DIRECT, movie(301), Some("duration_check_failed")),
        (INBOX, movie(301), None),
        (INBOX, movie(601), Some("duration_check_failed")),
    ];
    for (path, media, reason) in cases {
        let size = media.len() as u64;
        let publish_id = app.publish_video(&tokens, path, &direct(size, size), &media).await;
        app.sim.advance(STEP);
        let reply = app.status(&tokens, &publish_id).await;
        assert_eq!(reply.data().get("fail_reason").and_then(Value::as_str), reason);
        assert_eq!(reply.data()["status"] == "FAILED", reason.is_some());
    }
}

#[tokio::test]
async fn every_reason_to_fail_can_be_ordered_and_a_failed_publish_stays_failed() {
    let app = App::with(|config| {
        config.rate_limits.init = None;
        config.daily_post_cap = Some(100);
    })
    .await;
    let tokens = app.login().await;
    for reason in FailReason::ALL {
        let rule = app.sim.fault(Fault::on(Endpoint::VideoInit, Action::FailPublish { reason: *reason }));
        let publish_id = app.publish_video(&tokens, DIRECT, &direct(1000, 1000), &video(1000)).await;
        assert!(app.sim.remove_fault(rule));
        app.sim.advance(STEP);
        assert_eq!(app.state(&publish_id), PublishState::Failed(*reason));
        assert!(!app.sim.command(&publish_id, PublishCommand::Unstick));
        let data = app.status(&tokens, &publish_id).await.data().clone();
        assert_eq!((&data["status"], &data["fail_reason"]), (&json!("FAILED"), &json!(reason.name())));
    }
    let ledger = app.sim.ledger();
    assert!(ledger.published().is_empty());
    assert_eq!(ledger.webhooks_of("post.publish.failed").len(), FailReason::ALL.len());
}

#[tokio::test]
async fn a_user_who_removes_the_app_meanwhile_gets_no_post() {
    let app = App::start().await;
    let tokens = app.login().await;
    let publish_id = app.publish_video(&tokens, DIRECT, &direct(1000, 1000), &video(1000)).await;
    assert!(app.sim.revoke_by_user(&tokens.open_id, 1));
    assert!(!app.sim.revoke_by_user(&tokens.open_id, 1), "nothing left to remove");
    app.sim.advance(STEP);
    assert_eq!(app.state(&publish_id), PublishState::Failed(FailReason::AuthRemoved));
    assert_eq!(app.status(&tokens, &publish_id).await.verdict(), (401, "access_token_invalid"));
}

#[tokio::test]
async fn a_stuck_publish_stays_in_processing_until_told_otherwise() {
    let app = App::start().await;
    let tokens = app.login().await;
    app.sim.fault(Fault::on(Endpoint::VideoInit, Action::StickProcessing).times(1));
    let publish_id = app.publish_video(&tokens, DIRECT, &direct(1000, 1000), &video(1000)).await;
    app.sim.advance(10 * STEP);
    assert_eq!(app.status(&tokens, &publish_id).await.data()["status"], "PROCESSING_UPLOAD");
    assert!(app.sim.command(&publish_id, PublishCommand::Unstick));
    assert_eq!(app.state(&publish_id), PublishState::Complete);
}

#[tokio::test]
async fn status_and_cancel_know_whose_publish_it_is() {
    let app = App::start().await;
    let tokens = app.login().await;
    let other = app.sim.add_user(User { username: "other".to_owned(), ..User::default() });
    let stranger = app.login_with(&[("sim_user", &other)]).await;
    let (publish_id, _) = app.init(&tokens, 1000, 1000).await;
    for path in [STATUS, CANCEL] {
        let ask = |token: &str, body: Value| {
            let (app, token) = (app.clone(), token.to_owned());
            async move { app.post(path, &token, &body).await }
        };
        let own = json!({"publish_id": publish_id});
        assert_eq!(
            ask(&stranger.access, own.clone()).await.verdict(),
            (400, "token_not_authorized_for_specified_publish_id")
        );
        let unknown = json!({"publish_id": "v_pub_file~v2-1.1"});
        assert_eq!(ask(&tokens.access, unknown).await.verdict(), (400, "invalid_publish_id"));
        assert_eq!(ask(&tokens.access, json!({})).await.verdict(), (400, "invalid_params"));
        let lister = app.login_with(&[("scope", "video.list")]).await;
        assert_eq!(ask(&lister.access, own).await.verdict(), (401, "scope_not_authorized"));
    }
    // An upload is not cancelled by the call, but by stopping.
    let reply = app.post(CANCEL, &tokens.access, &json!({"publish_id": publish_id})).await;
    assert_eq!(reply.verdict(), (400, "publish_not_cancellable"));
}
