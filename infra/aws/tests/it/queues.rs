use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::operation::receive_message::ReceiveMessageError;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message, MessageAttributeValue,
    MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
};
use s3s::crypto::{Checksum as _, Md5};

use crate::support::{Stack, code};

const MIB: usize = 1_048_576;

async fn send(stack: &Stack, url: &str, body: &str) {
    stack.sqs.send_message().queue_url(url).message_body(body).send().await.unwrap();
}

async fn receive(stack: &Stack, url: &str) -> Vec<Message> {
    let request = stack.sqs.receive_message().queue_url(url).max_number_of_messages(10);
    request
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .send()
        .await
        .unwrap()
        .messages
        .unwrap_or_default()
}

fn receive_count(message: &Message) -> &str {
    &message.attributes.as_ref().unwrap()[&MessageSystemAttributeName::ApproximateReceiveCount]
}

fn entry(id: &str, body: String) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
}

#[tokio::test]
async fn a_message_is_hidden_while_received_and_gone_when_deleted() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    let sent = stack
        .sqs
        .send_message()
        .queue_url(&url)
        .message_body("hello 🎬")
        .message_group_id("tenant-1")
        .message_attributes(
            "traceparent",
            MessageAttributeValue::builder().data_type("String").string_value("00-ab").build().unwrap(),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(sent.md5_of_message_body.unwrap(), hex::encode(Md5::checksum("hello 🎬".as_bytes())));

    let request = stack.sqs.receive_message().queue_url(&url).message_attribute_names("All");
    let received = request.message_system_attribute_names(MessageSystemAttributeName::All).send().await.unwrap();
    let message = &received.messages()[0];
    assert_eq!(message.message_id, sent.message_id);
    assert_eq!(message.body.as_deref(), Some("hello 🎬"));
    assert_eq!(message.md5_of_message_attributes, sent.md5_of_message_attributes);
    assert_eq!(message.message_attributes.as_ref().unwrap()["traceparent"].string_value.as_deref(), Some("00-ab"));
    let attributes = message.attributes.as_ref().unwrap();
    assert_eq!(attributes[&MessageSystemAttributeName::ApproximateReceiveCount], "1");
    assert_eq!(attributes[&MessageSystemAttributeName::MessageGroupId], "tenant-1");
    for time in
        [MessageSystemAttributeName::SentTimestamp, MessageSystemAttributeName::ApproximateFirstReceiveTimestamp]
    {
        assert!(attributes[&time].parse::<i64>().unwrap() > 1_700_000_000_000);
    }
    assert!(receive(&stack, &url).await.is_empty());

    let delete =
        || stack.sqs.delete_message().queue_url(&url).receipt_handle(message.receipt_handle.as_deref().unwrap()).send();
    delete().await.unwrap();
    delete().await.unwrap();
    stack.aws.sqs().advance(Duration::from_secs(31));
    assert!(receive(&stack, &url).await.is_empty());
}

#[tokio::test]
async fn attributes_are_only_shown_when_asked_for() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    let attribute = || MessageAttributeValue::builder().data_type("Number.int").string_value("7").build().unwrap();
    stack
        .sqs
        .send_message()
        .queue_url(&url)
        .message_body("x")
        .message_attributes("trace.a", attribute())
        .message_attributes("other", attribute())
        .send()
        .await
        .unwrap();
    let take = || stack.sqs.receive_message().queue_url(&url).visibility_timeout(0);
    let plain = take().send().await.unwrap().messages.unwrap().remove(0);
    assert_eq!((plain.attributes, plain.message_attributes, plain.md5_of_message_attributes), (None, None, None));
    let some = take().message_attribute_names("trace.*").send().await.unwrap().messages.unwrap().remove(0);
    assert_eq!(some.message_attributes.unwrap().keys().collect::<Vec<_>>(), ["trace.a"]);
}

#[tokio::test]
async fn a_returned_message_has_a_new_handle_and_the_old_one_deletes_nothing() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    send(&stack, &url, "x").await;
    let first = receive(&stack, &url).await.remove(0);
    stack.aws.sqs().advance(Duration::from_secs(30));
    let second = receive(&stack, &url).await.remove(0);
    assert_eq!(first.message_id, second.message_id);
    assert_ne!(first.receipt_handle, second.receipt_handle);
    assert_eq!(receive_count(&second), "2");

    let delete = |message: &Message| {
        stack.sqs.delete_message().queue_url(&url).receipt_handle(message.receipt_handle.clone().unwrap()).send()
    };
    delete(&first).await.unwrap();
    assert_eq!(stack.aws.sqs().depth("q").unwrap().in_flight, 1);
    delete(&second).await.unwrap();
    assert_eq!(stack.aws.sqs().depth("q").unwrap().total(), 0);
}

#[tokio::test]
async fn visibility_is_changed_for_messages_in_flight_within_twelve_hours() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    send(&stack, &url, "x").await;
    let message = receive(&stack, &url).await.remove(0);
    let change = |seconds| {
        stack
            .sqs
            .change_message_visibility()
            .queue_url(&url)
            .receipt_handle(message.receipt_handle.clone().unwrap())
            .visibility_timeout(seconds)
            .send()
    };
    change(100).await.unwrap();
    stack.aws.sqs().advance(Duration::from_secs(99));
    assert!(receive(&stack, &url).await.is_empty());
    assert_eq!(code(change(43_201).await), "InvalidParameterValue");
    assert_eq!(code(change(-1).await), "InvalidParameterValue");
    // Twelve hours from the receive, 99 s of which have passed.
    assert_eq!(code(change(43_150).await), "InvalidParameterValue");
    change(0).await.unwrap();
    assert_eq!(code(change(5).await), "AWS.SimpleQueueService.MessageNotInflight");
    assert_eq!(receive(&stack, &url).await.len(), 1);
    // Somebody else has it now.
    assert_eq!(code(change(5).await), "InvalidParameterValue");

    let nonsense = stack.sqs.delete_message().queue_url(&url).receipt_handle("nonsense").send().await;
    assert_eq!(code(nonsense), "ReceiptHandleIsInvalid");
}

#[tokio::test]
async fn a_message_received_too_often_goes_to_the_dead_letter_queue() {
    let stack = Stack::start().await;
    let dead = stack.queue("dead").await;
    let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":"2"}"#;
    let live = stack
        .sqs
        .create_queue()
        .queue_name("live")
        .attributes(QueueAttributeName::RedrivePolicy, policy)
        .attributes(QueueAttributeName::VisibilityTimeout, "60")
        .send()
        .await
        .unwrap()
        .queue_url
        .unwrap();
    send(&stack, &live, "poison").await;
    for count in ["1", "2"] {
        assert_eq!(receive_count(&receive(&stack, &live).await[0]), count);
        assert!(receive(&stack, &dead).await.is_empty());
        stack.aws.sqs().advance(Duration::from_mins(1));
    }
    assert!(receive(&stack, &live).await.is_empty());
    let letter = receive(&stack, &dead).await.remove(0);
    assert_eq!(letter.body.as_deref(), Some("poison"));
    assert_eq!(
        letter.attributes.unwrap()[&MessageSystemAttributeName::DeadLetterQueueSourceArn],
        "arn:aws:sqs:us-east-1:000000000000:live"
    );
    assert_eq!(stack.aws.sqs().depth("live").unwrap().total(), 0);
}

#[tokio::test]
async fn a_long_poll_ends_with_the_first_message_and_else_with_its_time() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    let poll = stack.sqs.receive_message().queue_url(&url).wait_time_seconds(20).send();
    let (received, ()) = tokio::join!(poll, send(&stack, &url, "at last"));
    assert_eq!(received.unwrap().messages()[0].body.as_deref(), Some("at last"));
    let empty = stack.sqs.receive_message().queue_url(&url).wait_time_seconds(1).send().await.unwrap();
    assert!(empty.messages().is_empty());

    let wait = |seconds| stack.sqs.receive_message().queue_url(&url).wait_time_seconds(seconds).send();
    assert_eq!(code(wait(21).await), "InvalidParameterValue");
}

#[tokio::test]
async fn delays_are_kept_and_limited_to_fifteen_minutes() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    let delayed =
        |seconds| stack.sqs.send_message().queue_url(&url).message_body("later").delay_seconds(seconds).send();
    delayed(900).await.unwrap();
    assert_eq!(code(delayed(901).await), "InvalidParameterValue");
    assert_eq!(code(delayed(-1).await), "InvalidParameterValue");
    assert_eq!(stack.aws.sqs().depth("q").unwrap().delayed, 1);
    stack.aws.sqs().advance(Duration::from_secs(895));
    assert!(receive(&stack, &url).await.is_empty());
    stack.aws.sqs().advance(Duration::from_secs(5));
    assert_eq!(receive(&stack, &url).await.len(), 1);
}

#[tokio::test]
async fn bodies_are_limited_to_a_mebibyte_and_to_characters_that_sqs_carries() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    let send = |body: String| stack.sqs.send_message().queue_url(&url).message_body(body).send();
    send("x".repeat(MIB)).await.unwrap();
    assert_eq!(code(send("x".repeat(MIB + 1)).await), "InvalidParameterValue");
    assert_eq!(code(send(String::new()).await), "MissingParameter");
    assert_eq!(code(send("a\u{0}b".to_owned()).await), "InvalidMessageContents");
    let attribute = MessageAttributeValue::builder().data_type("String").string_value("y").build().unwrap();
    let with_attribute = stack.sqs.send_message().queue_url(&url).message_body("x".repeat(MIB - 7));
    assert_eq!(code(with_attribute.message_attributes("a", attribute).send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn a_batch_is_refused_as_a_whole_for_its_number_size_or_ids() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    let batch = |entries| stack.sqs.send_message_batch().queue_url(&url).set_entries(Some(entries)).send();
    let numbered = |count: usize| (0..count).map(|number| entry(&format!("m{number}"), "x".to_owned())).collect();

    let sent = batch(numbered(10)).await.unwrap();
    assert_eq!((sent.successful.len(), sent.failed.len()), (10, 0));
    assert_eq!(code(batch(numbered(11)).await), "AWS.SimpleQueueService.TooManyEntriesInBatchRequest");
    assert_eq!(code(batch(vec![]).await), "AWS.SimpleQueueService.EmptyBatchRequest");
    let twins = vec![entry("same", "x".to_owned()), entry("same", "y".to_owned())];
    assert_eq!(code(batch(twins).await), "AWS.SimpleQueueService.BatchEntryIdsNotDistinct");
    assert_eq!(
        code(batch(vec![entry("no spaces", "x".to_owned())]).await),
        "AWS.SimpleQueueService.InvalidBatchEntryId"
    );
    let halves = |each: usize| vec![entry("a", "x".repeat(each)), entry("b", "y".repeat(each))];
    batch(halves(MIB / 2)).await.unwrap();
    assert_eq!(code(batch(halves(MIB / 2 + 1)).await), "AWS.SimpleQueueService.BatchRequestTooLong");
    assert_eq!(stack.aws.sqs().depth("q").unwrap().visible, 12);
}

#[tokio::test]
async fn the_entries_of_a_batch_succeed_and_fail_one_by_one() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    let late = SendMessageBatchRequestEntry::builder().id("late").message_body("x").delay_seconds(901).build().unwrap();
    let sent = stack
        .sqs
        .send_message_batch()
        .queue_url(&url)
        .entries(entry("fine", "x".to_owned()))
        .entries(late)
        .entries(entry("odd", "\u{1}".to_owned()))
        .send()
        .await
        .unwrap();
    assert_eq!(sent.successful[0].id, "fine");
    let failed: HashMap<&str, &str> = sent.failed.iter().map(|f| (f.id.as_str(), f.code.as_str())).collect();
    assert_eq!(failed, HashMap::from([("late", "InvalidParameterValue"), ("odd", "InvalidMessageContents")]));
    assert!(sent.failed.iter().all(|failed| failed.sender_fault));

    let handle = receive(&stack, &url).await.remove(0).receipt_handle.unwrap();
    let change = |id: &str, handle: &str, seconds| {
        ChangeMessageVisibilityBatchRequestEntry::builder()
            .id(id)
            .receipt_handle(handle)
            .visibility_timeout(seconds)
            .build()
            .unwrap()
    };
    let changed = stack
        .sqs
        .change_message_visibility_batch()
        .queue_url(&url)
        .entries(change("good", &handle, 0))
        .entries(change("bad", "nonsense", 0))
        .send()
        .await
        .unwrap();
    assert_eq!((changed.successful[0].id.as_str(), changed.failed[0].id.as_str()), ("good", "bad"));

    let handle = receive(&stack, &url).await.remove(0).receipt_handle.unwrap();
    let delete = |id: &str, handle: &str| {
        DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle).build().unwrap()
    };
    let deleted = stack
        .sqs
        .delete_message_batch()
        .queue_url(&url)
        .entries(delete("good", &handle))
        .entries(delete("bad", "nonsense"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (deleted.successful[0].id.as_str(), deleted.failed[0].code.as_str()),
        ("good", "ReceiptHandleIsInvalid")
    );
}

#[tokio::test]
async fn a_receive_takes_one_to_ten_messages() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    for number in 0..12 {
        send(&stack, &url, &number.to_string()).await;
    }
    let take = |max| stack.sqs.receive_message().queue_url(&url).max_number_of_messages(max).send();
    for max in [0, 11, -1] {
        assert_eq!(code(take(max).await), "InvalidParameterValue");
    }
    assert_eq!(take(10).await.unwrap().messages().len(), 10);
    assert_eq!(stack.sqs.receive_message().queue_url(&url).send().await.unwrap().messages().len(), 1);
    let depth = stack.aws.sqs().depth("q").unwrap();
    assert_eq!((depth.visible, depth.in_flight), (1, 11));
}

#[tokio::test]
async fn settings_are_checked_kept_and_shown() {
    let stack = Stack::start().await;
    let create =
        |name: QueueAttributeName, value: &str| stack.sqs.create_queue().queue_name("q").attributes(name, value).send();
    for (name, value) in [
        (QueueAttributeName::VisibilityTimeout, "43201"),
        (QueueAttributeName::DelaySeconds, "901"),
        (QueueAttributeName::MessageRetentionPeriod, "59"),
        (QueueAttributeName::MessageRetentionPeriod, "1209601"),
        (QueueAttributeName::ReceiveMessageWaitTimeSeconds, "21"),
        (QueueAttributeName::MaximumMessageSize, "1048577"),
        (QueueAttributeName::RedrivePolicy, "{}"),
    ] {
        assert_eq!(code(create(name.clone(), value).await), "InvalidAttributeValue", "{name} {value}");
    }
    let url = create(QueueAttributeName::VisibilityTimeout, "300").await.unwrap().queue_url.unwrap();
    assert_eq!(create(QueueAttributeName::VisibilityTimeout, "300").await.unwrap().queue_url.as_ref(), Some(&url));
    assert_eq!(code(create(QueueAttributeName::VisibilityTimeout, "301").await), "QueueAlreadyExists");
    let named = stack.sqs.get_queue_url().queue_name("q").send().await.unwrap();
    assert_eq!(named.queue_url.as_ref(), Some(&url));

    send(&stack, &url, "x").await;
    let shown = stack.sqs.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All).send().await;
    let shown = shown.unwrap().attributes.unwrap();
    assert_eq!(shown[&QueueAttributeName::VisibilityTimeout], "300");
    assert_eq!(shown[&QueueAttributeName::ApproximateNumberOfMessages], "1");
    assert_eq!(shown[&QueueAttributeName::QueueArn], "arn:aws:sqs:us-east-1:000000000000:q");
    let odd = stack.sqs.get_queue_attributes().queue_url(&url).attribute_names("Colour".into()).send().await;
    assert_eq!(code(odd), "InvalidAttributeName");

    stack.sqs.purge_queue().queue_url(&url).send().await.unwrap();
    assert_eq!(stack.aws.sqs().depth("q").unwrap().total(), 0);
}

#[tokio::test]
async fn messages_end_with_their_queue_s_retention() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    send(&stack, &url, "old").await;
    stack.aws.sqs().advance(Duration::from_hours(4 * 24) - Duration::from_secs(1));
    assert_eq!(stack.aws.sqs().depth("q").unwrap().visible, 1);
    stack.aws.sqs().advance(Duration::from_secs(1));
    assert!(receive(&stack, &url).await.is_empty());
    assert_eq!(stack.aws.sqs().depth("q").unwrap().total(), 0);
}

#[tokio::test]
async fn a_missing_queue_is_an_error_the_sdk_knows() {
    let stack = Stack::start().await;
    let url = format!("{}/000000000000/none", stack.aws.endpoint());
    let error = stack.sqs.receive_message().queue_url(&url).send().await.unwrap_err().into_service_error();
    assert!(matches!(error, ReceiveMessageError::QueueDoesNotExist(_)), "{error:?}");
    assert_eq!(error.code(), Some("AWS.SimpleQueueService.NonExistentQueue"));
    let sent = stack.sqs.send_message().queue_url(&url).message_body("x").send().await;
    assert_eq!(code(sent), "AWS.SimpleQueueService.NonExistentQueue");
}
