//! What holds for all services alike.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use aws_sdk_s3::primitives::ByteStream;
use aws_stand_in::{AwsStandIn, Meanwhile, Options, StartError};

use crate::support::{BUCKET, Stack, code, config, status};

#[tokio::test]
async fn calls_are_counted_by_service_and_operation() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    stack.aws.reset_counts();
    for _ in 0..2 {
        stack.sqs.send_message().queue_url(&url).message_body("x").send().await.unwrap();
    }
    stack.s3.put_object().bucket(BUCKET).key("k").body(ByteStream::from_static(b"x")).send().await.unwrap();
    stack.dynamodb.list_tables().send().await.unwrap();
    stack.kms.generate_data_key().key_id("none").number_of_bytes(8).send().await.unwrap_err();
    let expected =
        [("DynamoDB.ListTables", 1), ("KMS.GenerateDataKey", 1), ("S3.PutObject", 1), ("SQS.SendMessage", 2)];
    let expected: BTreeMap<String, u64> = expected.map(|(name, count)| (name.to_owned(), count)).into();
    assert_eq!(stack.aws.request_counts(), expected);
    stack.aws.reset_counts();
    assert!(stack.aws.request_counts().is_empty());
}

#[tokio::test]
async fn a_planned_refusal_happens_as_often_as_planned_and_does_nothing() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    stack.aws.fail_next("SQS.SendMessage", 1, 500);
    stack.aws.fail_next("S3", 1, 503);
    stack.aws.fail_next("KMS.GenerateDataKey", 1, 429);
    let send = || stack.sqs.send_message().queue_url(&url).message_body("x").send();
    assert_eq!(status(send().await), 500);
    assert_eq!(stack.aws.sqs().depth("q").unwrap().total(), 0);
    send().await.unwrap();

    let put = || stack.s3.put_object().bucket(BUCKET).key("k").body(ByteStream::from_static(b"x")).send();
    let refused = put().await;
    assert_eq!(status(refused), 503);
    assert_eq!(status(stack.s3.head_object().bucket(BUCKET).key("k").send().await), 404);
    put().await.unwrap();

    stack.aws.create_key("k").unwrap();
    let generate = || stack.kms.generate_data_key().key_id("k").number_of_bytes(8).send();
    assert_eq!(code(generate().await), "ThrottlingException");
    generate().await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_leaves_the_work_done() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    stack.aws.lose_next_answer("SQS.SendMessage", 1);
    let lost = stack.sqs.send_message().queue_url(&url).message_body("x").send().await.unwrap_err();
    assert!(lost.raw_response().is_none(), "{lost:?}");
    assert_eq!(stack.aws.sqs().peek("q").unwrap(), ["x"]);

    stack.aws.lose_next_answer("S3.PutObject", 1);
    let put = stack.s3.put_object().bucket(BUCKET).key("k").body(ByteStream::from_static(b"x")).send().await;
    assert!(put.unwrap_err().raw_response().is_none());
    stack.s3.head_object().bucket(BUCKET).key("k").send().await.unwrap();
}

#[tokio::test]
async fn what_is_planned_before_a_call_is_done_before_the_call_is_carried_out() {
    let stack = Stack::start().await;
    let url = stack.queue("q").await;
    let (sqs, theirs) = (stack.sqs.clone(), url.clone());
    let work: Meanwhile = Arc::new(move || {
        let send = sqs.send_message().queue_url(&theirs).message_body("theirs");
        Box::pin(async move { drop(send.send().await.unwrap()) })
    });
    stack.aws.before_next("SQS", 1, work);
    for _ in 0..2 {
        stack.sqs.send_message().queue_url(&url).message_body("ours").send().await.unwrap();
    }
    assert_eq!(stack.aws.sqs().peek("q").unwrap(), ["theirs", "ours", "ours"]);
}

#[tokio::test]
async fn wrong_credentials_are_refused_by_every_service() {
    let stack = Stack::start().await;
    let key = stack.aws.access_key_id().to_owned();
    for (key, secret, json_code, s3_code) in [
        (key.as_str(), "wrong", "InvalidSignatureException", "SignatureDoesNotMatch"),
        ("AKIAOTHER", stack.aws.secret_access_key(), "UnrecognizedClientException", "InvalidAccessKeyId"),
    ] {
        let config = config(&stack.aws, key, secret).await;
        assert_eq!(code(aws_sdk_dynamodb::Client::new(&config).list_tables().send().await), json_code);
        assert_eq!(code(aws_sdk_sqs::Client::new(&config).list_queues().send().await), json_code);
        let kms = aws_sdk_kms::Client::new(&config);
        assert_eq!(code(kms.generate_data_key().key_id("k").number_of_bytes(8).send().await), json_code);
        let s3 = aws_sdk_s3::Client::new(&config);
        assert_eq!(code(s3.get_object().bucket(BUCKET).key("k").send().await), s3_code);
    }
    let anonymous = reqwest::get(format!("{}/{BUCKET}/k", stack.aws.endpoint())).await.unwrap();
    assert_eq!(anonymous.status(), 403);
}

#[tokio::test]
async fn a_port_in_use_is_said_so() {
    let first = AwsStandIn::start(Options::default()).await.unwrap();
    let port: u16 = first.endpoint().rsplit(':').next().unwrap().parse().unwrap();
    let second = AwsStandIn::start(Options { data: None, port: Some(port) }).await;
    assert!(matches!(second, Err(StartError::PortInUse(taken)) if taken == port));
}

#[tokio::test]
async fn nothing_answers_after_shutdown_or_after_the_last_clone_is_dropped() {
    let aws = AwsStandIn::start(Options::default()).await.unwrap();
    let address = aws.endpoint().strip_prefix("http://").unwrap().to_owned();
    aws.clone().shutdown().await;
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());

    let aws = AwsStandIn::start(Options::default()).await.unwrap();
    let address = aws.endpoint().strip_prefix("http://").unwrap().to_owned();
    drop(aws.clone());
    assert!(tokio::net::TcpStream::connect(&address).await.is_ok());
    drop(aws);
    while tokio::net::TcpStream::connect(&address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn starting_takes_a_moment() {
    // Printed and not asserted: it depends on the machine. Every story test starts a stand-in, so it must stay small.
    for round in 0..3 {
        let begun = Instant::now();
        let aws = AwsStandIn::start(Options::default()).await.unwrap();
        println!("start {round}: {:?}", begun.elapsed());
        drop(aws);
    }
}
