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

/// Words for levels that are not TikTok's own names.
const WORDS: [(&str, PrivacyLevel); 6] = [
    ("public", PrivacyLevel::PublicToEveryone),
    ("friends", PrivacyLevel::MutualFollowFriends),
    ("connections_only", PrivacyLevel::MutualFollowFriends),
    ("followers", PrivacyLevel::FollowerOfCreator),
    ("private", PrivacyLevel::SelfOnly),
    ("self_only", PrivacyLevel::SelfOnly),
];

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

    /// What may be said for a level where other words than TikTok's are taken, each once: words and TikTok's names in small
    /// letters and in capitals, and single words with a capital first letter.
    pub fn spellings() -> Vec<(String, Self)> {
        let mut all: Vec<(String, Self)> = Vec::new();
        for (word, level) in WORDS.into_iter().chain(Self::ALL.map(|level| (level.as_str(), level))) {
            let (small, capitals) = (word.to_ascii_lowercase(), word.to_ascii_uppercase());
            let title = capitals.get(..1).zip(small.get(1..)).filter(|_| !word.contains('_'));
            let title = title.map(|(first, rest)| format!("{first}{rest}"));
            for spelling in [small].into_iter().chain(title).chain([capitals]) {
                if !all.iter().any(|(known, _)| *known == spelling) {
                    all.push((spelling, level));
                }
            }
        }
        all
    }

    /// The level that one of the [`spellings`](Self::spellings) stands for.
    pub fn spelt(text: &str) -> Option<Self> {
        Self::spellings().into_iter().find(|(spelling, _)| spelling == text).map(|(_, level)| level)
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
    fn a_level_is_spelt_in_small_letters_capitals_or_as_a_name() {
        for (text, level) in [
            ("friends", Some(PrivacyLevel::MutualFollowFriends)),
            ("Friends", Some(PrivacyLevel::MutualFollowFriends)),
            ("FRIENDS", Some(PrivacyLevel::MutualFollowFriends)),
            ("self_only", Some(PrivacyLevel::SelfOnly)),
            ("PUBLIC_TO_EVERYONE", Some(PrivacyLevel::PublicToEveryone)),
            ("public_to_everyone", Some(PrivacyLevel::PublicToEveryone)),
            ("fRIENDS", None),
            ("Self_only", None),
            ("", None),
        ] {
            assert_eq!(PrivacyLevel::spelt(text), level, "{text}");
        }
    }

    #[test]
    fn every_level_is_written_as_it_is_read() {
        for level in PrivacyLevel::ALL {
            assert_eq!(level.as_str().parse(), Ok(level));
            assert_eq!(serde_json::to_value(level).unwrap(), level.as_str());
        }
        assert_eq!("public".parse::<PrivacyLevel>(), Err(UnknownPrivacyLevel));
    }
}
