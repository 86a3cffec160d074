//! What a webhook says.

use jiff::Timestamp;
use serde_json::Value;
use slipway_domain::{FailReason, Hidden, OpenId, PublishId, VideoId};

use crate::lenient::as_id;

/// One notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The app it is for; must be one's own.
    pub client_key: String,
    /// When it happened, to the second.
    pub create_time: Timestamp,
    /// The creator; absent in events that are about no creator.
    pub user_openid: Option<OpenId>,
    /// What happened.
    pub kind: NotificationKind,
}

/// What happened. `publish_type` is opaque: TikTok documents its value for drafts only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotificationKind {
    /// The creator's grant is gone; the access token is already dead.
    AuthorizationRemoved {
        /// Why.
        reason: RemovalReason,
    },
    /// A publish failed.
    PublishFailed {
        /// Which.
        publish_id: PublishId,
        /// Why.
        reason: FailReason,
        /// How it was published.
        publish_type: Option<String>,
    },
    /// A video is posted. For drafts it can come several times: the creator may post one more than once.
    PublishComplete {
        /// Which.
        publish_id: PublishId,
        /// How it was published.
        publish_type: Option<String>,
    },
    /// The draft's notification is in the creator's inbox.
    InboxDelivered {
        /// Which.
        publish_id: PublishId,
        /// How it was published.
        publish_type: Option<String>,
    },
    /// A post can be seen by everyone.
    PubliclyAvailable {
        /// Which.
        publish_id: PublishId,
        /// The post's id, as text.
        post_id: Option<VideoId>,
        /// How it was published.
        publish_type: Option<String>,
    },
    /// A post can no longer be seen by everyone.
    NoLongerPubliclyAvailable {
        /// Which.
        publish_id: PublishId,
        /// The post's id, as text.
        post_id: Option<VideoId>,
        /// How it was published.
        publish_type: Option<String>,
    },
    /// An event that Slipway does not use.
    Other {
        /// TikTok's name of it.
        name: String,
        /// Its content, parsed if it is JSON.
        content: Hidden<Value>,
    },
}

/// Why a grant is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovalReason {
    /// TikTok does not say.
    Unknown,
    /// The creator disconnected the app.
    DisconnectedByUser,
    /// The creator's account was deleted.
    AccountDeleted,
    /// The creator's age changed.
    AgeChanged,
    /// The creator's account was banned.
    AccountBanned,
    /// The app revoked the token itself.
    RevokedByDeveloper,
    /// A reason that was not documented when this was written.
    Other(i64),
}

/// Why a body is no event. Well signed but unreadable: answer 200 all the same, or it comes for 72 hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The body is not a JSON object.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// A field of the body is missing or of another type.
    #[error("{field} is missing or of another type than documented")]
    Field {
        /// Which.
        field: &'static str,
    },
}

/// Reads a body whose signature was verified. `content` is JSON text inside the JSON, so it is parsed a second time.
pub fn parse(body: &[u8]) -> Result<Notification, ParseError> {
    let body: Value = serde_json::from_slice(body).ok().filter(Value::is_object).ok_or(ParseError::NotAnObject)?;
    let text = |field: &'static str| body.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = text("event").ok_or(ParseError::Field { field: "event" })?;
    let create_time =
        body.get("create_time").and_then(Value::as_i64).and_then(|second| Timestamp::from_second(second).ok());
    Ok(Notification {
        client_key: text("client_key").ok_or(ParseError::Field { field: "client_key" })?.to_owned(),
        create_time: create_time.ok_or(ParseError::Field { field: "create_time" })?,
        user_openid: text("user_openid").map(OpenId::new),
        kind: NotificationKind::read(name, &content(&body))?,
    })
}

/// The content as JSON: from the text that TikTok documents, or as it is.
fn content(body: &Value) -> Value {
    match body.get("content") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())),
        Some(other) => other.clone(),
        None => Value::Null,
    }
}

impl NotificationKind {
    /// TikTok's name of it.
    pub fn name(&self) -> &str {
        match self {
            Self::AuthorizationRemoved { .. } => "authorization.removed",
            Self::PublishFailed { .. } => "post.publish.failed",
            Self::PublishComplete { .. } => "post.publish.complete",
            Self::InboxDelivered { .. } => "post.publish.inbox_delivered",
            Self::PubliclyAvailable { .. } => "post.publish.publicly_available",
            Self::NoLongerPubliclyAvailable { .. } => "post.publish.no_longer_publicaly_available",
            Self::Other { name, .. } => name,
        }
    }

    /// The publish that the event is about, if it is about one.
    pub const fn publish_id(&self) -> Option<&PublishId> {
        match self {
            Self::PublishFailed { publish_id, .. }
            | Self::PublishComplete { publish_id, .. }
            | Self::InboxDelivered { publish_id, .. }
            | Self::PubliclyAvailable { publish_id, .. }
            | Self::NoLongerPubliclyAvailable { publish_id, .. } => Some(publish_id),
            Self::AuthorizationRemoved { .. } | Self::Other { .. } => None,
        }
    }

    fn read(name: &str, content: &Value) -> Result<Self, ParseError> {
        let text =
            |field: &str| content.get(field).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        let publish_id =
            || text("publish_id").map(PublishId::new).ok_or(ParseError::Field { field: "content.publish_id" });
        let publish_type = text("publish_type");
        let post_id = content.get("post_id").and_then(as_id);
        Ok(match name {
            "authorization.removed" => Self::AuthorizationRemoved {
                reason: RemovalReason::from(content.get("reason").and_then(Value::as_i64)),
            },
            "post.publish.failed" => Self::PublishFailed {
                publish_id: publish_id()?,
                // TikTok's own word for a failure without a cause.
                reason: text("reason").map_or(FailReason::Internal, FailReason::from),
                publish_type,
            },
            "post.publish.complete" => Self::PublishComplete { publish_id: publish_id()?, publish_type },
            "post.publish.inbox_delivered" => Self::InboxDelivered { publish_id: publish_id()?, publish_type },
            "post.publish.publicly_available" => {
                Self::PubliclyAvailable { publish_id: publish_id()?, post_id, publish_type }
            }
            // TikTok misspells it; both spellings are taken, as for the status field of that name.
            "post.publish.no_longer_publicaly_available" | "post.publish.no_longer_publicly_available" => {
                Self::NoLongerPubliclyAvailable { publish_id: publish_id()?, post_id, publish_type }
            }
            _ => Self::Other { name: name.to_owned(), content: content.clone().into() },
        })
    }
}

impl From<Option<i64>> for RemovalReason {
    fn from(reason: Option<i64>) -> Self {
        match reason {
            None | Some(0) => Self::Unknown,
            Some(1) => Self::DisconnectedByUser,
            Some(2) => Self::AccountDeleted,
            Some(3) => Self::AgeChanged,
            Some(4) => Self::AccountBanned,
            Some(5) => Self::RevokedByDeveloper,
            Some(other) => Self::Other(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn kind(name: &str, content: &Value) -> Result<NotificationKind, ParseError> {
        let body = json!({"client_key": "k", "event": name, "create_time": 1_615_338_610, "user_openid": "o", "content": content});
        parse(body.to_string().as_bytes()).map(|notification| notification.kind)
    }

    #[test]
    fn the_documented_example_is_read() {
        let body = br#"{"client_key":"bwo2m45353a6k85","event":"authorization.removed","create_time":1615338610,"user_openid":"openid","content":"{\"reason\": 1 }"}"#;
        let notification = parse(body).unwrap();
        assert_eq!(notification.client_key, "bwo2m45353a6k85");
        assert_eq!(notification.create_time.as_second(), 1_615_338_610);
        assert_eq!(notification.user_openid, Some(OpenId::new("openid")));
        assert_eq!(
            notification.kind,
            NotificationKind::AuthorizationRemoved { reason: RemovalReason::DisconnectedByUser }
        );
    }

    #[test]
    fn every_event_of_a_publish_is_read_from_text_and_from_an_object() {
        let publish_id = || PublishId::new("v_pub_file~v2-1.123");
        let direct = || Some("DIRECT_PUBLISH".to_owned());
        let post_id = || Some(VideoId::new("7678907398077074696"));
        let (number, text) = (json!(7_678_907_398_077_074_696_u64), json!("7678907398077074696"));
        let content = |more: Value| {
            let mut content = json!({"publish_id": "v_pub_file~v2-1.123", "publish_type": "DIRECT_PUBLISH"});
            content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            content
        };
        for (name, content, expected) in [
            (
                "post.publish.failed",
                content(json!({"reason": "spam_risk"})),
                NotificationKind::PublishFailed {
                    publish_id: publish_id(),
                    reason: FailReason::SpamRisk,
                    publish_type: direct(),
                },
            ),
            (
                "post.publish.complete",
                content(json!({})),
                NotificationKind::PublishComplete { publish_id: publish_id(), publish_type: direct() },
            ),
            (
                "post.publish.inbox_delivered",
                content(json!({})),
                NotificationKind::InboxDelivered { publish_id: publish_id(), publish_type: direct() },
            ),
            (
                "post.publish.publicly_available",
                content(json!({"post_id": number})),
                NotificationKind::PubliclyAvailable {
                    publish_id: publish_id(),
                    post_id: post_id(),
                    publish_type: direct(),
                },
            ),
            (
                "post.publish.publicly_available",
                content(json!({"post_id": ""})),
                NotificationKind::PubliclyAvailable { publish_id: publish_id(), post_id: None, publish_type: direct() },
            ),
            (
                "post.publish.no_longer_publicaly_available",
                content(json!({"post_id": text})),
                NotificationKind::NoLongerPubliclyAvailable {
                    publish_id: publish_id(),
                    post_id: post_id(),
                    publish_type: direct(),
                },
            ),
        ] {
            assert_eq!(expected.name(), name);
            assert_eq!(expected.publish_id(), Some(&publish_id()));
            assert_eq!(kind(name, &json!(content.to_string())), Ok(expected.clone()), "as text");
            assert_eq!(kind(name, &content), Ok(expected), "as an object");
        }
    }

    #[test]
    fn an_event_that_is_not_known_is_kept() {
        let expected = NotificationKind::Other {
            name: "portability.download.ready".to_owned(),
            content: json!({"request_id": 5}).into(),
        };
        assert_eq!(kind("portability.download.ready", &json!(r#"{"request_id":5}"#)), Ok(expected));
        let expected = NotificationKind::Other { name: "new.event".to_owned(), content: json!("no json").into() };
        assert!(!format!("{expected:?}").contains("no json"), "they are somebody else's words");
        assert_eq!(kind("new.event", &json!("no json")), Ok(expected));
    }

    #[test]
    fn a_removal_without_a_known_reason_is_still_a_removal() {
        for (content, reason) in [
            (json!("{}"), RemovalReason::Unknown),
            (json!("garbage"), RemovalReason::Unknown),
            (json!(r#"{"reason":0}"#), RemovalReason::Unknown),
            (json!(r#"{"reason":5}"#), RemovalReason::RevokedByDeveloper),
            (json!(r#"{"reason":77}"#), RemovalReason::Other(77)),
        ] {
            assert_eq!(kind("authorization.removed", &content), Ok(NotificationKind::AuthorizationRemoved { reason }));
        }
    }

    #[test]
    fn a_body_that_lacks_what_is_needed_names_it() {
        let full = json!({"client_key": "k", "event": "post.publish.complete", "create_time": 1, "user_openid": "o", "content": "{}"});
        let without = |field: &str| {
            let mut body = full.clone();
            body.as_object_mut().unwrap().remove(field);
            parse(body.to_string().as_bytes()).unwrap_err()
        };
        assert_eq!(without("event"), ParseError::Field { field: "event" });
        assert_eq!(without("client_key"), ParseError::Field { field: "client_key" });
        assert_eq!(without("create_time"), ParseError::Field { field: "create_time" });
        assert_eq!(without("user_openid"), ParseError::Field { field: "content.publish_id" });
        for body in ["", "[]", "null", "7", "{", "\u{feff}{}"] {
            assert_eq!(parse(body.as_bytes()), Err(ParseError::NotAnObject), "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }

        #[test]
        fn an_open_id_is_kept_verbatim(open_id in "[!-~]{1,60}") {
            let body = json!({"client_key": "k", "event": "x", "create_time": 1, "user_openid": open_id, "content": ""});
            prop_assert_eq!(parse(body.to_string().as_bytes()).unwrap().user_openid, Some(OpenId::new(open_id)));
        }
    }
}
