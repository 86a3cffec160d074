//! How often TikTok is asked for the status of an account's posts.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use slipway_store::Write;
use slipway_store::accounts::{AccountRecord, CallNotCounted};

use super::{Table, connection, now};

/// Half of what TikTok allows in any minute: it meets two minutes of the clock.
const MOST: usize = 15;

async fn count(table: &Table, account: &AccountRecord, at: Timestamp) -> Write<AccountRecord, CallNotCounted> {
    table.accounts.count_status_call(&account.tenant, &account.id, at).await.unwrap()
}

#[tokio::test]
async fn no_minute_sees_more_questions_than_tiktok_allows() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let at = |second| noon + SignedDuration::from_secs(second);
    let aws = table.bench.deployment.aws();
    let mut asked = Vec::new();
    for second in 0..600 {
        aws.reset_counts();
        let counted = count(&table, &account, at(second)).await;
        let calls: u64 = aws.request_counts().values().sum();
        assert!(calls == if second % 60 == 0 { 1 } else { calls.min(2) }, "{calls} calls in second {second}");
        match counted {
            Write::Done(now) => {
                assert_eq!((now.pace, now.version), (account.pace.clone(), account.version));
                asked.push(second);
            }
            Write::Refused(refused) => assert_eq!(refused, CallNotCounted::Full(at(second - second % 60 + 60))),
        }
    }
    assert_eq!(asked.len(), 10 * MOST);
    assert!(asked.windows(31).all(|run| run[30] - run[0] >= 60), "{asked:?}");
}

#[tokio::test]
async fn of_many_at_once_no_more_are_counted_and_a_clock_behind_counts_too() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let counted = join_all((0..40).map(|_| count(&table, &account, now()))).await;
    let done = counted.iter().filter(|counted| counted.is_done()).count();
    assert!(done > 0 && done <= MOST, "{done}");
    let behind = count(&table, &account, now() - SignedDuration::from_secs(60)).await;
    assert!(!behind.is_done(), "somebody's clock is in the next minute already");
    assert!(table.accounts.forget(&account).await.unwrap().is_done());
    assert_eq!(
        count(&table, &account, now() + SignedDuration::from_mins(5)).await,
        Write::Refused(CallNotCounted::Gone)
    );
}
