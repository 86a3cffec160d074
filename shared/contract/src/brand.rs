//! How brands look to callers.

use serde::Serialize;
use slipway_domain::BrandId;

use crate::Time;

/// A brand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BrandView {
    /// Its id.
    pub id: BrandId,
    /// What its owner calls it.
    pub name: String,
    /// How many accounts it has.
    pub accounts_count: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was renamed last.
    pub updated_at: Time,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
