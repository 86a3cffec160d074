#![doc = include_str!("../README.md")]

pub mod account;
pub mod agent;
pub mod brand;
pub mod code;
pub mod connect;
pub mod creator;
mod cut;
pub mod delivery;
pub mod diagnostics;
pub mod error;
pub mod event;
pub mod export;
pub mod fields;
pub mod import;
pub mod json;
pub mod key;
pub mod listen;
pub mod log;
pub mod media;
pub mod page;
pub mod platform;
pub mod post;
pub mod queue;
mod remedy;
pub mod service;
pub mod tenant;
pub mod test_mode;
pub mod time;
pub mod webhook;
mod words;

pub use code::ErrorCode;
pub use diagnostics::Diagnostics;
pub use error::{ApiError, Cause, Compared, Issue, Meta, Refusal, no_issues};
pub use page::{DataView, Page};
pub use platform::Platform;
pub use time::Time;
