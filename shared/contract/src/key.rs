//! How API keys look to callers.

use serde::Serialize;
use slipway_domain::{ApiScope, BrandId, Hidden, KeyId, KeyScope, Mode};

use crate::Time;

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyView {
    /// The id.
    pub id: KeyId,
    /// The name.
    pub name: String,
    /// Whether it is a live key or a test key.
    pub mode: Mode,
    /// The secret's first and last characters.
    pub preview: String,
    /// Whether the key is active.
    pub is_active: bool,
    /// When it was created.
    pub created_at: Time,
    /// When the key was last used, to the hour.
    pub last_used_at: Option<Time>,
    /// The scopes that the key has; all if this is empty.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub scopes: Vec<KeyScope>,
    /// The brands that the key may access; all if this is empty.
    pub brand_ids: Vec<BrandId>,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A new key, or a new secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewKeyView {
    /// The id.
    pub id: KeyId,
    /// The name.
    pub name: String,
    /// The secret. Shown once.
    pub raw_key: Hidden<String>,
    /// Whether it is a live key or a test key.
    pub mode: Mode,
    /// The secret's first and last characters.
    pub preview: String,
    /// What to do next.
    pub message: &'static str,
    /// The scopes that the key has; all if this is empty.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub scopes: Vec<KeyScope>,
    /// The brands that the key may access; all if this is empty.
    pub brand_ids: Vec<BrandId>,
    /// When it was created.
    pub created_at: Time,
    /// After a rotation: how long the old secret stays valid.
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
    /// The number of items.
    pub count: usize,
}

/// A scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScopeView {
    /// The name.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub name: ApiScope,
    /// What it allows.
    pub description: &'static str,
    /// What it is about.
    pub group: &'static str,
}
