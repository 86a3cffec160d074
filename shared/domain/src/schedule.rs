//! When something is to be done: status checks, the sweep, the renewal of tokens, calls, uploads and imports.

mod ahead;
mod calls;
mod deletions;
mod keys;
mod media;
mod tokens;
mod uploads;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

pub use self::ahead::{DELIVERIES_AHEAD, POSTS_AHEAD, TOKENS_AHEAD};
pub use self::calls::{
    CALLED_AFTER_CAP, CALLED_AFTER_CUT, CALLED_AFTER_FAULT, CALLERS_COME_BACK, CALLERS_COME_BACK_SOON,
    LONGEST_RETRY_AFTER, LONGEST_TIKTOK_CALL, TIKTOK_CALL_TAKES, TIKTOK_CONNECTS_WITHIN,
};
pub use self::deletions::{DELETION_COMES_BACK, MEDIA_WALKED_AGAIN, REQUEST_TAKES};
pub use self::keys::{KEY_IS_BARRED, KEY_IS_KNOWN, KEY_IS_SHUT, KEY_IS_UNKNOWN, KEY_USE_IS_NOTED, NOTHING_IS_COUNTED};
pub use self::media::{
    AWAITED_MEDIA_CHECKED, BUCKET_ROUND_EVERY, IMPORT_CALL_LOST, IMPORT_CHECKED_AGAIN, IMPORT_TRIES,
    LONGEST_IMPORT_PAUSE, MEDIA_CHECKED_AGAIN, MEDIA_TRIED_AGAIN, SLOT_OUTLASTS_IT_BY, import_pause,
};
pub use self::tokens::{
    LONGEST_RENEWAL, QUESTION_CLAIM, QUESTION_IS_AWAITED_WITHIN, REFRESH_AWAITED, REFRESH_AWAITED_BY_CALLERS,
    REFRESH_CLAIM, REFRESH_IS_AWAITED_WITHIN, TOKEN_ENDS_SOON,
};
pub use self::uploads::{
    AFTER_FAULTS, ASKED_SOON, LINE_IS_CROWDED, PULL_ANSWER_LOST, PULL_IS_CALLED, WHOLE_UPLOAD_ASKED_AGAIN,
    after_unknown_init, asked_again_at, has_run_out, upload_rest,
};
use crate::{DeferReason, Mode, PrivacyLevel, StatusWord, TargetState};

/// `first`, doubled so many times, up to `longest`: what to wait for at the most, or at the least, before another try.
pub fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.checked_mul(2_u32.saturating_pow(times)).map_or(longest, |pause| pause.min(longest))
}

/// When a pause is over that begins now: never, if there is no such time.
pub fn pause_ends(pause: Duration, now: Timestamp) -> Timestamp {
    now.saturating_add(pause).unwrap_or(Timestamp::MAX)
}

/// When the sweep looks whether the message came that ends a pause which begins now.
pub fn pause_is_checked(pause: Duration, now: Timestamp) -> Timestamp {
    pause_ends(pause.saturating_add(GRACE.unsigned_abs()), now)
}

/// When to check for the first time: as long as TikTok's guide says that processing takes for the size
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

/// When the sweep looks whether a check came that was to come after `pause`: later than that, however late its message is.
/// Nothing if there is no such time.
pub fn check_net(pause: Duration, now: Timestamp) -> Option<Timestamp> {
    let net = pause.checked_mul(2)?.checked_add(Duration::from_mins(1))?;
    SignedDuration::try_from(net).ok().and_then(|net| now.checked_add(net).ok())
}

/// How long a webhook waits about a publish that we do not find, or not as the webhook says, when it has come so often:
/// ever longer, up to half a minute, and nothing when it is not tried any more. Our index lags by moments; a publish that
/// stays unknown is another deployment's of the same app.
pub fn webhook_pause(receive_count: u32) -> Option<Duration> {
    const TRIES: u32 = 6;
    (receive_count < TRIES).then(|| doubled(Duration::from_secs(1), receive_count, Duration::from_mins(1)))
}

/// How long a webhook waits about a publish that may be a pull's whose call has not been answered yet.
pub const ADOPTED_WITHIN: Duration = Duration::from_secs(20);
/// How long TikTok's own wish for a pause is heeded before a status is asked for again that is urgent.
pub const LONGEST_CHECK_PAUSE: Duration = Duration::from_mins(10);
/// How long a target is tried for, from its own time or its turn on, before it is given up.
pub const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// How long TikTok's word on a publish is waited for before a person has to look.
pub const NO_OUTCOME_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// By how much TikTok's clock may differ from ours.
pub const CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_mins(2);
/// A message that comes so little before its target's own time is the one that was meant to come then: clocks differ, and
/// SQS counts whole seconds.
pub const MESSAGE_COMES_EARLY: SignedDuration = SignedDuration::from_secs(5);
/// By how much the clocks of our own processes may differ. Lambda keeps them far closer.
pub const OUR_CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_mins(5);
/// How much too early a delivery's message may come, by clocks that differ: it is carried out all the same.
pub const DELIVERY_COMES_EARLY: SignedDuration = SignedDuration::from_secs(3);

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

/// How long the one who began to delete media has until the sweep goes on with it.
pub const REMOVAL_WITHIN: SignedDuration = SignedDuration::from_mins(1);
/// How long the deletion of a tenant or a brand is nobody else's once somebody goes on with it: longer than a request or a
/// run takes.
pub const DELETION_CLAIM: SignedDuration = SignedDuration::from_mins(2);
/// How long a creator has for TikTok's page of consent.
pub const CONSENT_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// How long whoever took an authorization may be at work on its code: no invocation lasts longer.
pub const CODE_IS_EXCHANGED_WITHIN: SignedDuration = SignedDuration::from_secs(30);
/// How long a twin of a creator's return waits for the one that was first, which asks TikTok.
pub const CODE_IS_AWAITED: Duration = Duration::from_secs(10);
/// How long TikTok may take for a creator's profile while an account is connected: it is connected without it.
pub const PROFILE_TAKES: Duration = Duration::from_secs(5);
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
    whole_seconds(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

/// The same time in whole seconds, rounded up.
pub fn whole_seconds(wait: Duration) -> Duration {
    Duration::from_secs(wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)))
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
mod tests;
