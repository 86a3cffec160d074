#![doc = include_str!("../README.md")]

mod address;
mod client;
mod error;
mod pace;
mod post;
mod public_url;
mod resolver;
mod resume;
mod trusted;

pub use address::is_global;
pub use client::{Bounds, BuildError, Client, Fetched, KEPT_FOR, Limits};
pub use error::{Cause, FetchError, Slow};
pub use post::Posted;
pub use public_url::{PublicUrl, UrlRefused};
pub use resume::{Resume, StrongETag};
pub use trusted::{TrustedOrigins, TrustedOriginsError};
