//! Events about a publish that we do not find: our index lags by moments, or the publish is not ours.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use slipway_worker::Handled;

use crate::support::{EVENTS, World, notification, processing};

const LONGEST: Duration = Duration::from_mins(2);
/// The step alone does not shorten how long its queue hides a message.
const HIDDEN: Duration = Duration::from_mins(7);

fn body(world: &World) -> serde_json::Value {
    let content = json!({"publish_id": "p", "publish_type": "DIRECT_PUBLISH"});
    json!({"body": notification("post.publish.complete", &world.account.open_id, Timestamp::now(), &content)})
}

#[tokio::test]
async fn an_event_about_an_unknown_publish_comes_back_ever_later_then_no_more() {
    let world = World::start().await;
    let mut record = world.bench.hand_out(EVENTS, &body(&world)).await;
    let mut pauses = Vec::new();
    while let Handled::Again(pause) = world.step(&record, Timestamp::now()).await {
        pauses.push(pause);
        assert!(pauses.len() < 10, "before SQS takes it for a dead letter");
        record = world.bench.receive_after(EVENTS, HIDDEN).await.unwrap();
    }
    assert!(pauses.is_sorted_by(|one, next| one < next), "{pauses:?}");
    assert!((3..=8).contains(&pauses.len()), "{pauses:?}");
    assert!(pauses[0] <= Duration::from_secs(5) && pauses.iter().all(|pause| *pause <= LONGEST), "{pauses:?}");
    let waited: Duration = pauses.iter().sum();
    assert!(waited >= Duration::from_secs(30), "long enough for any index: {waited:?}");
}

#[tokio::test]
async fn an_event_that_came_before_our_own_write_comes_back_and_is_brought_in() {
    let world = World::start().await;
    let record = world.bench.hand_out(EVENTS, &body(&world)).await;
    assert!(matches!(world.step(&record, Timestamp::now()).await, Handled::Again(_)));
    let target = world.target(processing("p")).await;
    let record = world.bench.receive_after(EVENTS, HIDDEN).await.unwrap();
    assert_eq!(world.step(&record, Timestamp::now()).await, Handled::Done);
    assert_eq!(world.now(&target).await.state.name().as_str(), "published");
}

#[tokio::test]
async fn a_delivery_without_a_readable_count_is_taken_for_the_first() {
    let world = World::start().await;
    let first = world.bench.hand_out(EVENTS, &body(&world)).await;
    let expected = world.step(&first, Timestamp::now()).await;
    assert!(matches!(expected, Handled::Again(_)), "{expected:?}");
    for count in [None, Some("many")] {
        let mut record = first.clone();
        record.attributes.remove("ApproximateReceiveCount");
        record.attributes.extend(count.map(|count| ("ApproximateReceiveCount".to_owned(), count.to_owned())));
        assert_eq!(world.step(&record, Timestamp::now()).await, expected, "{count:?}");
    }
}
