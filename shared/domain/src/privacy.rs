//! Who may see a post.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// TikTok's privacy levels. Which of them a creator may choose comes from creator info, which is asked for each post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PrivacyLevel {
    /// Everyone; offered to public accounts.
    PublicToEveryone,
    /// Friends: people who follow each other.
    MutualFollowFriends,
    /// Followers; offered to private accounts.
    FollowerOfCreator,
    /// Only the creator.
    SelfOnly,
}

impl PrivacyLevel {
    /// Every level, widest first.
    pub const ALL: [Self; 4] =
        [Self::PublicToEveryone, Self::MutualFollowFriends, Self::FollowerOfCreator, Self::SelfOnly];

    /// TikTok's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PublicToEveryone => "PUBLIC_TO_EVERYONE",
            Self::MutualFollowFriends => "MUTUAL_FOLLOW_FRIENDS",
            Self::FollowerOfCreator => "FOLLOWER_OF_CREATOR",
            Self::SelfOnly => "SELF_ONLY",
        }
    }
}

/// The text names no privacy level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("use one of PUBLIC_TO_EVERYONE, MUTUAL_FOLLOW_FRIENDS, FOLLOWER_OF_CREATOR, SELF_ONLY")]
pub struct UnknownPrivacyLevel;

impl FromStr for PrivacyLevel {
    type Err = UnknownPrivacyLevel;

    fn from_str(text: &str) -> Result<Self, UnknownPrivacyLevel> {
        Self::ALL.into_iter().find(|level| level.as_str() == text).ok_or(UnknownPrivacyLevel)
    }
}

impl fmt::Display for PrivacyLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_is_written_as_it_is_read() {
        for level in PrivacyLevel::ALL {
            assert_eq!(level.as_str().parse(), Ok(level));
            assert_eq!(serde_json::to_value(level).unwrap(), level.as_str());
        }
        assert_eq!("public".parse::<PrivacyLevel>(), Err(UnknownPrivacyLevel));
    }
}
