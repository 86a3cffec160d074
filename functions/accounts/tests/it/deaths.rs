//! The callback's process dies.

use std::sync::Arc;

use accounts::router;
use aws_stand_in::Moment;
use axum::body::Body;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_domain::{Line, PaceLimits};
use tiktok_sim::{Endpoint, User};
use tokio::sync::Notify;
use url::Url;
use workbench::{Answer, Caller};

use crate::support::{World, parameter};

/// A process opens the address and dies at this call to AWS. Answers whether it needed so many.
async fn dies(world: &World, back: &Url, call: u64, moment: Moment) -> bool {
    let request = Request::get(&back[url::Position::BeforePath..]).body(Body::empty()).unwrap();
    dies_of(world, request, call, moment).await
}

/// The same with any request.
async fn dies_of(world: &World, request: Request<Body>, call: u64, moment: Moment) -> bool {
    let death = Arc::new(Notify::new());
    let strike = Arc::clone(&death);
    let crash = move || -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        strike.notify_one();
        Box::pin(std::future::pending())
    };
    let aws = world.bench.deployment.aws();
    aws.crash_at_call_of(&["AccountsFunction"], call, moment, Arc::new(crash));
    let process = router(world.process());
    let has_died = tokio::select! {
        _ = Answer::to(&process, request) => false,
        () = death.notified() => true,
    };
    aws.crash_at(u64::MAX, Moment::Before, Arc::new(|| Box::pin(async {})));
    has_died
}

/// Half a minute passes for the connection.
async fn half_a_minute_later(world: &World, back: &Url) {
    let state = parameter(back, "state").unwrap();
    let accounts = &world.bench.owner.accounts;
    let Some(taken_at) = accounts.authorization_use(&state).await.unwrap().taken_at else { return };
    let before = Timestamp::now() - SignedDuration::from_secs(31);
    let _ended_or_left = accounts.take_left_authorization(&state, "who died", taken_at, before).await.unwrap();
}

async fn count(world: &World, caller: &Caller) -> u64 {
    world.get(caller, "/v1/accounts").await.expect(200)["count"].as_u64().unwrap()
}

#[tokio::test]
async fn whoever_reloads_after_a_death_sees_how_it_ended() {
    let world = World::start().await;
    for moment in [Moment::Before, Moment::After] {
        let mut ends = Vec::new();
        for call in 1.. {
            let caller = world.caller().await;
            let back = world.visit(world.begin(&caller, json!({"platform": "tiktok"})).await, &[]).await;
            let before = world.asked(Endpoint::Token);
            let has_died = dies(&world, &back, call, moment).await;
            let (spent, kept) = (world.asked(Endpoint::Token) - before, count(&world, &caller).await);
            half_a_minute_later(&world, &back).await;
            let reload = world.open(&back).await;
            let again = world.open(&back).await;
            let named = format!("{moment:?} call {call}, {spent} asked, {kept} kept: {}", reload.text());
            assert_eq!((again.status, again.text()), (reload.status, reload.text()), "{named}");
            let asked = world.asked(Endpoint::Token) - before;
            // A code that was exchanged by whoever died is gone; before and after that a reload makes the account.
            if spent == 1 && kept == 0 {
                assert!(reload.text().contains("did not confirm the connection"), "{named}");
                assert_eq!((asked, count(&world, &caller).await), (2, 0), "{named}");
                world.connect(&caller).await;
            } else {
                assert!(reload.text().contains("is connected"), "{named}");
                assert_eq!(asked, 1, "{named}");
            }
            let accounts = world.get(&caller, "/v1/accounts").await.expect(200);
            assert_eq!(accounts["count"], 1, "{named}");
            let id = accounts["data"][0]["id"].as_str().unwrap();
            world.get(&caller, &format!("/v1/accounts/{id}/creator-info")).await.expect(200);
            if !has_died {
                break;
            }
            ends.push((spent, kept));
        }
        // Each of the three times to die was met: with the code unspent, spent, and with the account kept.
        ends.dedup();
        let all = [(0, 0), (1, 0), (1, 1)];
        assert_eq!(ends, all[..if moment == Moment::Before { 2 } else { 3 }], "{moment:?}");
    }
}

#[tokio::test]
async fn an_account_that_was_kept_is_shown_though_the_answer_was_lost() {
    let world = World::start().await;
    let caller = world.caller().await;
    let back = world.visit(world.begin(&caller, json!({"platform": "tiktok"})).await, &[]).await;
    world.bench.deployment.aws().lose_next_answer("DynamoDB.TransactWriteItems", 3);
    let first = world.open(&back).await;
    assert!(first.text().contains("is connected"), "{}", first.text());
    assert_eq!(world.open(&back).await.text(), first.text());
    assert_eq!((count(&world, &caller).await, world.asked(Endpoint::Token)), (1, 1));
}

/// Whoever disconnects dies, and repeats it if the account is still there.
#[tokio::test]
async fn a_disconnection_that_dies_anywhere_leaves_what_has_begun() {
    let world = World::start().await;
    let caller = world.caller().await;
    for moment in [Moment::Before, Moment::After] {
        for call in 1.. {
            let user = world.bench.tiktok.add_user(User::default());
            let account = world.connect_as(&caller, &[("sim_user", &user)]).await;
            let mut pace = account.pace.clone();
            let _ = pace.take(Line::Posts, PaceLimits::default(), None, Timestamp::now());
            let account = world.bench.owner.accounts.keep_pace(&account, &pace).await.unwrap().done().unwrap();
            let path = format!("/v1/accounts/{}", account.id);
            let request = caller.request("DELETE", &path).body(Body::empty()).unwrap();
            let has_died = dies_of(&world, request, call, moment).await;
            if world.account(&caller, &account.id).await.is_some() {
                world.call(&caller, "DELETE", &path, None).await.expect(204);
            }
            let again = world.connect_as(&caller, &[("sim_user", &user)]).await;
            assert_ne!(again.id, account.id, "{moment:?} {call}");
            assert_eq!(again.pace, account.pace, "{moment:?} {call}");
            if !has_died {
                break;
            }
        }
    }
}
