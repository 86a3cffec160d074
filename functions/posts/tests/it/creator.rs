//! Creator info that can't be had, for one account of several.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_domain::TargetState;
use slipway_store::accounts::{AccountRecord, AccountStatus, Question};
use tiktok_sim::{Action, Endpoint, Fault, User};

use crate::world::{World, body, with};

/// A fault of one creator's, whatever else TikTok does.
fn of(account: &AccountRecord, endpoint: Endpoint, action: Action) -> Fault {
    Fault::on(endpoint, action).user(account.open_id.as_str())
}

#[tokio::test]
async fn a_fault_of_tiktoks_keeps_no_post_out_and_is_said_of_its_account_alone() {
    let world = World::start().await;
    let other = world.account().await;
    let overloaded = Action::StatusBefore { status: 503, code: None };
    for (name, action) in [("429", Action::RateLimited), ("503", overloaded), ("cut", Action::CutBefore)] {
        world.bench.tiktok.fault(of(&other, Endpoint::CreatorInfo, action));
        world.bench.forget_creators().await;
        let body = body(name, &world.owner.media, &[&world.owner.account, &other]);
        let answer = world.post(&world.owner.caller, &body).await;
        let id = World::made(&answer);
        let warnings = answer.json()["warnings"].as_array().unwrap().clone();
        let told: Vec<_> = warnings.iter().map(|warning| warning.as_str().unwrap()).collect();
        assert!(matches!(told[..], [one] if one.starts_with(other.id.as_str())), "{name}: {told:?}");
        let kept = world.kept(&world.bench.tenant, &id).await;
        assert_eq!(kept.targets.len(), 2, "{name}");
        assert!(kept.targets.iter().all(|target| matches!(target.state, TargetState::Queued { .. })), "{name}");
        world.bench.tiktok.clear_faults();
    }
    assert_eq!(world.bench.messages("TransfersQueue").len(), 6);
}

#[tokio::test]
async fn a_creator_who_has_removed_the_app_keeps_the_whole_draft_out() {
    let world = World::start().await;
    let other = world.account().await;
    assert!(world.bench.tiktok.revoke_by_user(other.open_id.as_str(), 1));
    let before = world.bench.traces().await;
    // Published at once it would go to the other account alone.
    let body = body("Both", &world.owner.media, &[&world.owner.account, &other]);
    let body = with(body, &[("/publish_now", json!(false))]);
    let refused = world.post(&world.owner.caller, &body).await;
    let refused = refused.refused(403, "account.reconnection_required", "targets[1].account_id");
    assert!(refused["error"]["meta"]["issues"].as_array().is_none_or(|issues| issues.len() == 1), "{refused:#}");
    assert!(matches!(world.bench.account(&other).await.status, AccountStatus::ReconnectRequired { .. }));
    // All that is written is what was learnt about the account.
    let accounts = [world.bench.deployment.table("AccountsTable"), world.bench.deployment.table("EventsTable")];
    for trace in world.bench.traces().await.since(&before) {
        let place = trace.split(' ').nth(1);
        assert!(accounts.contains(&place), "{trace}");
    }
    // Next time it is known without a question.
    let asked = world.asked();
    world.post(&world.owner.caller, &body).await.refused(403, "account.reconnection_required", "targets[1].account_id");
    assert_eq!(world.asked(), asked);
}

#[tokio::test]
async fn a_scope_that_tiktok_says_is_missing_keeps_the_post_out_without_a_trace() {
    let world = World::start().await;
    let action = Action::StatusBefore { status: 401, code: Some("scope_not_authorized".to_owned()) };
    world.bench.tiktok.fault(of(&world.owner.account, Endpoint::CreatorInfo, action));
    let before = world.bench.traces().await;
    let refused = world.post(&world.owner.caller, &world.owner.body("Mine")).await;
    let refused = refused.refused(403, "account.reconnection_required", "targets[0].account_id");
    assert_eq!(refused["error"]["meta"]["tiktok_code"], json!("scope_not_authorized"));
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);
    assert_eq!(world.asked(), 1, "a new token would have no more scopes");
}

#[tokio::test]
async fn a_creator_whom_tiktok_has_banned_is_a_problem_that_no_repeat_cures() {
    let world = World::start().await;
    let banned = "spam_risk_user_banned_from_posting";
    let action = Action::StatusBefore { status: 403, code: Some(banned.to_owned()) };
    world.bench.tiktok.fault(of(&world.owner.account, Endpoint::CreatorInfo, action).times(u64::MAX));
    let body = with(world.owner.body("Mine"), &[("/skip_validation", json!(true))]);
    let validated = world.owner.caller.call(&world.router, "POST", "/v1/posts/validate", Some(&body)).await.expect(200);
    assert_eq!(validated["valid"], false);
    let (error, warnings) = (&validated["errors"][0], validated["warnings"].as_array().unwrap());
    assert_eq!(
        (&error["field"], &error["code"]),
        (&"targets[0].account_id".into(), &"validation.field_invalid".into())
    );
    assert!(matches!(&warnings[..], [one] if one["message"].as_str().unwrap().contains("skip_validation")));
    let refused = world.post(&world.owner.caller, &body).await;
    let refused = refused.refused(400, "validation.field_invalid", "targets[0].account_id");
    let meta = &refused["error"]["meta"];
    assert_eq!(
        (&meta["cause"], &meta["retryable"], &meta["tiktok_code"]),
        (&"creator".into(), &false.into(), &banned.into())
    );
    // Where nobody can publish, the post is kept with its failures, and its answer is known by its request.
    let other = world.account().await;
    let action = Action::StatusBefore { status: 403, code: Some(banned.to_owned()) };
    world.bench.tiktok.fault(of(&other, Endpoint::CreatorInfo, action).times(u64::MAX));
    let all = super::world::body("Ours", &world.owner.media, &[&world.owner.account, &other]);
    let failed = world.post(&world.owner.caller, &all).await;
    failed.expect(422);
    assert_eq!(failed.code(), "publishing.delivery.all_failed");
}

#[tokio::test]
async fn what_tiktok_told_within_the_last_minute_is_not_asked_again() {
    let world = World::start().await;
    let info = format!("/v1/posts of {}", world.owner.account.id);
    for number in 0..3 {
        World::made(&world.post(&world.owner.caller, &world.owner.body(&format!("{info} {number}"))).await);
        let account = world.bench.account(&world.owner.account).await;
        assert_eq!((world.asked(), account.creator_refused), (1, None));
        assert!(account.creator_info.is_some_and(|info| info.json.contains("SELF_ONLY")));
    }
    let level = ("/platform_data/tiktok/privacy_level", json!("FOLLOWER_OF_CREATOR"));
    let unfit = with(world.owner.body("For nobody"), &[level]);
    let refused = world.post(&world.owner.caller, &unfit).await;
    refused.refused(400, "validation.privacy_level_unsupported", "platform_data.tiktok.privacy_level");
    assert_eq!(world.asked(), 1, "what is kept says as well what is not allowed");
}

#[tokio::test]
async fn many_posts_at_once_ask_about_their_creator_once() {
    let world = World::start().await;
    let bodies: Vec<_> = (0..12).map(|number| world.owner.body(&format!("Post {number}"))).collect();
    let answers = join_all(bodies.iter().map(|body| world.post(&world.owner.caller, body))).await;
    for answer in answers {
        World::made(&answer);
        assert_eq!(answer.json()["warnings"], json!([]));
    }
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn where_others_ask_in_vain_a_post_goes_on_without_an_answer() {
    let world = World::start().await;
    let account = world.bench.account(&world.owner.account).await;
    let now = Timestamp::now();
    let until = now + SignedDuration::from_mins(1);
    let asking = world.bench.owner.accounts.begin_asking(&account, Question::CreatorInfo, now, until).await;
    assert!(asking.unwrap().is_done());
    let answer = world.post(&world.owner.caller, &world.owner.body("Mine")).await;
    World::made(&answer);
    assert!(answer.json()["warnings"][0].as_str().unwrap().contains("TikTok did not say"));
    assert_eq!(world.asked(), 0);
}

#[tokio::test]
async fn an_expired_token_is_renewed_and_the_post_is_none_the_worse() {
    let world = World::start().await;
    world.bench.tiktok.expire_access_tokens(None);
    let answer = world.post(&world.owner.caller, &world.owner.body("Mine")).await;
    World::made(&answer);
    assert_eq!(answer.json()["warnings"], json!([]));
    assert_eq!(world.bench.tiktok.ledger().requests_to(Endpoint::Refresh).len(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_in_spite_of_a_transaction_with_its_account() {
    let world = World::start().await;
    world.bench.tiktok.expire_access_tokens(None);
    world.bench.deployment.aws().inject("DynamoDB.UpdateItem", 3, aws_stand_in::Fault::Conflict);
    let answer = world.post(&world.owner.caller, &world.owner.body("Mine")).await;
    World::made(&answer);
    assert_eq!(answer.json()["warnings"], json!([]));
    assert_eq!(world.bench.tiktok.ledger().requests_to(Endpoint::Refresh).len(), 1);
}

#[tokio::test]
async fn what_a_creator_may_post_at_most_is_kept_for_media_that_is_awaited() {
    let world = World::start().await;
    let user = User { max_video_post_duration_sec: 77, ..User::default() };
    let short = world.bench.connect_user(&world.bench.tenant, &world.bench.tiktok.add_user(user)).await;
    let media = world.bench.to_import("https://example.com/video.mp4").await;
    let body = body("Later", &media, &[&short, &world.owner.account]);
    let id = World::made(&world.post(&world.owner.caller, &body).await);
    let targets = world.kept(&world.bench.tenant, &id).await.targets;
    for (account, longest) in [(&short, 77), (&world.owner.account, 600)] {
        let target = targets.iter().find(|target| target.account == account.id).unwrap();
        assert_eq!(target.awaited().next().unwrap().max_duration_sec, Some(longest));
    }
}
