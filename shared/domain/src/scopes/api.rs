//! Scopes of API keys.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

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

    /// Whether a key may be made with this name: that of a scope, or one that other services have for what TikTok has
    /// nothing for. That one allows nothing.
    pub fn is_known(name: &str) -> bool {
        Self::known().any(|known| known == name)
    }

    /// The names that a key may be made with.
    pub fn known() -> impl Iterator<Item = &'static str> {
        const OF_OTHERS: [&str; 6] =
            ["inbox:read", "inbox:write", "inbox:manage", "dms:read", "dms:write", "dms:manage"];
        Self::ALL.iter().map(|scope| scope.as_str()).chain(OF_OTHERS)
    }
}

impl fmt::Display for ApiScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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
    /// Reads the names that a key was made with; no name at all means everything.
    ///
    /// A name without a scope here, such as one for an inbox that we don't have, allows nothing. It is still a
    /// restriction: a key that has only such names may do nothing.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names = names.into_iter().peekable();
        if names.peek().is_none() { Self::All } else { Self::Only(names.filter_map(ApiScope::named).collect()) }
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
    fn only_a_key_without_any_name_may_do_everything() {
        for (names, allowed) in [
            (&[][..], ApiScope::ALL.to_vec()),
            (&["posts:write"], vec![ApiScope::PostsWrite]),
            (&["media:read", "posts:read", "media:read"], vec![ApiScope::PostsRead, ApiScope::MediaRead]),
            (&["inbox:read"], vec![]),
            (&["inbox:read", "accounts:read"], vec![ApiScope::AccountsRead]),
            (&[""], vec![]),
        ] {
            let scopes = KeyScopes::of(names.iter().copied());
            let found: Vec<_> = ApiScope::ALL.iter().copied().filter(|scope| scopes.allow(*scope)).collect();
            assert_eq!(found, allowed, "{names:?}");
        }
    }
}
