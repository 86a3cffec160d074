//! When an invocation ends.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_runtime::Context;

/// When Lambda ends this invocation.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    at: Instant,
    total: Duration,
}

impl Deadline {
    /// The deadline of an invocation, out of Lambda's context.
    pub fn of(context: &Context) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::after(Duration::from_millis(context.deadline).saturating_sub(now))
    }

    /// The moment itself.
    pub const fn at(self) -> Instant {
        self.at
    }

    /// The deadline is `left` from now.
    pub fn after(left: Duration) -> Self {
        Self { at: Instant::now() + left, total: left }
    }

    /// How much time is left.
    pub fn left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// Whether a chunk that may take as long as `slowest` so far should not be begun any more.
    pub fn too_near_for(self, slowest: Duration) -> bool {
        self.left() < (slowest + slowest / 2).max(self.total.min(Duration::from_secs(40)) / 4)
    }

    /// When to break off whatever is under way. What is left then is for finishing up: an eighth of the whole time, at
    /// most `reserve`.
    pub fn last_call(self, reserve: Duration) -> Instant {
        self.leaving((self.total / 8).min(reserve))
    }

    /// When this much time is left; now, if less is left.
    pub fn leaving(self, reserve: Duration) -> Instant {
        Instant::now() + self.left().saturating_sub(reserve)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_stops_in_time_with_long_and_with_short_deadlines() {
        for (left, slowest, stop) in
            [(300, 0, false), (300, 150, false), (300, 250, true), (9, 0, false), (4, 0, false), (4, 3, true)]
        {
            let deadline = Deadline::after(Duration::from_secs(left));
            assert_eq!(deadline.too_near_for(Duration::from_secs(slowest)), stop, "{left} s left, {slowest} s a chunk");
        }
    }

    #[test]
    fn there_is_time_left_to_finish_up() {
        for (left, reserve, least) in [(300, 4, 4), (9, 4, 1), (900, 30, 30), (80, 30, 10), (8, 30, 1), (0, 30, 0)] {
            let deadline = Deadline::after(Duration::from_secs(left));
            let margin = deadline.at().duration_since(deadline.last_call(Duration::from_secs(reserve)));
            assert!(margin <= Duration::from_secs(least + 1), "{left}: {margin:?}");
            assert!(margin + Duration::from_millis(900) > Duration::from_secs(least), "{left}: {margin:?}");
        }
    }
}
