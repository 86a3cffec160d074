//! Bodies about tenants and their keys.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use slipway_domain::{ApiScope, Mode};

/// Who signs up.
#[derive(JsonSchema)]
pub(crate) struct SignUp {
    /// The owner's address.
    #[schemars(
        length(max = 254),
        regex(pattern = r"^[^@\s\u0000-\u001f\u007f-\u009f]+@[^@\s\u0000-\u001f\u007f-\u009f]+$")
    )]
    email: String,
    /// What the owner is called, in up to 100 characters.
    #[schemars(length(max = 100))]
    name: Option<String>,
}

/// A key to be made.
#[derive(JsonSchema)]
pub(crate) struct CreateKey {
    /// What it is called, in up to 100 characters.
    #[schemars(length(max = 100), regex(pattern = r"\S"))]
    name: String,
    /// Whether it opens the live space or the test space; that of the key you call with, unless said.
    mode: Option<Mode>,
    /// What it may do; everything if this is empty.
    #[schemars(length(max = 50))]
    scopes: Option<Vec<KnownScope>>,
    /// Which brands it may touch; all if this is empty.
    #[schemars(length(max = 50))]
    brand_ids: Option<Vec<String>>,
}

/// What of a key is to be changed.
#[derive(JsonSchema)]
pub(crate) struct ChangeKey {
    /// What it is called, in up to 100 characters.
    #[schemars(length(max = 100), regex(pattern = r"^$|\S"))]
    name: Option<String>,
    /// What it may do; everything if this is empty.
    #[schemars(length(max = 50))]
    scopes: Option<Vec<KnownScope>>,
    /// Which brands it may touch; all if this is empty.
    #[schemars(length(max = 50))]
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
    #[schemars(length(max = 100))]
    name: Option<String>,
    /// Whether the owner has the first steps ahead.
    onboarding: Option<bool>,
    /// What it is used for.
    #[schemars(length(max = 100))]
    use_case: Option<String>,
    /// How the owner heard of it.
    #[schemars(length(max = 100))]
    referral: Option<String>,
}

/// The name of a scope that a key may be made with.
pub(crate) struct KnownScope;

impl JsonSchema for KnownScope {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "KnownScope".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": ApiScope::known().collect::<Vec<_>>()})
    }
}
