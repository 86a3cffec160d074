//! How long a call to TikTok may take, when it is repeated after a refusal or a fault that did not say when, and when
//! callers of ours are told to come back.

use std::time::Duration;

/// How long a call to TikTok's API may take as a whole, unless the operator decides otherwise. Uploads have no such limit.
pub const TIKTOK_CALL_TAKES: Duration = Duration::from_secs(15);
/// The most that the operator may decide: a refresh and a repeated call must fit into a request to our own API.
pub const LONGEST_TIKTOK_CALL: Duration = Duration::from_secs(20);
/// The longest pause that TikTok's `Retry-After` is believed.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(1);
/// After a fault of TikTok's own.
pub const CALLED_AFTER_FAULT: Duration = Duration::from_secs(5);
/// After a connection that broke.
pub const CALLED_AFTER_CUT: Duration = Duration::from_secs(2);
/// After a cap of TikTok's was reached: room under a rolling 24-hour cap comes back bit by bit.
pub const CALLED_AFTER_CAP: Duration = Duration::from_hours(1);
/// How long a connection to TikTok may take to stand.
pub const TIKTOK_CONNECTS_WITHIN: Duration = Duration::from_secs(5);
/// When a caller is told to come back where nothing better is known, in seconds (`Retry-After`).
pub const CALLERS_COME_BACK: u64 = 60;
/// When a caller is told to come back who met another request about the same, in seconds.
pub const CALLERS_COME_BACK_SOON: u64 = 1;
