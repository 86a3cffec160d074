#![doc = include_str!("../README.md")]

mod answer;
#[cfg(feature = "keys")]
pub mod api_key;
#[cfg(feature = "keys")]
pub mod auth;
mod base;
mod body;
#[cfg(feature = "keys")]
mod by_id;
mod client_address;
#[cfg(feature = "keys")]
mod cursor;
pub mod deadline;
#[cfg(feature = "keys")]
pub mod filters;
#[cfg(feature = "forms")]
pub mod form;
#[cfg(feature = "keys")]
mod keyring;
mod lambda;
#[cfg(feature = "keys")]
pub mod limits;
#[cfg(feature = "keys")]
mod met_keys;
#[cfg(feature = "keys")]
mod needs;
#[cfg(feature = "keys")]
mod not_supported;
#[cfg(feature = "keys")]
mod once;
#[cfg(feature = "keys")]
mod overlap;
#[cfg(feature = "keys")]
pub mod paging;
mod params;
mod path;
#[cfg(feature = "keys")]
pub mod plan_headers;
mod prefer;
#[cfg(feature = "keys")]
mod query;
#[cfg(feature = "keys")]
pub mod repeat;
#[cfg(feature = "keys")]
pub mod routes;

pub use answer::{Answer, ErrorResponse, INVITE, NO_SUCH_ROUTE, RequestId, json, serve, status_of};
pub use base::PublicBase;
pub use body::JsonObject;
#[cfg(feature = "keys")]
pub use by_id::by_id;
pub use client_address::client_address;
#[cfg(feature = "keys")]
pub use keyring::Keyring;
pub use lambda::{Whole, WholeAnswers, adapter, run};
#[cfg(feature = "keys")]
pub use limits::RateLimits;
#[cfg(feature = "keys")]
pub use once::{Carried, Once};
#[cfg(feature = "keys")]
pub use overlap::Overlap;
pub use params::Params;
pub use path::segment;
pub use prefer::unknown_fields;
