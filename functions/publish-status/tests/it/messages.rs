//! Messages as they come out of the two queues, through what `main` runs around the step.

use std::time::Duration;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use jiff::Timestamp;
use publish_status::Message;
use serde_json::json;
use slipway_domain::StatusWord;
use slipway_worker::work;

use crate::support::{CHECKS, EVENTS, World, notification, processing, reference};

async fn run(world: &World, records: Vec<SqsMessage>) -> SqsBatchResponse {
    let mut event = SqsEvent::default();
    event.records = records;
    let queues = [&world.status.status_checks, &world.status.tiktok_events];
    let step = async |message, record: &_| world.status.step(message, record, Timestamp::now()).await;
    work(&queues, event, step).await
}

#[test]
fn a_message_of_either_queue_is_read_and_nothing_else_is() {
    let target = json!({"tenant": "ten_1", "post": "post_1", "account": "acc_1"});
    for (message, look) in [(json!({"target": target, "look": 3}), 3), (json!({"target": target}), 0)] {
        match serde_json::from_value(message).unwrap() {
            Message::Check(check) => assert_eq!((check.look, check.target.post.as_str()), (look, "post_1")),
            Message::Notification(event) => panic!("{event:?}"),
        }
    }
    let body = "{ \"event\" : \"x\" }\n";
    match serde_json::from_value(json!({"body": body})).unwrap() {
        Message::Notification(event) => assert_eq!(event.body.as_str(), body),
        Message::Check(check) => panic!("{check:?}"),
    }
    for message in [json!({}), json!({"target": {"tenant": "ten_1"}}), json!({"body": 7}), json!("x")] {
        assert!(serde_json::from_value::<Message>(message.clone()).is_err(), "{message}");
    }
}

#[tokio::test]
async fn a_batch_of_either_queue_is_worked_on_and_only_what_failed_comes_back() {
    let world = World::start().await;
    let (webhook, asked) = (world.target(processing("p")).await, world.waiting_at_tiktok().await);
    let event = |publish_id: &str| {
        let content = json!({"publish_id": publish_id});
        let body = notification("post.publish.complete", &world.account.open_id, Timestamp::now(), &content);
        json!({"body": body})
    };
    let good = world.bench.hand_out(EVENTS, &event("p")).await;
    let early = world.bench.hand_out(EVENTS, &event("unknown")).await;
    let unreadable = world.bench.hand_out(EVENTS, &json!({"nobody": "reads this"})).await;
    let back: Vec<_> = [&early, &unreadable].map(|record| record.message_id.clone().unwrap()).into();
    let response = run(&world, vec![good, early, unreadable]).await;
    let failed: Vec<_> = response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
    assert_eq!(failed, back);
    assert_eq!(world.now(&webhook).await.state.name().as_str(), "published");
    // Sooner than the queue's own time-out: the step's pause was said to the queue that the message came from.
    let sqs = world.bench.deployment.aws().sqs();
    sqs.advance(Duration::from_secs(10));
    assert_eq!(sqs.depth(world.queue_name(EVENTS)).unwrap().visible, 2);

    let check = world.bench.hand_out(CHECKS, &json!({"target": reference(&asked)})).await;
    assert!(run(&world, vec![check]).await.batch_item_failures.is_empty());
    assert_eq!(world.now(&asked).await.tiktok_status.as_ref().map(StatusWord::as_str), Some("PROCESSING_UPLOAD"));
}

#[tokio::test]
async fn a_question_comes_back_to_its_own_queue() {
    let world = World::start().await;
    let target = world.waiting_at_tiktok().await;
    world.bench.deployment.aws().fail_next("DynamoDB.GetItem", 3, 500);
    let check = world.bench.hand_out(CHECKS, &json!({"target": reference(&target)})).await;
    assert_eq!(run(&world, vec![check]).await.batch_item_failures.len(), 1);
    assert!(world.bench.receive_after(CHECKS, Duration::from_secs(10)).await.is_some());
}
