//! What crosses a border: error codes, views and pages for callers, messages on our queues. Serde only.

pub mod error;
pub mod fields;
pub mod page;
pub mod post;
pub mod queue;

pub use error::{ApiError, Cause, ErrorCode, Issue};
pub use page::Page;
