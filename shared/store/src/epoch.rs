//! Times in the form of the indexes' keys.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A moment in whole seconds since 1970, as DynamoDB's number keys want it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(i64);

impl Epoch {
    /// The moment, if it is one that there is.
    pub fn moment(self) -> Option<Timestamp> {
        Timestamp::from_second(self.0).ok()
    }

    /// It as seconds since 1970.
    pub const fn as_second(self) -> i64 {
        self.0
    }
}

impl From<Timestamp> for Epoch {
    fn from(at: Timestamp) -> Self {
        Self(at.as_second())
    }
}
