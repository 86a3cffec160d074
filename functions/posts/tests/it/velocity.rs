//! How many posts of an account begin at once, and what becomes of the others.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::limits::TARGETS_PER_POST;
use slipway_domain::{DeferReason, Line, PaceLimits, TargetState, limits};
use slipway_store::accounts::AccountRecord;

use crate::world::{World, body, meanwhile, with};

/// Lets the account have begun so many posts, all a while ago.
async fn begun(world: &World, account: &AccountRecord, count: u8, ago: SignedDuration) {
    let mut account = world.bench.account(account).await;
    for _ in 0..count {
        let mut pace = account.pace.clone();
        let _ = pace.take(Line::Posts, PaceLimits::default(), None, Timestamp::now() - ago);
        account = world.bench.owner.accounts.keep_pace(&account, &pace).await.unwrap().done().unwrap();
    }
}

#[tokio::test]
async fn who_has_room_has_a_place_and_the_next_one_waits_for_the_minute() {
    let world = World::start().await;
    for number in 0..limits::INITS_PER_MINUTE {
        let answer = world.post(&world.owner.caller, &world.owner.body(&format!("Post {number}"))).await;
        let kept = world.kept(&world.bench.tenant, &World::made(&answer)).await;
        let target = &kept.targets[0];
        assert_eq!(target.state, TargetState::Queued { attempt: 0 });
        let (account, at) = (world.bench.account(&world.owner.account).await, target.place.unwrap());
        assert!(account.pace.is_turn(Line::Posts, PaceLimits::default(), at, at));
    }
    let answer = world.post(&world.owner.caller, &world.owner.body("One more")).await;
    let kept = world.kept(&world.bench.tenant, &World::made(&answer)).await;
    let target = &kept.targets[0];
    let TargetState::Deferred { attempt: 0, until, why: DeferReason::RateLimited } = target.state else {
        panic!("{:?}", target.state)
    };
    let net = until + SignedDuration::from_secs(30);
    assert_eq!((target.place, target.due_at), (Some(until), Some(net.into())));
    let shown: Timestamp =
        answer.json()["targets"][0]["metadata"]["next_attempt_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(shown, until);
    // Its message comes then, and not before.
    let sent = world.bench.sent("TransfersQueue");
    let (last, others) = sent.split_last().unwrap();
    assert!(others.iter().all(|message| message.delay == Duration::ZERO) && others.len() == 6, "{sent:?}");
    assert!(last.delay > Duration::from_secs(55) && last.delay <= Duration::from_secs(71), "{:?}", last.delay);
}

#[tokio::test]
async fn above_the_days_limit_nothing_is_made_and_it_says_when_there_is_room() {
    let world = World::start().await;
    begun(&world, &world.owner.account, 15, SignedDuration::from_hours(2)).await;
    let before = world.bench.traces().await;
    let refused = world.post(&world.owner.caller, &world.owner.body("One more")).await;
    let meta = &refused.expect(429)["error"]["meta"];
    assert_eq!(refused.json()["error"]["code"], "publishing.velocity_limit");
    let wait = meta["retry_after_seconds"].as_u64().unwrap();
    assert!(wait > 21 * 3600 && wait <= 22 * 3600 + 10, "{wait}");
    assert_eq!(
        (&meta["account_id"], &meta["window"], &meta["limit"]),
        (&json!(world.owner.account.id), &json!("day"), &json!(15))
    );
    assert_eq!(refused.headers["retry-after"], wait.to_string());
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);
    // A scheduled one is held when its time comes, and a draft is nobody's business.
    let later = (Timestamp::now() + SignedDuration::from_hours(1)).to_string();
    for change in [("/scheduled_at", json!(later)), ("/publish_now", json!(false))] {
        let body = with(world.owner.body("Later"), &[("/publish_now", Value::Null), change]);
        World::made(&world.post(&world.owner.caller, &body).await);
    }
}

#[tokio::test]
async fn all_accounts_without_room_are_named_at_once() {
    let world = World::start().await;
    let others = [world.account().await, world.account().await];
    begun(&world, &world.owner.account, 15, SignedDuration::from_hours(3)).await;
    begun(&world, &others[1], 15, SignedDuration::from_hours(1)).await;
    let body = body("To all", &world.owner.media, &[&world.owner.account, &others[0], &others[1]]);
    let before = world.bench.traces().await;
    let refused = world.post(&world.owner.caller, &body).await;
    let meta = &refused.expect(429)["error"]["meta"];
    assert_eq!(meta["account_id"], json!(others[1].id), "who waits longest speaks for all");
    let named: Vec<_> = meta["accounts"].as_array().unwrap().iter().map(|full| full["account_id"].clone()).collect();
    assert_eq!(named, [json!(others[1].id), json!(world.owner.account.id)]);
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);
}

#[tokio::test]
async fn posts_that_are_made_at_the_same_moment_take_places_of_their_own() {
    let world = World::start().await;
    let bodies: Vec<_> = (0..20).map(|number| world.owner.body(&format!("Post {number}"))).collect();
    let answers = join_all(bodies.iter().map(|body| world.post(&world.owner.caller, body))).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    let refused = answers.iter().filter(|answer| answer.json()["error"]["code"] == "publishing.velocity_limit").count();
    assert_eq!((made.len(), refused), (15, 5));
    let mut waits = 0;
    for answer in made {
        let kept = world.kept(&world.bench.tenant, answer.json()["id"].as_str().unwrap()).await;
        waits += usize::from(matches!(kept.targets[0].state, TargetState::Deferred { .. }));
    }
    assert_eq!(waits, 15 - 6);
}

/// Lets another post be made just before the next one is written.
fn first_before(world: &World) {
    let (router, caller, other) = (world.router.clone(), world.owner.caller.clone(), world.owner.body("First"));
    let twin = meanwhile(move || {
        let (router, caller, other) = (router.clone(), caller.clone(), other.clone());
        async move {
            World::made(&caller.call(&router, "POST", "/v1/posts", Some(&other)).await);
        }
    });
    world.bench.deployment.aws().before_next("DynamoDB.TransactWriteItems", 1, twin);
}

#[tokio::test]
async fn who_loses_a_place_to_another_post_takes_the_next_one_without_a_read() {
    let world = World::start().await;
    begun(&world, &world.owner.account, 5, SignedDuration::from_secs(1)).await;
    first_before(&world);
    world.bench.deployment.aws().reset_counts();
    let answer = world.post(&world.owner.caller, &world.owner.body("Second")).await;
    let counts = world.bench.deployment.aws().request_counts();
    let kept = world.kept(&world.bench.tenant, &World::made(&answer)).await;
    assert!(matches!(kept.targets[0].state, TargetState::Deferred { .. }), "{:?}", kept.targets[0].state);
    assert_eq!(counts["DynamoDB.TransactWriteItems"], 3, "the twin's, the one that lost, and the one that did not");
    assert_eq!(counts["DynamoDB.GetItem"], 8, "four for each of the two posts: {counts:?}");
}

#[tokio::test]
async fn who_loses_the_last_place_of_the_day_is_refused() {
    let world = World::start().await;
    begun(&world, &world.owner.account, 14, SignedDuration::from_hours(1)).await;
    first_before(&world);
    let refused = world.post(&world.owner.caller, &world.owner.body("Second")).await;
    assert_eq!(refused.expect(429)["error"]["code"], "publishing.velocity_limit");
}

#[tokio::test]
async fn an_account_that_goes_while_the_post_is_made_keeps_it_out() {
    let world = World::start().await;
    let (accounts, account) = (world.bench.owner.accounts.clone(), world.owner.account.clone());
    let gone = meanwhile(move || {
        let (accounts, account) = (accounts.clone(), account.clone());
        async move {
            assert!(accounts.forget(&account).await.unwrap().is_done());
        }
    });
    world.bench.deployment.aws().before_next("DynamoDB.TransactWriteItems", 1, gone);
    let refused = world.post(&world.owner.caller, &world.owner.body("Mine")).await;
    refused.refused(404, "account.not_found", "targets[0].account_id");
    assert_eq!(world.bench.messages("TransfersQueue"), [Value::Null; 0]);
}

#[tokio::test]
async fn as_many_take_their_places_as_the_transaction_has_room_for() {
    let world = World::start().await;
    let mut accounts = vec![world.owner.account.clone()];
    while accounts.len() < TARGETS_PER_POST {
        accounts.push(world.account().await);
    }
    let mut others = Vec::new();
    while others.len() < 2 {
        others.push(world.bench.uploaded(&world.bench.tenant, workbench::fixture("index_last.mp4")).await);
    }
    let one = body("One video", &world.owner.media, &accounts.iter().collect::<Vec<_>>());
    let mut three = with(one.clone(), &[("/text", json!("Three videos"))]);
    for (index, other) in others.iter().enumerate() {
        three["targets"][index]["media_ids"] = json!([other.id]);
    }
    for (body, without) in [(one, 0), (three, 2)] {
        let id = World::made(&world.post(&world.owner.caller, &body).await);
        let targets = world.kept(&world.bench.tenant, &id).await.targets;
        assert!(targets.iter().all(|target| target.state == TargetState::Queued { attempt: 0 }));
        let none = targets.iter().filter(|target| target.place.is_none()).count();
        assert_eq!((targets.len(), none), (32, without), "the others take theirs when their turn comes");
    }
}
