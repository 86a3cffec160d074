//! The one client for addresses that a customer gave us. Nothing that a customer says makes us call a private address:
//!
//! - an address is parsed into a [`PublicUrl`] before anything else: https, the usual port, no credentials, and a host
//!   that is a public name or a global IP address in whatever spelling;
//! - a name is looked up by a guard that refuses it if any of its addresses is not global, and the connection goes to
//!   the very addresses that were checked, so that a second answer of the DNS changes nothing;
//! - redirects are followed by hand, each one parsed and checked like the first address;
//! - no proxy, no cookies, no credentials, no decompression; time, size and headers have bounds.
//!
//! An operator can open exact origins, for tests and private networks: [`TrustedOrigins`].

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
