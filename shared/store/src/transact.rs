//! Writes that hold all together or not at all.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, Delete, Put, TransactWriteItem};
use slipway_domain::Chain;
use slipway_runtime::AwsFailure;

use crate::conflicts::{Tried, despite_conflicts};
use crate::item::{Item, number};
use crate::{StoreError, Write};

/// Runs a transaction, again if another one was under way. A repetition of a request whose answer was lost carries the same
/// request token, so that it is one write.
///
/// If a condition did not hold there is a reason for each item, in their order.
pub(crate) async fn transact(
    client: &Client,
    items: Vec<TransactWriteItem>,
) -> Result<Write<(), Vec<CancellationReason>>, StoreError> {
    despite_conflicts(|| try_transact(client, items.clone())).await
}

/// [`transact`] once. For whoever makes the items again for each try, which costs less than to copy them for the first one.
pub(crate) async fn try_transact(
    client: &Client,
    items: Vec<TransactWriteItem>,
) -> Result<Tried<Write<(), Vec<CancellationReason>>>, StoreError> {
    let Err(error) = client.transact_write_items().set_transact_items(Some(items)).send().await else {
        return Ok(Tried::Answered(Write::Done(())));
    };
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return Err(error.into());
    };
    let reasons = cancelled.cancellation_reasons();
    if reasons.iter().any(did_not_hold) {
        return Ok(Tried::Answered(Write::Refused(reasons.to_vec())));
    }
    if !reasons.iter().any(|reason| matches!(reason.code(), Some("TransactionConflict" | "ThrottlingError"))) {
        return Err(error.into());
    }
    Ok(Tried::Conflict(StoreError::Busy(Chain::of(AwsFailure::from(error)))))
}

/// The write of an item, whatever is there.
pub(crate) fn put(table: &str, item: Item) -> Result<TransactWriteItem, StoreError> {
    let put = Put::builder().table_name(table).set_item(Some(item)).build()?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// The write of an item that must not be there yet.
pub(crate) fn put_new(table: &str, item: Item) -> Result<TransactWriteItem, StoreError> {
    let put = Put::builder().table_name(table).set_item(Some(item)).condition_expression("attribute_not_exists(pk)");
    Ok(TransactWriteItem::builder().put(put.build()?).build())
}

/// The write of an item in the place of the one that was read: its counter of writes must still say so. Items from before
/// there was a counter have none, and count as 0.
pub(crate) fn put_over(table: &str, item: Item, counter: &str, read: u64) -> Result<TransactWriteItem, StoreError> {
    let put = Put::builder().table_name(table).set_item(Some(item)).condition_expression(unchanged("counter", read));
    let put = put.expression_attribute_names("#counter", counter).expression_attribute_values(":read", number(read));
    Ok(TransactWriteItem::builder().put(put.build()?).build())
}

/// The deletion of an item as it was read, by its counter of writes.
pub(crate) fn delete_read(table: &str, key: Item, counter: &str, read: u64) -> Result<TransactWriteItem, StoreError> {
    let delete =
        Delete::builder().table_name(table).set_key(Some(key)).condition_expression(unchanged("counter", read));
    let delete =
        delete.expression_attribute_names("#counter", counter).expression_attribute_values(":read", number(read));
    Ok(TransactWriteItem::builder().delete(delete.build()?).build())
}

/// The deletion of an item of which this holds, with the values that the condition names.
pub(crate) fn delete_if(
    table: &str,
    key: Item,
    condition: &str,
    values: impl IntoIterator<Item = (&'static str, AttributeValue)>,
) -> Result<TransactWriteItem, StoreError> {
    let delete = Delete::builder().table_name(table).set_key(Some(key)).condition_expression(condition);
    let delete =
        values.into_iter().fold(delete, |delete, (name, value)| delete.expression_attribute_values(name, value));
    Ok(TransactWriteItem::builder().delete(delete.build()?).build())
}

/// The condition that an item is still the one that was read, by the attribute that counts its writes. Items of before
/// have none.
pub(crate) fn unchanged(counter: &str, read: u64) -> String {
    match read {
        0 => format!("attribute_exists(pk) AND (attribute_not_exists(#{counter}) OR #{counter} = :read)"),
        _ => format!("#{counter} = :read"),
    }
}

/// The deletion of an item, whether it is there or not.
pub(crate) fn delete(table: &str, key: Item) -> Result<TransactWriteItem, StoreError> {
    let delete = Delete::builder().table_name(table).set_key(Some(key)).build()?;
    Ok(TransactWriteItem::builder().delete(delete).build())
}

/// Whether this item's condition did not hold.
pub(crate) fn did_not_hold(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

/// The item that a condition met, if it was asked for and there was one.
pub(crate) fn met(reason: &CancellationReason) -> Option<&Item> {
    reason.item.as_ref().filter(|item| !item.is_empty())
}
