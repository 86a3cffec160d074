//! Bodies about accounts, and what leads to them.

use schemars::JsonSchema;
use slipway_contract::Platform;
use slipway_domain::BrandId;

/// A connection to be begun.
#[derive(JsonSchema)]
pub(crate) struct ConnectAccount {
    /// `tiktok` is the only one.
    platform: Platform,
    /// Where the creator is sent in the end; TikTok comes back to Slipway.
    redirect_uri: Option<String>,
    /// Comes back with the creator.
    #[schemars(length(max = 512))]
    state: Option<String>,
    /// The brand that the account comes into.
    brand_id: Option<BrandId>,
    /// For callers who receive TikTok's code themselves.
    metadata: Option<ConnectMetadata>,
}

/// For callers who receive TikTok's code themselves.
#[derive(JsonSchema)]
pub(crate) struct ConnectMetadata {
    /// Where TikTok sends the code.
    redirect_uri: Option<String>,
}

/// A connection whose code your own page received.
#[derive(JsonSchema)]
#[schemars(extend("anyOf" = [
    {"required": ["platform", "metadata"], "properties": {"platform": {"type": "string"}, "metadata": {"type": "object"}}},
    {"required": ["state"], "properties": {"state": {"type": "string", "minLength": 1}, "metadata": {"type": "null"}}},
]))]
pub(crate) struct ExchangeCode {
    /// `tiktok` is the only one. Required, unless `state` stands beside `code`.
    platform: Option<Platform>,
    /// What TikTok sent.
    #[schemars(length(min = 1))]
    code: String,
    /// Which connection it is. Required, unless `state` stands beside `code`.
    metadata: Option<ExchangeMetadata>,
    /// The state as TikTok brought it back, instead of `metadata`.
    state: Option<String>,
    /// Beside `state`: as it was given to connect. It may be left out.
    redirect_uri: Option<String>,
}

/// Which connection it is.
#[derive(JsonSchema)]
pub(crate) struct ExchangeMetadata {
    /// As it was given to connect.
    #[schemars(length(min = 1))]
    redirect_uri: String,
    /// As TikTok brought it back.
    #[schemars(length(min = 1))]
    state: String,
}

/// A brand's name.
#[derive(JsonSchema)]
pub(crate) struct NewBrand {
    /// What it is called, in up to 100 characters.
    #[schemars(length(max = 100), regex(pattern = r"\S"))]
    name: String,
}

/// An address that creators may be sent to.
#[derive(JsonSchema)]
pub(crate) struct NewRedirectUri {
    /// An https address without a fragment.
    #[schemars(length(max = 2048), regex(pattern = r"^https?://"))]
    uri: String,
    /// What it is called.
    #[schemars(length(max = 100))]
    label: Option<String>,
}

/// An invite to be made.
#[derive(JsonSchema)]
pub(crate) struct NewInvite {
    /// `tiktok` is the only one.
    platform: Platform,
    /// The brand that accounts come into.
    brand_id: BrandId,
    /// For how many days the link is good.
    #[schemars(extend("enum" = [1, 3, 7, 14, 30]))]
    expires_in_days: u64,
}
