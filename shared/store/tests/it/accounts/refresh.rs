//! Who may renew tokens, and what becomes of the new ones.

use jiff::{SignedDuration, Timestamp};
use slipway_domain::ReconnectReason;
use slipway_store::accounts::{AccountStatus, Claimed, NotClaimed};
use slipway_store::{Conflict, Write};

use super::{Table, claim, connection, now, scopes, soon, tokens};

#[tokio::test]
async fn one_of_many_gets_the_claim_and_a_dead_holder_loses_it() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let acquire = |owner: &str, at: Timestamp| {
        let (accounts, account) = (table.accounts.clone(), account.clone());
        let claim = claim(owner, at + SignedDuration::from_secs(20));
        async move { accounts.claim_refresh(&account, &claim, at).await.unwrap() }
    };
    assert!(matches!(acquire("one", now()).await, Write::Done(Claimed { interrupted: false })));
    assert!(matches!(acquire("two", now()).await, Write::Refused(NotClaimed::Busy { until }) if until == soon()));
    let again = acquire("one", now()).await;
    assert!(matches!(again, Write::Done(Claimed { interrupted: false })), "a repeated call knows its own work");
    let late = now() + SignedDuration::from_secs(21);
    let taken = acquire("two", late).await;
    assert!(matches!(taken, Write::Done(Claimed { interrupted: true })), "somebody died with it: {taken:?}");
}

#[tokio::test]
async fn a_claim_that_is_released_leaves_no_mark_and_an_abandoned_one_does() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    let (one, two, three) = (claim("one", soon()), claim("two", soon()), claim("three", soon()));
    table.accounts.claim_refresh(&account, &one, now()).await.unwrap().done().unwrap();
    assert!(!table.accounts.release_refresh(&account, &two).await.unwrap().is_done());
    let held = table.accounts.claim_refresh(&account, &two, now()).await.unwrap();
    assert!(matches!(held, Write::Refused(NotClaimed::Busy { .. })), "only its holder gives it back: {held:?}");

    assert!(table.accounts.release_refresh(&account, &one).await.unwrap().is_done());
    let free = table.accounts.claim_refresh(&account, &two, now()).await.unwrap();
    assert!(matches!(free, Write::Done(Claimed { interrupted: false })), "{free:?}");

    assert!(table.accounts.abandon_refresh(&account, &two, now()).await.unwrap().is_done());
    let marked = table.accounts.claim_refresh(&account, &three, now()).await.unwrap();
    assert!(matches!(marked, Write::Done(Claimed { interrupted: true })), "{marked:?}");
}

#[tokio::test]
async fn new_tokens_end_the_claim_and_whoever_waited_finds_them() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    table.accounts.claim_refresh(&account, &claim("one", soon()), now()).await.unwrap().done().unwrap();
    let written = table.accounts.rotate_tokens(&account, &tokens("2"), &scopes(), now()).await.unwrap();
    let Write::Done(rotated) = written else { panic!("{written:?}") };
    assert_eq!((rotated.version, &rotated.refresh_claim, &rotated.tokens), (2, &None, &tokens("2")));

    let waited = table.accounts.claim_refresh(&account, &claim("two", soon()), now()).await.unwrap();
    let Write::Refused(NotClaimed::Conflict(Conflict::Changed(found))) = waited else { panic!("{waited:?}") };
    assert_eq!(*found, rotated);
}

#[tokio::test]
async fn a_lost_answer_to_the_write_of_new_tokens_does_not_lose_them() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    // The SDK repeats the call; the repetition meets the version that the first one has written.
    table.bench.deployment.aws().lose_next_answer("DynamoDB.UpdateItem", 1);
    let written = table.accounts.rotate_tokens(&account, &tokens("2"), &scopes(), now()).await.unwrap();
    assert!(matches!(written, Write::Done(ref account) if account.version == 2), "{written:?}");
}

#[tokio::test]
async fn a_refusal_of_old_tokens_does_not_touch_new_ones() {
    let table = Table::start().await;
    let old = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    table.accounts.rotate_tokens(&old, &tokens("2"), &scopes(), now()).await.unwrap().done().unwrap();
    let late = table.accounts.require_reconnect(&old, ReconnectReason::RefreshRefused, now()).await.unwrap();
    assert!(
        matches!(late, Write::Refused(Conflict::Changed(ref current)) if current.status == AccountStatus::Active),
        "{late:?}"
    );
    let late = table.accounts.rotate_tokens(&old, &tokens("x"), &scopes(), now()).await.unwrap();
    assert!(matches!(late, Write::Refused(Conflict::Changed(_))), "{late:?}");
    assert_eq!(table.current(&old).await.tokens, tokens("2"));
}

#[tokio::test]
async fn a_slow_refresher_heals_what_others_took_for_lost() {
    let table = Table::start().await;
    let account = table.connected(&connection("ten_1", "acc_1", "open-1")).await;
    table.accounts.claim_refresh(&account, &claim("slow", soon()), now()).await.unwrap().done().unwrap();
    table.accounts.require_reconnect(&account, ReconnectReason::RefreshLost, now()).await.unwrap().done().unwrap();
    let others = table.accounts.claim_refresh(&account, &claim("two", soon()), now()).await.unwrap();
    assert!(
        matches!(others, Write::Refused(NotClaimed::Conflict(Conflict::Changed(_)))),
        "nobody asks TikTok again: {others:?}"
    );
    table.accounts.rotate_tokens(&account, &tokens("2"), &scopes(), now()).await.unwrap().done().unwrap();
    assert_eq!(table.current(&account).await.status, AccountStatus::Active);
}
