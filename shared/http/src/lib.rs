#![doc = include_str!("../README.md")]

mod answer;
#[cfg(feature = "keys")]
pub mod api_key;
#[cfg(feature = "keys")]
pub mod auth;
mod base;
pub mod cursor;
pub mod paging;
mod params;
mod path;
mod prefer;
#[cfg(feature = "keys")]
pub mod routes;

pub use answer::{Answer, ErrorResponse, JsonObject, MAX_JSON, RequestId, json, serve, status_of};
pub use base::PublicBase;
pub use params::Params;
pub use prefer::unknown_fields;
