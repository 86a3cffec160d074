//! Records, and pages of them.

use jiff::Timestamp;
use slipway_domain::{Reach, UploadId, WorkerId};
use slipway_store::media::{Import, ImportClaim, MediaRecord, MediaState, MultipartUpload, SourceUrl};

use super::{Table, failed, id, pending, ready};
use crate::tenant;

#[tokio::test]
async fn a_record_comes_back_as_it_was_kept_in_every_state() {
    let table = Table::start().await;
    for (name, state) in [("med_1", MediaState::Pending), ("med_2", ready("\"e\"")), ("med_3", failed("\"e\""))] {
        let record = MediaRecord {
            sha256: Some("ab".to_owned()),
            import: Some(Import {
                url: SourceUrl::new("https://example.com/video.mp4".to_owned()),
                tries: 1,
                claim: Some(ImportClaim { worker: WorkerId::new("w"), until: Timestamp::UNIX_EPOCH }),
                upload_id: Some(UploadId::new("up_2")),
            }),
            multipart: Some(MultipartUpload { upload_id: UploadId::new("up_1"), part_size: 33_554_432 }),
            posts: ["post_1", "post_2"].map(|post| post.parse().unwrap()).into(),
            last_use_ended_at: Some(Timestamp::now()),
            state,
            ..pending("ten_1", name).announced(Some(7))
        };
        table.put(&record).await;
        assert_eq!(table.get(&record).await, Some(record));
    }
    assert_eq!(table.media.get(&Reach::whole(&tenant("ten_2")), &id("med_1")).await.unwrap(), None);
}

#[tokio::test]
async fn keeping_it_twice_changes_nothing() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1").announced(Some(7));
    table.put(&record).await;
    let verified = table.verify(&record, ready("\"e\"")).await;
    table.put(&record).await;
    assert_eq!(table.get(&record).await, Some(verified));
    assert_eq!(table.usage().await, (1, 4_000_000));
}

#[tokio::test]
async fn a_page_says_whether_there_is_more() {
    let table = Table::start().await;
    for name in ["med_1", "med_2", "med_3", "med_4"] {
        table.put(&pending("ten_1", name)).await;
    }
    table.put(&pending("ten_2", "med_9")).await;
    let page = async |before: Option<&str>, limit| {
        let page = table.media.list(&Reach::whole(&tenant("ten_1")), before.map(id).as_ref(), limit).await.unwrap();
        let names: Vec<_> = page.media.iter().map(|record| record.id.to_string()).collect();
        (names.join(" "), page.next.map(|next| next.to_string()))
    };
    assert_eq!(page(None, 3).await, ("med_4 med_3 med_2".to_owned(), Some("med_2".to_owned())));
    assert_eq!(page(Some("med_2"), 3).await, ("med_1".to_owned(), None));
    assert_eq!(page(None, 4).await, ("med_4 med_3 med_2 med_1".to_owned(), None));
    assert_eq!(page(Some("med_1"), 4).await, (String::new(), None));
}
