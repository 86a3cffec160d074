//! What was begun for an account: kept beside its tokens, by whoever read it last.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{Line, Pace, PaceLimits, Reach};
use slipway_store::accounts::{AccountRecord, Accounts, Connected, NotConnected};
use slipway_store::{Conflict, Write};

use super::{Table, connect, connection, now, scopes, tokens};

/// The account after one more has taken a place.
async fn take(table: &Table, account: &AccountRecord) -> Write<AccountRecord> {
    take_at(&table.accounts, account, now()).await
}

async fn take_at(accounts: &Accounts, account: &AccountRecord, now: Timestamp) -> Write<AccountRecord> {
    let mut pace = account.pace.clone();
    assert!(pace.take(Line::Posts, PaceLimits::default(), None, now).place().is_some());
    accounts.keep_pace(account, &pace).await.unwrap()
}

/// An account for which so many have begun a moment ago.
async fn busy(table: &Table, name: &str, begun: usize) -> AccountRecord {
    let mut account = table.connected(&connection("ten_1", name, "open-1")).await;
    for _ in 0..begun {
        account = take_at(&table.accounts, &account, Timestamp::now()).await.done().unwrap();
    }
    account
}

/// How many of the account's posts its day counts.
fn counted(account: &AccountRecord) -> usize {
    account.pace.used(Line::Posts, PaceLimits::default(), Timestamp::now())[2].2
}

/// The names of what stands under the creator's open id.
async fn owner(table: &Table) -> Option<Vec<String>> {
    let items = table.bench.items_of("AccountsTable", "TENANT#ten_1").await;
    let owner = items.into_iter().find(|item| item["sk"].as_s().unwrap() == "OPENID#open-1")?;
    let mut names: Vec<_> = owner.into_keys().filter(|name| name != "pk" && name != "sk").collect();
    names.sort_unstable();
    Some(names)
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
        assert!(table.accounts.give_back(&new.tenant, &new.id, Line::Posts, place).await.unwrap().is_done());
        assert_eq!(table.current(&new).await.pace, *left);
    }
    table.accounts.forget(&table.current(&new).await).await.unwrap().done().unwrap();
    assert!(!table.accounts.give_back(&new.tenant, &new.id, Line::Posts, now()).await.unwrap().is_done());
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

#[tokio::test]
async fn to_disconnect_and_connect_again_is_no_way_around_the_limits() {
    let table = Table::start().await;
    let first = busy(&table, "acc_1", 3).await;
    let mut account = first.clone();
    for next in ["acc_2", "acc_3"] {
        assert!(table.accounts.forget(&account).await.unwrap().is_done());
        assert_eq!(owner(&table).await.unwrap(), ["expires_at", "pace"], "and nothing else of the creator");
        assert_eq!(table.accounts.owner(&account.tenant, &account.open_id).await.unwrap().account(), None);
        account = table.connected(&connection("ten_1", next, "open-1")).await;
        assert_eq!((&account.pace, account.pace_version), (&first.pace, 0));
        assert_eq!(table.current(&account).await, account);
        assert_eq!(owner(&table).await.unwrap(), ["account"]);
    }
    assert!(take_at(&table.accounts, &account, Timestamp::now()).await.is_done());
    let other = table.connected(&connection("ten_2", "acc_4", "open-1")).await;
    assert_eq!(other.pace, Pace::default(), "a tenant learns nothing of another one's posts");
}

#[tokio::test]
async fn what_counts_nothing_any_more_leaves_nothing_and_is_not_gone_on_with() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let old = Timestamp::now() - SignedDuration::from_hours(25);
    let used = take_at(&table.accounts, &account, old).await.done().unwrap();
    assert!(table.accounts.forget(&used).await.unwrap().is_done());
    assert_eq!(owner(&table).await, None);
    // What DynamoDB has not deleted yet.
    let account = busy(&table, "acc_2", 1).await;
    assert!(table.accounts.forget(&account).await.unwrap().is_done());
    let later = Timestamp::now() + SignedDuration::from_hours(25);
    let connected = connect(&table.accounts, &connection("ten_1", "acc_3", "open-1"), later).await;
    let Write::Done(Connected::New(new)) = connected else { panic!("{connected:?}") };
    assert_eq!(new.pace, Pace::default());
    assert_eq!(owner(&table).await.unwrap(), ["account"]);
}

#[tokio::test]
async fn of_two_who_connect_again_one_goes_on_with_what_was_left() {
    let table = Table::start().await;
    let left = busy(&table, "acc_1", 2).await;
    assert!(table.accounts.forget(&left).await.unwrap().is_done());
    let (one, other) = (connection("ten_1", "acc_2", "open-1"), connection("ten_1", "acc_3", "open-1"));
    let (one, other) = tokio::join!(connect(&table.accounts, &one, now()), connect(&table.accounts, &other, now()));
    let (mut new, mut raced) = (Vec::new(), 0);
    for outcome in [one, other] {
        match outcome {
            Write::Done(Connected::New(account)) => new.push(account),
            Write::Refused(NotConnected::Raced) => raced += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((new.len(), raced), (1, 1));
    assert_eq!(new[0].pace, left.pace);
}

/// Another process does this right before the next write.
fn meanwhile<F: Future<Output = ()> + Send + 'static>(
    table: &Table,
    work: impl Fn(Accounts) -> F + Send + Sync + 'static,
) {
    let accounts = table.accounts.clone();
    let work =
        Arc::new(move || -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> { Box::pin(work(accounts.clone())) });
    table.bench.deployment.aws().before_next("DynamoDB.TransactWriteItems", 1, work);
}

#[tokio::test]
async fn what_begins_while_the_account_is_forgotten_is_left_too() {
    let table = Table::start().await;
    let mut account = busy(&table, "acc_1", 0).await;
    for (begun, next) in [(1, "acc_2"), (2, "acc_3")] {
        let late = account.clone();
        meanwhile(&table, move |accounts| {
            let late = late.clone();
            async move { assert!(take_at(&accounts, &late, Timestamp::now()).await.is_done()) }
        });
        assert!(table.accounts.forget(&account).await.unwrap().is_done());
        account = table.connected(&connection("ten_1", next, "open-1")).await;
        assert_eq!(counted(&account), begun);
    }
}

#[tokio::test]
async fn what_is_left_while_somebody_connects_is_not_lost() {
    let table = Table::start().await;
    for (before, after) in [(0, 1), (1, 3)] {
        if before > 0 {
            let account = busy(&table, "acc_1", before).await;
            assert!(table.accounts.forget(&account).await.unwrap().is_done());
        }
        // Somebody else connects, has one more begin and disconnects.
        meanwhile(&table, move |accounts| async move {
            let connected = connect(&accounts, &connection("ten_1", "acc_2", "open-1"), now()).await;
            let Write::Done(Connected::New(account)) = connected else { panic!("{connected:?}") };
            let account = take_at(&accounts, &account, Timestamp::now()).await.done().unwrap();
            assert!(accounts.forget(&account).await.unwrap().is_done());
        });
        let raced = connect(&table.accounts, &connection("ten_1", "acc_3", "open-1"), now()).await;
        assert!(matches!(raced, Write::Refused(NotConnected::Raced)), "{raced:?}");
        let last = table.connected(&connection("ten_1", "acc_3", "open-1")).await;
        assert_eq!(counted(&last), after);
        assert!(table.accounts.forget(&last).await.unwrap().is_done());
    }
}
