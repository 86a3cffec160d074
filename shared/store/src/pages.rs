//! Queries that DynamoDB answers page by page.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use serde::de::DeserializeOwned;

use crate::item::{Item, key, read, seconds, text, text_of};
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

/// The query of the items of a partition whose sort keys begin so, as they are now.
pub(crate) fn under(client: &Client, table: &str, pk: &str, prefix: &str) -> QueryFluentBuilder {
    client
        .query()
        .table_name(table)
        .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
        .expression_attribute_values(":pk", text(pk))
        .expression_attribute_values(":sk", text(prefix))
        .consistent_read(true)
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
        .expression_attribute_values(":by", seconds(by))
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

/// How much a page may have, and cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    /// How many records it has.
    pub(crate) limit: usize,
    /// How many are read at once; as many as are wanted, if nothing is said.
    pub(crate) at_once: Option<usize>,
    /// After how many that were read it ends, whatever it has.
    pub(crate) examined: usize,
}

/// The records that `keep` keeps, behind this key, and the key behind which the next page begins, if there may be more. A
/// page may have fewer than it could although there are more.
pub(crate) async fn kept<T>(
    query: QueryFluentBuilder,
    after: Option<Item>,
    most: Most,
    keep: impl Fn(Item) -> Result<Option<T>, StoreError>,
) -> Result<(Vec<T>, Option<Item>), StoreError> {
    // A sort key is only a place in the order: what had it may be gone by now.
    let (mut found, mut last, mut examined, mut start) = (Vec::new(), None, 0, after);
    loop {
        // One more than wanted tells whether there is more.
        let at_once = most.at_once.unwrap_or(most.limit + 1 - found.len());
        let page = query.clone().set_limit(i32::try_from(at_once).ok()).set_exclusive_start_key(start).send().await?;
        examined += usize::try_from(page.scanned_count).unwrap_or_default();
        for item in page.items.unwrap_or_default() {
            let place = key_of(&item);
            let Some(record) = keep(item)? else { continue };
            if found.len() == most.limit {
                return Ok((found, last));
            }
            found.push(record);
            last = place;
        }
        start = behind(page.last_evaluated_key);
        if start.is_none() || examined >= most.examined {
            return Ok((found, start));
        }
    }
}

/// The key of this item.
fn key_of(item: &Item) -> Option<Item> {
    Some(key(text_of(item, "pk")?, text_of(item, "sk")?))
}

/// The key behind which the next page begins; nothing after the last one.
pub(crate) fn behind(last_evaluated: Option<Item>) -> Option<Item> {
    last_evaluated.filter(|key| !key.is_empty())
}
