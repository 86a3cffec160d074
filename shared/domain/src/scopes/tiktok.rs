//! Scopes at TikTok: what a creator allowed our app to do.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One permission (TikTok's scopes reference).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
/// Written and stored as TikTok writes it: names with commas between them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
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

impl From<String> for Scopes {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<Scopes> for String {
    fn from(scopes: Scopes) -> String {
        scopes.to_string()
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
