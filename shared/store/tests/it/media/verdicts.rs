//! Verdicts, and the events that tell of them.

use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_domain::EventType;
use slipway_store::Write;
use slipway_store::media::NotVerified;

use super::{Table, failed, pending, ready};

#[tokio::test]
async fn what_is_ready_stays_as_it_is() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1");
    table.put(&record).await;
    let mark = async |state| table.verify(&record, state).await.state;
    assert_eq!(mark(failed("\"1\"")).await, failed("\"1\""));
    assert_eq!(mark(failed("\"2\"")).await, failed("\"2\""));
    assert_eq!(mark(ready("\"3\"")).await, ready("\"3\""));
    for late in [failed("\"4\""), ready("\"5\"")] {
        assert_eq!(mark(late).await, ready("\"3\""));
    }
}

#[tokio::test]
async fn of_many_at_once_one_verdict_counts_and_all_learn_it() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1");
    table.put(&record).await;
    let marks = (0..8).map(|n| table.media.mark_verified(&record, ready(&format!("\"{n}\"")), Timestamp::now()));
    let answers: Vec<_> = join_all(marks).await.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|answer| answer == &answers[0] && answer.is_done()), "{answers:#?}");
    assert_eq!(table.events().await.len(), 1);
    assert_eq!(table.usage().await, (1, 4_000_000));
}

#[tokio::test]
async fn a_verdict_on_media_that_is_gone_makes_none() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1");
    let verdict = table.media.mark_verified(&record, ready("\"e\""), Timestamp::now()).await.unwrap();
    assert_eq!((verdict, table.get(&record).await), (Write::Refused(NotVerified::Gone), None));
    assert!(table.events().await.is_empty());
}

#[tokio::test]
async fn a_lost_answer_to_a_verdict_is_made_good_by_the_repetition() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1");
    table.put(&record).await;
    table.bench.deployment.aws().lose_next_answer("DynamoDB.TransactWriteItems", 1);
    assert_eq!(table.verify(&record, ready("\"e\"")).await.state, ready("\"e\""));
    assert_eq!((table.events().await.len(), table.usage().await), (1, (1, 4_000_000)));
}

#[tokio::test]
async fn each_verdict_is_one_event_with_what_a_webhook_tells() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1");
    table.put(&record).await;
    for state in [failed("\"1\""), failed("\"1\""), failed("\"2\""), ready("\"3\""), ready("\"3\""), failed("\"4\"")] {
        table.verify(&record, state).await;
    }
    let events = table.events().await;
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventType::MediaFailed, EventType::MediaFailed, EventType::MediaReady]);
    assert_eq!(
        events[2].data.read::<Value>().unwrap(),
        json!({
            "media_id": "med_1", "status": "ready", "filename": "a.mp4", "content_type": "video/mp4",
            "size_bytes": 4_000_000, "duration_seconds": 1.5, "width": 360, "height": 640, "reasons": [],
        })
    );
    let failed: Value = events[0].data.read().unwrap();
    let reasons = failed["reasons"].as_array().unwrap();
    assert_eq!((reasons.len(), &reasons[0]["measured"], &reasons[2]["allowed"]), (3, &json!(15.5), &json!(null)));
    assert_eq!(failed["duration_seconds"], json!(null));
}
