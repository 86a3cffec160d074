//! For how long what comes again is a repeat, and not another request.

use jiff::SignedDuration;

/// A caller's `Idempotency-Key` stands for its request.
pub const KEY_STANDS: SignedDuration = SignedDuration::from_hours(24);
/// The same row is imported once, out of whatever file.
pub const SAME_ROW: SignedDuration = SignedDuration::from_hours(24);
/// The same account, media and text are one post.
pub const SAME_CONTENT: SignedDuration = SignedDuration::from_hours(24);
/// The same body is one post: clients repeat a POST by themselves when the connection breaks or the answer is late.
pub const SAME_BODY: SignedDuration = SignedDuration::from_secs(60);
