//! When a token counts as ended, how long a renewal takes, and how long whoever renews tokens, or asks TikTok about an
//! account, is waited for.

use std::time::Duration;

use jiff::SignedDuration;

/// An access token that ends within this time counts as expired: the call has to reach TikTok before it does.
pub const TOKEN_ENDS_SOON: SignedDuration = SignedDuration::from_secs(30);
/// How long whoever refreshes an account's tokens may take before others count it as dead. Politeness only: if it lives on,
/// its write still counts, and theirs finds TikTok's old token dead and reads again.
pub const REFRESH_CLAIM: Duration = Duration::from_secs(20);
/// How long others wait for the refresher: so long that they outlive a dead one.
pub const REFRESH_IS_AWAITED_WITHIN: Duration = Duration::from_secs(25);
const _: () = assert!(REFRESH_IS_AWAITED_WITHIN.as_secs() > REFRESH_CLAIM.as_secs());
/// How long a renewal that was begun may take: its patience with TikTok, then its patience with the store. A run of
/// refresh-tokens begins none later than this before it is cut off, because a new pair that is not yet stored would be lost.
pub const LONGEST_RENEWAL: Duration = Duration::from_secs(75);
/// How long whoever asks TikTok about an account may take before somebody else asks: a refresh of the tokens, and two calls.
pub const QUESTION_CLAIM: SignedDuration = SignedDuration::from_secs(30);
/// When a worker comes back to an account whose tokens another process is refreshing.
pub const REFRESH_AWAITED: Duration = Duration::from_secs(3);
/// When a caller is told to come back to such an account: in whole seconds, as `Retry-After` has them.
pub const REFRESH_AWAITED_BY_CALLERS: Duration = Duration::from_secs(5);
/// How long others wait for TikTok's answer about an account that one of them has asked for.
pub const QUESTION_IS_AWAITED_WITHIN: Duration = Duration::from_secs(4);
