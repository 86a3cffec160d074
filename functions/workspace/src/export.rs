//! `GET /v1/users/me/export`: all that a tenant has, page by page, as lines of JSON.
//!
//! A page is of one kind of records in one space, so that a request costs one query, of posts one more for each. A walk
//! is no snapshot: what is made meanwhile comes later in it, unless its kind was passed already.

mod cursor;
mod page;
mod read;
mod view;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use slipway_contract::Diagnostics;
use slipway_contract::export::{self, ExportPage};
use slipway_domain::limits::ITEMS_PER_PAGE;
use slipway_http::auth::Caller;
use slipway_http::paging::{List, Paging};
use slipway_http::{Answer, ErrorResponse, Params};

use self::cursor::Cursor;
use crate::App;

const LIST: List = List { name: "export", default_limit: ITEMS_PER_PAGE, filters: &[], several: &[] };

pub(crate) async fn export(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, limit } = LIST.paging(&params, &caller, Cursor::parse, &mut noted);
    let warnings = noted.finish(params.unknown())?;
    let cursor = after.unwrap_or_else(|| Cursor::first(caller.tenant().mode()));
    let page = read::page(&app, caller.tenant(), &cursor, limit).await?;
    let next = match page.last {
        Some(last) => Some(Cursor { behind: Some(last), ..cursor }),
        None => cursor.next(caller.tenant().mode()),
    };
    let next = next.map(|cursor| cursor.to_string());
    let end = LIST.page::<()>(&caller, limit, Vec::new(), next.as_deref(), warnings)?;
    let mut lines = page.lines;
    lines.extend(page::line(&ExportPage::new(end.next_cursor, end.warnings))?);
    let answer = Response::builder().header(CONTENT_TYPE, export::CONTENT_TYPE).body(Body::from(lines));
    answer.map_err(|error| ErrorResponse::internal(&error))
}
