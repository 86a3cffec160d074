//! Reads of many items at once.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use slipway_domain::Chain;

use crate::item::Item;
use crate::{StoreError, conflicts};

/// How many items DynamoDB reads at once, at most.
pub(crate) const MOST_KEYS: usize = 100;
/// How often what DynamoDB left out of its answer is asked for.
const TRIES: u32 = 5;

/// What a read may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// As it is now.
    Now,
    /// As it was some moments ago, for half the price.
    Lately,
}

/// Reads the items under these keys, each with the name of its table, in no order. What is not there is left out. A key
/// must not be named twice: DynamoDB refuses that.
pub(crate) async fn read(
    client: &Client,
    keys: impl IntoIterator<Item = (&String, Item)>,
    freshness: Freshness,
) -> Result<Vec<(String, Item)>, StoreError> {
    let keys: Vec<_> = keys.into_iter().collect();
    let mut found = Vec::with_capacity(keys.len());
    for keys in keys.chunks(MOST_KEYS) {
        let mut left = asked(keys, freshness)?;
        for tries in 0.. {
            if tries == TRIES {
                return Err(StoreError::Busy(Chain::of("DynamoDB left keys of a batch unread")));
            }
            if tries > 0 {
                tokio::time::sleep(conflicts::pause(tries)).await;
            }
            let (read, unread) = ask(client, left).await?;
            found.extend(read);
            left = unread;
            if left.is_empty() {
                break;
            }
        }
    }
    Ok(found)
}

/// Reads these items, which are few, in one call, in no order, and says whether DynamoDB has left out any of them.
pub(crate) async fn read_once(
    client: &Client,
    keys: &[(&String, Item)],
    freshness: Freshness,
) -> Result<(Vec<(String, Item)>, bool), StoreError> {
    let (read, unread) = ask(client, asked(keys, freshness)?).await?;
    Ok((read, !unread.is_empty()))
}

type Asked = HashMap<String, KeysAndAttributes>;

/// Asks once: what was read, and what DynamoDB left out of its answer.
async fn ask(client: &Client, keys: Asked) -> Result<(Vec<(String, Item)>, Asked), StoreError> {
    let answer = client.batch_get_item().set_request_items(Some(keys)).send().await?;
    let tables = answer.responses.unwrap_or_default().into_iter();
    let read = tables.flat_map(|(table, items)| items.into_iter().map(move |item| (table.clone(), item))).collect();
    Ok((read, answer.unprocessed_keys.unwrap_or_default()))
}

fn asked(keys: &[(&String, Item)], freshness: Freshness) -> Result<Asked, StoreError> {
    let mut asked: HashMap<String, Vec<Item>> = HashMap::new();
    for (table, key) in keys {
        asked.entry((*table).clone()).or_default().push(key.clone());
    }
    let is_consistent = freshness == Freshness::Now;
    let built = asked.into_iter().map(|(table, keys)| {
        let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(is_consistent);
        Ok((table, keys.build()?))
    });
    built.collect()
}
