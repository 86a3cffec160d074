//! The queues as an event source mapping uses them.

use std::collections::HashMap;
use std::time::Duration;

use aws_stand_in::{AwsStandIn, NewMessage, Options, QueueSpec, Redrive, SqsError};

const SOON: Duration = Duration::from_secs(20);

async fn started() -> AwsStandIn {
    let aws = AwsStandIn::start(Options::default()).await.unwrap();
    aws.sqs().create_queue(&QueueSpec::new("q")).unwrap();
    aws
}

fn of_group(group: &str, body: &str) -> NewMessage {
    NewMessage { group_id: Some(group.to_owned()), ..NewMessage::new(body) }
}

#[tokio::test]
async fn a_poll_is_woken_by_a_send_by_a_message_shown_again_and_by_the_clock() {
    let aws = started().await;
    let sqs = aws.sqs();

    let (received, sent) = tokio::join!(sqs.receive("q", 10, SOON), async { sqs.send("q", &NewMessage::new("a")) });
    sent.unwrap();
    let first = received.unwrap().remove(0);

    let (received, changed) = tokio::join!(sqs.receive("q", 10, SOON), async {
        sqs.change_visibility("q", &first.receipt_handle, Duration::ZERO)
    });
    changed.unwrap();
    let second = received.unwrap().remove(0);
    assert_eq!(second.attributes["ApproximateReceiveCount"], "2");

    let (received, ()) = tokio::join!(sqs.receive("q", 10, SOON), async { sqs.advance(Duration::from_secs(30)) });
    assert_eq!(received.unwrap()[0].attributes["ApproximateReceiveCount"], "3");

    // A second of real time at most: nothing but the end of its delay wakes this one.
    let late = NewMessage { delay: Some(Duration::from_secs(1)), ..NewMessage::new("late") };
    sqs.send("q", &late).unwrap();
    assert_eq!(sqs.receive("q", 10, SOON).await.unwrap()[0].body, "late");
}

#[tokio::test]
async fn of_many_concurrent_receivers_each_message_has_one() {
    let aws = started().await;
    for number in 0..100 {
        aws.sqs().send("q", &NewMessage::new(number.to_string())).unwrap();
    }
    let receivers: Vec<_> = (0..20)
        .map(|_| {
            let sqs = aws.sqs().clone();
            tokio::spawn(async move { sqs.receive("q", 10, Duration::ZERO).await.unwrap() })
        })
        .collect();
    let mut seen = HashMap::<String, u32>::new();
    for receiver in receivers {
        for message in receiver.await.unwrap() {
            *seen.entry(message.body).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), 100);
    assert!(seen.values().all(|times| *times == 1));
}

#[tokio::test]
async fn a_doubled_delivery_comes_again_even_after_the_first_was_deleted() {
    let aws = started().await;
    let sqs = aws.sqs();
    sqs.duplicate_next("q");
    let sent = sqs.send("q", &NewMessage::new("x")).unwrap();
    let first = sqs.receive("q", 10, Duration::ZERO).await.unwrap().remove(0);
    sqs.delete("q", &first.receipt_handle).unwrap();
    let second = sqs.receive("q", 10, Duration::ZERO).await.unwrap().remove(0);
    assert_eq!([&first.message_id, &second.message_id], [&sent.message_id; 2]);
    sqs.delete("q", &second.receipt_handle).unwrap();
    assert_eq!(sqs.depth("q").unwrap().total(), 0);
}

#[tokio::test]
async fn one_tenant_s_many_messages_do_not_delay_another_s_one() {
    let aws = started().await;
    let sqs = aws.sqs();
    for number in 0..100 {
        sqs.send("q", &of_group("busy", &number.to_string())).unwrap();
    }
    for _ in 0..5 {
        assert_eq!(sqs.receive("q", 10, Duration::ZERO).await.unwrap().len(), 10);
    }
    sqs.send("q", &of_group("quiet", "one")).unwrap();
    assert_eq!(sqs.receive("q", 1, Duration::ZERO).await.unwrap()[0].body, "one");
}

#[tokio::test]
async fn without_groups_messages_come_in_the_order_they_were_sent() {
    let aws = started().await;
    for number in 0..5 {
        aws.sqs().send("q", &NewMessage::new(number.to_string())).unwrap();
    }
    let bodies: Vec<String> =
        aws.sqs().receive("q", 10, Duration::ZERO).await.unwrap().into_iter().map(|message| message.body).collect();
    assert_eq!(bodies, ["0", "1", "2", "3", "4"]);
    assert_eq!(aws.sqs().peek("q").unwrap(), bodies);
}

#[tokio::test]
async fn what_waits_is_shown_with_its_group_and_its_delay() {
    let aws = started().await;
    let delayed = NewMessage { delay: Some(Duration::from_mins(1)), ..of_group("tenant", "later") };
    aws.sqs().send("q", &NewMessage::new("now")).unwrap();
    aws.sqs().send("q", &delayed).unwrap();
    let waiting = aws.sqs().waiting("q").unwrap();
    let shown: Vec<_> =
        waiting.iter().map(|one| (one.body.as_str(), one.group_id.as_deref(), one.hidden_for.as_secs())).collect();
    assert_eq!(shown, [("now", None, 0), ("later", Some("tenant"), 60)]);
}

#[tokio::test]
async fn creating_a_queue_again_changes_its_settings_and_keeps_its_messages() {
    let aws = started().await;
    let sqs = aws.sqs();
    sqs.send("q", &NewMessage::new("kept")).unwrap();
    let dead = QueueSpec::new("dead");
    let again = QueueSpec {
        visibility_timeout: Duration::from_mins(5),
        redrive: Some(Redrive { dead_letter_queue: "dead".to_owned(), max_receive_count: 1 }),
        ..QueueSpec::new("q")
    };
    assert!(matches!(sqs.create_queue(&again), Err(SqsError::QueueDoesNotExist)));
    sqs.create_queue(&dead).unwrap();
    sqs.create_queue(&again).unwrap();
    sqs.receive("q", 1, Duration::ZERO).await.unwrap();
    sqs.advance(Duration::from_secs(299));
    assert_eq!(sqs.depth("q").unwrap().in_flight, 1);

    // The poll on the dead-letter queue is woken by the receive that moves the message there.
    sqs.advance(Duration::from_secs(1));
    let (letter, live) = tokio::join!(sqs.receive("dead", 1, SOON), sqs.receive("q", 1, Duration::ZERO));
    assert_eq!(letter.unwrap()[0].body, "kept");
    assert!(live.unwrap().is_empty());
}

#[tokio::test]
async fn a_queue_outside_sqs_s_limits_is_refused() {
    let aws = started().await;
    let good = QueueSpec::new("fine");
    for bad in [
        QueueSpec::new("no spaces"),
        QueueSpec::new(""),
        QueueSpec::new("orders.fifo"),
        QueueSpec { visibility_timeout: Duration::from_secs(43_201), ..good.clone() },
        QueueSpec { delay: Duration::from_secs(901), ..good.clone() },
        QueueSpec { delay: Duration::from_millis(500), ..good.clone() },
        QueueSpec { retention: Duration::from_secs(59), ..good.clone() },
        QueueSpec { max_message_bytes: 1_048_577, ..good.clone() },
    ] {
        assert!(
            matches!(
                aws.sqs().create_queue(&bad),
                Err(SqsError::InvalidParameterValue(_) | SqsError::InvalidAttributeValue(_))
            ),
            "{bad:?}"
        );
    }
    aws.sqs().create_queue(&good).unwrap();
}
