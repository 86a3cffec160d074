//! TikTok's webhooks: is it TikTok, and what does it say.
//!
//! Verify first, over the raw bytes; parse then. TikTok delivers at least once, in no order, and wants HTTP 200 at once.

mod notification;
mod signature;

pub use notification::{Notification, NotificationKind, ParseError, RemovalReason, parse};
pub use signature::{SignatureError, Verified, verify};
pub use slipway_domain::lifetimes::TIKTOK_WEBHOOK as MAX_AGE;

/// The header that carries the signature. Header names know no case.
pub const SIGNATURE_HEADER: &str = "tiktok-signature";
