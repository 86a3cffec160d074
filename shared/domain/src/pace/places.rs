//! The places of one line: taken, given back, and which time is free.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{LATE, Window};
use crate::DeferReason;

/// The places that were taken, and until when nobody may use one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Places {
    /// Since 1970, in their order: all of the last day, and all that lie ahead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) taken: Vec<i64>,
    /// Set by TikTok's refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) closed: Option<Closed>,
}

/// Until when nobody may begin, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Closed {
    pub(super) until: i64,
    pub(super) why: DeferReason,
}

impl Places {
    pub(super) fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// All but one at this time; nothing if there is none.
    pub(super) fn without(&self, place: Timestamp) -> Option<Vec<i64>> {
        let mut others = self.clone();
        others.give_back(place).then_some(others.taken)
    }

    pub(super) fn give_back(&mut self, place: Timestamp) -> bool {
        let found = self.taken.binary_search(&place.as_second());
        found.map(|index| self.taken.remove(index)).is_ok()
    }

    pub(super) fn forget_what_no_window_sees(&mut self, now: Timestamp) {
        let seen = now.as_second() - Window::Day.seconds();
        self.taken.retain(|place| *place > seen);
        self.closed = self.closed.filter(|closed| closed.until > now.as_second());
    }

    /// The same without those that lie ahead, and without what no window sees.
    pub(super) fn begun(&self, now: Timestamp) -> Self {
        // Whoever has looked a moment ago may begin yet.
        let mut begun = Self { taken: before(&self.taken, now, now), closed: self.closed };
        begun.forget_what_no_window_sees(now);
        begun
    }

    /// When no window sees any of them, and nobody is refused any more.
    pub(super) fn seen_until(&self) -> Option<i64> {
        let last = self.taken.last().map(|last| last + Window::Day.seconds());
        last.max(self.closed.map(|closed| closed.until))
    }
}

/// The places that go before this one: the earlier ones, and those whose turn it is about now.
pub(super) fn before(taken: &[i64], place: Timestamp, now: Timestamp) -> Vec<i64> {
    let last = place.max(now + LATE).as_second();
    taken.iter().copied().filter(|other| *other <= last).collect()
}

/// The first time from `from` on that has room in all windows, and the longest window that had none before.
pub(super) fn first_free(taken: &[i64], from: i64, windows: &[(Window, usize)]) -> (i64, Option<Window>) {
    let full = |at: i64| {
        let index = taken.partition_point(|other| *other <= at);
        let mut with = taken.to_vec();
        with.insert(index, at);
        let is_full = |(window, limit): &(Window, usize)| {
            // Each run of one more than the limit that this place is in.
            let mut runs = with.get(index.saturating_sub(*limit)..).unwrap_or_default().windows(limit + 1);
            runs.any(|run| run.first().zip(run.last()).is_some_and(|(first, last)| last - first < window.seconds()))
        };
        windows.iter().filter(|window| is_full(window)).map(|(window, _)| *window).max()
    };
    // There is room only when a place leaves a window.
    let mut ends: Vec<i64> = vec![from];
    for (window, _) in windows {
        ends.extend(taken.iter().map(|place| place + window.seconds()).filter(|end| *end > from));
    }
    ends.sort_unstable();
    ends.dedup();
    let mut held = None;
    for at in &ends {
        match full(*at) {
            None => return (*at, held),
            window => held = held.max(window),
        }
    }
    // Not reached: behind the last end there is nothing.
    (ends.last().copied().unwrap_or(from), held)
}
