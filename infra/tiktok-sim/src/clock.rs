//! The simulator's clock: real time plus an offset that tests move forward, so that an hour passes at once.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A point in simulated time, in milliseconds since the epoch. Serialised as RFC 3339 text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "jiff::Timestamp", from = "jiff::Timestamp")]
pub struct Moment(u64);

impl Moment {
    /// The machine's own time, without the offset.
    pub(crate) fn real_now() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(whole_millis(since_epoch))
    }

    /// Milliseconds since the epoch.
    pub fn millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch.
    pub fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// This moment and then some; stops at the end of time instead of overflowing.
    #[must_use]
    pub(crate) fn plus(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(wait)))
    }

    /// How long ago `earlier` was; zero if it has not come yet.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl From<Moment> for jiff::Timestamp {
    fn from(moment: Moment) -> Self {
        i64::try_from(moment.0).ok().and_then(|millis| Self::from_millisecond(millis).ok()).unwrap_or(Self::MAX)
    }
}

impl From<jiff::Timestamp> for Moment {
    fn from(timestamp: jiff::Timestamp) -> Self {
        Self(u64::try_from(timestamp.as_millisecond()).unwrap_or(0))
    }
}

/// Real time plus the offset the tests asked for.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset: Duration,
}

impl Clock {
    pub(crate) fn now(&self) -> Moment {
        Moment::real_now().plus(self.offset)
    }

    /// A clock that is this far ahead of real time.
    pub(crate) fn ahead(offset: Duration) -> Self {
        Self { offset }
    }

    /// How far it is ahead of real time.
    pub(crate) fn offset(&self) -> Duration {
        self.offset
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.offset = self.offset.saturating_add(by);
    }
}

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
