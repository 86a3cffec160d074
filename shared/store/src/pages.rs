//! Queries that DynamoDB answers page by page.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use serde::de::DeserializeOwned;

use crate::item::{Item, key, read, seconds, text, text_of};
use crate::{Epoch, StoreError};

/// The pages of a query, one after the other.
#[derive(Debug)]
pub(crate) struct Pages {
    // Boxed, for it is large, and futures hold it.
    query: Box<QueryFluentBuilder>,
    /// The key behind which the next page begins; nothing for the first one.
    start: Option<Item>,
    /// Whether the last page was read.
    pub(crate) are_over: bool,
}

impl Pages {
    /// All pages, the first one next.
    pub(crate) fn of(query: QueryFluentBuilder) -> Self {
        Self::behind(query, None)
    }

    /// The pages behind this key.
    pub(crate) fn behind(query: QueryFluentBuilder, start: Option<Item>) -> Self {
        Self { query: Box::new(query), start, are_over: false }
    }

    /// The next page; behind the last one an empty one.
    pub(crate) async fn next(&mut self) -> Result<QueryOutput, StoreError> {
        self.read(self.query.as_ref().clone()).await
    }

    /// The next page, for which DynamoDB reads up to `limit` items.
    pub(crate) async fn next_of(&mut self, limit: usize) -> Result<QueryOutput, StoreError> {
        self.read(self.query.as_ref().clone().set_limit(i32::try_from(limit).ok())).await
    }

    /// The key behind which the next page begins; nothing if there is none.
    pub(crate) fn rest(self) -> Option<Item> {
        self.start
    }

    async fn read(&mut self, query: QueryFluentBuilder) -> Result<QueryOutput, StoreError> {
        if self.are_over {
            return Ok(QueryOutput::builder().build());
        }
        let mut page = query.set_exclusive_start_key(self.start.clone()).send().await?;
        self.start = behind(page.last_evaluated_key.take());
        self.are_over = self.start.is_none();
        Ok(page)
    }
}

/// The items of all pages.
pub(crate) async fn all_items(query: QueryFluentBuilder) -> Result<Vec<Item>, StoreError> {
    let (mut items, mut pages) = (Vec::new(), Pages::of(query));
    while !pages.are_over {
        items.extend(pages.next().await?.items.unwrap_or_default());
    }
    Ok(items)
}

/// The query of all items of a partition, as they are now.
pub(crate) fn partition(client: &Client, table: &str, pk: &str) -> QueryFluentBuilder {
    in_partition(client, table, pk, "pk = :pk")
}

/// The query of the items of a partition whose sort keys begin so, as they are now.
pub(crate) fn under(client: &Client, table: &str, pk: &str, prefix: &str) -> QueryFluentBuilder {
    in_partition(client, table, pk, "pk = :pk AND begins_with(sk, :sk)")
        .expression_attribute_values(":sk", text(prefix))
}

/// The query of the items of a partition whose sort keys are behind this one, as they are now.
pub(crate) fn beyond(client: &Client, table: &str, pk: &str, sk: &str) -> QueryFluentBuilder {
    in_partition(client, table, pk, "pk = :pk AND sk > :sk").expression_attribute_values(":sk", text(sk))
}

/// The query of the items of a partition whose sort keys begin with `prefix`, from the one on that goes on with `from`,
/// as they are now.
pub(crate) fn from(client: &Client, table: &str, pk: &str, prefix: &str, from: &str) -> QueryFluentBuilder {
    in_partition(client, table, pk, "pk = :pk AND sk BETWEEN :from AND :to")
        .expression_attribute_values(":from", text(format!("{prefix}{from}")))
        .expression_attribute_values(":to", text(format!("{prefix}~")))
}

fn in_partition(client: &Client, table: &str, pk: &str, condition: &str) -> QueryFluentBuilder {
    let query = client.query().table_name(table).key_condition_expression(condition);
    query.expression_attribute_values(":pk", text(pk)).consistent_read(true)
}

/// The records of a partition of jobs that are to be gone on with by `by`, read as they are now.
pub(crate) async fn due_items<T: DeserializeOwned>(
    client: &Client,
    table: &str,
    pk: &str,
    by: Epoch,
) -> Result<Vec<T>, StoreError> {
    let query = partition(client, table, pk);
    let query = query.filter_expression("due_at <= :by").expression_attribute_values(":by", seconds(by));
    all_items(query).await?.into_iter().map(read).collect()
}

/// Up to `limit` items behind this key, and whether there is more.
pub(crate) async fn first_items(
    query: QueryFluentBuilder,
    after: Option<Item>,
    limit: usize,
) -> Result<(Vec<Item>, bool), StoreError> {
    let (mut items, mut pages) = (Vec::new(), Pages::behind(query, after));
    // One more than wanted tells whether there is more.
    while !pages.are_over && items.len() <= limit {
        items.extend(pages.next_of(limit + 1 - items.len()).await?.items.unwrap_or_default());
    }
    let more = items.len() > limit;
    items.truncate(limit);
    Ok((items, more))
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
    let (mut found, mut last, mut examined, mut pages) = (Vec::new(), None, 0, Pages::behind(query, after));
    while !pages.are_over && examined < most.examined {
        // One more than wanted tells whether there is more.
        let page = pages.next_of(most.at_once.unwrap_or(most.limit + 1 - found.len())).await?;
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
    }
    Ok((found, pages.rest()))
}

/// The key of this item.
fn key_of(item: &Item) -> Option<Item> {
    Some(key(text_of(item, "pk")?, text_of(item, "sk")?))
}

/// The key behind which the next page begins; nothing after the last one.
fn behind(last_evaluated: Option<Item>) -> Option<Item> {
    last_evaluated.filter(|key| !key.is_empty())
}
