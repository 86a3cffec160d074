//! The partitions that an index by time is spread over.

use aws_sdk_dynamodb::Client;
use jiff::Timestamp;

use crate::item::{Item, number, text};
use crate::{Epoch, StoreError};

/// A number of partitions of an index. One partition takes 1,000 writes a second; more make each reading of the whole
/// index dearer by one query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shards {
    prefix: &'static str,
    count: u8,
}

/// Those of the indexes `due`, which the sweep reads.
pub(crate) const DUE: Shards = Shards::new("due", 4);

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

/// The keys of what is due by `now` in the index `due` of this table, the oldest of each shard first, at most `most` a
/// shard.
pub(crate) async fn due(client: &Client, table: &str, now: Timestamp, most: i32) -> Result<Vec<Item>, StoreError> {
    let mut found = Vec::new();
    for shard in DUE.names() {
        let page = client
            .query()
            .table_name(table)
            .index_name("due")
            .key_condition_expression("due_shard = :shard AND due_at <= :now")
            .expression_attribute_values(":shard", text(shard))
            .expression_attribute_values(":now", number(Epoch::from(now).0))
            .limit(most)
            .send()
            .await?;
        found.extend(page.items.unwrap_or_default());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_spread_over_all_shards_and_no_others() {
        for (shards, prefix) in [(DUE, "med_"), (DUE, "post_"), (Shards::new("refresh", 8), "acc_")] {
            let used: BTreeSet<String> = (0..200).map(|n| shards.of(&format!("{prefix}{n}"))).collect();
            assert_eq!(used, shards.names().collect());
        }
    }

    #[test]
    fn an_id_stays_in_the_shard_that_it_was_stored_with() {
        assert_eq!((DUE.of("med_1"), DUE.of("post_abc"), DUE.of("")), ("due-1".into(), "due-1".into(), "due-0".into()));
    }
}
