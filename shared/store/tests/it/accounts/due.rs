//! Accounts whose tokens are due.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use slipway_domain::ReconnectReason;
use slipway_store::accounts::{Connection, REFRESH_SHARDS, SealedTokens};

use super::{Table, connection, now, scopes, tokens};

/// The accounts that are due at this time, by their ids.
async fn due(table: &Table, at: Timestamp) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for shard in 0..REFRESH_SHARDS {
        let mut cursor = None;
        loop {
            let page = table.accounts.due_for_refresh(shard, at, 2, cursor).await.unwrap();
            found.extend(page.accounts.iter().map(|(_, account)| account.to_string()));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    found
}

fn hours(count: i64) -> Timestamp {
    now() + SignedDuration::from_hours(count)
}

#[tokio::test]
async fn an_account_is_due_shortly_before_its_token_ends_while_that_helps() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    assert_eq!(account.refresh_at.unwrap().to_string(), "2026-11-22T13:50:00Z");
    assert!(due(&table, hours(1)).await.is_empty());
    assert_eq!(due(&table, hours(2)).await, ["acc_1".to_owned()].into());

    let newer = SealedTokens { access_expires_at: hours(4), ..tokens("2") };
    table.accounts.rotate_tokens(&account, &newer, &scopes(), hours(2)).await.unwrap().done().unwrap();
    let account = table.current(&account).await;
    assert_eq!(account.last_used_at, now(), "renewing is not using");
    assert!(due(&table, hours(3)).await.is_empty());
    assert_eq!(due(&table, hours(4)).await, ["acc_1".to_owned()].into());

    table.accounts.require_reconnect(&account, ReconnectReason::RefreshRefused, now()).await.unwrap().done().unwrap();
    assert!(due(&table, hours(1_000_000)).await.is_empty(), "only the creator can help now");
    table.connected(&Connection { tokens: tokens("3"), ..connection("ten_1", "acc_1", "open-1") }).await;
    assert_eq!(due(&table, hours(2)).await, ["acc_1".to_owned()].into());
    assert!(table.accounts.forget(&table.current(&account).await).await.unwrap().is_done());
    assert!(due(&table, hours(1_000_000)).await.is_empty());
}

#[tokio::test]
async fn a_pile_of_due_accounts_is_read_page_by_page() {
    let table = Table::start().await;
    for n in 0..50 {
        table.connected(&connection("ten_1", &format!("acc_{n}"), &format!("open-{n}"))).await;
    }
    assert_eq!(due(&table, hours(2)).await, (0..50).map(|n| format!("acc_{n}")).collect());
}

#[tokio::test]
async fn a_failed_renewal_is_put_off_once_and_never_hides_a_newer_plan() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    assert!(table.accounts.put_off_refresh(&account, hours(3)).await.unwrap().is_done());
    assert!(!table.accounts.put_off_refresh(&account, hours(9)).await.unwrap().is_done(), "a twin has done so");
    let put_off = table.current(&account).await;
    assert_eq!((put_off.refresh_failures, put_off.version), (1, account.version));
    assert!(due(&table, hours(2)).await.is_empty());
    assert_eq!(due(&table, hours(3)).await, ["acc_1".to_owned()].into());

    table.accounts.rotate_tokens(&put_off, &tokens("2"), &scopes(), now()).await.unwrap().done().unwrap();
    assert!(!table.accounts.put_off_refresh(&put_off, hours(9)).await.unwrap().is_done(), "it was renewed meanwhile");
    assert_eq!(table.current(&account).await.refresh_failures, 0);
    assert_eq!(due(&table, hours(2)).await, ["acc_1".to_owned()].into());
}

#[tokio::test]
async fn an_idle_account_is_only_kept_alive_until_it_is_used_again() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let later = hours(24 * 8);
    let newer = SealedTokens { access_expires_at: later + SignedDuration::from_hours(2), ..tokens("2") };
    table.accounts.rotate_tokens(&account, &newer, &scopes(), later).await.unwrap().done().unwrap();
    let idle = table.current(&account).await;
    assert_eq!(idle.refresh_at.unwrap().as_second(), hours(24 * (8 + 86)).as_second());

    assert!(table.accounts.touch(&idle, later).await.unwrap().is_done());
    let used = table.current(&account).await;
    assert_eq!(used.last_used_at, later);
    assert_eq!(used.refresh_at.unwrap().as_second(), (later + SignedDuration::from_mins(110)).as_second());
    assert_eq!(due(&table, later + SignedDuration::from_hours(2)).await, ["acc_1".to_owned()].into());

    table.accounts.require_reconnect(&used, ReconnectReason::RefreshRefused, later).await.unwrap().done().unwrap();
    assert!(!table.accounts.touch(&used, later).await.unwrap().is_done());
    assert!(due(&table, hours(1_000_000)).await.is_empty(), "a use that comes late does not bring it back");
}
