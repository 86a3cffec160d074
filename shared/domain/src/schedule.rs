//! When something is to be done: status checks, the sweep, the renewal of tokens.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{DeferReason, Mode, PrivacyLevel, StatusWord, TargetState};

/// `first`, doubled so many times, up to `longest`: what to wait for at the most, or at the least, before another try.
pub fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.checked_mul(2_u32.saturating_pow(times)).map_or(longest, |pause| pause.min(longest))
}

/// When to check for the first time: as long as TikTok says that processing takes for the size
/// (half a minute to 512 MB, a minute at 1 GB, two minutes at 4 GB), on the scale of `base` for the small ones. TikTok's
/// double knows at once.
pub fn first_check(base: Duration, mode: Mode, size_bytes: u64) -> Duration {
    const MIB: u64 = 1024 * 1024;
    if mode == Mode::Test {
        return base.min(Duration::from_secs(1));
    }
    match size_bytes {
        ..=536_870_912 => base,
        size if size <= 1024 * MIB => base * 2,
        _ => base * 4,
    }
}

/// When to check again after check number `number` (from 0) found no outcome: each pause is twice the one before.
pub fn next_check(first: Duration, number: u32) -> Duration {
    doubled(first, number.saturating_add(1), Duration::from_mins(15))
}

/// How long a target is tried for, from its own time or its turn on, before it is given up.
pub const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// How long TikTok's word on a publish is waited for before a person has to look.
pub const NO_OUTCOME_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// By how much TikTok's clock may differ from ours.
pub const CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_mins(2);

/// How long until the sweep comes back to a target that it has requeued `requeues` times in a row: a backlog must
/// not be made longer by messages about what waits in it.
pub fn requeue_pause(requeues: u32) -> Duration {
    doubled(Duration::from_mins(1), requeues, Duration::from_mins(16))
}

/// How long a renewal rests that has failed `failures` times before: five minutes, then twice as long each time, to
/// six hours. TikTok down for a day must not make every run of that day ask about every account.
pub fn renewal_pause(failures: u32) -> Duration {
    doubled(Duration::from_mins(5), failures, Duration::from_hours(6))
}

/// For how long nothing of a tenant that is deleted must be found before it is gone. A state of the flow by which creators
/// connect is good for ten minutes, an invite that was followed just before it went makes one, and a request takes half a
/// minute. Its keys open nothing all the time.
pub const QUIET: SignedDuration = SignedDuration::from_mins(15);
/// For how long a process remembers whose a key is that opened something, and counts its requests before it reads it.
/// Shorter than [`QUIET`], so that nobody counts for a tenant that is gone.
pub const KEY_IS_KNOWN: SignedDuration = SignedDuration::from_mins(10);

/// How long the one who began to delete media has until the sweep goes on with it.
pub const REMOVAL_WITHIN: SignedDuration = SignedDuration::from_mins(1);
/// How long the deletion of a tenant or a brand is nobody else's once somebody goes on with it: longer than a request or a
/// run takes.
pub const DELETION_CLAIM: SignedDuration = SignedDuration::from_mins(2);
/// How long a creator has for TikTok's page of consent.
pub const CONSENT_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// How long after a worker's claim ends, or a message was sent, the sweep takes a target, or an import, for stalled.
pub const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// A target whose own time is not further away than this gets its message from whoever writes it, delayed until then. For
/// all others the sweep sends it, ahead of their time. A little less than the longest delay that SQS knows.
pub const BY_MESSAGE: SignedDuration = SignedDuration::from_mins(14);

/// The time for which a target in this state waits, if it waits for one.
pub const fn own_time(state: &TargetState) -> Option<Timestamp> {
    match state {
        // What is being imported comes when it comes; its time is only when somebody looks.
        TargetState::Deferred { why: DeferReason::MediaImport, .. }
        | TargetState::Draft
        | TargetState::Queued { .. }
        | TargetState::Initialising { .. }
        | TargetState::Uploading { .. }
        | TargetState::Pulling { .. }
        | TargetState::Processing { .. }
        | TargetState::InInbox { .. }
        | TargetState::Published { .. }
        | TargetState::Failed { .. }
        | TargetState::Unconfirmed { .. }
        | TargetState::Cancelled => None,
        TargetState::Scheduled { at: time } | TargetState::Deferred { until: time, .. } => Some(*time),
    }
}

/// How long to delay the message about a target that waits for its own time, in whole seconds and never too short; nothing
/// if the sweep sends it. Whoever writes the state has to send the message: the sweep looks only after that time.
pub fn message_in(state: &TargetState, now: Timestamp) -> Option<Duration> {
    let at = own_time(state)?;
    (at.duration_since(now) <= BY_MESSAGE).then(|| seconds_until(at, now))
}

/// How long it is until then, in the whole seconds that queues count in and never too short; nothing if that is past.
pub fn seconds_until(at: Timestamp, now: Timestamp) -> Duration {
    let wait = Duration::try_from(at.duration_since(now)).unwrap_or_default();
    Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

/// When the sweep has to look at a target that goes into this state now, if nothing happens before.
///
/// Every state that must not last has an answer: that is what keeps a post from just sitting there. A target that waits
/// for its own time is due at that time; once its message is under way, a little later.
pub fn due_at(state: &TargetState, now: Timestamp) -> Option<Timestamp> {
    match state {
        TargetState::Deferred { until, why: DeferReason::MediaImport, .. } => Some(*until),
        TargetState::Scheduled { at } | TargetState::Deferred { until: at, .. } => {
            Some(if message_in(state, now).is_some() { (*at).max(now) + GRACE } else { *at })
        }
        TargetState::Queued { .. } | TargetState::Initialising { .. } | TargetState::Uploading { .. } => {
            Some(now + GRACE)
        }
        // A worker is waiting for TikTok's answer; once that is lost, for what else is heard of it.
        TargetState::Pulling { pull } => Some(pull.over_at().unwrap_or(now + GRACE)),
        // TikTok is at work; the status checks have their own messages, this is the net under them.
        TargetState::Processing { .. } => Some(now + GRACE * 4),
        TargetState::Draft
        | TargetState::InInbox { .. }
        | TargetState::Published { .. }
        | TargetState::Failed { .. }
        | TargetState::Unconfirmed { .. }
        | TargetState::Cancelled => None,
    }
}

/// After this long a publish of ours that TikTok does not know will not be known any more.
const UNKNOWN_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// Whether TikTok's word `said`, that it does not know a publish which began at `since`, is its last one: it said the same
/// when it was asked before, and the publish is no news any more. A single such answer says little, for TikTok may learn
/// of the publish a moment later.
pub fn is_unknown_for_good(
    said_before: Option<&StatusWord>,
    said: &StatusWord,
    since: Timestamp,
    now: Timestamp,
) -> bool {
    said_before == Some(said) && now.duration_since(since) >= UNKNOWN_AFTER
}

/// How long public ids are waited for.
pub const IDS_UNTIL: SignedDuration = SignedDuration::from_hours(48);
/// How long a draft in the inbox is watched.
pub const INBOX_UNTIL: SignedDuration = SignedDuration::from_hours(24 * 7);

/// When to check a target again that reached TikTok but about which more is to be learnt: a public id that comes
/// after moderation, a draft that the creator finishes. Nothing, if nothing more is expected. A draft has no privacy level:
/// its creator may have made it public.
pub fn slow_check(
    state: &TargetState,
    privacy: Option<PrivacyLevel>,
    number: u32,
    now: Timestamp,
) -> Option<Timestamp> {
    let (started, until, first) = match state {
        TargetState::Published { at, post_ids, .. }
            if post_ids.is_empty() && privacy != Some(PrivacyLevel::SelfOnly) =>
        {
            (*at, IDS_UNTIL, SignedDuration::from_mins(2))
        }
        TargetState::InInbox { since, .. } => (*since, INBOX_UNTIL, SignedDuration::from_hours(1)),
        _ => return None,
    };
    let pause = first.checked_mul(2_i32.saturating_pow(number.min(12)))?.min(SignedDuration::from_hours(6));
    Some(now + pause).filter(|next| next.duration_since(started) < until)
}

/// An account counts as used lately for this long after its last use.
const USED_LATELY: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The access token of an account that was used lately is renewed at most this long before its end.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);
/// The refresh token is not kept alive more often than this, however little is left of its life.
const KEEP_ALIVE_AT_MOST_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// When tokens that were stored at `now` are to be renewed.
///
/// An account that was used lately gets a new access token shortly before the old one ends: ten minutes, or a tenth
/// of the time left to it if that is shorter. Every account is renewed at half of the time left to its refresh
/// token, which for TikTok's half year is three months before the end: where a renewal prolongs the refresh token it
/// never ends, and where it does not, the renewals before its end tell nothing worse than that it still works.
///
/// All from the lifetimes that TikTok answered with; it has changed them before. In whole seconds, as the index has
/// them, rounded down.
pub fn refresh_at(
    access_expires_at: Timestamp,
    refresh_expires_at: Timestamp,
    last_used_at: Timestamp,
    now: Timestamp,
) -> Timestamp {
    let left = |end: Timestamp| end.duration_since(now).max(SignedDuration::ZERO);
    let keep_alive = (left(refresh_expires_at) / 2).max(KEEP_ALIVE_AT_MOST_EVERY);
    let wait = if now.duration_since(last_used_at) < USED_LATELY {
        let access = left(access_expires_at);
        (access - (access / 10).min(AHEAD)).min(keep_alive)
    } else {
        keep_alive
    };
    let at = now.checked_add(wait).unwrap_or(Timestamp::MAX);
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PublishId, VideoId};

    #[test]
    fn a_doubled_pause_grows_up_to_the_longest() {
        let (first, longest) = (Duration::from_millis(30), Duration::from_secs(1));
        let pauses = [0, 1, 5, 6, 31, 32, u32::MAX].map(|times| doubled(first, times, longest).as_millis());
        assert_eq!(pauses, [30, 60, 960, 1000, 1000, 1000, 1000]);
        assert_eq!(doubled(Duration::MAX, 1, Duration::MAX), Duration::MAX);
    }

    #[test]
    fn a_stubborn_target_is_requeued_ever_less_often_but_never_forgotten() {
        let pauses: Vec<_> = (0..6).map(|requeues| requeue_pause(requeues).as_secs()).collect();
        assert_eq!(pauses, [60, 120, 240, 480, 960, 960]);
        assert_eq!(requeue_pause(u32::MAX).as_secs(), 960);
    }

    #[test]
    fn a_renewal_that_fails_again_and_again_rests_ever_longer_but_never_a_day() {
        let minutes: Vec<_> = (0..9).map(|failures| renewal_pause(failures).as_secs() / 60).collect();
        assert_eq!(minutes, [5, 10, 20, 40, 80, 160, 320, 360, 360]);
        assert_eq!(renewal_pause(u32::MAX), Duration::from_hours(6));
    }

    #[test]
    fn a_wait_in_whole_seconds_is_never_too_short() {
        let now = Timestamp::from_millisecond(1_000_250).unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        for (second, expected) in [(900, 0), (1_000, 0), (1_001, 1), (1_060, 60)] {
            assert_eq!(seconds_until(at(second), now).as_secs(), expected, "{second}");
        }
    }

    #[test]
    fn only_what_may_still_change_is_checked_again() {
        let at = Timestamp::UNIX_EPOCH;
        let published =
            |post_ids: Vec<VideoId>| TargetState::Published { publish_id: Some(PublishId::new("p")), at, post_ids };
        let public = Some(PrivacyLevel::PublicToEveryone);
        assert!(slow_check(&published(vec![]), public, 0, at).is_some());
        assert!(slow_check(&published(vec![]), None, 0, at).is_some(), "a creator may have made a draft public");
        assert_eq!(slow_check(&published(vec![VideoId::new("1")]), public, 0, at), None);
        assert_eq!(slow_check(&published(vec![]), Some(PrivacyLevel::SelfOnly), 0, at), None);
        assert_eq!(slow_check(&published(vec![]), public, 0, at + SignedDuration::from_hours(48)), None);
        assert_eq!(slow_check(&TargetState::Cancelled, public, 0, at), None);
    }

    #[test]
    fn the_slow_checks_at_one_post_are_few_and_come_to_an_end() {
        let start = Timestamp::UNIX_EPOCH;
        let state = TargetState::Published { publish_id: Some(PublishId::new("p")), at: start, post_ids: vec![] };
        let (mut now, mut checks) = (start, 0);
        while let Some(next) = slow_check(&state, Some(PrivacyLevel::PublicToEveryone), checks, now) {
            assert!(next > now);
            now = next;
            checks += 1;
        }
        assert!((5..=20).contains(&checks), "{checks} checks");
    }

    #[test]
    fn checks_stay_within_their_budget() {
        let first = Duration::from_secs(30);
        let (mut at, mut times) = (first_check(first, Mode::Live, 1), vec![30]);
        for number in 0..10 {
            at += next_check(first, number);
            times.push(at.as_secs());
        }
        assert!(times.iter().filter(|at| **at <= 90).count() <= 3, "{times:?}");
        assert!(times.iter().filter(|at| **at <= 600).count() <= 7, "{times:?}");
        assert_eq!(next_check(first, u32::MAX), Duration::from_mins(15));
    }

    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;

    /// Seconds from now until the renewal.
    fn wait(access: i64, refresh: i64, idle: i64) -> i64 {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let after = |seconds| now + SignedDuration::from_secs(seconds);
        refresh_at(after(access), after(refresh), after(-idle), now).as_second() - now.as_second()
    }

    #[test]
    fn an_account_in_use_is_renewed_in_time_and_an_idle_one_kept_alive() {
        for (access, refresh, idle, expected, why) in [
            (2 * HOUR, 180 * DAY, 0, 110 * MINUTE, "ten minutes before two hours are over"),
            (DAY, 365 * DAY, 0, DAY - 10 * MINUTE, "the lifetimes of other times"),
            (10 * MINUTE, 180 * DAY, DAY, 9 * MINUTE, "a short life: a tenth of it"),
            (2 * HOUR, 180 * DAY, 7 * DAY - 1, 110 * MINUTE, "used lately, just so"),
            (2 * HOUR, 180 * DAY, 7 * DAY, 90 * DAY, "idle: half of the refresh token's life"),
            (2 * HOUR, 60 * DAY, 30 * DAY, 30 * DAY, "thirty days before the end"),
            (2 * HOUR, 10 * DAY, 30 * DAY, 5 * DAY, "a life that renewals do not prolong"),
            (90 * DAY, 60 * DAY, 0, 30 * DAY, "used, but the refresh token ends first"),
            (2 * HOUR, HOUR, 30 * DAY, HOUR, "at its end it is tried, to learn how things stand"),
            (2 * HOUR, -DAY, 30 * DAY, HOUR, "and after it, not all the time"),
            (-HOUR, 180 * DAY, 0, 0, "overdue means now"),
        ] {
            assert_eq!(wait(access, refresh, idle), expected, "{why}");
        }
    }

    #[test]
    fn a_renewal_comes_before_both_ends_or_within_the_hour() {
        for access in [0, 1, 59, HOUR, DAY, 400 * DAY] {
            for refresh in [0, 1, 59, HOUR, DAY, 400 * DAY] {
                for idle in [0, DAY, 7 * DAY, 400 * DAY] {
                    let wait = wait(access, refresh, idle);
                    assert!((0..=refresh.max(HOUR)).contains(&wait), "{access} {refresh} {idle}: {wait}");
                    assert!(idle >= 7 * DAY || wait <= access, "{access} {refresh} {idle}: {wait}");
                }
            }
        }
    }
}
