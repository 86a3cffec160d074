//! What a post to many accounts asks for, and that it asks at the same time. No time is measured: one answer is held
//! back, and the others must be asked for all the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use tiktok_sim::{Action, Endpoint, Fault};
use workbench::until;

use crate::world::{World, body, meanwhile};

const ACCOUNTS: u64 = 8;

/// A world, and a post to all of its accounts.
async fn many() -> (World, Value) {
    let world = World::start().await;
    let mut accounts = vec![world.owner.account.clone()];
    for _ in 1..ACCOUNTS {
        accounts.push(world.account().await);
    }
    let body = body("To all", &world.owner.media, &accounts.iter().collect::<Vec<_>>());
    world.bench.deployment.aws().reset_counts();
    (world, body)
}

/// Sends the post and never answers this call of the operation, from 1. All the others must come all the same.
async fn hold(world: &World, body: &Value, operation: &str, call: u32, others: u64) {
    let aws = world.bench.deployment.aws();
    let seen = Arc::new(AtomicU32::new(0));
    let held = meanwhile(move || {
        let is_held = seen.fetch_add(1, Ordering::Relaxed) + 1 == call;
        async move {
            if is_held {
                std::future::pending::<()>().await;
            }
        }
    });
    aws.before_next(operation, call, held);
    let others_came = until(operation, async || aws.request_counts().get(operation) == Some(&others));
    tokio::select! {
        answer = world.post(&world.owner.caller, body) => panic!("{operation} was not needed for {:#}", answer.json()),
        () = others_came => {}
    }
}

#[tokio::test]
async fn nothing_is_asked_for_twice() {
    let (world, body) = Box::pin(many()).await;
    World::made(&world.post(&world.owner.caller, &body).await);
    let expected = [
        // The key, the guard against repeats, the media and each account.
        ("DynamoDB.GetItem", 3 + ACCOUNTS),
        // Who asks about a creator says so, and keeps the answer for all who ask within a minute.
        ("DynamoDB.UpdateItem", 2 * ACCOUNTS),
        ("DynamoDB.TransactWriteItems", 1),
        ("KMS.Decrypt", 1),
        ("SQS.SendMessage", ACCOUNTS),
    ];
    let expected: BTreeMap<_, _> = expected.map(|(operation, times)| (operation.to_owned(), times)).into();
    assert_eq!((world.bench.deployment.aws().request_counts(), world.asked() as u64), (expected, ACCOUNTS));
}

#[tokio::test]
async fn the_guard_the_media_and_all_accounts_are_looked_up_at_once() {
    let (world, body) = Box::pin(many()).await;
    // The first one is the key's, which everything else needs.
    hold(&world, &body, "DynamoDB.GetItem", 2, 3 + ACCOUNTS - 1).await;
}

#[tokio::test]
async fn tiktok_is_asked_about_all_creators_at_once() {
    let (world, body) = Box::pin(many()).await;
    let never = Action::DelayAnswer { millis: 3_600_000 };
    world.bench.tiktok.fault(Fault::on(Endpoint::CreatorInfo, never).times(ACCOUNTS));
    tokio::select! {
        answer = world.post(&world.owner.caller, &body) => panic!("without TikTok: {:#}", answer.json()),
        () = until("TikTok was asked about every creator", async || world.asked() as u64 == ACCOUNTS) => {}
    }
}

#[tokio::test]
async fn all_targets_are_handed_over_at_once() {
    let (world, body) = Box::pin(many()).await;
    hold(&world, &body, "SQS.SendMessage", 1, ACCOUNTS - 1).await;
}

#[tokio::test]
async fn problems_are_told_in_the_order_of_the_targets() {
    let world = World::start().await;
    let mut body = body("To all", &world.owner.media, &[]);
    let named = ["acc_none1", "acc_none2", "acc_none3"].map(|account| json!({"account_id": account}));
    body["targets"] = json!(named);
    let refused = world.post(&world.owner.caller, &body).await.expect(404);
    let fields = refused["error"]["meta"]["issues"].as_array().unwrap().iter().map(|issue| issue["field"].clone());
    let expected = [0, 1, 2].map(|index| json!(format!("targets[{index}].account_id")));
    assert_eq!(fields.collect::<Vec<_>>(), expected);
}
