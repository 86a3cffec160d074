//! Ids that can't be mixed up: ours are a prefix and a UUID, TikTok's are opaque text.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// How many characters an id of ours has behind its prefix, at most.
pub const LONGEST_ID: usize = 64;

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id that starts with {prefix}")]
pub struct IdError {
    /// The prefix that the wanted kind of id has, with its underscore.
    pub prefix: &'static str,
}

macro_rules! own_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What every id of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            /// The id that stands for this UUID; version 7 makes ids sort by the time they were made.
            pub fn from_uuid(uuid: Uuid) -> Self {
                Self(format!("{}{}", $prefix, uuid.simple()))
            }

            /// The id that follows from what it names, by the first half of a SHA-256 digest of that.
            pub fn from_digest(digest: &[u8; 32]) -> Self {
                let mut bytes = [0; 16];
                bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
                Self::from_uuid(Uuid::from_bytes(bytes))
            }

            /// The id as callers see it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let error = IdError { prefix: $prefix };
                let rest = text.strip_prefix($prefix).ok_or(error.clone())?;
                let fits = (1..=LONGEST_ID).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric());
                if fits { Ok(Self(text.to_owned())) } else { Err(error) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let pattern = format!("^{}[0-9A-Za-z]{{1,{LONGEST_ID}}}$", $prefix);
                schemars::json_schema!({"type": "string", "pattern": pattern})
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

own_id!(
    /// A customer of this deployment: the owner of keys, accounts, media and posts.
    TenantId, "ten_"
);
impl TenantId {
    /// What stands behind the prefix.
    pub(crate) fn rest(&self) -> &str {
        self.0.strip_prefix(Self::PREFIX).unwrap_or_default()
    }

    /// The id with this behind its prefix.
    pub(crate) fn of_rest(rest: &str) -> Self {
        Self(format!("{}{rest}", Self::PREFIX))
    }
}

own_id!(
    /// An API key (not its secret).
    KeyId, "key_"
);
own_id!(
    /// A brand: a tenant's group of accounts.
    BrandId, "brand_"
);
impl BrandId {
    /// The brand that a tenant has from the beginning.
    pub fn default_of(tenant: &TenantId) -> Self {
        Self(format!("{}{}", Self::PREFIX, tenant.rest()))
    }

    /// When it was made, as far as the id says it; the brand that a tenant has from the beginning is as old as the tenant.
    pub fn made_at(&self) -> Option<Timestamp> {
        let tenant = TenantId::of_rest(self.0.strip_prefix(Self::PREFIX)?).owner();
        let uuid: Uuid = tenant.rest().parse().ok()?;
        let (seconds, nanos) = uuid.get_timestamp()?.to_unix();
        Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
    }
}

own_id!(
    /// A connected TikTok account.
    AccountId, "acc_"
);
own_id!(
    /// An invite: a link by which a creator connects without an account with us.
    InviteId, "inv_"
);
own_id!(
    /// A redirect URI that a tenant has registered.
    RedirectUriId, "uri_"
);
own_id!(
    /// An uploaded video or photo.
    MediaId, "med_"
);
own_id!(
    /// A post: one caption and its media, with one target an account.
    PostId, "post_"
);
own_id!(
    /// An entry of the event log.
    EventId, "evt_"
);

own_id!(
    /// A webhook endpoint.
    WebhookId, "wh_"
);
own_id!(
    /// What one endpoint is told of one event, however often that is tried.
    DeliveryId, "dlv_"
);
impl DeliveryId {
    /// The id of the delivery of this event, which happened at `at`, to this endpoint. It is the same whenever it is asked
    /// for, and ids sort by the time of their events.
    pub fn of(event: &EventId, webhook: &WebhookId, at: Timestamp) -> Self {
        Self::at(at, &Sha256::digest(format!("{event} {webhook}")).into())
    }

    /// The id that follows from a digest, among those of this time.
    pub fn at(at: Timestamp, digest: &[u8; 32]) -> Self {
        let millis = at.as_millisecond().max(0).to_be_bytes();
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(millis[2..].iter().chain(digest)).for_each(|(to, from)| *to = *from);
        Self::from_uuid(Uuid::from_bytes(bytes))
    }
}

macro_rules! opaque_id {
    ($(#[$meta:meta])* $name:ident) => {
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        $(#[$meta])*
        pub struct $name(String);

        impl $name {
            /// Takes the text as it was sent.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as it was sent.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

opaque_id!(
    /// TikTok's id of one attempt to publish. Opaque: its prefixes are not promised.
    PublishId
);
opaque_id!(
    /// TikTok's id of a user within one app. Opaque: it may contain dashes and is kept verbatim.
    OpenId
);
opaque_id!(
    /// TikTok's public id of a post, whether of a video or of photos: some 19 digits, as text.
    #[cfg_attr(feature = "schema", schemars(inline))]
    VideoId
);
opaque_id!(
    /// TikTok's id of one call in its own logs, for its support. Opaque text of any form; of a very long one only the
    /// beginning is kept.
    #[cfg_attr(feature = "schema", schemars(inline))]
    LogId
);
opaque_id!(
    /// S3's id of an upload in parts.
    UploadId
);
opaque_id!(
    /// The name of a worker in a claim, which no other worker has, and no other try of the same one.
    WorkerId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let media = MediaId::from_uuid(Uuid::nil());
        assert_eq!(media.as_str().parse::<PostId>(), Err(IdError { prefix: "post_" }));
        assert_eq!(media.as_str().parse::<MediaId>(), Ok(media));
    }

    #[test]
    fn a_tenants_own_brand_is_a_brand() {
        let tenant = TenantId::from_uuid(Uuid::nil());
        let brand = BrandId::default_of(&tenant);
        assert_eq!(brand.as_str().parse(), Ok(brand.clone()));
        assert_ne!(brand, BrandId::default_of(&TenantId::from_uuid(Uuid::max())));
        let of = |text: &str| BrandId::default_of(&text.parse().unwrap()).made_at().map(Timestamp::as_second);
        assert_eq!(of("ten_019363f0a5007000800000000000aaaa"), Some(1_732_548_535));
        assert_eq!(of("ten_test019363f0a5007000800000000000aaaa"), Some(1_732_548_535), "of a test space");
        assert_eq!((of("ten_1"), brand.made_at()), (None, None));
    }

    #[test]
    fn a_delivery_has_one_id_which_sorts_by_its_event_s_time() {
        let (event, webhook) = (EventId::from_uuid(Uuid::nil()), WebhookId::from_uuid(Uuid::nil()));
        let at = |millis| Timestamp::from_millisecond(millis).unwrap();
        let early = DeliveryId::of(&event, &webhook, at(1_790_000_000_000));
        assert_eq!(early, DeliveryId::of(&event, &webhook, at(1_790_000_000_000)));
        assert!(early < DeliveryId::of(&event, &webhook, at(1_790_000_000_001)));
        assert_ne!(early, DeliveryId::of(&event, &WebhookId::from_uuid(Uuid::max()), at(1_790_000_000_000)));
        assert_eq!(early.as_str().parse(), Ok(early));
    }

    #[test]
    fn an_id_with_a_path_or_nothing_behind_its_prefix_is_refused() {
        for text in ["post_", "post_../x", "post_a b", "post", "", "POST_1"] {
            assert!(text.parse::<PostId>().is_err(), "{text:?}");
        }
    }
}
