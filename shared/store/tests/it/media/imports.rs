//! Who is at an import: one worker at a time, and whoever lost it can write nothing more about it.

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{Reach, UploadId, WorkerId};
use slipway_store::Write;
use slipway_store::media::{Import, ImportClaim, MediaReason, MediaRecord, MediaState, ReasonCode, SourceUrl};

use super::{Table, pending, ready};

fn claim(worker: &str) -> ImportClaim {
    ImportClaim { worker: WorkerId::new(worker), until: Timestamp::now() + SignedDuration::from_secs(30) }
}

/// Media to be imported, as it was kept.
async fn kept(table: &Table) -> MediaRecord {
    let url = SourceUrl::new("https://example.com/video.mp4?X-Amz-Signature=secret".to_owned());
    let record = pending("ten_1", "med_1").imported_from(Import::from_url(url), Timestamp::now());
    table.media.put(&record).await.unwrap().done().unwrap();
    record
}

fn reasons() -> Vec<MediaReason> {
    let (text, code) = (|| "import_unreachable".to_owned(), ReasonCode::ImportUnreachable);
    vec![MediaReason { code, message: text(), cure: text(), measured: None, allowed: None }]
}

#[tokio::test]
async fn of_two_workers_one_gets_the_import() {
    let table = Table::start().await;
    let record = kept(&table).await;
    let first = table.media.claim_import(&record, claim("first")).await.unwrap().done().unwrap();
    assert_eq!(first.import.as_ref().unwrap().tries, 1);
    assert_eq!(table.media.claim_import(&record, claim("second")).await.unwrap().done(), None, "it read too early");
    // The first one is silent for too long, and the second one takes over.
    let second = table.media.claim_import(&first, claim("second")).await.unwrap().done().unwrap();
    assert_eq!(second.import.as_ref().unwrap().tries, 2);
    let upload = Some(UploadId::new("up_1"));
    assert_eq!(table.media.hold_import(&first, upload.clone(), claim("first")).await.unwrap().done(), None);
    assert_eq!(
        table.media.release_import(&first, &WorkerId::new("first"), Timestamp::now()).await.unwrap().done(),
        None
    );
    assert_eq!(
        table.media.fail_import(&first, &WorkerId::new("first"), reasons(), Timestamp::now()).await.unwrap().done(),
        None
    );
    let second = table.media.hold_import(&second, upload.clone(), claim("second")).await.unwrap().done().unwrap();
    assert_eq!(second.import.as_ref().unwrap().upload_id, upload);
    let now = table.media.get(&Reach::whole(&record.tenant), &record.id).await.unwrap().unwrap();
    assert_eq!((now.state.clone(), now), (MediaState::Pending, second));
}

#[tokio::test]
async fn the_sweep_looks_half_a_minute_after_the_end_of_a_claim() {
    let table = Table::start().await;
    let record = kept(&table).await;
    let until = Timestamp::from_second(1_800_000_000).unwrap();
    let ending = |until| ImportClaim { until, ..claim("worker") };
    let claimed = table.media.claim_import(&record, ending(until)).await.unwrap().done().unwrap();
    assert_eq!(claimed.due_at.as_second(), 1_800_000_030);
    let later = until + SignedDuration::from_secs(60);
    let held = table.media.hold_import(&claimed, None, ending(later)).await.unwrap().done().unwrap();
    assert_eq!(held.due_at.as_second(), 1_800_000_090);
    assert_eq!(table.get(&record).await, Some(held));
}

#[tokio::test]
async fn a_post_that_takes_the_media_into_use_does_not_cost_the_worker_its_hold() {
    let table = Table::start().await;
    let record = kept(&table).await;
    let held = table.media.claim_import(&record, claim("worker")).await.unwrap().done().unwrap();
    // Any other write counts the version up.
    let due = Timestamp::now();
    let changed = table.media.released(&held, &[], None, due).await.unwrap().done().unwrap();
    assert!(changed.version > held.version);
    assert!(table.media.hold_import(&held, None, claim("worker")).await.unwrap().is_done());
    let written = table.media.fail_import(&held, &WorkerId::new("worker"), reasons(), Timestamp::now()).await.unwrap();
    let Write::Done(failed) = written else { panic!("{written:?}") };
    assert_eq!(failed.state.as_str(), "failed");
}

#[tokio::test]
async fn media_that_is_settled_or_being_deleted_is_nobodys_to_import() {
    let table = Table::start().await;
    let record = kept(&table).await;
    let held = table.media.claim_import(&record, claim("worker")).await.unwrap().done().unwrap();
    table.media.mark_verified(&held, ready("\"e\""), Timestamp::now()).await.unwrap().done().unwrap();
    assert_eq!(table.media.hold_import(&held, None, claim("worker")).await.unwrap().done(), None);
    let written = table.media.fail_import(&held, &WorkerId::new("worker"), reasons(), Timestamp::now()).await.unwrap();
    assert!(matches!(written, Write::Done(media) if media.state.as_str() == "ready"), "ready stays ready");

    let table = Table::start().await;
    let held = table.media.claim_import(&kept(&table).await, claim("worker")).await.unwrap().done().unwrap();
    table.media.mark_deleting(&held, Timestamp::now()).await.unwrap().done().unwrap();
    assert_eq!(table.media.hold_import(&held, None, claim("worker")).await.unwrap().done(), None);
}

#[tokio::test]
async fn a_lost_answer_to_a_claim_is_made_good_by_the_repetition() {
    let table = Table::start().await;
    let record = kept(&table).await;
    table.bench.deployment.aws().lose_next_answer("DynamoDB.UpdateItem", 1);
    let held = table.media.claim_import(&record, claim("worker")).await.unwrap().done().unwrap();
    assert_eq!(held.import.as_ref().unwrap().tries, 1, "claimed once");
    table.bench.deployment.aws().lose_next_answer("DynamoDB.UpdateItem", 1);
    assert!(table.media.release_import(&held, &WorkerId::new("worker"), Timestamp::now()).await.unwrap().is_done());
}

#[tokio::test]
async fn where_it_comes_from_is_not_shown() {
    let table = Table::start().await;
    assert!(!format!("{:?}", kept(&table).await).contains("example.com"));
}
