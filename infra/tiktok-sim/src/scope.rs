//! The scopes an app may be approved for and a user may grant.

use serde::{Deserialize, Serialize};

/// One scope, by TikTok's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Open id, union id, avatars, display name.
    #[serde(rename = "user.info.basic")]
    UserInfoBasic,
    /// Username, biography, verification, profile link.
    #[serde(rename = "user.info.profile")]
    UserInfoProfile,
    /// Follower, following, likes and video counts.
    #[serde(rename = "user.info.stats")]
    UserInfoStats,
    /// Reading the user's public videos.
    #[serde(rename = "video.list")]
    VideoList,
    /// Sending drafts to the inbox.
    #[serde(rename = "video.upload")]
    VideoUpload,
    /// Posting directly, and creator info.
    #[serde(rename = "video.publish")]
    VideoPublish,
}

impl Scope {
    /// Every scope the simulator knows.
    pub const ALL: [Self; 6] = [
        Self::UserInfoBasic,
        Self::UserInfoProfile,
        Self::UserInfoStats,
        Self::VideoList,
        Self::VideoUpload,
        Self::VideoPublish,
    ];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserInfoBasic => "user.info.basic",
            Self::UserInfoProfile => "user.info.profile",
            Self::UserInfoStats => "user.info.stats",
            Self::VideoList => "video.list",
            Self::VideoUpload => "video.upload",
            Self::VideoPublish => "video.publish",
        }
    }

    /// The scope of that name, if there is one. Names are exact: `a b` is one unknown scope.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// The comma-separated list TikTok uses in every place.
    pub fn join<'a>(scopes: impl IntoIterator<Item = &'a Self>) -> String {
        scopes.into_iter().map(|scope| scope.name()).collect::<Vec<_>>().join(",")
    }
}
