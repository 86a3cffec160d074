//! What a data directory keeps over restarts and kills.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_stand_in::{AwsStandIn, NewMessage, Options, StartError};

use crate::support::{BUCKET, Stack, noise, table};

#[tokio::test]
async fn everything_survives_a_restart_with_the_same_data_directory() {
    let data = tempfile::tempdir().unwrap();
    let first = Stack::on(data.path()).await;
    first.aws.create_table(table(), Some("expires_at")).await.unwrap();
    let arn = first.aws.create_key("k").unwrap();
    let url = first.queue("q").await;
    let (pk, sk) = (AttributeValue::S("p".to_owned()), AttributeValue::S("s".to_owned()));
    let put = first.dynamodb.put_item().table_name("posts").item("pk", pk.clone()).item("sk", sk.clone());
    put.item("tenant", pk.clone()).item("due_at", AttributeValue::N("1".to_owned())).send().await.unwrap();
    let bytes = noise(100_000);
    let put = first.s3.put_object().bucket(BUCKET).key("k").content_type("video/mp4");
    put.body(ByteStream::from(bytes.clone())).send().await.unwrap();
    let read = first.s3.get_object().bucket(BUCKET).key("k");
    let presigned = read.presigned(PresigningConfig::expires_in(Duration::from_mins(5)).unwrap()).await.unwrap();
    let made = first.kms.generate_data_key().key_id("k").number_of_bytes(32).send().await.unwrap();
    let (sealed, secret) = (made.ciphertext_blob, made.plaintext);
    first.sqs.send_message().queue_url(&url).message_body("in flight").send().await.unwrap();
    first.sqs.receive_message().queue_url(&url).send().await.unwrap();
    first.sqs.send_message().queue_url(&url).message_body("waiting").send().await.unwrap();
    let credentials = (first.aws.access_key_id().to_owned(), first.aws.secret_access_key().to_owned());
    let old_endpoint = first.aws.endpoint().to_owned();
    first.stop().await;

    let second = Stack::on(data.path()).await;
    assert_eq!((second.aws.access_key_id().to_owned(), second.aws.secret_access_key().to_owned()), credentials);
    second.aws.create_table(table(), Some("expires_at")).await.unwrap();
    assert_eq!(second.aws.create_key("k").unwrap(), arn);
    let item = second.dynamodb.get_item().table_name("posts").key("pk", pk.clone()).key("sk", sk).send().await.unwrap();
    assert!(item.item.is_some());
    let due = second
        .dynamodb
        .query()
        .table_name("posts")
        .index_name("due")
        .key_condition_expression("tenant = :t")
        .expression_attribute_values(":t", pk);
    assert_eq!(due.send().await.unwrap().count, 1);
    let object = second.s3.get_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!(object.content_type.as_deref(), Some("video/mp4"));
    assert!(object.body.collect().await.unwrap().to_vec() == bytes);
    let opened = second.kms.decrypt().set_ciphertext_blob(sealed).send().await.unwrap();
    assert_eq!(opened.plaintext, secret);
    // The URL of the earlier port names the queue all the same.
    let depth = second.aws.sqs().depth("q").unwrap();
    assert_eq!((depth.visible, depth.in_flight), (1, 1));
    let received = second.sqs.receive_message().queue_url(&url).send().await.unwrap();
    assert_eq!(received.messages()[0].body.as_deref(), Some("waiting"));
    second.aws.sqs().advance(Duration::from_secs(31));
    let back = second.sqs.receive_message().queue_url(&url).max_number_of_messages(10).send().await.unwrap();
    assert_eq!(back.messages().len(), 2);
    // Signed for another host, so refused; but by its signature and not for an unknown key.
    let moved = presigned.uri().replace(&old_endpoint, second.aws.endpoint());
    let answer = reqwest::get(moved).await.unwrap();
    assert!(answer.text().await.unwrap().contains("SignatureDoesNotMatch"));
}

#[tokio::test]
async fn two_stand_ins_do_not_share_a_data_directory() {
    let data = tempfile::tempdir().unwrap();
    let options = || Options { data: Some(data.path().to_owned()), port: None };
    let first = AwsStandIn::start(options()).await.unwrap();
    let refused = AwsStandIn::start(options()).await;
    assert!(matches!(refused, Err(StartError::DataInUse)), "{refused:?}");
    first.shutdown().await;
    drop(first);
    AwsStandIn::start(options()).await.unwrap();
}

/// What the next test starts as a process of its own, and kills.
#[tokio::test]
#[ignore = "runs until it is killed"]
async fn a_process_that_sends_until_it_is_killed() {
    let data = std::env::var_os("AWS_STAND_IN_TEST_DATA").unwrap();
    let stack = Stack::on(data.as_ref()).await;
    stack.aws.sqs().create_queue(&aws_stand_in::QueueSpec::new("q")).unwrap();
    for number in 0.. {
        stack.aws.sqs().send("q", &NewMessage::new(number.to_string())).unwrap();
        let put = stack.s3.put_object().bucket(BUCKET).key("k").body(ByteStream::from(noise(200_000)));
        put.metadata("number", number.to_string()).send().await.unwrap();
        println!("acknowledged {number}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_and_nothing_is_left_half_done() {
    use tokio::io::{AsyncBufReadExt as _, BufReader};

    let data = tempfile::tempdir().unwrap();
    let mut victim = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "persistence::a_process_that_sends_until_it_is_killed", "--nocapture", "--ignored"])
        .env("AWS_STAND_IN_TEST_DATA", data.path())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let mut acknowledged = 0;
    while acknowledged < 20 {
        let line = lines.next_line().await.unwrap().expect("the victim died by itself");
        if let Some(number) = line.strip_prefix("acknowledged ") {
            acknowledged = number.parse().unwrap();
        }
    }
    victim.kill().await.unwrap();

    let stack = Stack::on(data.path()).await;
    let kept = stack.aws.sqs().peek("q").unwrap();
    assert!(kept.len() > acknowledged, "{} of {acknowledged}", kept.len());
    let object = stack.s3.get_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert!(object.metadata().unwrap()["number"].parse::<usize>().unwrap() >= acknowledged);
    assert!(object.body.collect().await.unwrap().to_vec() == noise(200_000));
    assert_eq!(std::fs::read_dir(data.path().join("objects")).unwrap().count(), 1);
}
