//! The places a request can go to.

use http::Method;
use serde::{Deserialize, Serialize};

/// One endpoint of TikTok, as ledger entries and fault rules name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// The browser's authorization page.
    Authorize,
    /// The token endpoint with an authorization code.
    Token,
    /// The token endpoint with a refresh token.
    Refresh,
    /// Revocation by the app.
    Revoke,
    /// `user/info`.
    UserInfo,
    /// `creator_info/query`.
    CreatorInfo,
    /// Direct post of a video.
    VideoInit,
    /// Draft of a video.
    InboxVideoInit,
    /// Photos, direct or draft.
    ContentInit,
    /// A chunk PUT to the upload host.
    Upload,
    /// `status/fetch`.
    StatusFetch,
    /// `cancel`.
    Cancel,
    /// `video/list`.
    VideoList,
    /// `video/query`.
    VideoQuery,
    /// Not a request: a webhook on its way to the app. Only fault rules use it.
    Webhook,
    /// A path TikTok does not have.
    Unknown,
}

impl Endpoint {
    /// The endpoint behind a path. The closing slash is part of the path: without it the gateway knows nothing.
    pub(crate) fn at(path: &str) -> Self {
        match path {
            "/v2/auth/authorize/" => Self::Authorize,
            "/v2/oauth/token/" => Self::Token,
            "/v2/oauth/revoke/" => Self::Revoke,
            "/v2/user/info/" => Self::UserInfo,
            "/v2/post/publish/creator_info/query/" => Self::CreatorInfo,
            "/v2/post/publish/video/init/" => Self::VideoInit,
            "/v2/post/publish/inbox/video/init/" => Self::InboxVideoInit,
            "/v2/post/publish/content/init/" => Self::ContentInit,
            "/video/" => Self::Upload,
            "/v2/post/publish/status/fetch/" => Self::StatusFetch,
            "/v2/post/publish/cancel/" => Self::Cancel,
            "/v2/video/list/" => Self::VideoList,
            "/v2/video/query/" => Self::VideoQuery,
            _ => Self::Unknown,
        }
    }

    /// Whether the endpoint answers this method.
    pub(crate) fn takes(self, method: &Method) -> bool {
        match self {
            Self::Authorize => method == Method::GET || method == Method::POST,
            Self::UserInfo => method == Method::GET,
            Self::Upload => method == Method::PUT,
            Self::Unknown | Self::Webhook => false,
            _ => method == Method::POST,
        }
    }

    /// Whether errors of this endpoint are the flat OAuth object instead of the envelope.
    pub(crate) fn is_oauth(self) -> bool {
        matches!(self, Self::Token | Self::Refresh | Self::Revoke)
    }
}
