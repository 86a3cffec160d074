//! Which brands there are for a caller.

use std::collections::BTreeSet;

use slipway_contract::{ApiError, ErrorCode, Issue};
use slipway_domain::BrandId;
use slipway_http::auth::Caller;
use slipway_http::filters::{BRANDS, Only};
use slipway_http::{ErrorResponse, Params};

use crate::App;

/// Notes a brand that is not there. For a key that is restricted to brands there are those and no others: any other is
/// not found.
pub(crate) async fn must_be_known(
    app: &App,
    caller: &Caller,
    brand: &BrandId,
    issues: &mut Vec<Issue>,
) -> Result<(), ErrorResponse> {
    if app.accounts.brand(&caller.reach, brand).await?.is_some() {
        return Ok(());
    }
    if !caller.reach.is_whole() {
        return Err(not_found());
    }
    let own = BrandId::default_of(caller.tenant());
    let cure = format!("Send {own}, which is your own, or another one that GET /v1/brands lists.");
    let issue = Issue::no_such("brand_id", "brand", brand, cure);
    issues.push(issue.with_code(ErrorCode::BrandInvalid));
    Ok(())
}

/// The query parameters by which lists of what belongs to brands are narrowed, as [`asked`] reads them.
pub(crate) const FILTERS: [&str; 3] = ["brand_ids", "brand_id", "platform"];

/// The brands that a query asks for: none of any other platform than TikTok.
pub(crate) fn asked(params: &Params, issues: &mut Vec<Issue>) -> Only<BrandId> {
    let asked = params.ids(&BRANDS, issues);
    if params.is_elsewhere() { Only::These(BTreeSet::new()) } else { asked }
}

/// The brand does not exist, or is not the caller's. Which of the two is not said.
fn not_found() -> ErrorResponse {
    ErrorResponse(ApiError::no_such(ErrorCode::BrandNotFound, "brand", "/v1/brands").with_field("brand_id"))
}
