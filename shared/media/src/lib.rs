#![doc = include_str!("../README.md")]

mod bucket;
mod config;
mod copies;
mod error;
mod removal;
#[cfg(feature = "verify")]
mod verify;
mod words;

pub use bucket::{Bucket, Listed, Object, Page};
pub use config::{MediaConfig, MediaRulesConfig};
pub use copies::{PullDomain, TestPullBase};
pub use error::{MediaError, S3Error};
pub use removal::{Uses, drop_parts, refuse, remove, uses};
#[cfg(feature = "verify")]
pub use verify::{S3Object, Unverified, state_of, verify};
pub use words::{DELETE_SOME, MEDIA_PATH, after_deleting, there_may_be_no_more};
