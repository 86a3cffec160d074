//! Bodies about tenants and their keys.

use schemars::JsonSchema;
use slipway_domain::Mode;

/// Who signs up.
#[derive(JsonSchema)]
pub(crate) struct SignUp {
    /// The owner's address.
    email: String,
    /// What the owner is called.
    name: Option<String>,
}

/// A key to be made.
#[derive(JsonSchema)]
pub(crate) struct CreateKey {
    /// What it is called.
    name: String,
    /// Whether it opens the live space or the test space; that of the key you call with, unless said.
    mode: Option<Mode>,
    /// What it may do; everything if this is empty.
    scopes: Option<Vec<String>>,
    /// Which brands it may touch; all if this is empty.
    brand_ids: Option<Vec<String>>,
}

/// What of a key is to be changed.
#[derive(JsonSchema)]
pub(crate) struct ChangeKey {
    /// What it is called.
    name: Option<String>,
    /// What it may do; everything if this is empty.
    scopes: Option<Vec<String>>,
    /// Which brands it may touch; all if this is empty.
    brand_ids: Option<Vec<String>>,
    /// Whether it opens anything.
    is_active: Option<bool>,
}

/// How long an old secret counts beside the new one.
#[derive(JsonSchema)]
pub(crate) struct RotateSecret {
    /// For so many seconds, up to a week.
    #[schemars(range(max = 604_800))]
    overlap_seconds: Option<u64>,
}

/// What of a tenant is to be changed.
#[derive(JsonSchema)]
pub(crate) struct ChangeUser {
    /// What the owner is called.
    name: Option<String>,
    /// Whether the owner has the first steps ahead.
    onboarding: Option<bool>,
    /// What it is used for.
    use_case: Option<String>,
    /// How the owner heard of it.
    referral: Option<String>,
}
