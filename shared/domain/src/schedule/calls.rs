//! When TikTok is called again that refused a call or failed, and did not say when.

use std::time::Duration;

/// The longest pause that TikTok's `Retry-After` is believed.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(1);
/// After a fault of TikTok's own.
pub const CALLED_AFTER_FAULT: Duration = Duration::from_secs(5);
/// After a connection that broke.
pub const CALLED_AFTER_CUT: Duration = Duration::from_secs(2);
/// After a cap of TikTok's was reached: room under a rolling 24-hour cap comes back bit by bit.
pub const CALLED_AFTER_CAP: Duration = Duration::from_hours(1);
