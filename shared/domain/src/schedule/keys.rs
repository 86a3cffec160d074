//! How long a process goes by what it knows of an API key.

use std::time::Duration;

use jiff::SignedDuration;

/// For how long a process remembers whose a key is that opened something: who is above the limit is refused without a read
/// of the key. Shorter than [`QUIET`](super::QUIET), so that nobody counts for a tenant that is gone.
pub const KEY_IS_KNOWN: SignedDuration = SignedDuration::from_mins(10);
/// For how long a process remembers that there is no such API key: who sends it again and again causes one call.
pub const KEY_IS_UNKNOWN: SignedDuration = SignedDuration::from_secs(10);
/// For how long it remembers that a key is shut: hardly longer than an operator needs to try it after opening it again.
pub const KEY_IS_SHUT: SignedDuration = SignedDuration::from_secs(2);
/// For how long it remembers what a key may that lacked a scope, unless it reads the key again. One that was given the scope
/// meanwhile is refused for so long at most, and only by a process that has refused its tenant several times and told
/// nobody.
pub const KEY_IS_BARRED: SignedDuration = SignedDuration::from_secs(10);
/// For how long a tenant's requests are not counted after their count could not be read or written: a fault of ours keeps
/// nobody out.
pub const NOTHING_IS_COUNTED: Duration = Duration::from_secs(5);
/// How long it goes without a write that an API key is used: whoever comes first after it writes, all others cost nothing.
pub const KEY_USE_IS_NOTED: SignedDuration = SignedDuration::from_hours(1);
