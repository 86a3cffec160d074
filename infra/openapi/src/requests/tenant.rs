//! Bodies about tenants and their keys.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;
use slipway_domain::limits::{LONGEST_EMAIL, LONGEST_NAME, LONGEST_OVERLAP, RESTRICTIONS_PER_KEY};
use slipway_domain::{KeyScope, Mode};

/// A character that is no blank: what Unicode calls white space, which `\S` is not the same as everywhere.
macro_rules! no_blank {
    () => {
        r"[^\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
    };
}

/// A name that has more than blanks.
pub(super) const NOT_BLANK: &str = no_blank!();
/// The same, or an empty text, which counts as left out.
const NOT_BLANK_IF_ANY: &str = concat!("^$|", no_blank!());

/// Who signs up.
#[derive(JsonSchema)]
pub(crate) struct SignUp {
    /// The owner's e-mail address.
    #[schemars(
        length(max = LONGEST_EMAIL),
        regex(pattern = r"^[^@\s\u0000-\u001f\u007f-\u009f]+@[^@\s\u0000-\u001f\u007f-\u009f]+$")
    )]
    email: String,
    /// The owner's name, of up to 100 characters.
    #[schemars(length(max = LONGEST_NAME))]
    name: Option<String>,
}

/// The modes, and an empty text, which counts as left out.
fn modes_if_any() -> Vec<Value> {
    Mode::ALL.map(|mode| Value::from(mode.as_str())).into_iter().chain([Value::from(""), Value::Null]).collect()
}

/// An API key to create.
#[derive(JsonSchema)]
pub(crate) struct CreateKey {
    /// The name, of up to 100 characters.
    #[schemars(length(max = LONGEST_NAME), regex(pattern = NOT_BLANK))]
    name: String,
    /// Whether it is a live key or a test key. By default as the key that you call with.
    #[schemars(extend("enum" = modes_if_any()))]
    mode: Option<String>,
    /// The scopes that the key has; all if this is empty.
    #[schemars(length(max = RESTRICTIONS_PER_KEY))]
    scopes: Option<Vec<KnownScope>>,
    /// The brands that the key may access; all if this is empty.
    #[schemars(length(max = RESTRICTIONS_PER_KEY))]
    brand_ids: Option<Vec<String>>,
}

/// Changes to an API key.
#[derive(JsonSchema)]
pub(crate) struct ChangeKey {
    /// The name, of up to 100 characters.
    #[schemars(length(max = LONGEST_NAME), regex(pattern = NOT_BLANK_IF_ANY))]
    name: Option<String>,
    /// The scopes that the key has; all if this is empty.
    #[schemars(length(max = RESTRICTIONS_PER_KEY))]
    scopes: Option<Vec<KnownScope>>,
    /// The brands that the key may access; all if this is empty.
    #[schemars(length(max = RESTRICTIONS_PER_KEY))]
    brand_ids: Option<Vec<String>>,
    /// Whether the key is active.
    is_active: Option<bool>,
}

/// How long the old secret stays valid beside the new one.
#[derive(JsonSchema)]
pub(crate) struct RotateSecret {
    /// Seconds, up to a week. By default the old secret ends at once.
    #[schemars(range(max = LONGEST_OVERLAP.as_secs()))]
    overlap_seconds: Option<u64>,
}

/// Changes to the tenant's profile.
#[derive(JsonSchema)]
pub(crate) struct ChangeUser {
    /// The owner's name.
    #[schemars(length(max = LONGEST_NAME))]
    name: Option<String>,
    /// Whether the owner still has the first steps to do.
    onboarding: Option<bool>,
    /// What the service is used for.
    #[schemars(length(max = LONGEST_NAME))]
    use_case: Option<String>,
    /// How the owner heard of the service.
    #[schemars(length(max = LONGEST_NAME))]
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
        json_schema!({"type": "string", "enum": KeyScope::names().collect::<Vec<_>>()})
    }
}
