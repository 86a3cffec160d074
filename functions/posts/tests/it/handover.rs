//! What is handed over to the workers, and what becomes of it if that fails.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::{Reach, TargetState};
use slipway_store::accounts::AccountRecord;
use slipway_store::posts::{DueTarget, PostWithTargets};

use crate::world::{World, anybodys, with};

fn names(kept: &PostWithTargets) -> Value {
    let target = &kept.targets[0];
    json!({"tenant": target.tenant, "post": target.post, "account": target.account})
}

#[tokio::test]
async fn only_what_is_to_be_published_now_is_handed_over() {
    let world = World::start().await;
    let tomorrow = (Timestamp::now() + SignedDuration::from_hours(24)).to_string();
    let body = |name: &str, changes: &[(&str, Value)]| with(world.owner.body(name), changes);
    for (body, sent) in [
        (body("A draft", &[("/publish_now", json!(false))]), 0),
        (body("Scheduled", &[("/publish_now", Value::Null), ("/scheduled_at", json!(tomorrow))]), 0),
        (body("Now", &[]), 1),
    ] {
        let id = World::made(&world.post(&world.owner.caller, &body).await);
        let messages = world.bench.messages("TransfersQueue");
        assert_eq!(messages.len(), sent, "{body}");
        if sent == 1 {
            assert_eq!(messages[0]["target"], names(&world.kept(&world.bench.tenant, &id).await));
        }
    }
}

#[tokio::test]
async fn a_post_whose_time_is_near_is_handed_over_to_come_at_its_second() {
    let world = World::start().await;
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    for (minutes, sent) in [(13, 1), (16, 0)] {
        let at = now + SignedDuration::from_mins(minutes);
        let body = world.owner.body(&format!("In {minutes} minutes"));
        let body = with(body, &[("/publish_now", Value::Null), ("/scheduled_at", json!(at.to_string()))]);
        let id = World::made(&world.post(&world.owner.caller, &body).await);
        let target = world.kept(&world.bench.tenant, &id).await.targets.remove(0);
        assert_eq!(target.state, TargetState::Scheduled { at });
        let messages = world.bench.sent("TransfersQueue");
        assert_eq!(messages.len(), sent, "in {minutes} minutes");
        let (beginning, net) = (world.bench.owner.posts.beginning(at, 100), world.bench.owner.posts.due(at, 100));
        let (beginning, net) = (beginning.await.unwrap(), net.await.unwrap());
        if let [message] = &messages[..] {
            let comes = Timestamp::now() + SignedDuration::try_from(message.delay).unwrap();
            assert!(
                comes >= at - SignedDuration::from_secs(1) && comes <= at + SignedDuration::from_secs(3),
                "{comes}"
            );
            assert_eq!(
                (target.due_at, beginning.len(), net.len()),
                (Some((at + SignedDuration::from_secs(30)).into()), 0, 0)
            );
            world.bench.deployment.aws().sqs().purge(world.bench.deployment.queue("TransfersQueue").unwrap()).unwrap();
        } else {
            assert_eq!((target.due_at, beginning.len()), (Some(at.into()), 1), "the sweep hands it over");
        }
    }
}

#[tokio::test]
async fn a_target_is_given_up_a_day_after_its_own_time() {
    let world = World::start().await;
    let at = Timestamp::from_second(Timestamp::now().as_second()).unwrap() + SignedDuration::from_hours(72);
    let later = json!(at.to_string());
    let scheduled = with(world.owner.body("Scheduled"), &[("/publish_now", Value::Null), ("/scheduled_at", later)]);
    for (body, starts_at) in [(scheduled, Some(at)), (world.owner.body("Now"), None)] {
        let id = World::made(&world.post(&world.owner.caller, &body).await);
        let kept = world.kept(&world.bench.tenant, &id).await;
        let starts_at = starts_at.unwrap_or(kept.post.created_at);
        assert_eq!(kept.targets[0].give_up_at, starts_at + SignedDuration::from_hours(24), "{body}");
    }
}

#[tokio::test]
async fn a_post_stands_at_its_first_time_and_keeps_its_media_beyond_its_last() {
    let world = World::start().await;
    let (owner, other) = (&world.owner, world.account().await);
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let [first, last] = [24, 24 * 60].map(|hours| now + SignedDuration::from_hours(hours));
    for (name, times) in [("One order", [first, last]), ("The other", [last, first])] {
        let target =
            |account: &AccountRecord, at: Timestamp| json!({"account_id": account.id, "scheduled_at": at.to_string()});
        let targets = json!([target(&owner.account, times[0]), target(&other, times[1])]);
        let body = with(owner.body(name), &[("/targets", targets), ("/publish_now", Value::Null)]);
        let id = World::made(&world.post(&owner.caller, &body).await);
        assert_eq!(world.kept(&world.bench.tenant, &id).await.post.scheduled_at, Some(first), "{name}");
        let due = world.bench.media_now(&owner.media).await.due_at;
        assert!(due > last.into(), "{name}: the media's sweep comes at {due:?}");
    }
}

#[tokio::test]
async fn a_message_that_can_not_be_sent_is_no_error_since_the_sweep_helps() {
    let world = World::start().await;
    // Refused for good, and again and again.
    for (status, times) in [(403, 1), (503, 3)] {
        world.bench.deployment.aws().fail_next("SQS.SendMessage", times, status);
        let answer = world.post(&world.owner.caller, &world.owner.body(&format!("Refused with {status}"))).await;
        let kept = world.kept(&world.bench.tenant, &World::made(&answer)).await;
        assert_eq!(answer.json()["warnings"], json!([]), "it is published all the same");
        let target = &kept.targets[0];
        assert!(matches!(target.state, TargetState::Queued { attempt: 0 }));
        let due = target.due_at.unwrap().moment().unwrap();
        assert!(due > kept.post.created_at && due <= kept.post.created_at + SignedDuration::from_mins(1), "{due}");
        let found = world.bench.owner.posts.due(due, 100).await.unwrap();
        let found = found.into_iter().find(|found| found.post == target.post);
        let expected = DueTarget {
            tenant: Some(world.bench.tenant.clone()),
            post: target.post.clone(),
            account: target.account.clone(),
            at: target.due_at.unwrap(),
        };
        assert_eq!(found, Some(expected));
    }
    assert_eq!(world.bench.messages("TransfersQueue"), [Value::Null; 0]);
}

#[tokio::test]
async fn an_import_that_can_not_be_handed_over_is_no_error() {
    let world = World::start().await;
    world.bench.deployment.aws().fail_next("SQS.SendMessage", 1, 403);
    let answer = world.post(&world.owner.caller, &anybodys("From afar")).await;
    let kept = world.kept(&world.bench.tenant, &World::made(&answer)).await;
    let media = kept.targets[0].media()[0].id().clone();
    let record = world.bench.owner.media.get(&Reach::whole(&world.bench.tenant), &media).await.unwrap().unwrap();
    let due = record.due_at.moment().unwrap();
    assert!(due <= kept.post.created_at + SignedDuration::from_mins(5), "{due}");
    let found = world.bench.owner.media.due(due, 100).await.unwrap();
    assert!(found.contains(&(world.bench.tenant.clone(), media.clone())));
    assert_eq!(world.bench.messages("ImportsQueue"), [Value::Null; 0]);
    // Otherwise it is: once for the media, and for no target, which has nothing to send yet.
    let answer = world.post(&world.owner.caller, &anybodys("From afar again")).await;
    World::made(&answer);
    assert_eq!(world.bench.messages("ImportsQueue").len(), 1);
    assert_eq!(world.bench.messages("TransfersQueue").len(), 2, "it waits until its media is there");
}
