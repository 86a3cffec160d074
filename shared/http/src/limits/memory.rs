//! What a process remembers of a minute: how many requests each tenant may make, and how many of them it may answer.

use std::collections::HashMap;

use jiff::Timestamp;
use slipway_domain::TenantId;
use slipway_store::Minute;

use super::RateStanding;

/// What a process knows of this minute.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) minute: Minute,
    pub(super) tenants: HashMap<TenantId, Portion>,
    /// Whose count does not answer: they are not counted until then. Each count is an item by itself, so that one that is
    /// asked for too often says nothing of the others.
    pub(super) open_until: HashMap<TenantId, Timestamp>,
}

/// What a process has of a tenant's minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Portion {
    /// How many requests the tenant may make.
    limit: u64,
    /// How many were taken by all processes, as far as this one knows.
    taken: u64,
    /// How many of those this process may still answer.
    left: u64,
    /// How many it has refused without taking them. It takes them along with its next ones.
    owed: u64,
    /// How many it has answered, refusals among them.
    answered: u64,
}

/// The largest part of what is left that a process takes at once: one of so many.
const PARTS: u64 = 8;

impl Memory {
    /// The minute of this time, never an earlier one than before. What was known of the one before is forgotten.
    pub(super) fn roll(&mut self, now: Timestamp) -> Minute {
        let minute = Minute::of(now);
        if minute > self.minute {
            self.minute = minute;
            self.tenants.clear();
            self.open_until.retain(|_, until| now < *until);
        }
        self.minute
    }
}

impl Portion {
    /// Of a tenant that may make so many.
    pub(super) fn of(limit: u64) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Whether the tenant may make no more.
    pub(super) const fn is_used_up(&self) -> bool {
        self.left == 0 && self.taken + self.owed >= self.limit
    }

    /// Whether the process knows without a call if it may answer the next one.
    pub(super) const fn knows(&self) -> bool {
        self.left > 0 || self.is_used_up()
    }

    /// Whether any process has begun the tenant's minute, as far as this one knows.
    pub(super) const fn has_begun(&self) -> bool {
        self.taken > 0
    }

    /// Answers one of those that are left, if one is.
    pub(super) const fn answer(&mut self) -> bool {
        let has_one = self.left > 0;
        if has_one {
            self.left -= 1;
            self.answered += 1;
        }
        has_one
    }

    /// Answers one that is refused, and has it counted later if none is left in hand. Not if the tenant may make no more.
    pub(super) const fn owe(&mut self) -> bool {
        if self.answer() {
            return true;
        }
        let has_room = !self.is_used_up();
        if has_room {
            self.owed += 1;
            self.answered += 1;
        }
        has_room
    }

    /// How many requests to take next.
    pub(super) fn share(&self) -> u64 {
        let room = self.limit.saturating_sub(self.taken + self.owed);
        room.div_ceil(PARTS).min(self.answered).max(1) + self.owed
    }

    /// Learns how many the tenant may make, and how many of them all processes have taken.
    pub(super) fn learn(&mut self, limit: u64, taken: u64) {
        self.limit = limit;
        // Another request of this process may have learnt more meanwhile.
        self.taken = self.taken.max(taken.min(limit));
    }

    /// Has so many more for itself. Answers one of them, if what it owes leaves one.
    pub(super) fn receive(&mut self, granted: u64) -> bool {
        let all = self.left + granted;
        let paid = all.min(self.owed);
        self.owed -= paid;
        self.left = all - paid;
        self.answer()
    }

    /// Where the tenant stands, as far as this process knows.
    pub(super) fn standing(&self, now: Timestamp) -> RateStanding {
        RateStanding {
            limit: self.limit,
            remaining: (self.limit.saturating_sub(self.taken) + self.left).saturating_sub(self.owed),
            reset: Minute::left_at(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_counted_with_what_is_taken_next() {
        let mut portion = Portion::of(20);
        assert!([(); 3].iter().all(|()| portion.owe()));
        assert_eq!((portion.share(), portion.remaining()), (6, 17), "three owed, an eighth of the others");
        portion.learn(20, 6);
        assert!(portion.receive(6));
        assert_eq!((portion.left, portion.owed, portion.remaining()), (2, 0, 16));
        assert!(portion.owe(), "one of those in hand");
        assert_eq!((portion.left, portion.owed), (1, 0));
    }

    #[test]
    fn nobody_is_refused_a_scope_more_often_than_the_limit() {
        let mut portion = Portion::of(3);
        assert_eq!([(); 4].map(|()| portion.owe()), [true, true, true, false]);
        assert!(portion.is_used_up() && portion.remaining() == 0);
        // Others have taken two of the three.
        portion.learn(3, 3);
        assert!(!portion.receive(1), "what is owed goes before");
        assert_eq!(portion.owed, 2);
    }

    #[test]
    fn what_is_known_is_never_less_than_before() {
        let mut portion = Portion::of(60);
        portion.learn(60, 40);
        portion.learn(600, 30);
        assert_eq!((portion.taken, portion.remaining()), (40, 560));
        portion.learn(30, 90);
        assert!(portion.is_used_up() && portion.taken == 40);
    }

    impl Portion {
        fn remaining(&self) -> u64 {
            self.standing(Timestamp::UNIX_EPOCH).remaining
        }
    }
}
