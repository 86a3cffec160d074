//! `/v1/accounts`: the list, and one account.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use slipway_contract::account::AccountView;
use slipway_contract::{ApiError, Diagnostics, ErrorCode};
use slipway_domain::limits::ITEMS_BY_DEFAULT;
use slipway_domain::{AccountId, Reach};
use slipway_http::auth::Caller;
use slipway_http::paging::{List, Paging};
use slipway_http::{Answer, ErrorResponse, Params, by_id, json};
use slipway_store::accounts::{AccountRecord, AuthorizationEnd};

use crate::{App, brands, view};

/// This list.
const LIST: List =
    List { name: "accounts", default_limit: ITEMS_BY_DEFAULT, filters: &["state"], several: &brands::FILTERS };

/// The tenant's accounts, page by page.
pub(crate) async fn list(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, limit } = LIST.paging(&params, &caller, |id| id.parse().ok(), &mut noted);
    let asked = brands::asked(&params, &mut noted.issues);
    let warnings = noted.finish(params.unknown())?;
    let page = |data: Vec<AccountView>| LIST.page(&caller, limit, data, None, warnings.clone());
    let Some(reach) = asked.within(&caller.reach) else {
        return Ok(json(StatusCode::OK, &page(Vec::new())?));
    };
    if let Some(state) = params.one("state") {
        let account = connected_by(&app, &reach, state).await?;
        return Ok(json(StatusCode::OK, &page(account.iter().map(view::account).collect())?));
    }
    let found = app.accounts.list(&reach, after.as_ref(), limit).await?;
    let data = found.accounts.iter().map(view::account).collect();
    let page = LIST.page(&caller, limit, data, found.next.as_ref().map(AccountId::as_str), warnings)?;
    Ok(json(StatusCode::OK, &page))
}

/// The account that the connection with this state has ended in, if it is within reach.
async fn connected_by(app: &App, reach: &Reach, state: &str) -> Result<Option<AccountRecord>, ErrorResponse> {
    let Some((authorization, used)) = app.accounts.known_authorization(state).await? else { return Ok(None) };
    let id = match used.end {
        Some(AuthorizationEnd::Connected(id)) if authorization.tenant == *reach.tenant() => id,
        _ => return Ok(None),
    };
    Ok(app.accounts.get(reach, &id).await?)
}

/// One account.
pub(crate) async fn show(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    Ok(json(StatusCode::OK, &view::account(&find(&app, &caller, &id).await?)))
}

/// The account, if the caller may see it. Another tenant's or another brand's is not found, never forbidden.
pub(crate) async fn find(app: &App, caller: &Caller, id: &str) -> Result<AccountRecord, ErrorResponse> {
    let account = by_id(id, async |id: AccountId| app.accounts.get(&caller.reach, &id).await).await?;
    account.ok_or_else(not_found)
}

pub(crate) fn not_found() -> ErrorResponse {
    ErrorResponse(ApiError::no_such(ErrorCode::AccountNotFound, "account", "/v1/accounts"))
}
