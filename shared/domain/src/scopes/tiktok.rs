//! Scopes at TikTok: what a creator allowed our app to do.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One permission (TikTok's scopes reference). Scopes are equal, and sort, by their names.
#[derive(Debug, Clone, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Scope {
    /// Open id, avatar, display name.
    UserInfoBasic,
    /// User name, biography, verified badge.
    UserInfoProfile,
    /// Follower, following, like and video counts.
    UserInfoStats,
    /// The creator's public videos.
    VideoList,
    /// Drafts into the creator's inbox.
    VideoUpload,
    /// Direct posts, and creator info.
    VideoPublish,
    /// A scope that Slipway does not use; kept verbatim.
    Other(String),
}

impl Scope {
    const KNOWN: [(Self, &'static str); 6] = [
        (Self::UserInfoBasic, "user.info.basic"),
        (Self::UserInfoProfile, "user.info.profile"),
        (Self::UserInfoStats, "user.info.stats"),
        (Self::VideoList, "video.list"),
        (Self::VideoUpload, "video.upload"),
        (Self::VideoPublish, "video.publish"),
    ];

    /// Every scope that Slipway uses.
    pub fn known() -> impl Iterator<Item = Self> {
        Self::KNOWN.into_iter().map(|(scope, _)| scope)
    }

    /// TikTok's name on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(text) => text,
            Self::UserInfoBasic => "user.info.basic",
            Self::UserInfoProfile => "user.info.profile",
            Self::UserInfoStats => "user.info.stats",
            Self::VideoList => "video.list",
            Self::VideoUpload => "video.upload",
            Self::VideoPublish => "video.publish",
        }
    }
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Ord for Scope {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for Scope {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<String> for Scope {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.as_str().to_owned()
    }
}

impl From<&str> for Scope {
    fn from(text: &str) -> Self {
        match Self::KNOWN.iter().find(|(_, name)| *name == text) {
            Some((scope, _)) => scope.clone(),
            None => Self::Other(text.to_owned()),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of scopes. The creator may untick single ones, so a grant can be narrower than the request.
///
/// Stored and answered as a list of names. TikTok writes it as text, with commas between them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Whether nothing was granted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads TikTok's comma-separated list. White space around names is tolerated.
    pub fn parse(text: &str) -> Self {
        text.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty()).map(Scope::from).collect()
    }

    /// Whether the scope was granted.
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// The scopes, each once.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{scope}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_written_as_it_is_read() {
        for (scope, name) in Scope::KNOWN {
            assert_eq!(scope.as_str(), name);
            assert_eq!(Scope::from(name), scope);
        }
        assert_eq!(Scope::from("research.data.basic").as_str(), "research.data.basic");
    }

    #[test]
    fn a_set_is_stored_as_a_list_by_name_with_what_is_not_known() {
        let stored = serde_json::json!(["research.data.basic", "user.info.basic", "video.publish", "video.upload"]);
        let scopes = Scopes::parse("video.upload,user.info.basic,research.data.basic,video.publish");
        assert_eq!(serde_json::to_value(&scopes).unwrap(), stored);
        assert_eq!(serde_json::from_value::<Scopes>(stored).unwrap(), scopes);
    }

    #[test]
    fn a_list_is_read_whatever_its_spacing() {
        for text in ["video.upload,user.info.basic", " user.info.basic , video.upload,", "user.info.basic video.upload"]
        {
            let scopes = Scopes::parse(text);
            assert!(scopes.contains(&Scope::VideoUpload), "{text:?}");
            assert!(!scopes.contains(&Scope::VideoPublish), "uploading does not imply publishing");
            assert_eq!(scopes.to_string(), "user.info.basic,video.upload");
        }
        assert_eq!(Scopes::parse(""), Scopes::default());
    }
}
