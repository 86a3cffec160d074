//! Media: what is known about a file, what may become of that, and how long it is kept.
//!
//! The names in `serde` are those of stored records and of log entries.

mod filename;
mod findings;
mod lifetimes;
mod playing_time;
mod reason;
mod reason_code;
mod state;

pub use filename::{promised_kind, shown_name, type_of};
pub use findings::{Findings, StoredObject};
pub use lifetimes::Lifetimes;
pub use playing_time::{TooLong, Within};
pub use reason::{Allowed, CURE_OF_TOO_LARGE, Measured, MediaReason};
pub use reason_code::ReasonCode;
pub use state::MediaState;
