//! What principals may do, and how they are refused.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem};
use aws_sdk_kms::types::DataKeySpec;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry, SendMessageBatchRequestEntry};
use aws_stand_in::Statement;

use crate::support::{BUCKET, Stack, code, status, table};

const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/posts";
const S3: &str = "s3.us-east-1.amazonaws.com";

fn allow(actions: &[&str], resources: &[&str]) -> Statement {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let sid = "Only".to_owned();
    Statement { sid, actions: texts(actions), resources: texts(resources), via_service: None }
}

fn object(key: &str) -> String {
    format!("arn:aws:s3:::{BUCKET}/{key}")
}

/// What was denied last, as action and resource.
fn last_denied(stack: &Stack) -> (String, String) {
    let denial = stack.aws.denials().pop().expect("something was denied");
    (denial.action, denial.resource)
}

fn pair(action: &str, resource: &str) -> (String, String) {
    (action.to_owned(), resource.to_owned())
}

#[tokio::test]
async fn a_principal_without_the_right_is_refused_in_each_services_words() {
    let root = Stack::start().await;
    root.aws.create_table(table(), None).await.unwrap();
    let url = root.queue("jobs").await;
    let key = root.aws.create_key("k").unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    root.aws.on_denial(move |denial| sink.lock().unwrap().push(denial.action.clone()));
    let nobody = root.as_principal("Nobody", Vec::new()).await;

    let read = nobody.dynamodb.get_item().table_name("posts").key("pk", AttributeValue::S("a".into()));
    let error = read.key("sk", AttributeValue::S("b".into())).send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 400);
    let said = "User: arn:aws:sts::000000000000:assumed-role/Nobody/Nobody is not authorized to perform: \
        dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table/posts";
    assert_eq!(error.code(), Some("AccessDeniedException"));
    assert!(error.message().unwrap().starts_with(said), "{error:?}");

    let send = || nobody.sqs.send_message().queue_url(&url).message_body("x").send();
    assert_eq!((code(send().await), status(send().await)), ("AccessDenied".to_owned(), 403));
    let message = send().await.unwrap_err().message().unwrap().to_owned();
    let lower = "perform: sqs:sendmessage on resource: arn:aws:sqs:us-east-1:000000000000:jobs";
    assert!(message.contains(lower), "{message}");
    assert_eq!(root.aws.sqs().depth("jobs").unwrap().total(), 0);

    let generate = || nobody.kms.generate_data_key().key_id("k").key_spec(DataKeySpec::Aes256).send();
    assert_eq!((code(generate().await), status(generate().await)), ("AccessDeniedException".to_owned(), 400));
    assert_eq!(last_denied(&root), pair("kms:GenerateDataKey", &key));

    let put = || nobody.s3.put_object().bucket(BUCKET).key("a").body(ByteStream::from_static(b"x")).send();
    assert_eq!((code(put().await), status(put().await)), ("AccessDenied".to_owned(), 403));
    assert_eq!(last_denied(&root), pair("s3:PutObject", &object("a")));
    assert!(root.aws.uses().is_empty());
    let denied: Vec<_> = root.aws.denials().into_iter().map(|denial| denial.action).collect();
    assert_eq!(*told.lock().unwrap(), denied);
}

#[tokio::test]
async fn a_query_needs_the_right_to_what_it_reads_be_it_table_or_index() {
    let root = Stack::start().await;
    root.aws.create_table(table(), None).await.unwrap();
    let index = format!("{TABLE}/index/due");
    for (granted, of_table, of_index) in [(TABLE, true, false), (index.as_str(), false, true)] {
        let reader = root.as_principal("Reader", vec![allow(&["dynamodb:Query"], &[granted])]).await;
        let query = |name: &str| {
            let query = reader.dynamodb.query().table_name("posts").expression_attribute_names("#k", name);
            query.expression_attribute_values(":k", AttributeValue::S("a".into())).key_condition_expression("#k = :k")
        };
        assert_eq!(query("pk").send().await.is_ok(), of_table, "{granted}");
        assert_eq!(query("tenant").index_name("due").send().await.is_ok(), of_index, "{granted}");
    }
    assert_eq!(last_denied(&root), pair("dynamodb:Query", TABLE));
}

#[tokio::test]
async fn a_transaction_needs_the_right_to_each_of_its_items() {
    let root = Stack::start().await;
    root.aws.create_table(table(), None).await.unwrap();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = Put::builder().table_name("posts").item("pk", text("a")).item("sk", text("a")).build().unwrap();
    let delete = Delete::builder().table_name("posts").key("pk", text("b")).key("sk", text("b")).build().unwrap();
    let check = ConditionCheck::builder().table_name("posts").key("pk", text("c")).key("sk", text("c"));
    let check = check.condition_expression("attribute_not_exists(pk)").build().unwrap();
    let items = [
        TransactWriteItem::builder().put(put).build(),
        TransactWriteItem::builder().delete(delete).build(),
        TransactWriteItem::builder().condition_check(check).build(),
    ];
    let actions = ["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"];
    for missing in actions {
        let granted: Vec<_> = actions.into_iter().filter(|action| *action != missing).collect();
        let writer = root.as_principal("Writer", vec![allow(&granted, &[TABLE])]).await;
        let written = writer.dynamodb.transact_write_items().set_transact_items(Some(items.to_vec())).send().await;
        assert_eq!(code(written), "AccessDeniedException");
        assert_eq!(last_denied(&root), pair(missing, TABLE));
    }
    assert!(root.aws.uses().is_empty(), "what is refused as a whole uses nothing");
    let writer = root.as_principal("Writer", vec![allow(&actions, &[TABLE])]).await;
    writer.dynamodb.transact_write_items().set_transact_items(Some(items.to_vec())).send().await.unwrap();
    assert!(root.aws.unused().is_empty());
}

#[tokio::test]
async fn a_batch_of_messages_needs_what_one_message_needs() {
    let root = Stack::start().await;
    let url = root.queue("jobs").await;
    let arn = root.aws.sqs().address("jobs").arn;
    let policy = vec![allow(&["sqs:SendMessage", "sqs:ReceiveMessage"], &[&arn])];
    let worker = root.as_principal("Worker", policy).await;
    let entry = SendMessageBatchRequestEntry::builder().id("a").message_body("x").build().unwrap();
    worker.sqs.send_message_batch().queue_url(&url).entries(entry).send().await.unwrap();
    let received = worker.sqs.receive_message().queue_url(&url).send().await.unwrap().messages.unwrap();
    let handle = received[0].receipt_handle.clone().unwrap();
    let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id("a").receipt_handle(handle);
    let entry = entry.visibility_timeout(0).build().unwrap();
    let changed = worker.sqs.change_message_visibility_batch().queue_url(&url).entries(entry).send().await;
    assert_eq!(code(changed), "AccessDenied");
    assert_eq!(last_denied(&root), pair("sqs:ChangeMessageVisibility", &arn));
}

#[tokio::test]
async fn that_an_object_is_missing_is_told_only_to_who_may_list() {
    let root = Stack::start().await;
    let get = allow(&["s3:GetObject"], &[&object("media/*")]);
    let list = allow(&["s3:ListBucket"], &[&format!("arn:aws:s3:::{BUCKET}")]);
    for (policy, expected) in [(vec![get.clone()], 403), (vec![get, list], 404)] {
        let reader = root.as_principal("Reader", policy).await;
        assert_eq!(status(reader.s3.get_object().bucket(BUCKET).key("media/x").send().await), expected);
        assert_eq!(status(reader.s3.head_object().bucket(BUCKET).key("media/x").send().await), expected);
        assert_eq!(status(reader.s3.head_object().bucket(BUCKET).key("other/x").send().await), 403, "not its folder");
    }
    assert!(root.aws.unused().is_empty());
}

#[tokio::test]
async fn a_sealed_bucket_needs_the_right_to_its_key_by_way_of_s3() {
    let root = Stack::start().await;
    let key = root.aws.create_key("k").unwrap();
    root.aws.set_bucket_key(BUCKET, &key);
    let objects = allow(&["s3:PutObject", "s3:GetObject"], &[&object("*")]);
    let keys = allow(&["kms:GenerateDataKey", "kms:Decrypt"], &[&key]);
    let by_s3 = Statement { via_service: Some(S3.to_owned()), ..keys.clone() };
    let by_sqs = Statement { via_service: Some("sqs.us-east-1.amazonaws.com".to_owned()), ..keys.clone() };

    for (policy, by_way_of_s3, directly) in [
        (vec![objects.clone()], false, false),
        (vec![objects.clone(), by_sqs], false, false),
        (vec![objects.clone(), by_s3], true, false),
        (vec![objects.clone(), keys], true, true),
    ] {
        let holder = root.as_principal("Holder", policy).await;
        let put = holder.s3.put_object().bucket(BUCKET).key("a").body(ByteStream::from_static(b"x")).send().await;
        assert_eq!(put.is_ok(), by_way_of_s3);
        let begun = holder.s3.create_multipart_upload().bucket(BUCKET).key("big").send().await;
        assert_eq!(begun.is_ok(), by_way_of_s3);
        root.s3.put_object().bucket(BUCKET).key("a").body(ByteStream::from_static(b"x")).send().await.unwrap();
        assert_eq!(holder.s3.get_object().bucket(BUCKET).key("a").send().await.is_ok(), by_way_of_s3);
        assert!(holder.s3.head_object().bucket(BUCKET).key("a").send().await.is_ok(), "a head is not sealed");
        let generated = holder.kms.generate_data_key().key_id("k").key_spec(DataKeySpec::Aes256).send().await;
        assert_eq!(generated.is_ok(), directly);
        let sealed = root.kms.generate_data_key().key_id("k").key_spec(DataKeySpec::Aes256).send().await.unwrap();
        let opened = holder.kms.decrypt().ciphertext_blob(sealed.ciphertext_blob.unwrap()).send().await;
        assert_eq!(opened.is_ok(), directly);
    }
}

#[tokio::test]
async fn a_presigned_url_is_worth_what_its_signer_may_do_when_it_is_used() {
    let root = Stack::start().await;
    let may_put = || vec![allow(&["s3:PutObject"], &[&object("media/*")])];
    let signer = root.as_principal("Signer", may_put()).await;
    let presigned = async |key: &str| {
        let lifetime = PresigningConfig::expires_in(Duration::from_mins(15)).unwrap();
        signer.s3.put_object().bucket(BUCKET).key(key).presigned(lifetime).await.unwrap().uri().to_owned()
    };
    let (ours, beyond) = (presigned("media/x").await, presigned("other/x").await);
    let put = async |url: &str| reqwest::Client::new().put(url).body("hello").send().await.unwrap().status();
    assert_eq!((put(&ours).await, put(&beyond).await), (http(200), http(403)));
    assert_eq!(last_denied(&root), pair("s3:PutObject", &object("other/x")));

    root.aws.principal("Signer", Vec::new());
    assert_eq!(put(&ours).await, http(403));
    root.aws.principal("Signer", may_put());
    assert_eq!(put(&ours).await, http(200));
}

fn http(status: u16) -> reqwest::StatusCode {
    reqwest::StatusCode::from_u16(status).unwrap()
}
