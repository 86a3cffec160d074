//! Media that is there: the list, one item, and how much it is.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use http::StatusCode;
use slipway_contract::{Page, no_issues};
use slipway_domain::MediaId;
use slipway_http::auth::Caller;
use slipway_http::cursor;
use slipway_http::paging::Paging;
use slipway_http::{Answer, ErrorResponse, json};
use slipway_store::media::MediaRecord;

use crate::{App, not_found, view};

/// The name of this list in cursors.
const LIST: &str = "media";

/// The tenant's media, newest first, page by page.
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let mut issues = Vec::new();
    let Paging { after, limit } = Paging::read(&query, LIST, &caller.tenant, &mut issues);
    no_issues(issues)?;
    let page = app.media.list(&caller.tenant, after.as_ref(), limit).await?;
    let mut data = Vec::with_capacity(page.media.len());
    for record in &page.media {
        data.push(view::media(&app, record).await?);
    }
    let next_cursor = page.next.map(|last| cursor::write(LIST, &caller.tenant, last.as_str()));
    Ok(json(StatusCode::OK, &Page { data, next_cursor, limit }))
}

/// One item.
pub(crate) async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let record = find(&app, &caller, &id).await?;
    Ok(json(StatusCode::OK, &view::media(&app, &record).await?))
}

/// How much the tenant keeps, and may keep; a limit of -1 is none.
pub(crate) async fn storage(State(app): State<App>, caller: Caller) -> Answer {
    let usage = app.media.usage(&caller.tenant).await?;
    Ok(json(StatusCode::OK, &view::storage(&usage, app.media.storage_limit())))
}

/// The media, if it is the caller's. Another tenant's is not found, never forbidden.
pub(crate) async fn find(app: &App, caller: &Caller, id: &str) -> Result<MediaRecord, ErrorResponse> {
    let record = match id.parse::<MediaId>() {
        Ok(id) => app.media.get(&caller.tenant, &id).await?,
        Err(_) => None,
    };
    record.ok_or_else(not_found)
}
