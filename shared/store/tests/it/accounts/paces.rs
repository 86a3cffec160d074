//! What was begun for an account: kept beside its tokens, by whoever read it last.

use jiff::SignedDuration;
use slipway_domain::{Line, PaceLimits, Reach};
use slipway_store::accounts::AccountRecord;
use slipway_store::{Conflict, Write};

use super::{Table, connection, now, scopes, tokens};

/// The account after one more has taken a place.
async fn take(table: &Table, account: &AccountRecord) -> Write<AccountRecord> {
    let mut pace = account.pace.clone();
    assert!(pace.take(Line::Posts, PaceLimits::default(), None, now()).place().is_some());
    table.accounts.keep_pace(account, &pace).await.unwrap()
}

#[tokio::test]
async fn of_two_who_read_the_same_pace_one_writes_it() {
    let table = Table::start().await;
    let before = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    for _ in 0..2 {
        let before = table.current(&before).await;
        let first = take(&table, &before).await.done().unwrap();
        assert_ne!(first.pace, before.pace);
        let Write::Refused(Conflict::Changed(met)) = take(&table, &before).await else { panic!("it has changed") };
        assert_eq!(*met, first, "whoever loses goes on with this");
        assert_eq!(table.current(&before).await, first);
    }
}

#[tokio::test]
async fn tokens_and_pace_do_not_get_into_each_others_way() {
    let table = Table::start().await;
    let before = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let paced = take(&table, &before).await.done().unwrap();
    assert_eq!(paced.version, before.version);
    let renewed = table.accounts.rotate_tokens(&before, &tokens("2"), &scopes(), now()).await.unwrap().done().unwrap();
    assert_eq!(renewed.pace, paced.pace);
    let again = take(&table, &paced).await.done().unwrap();
    assert_eq!((again.tokens, again.version), (tokens("2"), 2));
    let connected = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    assert_eq!(connected.pace, again.pace, "to connect again is no way around the limits");
}

#[tokio::test]
async fn a_place_that_is_given_back_is_taken_by_the_next() {
    let table = Table::start().await;
    let new = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let used = take(&table, &new).await.done().unwrap();
    let elsewhere = now() + SignedDuration::from_hours(1);
    for (place, left) in [(elsewhere, &used.pace), (now(), &new.pace), (now(), &new.pace)] {
        table.accounts.give_back(&new.tenant, &new.id, Line::Posts, place).await.unwrap();
        assert_eq!(table.current(&new).await.pace, *left);
    }
    table.accounts.forget(&table.current(&new).await).await.unwrap().done().unwrap();
    table.accounts.give_back(&new.tenant, &new.id, Line::Posts, now()).await.unwrap();
    assert_eq!(table.accounts.get(&Reach::whole(&new.tenant), &new.id).await.unwrap(), None);
}

#[tokio::test]
async fn an_account_that_is_gone_does_not_come_back_as_a_pace() {
    let table = Table::start().await;
    let new = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let used = take(&table, &new).await.done().unwrap();
    table.accounts.forget(&used).await.unwrap().done().unwrap();
    for account in [&new, &used] {
        assert_eq!(take(&table, account).await, Write::Refused(Conflict::Gone));
    }
    assert_eq!(table.accounts.get(&Reach::whole(&new.tenant), &new.id).await.unwrap(), None);
}
