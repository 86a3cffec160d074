//! TikTok's endpoints: the client asks there, and its double answers there.

pub(crate) const TOKEN: &str = "/v2/oauth/token/";
pub(crate) const REVOKE: &str = "/v2/oauth/revoke/";
pub(crate) const USER_INFO: &str = "/v2/user/info/";
pub(crate) const VIDEO_LIST: &str = "/v2/video/list/";
pub(crate) const VIDEO_QUERY: &str = "/v2/video/query/";
pub(crate) const CREATOR_INFO: &str = "/v2/post/publish/creator_info/query/";
pub(crate) const DIRECT: &str = "/v2/post/publish/video/init/";
pub(crate) const INBOX: &str = "/v2/post/publish/inbox/video/init/";
pub(crate) const CONTENT: &str = "/v2/post/publish/content/init/";
pub(crate) const STATUS: &str = "/v2/post/publish/status/fetch/";
pub(crate) const CANCEL: &str = "/v2/post/publish/cancel/";
/// The name of the call in logs and errors; the real URL is a secret.
pub(crate) const UPLOAD: &str = "upload_url";
