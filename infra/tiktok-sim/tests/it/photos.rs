use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tiktok_sim::{FailReason, Medium, PublishState, User};

use super::support::*;

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a small photo";

fn photos(mode: &str, urls: &[String]) -> Value {
    json!({
        "media_type": "PHOTO",
        "post_mode": mode,
        "is_aigc": true,
        "post_info": {"title": "t", "description": "d", "privacy_level": "PUBLIC_TO_EVERYONE"},
        "source_info": {"source": "PULL_FROM_URL", "photo_images": urls, "photo_cover_index": 0},
    })
}

#[tokio::test]
async fn photos_are_really_downloaded_and_posted() {
    let server = Receiver::start(&[200], JPEG).await;
    let app = App::with(|config| {
        config.url_properties = vec!["media.example.com".to_owned(), server.url.join("/").unwrap().into()];
        config.url_rewrites = [("https://media.example.com/".to_owned(), server.url.join("/").unwrap().into())].into();
    })
    .await;
    let tokens = app.login().await;
    let urls = ["https://media.example.com/a.jpg".to_owned(), server.url.join("/b.jpg").unwrap().into()];
    let answer = app.post(CONTENT, &tokens.access, &photos("DIRECT_POST", &urls)).await;
    assert!(answer.data().get("upload_url").is_none());
    let publish_id = answer.data()["publish_id"].as_str().unwrap().to_owned();
    assert!(publish_id.starts_with("p_pub_url~v2"));
    app.until("downloaded", |ledger| ledger.publishes[0].state == PublishState::Processing).await;
    let status = app.status(&tokens, &publish_id).await;
    assert_eq!(status.data()["status"], "PROCESSING_DOWNLOAD");
    assert_eq!(status.data()["downloaded_bytes"], 2 * JPEG.len());
    app.sim.advance(STEP);
    let ledger = app.sim.ledger();
    let record = ledger.published()[0];
    assert_eq!(record.medium, Medium::Photo);
    assert_eq!(record.photos.iter().map(|photo| photo.url.clone()).collect::<Vec<_>>(), urls);
    assert!(record.photos.iter().all(|photo| photo.sha256 == sha256(JPEG)));

    let draft = app.post(CONTENT, &tokens.access, &photos("MEDIA_UPLOAD", &urls)).await;
    let draft = draft.data()["publish_id"].as_str().unwrap().to_owned();
    app.until("downloaded", |ledger| ledger.publishes[1].state == PublishState::Processing).await;
    app.sim.advance(STEP);
    assert_eq!(app.state(&draft), PublishState::Inbox);
}

#[tokio::test]
async fn what_is_wrong_with_photos_is_refused_at_once() {
    let app = App::with(|config| {
        config.url_properties = vec!["media.example.com".to_owned()];
        config.rate_limits.init = None;
    })
    .await;
    let tokens = app.login().await;
    let url = "https://media.example.com/a.jpg".to_owned();
    let many = vec![url.clone(); 36];
    let invalid = (400, "invalid_params");
    let cases = [
        ("/media_type", json!("VIDEO"), invalid),
        ("/post_mode", json!("DIRECT POST"), invalid),
        ("/post_info", json!(null), invalid),
        ("/post_info/title", json!("x".repeat(91)), invalid),
        ("/post_info/description", json!("x".repeat(4001)), invalid),
        ("/source_info/source", json!("FILE_UPLOAD"), invalid),
        ("/source_info/photo_images", json!([]), invalid),
        ("/source_info/photo_images", json!(many), invalid),
        ("/source_info/photo_images", json!([1]), invalid),
        ("/source_info/photo_cover_index", json!(1), invalid),
        ("/source_info/photo_cover_index", json!(-1), invalid),
        ("/source_info/photo_images", json!(["https://example.org/a.jpg"]), (403, "url_ownership_unverified")),
        ("/post_info/privacy_level", json!("FOLLOWER_OF_CREATOR"), (403, "privacy_level_option_mismatch")),
    ];
    for (pointer, value, expected) in cases {
        let mut body = photos("DIRECT_POST", std::slice::from_ref(&url));
        *body.pointer_mut(pointer).unwrap() = value;
        assert_eq!(app.post(CONTENT, &tokens.access, &body).await.verdict(), expected, "{pointer}");
    }
    let mut no_cover = photos("DIRECT_POST", std::slice::from_ref(&url));
    no_cover["source_info"].as_object_mut().unwrap().remove("photo_cover_index");
    assert_eq!(app.post(CONTENT, &tokens.access, &no_cover).await.verdict(), invalid);
    // Each mode needs its own scope, and neither implies the other.
    for (mode, scope) in [("DIRECT_POST", "video.upload"), ("MEDIA_UPLOAD", "video.publish")] {
        let half = app.login_with(&[("scope", scope)]).await;
        let body = photos(mode, std::slice::from_ref(&url));
        assert_eq!(app.post(CONTENT, &half.access, &body).await.verdict(), (401, "scope_not_authorized"));
    }
    app.sim.add_user(User { open_id: Some(tokens.open_id.clone()), app_too_old: true, ..User::default() });
    let draft = app.post(CONTENT, &tokens.access, &photos("MEDIA_UPLOAD", &[url])).await;
    assert_eq!(draft.verdict(), (400, "app_version_check_failed"));
    assert!(app.sim.ledger().publishes.is_empty());
}

#[tokio::test]
async fn downloads_fail_for_what_the_server_does() {
    let cases: [(u16, &'static [u8], FailReason); 4] = [
        (404, JPEG, FailReason::PhotoPull),
        (302, JPEG, FailReason::PhotoPull),
        (500, JPEG, FailReason::PhotoPull),
        (200, b"\x89PNG\r\n\x1a\n", FailReason::FileFormat),
    ];
    for (status, body, reason) in cases {
        let server = Receiver::start(&[status], Bytes::from_static(body)).await;
        let prefix: String = server.url.join("/").unwrap().into();
        let app = App::with(|config| config.url_properties = vec![prefix.clone()]).await;
        let tokens = app.login().await;
        app.post(CONTENT, &tokens.access, &photos("DIRECT_POST", &[prefix])).await.data();
        app.until("failed", |ledger| ledger.publishes[0].state == PublishState::Failed(reason)).await;
        assert_eq!(server.got().len(), 1, "redirects are not followed");
    }
    // Nothing beyond this machine is ever asked.
    let app = App::with(|config| config.url_properties = vec!["example.com".to_owned()]).await;
    let tokens = app.login().await;
    let body = photos("DIRECT_POST", &["https://example.com/a.jpg".to_owned()]);
    app.post(CONTENT, &tokens.access, &body).await.data();
    app.until("failed", |l| l.publishes[0].state == PublishState::Failed(FailReason::PhotoPull)).await;
}

#[tokio::test]
async fn a_video_download_in_progress_can_be_cancelled_or_runs_out_of_time() {
    let server = Receiver::start(&[200], video(500_000)).await;
    let prefix: String = server.url.join("/").unwrap().into();
    let app = App::with(|config| {
        config.url_properties = vec![prefix.clone()];
        config.pull_bytes_per_second = Some(1000);
    })
    .await;
    let tokens = app.login().await;
    let source = json!({"source": "PULL_FROM_URL", "video_url": format!("{prefix}v.mp4")});
    let body = json!({"post_info": {"privacy_level": "SELF_ONLY"}, "source_info": source});
    let (cancelled, _) = app.init_at(DIRECT, &tokens, &body).await;
    assert_eq!(app.status(&tokens, &cancelled).await.data()["status"], "PROCESSING_DOWNLOAD");
    let reply = app.post(CANCEL, &tokens.access, &json!({"publish_id": cancelled})).await;
    assert_eq!(reply.verdict(), (200, "ok"));
    assert!(reply.body.get("data").is_none());
    assert_eq!(app.state(&cancelled), PublishState::Failed(FailReason::Cancelled));
    let again = app.post(CANCEL, &tokens.access, &json!({"publish_id": cancelled})).await;
    assert_eq!(again.verdict(), (400, "publish_not_cancellable"));

    let (late, _) = app.init_at(DIRECT, &tokens, &body).await;
    app.sim.advance(Duration::from_hours(1));
    assert_eq!(app.state(&late), PublishState::Failed(FailReason::VideoPull));

    app.sim.configure(|config| config.pull_bytes_per_second = None).unwrap();
    let (good, _) = app.init_at(DIRECT, &tokens, &body).await;
    app.until("downloaded", |ledger| ledger.publish(&good).unwrap().state == PublishState::Processing).await;
    app.sim.advance(STEP);
    assert_eq!(app.sim.ledger().published()[0].sha256, Some(sha256(&video(500_000))));
}
