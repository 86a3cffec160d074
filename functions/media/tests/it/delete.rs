//! Deleting media. With posts and crashes: in the stories.

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_domain::{MediaId, Reach, UploadId};
use workbench::new_tenant;

use crate::service::{Answer, Service, fixture};

async fn delete(service: &Service, id: &str) -> Answer {
    service.call(&service.caller, Method::DELETE, &format!("/v1/media/{id}"), None).await
}

#[tokio::test]
async fn deleted_media_is_gone_with_its_object_and_gives_its_storage_back() {
    let service = Service::start().await;
    let id = service.upload("a.jpg", &fixture("photo.jpg")).await.text("media_id").to_owned();
    let kept = service.upload("b.webp", &fixture("photo.webp")).await.text("media_id").to_owned();
    let deleted = delete(&service, &id).await;
    assert_eq!((deleted.status.as_u16(), &deleted.body), (204, &Value::Null));
    assert_eq!(service.get(&format!("/v1/media/{id}")).await.refused(404), "media.not_found");
    assert_eq!(service.post(&format!("/v1/media/{id}/verify"), json!({})).await.refused(404), "media.not_found");
    assert_eq!(service.kept().await, (1, 1));
    assert_eq!(service.get("/v1/media").await.body["data"][0]["id"], kept);
    let storage = service.get("/v1/media/storage").await;
    assert_eq!(storage.body["used_bytes"], fixture("photo.webp").len());
    assert_eq!(storage.body["count"], 1);
    assert_eq!(delete(&service, &id).await.refused(404), "media.not_found");
}

#[tokio::test]
async fn only_its_own_tenant_with_the_right_to_write_deletes_media() {
    let service = Service::start().await;
    let id = service.upload("a.jpg", &fixture("photo.jpg")).await.text("media_id").to_owned();
    let path = format!("/v1/media/{id}");
    let other = service.bench.caller(&new_tenant()).await;
    assert_eq!(service.call(&other, Method::DELETE, &path, None).await.refused(404), "media.not_found");
    let reader = service.key(&["media:read"]).await;
    assert_eq!(service.call(&reader, Method::DELETE, &path, None).await.refused(403), "auth.insufficient_scope");
    for unknown in ["med_1", "post_1", "x"] {
        assert_eq!(delete(&service, unknown).await.refused(404), "media.not_found", "{unknown}");
    }
    assert_eq!(service.kept().await, (1, 1));
}

#[tokio::test]
async fn a_deletion_that_s3_did_not_let_finish_is_finished_by_the_next_one() {
    let service = Service::start().await;
    let id = service.upload("a.jpg", &fixture("photo.jpg")).await.text("media_id").to_owned();
    service.aws().fail_next("S3.DeleteObject", 3, 503);
    assert_eq!(delete(&service, &id).await.refused(500), "system.internal");
    // It is gone for everybody already, and takes no more room.
    assert_eq!(service.kept().await, (1, 0));
    assert_eq!(service.get("/v1/media/storage").await.body["used_bytes"], 0);
    assert_eq!(delete(&service, &id).await.status, 204);
    assert_eq!(service.kept().await, (0, 0));
    assert_eq!(service.get("/v1/media/storage").await.body["count"], 0);
}

#[tokio::test]
async fn an_upload_in_parts_is_aborted_before_the_record_goes() {
    let service = Service::start().await;
    let answer = service.post("/v1/media/upload-url", json!({"size_bytes": 7})).await;
    let id: MediaId = answer.text("media_id").parse().unwrap();
    let mut record = service.media.get(&Reach::whole(service.tenant()), &id).await.unwrap().unwrap();
    let key = record.s3_key.clone();
    let upload = service.s3.create_multipart_upload().bucket(&service.bucket).key(&key).send().await.unwrap();
    let upload_id = upload.upload_id.unwrap();
    let part = service.s3.upload_part().bucket(&service.bucket).key(&key).upload_id(&upload_id).part_number(1);
    part.body(fixture("photo.jpg").into()).send().await.unwrap();
    record.multipart =
        Some(slipway_store::media::MultipartUpload { upload_id: UploadId::new(&upload_id), part_size: 5 });
    let marked = service.media.mark_deleting(&record, Timestamp::now()).await.unwrap().done().unwrap();
    // By whoever goes on: twice, as after a crash.
    for _ in 0..2 {
        slipway_media::remove(&service.media, &service.bench.owner.bucket, &marked).await.unwrap();
        let parts = service.s3.list_parts().bucket(&service.bucket).key(&key).upload_id(&upload_id).send().await;
        assert!(parts.unwrap_err().into_service_error().code() == Some("NoSuchUpload"));
    }
}
