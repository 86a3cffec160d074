#![doc = include_str!("../README.md")]

mod bucket;
mod config;
mod removal;
#[cfg(feature = "verify")]
mod verify;

pub use bucket::client;
pub use config::MediaRulesConfig;
pub use removal::{RemoveError, Uses, remove, uses};
#[cfg(feature = "verify")]
pub use verify::{S3Object, VerifyError, judge, verify};
