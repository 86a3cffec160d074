//! The `data` of what is told to a tenant, in its log and in its webhooks.

use serde::{Deserialize, Serialize};
use slipway_domain::{
    AccountId, BrandId, EventType, Hidden, KeyId, KeyScope, MediaId, OpenId, PostId, PostStatus, ReconnectReason,
    WebhookId,
};

use crate::media::{MediaStatus, ReasonView};
use crate::post::TargetView;
use crate::{Platform, Time};

/// The `data` of the events `post.*`, except `post.scheduled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PostEventData {
    /// The post.
    pub post_id: PostId,
    /// Its status after the event.
    pub status: PostStatus,
    /// The targets that the event is about: all, where it is about the whole post.
    pub results: Vec<TargetView>,
}

/// The `data` of `post.scheduled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PostScheduledData {
    /// The post.
    pub post_id: PostId,
    /// Its status after the event.
    pub status: PostStatus,
    /// When it is to be published.
    pub scheduled_at: Option<Time>,
    /// All targets.
    pub targets: Vec<TargetView>,
}

/// What is read of an event's `data` to know its brand, whatever else that says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OfBrand {
    /// The brand, if it names one.
    pub brand_id: Option<BrandId>,
}

/// The `data` of `account.connected`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountConnectedData {
    /// The account.
    pub account_id: AccountId,
    /// Its brand.
    pub brand_id: Option<BrandId>,
    /// Always TikTok.
    pub platform: Platform,
    /// The creator's id at TikTok, for this app.
    pub platform_user_id: OpenId,
    /// The creator's handle.
    pub username: String,
    /// The creator's name.
    pub display_name: Option<String>,
    /// The creator's picture.
    pub profile_picture_url: Option<String>,
    /// When it was connected.
    pub connected_at: Time,
}

/// The `data` of `account.disconnected` and `account.reconnect_required`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountEndedData {
    /// The account.
    pub account_id: AccountId,
    /// Its brand.
    pub brand_id: Option<BrandId>,
    /// Always TikTok.
    pub platform: Platform,
    /// The reason, for programs.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub reason: EndReason,
    /// Whether the creator can repair this by connecting the account again.
    pub reconnect_required: bool,
    /// The reason, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'static str>,
}

/// Why an account has ended, for now or for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// A caller disconnected it.
    Disconnected,
    /// It can't be used until its creator connects it again.
    #[serde(untagged)]
    Lost(ReconnectReason),
}

/// Of `account.tiktok_event`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TikTokEventData {
    /// The account.
    pub account_id: AccountId,
    /// TikTok's name of the event.
    pub name: String,
    /// What TikTok reports of it, as JSON text; the beginning of it, if it is long.
    pub content: Hidden<String>,
}

/// The `data` of `media.ready` and `media.failed`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaEventData {
    /// The media.
    pub media_id: MediaId,
    /// What was found.
    pub status: MediaStatus,
    /// The name.
    pub filename: String,
    /// What it is; what was said that it is, if nobody could tell.
    pub content_type: String,
    /// Its size in bytes.
    pub size_bytes: Option<u64>,
    /// How long it plays, in seconds.
    pub duration_seconds: Option<f64>,
    /// Its width in pixels.
    pub width: Option<u32>,
    /// Its height in pixels.
    pub height: Option<u32>,
    /// What is wrong with it.
    pub reasons: Vec<ReasonView>,
}

/// What the log says of an endpoint's address: where it is, and not what stands behind it. Its path may be a secret, and
/// the log is read by keys that may not see endpoints.
pub fn place_of(url: &str) -> String {
    let authority = url.split_once("://").map_or(0, |(scheme, _)| scheme.len() + 3);
    let end = url.get(authority..).and_then(|rest| rest.find(['/', '?', '#'])).map(|end| authority + end);
    match end {
        Some(end) => format!("{}/…", url.get(..end).unwrap_or_default()),
        None => url.to_owned(),
    }
}

/// Of `webhook.created`, `webhook.updated`, `webhook.secret_rotated` and `webhook.deleted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookChangedData {
    /// The endpoint.
    pub webhook_id: WebhookId,
    /// The webhook's address, without its path.
    pub url: String,
    /// The events that are sent.
    pub events: Vec<EventType>,
    /// Whether the webhook is active.
    pub is_active: bool,
}

/// The `data` of the `webhook.test` that a new address must answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookPingData {
    /// The endpoint.
    pub webhook_id: WebhookId,
    /// What it is, for people.
    pub message: &'static str,
}

/// The `data` of `webhook.disabled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookDisabledData {
    /// The endpoint.
    pub webhook_id: WebhookId,
    /// The webhook's address, without its path.
    pub url: String,
    /// The time since which every attempt has failed.
    pub failing_since: Option<Time>,
    /// What to do, for people.
    pub message: &'static str,
}

/// Of `key.created`, `key.updated`, `key.rotated` and `key.revoked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyChangedData {
    /// The key.
    pub key_id: KeyId,
    /// The name.
    pub name: String,
    /// Its first and last characters.
    pub preview: String,
    /// The scopes that the key has; all if this is empty.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub scopes: Vec<KeyScope>,
    /// The brands that the key may access; all if this is empty.
    pub brand_ids: Vec<BrandId>,
    /// Whether the key is active.
    pub is_active: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_an_end_is_one_word() {
        let written = |reason| serde_json::to_value::<EndReason>(reason).unwrap();
        assert_eq!(written(EndReason::Disconnected), "disconnected");
        assert_eq!(written(EndReason::Lost(ReconnectReason::AccountBanned)), "account_banned");
    }

    #[test]
    fn an_address_is_told_without_what_may_be_secret_in_it() {
        for (url, told) in [
            ("https://example.com/hooks/s3cret?key=1", "https://example.com/…"),
            ("https://example.com:8443?key=1", "https://example.com:8443/…"),
            ("https://example.com", "https://example.com"),
            ("x/y", "x/…"),
        ] {
            assert_eq!(place_of(url), told);
        }
    }
}
