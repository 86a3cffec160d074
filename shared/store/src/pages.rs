//! Queries that DynamoDB answers page by page.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use serde::de::DeserializeOwned;

use crate::item::{Item, number, read, text};
use crate::{Epoch, StoreError};

/// The items of all pages.
pub(crate) async fn all_items(query: QueryFluentBuilder) -> Result<Vec<Item>, StoreError> {
    let (mut items, mut start) = (Vec::new(), None);
    loop {
        let page = query.clone().set_exclusive_start_key(start).send().await?;
        items.extend(page.items.unwrap_or_default());
        start = behind(page.last_evaluated_key);
        if start.is_none() {
            return Ok(items);
        }
    }
}

/// The records of a partition of jobs that are to be gone on with by `by`, read as they are now.
pub(crate) async fn due_items<T: DeserializeOwned>(
    client: &Client,
    table: &str,
    partition: &str,
    by: Epoch,
) -> Result<Vec<T>, StoreError> {
    let query = client
        .query()
        .table_name(table)
        .key_condition_expression("pk = :pk")
        .filter_expression("due_at <= :by")
        .expression_attribute_values(":pk", text(partition))
        .expression_attribute_values(":by", number(by.0))
        .consistent_read(true);
    all_items(query).await?.into_iter().map(read).collect()
}

/// Up to `limit` items behind this key, and whether there is more.
pub(crate) async fn first_items(
    query: QueryFluentBuilder,
    after: Option<Item>,
    limit: usize,
) -> Result<(Vec<Item>, bool), StoreError> {
    let (mut items, mut start) = (Vec::new(), after);
    loop {
        // One more than wanted tells whether there is more.
        let most = i32::try_from(limit + 1 - items.len()).ok();
        let page = query.clone().set_limit(most).set_exclusive_start_key(start).send().await?;
        items.extend(page.items.unwrap_or_default());
        start = behind(page.last_evaluated_key);
        if items.len() > limit || start.is_none() {
            let more = items.len() > limit;
            items.truncate(limit);
            return Ok((items, more));
        }
    }
}

/// The key behind which the next page begins; nothing after the last one.
pub(crate) fn behind(last_evaluated: Option<Item>) -> Option<Item> {
    last_evaluated.filter(|key| !key.is_empty())
}
