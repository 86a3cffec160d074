//! How API keys look to callers.

use serde::Serialize;
use slipway_domain::{BrandId, Hidden, KeyId, Mode};

use crate::Time;

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyView {
    /// Its id.
    pub id: KeyId,
    /// What its owner calls it.
    pub name: String,
    /// Whether it opens the live space or the test space.
    pub mode: Mode,
    /// The secret's first and last characters.
    pub preview: String,
    /// Whether it opens anything.
    pub is_active: bool,
    /// When it was made.
    pub created_at: Time,
    /// When it was used last, to the hour.
    pub last_used_at: Option<Time>,
    /// What it may do; everything if this is empty.
    pub scopes: Vec<String>,
    /// Which brands it may touch; all if this is empty.
    pub brand_ids: Vec<BrandId>,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A new key, or a new secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewKeyView {
    /// Its id.
    pub id: KeyId,
    /// What its owner calls it.
    pub name: String,
    /// The secret. Shown once.
    pub raw_key: Hidden<String>,
    /// Whether it opens the live space or the test space.
    pub mode: Mode,
    /// The secret's first and last characters.
    pub preview: String,
    /// What to do with it.
    pub message: &'static str,
    /// What it may do; everything if this is empty.
    pub scopes: Vec<String>,
    /// Which brands it may touch; all if this is empty.
    pub brand_ids: Vec<BrandId>,
    /// When it was made.
    pub created_at: Time,
    /// Of a new secret: until when the old one counts, too.
    pub previous_until: Option<Time>,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// What keys can be limited to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScopesView {
    /// The scopes.
    pub data: Vec<ScopeView>,
    /// How many.
    pub count: usize,
}

/// A scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScopeView {
    /// Its name.
    pub name: &'static str,
    /// What it allows.
    pub description: &'static str,
    /// What it is about.
    pub group: &'static str,
}
