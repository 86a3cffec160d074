//! Media that is there: the list, one item, and how much it is.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use slipway_contract::{ApiError, Diagnostics, ErrorCode};
use slipway_domain::MediaId;
use slipway_domain::limits::ITEMS_BY_DEFAULT;
use slipway_http::auth::Caller;
use slipway_http::paging::{List, Paging};
use slipway_http::repeat::gone;
use slipway_http::{Answer, ErrorResponse, Params, by_id, json};
use slipway_store::guards::Guard;
use slipway_store::media::{MediaRecord, NotOwn};

use crate::{App, named, not_found, view};

/// The list of media.
const LIST: List = List { name: "media", default_limit: ITEMS_BY_DEFAULT, filters: &[], several: &[] };

/// The tenant's media that the key may see, newest first, page by page.
pub(crate) async fn list(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, limit } = LIST.paging(&params, &caller, |id| id.parse().ok(), &mut noted);
    let warnings = noted.finish(params.unknown())?;
    let page = app.media.list(&caller.reach, after.as_ref(), limit).await?;
    let mut data = Vec::with_capacity(page.media.len());
    for record in &page.media {
        data.push(view::media(&app, record).await?);
    }
    let last = page.next.as_ref().map(MediaId::as_str);
    Ok(json(StatusCode::OK, &LIST.page(&caller, limit, data, last, warnings)?))
}

/// One item.
pub(crate) async fn show(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let record = find(&app, &caller, &id).await?;
    Ok(json(StatusCode::OK, &view::media(&app, &record).await?))
}

/// How much the tenant keeps, and may keep; a limit of -1 is none.
pub(crate) async fn storage(State(app): State<Arc<App>>, caller: Caller) -> Answer {
    let usage = app.media.usage(caller.tenant()).await?;
    Ok(json(StatusCode::OK, &view::storage(&usage, app.media.storage_limit(caller.plan))))
}

/// The media that an earlier request has made.
pub(crate) async fn made(app: &App, caller: &Caller, standing: &Guard) -> Result<MediaRecord, ErrorResponse> {
    let record = by_id(&standing.made, async |id: MediaId| app.media.get(&caller.reach, &id).await).await?;
    record.ok_or_else(|| gone(standing))
}

/// The media, if it is the caller's. Another tenant's or brand's is not found, never forbidden.
pub(crate) async fn find(app: &App, caller: &Caller, id: &str) -> Result<MediaRecord, ErrorResponse> {
    let record = by_id(id, async |id: MediaId| app.media.get(&caller.reach, &id).await).await?;
    record.ok_or_else(not_found)
}

/// The same for who changes it.
pub(crate) async fn find_own(app: &App, caller: &Caller, id: &str) -> Result<MediaRecord, ErrorResponse> {
    let id = named(id)?;
    app.media.own(&caller.reach, &id).await?.map_err(not_own)
}

/// The media as it is, also what is being deleted, for who ends it.
pub(crate) async fn find_to_end(app: &App, caller: &Caller, id: &MediaId) -> Result<MediaRecord, ErrorResponse> {
    app.media.own_also_deleting(&caller.reach, id).await?.map_err(not_own)
}

fn not_own(why: NotOwn) -> ErrorResponse {
    match why {
        NotOwn::Unknown => not_found(),
        NotOwn::Shared => {
            let message = "This media belongs to all brands, and your key is restricted to some: it can be posted, and is \
                           changed and deleted by keys without restrictions.";
            ErrorResponse(ApiError::new(ErrorCode::InsufficientScope, message))
        }
    }
}
