//! The creator, TikTok or we ended an authorization.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::{OpenId, Reach, ReconnectReason, TenantId};
use slipway_store::accounts::{AccountRecord, AccountStatus};
use slipway_worker::Handled;
use tiktok_sim::User;

use crate::support::{EVENTS, World, notification};

const REMOVED: &str = "authorization.removed";
const SECOND: SignedDuration = SignedDuration::from_secs(1);

async fn removed(world: &World, open_id: &OpenId, at: Timestamp, content: &Value) {
    let body = notification(REMOVED, open_id, at, content);
    let record = world.bench.hand_out(EVENTS, &json!({"body": body})).await;
    assert_eq!(world.step(&record, Timestamp::now()).await, Handled::Done);
}

async fn status(world: &World, account: &AccountRecord) -> AccountStatus {
    world.bench.owner.accounts.get(&Reach::whole(&account.tenant), &account.id).await.unwrap().unwrap().status
}

async fn reason(world: &World, account: &AccountRecord) -> Option<ReconnectReason> {
    match status(world, account).await {
        AccountStatus::Active => None,
        AccountStatus::ReconnectRequired { reason, .. } => Some(reason),
    }
}

#[tokio::test]
async fn each_reason_of_a_removal_is_kept() {
    let world = World::start().await;
    for (content, why) in [
        (json!({"reason": 0}), ReconnectReason::AuthorizationRemoved),
        (json!({"reason": 1}), ReconnectReason::DisconnectedByUser),
        (json!({"reason": 2}), ReconnectReason::AccountDeleted),
        (json!({"reason": 3}), ReconnectReason::AgeChanged),
        (json!({"reason": 4}), ReconnectReason::AccountBanned),
        (json!({"reason": 5}), ReconnectReason::RevokedByDeveloper),
        (json!({"reason": 77}), ReconnectReason::AuthorizationRemoved),
        (json!({}), ReconnectReason::AuthorizationRemoved),
    ] {
        let account = world.bench.connect().await;
        removed(&world, &account.open_id, account.connected_at + SECOND, &content).await;
        assert_eq!(reason(&world, &account).await, Some(why), "{content}");
    }
    assert_eq!(reason(&world, &world.account).await, None, "who was not meant stays");
}

#[tokio::test]
async fn a_removal_as_tiktok_words_it_ends_the_connection() {
    let world = World::start().await;
    world.bench.tiktok.advance(std::time::Duration::from_secs(2));
    assert!(world.bench.tiktok.revoke_by_user(world.account.open_id.as_str(), 1));
    let body = world.bench.tiktok.ledger().webhooks_of(REMOVED)[0].body.clone();
    let record = world.bench.hand_out(EVENTS, &json!({"body": body})).await;
    let now = Timestamp::now();
    assert_eq!(world.step(&record, now).await, Handled::Done);
    let expected = AccountStatus::ReconnectRequired { reason: ReconnectReason::DisconnectedByUser, since: now };
    assert_eq!(status(&world, &world.account).await, expected);
}

#[tokio::test]
async fn a_removal_from_before_the_connection_changes_nothing() {
    let world = World::start().await;
    let connected = world.account.connected_at;
    let day = SignedDuration::from_hours(24);
    for (at, what) in
        [(connected, "the same second"), (connected - SECOND, "before"), (connected - day, "a day before")]
    {
        removed(&world, &world.account.open_id, at, &json!({"reason": 1})).await;
        assert_eq!(reason(&world, &world.account).await, None, "{what}");
    }
    removed(&world, &world.account.open_id, connected + SECOND, &json!({"reason": 1})).await;
    assert!(reason(&world, &world.account).await.is_some(), "the next second");
}

#[tokio::test]
async fn a_removal_is_for_the_creators_accounts_in_every_tenant() {
    let world = World::start().await;
    let user = world.bench.tiktok.add_user(User::default());
    let mut accounts = Vec::new();
    for number in 0..3 {
        let tenant: TenantId = format!("ten_{number}").parse().unwrap();
        accounts.push(world.bench.connect_user(&tenant, &user).await);
    }
    let latest = accounts.iter().map(|account| account.connected_at).max().unwrap();
    removed(&world, &OpenId::new(&user), latest + SECOND, &json!({"reason": 4})).await;
    for account in &accounts {
        assert_eq!(reason(&world, account).await, Some(ReconnectReason::AccountBanned), "{}", account.tenant);
    }
    assert_eq!(reason(&world, &world.account).await, None);
}

#[tokio::test]
async fn the_first_reason_and_its_time_stay() {
    let world = World::start().await;
    let at = world.account.connected_at + SECOND;
    removed(&world, &world.account.open_id, at, &json!({"reason": 1})).await;
    let first = status(&world, &world.account).await;
    assert_ne!(first, AccountStatus::Active);
    removed(&world, &world.account.open_id, at + SECOND, &json!({"reason": 4})).await;
    assert_eq!(status(&world, &world.account).await, first);
}

#[tokio::test]
async fn an_account_whose_tokens_are_renewed_meanwhile_is_lost_all_the_same() {
    let world = World::start().await;
    let (tokens, account) = (world.bench.owner.tokens.clone(), world.account.clone());
    let renew: aws_stand_in::Meanwhile = std::sync::Arc::new(move || {
        let (tokens, account) = (tokens.clone(), account.clone());
        Box::pin(async move { drop(tokens.refresh(&account).await.unwrap()) })
    });
    world.bench.deployment.aws().before_next("DynamoDB.TransactWriteItems", 1, renew);
    let at = world.account.connected_at + SECOND;
    removed(&world, &world.account.open_id, at, &json!({"reason": 1})).await;
    let after =
        world.bench.owner.accounts.get(&Reach::whole(&world.account.tenant), &world.account.id).await.unwrap().unwrap();
    assert_eq!(after.version, world.account.version + 1, "they were renewed");
    assert_ne!(after.status, AccountStatus::Active);
}

#[tokio::test]
async fn a_removal_that_is_about_nobody_we_know_is_done_with() {
    let world = World::start().await;
    let at = Timestamp::now() + SECOND;
    removed(&world, &OpenId::new("nobody"), at, &json!({"reason": 1})).await;
    let body = json!({"client_key": "k", "event": REMOVED, "create_time": at.as_second(), "content": "{}"});
    let record = world.bench.hand_out(EVENTS, &json!({"body": body.to_string()})).await;
    assert_eq!(world.step(&record, Timestamp::now()).await, Handled::Done);
    assert_eq!(reason(&world, &world.account).await, None);
}

#[tokio::test]
async fn a_removal_that_can_not_be_written_comes_back() {
    let world = World::start().await;
    world.bench.deployment.aws().fail_next("DynamoDB.TransactWriteItems", 3, 500);
    let at = world.account.connected_at + SECOND;
    let body = notification(REMOVED, &world.account.open_id, at, &json!({"reason": 1}));
    let record = world.bench.hand_out(EVENTS, &json!({"body": body})).await;
    assert!(matches!(world.step(&record, Timestamp::now()).await, Handled::Again(_)));
    assert_eq!(world.step(&record, Timestamp::now()).await, Handled::Done);
    assert_eq!(reason(&world, &world.account).await, Some(ReconnectReason::DisconnectedByUser));
}
