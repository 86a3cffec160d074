//! How long before its time something is looked for, by functions that run now and then.

use jiff::SignedDuration;

/// How long before its time the message about a target is sent, delayed until then. Five runs of the sweep come in that
/// time, so that as many posts as that many runs can hand over may have the same second.
pub const POSTS_AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// How long before its time the message about a delivery is sent: until the sweep's next run.
pub const DELIVERIES_AHEAD: SignedDuration = SignedDuration::from_mins(1);
/// How long before a post the tokens of its account are renewed: three runs, so that one that fails leaves two.
pub const TOKENS_AHEAD: SignedDuration = SignedDuration::from_mins(15);
