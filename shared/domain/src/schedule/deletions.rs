//! When deletions of tenants and brands are gone on with.

use jiff::SignedDuration;

/// What a request takes at most that was under way when a brand went, or one of its keys.
pub const REQUEST_TAKES: SignedDuration = SignedDuration::from_mins(1);
/// After which time a deletion goes on where something has to end by itself, or may still come.
pub const DELETION_COMES_BACK: SignedDuration = SignedDuration::from_mins(5);
/// When a tenant's media is walked over again for a brand where some was left: a walk reads all of it.
pub const MEDIA_WALKED_AGAIN: SignedDuration = SignedDuration::from_hours(1);
