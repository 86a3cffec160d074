//! Deleting media, and finding what is due.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use slipway_domain::Reach;
use slipway_store::Epoch;
use slipway_store::Write;
use slipway_store::media::{Lifetimes, MediaRecord, NotVerified};

use super::{Table, id, pending, ready};
use crate::tenant;

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

#[tokio::test]
async fn media_that_is_being_deleted_is_gone_for_everybody_else() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1").announced(Some(7));
    table.put(&record).await;
    let marked = table.media.mark_deleting(&record, Timestamp::now()).await.unwrap().done().unwrap();
    assert_eq!(table.get(&record).await, None);
    assert!(table.media.list(&Reach::whole(&tenant("ten_1")), None, 10).await.unwrap().media.is_empty());
    assert_eq!(table.usage().await, (0, 0));
    for read in [&record, &marked] {
        let verdict = table.media.mark_verified(read, ready("\"e\""), Timestamp::now()).await.unwrap();
        assert_eq!(verdict, Write::Refused(NotVerified::Gone));
    }
    let found = table.media.get_also_deleting(&Reach::whole(&record.tenant), &record.id).await.unwrap();
    assert_eq!(found, Some(marked));
}

#[tokio::test]
async fn of_many_deletions_one_marks_it_and_its_storage_is_given_back_once() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1").announced(Some(7));
    table.put(&record).await;
    table.put(&pending("ten_1", "med_2").announced(Some(5))).await;
    let marks = join_all((0..8).map(|_| table.media.mark_deleting(&record, Timestamp::now()))).await;
    assert_eq!(marks.into_iter().filter(|mark| mark.as_ref().unwrap().is_done()).count(), 1);
    assert_eq!(table.usage().await, (1, 5));
}

#[tokio::test]
async fn what_changed_since_it_was_read_is_not_deleted() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1");
    table.put(&record).await;
    let verified = table.verify(&record, ready("\"e\"")).await;
    assert_eq!(table.media.mark_deleting(&record, Timestamp::now()).await.unwrap().done(), None);
    assert_eq!(table.get(&record).await, Some(verified));
}

#[tokio::test]
async fn a_record_stays_marked_until_no_file_can_come_any_more() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1");
    table.put(&record).await;
    let made = record.created_at;
    let marked = table.media.mark_deleting(&record, made).await.unwrap().done().unwrap();
    let also_deleting =
        async || table.media.get_also_deleting(&Reach::whole(&record.tenant), &record.id).await.unwrap();
    // An upload URL was given out a moment ago.
    assert!(table.media.forget(&marked, made).await.unwrap().is_done());
    let waiting = also_deleting().await.unwrap();
    assert_eq!((waiting.due_at, waiting.is_tombstone), (Epoch::from(made + hours(2)), true));
    for is_first in [true, false] {
        assert_eq!(table.media.forget(&marked, made + hours(2)).await.unwrap().is_done(), is_first);
        assert!(!table.media.forget(&marked, made).await.unwrap().is_done());
        assert_eq!(also_deleting().await, None);
    }
}

#[tokio::test]
async fn what_is_not_marked_is_never_forgotten() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1");
    table.put(&record).await;
    for at in [record.created_at + hours(100), record.created_at] {
        assert!(!table.media.forget(&record, at).await.unwrap().is_done());
    }
    assert_eq!(table.get(&record).await, Some(record));
}

#[tokio::test]
async fn all_media_is_found_when_its_time_has_come_and_not_before() {
    let table = Table::start().await;
    let names = ["med_1", "med_2", "med_3", "med_4", "med_5"];
    for name in names {
        table.put(&pending("ten_1", name)).await;
    }
    let due = async |at| {
        let mut due = table.media.due(at, 100).await.unwrap();
        due.sort();
        due.into_iter().map(|(tenant, id)| format!("{tenant} {id}")).collect::<Vec<_>>()
    };
    let now = Timestamp::now();
    assert!(due(now + Lifetimes::PENDING - hours(1)).await.is_empty());
    assert_eq!(due(now + Lifetimes::PENDING + hours(1)).await, names.map(|name| format!("ten_1 {name}")));
    // Being deleted, it is soon checked again.
    let record = table.media.get(&Reach::whole(&tenant("ten_1")), &id("med_3")).await.unwrap().unwrap();
    table.media.mark_deleting(&record, now).await.unwrap().done().unwrap();
    assert_eq!(due(now + hours(1)).await, ["ten_1 med_3"]);
    assert!(table.media.put_off(&tenant("ten_1"), &id("med_3"), now + hours(3)).await.unwrap().is_done());
    assert!(due(now + hours(1)).await.is_empty());
    assert!(!table.media.put_off(&tenant("ten_1"), &id("med_9"), now).await.unwrap().is_done());
    assert_eq!(table.media.get_also_deleting(&Reach::whole(&tenant("ten_1")), &id("med_9")).await.unwrap(), None);
}

#[tokio::test]
async fn posts_are_taken_out_when_they_ended_and_the_last_end_is_kept() {
    let table = Table::start().await;
    let posts = ["post_1", "post_2", "post_3"].map(|post| post.parse().unwrap());
    let record = MediaRecord { posts: posts.clone().into(), ..pending("ten_1", "med_1") };
    table.put(&record).await;
    let (now, later) = (record.created_at, record.created_at + hours(1));
    let first = table.media.released(&record, &posts[..2], Some(later), now + hours(5)).await.unwrap().done().unwrap();
    assert_eq!(
        (first.posts.len(), first.last_use_ended_at, first.due_at.as_second()),
        (1, Some(later), (now + hours(5)).as_second())
    );
    assert_eq!(table.get(&record).await, Some(first.clone()));
    assert_eq!(table.media.released(&record, &posts[2..], None, now).await.unwrap().done(), None, "it changed");
    // An earlier end does not hide the later one.
    let second = table.media.released(&first, &posts[2..], Some(now), now + hours(6)).await.unwrap().done().unwrap();
    assert_eq!((second.posts.len(), second.last_use_ended_at), (0, Some(later)));
    let third = table.media.released(&second, &[], None, now + hours(7)).await.unwrap();
    assert_eq!(table.get(&record).await, third.done());
}
