//! What several routes read, and refuse, alike.

use slipway_contract::fields::Fields;
use slipway_contract::{ApiError, Cause, ErrorCode, Issue, Platform};
use slipway_domain::BrandId;
use slipway_http::ErrorResponse;

/// Reads `platform`: there is only one.
pub(crate) fn platform(fields: &Fields<'_>, issues: &mut Vec<Issue>) {
    const CURE: &str = "Send \"tiktok\".";
    if !fields.has("platform") {
        issues.push(Issue::required(fields.path("platform"), CURE));
        return;
    }
    match fields.text("platform", issues) {
        Some(other) if !Platform::is_served(other) => {
            issues.push(Issue::platform_not_served("platform", other, CURE));
        }
        Some(_) | None => {}
    }
}

/// Reads a text that must be there and not be empty.
pub(crate) fn required_text<'a>(
    fields: &Fields<'a>,
    name: &'static str,
    cure: &str,
    issues: &mut Vec<Issue>,
) -> Option<&'a str> {
    match fields.value(name) {
        None => issues.push(Issue::required(fields.path(name), cure)),
        Some(_) => match fields.text(name, issues) {
            Some("") => issues.push(Issue::required(fields.path(name), cure)),
            text => return text,
        },
    }
    None
}

/// Reads a brand's id, in a body or query.
pub(crate) fn brand_id(text: &str, issues: &mut Vec<Issue>) -> Option<BrandId> {
    text.parse().map_err(|error| issues.push(Issue::no_brand("brand_id", text, error))).ok()
}

/// The state belongs to nobody, to somebody else, or to another flow. Which of it is not said.
pub(crate) fn state_mismatch(field: &str) -> ErrorResponse {
    let message = "This state is not one that was given out for this exchange. Start again with POST /v1/accounts/connect \
                   and send the state that TikTok brings back, with the same redirect_uri if you send one.";
    ErrorResponse(ApiError::new(ErrorCode::StateMismatch, message).with_cause(Cause::Caller).with_field(field))
}

/// The state was ours, but its time is over or it was used.
pub(crate) fn request_expired(why: &str, field: &str) -> ErrorResponse {
    let message = format!("{why} Start again with POST /v1/accounts/connect.");
    ErrorResponse(
        ApiError::new(ErrorCode::OAuthRequestExpired, message)
            .with_cause(Cause::Caller)
            .with_field(field)
            .with_retryable(false)
            .with_next_step("POST /v1/accounts/connect"),
    )
}
