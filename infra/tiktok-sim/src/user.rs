//! The TikTok users of the simulated world.

use serde::{Deserialize, Serialize};

/// A TikTok user and what TikTok thinks of them. [`User::default`] is a public creator in good standing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "independent settings of one account, named as TikTok names them")]
pub struct User {
    /// The user's id within the app; `None` lets the simulator choose one.
    pub open_id: Option<String>,
    /// The handle, without `@`.
    pub username: String,
    /// The display name (`creator_nickname` in creator info).
    pub display_name: String,
    /// The biography.
    pub bio_description: String,
    /// The blue tick.
    pub is_verified: bool,
    /// Followers.
    pub follower_count: u64,
    /// Accounts followed.
    pub following_count: u64,
    /// Likes received.
    pub likes_count: u64,
    /// Whether the account is private; it changes the privacy options and what an unaudited app may do.
    pub private: bool,
    /// Whether TikTok has banned the creator from posting.
    pub banned: bool,
    /// Comments set to no one.
    pub comment_disabled: bool,
    /// Duet set to no one (a private account always has it disabled).
    pub duet_disabled: bool,
    /// Stitch set to no one (a private account always has it disabled).
    pub stitch_disabled: bool,
    /// Longest video this creator may post directly, in seconds.
    pub max_video_post_duration_sec: u32,
    /// Posts of the last day that came through other apps; they use up the same daily cap.
    pub posts_by_other_apps: u32,
    /// Whether the user's TikTok app is older than 31.8, which can not receive photo drafts.
    pub app_too_old: bool,
}

impl Default for User {
    fn default() -> Self {
        Self {
            open_id: None,
            username: "sim.creator".to_owned(),
            display_name: "Sim Creator".to_owned(),
            bio_description: "I live on loopback.".to_owned(),
            is_verified: false,
            follower_count: 1200,
            following_count: 34,
            likes_count: 5600,
            private: false,
            banned: false,
            comment_disabled: false,
            duet_disabled: false,
            stitch_disabled: false,
            max_video_post_duration_sec: 600,
            posts_by_other_apps: 0,
            app_too_old: false,
        }
    }
}

impl User {
    /// The privacy levels TikTok offers this creator.
    pub(crate) fn privacy_options(&self) -> [Privacy; 3] {
        if self.private {
            [Privacy::FollowerOfCreator, Privacy::MutualFollowFriends, Privacy::SelfOnly]
        } else {
            [Privacy::PublicToEveryone, Privacy::MutualFollowFriends, Privacy::SelfOnly]
        }
    }
}

/// Who may see a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Privacy {
    /// Everyone; only this level ever gets a public post id.
    PublicToEveryone,
    /// Friends who follow each other.
    MutualFollowFriends,
    /// Followers, for private accounts.
    FollowerOfCreator,
    /// Only the creator.
    SelfOnly,
}

impl Privacy {
    /// The level of that name, if there is one.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "PUBLIC_TO_EVERYONE" => Some(Self::PublicToEveryone),
            "MUTUAL_FOLLOW_FRIENDS" => Some(Self::MutualFollowFriends),
            "FOLLOWER_OF_CREATOR" => Some(Self::FollowerOfCreator),
            "SELF_ONLY" => Some(Self::SelfOnly),
            _ => None,
        }
    }
}
