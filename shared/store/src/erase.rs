//! Erasing: all items of a partition go, whatever they are.

use std::time::Instant;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use futures_util::future::try_join_all;
use slipway_domain::Chain;

use crate::item::{Item, text_of};
use crate::pages::{self, Pages};
use crate::{StoreError, conflicts};

/// What came of erasing.
#[must_use = "there may be more"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// How many items were erased.
    pub items: usize,
    /// Whether these were all; otherwise the time was up.
    pub is_all: bool,
}

impl Erased {
    /// Nothing was there.
    pub(crate) const NOTHING: Self = Self { items: 0, is_all: true };

    /// The two together.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self { items: self.items + other.items, is_all: self.is_all && other.is_all }
    }
}

/// How many keys are read at once.
const PAGE: usize = 100;
/// How many items DynamoDB deletes in one call, at most.
const MOST_AT_ONCE: usize = 25;
/// How often what DynamoDB left out of a call is tried.
const TRIES: u32 = 5;

/// Erases the partition but for the items whose sort keys begin with one of `kept`. Begins no page after `until`. Safe to
/// repeat, and next to a twin.
pub(crate) async fn partition(
    client: &Client,
    table: &str,
    pk: &str,
    kept: &[&str],
    until: Instant,
) -> Result<Erased, StoreError> {
    let (mut items, mut pages) = (0, Pages::of(pages::partition(client, table, pk).projection_expression("pk, sk")));
    while !pages.are_over {
        if Instant::now() >= until {
            return Ok(Erased { items, is_all: false });
        }
        let page = pages.next_of(PAGE).await?;
        // DynamoDB's filters take no attributes of keys.
        let is_kept = |item: &Item| {
            let sk = text_of(item, "sk").unwrap_or_default();
            kept.iter().any(|kept| sk.starts_with(kept))
        };
        let keys: Vec<Item> = page.items.unwrap_or_default().into_iter().filter(|item| !is_kept(item)).collect();
        items += keys.len();
        delete_all(client, table, keys).await?;
    }
    Ok(Erased { items, is_all: true })
}

/// Deletes the items under these keys, whether they are there or not.
pub(crate) async fn delete_all(client: &Client, table: &str, keys: Vec<Item>) -> Result<(), StoreError> {
    try_join_all(keys.chunks(MOST_AT_ONCE).map(|keys| delete_some(client, table, keys))).await.map(drop)
}

async fn delete_some(client: &Client, table: &str, keys: &[Item]) -> Result<(), StoreError> {
    let delete = |key: &Item| {
        let request = DeleteRequest::builder().set_key(Some(key.clone())).build()?;
        Ok::<_, StoreError>(WriteRequest::builder().delete_request(request).build())
    };
    let mut left = keys.iter().map(delete).collect::<Result<Vec<_>, _>>()?;
    for tries in 0.. {
        if tries == TRIES {
            return Err(StoreError::Busy(Chain::of("DynamoDB left items of a batch undeleted")));
        }
        if tries > 0 {
            tokio::time::sleep(conflicts::pause(tries)).await;
        }
        let answer = client.batch_write_item().request_items(table, left).send().await?;
        left = answer.unprocessed_items.unwrap_or_default().into_values().flatten().collect();
        if left.is_empty() {
            break;
        }
    }
    Ok(())
}
