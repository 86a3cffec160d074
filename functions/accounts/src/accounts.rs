//! `/v1/accounts`: the list, and one account.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use http::StatusCode;
use slipway_contract::{ApiError, ErrorCode, Issue, Page, no_issues};
use slipway_domain::{AccountId, BrandId};
use slipway_http::auth::Caller;
use slipway_http::cursor;
use slipway_http::paging::Paging;
use slipway_http::{Answer, ErrorResponse, json};
use slipway_store::accounts::AccountRecord;

use crate::{App, view};

/// The name of this list in cursors.
const LIST: &str = "accounts";

/// The tenant's accounts, page by page.
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let mut issues = Vec::new();
    let paging = Paging::<AccountId>::read(&query, LIST, &caller.tenant, &mut issues);
    let brand = query.get("brand_id").filter(|text| !text.is_empty()).and_then(|text| {
        let brand = text.parse::<BrandId>();
        if brand.is_err() {
            issues.push(Issue::invalid("brand_id", format!("{text:?} is no brand"), "Send a brand's id."));
        }
        brand.ok()
    });
    no_issues(issues)?;
    let brands = match brand {
        Some(brand) if caller.may_touch(Some(&brand)) => vec![brand],
        Some(_) => return Ok(page(&[], None, paging.limit)),
        None => caller.brand_ids,
    };
    let found = app.accounts.list(&caller.tenant, &brands, paging.after.as_ref(), paging.limit).await?;
    let next = found.next.map(|last| cursor::write(LIST, &caller.tenant, last.as_str()));
    Ok(page(&found.accounts, next, paging.limit))
}

fn page(accounts: &[AccountRecord], next_cursor: Option<String>, limit: usize) -> axum::response::Response {
    let data = accounts.iter().map(view::account).collect();
    json(StatusCode::OK, &Page { data, next_cursor, limit })
}

/// One account.
pub(crate) async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    Ok(json(StatusCode::OK, &view::account(&find(&app, &caller, &id).await?)))
}

/// The account, if the caller may see it. Another tenant's or another brand's is not found, never forbidden.
pub(crate) async fn find(app: &App, caller: &Caller, id: &str) -> Result<AccountRecord, ErrorResponse> {
    let account = match id.parse::<AccountId>() {
        Ok(id) => app.accounts.get(&caller.tenant, &id).await?,
        Err(_) => None,
    };
    account.filter(|account| caller.may_touch(account.brand.as_ref())).ok_or_else(not_found)
}

pub(crate) fn not_found() -> ErrorResponse {
    let message = "There is no such account. GET /v1/accounts lists those there are.";
    ErrorResponse(ApiError::new(ErrorCode::AccountNotFound, message))
}
