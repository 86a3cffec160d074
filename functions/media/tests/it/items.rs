//! The list, one item, storage, and whose they are.

use http::Method;
use serde_json::json;
use workbench::new_tenant;

use crate::service::{Service, fixture};

#[tokio::test]
async fn the_list_goes_page_by_page_from_the_newest() {
    let service = Service::start().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(service.post("/v1/media/upload-url", json!({})).await.text("media_id").to_owned());
    }
    made.reverse();
    let (mut found, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = service.get(&format!("/v1/media?limit=2{cursor}")).await;
        assert_eq!(page.status, 200, "{:#}", page.body);
        assert_eq!(page.body["pagination"]["limit"], 2);
        assert_eq!(page.body["pagination"]["next_cursor"], page.body["next_cursor"]);
        let data = page.body["data"].as_array().unwrap();
        assert_eq!(page.body["count"], data.len());
        found.extend(data.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        pages += 1;
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((found, pages), (made, 3));
    assert_eq!(service.get("/v1/media").await.body["pagination"]["limit"], 50);
}

#[tokio::test]
async fn a_wrong_limit_and_a_wrong_cursor_are_told_at_once() {
    let service = Service::start().await;
    let answer = service.get("/v1/media?limit=101&cursor=abc").await;
    assert_eq!(answer.refused(400), "validation.field_invalid");
    let issues = answer.body["error"]["meta"]["issues"].as_array().unwrap();
    let fields: Vec<_> = issues.iter().map(|issue| issue["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["limit", "cursor"]);
}

/// What a key of all brands has made is for all of them.
#[tokio::test]
async fn what_a_key_of_one_brand_has_made_is_found_by_no_key_of_another() {
    let service = Service::start().await;
    let tenant = service.bench.tenant.clone();
    let (of_a, of_b) = (
        service.bench.caller_with(&tenant, &[], &["brand_a"]).await,
        service.bench.caller_with(&tenant, &[], &["brand_b"]).await,
    );
    let shared = service.post("/v1/media/upload-url", json!({})).await.text("media_id").to_owned();
    let large = json!({"content_type": "video/mp4", "filename": "l.mp4", "size_bytes": 40_000_000});
    let made = service.call(&of_a, Method::POST, "/v1/media/upload-url", Some(large)).await.text("media_id").to_owned();
    for (method, path) in [
        (Method::GET, format!("/v1/media/{made}")),
        (Method::POST, format!("/v1/media/{made}/verify")),
        (Method::POST, format!("/v1/media/{made}/complete")),
        (Method::POST, format!("/v1/media/{made}/abort")),
        (Method::DELETE, format!("/v1/media/{made}")),
    ] {
        assert_eq!(service.call(&of_b, method, &path, None).await.refused(404), "media.not_found", "{path}");
    }
    // It may be posted, and no more.
    for (method, what) in [(Method::DELETE, ""), (Method::POST, "/abort"), (Method::POST, "/complete")] {
        let path = format!("/v1/media/{shared}{what}");
        assert_eq!(service.call(&of_b, method, &path, None).await.refused(403), "auth.insufficient_scope", "{path}");
    }
    let seen = async |caller| {
        let list = service.call(caller, Method::GET, "/v1/media", None).await;
        let data = list.body["data"].as_array().unwrap();
        data.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(seen(&of_b).await, std::slice::from_ref(&shared));
    assert_eq!(seen(&of_a).await, [made.clone(), shared.clone()]);
    assert_eq!(seen(&service.caller).await, [made.clone(), shared]);
    assert_eq!(service.call(&of_a, Method::DELETE, &format!("/v1/media/{made}"), None).await.status, 204);
}

#[tokio::test]
async fn another_tenants_media_is_not_found() {
    let service = Service::start().await;
    let id = service.upload("a.jpg", &fixture("photo.jpg")).await.text("media_id").to_owned();
    let other = service.bench.caller(&new_tenant()).await;
    for (method, path) in [(Method::GET, format!("/v1/media/{id}")), (Method::POST, format!("/v1/media/{id}/verify"))] {
        let answer = service.call(&other, method.clone(), &path, None).await;
        assert_eq!(answer.refused(404), "media.not_found");
        assert_eq!(service.call(&service.caller, method, &path, None).await.status, 200);
    }
    let list = service.call(&other, Method::GET, "/v1/media", None).await;
    assert_eq!((&list.body["data"], &list.body["next_cursor"]), (&json!([]), &json!(null)));
    for unknown in ["med_1", "post_1", "x", "med_%00", "%F0%9F%8E%AC"] {
        assert_eq!(service.get(&format!("/v1/media/{unknown}")).await.refused(404), "media.not_found", "{unknown}");
    }
}

#[tokio::test]
async fn a_file_that_nobody_has_verified_is_saved_and_not_shown() {
    let service = Service::start().await;
    let announced = service.post("/v1/media/upload-url", json!({"content_type": "text/html"})).await;
    assert_eq!(crate::upload_url::put(&announced, fixture("vp8.webm"), &[]).await, 200);
    let path = format!("/v1/media/{}", announced.text("media_id"));
    for (is_verified, content_type, disposition) in
        [(false, "text/html", Some("attachment")), (true, "video/webm", None)]
    {
        if is_verified {
            assert_eq!(service.post(&format!("{path}/verify"), json!({})).await.text("status"), "ready");
        }
        let answer = reqwest::get(service.get(&path).await.text("url")).await.unwrap();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!((header("content-type"), header("content-disposition")), (Some(content_type), disposition));
    }
}

#[tokio::test]
async fn storage_counts_what_is_there_and_what_was_announced() {
    let service = Service::start().await;
    let (photo, video) = (fixture("photo.jpg"), fixture("too_slow.mp4"));
    service.upload("a", &photo).await;
    service.upload("b", &video).await;
    service.post("/v1/media/upload-url", json!({"size_bytes": 1_000_000})).await;
    let storage = service.get("/v1/media/storage").await;
    let used = photo.len() + video.len() + 1_000_000;
    assert_eq!(storage.body, json!({"used_bytes": used, "limit_bytes": -1, "count": 3}));
    assert_eq!(storage.headers.get("x-storage-used"), None, "there is no limit");
}

#[tokio::test]
async fn unknown_routes_and_methods_are_named() {
    let service = Service::start().await;
    assert_eq!(service.get("/v1/media/a/b/c").await.refused(404), "http.404");
    assert_eq!(service.call(&service.caller, Method::PUT, "/v1/media", None).await.refused(405), "http.405");
}

#[tokio::test]
async fn a_failing_s3_is_our_fault_and_not_a_verdict() {
    let service = Service::start().await;
    let answer = service.get("/v1/media/upload-url").await;
    let id = answer.text("media_id").to_owned();
    let content = fixture("index_last.mp4");
    let put = reqwest::Client::new().put(answer.text("upload_url")).body(content).send().await.unwrap();
    assert!(put.status().is_success());
    service.aws().fail_next("S3.GetObject", 3, 503);
    assert_eq!(service.post(&format!("/v1/media/{id}/verify"), json!({})).await.refused(500), "system.internal");
    assert_eq!(service.get(&format!("/v1/media/{id}")).await.text("status"), "pending");
    let verified = service.post(&format!("/v1/media/{id}/verify"), json!({})).await;
    assert_eq!(verified.text("status"), "ready");
}

#[tokio::test]
async fn a_verification_whose_answer_was_lost_can_be_repeated() {
    let service = Service::start().await;
    let answer = service.get("/v1/media/upload-url").await;
    let id = answer.text("media_id").to_owned();
    let put = reqwest::Client::new().put(answer.text("upload_url")).body(fixture("vp8.webm")).send().await.unwrap();
    assert!(put.status().is_success());
    service.aws().lose_next_answer("DynamoDB.TransactWriteItems", 1);
    let verified = service.post(&format!("/v1/media/{id}/verify"), json!({})).await;
    assert_eq!(verified.text("status"), "ready", "{:#}", verified.body);
}
