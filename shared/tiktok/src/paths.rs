//! Where TikTok takes tokens back and gives them: the client asks there, and its double answers there.

pub(crate) const TOKEN: &str = "/v2/oauth/token/";
pub(crate) const REVOKE: &str = "/v2/oauth/revoke/";
