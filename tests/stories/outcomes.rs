//! TikTok says no: at once, or after everything was sent.

use serde_json::{Value, json};
use tiktok_sim::{Action, Endpoint, FailReason, Fault};

use crate::support::{World, video_of};

async fn failed_for(reason: FailReason) -> (World, Value) {
    let world = World::new().await;
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::FailPublish { reason }));
    let media = world.upload(video_of(200_000)).await;
    let id = world.publish(&media).await;
    let post = world.until_post(&id, "failed").await;
    let error = post["targets"][0]["error"].clone();
    (world, error)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_publish_says_why_and_what_to_do() {
    let (world, error) = failed_for(FailReason::PictureSize).await;
    assert_eq!(error["code"], "publishing.media.rejected");
    assert_eq!(error["category"], "validation");
    assert_eq!(error["caused_by"], "user");
    assert_eq!(error["tiktok_code"], "picture_size_check_failed");
    assert_eq!(error["retryable"], false);
    assert!(error["message"].as_str().unwrap().contains("360"), "{error}");
    assert!(world.tiktok.ledger().published().is_empty());
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).len(), 1, "a final no is not argued with");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_tiktoks_after_the_upload_is_told_as_worth_a_retry() {
    let (world, error) = failed_for(FailReason::Internal).await;
    assert_eq!(error["caused_by"], "platform");
    assert_eq!(error["retryable"], true);
    assert!(world.tiktok.ledger().published().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_tiktok_has_not_audited_makes_no_post_public() {
    let world = World::new().await;
    world.tiktok.configure(|config| config.audited = false).unwrap();
    let media = world.upload(video_of(200_000)).await;
    let mut body = world.body(&media, "For everyone");
    body["platform_data"]["tiktok"]["privacy_level"] = json!("PUBLIC_TO_EVERYONE");
    let post = world.post("/v1/posts", body).await.expect(201);
    let post = world.until_post(post["id"].as_str().unwrap(), "failed").await;
    let error = &post["targets"][0]["error"];
    assert_eq!(error["tiktok_code"], "unaudited_client_can_only_post_to_private_accounts", "{error:#}");
    assert_eq!((&error["code"], &error["retryable"]), (&json!("platform.tiktok.api_error"), &json!(false)));
    assert!(error["message"].as_str().unwrap().contains("has not passed TikTok's audit"), "{error}");
    let ledger = world.tiktok.ledger();
    assert_eq!((ledger.requests_to(Endpoint::VideoInit).len(), ledger.publishes.len()), (1, 0));
}
