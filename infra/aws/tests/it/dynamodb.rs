use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, KeysAndAttributes, Put, PutRequest, ReturnValue,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, WriteRequest,
};
use aws_stand_in::Fault;
use futures_util::StreamExt as _;

use crate::support::{Stack, code, table};

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn key(pk: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([("pk".to_owned(), s(pk)), ("sk".to_owned(), s("post"))])
}

fn put(pk: &str) -> Put {
    Put::builder()
        .table_name("posts")
        .set_item(Some(key(pk)))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .unwrap()
}

async fn stack() -> Stack {
    let stack = Stack::start().await;
    stack.aws.create_table(table(), Some("expires_at")).await.unwrap();
    stack
}

#[tokio::test]
async fn a_failed_condition_shows_the_item_that_was_there() {
    let stack = stack().await;
    let put = |version| {
        stack
            .dynamodb
            .put_item()
            .table_name("posts")
            .set_item(Some(key("p1")))
            .item("version", n(version))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
    };
    put(1).await.unwrap();
    let refused = put(2).await.unwrap_err().into_service_error();
    let failed = match refused {
        aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failed) => failed,
        other => panic!("{other:?}"),
    };
    assert_eq!(failed.item.unwrap()["version"], n(1));

    let update = stack
        .dynamodb
        .update_item()
        .table_name("posts")
        .set_key(Some(key("p1")))
        .update_expression("SET version = version + :one, #s = :queued REMOVE nothing ADD seen :set")
        .condition_expression("version = :one AND attribute_not_exists(#s)")
        .expression_attribute_names("#s", "state")
        .expression_attribute_values(":one", n(1))
        .expression_attribute_values(":queued", s("queued"))
        .expression_attribute_values(":set", AttributeValue::Ss(vec!["a".to_owned()]))
        .return_values(ReturnValue::AllNew)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    assert_eq!(update.clone().send().await.unwrap().attributes.unwrap()["version"], n(2));
    match update.send().await.unwrap_err().into_service_error() {
        UpdateItemError::ConditionalCheckFailedException(failed) => {
            assert_eq!(failed.item.unwrap()["state"], s("queued"));
        }
        other => panic!("{other:?}"),
    }

    for (value, before) in [("claimed", None), ("free", Some("claimed"))] {
        let update = stack.dynamodb.update_item().table_name("posts").set_key(Some(key("p1")));
        let update = update.update_expression("SET lease = :lease").expression_attribute_values(":lease", s(value));
        let answer = update.return_values(ReturnValue::UpdatedOld).send().await.unwrap();
        let replaced = answer.attributes.unwrap_or_default();
        assert_eq!(replaced, before.map(|before| ("lease".to_owned(), s(before))).into_iter().collect(), "no others");
    }

    let delete = stack
        .dynamodb
        .delete_item()
        .table_name("posts")
        .set_key(Some(key("p1")))
        .condition_expression("version = :v")
        .return_values(ReturnValue::AllOld);
    assert_eq!(
        code(delete.clone().expression_attribute_values(":v", n(1)).send().await),
        "ConditionalCheckFailedException"
    );
    let gone = delete.expression_attribute_values(":v", n(2)).send().await.unwrap();
    assert_eq!(gone.attributes.unwrap()["version"], n(2));
    let read = stack.dynamodb.get_item().table_name("posts").set_key(Some(key("p1"))).consistent_read(true);
    assert_eq!(read.send().await.unwrap().item, None);
}

#[tokio::test]
async fn a_transaction_in_conflict_names_every_item_and_does_nothing() {
    let stack = stack().await;
    let items: Vec<_> = [put("a"), put("b")].map(|put| TransactWriteItem::builder().put(put).build()).into();
    let write = || stack.dynamodb.transact_write_items().set_transact_items(Some(items.clone())).send();
    stack.aws.inject("DynamoDB.TransactWriteItems", 1, Fault::Conflict);
    let refused = write().await.unwrap_err().into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = refused else { panic!("{refused:?}") };
    let reasons = cancelled.cancellation_reasons.unwrap();
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code().unwrap()).collect();
    assert_eq!(codes, ["TransactionConflict"; 2]);
    let read = stack.dynamodb.get_item().table_name("posts").set_key(Some(key("a")));
    assert_eq!(read.send().await.unwrap().item, None);
    write().await.unwrap();
}

#[tokio::test]
async fn a_write_by_itself_that_meets_a_transaction_does_nothing() {
    let stack = stack().await;
    let update = stack.dynamodb.update_item().table_name("posts").set_key(Some(key("a")));
    let update = update.update_expression("SET version = :one").expression_attribute_values(":one", n(1));
    stack.aws.inject("DynamoDB.UpdateItem", 1, Fault::Conflict);
    let refused = update.clone().send().await.unwrap_err().into_service_error();
    assert!(matches!(refused, UpdateItemError::TransactionConflictException(_)), "{refused:?}");
    let read = stack.dynamodb.get_item().table_name("posts").set_key(Some(key("a")));
    assert_eq!(read.send().await.unwrap().item, None);
    update.send().await.unwrap();
}

#[tokio::test]
async fn a_transaction_does_all_or_nothing_and_says_which_condition_failed() {
    let stack = stack().await;
    let write = |puts: Vec<Put>, check: Option<ConditionCheck>| {
        let items = puts.into_iter().map(|put| TransactWriteItem::builder().put(put).build());
        let check = check.map(|check| TransactWriteItem::builder().condition_check(check).build());
        stack.dynamodb.transact_write_items().set_transact_items(Some(items.chain(check).collect())).send()
    };
    write(vec![put("a"), put("b")], None).await.unwrap();

    let refused = write(vec![put("c"), put("b"), put("d")], None).await.unwrap_err().into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = refused else { panic!("{refused:?}") };
    let reasons = cancelled.cancellation_reasons.unwrap();
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code().unwrap()).collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed", "None"]);
    assert_eq!(reasons[1].item.as_ref().unwrap()["pk"], s("b"));
    for absent in ["c", "d"] {
        let item = stack.dynamodb.get_item().table_name("posts").set_key(Some(key(absent))).send().await.unwrap();
        assert_eq!(item.item, None);
    }

    let check = ConditionCheck::builder()
        .table_name("posts")
        .set_key(Some(key("a")))
        .condition_expression("attribute_exists(pk)")
        .build()
        .unwrap();
    write(vec![put("c")], Some(check)).await.unwrap();

    let mixed = stack
        .dynamodb
        .transact_write_items()
        .transact_items(
            TransactWriteItem::builder()
                .delete(Delete::builder().table_name("posts").set_key(Some(key("a"))).build().unwrap())
                .build(),
        )
        .transact_items(
            TransactWriteItem::builder()
                .update(
                    Update::builder()
                        .table_name("posts")
                        .set_key(Some(key("b")))
                        .update_expression("SET used = if_not_exists(used, :zero) + :one")
                        .condition_expression("attribute_not_exists(used) OR used < :limit")
                        .expression_attribute_values(":zero", n(0))
                        .expression_attribute_values(":one", n(1))
                        .expression_attribute_values(":limit", n(1))
                        .build()
                        .unwrap(),
                )
                .build(),
        );
    mixed.clone().client_request_token("once").send().await.unwrap();
    // The same token again is the same transaction, not a second one.
    mixed.clone().client_request_token("once").send().await.unwrap();
    assert_eq!(code(mixed.send().await), "TransactionCanceledException");
}

#[tokio::test]
async fn queries_go_through_tables_and_sparse_indexes_page_by_page() {
    let stack = stack().await;
    for number in 0..10 {
        let mut put = stack
            .dynamodb
            .put_item()
            .table_name("posts")
            .item("pk", s("t1"))
            .item("sk", s(&format!("post#{number:02}")))
            .item("caption", s("not in the index"));
        if number % 2 == 0 {
            put = put.item("tenant", s("t1")).item("due_at", n(100 - number));
        }
        put.send().await.unwrap();
    }
    let newest = stack
        .dynamodb
        .query()
        .table_name("posts")
        .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
        .expression_attribute_values(":pk", s("t1"))
        .expression_attribute_values(":prefix", s("post#"))
        .scan_index_forward(false)
        .limit(3);
    let first = newest.clone().send().await.unwrap();
    let second = newest.set_exclusive_start_key(first.last_evaluated_key.clone()).send().await.unwrap();
    let keys: Vec<&str> =
        first.items().iter().chain(second.items()).map(|item| item["sk"].as_s().unwrap().as_str()).collect();
    assert_eq!(keys, ["post#09", "post#08", "post#07", "post#06", "post#05", "post#04"]);

    let due = stack
        .dynamodb
        .query()
        .table_name("posts")
        .index_name("due")
        .key_condition_expression("tenant = :t AND due_at <= :now")
        .expression_attribute_values(":t", s("t1"))
        .expression_attribute_values(":now", n(96))
        .send()
        .await
        .unwrap();
    let found: Vec<&str> = due.items().iter().map(|item| item["sk"].as_s().unwrap().as_str()).collect();
    assert_eq!(found, ["post#08", "post#06", "post#04"]);
    let names: HashSet<&str> = due.items()[0].keys().map(String::as_str).collect();
    assert_eq!(names, HashSet::from(["pk", "sk", "tenant", "due_at"]));
}

#[tokio::test]
async fn batches_write_and_read_many_items() {
    let stack = stack().await;
    let writes = (0..25).map(|number| {
        let put = PutRequest::builder().set_item(Some(key(&format!("b{number}")))).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    });
    let batch = |writes| stack.dynamodb.batch_write_item().request_items("posts", writes).send();
    assert!(batch(writes.clone().collect()).await.unwrap().unprocessed_items.unwrap_or_default().is_empty());
    let too_many: Vec<_> = writes.clone().chain(writes.take(1)).collect();
    assert_eq!(code(batch(too_many).await), "ValidationException");

    let keys = (0..30).map(|number| key(&format!("b{number}"))).collect();
    let read = stack
        .dynamodb
        .batch_get_item()
        .request_items("posts", KeysAndAttributes::builder().set_keys(Some(keys)).build().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(read.responses.unwrap()["posts"].len(), 25);
}

#[tokio::test]
async fn of_a_thousand_concurrent_conditional_updates_one_wins_each_version() {
    const RACERS: usize = 10;
    const VERSIONS: i64 = 100;
    let stack = Arc::new(stack().await);
    stack
        .dynamodb
        .put_item()
        .table_name("posts")
        .set_item(Some(key("race")))
        .item("version", n(0))
        .send()
        .await
        .unwrap();

    let attempts = (0..VERSIONS).flat_map(|version| std::iter::repeat_n(version, RACERS));
    // Each racer keeps to a version until that version has a winner, so that all versions come to pass.
    let results: Vec<(i64, bool)> = futures_util::stream::iter(attempts)
        .map(|version| {
            let stack = Arc::clone(&stack);
            async move {
                loop {
                    let result = stack
                        .dynamodb
                        .update_item()
                        .table_name("posts")
                        .set_key(Some(key("race")))
                        .update_expression("SET version = :next")
                        .condition_expression("version = :version")
                        .expression_attribute_values(":version", n(version))
                        .expression_attribute_values(":next", n(version + 1))
                        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                        .send()
                        .await;
                    match result.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
                        Ok(_) => return (version, true),
                        Err(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                            let seen: i64 = failed.item.unwrap()["version"].as_n().unwrap().parse().unwrap();
                            if seen > version {
                                return (version, false);
                            }
                            tokio::task::yield_now().await;
                        }
                        Err(other) => panic!("{other:?}"),
                    }
                }
            }
        })
        .buffer_unordered(4 * RACERS)
        .collect()
        .await;

    assert_eq!(results.len(), 1000);
    let winners: HashSet<i64> = results.iter().filter(|(_, won)| *won).map(|(version, _)| *version).collect();
    assert_eq!(results.iter().filter(|(_, won)| *won).count(), 100);
    assert_eq!(winners.len(), 100);
}

#[tokio::test]
async fn a_time_to_live_is_named_and_nothing_is_deleted_unasked() {
    let stack = stack().await;
    let described = stack.dynamodb.describe_time_to_live().table_name("posts").send().await.unwrap();
    assert_eq!(described.time_to_live_description.unwrap().attribute_name.as_deref(), Some("expires_at"));
    let put = stack.dynamodb.put_item().table_name("posts").set_item(Some(key("old"))).item("expires_at", n(1));
    put.send().await.unwrap();
    let read = stack.dynamodb.get_item().table_name("posts").set_key(Some(key("old"))).send().await.unwrap();
    assert!(read.item.is_some());
}

#[tokio::test]
async fn unknown_tables_and_bad_expressions_are_refused() {
    let stack = stack().await;
    let read = stack.dynamodb.get_item().table_name("other").set_key(Some(key("x"))).send().await;
    assert_eq!(code(read), "ResourceNotFoundException");
    let update = stack.dynamodb.update_item().table_name("posts").set_key(Some(key("x"))).update_expression("SET =");
    let refused = update.send().await.unwrap_err().into_service_error();
    assert_eq!(refused.code(), Some("ValidationException"), "{refused:?}");
}
