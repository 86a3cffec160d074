//! Sliding windows: at most so many calls in the last minute, per user and endpoint.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::clock::Moment;
use crate::endpoint::Endpoint;

const WINDOW: Duration = Duration::from_mins(1);

/// The accepted calls of the last minute. Refused ones do not count.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    calls: HashMap<(String, Endpoint), VecDeque<Moment>>,
}

impl Windows {
    /// Counts a call and says whether it is within the limit.
    pub(crate) fn admit(&mut self, open_id: &str, endpoint: Endpoint, limit: Option<usize>, now: Moment) -> bool {
        let Some(limit) = limit else { return true };
        let calls = self.calls.entry((open_id.to_owned(), endpoint)).or_default();
        while calls.front().is_some_and(|call| now.since(*call) >= WINDOW) {
            calls.pop_front();
        }
        let admitted = calls.len() < limit;
        if admitted {
            calls.push_back(now);
        }
        admitted
    }
}
