//! How brands look to callers.

use serde::Serialize;
use slipway_domain::BrandId;

use crate::Time;

/// A brand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BrandView {
    /// The id.
    pub id: BrandId,
    /// The name.
    pub name: String,
    /// The number of accounts.
    pub accounts_count: u64,
    /// When it was created.
    pub created_at: Time,
    /// When the brand was last renamed.
    pub updated_at: Time,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
