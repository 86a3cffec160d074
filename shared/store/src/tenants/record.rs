//! What is stored about tenants and their keys.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use slipway_domain::{BrandId, KeyId, KeyScope, Mode, Plan, TenantId};

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRecord {
    /// Its id.
    pub id: TenantId,
    /// The owner's address, in lower case.
    pub email: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its own plan; nothing if it has the one that the operator chose for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// Whether none of its keys opens anything.
    #[serde(default)]
    pub is_suspended: bool,
    /// What its owner says about it.
    #[serde(default)]
    pub profile: TenantProfile,
    /// Whether it was made by whoever said that the address is theirs, which nobody has verified.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub signed_up: bool,
    /// How many live keys it has. Those of an earlier version were not counted, so that it may stand below zero in the
    /// table.
    #[serde(default, deserialize_with = "not_below_zero")]
    pub keys: u64,
    /// How many test keys it has.
    #[serde(default, deserialize_with = "not_below_zero")]
    pub test_keys: u64,
    /// Since when it is being deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleting_since: Option<Timestamp>,
    /// Counts the operator's changes of plan and suspension.
    #[serde(default)]
    pub version: u64,
}

impl TenantRecord {
    /// A new one.
    pub fn new(id: TenantId, email: String, created_at: Timestamp) -> Self {
        let profile = TenantProfile::default();
        let (keys, test_keys) = (0, 0);
        Self {
            id,
            email,
            created_at,
            plan: None,
            is_suspended: false,
            profile,
            signed_up: false,
            keys,
            test_keys,
            deleting_since: None,
            version: 0,
        }
    }
}

impl TenantRecord {
    /// How many keys of this mode it has.
    pub const fn keys_of(&self, mode: Mode) -> u64 {
        match mode {
            Mode::Live => self.keys,
            Mode::Test => self.test_keys,
        }
    }
}

fn not_below_zero<'de, D: Deserializer<'de>>(read: D) -> Result<u64, D::Error> {
    i64::deserialize(read).map(|count| u64::try_from(count).unwrap_or_default())
}

/// What a tenant's owner says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantProfile {
    /// What the owner is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the owner has been through the first steps.
    #[serde(default)]
    pub is_onboarded: bool,
    /// What it is used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_case: Option<String>,
    /// How the owner heard of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<String>,
}

/// What a tenant's owner says about it now. What is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// What the owner is called.
    pub name: Option<String>,
    /// Whether the owner has been through the first steps.
    pub is_onboarded: Option<bool>,
    /// What it is used for.
    pub use_case: Option<String>,
    /// How the owner heard of it.
    pub referral: Option<String>,
}

/// An API key. The secret itself is nowhere; it is found by its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Its id.
    pub id: KeyId,
    /// The space that it opens, which says whose it is.
    pub tenant: TenantId,
    /// What its owner calls it.
    pub name: String,
    /// The secret's first and last characters, to tell keys apart.
    pub preview: String,
    /// What it may do; empty means everything.
    #[serde(default)]
    pub scopes: Vec<KeyScope>,
    /// Which brands it may touch; empty means all.
    #[serde(default)]
    pub brand_ids: Vec<BrandId>,
    /// Whether it still opens anything.
    pub is_active: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used last, to the hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// By what its secret is known. Keys of an earlier version do not say it in their tenant's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<KeyHash>,
    /// The secret before, as long as it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<PreviousSecret>,
    /// Of the item of a secret that has a successor: until when it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// The tenant's own plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// Whether the tenant is suspended.
    #[serde(default)]
    pub is_suspended: bool,
    /// Counts all changes but those of `last_used_at`.
    #[serde(default)]
    pub version: u64,
}

impl KeyRecord {
    /// Whether its secret opens anything at this time.
    pub fn opens(&self, now: Timestamp) -> bool {
        self.is_active && !self.is_suspended && self.ends_at.is_none_or(|end| now < end)
    }
}

impl KeyRecord {
    /// The same key with another secret.
    #[must_use]
    pub fn rotated(&self, rotation: &Rotation, now: Timestamp) -> Self {
        let before = self.hash.clone().filter(|_| rotation.until > now);
        Self {
            previous: before.map(|hash| PreviousSecret { hash, until: rotation.until }),
            hash: Some(rotation.hash.clone()),
            preview: rotation.preview.clone(),
            version: self.version + 1,
            ..self.clone()
        }
    }
}

/// A key's new secret.
#[derive(Debug)]
pub struct Rotation {
    /// By what the new secret is known.
    pub hash: KeyHash,
    /// Its first and last characters.
    pub preview: String,
    /// Until when the old one counts.
    pub until: Timestamp,
}

/// A secret that has a successor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousSecret {
    /// By what it is known.
    pub hash: KeyHash,
    /// Until when it opens what the key does.
    pub until: Timestamp,
}

/// SHA-256 of a key's secret, in hex.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyHash(pub String);
