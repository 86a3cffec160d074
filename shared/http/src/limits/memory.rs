//! What a process remembers of a minute: how many requests each tenant may make, and how many of them it may answer.

use std::collections::HashMap;

use jiff::Timestamp;
use slipway_domain::TenantId;
use slipway_store::Minute;

use super::{Exceeded, RateStanding};

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
    /// How many requests the tenant may make; nothing if this process does not know. Then nobody is refused.
    limit: Option<u64>,
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
/// So many requests may a process owe before the others are told of them by the next one.
const MOST_OWED: u64 = 8;

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
    /// Refuses where the tenant is known to have no room for so many.
    pub(super) fn must_have_room(&self, requests: u64, now: Timestamp) -> Result<(), Exceeded> {
        match self.standing(now) {
            Some(standing) if standing.remaining < requests => Err(Exceeded(standing)),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether the process knows without a call if it may answer so many.
    pub(super) fn knows(&self, requests: u64) -> bool {
        self.left >= requests || self.remaining().is_some_and(|remaining| remaining < requests)
    }

    /// Whether any process has begun the tenant's minute, as far as this one knows.
    pub(super) const fn has_begun(&self) -> bool {
        self.taken > 0
    }

    /// How many it has refused without taking them.
    pub(super) const fn owed(&self) -> u64 {
        self.owed
    }

    /// Whether it is time that the others are told of what it owes.
    pub(super) const fn owes_much(&self) -> bool {
        self.owed >= MOST_OWED
    }

    /// Answers so many out of what is in hand, if that is enough.
    pub(super) const fn answer(&mut self, requests: u64) -> bool {
        let is_enough = self.left >= requests;
        if is_enough {
            self.left -= requests;
            self.answered += requests;
        }
        is_enough
    }

    /// Takes back what was answered and not needed.
    pub(super) const fn take_back(&mut self, requests: u64) {
        self.left += requests;
        self.answered = self.answered.saturating_sub(requests);
    }

    /// Answers one that is refused, and has it counted later if none is left in hand. Not if the tenant may make no more;
    /// what can't be measured by a limit is not counted.
    pub(super) fn owe(&mut self, now: Timestamp) -> Result<(), Exceeded> {
        if self.limit.is_none() || self.answer(1) {
            return Ok(());
        }
        self.must_have_room(1, now)?;
        self.owed += 1;
        self.answered += 1;
        Ok(())
    }

    /// How many requests to take next to answer so many, what is owed among them.
    pub(super) fn share(&self, requests: u64) -> u64 {
        let room = self.remaining().unwrap_or_default().saturating_sub(self.left);
        room.div_ceil(PARTS).min(self.answered).max(requests.saturating_sub(self.left)) + self.owed
    }

    /// Learns how many the tenant may make, and how many of them all processes have taken.
    pub(super) fn learn(&mut self, limit: u64, taken: u64) {
        self.limit = Some(limit);
        // Another request of this process may have learnt more meanwhile.
        self.taken = self.taken.max(taken.min(limit));
    }

    /// Has so many more for itself. They pay first what it owed when they were asked for; what came to that meanwhile is
    /// paid with the next ones.
    pub(super) fn receive(&mut self, granted: u64, owed: u64) {
        let paid = granted.min(owed).min(self.owed);
        self.owed -= paid;
        self.left += granted - paid;
    }

    /// Where the tenant stands, as far as this process knows.
    pub(super) fn standing(&self, now: Timestamp) -> Option<RateStanding> {
        let (limit, remaining) = (self.limit?, self.remaining()?);
        Some(RateStanding { limit, remaining, reset: Minute::left_at(now) })
    }

    fn remaining(&self) -> Option<u64> {
        self.limit.map(|limit| (limit.saturating_sub(self.taken) + self.left).saturating_sub(self.owed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn of(limit: u64) -> Portion {
        Portion { limit: Some(limit), ..Portion::default() }
    }

    #[test]
    fn what_is_refused_is_counted_with_what_is_taken_next() {
        let mut portion = of(20);
        assert!([(); 3].iter().all(|()| portion.owe(NOW).is_ok()));
        assert_eq!((portion.share(1), portion.remaining()), (6, Some(17)), "three, an eighth of the others");
        portion.learn(20, 6);
        portion.receive(6, 3);
        assert!(portion.answer(1));
        assert_eq!((portion.left, portion.owed, portion.remaining()), (2, 0, Some(16)));
        assert!(portion.owe(NOW).is_ok(), "one of those in hand");
        assert_eq!((portion.left, portion.owed), (1, 0));
    }

    #[test]
    fn nobody_is_refused_a_scope_more_often_than_the_limit() {
        let mut portion = of(3);
        assert_eq!([(); 4].map(|()| portion.owe(NOW).is_ok()), [true, true, true, false]);
        assert!(portion.knows(1) && portion.remaining() == Some(0));
        // Others have taken two of the three.
        portion.learn(3, 3);
        portion.receive(1, 3);
        assert!(!portion.answer(1), "what is owed goes before");
        assert_eq!(portion.owed, 2);
    }

    #[test]
    fn who_does_not_know_the_limit_owes_nothing_and_refuses_nobody() {
        let mut portion = Portion::default();
        for _ in 0..5000 {
            assert_eq!((portion.owe(NOW), portion.must_have_room(5, NOW)), (Ok(()), Ok(())));
        }
        assert_eq!((portion.owed, portion.standing(NOW), portion.share(1)), (0, None, 1));
        assert!(!portion.knows(1) && !portion.owes_much());
    }

    #[test]
    fn what_comes_to_a_debt_while_it_is_paid_waits_for_the_next_share() {
        let mut portion = of(60);
        assert!(portion.owe(NOW).is_ok());
        let (owed, share) = (portion.owed, portion.share(1));
        // While two of this process ask for the same, another one is refused.
        assert!(portion.owe(NOW).is_ok());
        portion.learn(60, 2 * share);
        for _ in 0..2 {
            portion.receive(share, owed);
            assert!(portion.answer(1), "it was taken for this one");
        }
        assert_eq!((share, portion.left, portion.owed), (2, 0, 0), "both have paid");
    }

    #[test]
    fn who_may_need_several_gives_back_what_was_not_needed() {
        let mut portion = of(60);
        assert_eq!((portion.answer(5), portion.share(5)), (false, 5));
        portion.learn(60, 5);
        portion.receive(5, 0);
        assert!(portion.answer(5));
        portion.take_back(4);
        assert_eq!((portion.left, portion.answered, portion.remaining()), (4, 1, Some(59)));
        assert_eq!((portion.answer(5), portion.share(5)), (false, 1), "four are in hand");
        portion.learn(60, 60);
        assert!(portion.knows(5) && portion.knows(4));
        assert_eq!(portion.must_have_room(4, NOW), Ok(()));
        assert_eq!(portion.must_have_room(5, NOW).unwrap_err().0.remaining, 4);
    }

    #[test]
    fn what_is_known_is_never_less_than_before() {
        let mut portion = of(60);
        portion.learn(60, 40);
        portion.learn(600, 30);
        assert_eq!((portion.taken, portion.remaining()), (40, Some(560)));
        portion.learn(30, 90);
        assert_eq!((portion.remaining(), portion.taken), (Some(0), 40));
    }
}
