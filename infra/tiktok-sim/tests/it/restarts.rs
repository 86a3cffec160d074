//! A simulator that is killed and started again with the same file.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tiktok_sim::{Config, PublishState, Simulator, User};

use super::support::*;

const CHUNK: u64 = 5_242_880;

/// Kills the simulator: what comes after it has the file as it is at this moment.
async fn killed(app: App, folder: &TempDir) -> App {
    let (before, now) = (file(folder), folder.path().join("as-it-was.json"));
    std::fs::copy(&before, &now).unwrap();
    let App { sim, http } = app;
    sim.shutdown().await;
    std::fs::rename(now, &before).unwrap();
    let config = Config { processing_delay: STEP, ..with(&before) };
    App { sim: Simulator::start(config).await.unwrap(), http }
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("tiktok.json")
}

/// A TikTok whose one user has the same id every time.
fn with(file: &Path) -> Config {
    let user = User { open_id: Some("-000TheOneUser".to_owned()), ..User::default() };
    Config { data: Some(file.to_owned()), users: vec![user], ..Config::default() }
}

#[tokio::test]
async fn an_upload_goes_on_after_a_kill_and_is_published_once() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::with(|config| *config = Config { processing_delay: STEP, ..with(&file(&folder)) }).await;
    let tokens = app.login().await;
    let size = 2 * CHUNK + 7;
    let video = video(usize::try_from(size).unwrap());
    let (publish_id, url) = app.init(&tokens, size, CHUNK).await;
    let range = format!("bytes 0-{}/{size}", CHUNK - 1);
    assert_eq!(app.put(&url, &range, part(&video, 0, CHUNK)).await.unwrap().0, 206);

    let app = killed(app, &folder).await;
    assert_eq!(app.status(&tokens, &publish_id).await.data()["uploaded_bytes"], CHUNK);
    let range = format!("bytes {CHUNK}-{}/{size}", size - 1);
    assert_eq!(app.put(&url, &range, part(&video, CHUNK, size)).await.unwrap().0, 201, "at the same address");

    let app = killed(app, &folder).await;
    assert_eq!(app.state(&publish_id), PublishState::Processing);
    app.sim.advance(STEP);
    assert_eq!(app.status(&tokens, &publish_id).await.data()["status"], "PUBLISH_COMPLETE");
    let app = killed(app, &folder).await;
    let ledger = app.sim.ledger();
    let published = ledger.published();
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].sha256.as_deref(), Some(sha256(&video).as_str()));
    assert_eq!(app.status(&tokens, &publish_id).await.data()["status"], "PUBLISH_COMPLETE");
    assert_eq!(app.refresh(&tokens.refresh).await.status, 200);
}

#[tokio::test]
async fn a_webhook_that_was_not_delivered_comes_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(&[500, 200], "").await;
    let hook = receiver.url.clone();
    let app = App::with(|config| *config = Config { webhook_url: Some(hook), ..with(&file(&folder)) }).await;
    let tokens = app.login().await;
    assert!(app.sim.revoke_by_user(&tokens.open_id, 1));
    app.until("the first attempt fails", |ledger| ledger.webhooks.iter().any(|webhook| !webhook.attempts.is_empty()))
        .await;
    let app = killed(app, &folder).await;
    app.sim.advance(STEP);
    app.until("it is delivered", |ledger| ledger.webhooks[0].attempts.iter().any(|tried| tried.status == Some(200)))
        .await;
    assert_eq!(receiver.got().len(), 2);
}

#[tokio::test]
async fn what_can_not_be_read_is_no_fresh_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(file(&folder), "{").unwrap();
    let said = Simulator::start(with(&file(&folder))).await.unwrap_err().to_string();
    assert!(said.contains("tiktok.json"), "{said}");
}
