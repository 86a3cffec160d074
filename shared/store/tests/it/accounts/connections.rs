//! Accounts that are connected, listed and forgotten.

use std::collections::BTreeSet;

use slipway_domain::{AccountId, OpenId, Reach, ReconnectReason};
use slipway_store::accounts::{AccountStatus, Connected, Connection, NotConnected, Owner};
use slipway_store::{Conflict, Write};

use super::{Table, connect, connection, now, scopes, tokens};
use crate::tenant;

#[tokio::test]
async fn a_connected_account_reads_back_as_it_was_written() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    assert_eq!(table.current(&account).await, account);
    assert_eq!((account.version, account.status), (1, AccountStatus::Active));
    assert_eq!(
        table.accounts.get(&Reach::whole(&tenant("ten_2")), &account.id).await.unwrap(),
        None,
        "another tenant sees nothing"
    );
}

#[tokio::test]
async fn reconnecting_keeps_the_id_and_repairs_the_account() {
    let table = Table::start().await;
    let first = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    table.accounts.require_reconnect(&first, ReconnectReason::RefreshRefused, now()).await.unwrap().done().unwrap();
    let id = table.accounts.owner(&first.tenant, &first.open_id).await.unwrap().account().cloned();
    assert_eq!(id, Some(first.id.clone()));
    let again = Connection { tokens: tokens("2"), profile: None, ..connection("ten_1", "acc_1", "open-1") };
    let again = table.connected(&again).await;
    assert_eq!(again.profile, first.profile, "what TikTok did not tell is kept");
    assert_eq!((again.version, &again.status, &again.tokens), (2, &AccountStatus::Active, &tokens("2")));
    assert_eq!(table.current(&first).await, again);
}

#[tokio::test]
async fn of_two_first_connections_of_one_user_one_becomes_the_account() {
    let table = Table::start().await;
    let (one, other) = (connection("ten_1", "acc_1", "open-1"), connection("ten_1", "acc_2", "open-1"));
    let (one, other) = tokio::join!(connect(&table.accounts, &one, now()), connect(&table.accounts, &other, now()));
    let outcomes = [one, other];
    let new = outcomes.iter().filter(|outcome| matches!(outcome, Write::Done(Connected::New(_)))).count();
    let raced = outcomes.iter().filter(|outcome| matches!(outcome, Write::Refused(NotConnected::Raced))).count();
    assert_eq!((new, raced), (1, 1), "{outcomes:?}");
    assert_eq!(table.accounts.list(&Reach::whole(&tenant("ten_1")), None, 10).await.unwrap().accounts.len(), 1);
}

#[tokio::test]
async fn who_goes_by_what_a_user_was_before_connects_nobody() {
    let table = Table::start().await;
    let first = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let before = table.accounts.owner(&first.tenant, &first.open_id).await.unwrap();
    assert!(table.accounts.forget(&first).await.unwrap().is_done());
    let again = Connection { tokens: tokens("2"), ..connection("ten_1", "acc_1", "open-1") };
    let connected = table.accounts.connect(&again, before.clone(), now()).await.unwrap();
    assert!(matches!(connected, Write::Refused(NotConnected::Raced)), "it is gone: {connected:?}");
    let second = table.connected(&connection("ten_1", "acc_2", "open-1")).await;
    for (id, owner) in [("acc_1", before.clone()), ("acc_2", before), ("acc_3", Owner::Nobody)] {
        let late = Connection { tokens: tokens("3"), ..connection("ten_1", id, "open-1") };
        let connected = table.accounts.connect(&late, owner, now()).await.unwrap();
        assert!(matches!(connected, Write::Refused(NotConnected::Raced)), "{id} is another one: {connected:?}");
    }
    assert_eq!(table.current(&second).await, second);
}

#[tokio::test]
async fn one_user_in_two_tenants_is_two_accounts_and_found_in_both() {
    let table = Table::start().await;
    table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    table.connected(&connection("ten_2", "acc_2", "open-1")).await;
    table.connected(&connection("ten_2", "acc_3", "open-2")).await;
    let found = table.accounts.by_open_id(&OpenId::new("open-1")).await.unwrap();
    let found: BTreeSet<(String, String)> =
        found.iter().map(|(tenant, account)| (tenant.to_string(), account.to_string())).collect();
    let expected = [("ten_1", "acc_1"), ("ten_2", "acc_2")].map(|(t, a)| (t.to_owned(), a.to_owned()));
    assert_eq!(found, expected.into());
}

#[tokio::test]
async fn a_list_is_paged_without_gaps_and_filtered_by_brand() {
    let table = Table::start().await;
    table.bench.make_brand(&tenant("ten_1"), "brand_odd").await;
    for n in 0..7 {
        let brand = (n % 2 == 1).then(|| "brand_odd".parse().unwrap());
        let connection = Connection { brand, ..connection("ten_1", &format!("acc_{n}"), &format!("open-{n}")) };
        table.connected(&connection).await;
    }
    let mut seen = Vec::new();
    let mut after: Option<AccountId> = None;
    loop {
        let page = table.accounts.list(&Reach::whole(&tenant("ten_1")), after.as_ref(), 3).await.unwrap();
        seen.extend(page.accounts.iter().map(|account| account.id.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..7).map(|n| format!("acc_{n}")).collect::<Vec<_>>());
    let brands =
        |names: &[&str]| Reach::limited_to(tenant("ten_1"), names.iter().map(|name| name.parse().unwrap()).collect());
    let odd = table.accounts.list(&brands(&["brand_odd", "brand_none"]), None, 3).await.unwrap();
    assert_eq!((odd.accounts.len(), odd.next), (3, None), "a full last page has no next one");
    let own = table.accounts.list(&brands(&["brand_1"]), None, 9).await.unwrap();
    assert_eq!(own.accounts.len(), 4, "who was put into no brand is in the tenant's own one");
}

#[tokio::test]
async fn a_forgotten_account_is_gone_but_not_one_that_was_reconnected_meanwhile() {
    let table = Table::start().await;
    let old = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let new = table.connected(&Connection { tokens: tokens("2"), ..connection("ten_1", "acc_1", "open-1") }).await;
    assert!(!table.accounts.forget(&old).await.unwrap().is_done());
    assert!(table.accounts.forget(&new).await.unwrap().is_done());
    assert!(table.accounts.forget(&new).await.unwrap().is_done(), "a repetition is no failure");
    assert_eq!(table.accounts.owner(&new.tenant, &new.open_id).await.unwrap().account(), None);
    assert!(table.accounts.by_open_id(&new.open_id).await.unwrap().is_empty());
    let gone = table.accounts.rotate_tokens(&new, &tokens("3"), &scopes(), now()).await.unwrap();
    assert!(matches!(gone, Write::Refused(Conflict::Gone)), "a late write does not bring it back: {gone:?}");
    assert!(!table.accounts.touch(&new, now()).await.unwrap().is_done());
    assert_eq!(table.accounts.get(&Reach::whole(&new.tenant), &new.id).await.unwrap(), None);
}
