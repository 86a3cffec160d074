//! When an endpoint is told again, and when it is not told any more.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::EventType;
use crate::lifetimes::DAY;

/// How long after each failed attempt the next one is made. After the last one there is none.
pub const RETRY_AFTER: [SignedDuration; 9] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(5),
    SignedDuration::from_hours(10),
    SignedDuration::from_hours(10),
    SignedDuration::from_hours(24),
    SignedDuration::from_hours(24),
];
/// Each pause is longer or shorter by up to this share of it, in per cent, so that many deliveries that failed together
/// do not come back together.
pub const JITTER_PERCENT: i64 = 20;
/// The longest pause that an endpoint may ask for.
pub const LONGEST_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// How long an endpoint may fail until it is told nothing any more.
pub const DISABLED_AFTER: SignedDuration = SignedDuration::from_hours(5 * 24);
/// How many attempts in a row may run out of time before an endpoint is left alone for a while.
pub const SLOW_ATTEMPTS: u32 = 3;
/// How long it is left alone then, at first; twice as long after each further one.
const FIRST_REST: SignedDuration = SignedDuration::from_secs(30);
/// And how long at most.
const LONGEST_REST: SignedDuration = SignedDuration::from_mins(10);

/// How long after its time a delivery counts as left behind, where a message was sent for that time.
pub const LEFT_BEHIND_AFTER: SignedDuration = SignedDuration::from_mins(2);

/// As how many requests of a tenant's one counts that makes an attempt itself and waits for its answer: it may hold its
/// process for [`ATTEMPT_TAKES`], and processes are shared by all.
pub const ATTEMPT_COUNTS_AS: u64 = 5;

/// The most endpoints of a tenant.
pub const MAX_WEBHOOKS: usize = 20;
/// The most attempts of one delivery that are kept, those that a caller asked for included.
pub const MAX_ATTEMPTS: usize = 20;
/// The most accounts, or brands, that an endpoint is restricted to.
pub const MAX_FILTERS: usize = 50;
/// The most names of events that one request may hold, some of them twice.
pub const MAX_EVENTS: usize = EventType::ALL.len() * 2;
/// The longest address of an endpoint, in bytes.
pub const MAX_URL: usize = 2_000;
/// The most that a test may tell, in bytes of JSON.
pub const MAX_TEST_DATA: usize = 64 * 1024;
/// How long an attempt may take: an endpoint that has not answered by then has failed it.
pub const ATTEMPT_TAKES: Duration = Duration::from_secs(10);
/// How much is kept of what an endpoint answers, in bytes.
pub const KEPT_OF_ANSWER: u64 = 1024;
/// How long an endpoint and an event count that came with the message about their delivery, and were read when that was
/// made. An endpoint that was switched off, deleted or given another secret may be called as before for so much longer,
/// which is less than a call may take that is already under way.
pub const READ_WITH_ITS_MESSAGE: SignedDuration = SignedDuration::from_secs(5);
/// After this a call of an endpoint has ended, and what came of it is written.
pub const CALL_TAKES: SignedDuration = SignedDuration::from_secs(15);
/// Over how long a time callers are shown how deliveries ended.
pub const COUNTED_OVER: [SignedDuration; 2] = [DAY, SignedDuration::from_hours(7 * 24)];
/// How long deliveries are kept.
pub const DELIVERY_KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// When the next attempt is due after `failed` ones, the last of which was now; nothing if that was the last.
///
/// `dice` is any number: what is random about the pause. An endpoint that asks for a longer pause gets it.
pub fn next_attempt(failed: usize, now: Timestamp, asked: Option<SignedDuration>, dice: u64) -> Option<Timestamp> {
    let planned = RETRY_AFTER.get(failed.checked_sub(1)?)?;
    let spread = u64::try_from(2 * JITTER_PERCENT + 1).unwrap_or(1);
    let percent = i64::try_from(dice % spread).unwrap_or(0) - JITTER_PERCENT;
    let millis = i64::try_from(planned.as_millis()).unwrap_or(i64::MAX);
    let pause = SignedDuration::from_millis(millis + millis / 100 * percent);
    let asked = asked.unwrap_or_default().min(LONGEST_RETRY_AFTER);
    Some(now + pause.max(asked))
}

/// Until when an endpoint is left alone after so many attempts in a row that ran out of time.
pub fn rests_until(slow_in_a_row: u32, now: Timestamp) -> Option<Timestamp> {
    let doublings = slow_in_a_row.checked_sub(SLOW_ATTEMPTS)?;
    let rest = FIRST_REST.checked_mul(1 << doublings.min(10)).unwrap_or(LONGEST_REST);
    Some(now + rest.min(LONGEST_REST))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn the_pauses_are_those_of_the_contract_give_or_take_a_fifth() {
        for (failed, planned) in RETRY_AFTER.iter().enumerate() {
            for dice in [0, 20, 40, 41, u64::MAX] {
                let at = next_attempt(failed + 1, NOW, None, dice).unwrap();
                let ratio = at.duration_since(NOW).as_secs_f64() / planned.as_secs_f64();
                assert!((0.8..=1.2).contains(&ratio), "{failed} {dice}: {ratio}");
            }
            assert_eq!(next_attempt(failed + 1, NOW, None, 20), Some(NOW + *planned));
        }
        assert_eq!(next_attempt(10, NOW, None, 20), None);
        assert_eq!(next_attempt(0, NOW, None, 20), None);
    }

    #[test]
    fn an_endpoint_may_ask_for_a_longer_pause_but_not_for_any() {
        let ask = |seconds| next_attempt(1, NOW, Some(SignedDuration::from_secs(seconds)), 20).unwrap();
        assert_eq!(ask(1), NOW + SignedDuration::from_secs(5));
        assert_eq!(ask(60), NOW + SignedDuration::from_secs(60));
        assert_eq!(ask(i64::MAX), NOW + SignedDuration::from_hours(24));
        assert_eq!(next_attempt(10, NOW, Some(SignedDuration::from_secs(60)), 20), None);
    }

    #[test]
    fn an_endpoint_that_hangs_is_left_alone_longer_and_longer() {
        let rest = |slow| rests_until(slow, NOW).map(|at| at.duration_since(NOW).as_secs());
        assert_eq!(
            [0, 2, 3, 4, 5, 7, 8, 99, u32::MAX].map(rest),
            [None, None, Some(30), Some(60), Some(120), Some(480), Some(600), Some(600), Some(600)]
        );
    }
}
