//! The partitions that an index by time is spread over.

use std::collections::HashSet;

use aws_sdk_dynamodb::Client;
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::item::{Item, seconds, text, text_of};
use crate::pages::Pages;
use crate::{Epoch, StoreError};

/// A number of partitions of an index. One partition takes 1,000 writes a second; more make each reading of the whole
/// index dearer by one query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shards {
    prefix: &'static str,
    count: u8,
}

/// Those of the indexes `due`, for whatever somebody has to look at.
pub(crate) const DUE: Shards = Shards::new("due", 4);
/// Those of the posts' index `due`, for targets that wait for their own time. 10,000 of the same minute are handed over
/// at some 1,000 a second at most, so that four are enough.
pub(crate) const OWN_TIME: Shards = Shards::new("at", 4);

impl Shards {
    /// So many, whose names begin so.
    pub(crate) const fn new(prefix: &'static str, count: u8) -> Self {
        Self { prefix, count }
    }

    /// The shard of the item with this id: a spread over the id's last characters, which are random.
    pub(crate) fn of(self, id: &str) -> String {
        let sum = id.bytes().rev().take(4).fold(0_u8, u8::wrapping_add);
        self.name(sum % self.count)
    }

    /// The name of shard `index`, from 0.
    pub(crate) fn name(self, index: u8) -> String {
        format!("{}-{index}", self.prefix)
    }

    /// The names of all.
    pub(crate) fn names(self) -> impl Iterator<Item = String> {
        (0..self.count).map(move |index| self.name(index))
    }
}

/// Part of a backlog is read from its new end, so that what has just come is not hidden behind what has been there long.
const OF_THE_NEWEST: usize = 5;

/// What is due by `by` in these shards of the index `due` of this table, the oldest first: all of it, or `most` of each
/// shard and some of the newest, too.
pub(crate) async fn due(
    client: &Client,
    table: &str,
    shards: Shards,
    by: Timestamp,
    most: usize,
) -> Result<Vec<Item>, StoreError> {
    let pages = join_all(shards.names().map(|shard| due_in(client, table, shard, by, most))).await;
    let mut found = Vec::new();
    for page in pages {
        found.extend(page?);
    }
    found.sort_by_key(due_at);
    Ok(found)
}

async fn due_in(
    client: &Client,
    table: &str,
    shard: String,
    by: Timestamp,
    most: usize,
) -> Result<Vec<Item>, StoreError> {
    let query = client
        .query()
        .table_name(table)
        .index_name("due")
        .key_condition_expression("due_shard = :shard AND due_at <= :by")
        .expression_attribute_values(":shard", text(shard))
        .expression_attribute_values(":by", seconds(by));
    let (mut found, mut pages) = (Vec::new(), Pages::of(query.clone()));
    while !pages.are_over && found.len() < most {
        found.extend(pages.next_of(most - found.len()).await?.items.unwrap_or_default());
    }
    if pages.are_over {
        return Ok(found);
    }
    let newest = Pages::of(query.scan_index_forward(false)).next_of(most.div_ceil(OF_THE_NEWEST)).await?;
    let known: HashSet<_> = found.iter().filter_map(place).collect();
    let newest = newest.items.unwrap_or_default();
    let new: Vec<Item> = newest.into_iter().filter(|item| !place(item).is_some_and(|at| known.contains(&at))).collect();
    found.extend(new);
    Ok(found)
}

fn place(item: &Item) -> Option<(String, String)> {
    Some((text_of(item, "pk")?.to_owned(), text_of(item, "sk")?.to_owned()))
}

/// When an item of an index `due` is due.
pub(crate) fn due_at(item: &Item) -> Option<Epoch> {
    serde_dynamo::from_attribute_value(item.get("due_at")?.clone()).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_spread_over_all_shards_and_no_others() {
        for (shards, prefix) in
            [(DUE, "med_"), (DUE, "post_"), (OWN_TIME, "post_"), (Shards::new("refresh", 8), "acc_")]
        {
            let used: BTreeSet<String> = (0..200).map(|n| shards.of(&format!("{prefix}{n}"))).collect();
            assert_eq!(used, shards.names().collect());
        }
    }

    #[test]
    fn an_id_stays_in_the_shard_that_it_was_stored_with() {
        assert_eq!((DUE.of("med_1"), DUE.of("post_abc"), DUE.of("")), ("due-1".into(), "due-1".into(), "due-0".into()));
    }
}
