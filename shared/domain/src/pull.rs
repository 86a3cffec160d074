//! Media that TikTok fetches from us: copies under addresses that nobody can guess, and that we can take away.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How a video gets to TikTok.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaTransfer {
    /// We send it.
    #[default]
    Upload,
    /// TikTok fetches it from the operator's own domain.
    Pull,
}

/// One call of init that has TikTok fetch media, and the copies that it may fetch.
///
/// The call itself publishes: nothing more is needed from us. What we can do afterwards is to delete the copies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// Which init this is, from 1.
    pub attempt: u32,
    /// The copies in their order, made for this call alone.
    pub copies: Vec<CopyKey>,
    /// When the call was about to be made.
    pub called_at: Timestamp,
    /// When the copies were deleted because nobody knew what had come of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Bytes that TikTok has fetched, as it reports.
    #[serde(default)]
    pub fetched: u64,
}

impl Pull {
    /// How long after its call, or after its copies were deleted, a pull may still come to something. TikTok gives up
    /// after an hour; clocks differ, and its word takes a moment.
    pub const LASTS: SignedDuration = SignedDuration::from_mins(70);
    /// How many inits are called, at most, because TikTok could not fetch the media.
    pub const MAX_ATTEMPTS: u32 = 3;

    /// When nothing can come of it any more that is not heard of by then; nothing as long as its copies are there.
    pub fn over_at(&self) -> Option<Timestamp> {
        self.revoked_at.map(|at| at + Self::LASTS)
    }
}

impl MediaTransfer {
    /// Whether it is the one that need not be named.
    pub fn is_upload(&self) -> bool {
        *self == Self::Upload
    }

    /// The name that callers see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Pull => "pull",
        }
    }
}

/// The key of a copy in the media bucket, which is also its path under the operator's domain. Whoever knows it can read
/// the media as long as the copy is there, so it is kept out of logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CopyKey(String);

impl CopyKey {
    /// What all keys begin with.
    pub const PREFIX: &str = "pull/";

    /// The key of a copy with this random name, and this ending.
    pub fn new(random: &str, ending: &str) -> Self {
        Self(format!("{}{random}.{ending}", Self::PREFIX))
    }

    /// The key, for the bucket and for TikTok.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CopyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CopyKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copys_key_is_stored_and_not_shown() {
        let key = CopyKey::new("4f1c", "mp4");
        assert_eq!(key.as_str(), "pull/4f1c.mp4");
        assert_eq!(serde_json::to_value(&key).unwrap(), "pull/4f1c.mp4");
        assert!(!format!("{key:?}").contains("4f1c"));
    }

    #[test]
    fn a_pull_is_over_a_while_after_its_copies_are_gone_and_not_before() {
        let at = Timestamp::UNIX_EPOCH;
        let pull = Pull { attempt: 1, copies: vec![], called_at: at, revoked_at: None, fetched: 0 };
        assert_eq!(pull.over_at(), None);
        let revoked = Pull { revoked_at: Some(at), ..pull };
        assert_eq!(revoked.over_at(), Some(at + SignedDuration::from_mins(70)));
    }
}
