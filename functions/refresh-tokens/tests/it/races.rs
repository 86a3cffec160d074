//! Accounts that are not as the index, or the post that is due soon, makes them out.

use std::sync::Arc;

use aws_stand_in::Meanwhile;
use refresh_tokens::Run;
use slipway_domain::TargetState;
use slipway_store::accounts::{AccountRecord, AccountStatus};
use workbench::{AttributeValue, Item};

use crate::support::{World, in_minutes};

/// How far ahead the token of an account that was just connected is due.
const DUE: i64 = 115;

/// An account's record as the table has it.
async fn item(world: &World, account: &AccountRecord) -> Item {
    let key = [format!("TENANT#{}", account.tenant), format!("ACC#{}", account.id)];
    world.bench.item("AccountsTable", key).await
}

#[tokio::test]
async fn an_account_that_was_put_off_since_the_index_was_read_is_left_alone() {
    let world = World::with(1, 1).await;
    let account = world.accounts[0].clone();
    let accounts = world.bench.owner.accounts.clone();
    let twin: Meanwhile = Arc::new(move || {
        let (accounts, account) = (accounts.clone(), account.clone());
        Box::pin(async move {
            assert!(accounts.put_off_refresh(&account, in_minutes(2 * DUE)).await.unwrap().is_done());
        })
    });
    world.bench.deployment.aws().before_next("DynamoDB.GetItem", 1, twin);
    assert_eq!(world.run_in(DUE).await, Run { not_due: 1, ..Run::default() });
    assert_eq!(world.asked(), 0);
}

#[tokio::test]
async fn an_account_that_is_forgotten_meanwhile_is_not_lost() {
    let world = World::with(1, 1).await;
    let account = world.accounts[0].clone();
    let accounts = world.bench.owner.accounts.clone();
    let forget: Meanwhile = Arc::new(move || {
        let (accounts, account) = (accounts.clone(), account.clone());
        Box::pin(async move { assert!(accounts.forget(&account).await.unwrap().is_done()) })
    });
    world.bench.deployment.aws().before_next("DynamoDB.UpdateItem", 1, forget);
    assert_eq!(world.run_in(DUE).await, Run { not_due: 1, ..Run::default() });
    assert_eq!(world.asked(), 0);
}

#[tokio::test]
async fn a_post_that_is_due_soon_does_not_have_a_lost_account_renewed() {
    let world = World::with(1, 1).await;
    let account = world.accounts[0].clone();
    let media = world.bench.absent_video(100);
    let at = in_minutes(DUE);
    world.bench.target(&account, &media, TargetState::Scheduled { at }).await;
    assert!(world.bench.tiktok.revoke_by_user(account.open_id.as_str(), 1));
    assert_eq!(world.run_in(106).await, Run { lost: 1, ..Run::default() });
    for _ in 0..2 {
        assert_eq!(world.run_in(106).await, Run::default(), "it is lost once");
    }
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn the_accounts_behind_the_first_hundred_of_a_shard_are_renewed_too() {
    let world = World::with(1, 1).await;
    let (account, lost) = (world.accounts[0].clone(), world.bench.connect().await);
    assert!(world.bench.tiktok.revoke_by_user(lost.open_id.as_str(), 1));
    world.bench.owner.tokens.refresh(&lost).await.unwrap_err();
    assert!(matches!(world.bench.account(&lost).await.status, AccountStatus::ReconnectRequired { .. }));
    // A hundred records that are in the index before the account, as nobody takes them out.
    let mut earlier = item(&world, &lost).await;
    earlier.insert("refresh_shard".to_owned(), item(&world, &account).await["refresh_shard"].clone());
    earlier.insert("refresh_at".to_owned(), AttributeValue::N("1".to_owned()));
    for number in 0..100 {
        earlier.insert("sk".to_owned(), AttributeValue::S(format!("ACC#acc_{number}")));
        world.bench.put_item("AccountsTable", earlier.clone()).await;
    }
    assert_eq!(world.run_in(DUE).await, Run { not_due: 100, renewed: 1, ..Run::default() });
}
