//! What somebody was allowed to do: an API key by its owner, our app by a creator on TikTok's page.

mod api;
pub mod tiktok;

pub use api::{ApiScope, KeyScope, KeyScopes, NoSuchScope};
