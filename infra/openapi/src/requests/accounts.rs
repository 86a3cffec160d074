//! Bodies about accounts, and what leads to them.

use schemars::JsonSchema;
use slipway_contract::Platform;
use slipway_domain::BrandId;
use slipway_domain::limits::{INVITE_DAYS, LONGEST_NAME, LONGEST_REDIRECT_URI, LONGEST_RETURN_URL, LONGEST_STATE};

use super::tenant::NOT_BLANK;

/// An account's id, or an empty text, which counts as left out.
pub(super) const ACCOUNT_IF_ANY: &str = r"^(acc_[0-9A-Za-z]{1,64})?$";
/// A brand's id, or an empty text.
pub(super) const BRAND_IF_ANY: &str = r"^(brand_[0-9A-Za-z]{1,64})?$";

/// An address as far as a pattern can tell: how it begins, and that it holds no blank, control character, backslash or
/// fragment, and nothing of `$neither`.
macro_rules! address {
    ($neither:literal) => {
        concat!(
            r"[Hh][Tt][Tt][Pp][Ss]?:",
            r"[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\\#",
            $neither,
            "]+"
        )
    };
}

/// An address that creators may be sent to.
const RETURN_ADDRESS: &str = concat!("^", address!(""), "$");
/// The same, or an empty text, which counts as left out.
const RETURN_ADDRESS_IF_ANY: &str = concat!("^(", address!(""), ")?$");
/// One that TikTok itself sends to, which has no query either; or an empty text.
const TIKTOKS_ADDRESS_IF_ANY: &str = concat!("^(", address!("?"), ")?$");

/// A connection to start.
#[derive(JsonSchema)]
pub(crate) struct ConnectAccount {
    /// The platform; `tiktok` is the only one.
    platform: Platform,
    /// Where the creator is sent in the end: an https address without a fragment. TikTok sends its code to Slipway.
    #[schemars(length(max = LONGEST_RETURN_URL), regex(pattern = RETURN_ADDRESS_IF_ANY))]
    redirect_uri: Option<String>,
    /// Any text of yours, which comes back with the creator.
    #[schemars(length(max = LONGEST_STATE))]
    state: Option<String>,
    /// The brand that the account is to belong to.
    #[schemars(regex(pattern = BRAND_IF_ANY))]
    brand_id: Option<String>,
    /// For callers whose own page receives TikTok's code.
    metadata: Option<ConnectMetadata>,
}

/// For callers whose own page receives TikTok's code.
#[derive(JsonSchema)]
pub(crate) struct ConnectMetadata {
    /// Where TikTok sends the code: an https address without a query and a fragment.
    #[schemars(length(max = LONGEST_REDIRECT_URI), regex(pattern = TIKTOKS_ADDRESS_IF_ANY))]
    redirect_uri: Option<String>,
}

/// A code that your own page received from TikTok.
#[derive(JsonSchema)]
#[schemars(extend("anyOf" = [
    {"required": ["platform", "metadata"], "properties": {
        "platform": {"type": "string", "minLength": 1}, "metadata": {"type": "object"},
    }},
    {"required": ["state"], "properties": {"state": {"type": "string", "minLength": 1}, "metadata": {"enum": [null, ""]}}},
]))]
pub(crate) struct ExchangeCode {
    /// The platform; `tiktok` is the only one. Required, unless `state` stands beside `code`.
    platform: Option<Platform>,
    /// TikTok's code, URL-decoded once.
    #[schemars(length(min = 1))]
    code: String,
    /// Says which connection the code is for. Required, unless `state` stands beside `code`.
    metadata: Option<ExchangeMetadata>,
    /// The state that TikTok brought back, instead of `metadata`.
    state: Option<String>,
    /// Beside `state`: the redirect URI that was given to connect. It may be left out.
    redirect_uri: Option<String>,
}

/// Says which connection a code is for.
#[derive(JsonSchema)]
pub(crate) struct ExchangeMetadata {
    /// The redirect URI that was given to connect.
    #[schemars(length(min = 1))]
    redirect_uri: String,
    /// The state that TikTok brought back.
    #[schemars(length(min = 1))]
    state: String,
}

/// A brand's name.
#[derive(JsonSchema)]
pub(crate) struct NewBrand {
    /// The name, of up to 100 characters.
    #[schemars(length(max = LONGEST_NAME), regex(pattern = NOT_BLANK))]
    name: String,
}

/// A redirect URI to register.
#[derive(JsonSchema)]
pub(crate) struct NewRedirectUri {
    /// An https address without a fragment.
    #[schemars(length(max = LONGEST_RETURN_URL), regex(pattern = RETURN_ADDRESS))]
    uri: String,
    /// A name for people.
    #[schemars(length(max = LONGEST_NAME))]
    label: Option<String>,
}

/// An invite to create.
#[derive(JsonSchema)]
pub(crate) struct NewInvite {
    /// The platform; `tiktok` is the only one.
    platform: Platform,
    /// The brand that accounts connected by the invite belong to.
    brand_id: BrandId,
    /// How many days the link works.
    #[schemars(extend("enum" = INVITE_DAYS))]
    expires_in_days: u64,
}
