#![doc = include_str!("../README.md")]

pub mod code;
pub mod error;
pub mod fields;
pub mod page;
pub mod post;
pub mod queue;
mod words;

pub use code::ErrorCode;
pub use error::{ApiError, Cause, Issue, no_issues};
pub use page::Page;
