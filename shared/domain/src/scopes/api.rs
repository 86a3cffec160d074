//! Scopes of API keys.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! scopes {
    ($($variant:ident = $name:literal, $description:literal);+ $(;)?) => {
        /// What an API key may be limited to. A route demands one scope at most.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum ApiScope { $(#[doc = $description] #[serde(rename = $name)] $variant),+ }

        impl ApiScope {
            /// Every scope.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name, as keys and callers have it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What it allows, in a sentence.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $description),+ }
            }
        }
    };
}

scopes! {
    AccountsRead = "accounts:read", "Show accounts, brands, invites, redirect URIs, and what a creator may post.";
    AccountsManage = "accounts:manage", "Connect, synchronise and disconnect accounts; make and withdraw invites and redirect URIs.";
    PostsRead = "posts:read", "Show posts.";
    PostsWrite = "posts:write", "Create, change and cancel posts.";
    MediaRead = "media:read", "Show media and its storage.";
    MediaWrite = "media:write", "Upload, import, verify and delete media. Whoever holds an upload URL can write, so giving one out is writing.";
    WebhooksManage = "webhooks:manage", "Make, change and delete webhook endpoints, and look at what they were told.";
    AnalyticsRead = "analytics:read", "Show the log of everything that happened.";
}

impl ApiScope {
    /// The scope of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == name)
    }

    /// What it is about: the name before the colon.
    pub fn group(self) -> &'static str {
        self.as_str().split_once(':').map_or(self.as_str(), |(group, _)| group)
    }
}

impl fmt::Display for ApiScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a key is limited to by one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum KeyScope {
    /// What this scope allows.
    Ours(ApiScope),
    /// What other services allow by this name and TikTok has nothing for: nothing. It is still a restriction.
    OfOthers(String),
}

/// A key can't be limited to this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchScope;

impl KeyScope {
    const OF_OTHERS: [&str; 6] = ["inbox:read", "inbox:write", "inbox:manage", "dms:read", "dms:write", "dms:manage"];

    /// The names that a key may be made with.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ApiScope::ALL.iter().map(|scope| scope.as_str()).chain(Self::OF_OTHERS)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Ours(scope) => scope.as_str(),
            Self::OfOthers(name) => name,
        }
    }
}

impl FromStr for KeyScope {
    type Err = NoSuchScope;

    fn from_str(name: &str) -> Result<Self, NoSuchScope> {
        if Self::names().any(|known| known == name) { Ok(Self::from(name.to_owned())) } else { Err(NoSuchScope) }
    }
}

/// As it is stored: what a later version has written allows nothing here.
impl From<String> for KeyScope {
    fn from(name: String) -> Self {
        ApiScope::named(&name).map_or_else(|| Self::OfOthers(name), Self::Ours)
    }
}

impl From<KeyScope> for String {
    fn from(scope: KeyScope) -> Self {
        scope.as_str().to_owned()
    }
}

/// By their names.
impl Ord for KeyScope {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for KeyScope {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What one key may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyScopes {
    /// Everything: the key has no restrictions.
    All,
    /// What these scopes allow.
    Only(BTreeSet<ApiScope>),
}

impl KeyScopes {
    /// What a key may do that is limited to these; none at all means everything. One that has only names of others may do
    /// nothing.
    pub fn of(scopes: &[KeyScope]) -> Self {
        let ours = scopes.iter().filter_map(|scope| match scope {
            KeyScope::Ours(scope) => Some(*scope),
            KeyScope::OfOthers(_) => None,
        });
        if scopes.is_empty() { Self::All } else { Self::Only(ours.collect()) }
    }

    /// Whether the key may do what this scope is for.
    pub fn allow(&self, scope: ApiScope) -> bool {
        match self {
            Self::All => true,
            Self::Only(scopes) => scopes.contains(&scope),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_found_by_its_name() {
        for scope in ApiScope::ALL {
            assert_eq!(ApiScope::named(scope.as_str()), Some(*scope));
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
        }
        for name in ["", "posts", "posts:", "Posts:read", "posts:read ", "inbox:read"] {
            assert_eq!(ApiScope::named(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_key_is_made_with_known_names_and_read_with_any() {
        for (name, is_known) in [("posts:read", true), ("inbox:read", true), ("", false), ("x:read", false)] {
            assert_eq!(name.parse::<KeyScope>().is_ok(), is_known, "{name:?}");
            let stored: KeyScope = serde_json::from_value(name.into()).unwrap();
            assert_eq!((stored.as_str(), serde_json::to_value(&stored).unwrap()), (name, name.into()));
        }
    }

    #[test]
    fn only_a_key_without_any_name_may_do_everything() {
        for (names, allowed) in [
            (&[][..], ApiScope::ALL.to_vec()),
            (&["posts:write"], vec![ApiScope::PostsWrite]),
            (&["media:read", "posts:read", "media:read"], vec![ApiScope::PostsRead, ApiScope::MediaRead]),
            (&["inbox:read"], vec![]),
            (&["inbox:read", "accounts:read"], vec![ApiScope::AccountsRead]),
            (&[""], vec![]),
        ] {
            let names: Vec<_> = names.iter().map(|name| KeyScope::from((*name).to_owned())).collect();
            let scopes = KeyScopes::of(&names);
            let found: Vec<_> = ApiScope::ALL.iter().copied().filter(|scope| scopes.allow(*scope)).collect();
            assert_eq!(found, allowed, "{names:?}");
        }
    }
}
