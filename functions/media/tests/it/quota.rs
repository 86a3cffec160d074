//! A plan that limits storage.

use axum::body::Body;
use bytes::Bytes;
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_domain::Plan;
use slipway_domain::limits::MEDIA_PER_TENANT;
use slipway_domain::{EventType, Reach};
use slipway_store::tenants::TenantState;
use workbench::AttributeValue;

use crate::service::{Answer, Service, fixture};

const LIMIT: u64 = 100_000_000;

async fn announce(service: &Service, size: u64) -> Answer {
    service.post("/v1/media/upload-url", json!({"size_bytes": size})).await
}

/// The numbers of a refusal: used, limit, size.
fn numbers(refusal: &Answer) -> (Option<u64>, Option<u64>, Option<u64>) {
    assert_eq!(refusal.refused(413), "billing.storage_quota");
    let meta = &refusal.body["error"]["meta"];
    assert_eq!(meta["cause"], "quota");
    assert!(meta["next_step"].as_str().unwrap().starts_with("DELETE /v1/media/"), "{meta:#}");
    (meta["used_bytes"].as_u64(), meta["limit_bytes"].as_u64(), meta["size_bytes"].as_u64())
}

fn told(answer: &Answer) -> (&str, &str) {
    let header = |name: &str| answer.headers[name].to_str().unwrap();
    (header("x-storage-used"), header("x-storage-limit"))
}

#[tokio::test]
async fn an_announcement_beyond_the_plan_is_refused_with_the_numbers() {
    let service = Service::on(Plan::Hobby).await;
    let first = announce(&service, 60_000_000).await;
    assert_eq!((first.status.as_u16(), told(&first)), (200, ("60000000", "100000000")));
    let refused = announce(&service, 40_000_001).await;
    assert_eq!(numbers(&refused), (Some(60_000_000), Some(LIMIT), Some(40_000_001)));
    assert_eq!(told(&refused), ("60000000", "100000000"));
    assert_eq!(announce(&service, 40_000_000).await.status, 200);
    let storage = service.get("/v1/media/storage").await;
    assert_eq!(storage.body, json!({"used_bytes": LIMIT, "limit_bytes": LIMIT, "count": 2}));
    // Nothing is said to those who are not known.
    let wrong = http::Request::get("/v1/media").header("authorization", "Bearer slip_live_x");
    let unknown = service.send(wrong.body(Body::empty()).unwrap()).await;
    assert_eq!((unknown.status.as_u16(), unknown.headers.get("x-storage-used")), (401, None));
}

#[tokio::test]
async fn a_tenants_own_plan_counts_and_not_the_one_of_all() {
    let service = Service::on(Plan::Unlimited).await;
    assert!(announce(&service, LIMIT).await.headers.get("x-storage-limit").is_none());
    let hobby = TenantState::of_plan(Plan::Hobby);
    assert!(service.bench.owner.tenants.decide(service.tenant(), hobby, Timestamp::now()).await.unwrap().is_done());
    let refused = announce(&service, 1).await;
    assert_eq!(numbers(&refused), (Some(LIMIT), Some(LIMIT), Some(1)));
    assert_eq!(told(&refused), ("100000000", "100000000"));
    assert_eq!(service.get("/v1/media/storage").await.body["limit_bytes"], LIMIT);
    let unlimited = TenantState::of_plan(Plan::Unlimited);
    assert!(service.bench.owner.tenants.decide(service.tenant(), unlimited, Timestamp::now()).await.unwrap().is_done());
    assert_eq!(announce(&service, 1).await.status, 200);
}

#[tokio::test]
async fn a_direct_upload_beyond_the_plan_is_refused_and_nothing_is_kept() {
    let service = Service::on(Plan::Hobby).await;
    let photo = fixture("photo.jpg");
    let size = photo.len() as u64;
    announce(&service, LIMIT - size + 1).await;
    let refused = service.upload("a.jpg", &photo).await;
    assert_eq!(numbers(&refused), (Some(LIMIT - size + 1), Some(LIMIT), Some(size)));
    assert_eq!(service.kept().await, (0, 1));
}

#[tokio::test]
async fn what_was_uploaded_without_its_size_is_refused_when_it_is_seen() {
    let service = Service::on(Plan::Hobby).await;
    let silent = service.get("/v1/media/upload-url").await;
    let id = silent.text("media_id");
    let content = fixture("index_last.mp4");
    let size = content.len() as u64;
    let put = reqwest::Client::new().put(silent.text("upload_url")).body(Bytes::clone(&content)).send().await.unwrap();
    assert!(put.status().is_success());
    let announced = announce(&service, LIMIT).await;
    let verify = async || service.post(&format!("/v1/media/{id}/verify"), json!({})).await;
    assert_eq!(numbers(&verify().await), (Some(LIMIT), Some(LIMIT), Some(size)));
    // Nothing is kept of it, at once and for good.
    assert_eq!(service.kept().await, (0, 2));
    let shown = service.get(&format!("/v1/media/{id}")).await;
    assert_eq!((shown.text("status"), &shown.body["reasons"][0]["code"]), ("failed", &json!("storage_quota")));
    let log = service.bench.owner.events.list(&Reach::whole(service.tenant()), None, 10).await.unwrap().entries;
    assert_eq!(log.iter().map(|entry| entry.kind).collect::<Vec<_>>(), [EventType::MediaFailed]);
    assert_eq!(verify().await.refused(409), "resource.conflict");
    // Once there is room it is uploaded again.
    let path = format!("/v1/media/{}", announced.text("media_id"));
    let deleted = service.call(&service.caller, http::Method::DELETE, &path, None).await;
    assert_eq!((deleted.status.as_u16(), told(&deleted)), (204, ("0", "100000000")));
    let again = service.get("/v1/media/upload-url").await;
    assert_eq!(crate::upload_url::put(&again, content, &[]).await, 200);
    let verified = service.post(&format!("/v1/media/{}/verify", again.text("media_id")), json!({})).await;
    assert_eq!((verified.text("status"), told(&verified).0), ("ready", size.to_string().as_str()));
}

#[tokio::test]
async fn what_can_not_be_removed_at_once_is_refused_all_the_same() {
    let service = Service::on(Plan::Hobby).await;
    let silent = service.get("/v1/media/upload-url").await;
    assert_eq!(crate::upload_url::put(&silent, fixture("index_last.mp4"), &[]).await, 200);
    announce(&service, LIMIT).await;
    let path = format!("/v1/media/{}", silent.text("media_id"));
    let verify = async || service.post(&format!("{path}/verify"), json!({})).await;
    service.aws().fail_next("S3.DeleteObject", 3, 503);
    assert_eq!(verify().await.refused(413), "billing.storage_quota");
    assert_eq!((service.get(&path).await.text("status"), service.kept().await.0), ("failed", 1));
    assert_eq!(verify().await.refused(409), "resource.conflict", "nobody can verify what is still there");
}

#[tokio::test]
async fn an_upload_that_s3_did_not_take_gives_its_room_back() {
    let service = Service::on(Plan::Hobby).await;
    service.aws().fail_next("S3.PutObject", 3, 503);
    let answer = service.upload("a.jpg", &fixture("photo.jpg")).await;
    assert_eq!(answer.refused(500), "system.internal");
    assert_eq!(service.kept().await, (0, 0));
    let storage = service.get("/v1/media/storage").await;
    assert_eq!(storage.body["used_bytes"], Value::from(0));
}

#[tokio::test]
async fn a_tenant_may_have_only_so_many_items_whatever_their_size() {
    let service = Service::start().await;
    let first = service.post("/v1/media/upload-url", json!({})).await;
    let key = [format!("TENANT#{}", service.tenant()), "USAGE".to_owned()];
    let almost = AttributeValue::N((MEDIA_PER_TENANT - 2).to_string());
    service.bench.set("MediaTable", key, "media_count", almost).await;
    let ask = || service.post("/v1/media/import", json!({"url": "https://example.com/a.mp4"}));
    let answers = join_all((0..5).map(|_| ask())).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 202);
    assert_eq!(made.len(), 2);
    for refused in refused {
        assert_eq!(refused.refused(413), "billing.storage_quota");
        let meta = &refused.body["error"]["meta"];
        assert_eq!((&meta["limit"], &meta["cause"]), (&json!(MEDIA_PER_TENANT), &json!("quota")));
        assert!(meta["next_step"].as_str().unwrap().starts_with("DELETE /v1/media/"), "{meta:#}");
    }
    let path = format!("/v1/media/{}", first.text("media_id"));
    assert_eq!(service.call(&service.caller, http::Method::DELETE, &path, None).await.status, 204);
    assert_eq!(ask().await.status, 202);
    assert_eq!(ask().await.refused(413), "billing.storage_quota");
}
