//! An account is disconnected while posts wait for it: they fail at once and say why, and none of them is ever posted.

use std::sync::Arc;
use std::time::Duration;

use aws_stand_in::Moment;
use serde_json::{Value, json};
use tiktok_sim::{Action, Endpoint, Fault};

use crate::support::{Nets, Setup, World, die_at, has_died, until, video_of};

const API: &str = "AccountsFunction";

async fn post(world: &World, id: &str) -> Value {
    world.get(&format!("/v1/posts/{id}")).await.expect(200)
}

#[track_caller]
fn says_why(failed: &Value) {
    assert_eq!(failed["status"], "failed", "{failed:#}");
    let error = &failed["targets"][0]["error"];
    assert_eq!(
        (&error["code"], &error["caused_by"], &error["retryable"]),
        (&json!("account.not_found"), &json!("user"), &json!(false)),
        "{error}"
    );
    assert!(error["message"].as_str().is_some_and(|message| message.contains("disconnected")), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_that_wait_for_a_disconnected_account_fail_at_once_and_say_why() {
    let world = World::new().await;
    let other = world.newcomer().await;
    let media = world.upload(video_of(200_000)).await;
    let mut waiting = vec![
        world.schedule(&world.account, &media, "tomorrow", 86_400).await,
        world.schedule(&world.account, &media, "the day after", 172_800).await,
    ];
    let of_the_other = world.schedule(&other, &media, "tomorrow", 86_400).await;
    // One waits because TikTok has no room.
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::RateLimited).times(1));
    let deferred = world.publish(&media).await;
    let waits = until(Duration::from_secs(30), async || {
        (post(&world, &deferred).await["targets"][0]["metadata"]["state"] == "deferred").then_some(())
    });
    waits.await.expect("it waits");
    waiting.push(deferred);
    let mut draft = world.body(&media, "kept");
    draft.as_object_mut().unwrap().remove("publish_now");
    let draft = world.post("/v1/posts", draft).await.expect(201)["id"].as_str().unwrap().to_owned();
    let inits = world.tiktok.ledger().requests_to(Endpoint::VideoInit).len();

    world.disconnect(&world.account).await.expect(204);
    for id in &waiting {
        says_why(&post(&world, id).await);
    }
    assert_eq!(post(&world, &of_the_other).await["status"], "scheduled");
    assert_eq!(post(&world, &draft).await["status"], "draft", "nobody asked for it to be published");
    assert!(world.tiktok.ledger().grants[0].revoked, "TikTok was told");
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).len(), inits, "nothing reached TikTok");
}

/// Kills the API at every call to AWS of a disconnection, in turn, before and after it. What becomes of the posts then
/// is left to a client that repeats its call, and every other time to the sweep.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_at_any_step_of_a_disconnection_leaves_no_waiting_post() {
    let world = Arc::new(World::with(Setup { no_webhook: true, ..Setup::default() }).await);
    let media = world.upload(video_of(200_000)).await;
    let (mut waited, mut crashes) = (Vec::new(), 0);
    for moment in [Moment::Before, Moment::After] {
        for call in 1.. {
            let account = world.newcomer().await;
            let mut posts = Vec::new();
            for text in ["one", "two"] {
                posts.push(world.schedule(&account, &media, text, 600).await);
            }
            die_at(&world, &[API], call, moment);
            let answer = world.disconnect(&account).await;
            let reached = has_died(&world, call);
            if !reached {
                answer.expect(204);
            }
            let is_gone = world.get(&format!("/v1/accounts/{account}")).await.status == 404;
            if reached && (!is_gone || call % 2 == 0) {
                world.disconnect(&account).await.expect(if is_gone { 404 } else { 204 });
            }
            if !reached || !is_gone || call % 2 == 0 {
                for id in &posts {
                    says_why(&post(&world, id).await);
                }
            }
            waited.append(&mut posts);
            if !reached {
                break;
            }
            crashes += 1;
        }
    }
    assert!(crashes >= 16, "only {crashes} crashes");
    for id in &waited {
        says_why(&world.until_post_by(Nets::All, id, "failed").await);
    }
    assert!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).is_empty(), "nothing reached TikTok");
}

/// Kills the API at every call to AWS of a brand's deletion, in turn. A client that repeats its call ends it; what it can't
/// know any more fails when it is due.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_at_any_step_of_a_brands_deletion_is_made_good_by_a_repeat() {
    let world = Arc::new(World::with(Setup { no_webhook: true, ..Setup::default() }).await);
    let media = world.upload(video_of(200_000)).await;
    let (mut waited, mut crashes) = (Vec::new(), 0);
    for (moment, call) in (1..).flat_map(|call| [(Moment::Before, call), (Moment::After, call)]) {
        let brand = world.post("/v1/brands", json!({"name": "b"})).await.expect(201);
        let at = format!("/v1/brands/{}", brand["id"].as_str().unwrap());
        let account = world.newcomer_of(brand["id"].as_str().unwrap()).await;
        waited.push(world.schedule(&account, &media, "tomorrow", 600).await);
        die_at(&world, &[API], call, moment);
        let answer = world.delete(&at).await;
        if has_died(&world, call) {
            crashes += 1;
            let again = world.delete(&at).await;
            assert!([204, 404].contains(&again.status), "{moment:?} {call}: {:#}", again.body);
        } else {
            answer.expect(204);
        }
        assert_eq!(world.get(&format!("/v1/accounts/{account}")).await.status, 404, "{moment:?} {call}");
        assert_eq!(world.delete(&at).await.status, 404, "{moment:?} {call}");
        if moment == Moment::After && crashes < 2 * usize::try_from(call).unwrap() {
            break;
        }
    }
    assert!(crashes >= 20, "only {crashes} crashes");
    let brands = world.get("/v1/brands").await.expect(200);
    assert_eq!(brands["data"].as_array().unwrap().len(), 1, "{brands:#}");
    let grants = world.tiktok.ledger().grants;
    assert!(grants.iter().skip(1).all(|grant| grant.revoked), "TikTok was told");
    for id in &waited {
        says_why(&world.until_post_by(Nets::All, id, "failed").await);
    }
    assert!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).is_empty(), "nothing reached TikTok");
}
