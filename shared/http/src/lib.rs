//! What an HTTP function stands on: answers and the error envelope, API keys, cursors, paging, unknown fields.

mod answer;
#[cfg(feature = "keys")]
pub mod api_key;
#[cfg(feature = "keys")]
pub mod auth;
mod base;
pub mod cursor;
pub mod paging;
#[cfg(feature = "keys")]
pub mod routes;
pub mod unknown;

pub use answer::{Answer, ErrorResponse, JsonObject, MAX_JSON, RequestId, json, serve, status_of};
pub use base::PublicBase;
