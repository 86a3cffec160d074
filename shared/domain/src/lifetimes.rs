//! How long what is over is still known, and how long something is waited for that may never come. Media has its own
//! [`Lifetimes`](crate::media::Lifetimes).

use std::time::Duration;

use jiff::SignedDuration;

/// An hour.
pub const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// A day of 24 hours, as UTC has them.
pub const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How old TikTok's webhooks may be: it repeats an event for up to 72 hours, and does not say whether it signs again. A late
/// event is no danger: what it says is checked against the target's state, as a repeated one is.
pub const TIKTOK_WEBHOOK: Duration = Duration::from_hours(73);

/// How long a publish is known that its target has left behind. A target knows the last few itself, and whoever repeats
/// one again and again leaves no more than this.
pub const FORMER_PUBLISH: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How long the publishes and videos of a forgotten target are known: longer than [`TIKTOK_WEBHOOK`].
pub const FORGOTTEN_TARGET: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long after its end an authorization is still known, so that "expired" and "used" can be told from "forged".
pub const ENDED_AUTHORIZATION: SignedDuration = DAY;

/// How long after its end an invite is still known, so that "expired" can be told from "never was".
pub const ENDED_INVITE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long after its end a secret of an API key is still stored that counts no more.
pub const ENDED_KEY_SECRET: SignedDuration = HOUR;

/// How old a data key of the vault may be and still seal, counted from when KMS made it. Older ones only open.
///
/// AES-GCM with random nonces is safe for 2^32 seals under one key; a day of one tenant's refreshes stays far below, in
/// however many processes they run.
pub const DATA_KEY_SEALS: Duration = Duration::from_hours(24);

/// How long an unwrapped data key stays in memory.
pub const DATA_KEY_IS_CACHED: Duration = Duration::from_mins(5);

/// For how long TikTok's double keeps what it was told. A draft in the inbox is watched for a week, and nothing is asked for
/// after that.
pub const DOUBLE_NOTE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// For how long a deletion waits for a post whose bytes are on the way: longer than any of these states lasts.
pub const POST_ON_ITS_WAY: SignedDuration = SignedDuration::from_hours(26);

/// For how long a deletion tries TikTok again where it does not take an authorization back. Then the tokens go all the same.
pub const REVOCATION_TRIED: SignedDuration = HOUR;

/// How old what TikTok reported of a creator may be, to be gone by again.
pub const CREATOR_INFO_IS_KEPT: SignedDuration = SignedDuration::from_mins(1);

/// How old the note of an account's last use may get before it is written again.
pub const ACCOUNT_USE_IS_NOTED: SignedDuration = SignedDuration::from_hours(6);

/// How late an entry of the log may show: it has the time at which its transaction was begun, so that others with a later
/// time may be there before it. So far whoever follows the log reads it again.
pub const LATE_ENTRY: SignedDuration = SignedDuration::from_mins(1);
