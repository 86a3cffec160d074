//! TikTok does not answer, the account can't be used, AWS fails.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use slipway_domain::{LogId, PublishId, Reach, ReconnectReason};
use slipway_store::accounts::AccountStatus;
use slipway_store::posts::TargetRecord;
use slipway_worker::Handled;
use tiktok_sim::{Action, Endpoint, Fault};
use workbench::private_video;

use crate::support::{CHECKS, World, processing};

/// Nothing is known yet, and the next look stands in the queue.
async fn assert_asked_again(world: &World, target: &TargetRecord, outcome: Handled, what: &str) {
    assert_eq!(outcome, Handled::Done, "{what}");
    let after = world.now(target).await;
    assert_eq!((&after.state, &after.tiktok_status), (&target.state, &target.tiktok_status), "{what}");
    let sent = world.bench.sent(CHECKS);
    assert_eq!(sent.len(), 1, "{what}");
    assert_eq!(sent[0].body["look"], 1, "{what}");
    world.bench.deployment.aws().sqs().purge(world.queue_name(CHECKS)).unwrap();
}

#[tokio::test]
async fn what_passes_by_itself_brings_the_message_back_in_time() {
    let world = World::start().await;
    let target = world.waiting_at_tiktok().await;
    for (action, seconds) in [
        (Action::RateLimited, 60),
        (Action::StatusBefore { status: 500, code: None }, 5),
        (Action::StatusBefore { status: 503, code: None }, 5),
        (Action::CutBefore, 2),
        (Action::CutAfter, 2),
    ] {
        world.bench.tiktok.clear_faults();
        world.bench.tiktok.fault(Fault::on(Endpoint::StatusFetch, action.clone()));
        let outcome = world.look(&target).await;
        let Handled::Again(pause) = outcome else { panic!("{action:?}: {outcome:?}") };
        assert!((seconds..=seconds + seconds / 10 + 1).contains(&pause.as_secs()), "{action:?}: {pause:?}");
        world.assert_untouched(&target, "nothing was learnt").await;
    }
    assert!(world.bench.sent(CHECKS).is_empty(), "it is the same message");
}

#[tokio::test]
async fn tiktoks_own_word_when_to_come_back_is_taken_within_reason() {
    let mut world = World::start().await;
    let target = world.processing().await;
    let body = json!({"error": {"code": "rate_limit_exceeded", "message": "", "log_id": "L"}});
    for (said, seconds) in [(7, 7..9), (3600, 600..662)] {
        world.status.tiktok = world.bench.answering(429, Some(said), &body).await;
        let outcome = world.look(&target).await;
        let Handled::Again(pause) = outcome else { panic!("{said}: {outcome:?}") };
        assert!(seconds.contains(&pause.as_secs()), "{said}: {pause:?}");
    }
}

#[tokio::test]
async fn a_refusal_that_says_nothing_about_the_publish_is_no_outcome() {
    let mut world = World::start().await;
    let target = world.processing().await;
    for (status, code) in [(401, "scope_not_authorized"), (403, "brand_new")] {
        let body = json!({"error": {"code": code, "message": "", "log_id": "L"}});
        world.status.tiktok = world.bench.answering(status, None, &body).await;
        let outcome = world.look(&target).await;
        assert_asked_again(&world, &target, outcome, code).await;
        let said = world.now(&target).await.timeline.pop().unwrap();
        assert_eq!((said.note, said.log_id.as_ref().map(LogId::as_str)), (format!("TikTok says {code}"), Some("L")));
    }
    world.status.tiktok = world.bench.answering(200, None, &json!({"data": 7})).await;
    let outcome = world.look(&target).await;
    assert_asked_again(&world, &target, outcome, "an unreadable answer").await;
    let account =
        world.bench.owner.accounts.get(&Reach::whole(&target.tenant), &target.account).await.unwrap().unwrap();
    assert_eq!(account.status, AccountStatus::Active);
}

#[tokio::test]
async fn without_an_account_only_tiktoks_webhook_can_tell() {
    let world = World::start().await;
    let target = world.waiting_at_tiktok().await;
    assert!(world.bench.owner.accounts.forget(&world.account).await.unwrap().is_done());
    let outcome = world.look(&target).await;
    assert_asked_again(&world, &target, outcome, "no account").await;
    assert_eq!(world.asked(), 0);
    let publish_id = target.state.publish_id().unwrap().as_str();
    assert_eq!(world.told("post.publish.complete", publish_id, json!({})).await, Handled::Done);
    assert_eq!(world.now(&target).await.state.name().as_str(), "published");
}

#[tokio::test]
async fn an_account_to_be_connected_again_is_asked_about_again() {
    let world = World::start().await;
    let target = world.waiting_at_tiktok().await;
    let (why, now) = (ReconnectReason::RefreshExpired, Timestamp::now());
    world.bench.owner.accounts.require_reconnect(&world.account, why, now).await.unwrap().done().unwrap();
    let outcome = world.look(&target).await;
    assert_asked_again(&world, &target, outcome, "reconnection required").await;
    assert_eq!(world.asked(), 0);
}

#[tokio::test]
async fn an_account_that_falls_off_while_we_ask_is_asked_about_again() {
    let world = World::start().await;
    let target = world.waiting_at_tiktok().await;
    assert!(world.bench.tiktok.revoke_by_user(world.account.open_id.as_str(), 1));
    let outcome = world.look(&target).await;
    assert_asked_again(&world, &target, outcome, "revoked").await;
    let account =
        world.bench.owner.accounts.get(&Reach::whole(&target.tenant), &target.account).await.unwrap().unwrap();
    assert_ne!(account.status, AccountStatus::Active);
}

#[tokio::test]
async fn a_token_that_has_expired_is_renewed_for_the_question() {
    let world = World::start().await;
    let publish_id: PublishId = world.bench.arrived(&world.account, &private_video(), vec![0; 1000]).await;
    let target = world.target(processing(publish_id.as_str())).await;
    world.bench.tiktok.expire_access_tokens(None);
    assert_eq!(world.look(&target).await, Handled::Done);
    assert_eq!(world.now(&target).await.state.name().as_str(), "published");
}

#[tokio::test]
async fn a_token_that_does_not_open_is_no_outcome() {
    let world = World::start().await;
    let target = world.waiting_at_tiktok().await;
    world.bench.deployment.aws().fail_next("KMS", 9, 400);
    let outcome = world.look(&target).await;
    assert_asked_again(&world, &target, outcome, "KMS refuses").await;
    assert_eq!(world.asked(), 0);
}

#[tokio::test]
async fn a_fault_of_aws_brings_the_message_back() {
    let world = World::start().await;
    let target = world.waiting_at_tiktok().await;
    for call in ["DynamoDB.GetItem", "DynamoDB.UpdateItem", "SQS.SendMessage"] {
        world.bench.deployment.aws().fail_next(call, 3, 500);
        let outcome = world.look(&target).await;
        let Handled::Again(pause) = outcome else { panic!("{call}: {outcome:?}") };
        assert!(pause <= Duration::from_mins(1), "{call}: {pause:?}");
        assert!(world.bench.sent(CHECKS).is_empty(), "{call}");
    }
    let outcome = world.look(&target).await;
    assert_eq!((outcome, world.bench.sent(CHECKS).len()), (Handled::Done, 1), "the chain goes on");
    world.bench.deployment.aws().fail_next("DynamoDB.Query", 3, 500);
    let outcome = world.told("post.publish.complete", "p", json!({})).await;
    assert!(matches!(outcome, Handled::Again(_)), "{outcome:?}");
}
