//! States of connections that were begun.

use slipway_store::Write;
use slipway_store::accounts::{Authorization, Flow, NotTaken};

use super::{Table, now, soon};
use crate::tenant;

fn authorization() -> Authorization {
    Authorization {
        tenant: tenant("ten_1"),
        brand: None,
        flow: Flow::Callback { return_to: Some("https://app.example/done".to_owned()) },
        redirect_uri: "https://api.example/oauth/callback/tiktok".to_owned(),
        caller_state: Some("mine".to_owned()),
        good_until: soon(),
    }
}

#[tokio::test]
async fn a_state_is_good_once() {
    let table = Table::start().await;
    table.accounts.begin_authorization("state-1", &authorization()).await.unwrap();
    assert_eq!(table.accounts.authorization("state-1").await.unwrap(), Some(authorization()));
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
    assert_eq!(taken, Write::Refused(NotTaken::Used(authorization(), None)));
}

#[tokio::test]
async fn a_forged_state_is_unknown() {
    let table = Table::start().await;
    assert_eq!(
        table.accounts.take_authorization("forged", "a", now()).await.unwrap(),
        Write::Refused(NotTaken::Unknown)
    );
    assert_eq!(table.accounts.authorization("forged").await.unwrap(), None);
}
