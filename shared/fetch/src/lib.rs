#![doc = include_str!("../README.md")]

mod address;
mod client;
mod error;
mod guard;
mod pace;
mod public_url;
mod resume;
mod trusted;

pub use address::is_global;
pub use client::{Bounds, BuildError, Client, Fetched, Limits};
pub use error::{FetchError, Slow};
pub use public_url::{PublicUrl, UrlRefused};
pub use resume::{Resume, StrongETag};
pub use trusted::{TrustedOrigins, TrustedOriginsError};
