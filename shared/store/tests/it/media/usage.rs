//! What media takes of a tenant's storage.

use futures_util::future::join_all;
use jiff::Timestamp;
use slipway_domain::Reach;
use slipway_store::Write;
use slipway_store::media::{NoRoom, NotPut, NotVerified};

use super::{Table, failed, id, pending, ready, ready_of};
use crate::tenant;

const LIMIT: u64 = 100_000_000;

#[tokio::test]
async fn what_was_announced_counts_until_it_is_known_what_is_there() {
    let table = Table::start().await;
    assert_eq!(table.usage().await, (0, 0));
    let announced = pending("ten_1", "med_1").announced(Some(9_000_000));
    let silent = pending("ten_1", "med_2");
    table.put(&announced).await;
    table.put(&silent).await;
    assert_eq!(table.usage().await, (2, 9_000_000));
    table.verify(&announced, ready("\"e\"")).await;
    assert_eq!(table.usage().await, (2, 4_000_000));
    table.verify(&silent, failed("\"e\"")).await;
    assert_eq!(table.usage().await, (2, 8_000_000));
    table.verify(&silent, ready_of("\"f\"", 1)).await;
    assert_eq!(table.usage().await, (2, 4_000_001));
    assert_eq!(table.media.usage(&tenant("ten_2")).await.unwrap().count, 0);
}

#[tokio::test]
async fn a_plan_has_room_to_its_last_byte_and_not_one_more() {
    let table = Table::start_with_hobby_plan().await;
    let put = async |name, size| table.media.put(&pending("ten_1", name).announced(Some(size))).await.unwrap();
    let refused =
        |used_bytes, size_bytes| Write::Refused(NotPut::NoRoom(NoRoom { used_bytes, limit_bytes: LIMIT, size_bytes }));
    assert_eq!(put("med_1", LIMIT + 1).await, refused(0, LIMIT + 1));
    assert_eq!(put("med_1", u64::MAX).await, refused(0, u64::MAX));
    assert_eq!((table.usage().await, table.get(&pending("ten_1", "med_1")).await), ((0, 0), None));
    assert_eq!(put("med_1", 60_000_000).await, Write::Done(()));
    assert_eq!(put("med_2", 40_000_001).await, refused(60_000_000, 40_000_001));
    assert_eq!(put("med_2", 40_000_000).await, Write::Done(()));
    assert_eq!(put("med_3", 1).await, refused(LIMIT, 1));
    // Again, because the answer was lost: that is no second one.
    assert_eq!(put("med_2", 40_000_000).await, Write::Done(()));
    // Of unknown size: it is verified by what arrives.
    assert_eq!(put("med_3", 0).await, Write::Done(()));
    assert_eq!(table.usage().await, (3, LIMIT));
}

#[tokio::test]
async fn of_many_announcements_at_once_only_those_that_fit_are_taken() {
    let table = Table::start_with_hobby_plan().await;
    let puts = (0..8).map(|n| {
        let record = pending("ten_1", &format!("med_{n}")).announced(Some(30_000_000));
        let media = table.media.clone();
        async move { media.put(&record).await.unwrap() }
    });
    let kept = join_all(puts).await.into_iter().filter(|kept| *kept == Write::Done(())).count();
    assert_eq!((kept, table.usage().await), (3, (3, 90_000_000)));
    assert_eq!(table.media.list(&Reach::whole(&tenant("ten_1")), None, 100).await.unwrap().media.len(), 3);
}

#[tokio::test]
async fn what_turns_out_larger_than_the_room_left_is_not_verified() {
    let table = Table::start_with_hobby_plan().await;
    table.put(&pending("ten_1", "med_1").announced(Some(97_000_000))).await;
    let silent = pending("ten_1", "med_2");
    table.put(&silent).await;
    let verdict = table.media.mark_verified(&silent, ready("\"e\""), Timestamp::now()).await.unwrap();
    let no_room = NoRoom { used_bytes: 97_000_000, limit_bytes: LIMIT, size_bytes: 4_000_000 };
    assert_eq!(verdict, Write::Refused(NotVerified::NoRoom(no_room)));
    assert_eq!(table.get(&silent).await, Some(silent.clone()));
    assert!(table.events().await.is_empty());
    // Once there is room again it is verified.
    let first = table.media.get(&Reach::whole(&tenant("ten_1")), &id("med_1")).await.unwrap().unwrap();
    table.media.mark_deleting(&first, Timestamp::now()).await.unwrap().done().unwrap();
    table.verify(&silent, ready("\"e\"")).await;
    assert_eq!(table.usage().await, (1, 4_000_000));
}

#[tokio::test]
async fn a_tenant_over_a_plan_that_became_smaller_can_still_shrink() {
    let table = Table::start().await;
    let large = pending("ten_1", "med_1").announced(Some(900_000_000));
    table.put(&large).await;
    let hobby = Table::start_with_hobby_plan().await.media.rules().to_owned();
    let media = table.media.clone().ruled_by(hobby);
    let verdict = media.mark_verified(&large, ready_of("\"e\"", 800_000_000), Timestamp::now()).await.unwrap();
    let Write::Done(large) = verdict else { panic!("{verdict:?}") };
    assert_eq!(table.usage().await, (1, 800_000_000));
    media.mark_deleting(&large, Timestamp::now()).await.unwrap().done().unwrap();
    assert_eq!(table.usage().await, (0, 0));
}
