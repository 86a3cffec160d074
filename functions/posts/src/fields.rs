//! Bodies of requests that need none.

use slipway_contract::diagnostics::UnknownFields;
use slipway_contract::fields::Fields;
use slipway_contract::{ApiError, Diagnostics};
use slipway_http::JsonObject;

/// Warnings about whatever is in a body that should be empty, or a refusal.
pub(crate) fn none(body: &JsonObject, unknown: UnknownFields) -> Result<Vec<String>, ApiError> {
    let mut noted = Diagnostics::default();
    noted.unknown(&Fields::root(&body.object));
    noted.finish(unknown)
}
