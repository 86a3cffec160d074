//! What is told to a tenant: the types of the events in its log and in its webhooks.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an event is about. In the order of the names, which is the one in which counts are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventCategory {
    /// An account.
    Account,
    /// An API key.
    Key,
    /// Media.
    Media,
    /// A post.
    Post,
    /// A webhook endpoint.
    Webhook,
}

impl EventCategory {
    /// Every category, in the order in which they are listed.
    pub const ALL: &[Self] = &[Self::Post, Self::Media, Self::Account, Self::Webhook, Self::Key];

    /// Whether it is about what is at TikTok.
    pub const fn is_of_tiktok(self) -> bool {
        matches!(self, Self::Post | Self::Account)
    }

    /// The name that callers see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Key => "key",
            Self::Media => "media",
            Self::Post => "post",
            Self::Webhook => "webhook",
        }
    }
}

macro_rules! event_types {
    ($($variant:ident = $name:literal, $category:ident, $delivered:literal, $description:literal);+ $(;)?) => {
        /// The type of an event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum EventType {
            $(#[doc = $description] #[serde(rename = $name)] $variant),+
        }

        impl EventType {
            /// Every type, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name that callers see.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What it is about.
            pub const fn category(self) -> EventCategory {
                match self { $(Self::$variant => EventCategory::$category),+ }
            }

            /// Whether webhooks can be told of it. What they can't is only in the log.
            pub const fn is_delivered(self) -> bool {
                match self { $(Self::$variant => $delivered),+ }
            }

            /// What has happened, in a sentence.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $description),+ }
            }
        }
    };
}

event_types! {
    PostScheduled = "post.scheduled", Post, true, "A post was scheduled: it waits for its time.";
    PostPublished = "post.published", Post, true, "A post reached TikTok for every account.";
    PostPartial = "post.partial", Post, true, "A post has ended: it reached TikTok for some accounts and failed for others.";
    PostFailed = "post.failed", Post, true, "A post has ended: it reached TikTok for no account, or nobody can tell.";
    PostUpdated = "post.updated", Post, true, "A caller changed a post.";
    PostDeleted = "post.deleted", Post, true, "A caller deleted a post.";
    PostRetried = "post.retried", Post, true, "A caller retried what had failed of a post.";
    PostCancelled = "post.cancelled", Post, true, "A caller cancelled a post, as far as TikTok did not have it yet.";
    PostUploadCompleted = "post.upload_completed", Post, true, "TikTok has received all of a post for one account, and checks it.";
    PostPubliclyAvailable = "post.publicly_available", Post, true, "A post is public on TikTok and has its public id.";
    PostNoLongerPublic = "post.no_longer_public", Post, true, "TikTok says that a post is not public any more.";
    PostInboxDelivered = "post.inbox_delivered", Post, true, "A draft is in the creator's inbox, to be finished in TikTok's app.";
    PostUnconfirmed = "post.unconfirmed", Post, true, "Nobody can tell whether a post was published: a person has to check on TikTok.";
    MediaReady = "media.ready", Media, true, "Media was verified, and TikTok takes it.";
    MediaFailed = "media.failed", Media, true, "Media was verified, and TikTok would refuse it; or it could not be fetched.";
    AccountConnected = "account.connected", Account, true, "A creator connected an account, for the first time or again.";
    AccountDisconnected = "account.disconnected", Account, true, "An account was disconnected and can't be used any more.";
    AccountReconnectRequired = "account.reconnect_required", Account, true, "An account can't be used until its creator connects it again.";
    AccountTikTokEvent = "account.tiktok_event", Account, false, "TikTok reported something of an account that Slipway has no use for.";
    WebhookTest = "webhook.test", Webhook, true, "A test of a webhook endpoint.";
    WebhookDisabled = "webhook.disabled", Webhook, true, "A webhook endpoint failed for days and was switched off.";
    WebhookCreated = "webhook.created", Webhook, false, "A webhook endpoint was created.";
    WebhookUpdated = "webhook.updated", Webhook, false, "A webhook endpoint was changed.";
    WebhookSecretRotated = "webhook.secret_rotated", Webhook, false, "A webhook endpoint has a new secret.";
    WebhookDeleted = "webhook.deleted", Webhook, false, "A webhook endpoint was deleted.";
    KeyCreated = "key.created", Key, false, "An API key was created.";
    KeyUpdated = "key.updated", Key, false, "An API key was changed.";
    KeyRotated = "key.rotated", Key, false, "An API key has a new secret.";
    KeyRevoked = "key.revoked", Key, false, "An API key was revoked.";
}

impl EventType {
    /// The type of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.as_str() == name)
    }

    /// What was done: the name without its category.
    pub fn action(self) -> &'static str {
        self.as_str().split_once('.').map_or(self.as_str(), |(_, action)| action)
    }

    /// Whether it says that something went wrong.
    pub const fn is_failure(self) -> bool {
        matches!(
            self,
            Self::PostFailed
                | Self::PostPartial
                | Self::PostUnconfirmed
                | Self::MediaFailed
                | Self::AccountReconnectRequired
                | Self::WebhookDisabled
        )
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_written_by_their_names_and_have_the_order_of_these() {
        let mut sorted = EventCategory::ALL.to_vec();
        sorted.sort_unstable();
        assert!(sorted.is_sorted_by_key(|category| category.as_str()));
        for category in sorted {
            assert_eq!(serde_json::to_value(category).unwrap(), category.as_str());
        }
    }

    #[test]
    fn a_type_is_found_by_its_name_and_begins_with_its_category() {
        for event in EventType::ALL {
            assert_eq!(EventType::named(event.as_str()), Some(*event));
            assert_eq!(event.as_str(), format!("{}.{}", event.category().as_str(), event.action()));
            assert_eq!(serde_json::to_value(event).unwrap(), event.as_str());
        }
        assert_eq!(EventType::named("post"), None);
    }
}
