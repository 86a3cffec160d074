//! States of connections that were begun.

use jiff::SignedDuration;
use slipway_domain::{BrandId, ConnectFailure, Reach};
use slipway_store::Write;
use slipway_store::accounts::{
    Authorization, AuthorizationEnd, AuthorizationUse, Connection, Flow, NotConnected, NotTaken, Taken,
};

use super::{Table, connect, connection, now, soon};
use crate::tenant;

fn authorization() -> Authorization {
    Authorization {
        tenant: tenant("ten_1"),
        brand: None,
        flow: Flow::Callback { return_to: Some("https://app.example/done".to_owned().into()) },
        redirect_uri: "https://api.example/oauth/callback/tiktok".to_owned().into(),
        caller_state: Some("mine".to_owned().into()),
        good_until: soon(),
    }
}

#[tokio::test]
async fn a_state_is_good_once() {
    let table = Table::start().await;
    table.accounts.begin_authorization("state-1", &authorization()).await.unwrap();
    let reach = Reach::whole(&tenant("ten_1"));
    assert_eq!(table.accounts.authorization(&reach, "state-1").await.unwrap(), Some(authorization()));
    let takers = ["a", "b", "c", "d"].map(|taker| table.accounts.take_authorization("state-1", taker, now()));
    let mut good = 0;
    for taken in futures_util::future::join_all(takers).await {
        match taken.unwrap() {
            Write::Done(taken) => {
                assert_eq!(taken, authorization());
                good += 1;
            }
            Write::Refused(NotTaken::Used(taken, _)) => assert_eq!(taken, authorization()),
            other @ Write::Refused(_) => panic!("{other:?}"),
        }
    }
    assert_eq!(good, 1);
}

#[tokio::test]
async fn a_state_taken_with_a_lost_answer_is_still_its_takers() {
    let table = Table::start().await;
    table.accounts.begin_authorization("state-1", &authorization()).await.unwrap();
    table.bench.deployment.aws().lose_next_answer("DynamoDB.UpdateItem", 1);
    let taken = table.accounts.take_authorization("state-1", "a", now()).await.unwrap();
    assert_eq!(taken, Write::Done(authorization()));
}

#[tokio::test]
async fn an_expired_state_is_refused_though_the_table_still_has_it() {
    let table = Table::start().await;
    table.accounts.begin_authorization("state-1", &authorization()).await.unwrap();
    let taken = table.accounts.take_authorization("state-1", "a", soon()).await.unwrap();
    assert_eq!(taken, Write::Refused(NotTaken::Expired(authorization())));
    let taken = table.accounts.take_authorization("state-1", "b", soon()).await.unwrap();
    let used = AuthorizationUse { taken_at: Some(soon()), end: None };
    assert_eq!(taken, Write::Refused(NotTaken::Used(authorization(), used)));
}

#[tokio::test]
async fn a_forged_state_is_unknown() {
    let table = Table::start().await;
    let unknown = Write::Refused(NotTaken::Unknown);
    assert_eq!(table.accounts.take_authorization("forged", "a", now()).await.unwrap(), unknown);
    assert_eq!(table.accounts.take_authorization_of_anybody("forged", "a", now()).await.unwrap(), unknown);
    let reach = Reach::whole(&tenant("ten_1"));
    assert_eq!(table.accounts.authorization(&reach, "forged").await.unwrap(), None);
}

#[tokio::test]
async fn who_has_no_key_takes_only_what_tiktok_sends_back() {
    let table = Table::start().await;
    let accounts = &table.accounts;
    let exchanged = Authorization { flow: Flow::Proxy, ..authorization() };
    accounts.begin_authorization("state-1", &authorization()).await.unwrap();
    accounts.begin_authorization("state-2", &exchanged).await.unwrap();
    let anybody = async |state, taker| accounts.take_authorization_of_anybody(state, taker, now()).await.unwrap();
    assert_eq!(anybody("state-1", "a").await, Write::Done(authorization()));
    assert!(matches!(anybody("state-1", "b").await, Write::Refused(NotTaken::Used(..))));
    assert_eq!(anybody("state-2", "a").await, Write::Refused(NotTaken::Unknown));
    assert_eq!(accounts.authorization_use("state-2").await.unwrap(), AuthorizationUse::default(), "it stays as it is");
    let caller = accounts.take_authorization("state-2", "b", now()).await.unwrap();
    assert_eq!(caller, Write::Done(exchanged));
    assert_eq!(anybody("state-2", "b").await, Write::Refused(NotTaken::Unknown), "not even under the taker's name");
}

/// Takes a state and leaves it, at this time.
async fn taken(table: &Table, taker: &str) {
    assert!(table.accounts.take_authorization("state-1", taker, now()).await.unwrap().is_done());
}

#[tokio::test]
async fn a_state_that_was_left_is_taken_over_by_one_who_knows_when() {
    let table = Table::start().await;
    table.accounts.begin_authorization("state-1", &authorization()).await.unwrap();
    taken(&table, "a").await;
    let later = now() + SignedDuration::from_secs(1);
    let wrong = table.accounts.take_left_authorization("state-1", "b", later, later).await.unwrap();
    assert!(matches!(wrong, Write::Refused(NotTaken::Used(..))));
    let takers = ["b", "c", "d"].map(|taker| table.accounts.take_left_authorization("state-1", taker, now(), later));
    let taken = futures_util::future::join_all(takers).await;
    assert_eq!(taken.iter().filter(|taken| taken.as_ref().unwrap().is_done()).count(), 1);
    assert_eq!(table.accounts.authorization_use("state-1").await.unwrap().taken_at, Some(later));
}

#[tokio::test]
async fn whoever_lost_a_state_to_another_neither_ends_it_nor_connects() {
    let table = Table::start().await;
    table.accounts.begin_authorization("state-1", &authorization()).await.unwrap();
    taken(&table, "a").await;
    let first = Taken::by("a", "state-1");
    let later = now() + SignedDuration::from_secs(1);
    assert!(table.accounts.take_left_authorization("state-1", "b", now(), later).await.unwrap().is_done());
    let failed = AuthorizationEnd::Failed(ConnectFailure::ServerError);
    assert!(!table.accounts.end_authorization(&first, &failed).await.unwrap().is_done());
    for (account, before) in [("acc_1", false), ("acc_1", true)] {
        if before {
            table.connected(&connection("ten_1", account, "open-1")).await;
        }
        let late = Connection { taken: Some(first.clone()), ..connection("ten_1", account, "open-1") };
        let refused = connect(&table.accounts, &late, now()).await;
        assert!(matches!(refused, Write::Refused(NotConnected::TakenOver)), "{refused:?}");
    }
}

#[tokio::test]
async fn an_account_and_the_end_of_its_authorization_are_one_write() {
    let table = Table::start().await;
    table.accounts.begin_authorization("state-1", &authorization()).await.unwrap();
    taken(&table, "a").await;
    let hold = Taken::by("a", "state-1");
    table.connected(&Connection { taken: Some(hold.clone()), ..connection("ten_1", "acc_1", "open-1") }).await;
    let connected = AuthorizationEnd::Connected("acc_1".parse().unwrap());
    let failed = AuthorizationEnd::Failed(ConnectFailure::ServerError);
    let stands = AuthorizationUse { taken_at: Some(now()), end: Some(connected) };
    assert_eq!(table.accounts.end_authorization(&hold, &failed).await.unwrap(), Write::Refused(stands.clone()));
    assert_eq!(table.accounts.authorization_use("state-1").await.unwrap(), stands);
    let late = table.accounts.take_left_authorization("state-1", "b", now(), soon()).await.unwrap();
    assert_eq!(late, Write::Refused(NotTaken::Used(authorization(), stands)));
}

#[tokio::test]
async fn an_authorization_is_beyond_who_may_not_have_its_brand() {
    let table = Table::start().await;
    let (own, other): (BrandId, BrandId) = ("brand_own".parse().unwrap(), "brand_other".parse().unwrap());
    let of_all = authorization();
    let of_brand = Authorization { brand: Some(own.clone()), ..authorization() };
    for (state, authorization) in [("all", &of_all), ("brand", &of_brand)] {
        table.accounts.begin_authorization(state, authorization).await.unwrap();
    }
    let tenant = &of_all.tenant;
    for (reach, expected) in [
        (Reach::whole(tenant), [true, true]),
        (Reach::limited_to(tenant.clone(), vec![own.clone()]), [false, true]),
        (Reach::limited_to(tenant.clone(), vec![other]), [false, false]),
        (Reach::whole(&crate::tenant("ten_2")), [false, false]),
    ] {
        let found = ["all", "brand"].map(|state| table.accounts.authorization(&reach, state));
        let found = futures_util::future::join_all(found).await;
        assert_eq!(found.into_iter().map(|found| found.unwrap().is_some()).collect::<Vec<_>>(), expected, "{reach:?}");
    }
}
