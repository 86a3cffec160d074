//! What an HTTP function stands on: answers and the error envelope, API keys, cursors, paging, unknown fields.

mod answer;
#[cfg(feature = "keys")]
pub mod api_key;
mod base;
pub mod cursor;
#[cfg(feature = "keys")]
pub mod guard;
pub mod paging;
pub mod unknown;

pub use answer::{Answer, Failure, JsonObject, MAX_JSON, RequestId, json, serve};
pub use base::PublicBase;
