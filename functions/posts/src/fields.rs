//! Bodies of requests that need none, or hardly any.

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

/// Whether the same may be published that was published lately, and warnings about whatever else is in the body.
pub(crate) fn skip_duplicate_check(body: &JsonObject, unknown: UnknownFields) -> Result<(bool, Vec<String>), ApiError> {
    let mut noted = Diagnostics::default();
    let root = Fields::root(&body.object);
    let skip = root.flag("skip_duplicate_check", &mut noted.issues).unwrap_or(false);
    noted.unknown(&root);
    Ok((skip, noted.finish(unknown)?))
}
