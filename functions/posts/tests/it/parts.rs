//! A large file that was PUT whole, although it might have come in parts.

use jiff::Timestamp;
use slipway_domain::MediaId;
use slipway_store::media::{MediaRecord, MultipartUpload};
use uuid::Uuid;
use workbench::fixture;

use crate::world::{World, body};

#[tokio::test]
async fn parts_beside_a_whole_file_are_given_up_when_it_is_posted() {
    let world = World::start().await;
    let (bench, content) = (&world.bench, fixture("index_last.mp4"));
    let (id, name, kind) = (MediaId::from_uuid(Uuid::now_v7()), "large.mp4".to_owned(), "video/mp4".to_owned());
    let record = MediaRecord::new(bench.tenant.clone(), id, name, kind, Timestamp::now());
    let upload_id = bench.owner.bucket.object(&record.s3_key).begin(None).await.unwrap();
    let upload = MultipartUpload { upload_id: upload_id.clone(), part_size: 5 };
    let record = MediaRecord { multipart: Some(upload), ..record.announced(Some(content.len() as u64)) };
    assert!(bench.owner.media.put(&record).await.unwrap().is_done());
    let is_open = async || bench.owner.bucket.object(&record.s3_key).parts(&upload_id).send().await.is_ok();
    let post = body("Large", &record, &[&world.owner.account]);
    world.post(&world.owner.caller, &post).await.refused(400, "validation.field_invalid", "media_ids[0]");
    assert!(is_open().await, "nothing was uploaded yet");
    bench.put_object(&record.s3_key, content).await;
    World::made(&world.post(&world.owner.caller, &post).await);
    assert!(!is_open().await);
}
