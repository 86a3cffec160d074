//! Quotas: how often something may happen in a window of time, counted where it happens.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | what was counted in a window | `QUOTA#{name}` | the window's beginning, in seconds since 1970 |
//!
//! The counter is written in the transaction of what it counts, so that nothing is counted that did not happen and
//! nothing happens uncounted. Windows have fixed beginnings; the table's time-to-live removes those that are over.

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;
use slipway_domain::limits::Rate;

use crate::StoreError;
use crate::clock::began;
use crate::item::{EXPIRES_AT, key, seconds};
use crate::update::Update;

/// How often something may happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// What is counted: a name that no other quota of its table has.
    pub name: String,
    /// How often it may happen in a window.
    pub rate: Rate,
}

/// A quota is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// When its window ends, and the next one begins.
    pub until: Timestamp,
}

impl Quota {
    /// The write that counts one against this window, on the condition that there is room.
    pub(crate) fn count(&self, table: &str, now: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let from = self.from(now);
        Update::of(table, key(format!("QUOTA#{}", self.name), from.as_second().to_string()))
            .add_up_to("counted", 1, self.rate.most)
            .set(EXPIRES_AT, seconds(from + self.rate.window + self.rate.window))
            .in_transaction()
    }

    /// That this window is used up.
    pub(crate) fn exceeded(&self, now: Timestamp) -> Exceeded {
        Exceeded { until: self.from(now) + self.rate.window }
    }

    fn from(&self, now: Timestamp) -> Timestamp {
        began(self.rate.window, now)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_window_begins_where_the_one_before_ends() {
        let quota = Quota { name: "x".to_owned(), rate: Rate { most: 1, window: SignedDuration::from_mins(10) } };
        for (now, until) in [(0, 600), (599, 600), (600, 1200), (1_764_000_001, 1_764_000_600)] {
            let now = Timestamp::from_second(now).unwrap();
            assert_eq!(quota.exceeded(now).until.as_second(), until);
        }
    }
}
