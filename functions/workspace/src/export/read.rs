//! What a page is of, read from where it stands.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use slipway_contract::export::ExportKind;
use slipway_domain::{LogKey, Reach, TenantId};
use slipway_http::ErrorResponse;
use slipway_store::accounts::view::{account, brand, redirect_uri};
use slipway_store::events::view::event;
use slipway_store::posts;
use slipway_store::posts::{By, Order, Span};
use slipway_store::webhooks::view::webhook;

use super::cursor::Cursor;
use super::page::Page;
use super::view;
use crate::App;

/// The most posts of a page: each is read by itself, and has up to 32 targets.
const MOST_POSTS: usize = 25;
const ALL_POSTS: Span = Span { by: By::Creation, from: None, to: None, order: Order::OldestFirst };

/// The page of up to `limit` records behind this cursor, the oldest first.
pub(super) async fn page(app: &App, caller: &TenantId, cursor: &Cursor, limit: usize) -> Result<Page, ErrorResponse> {
    let space = caller.in_mode(cursor.space);
    // Keys without restrictions alone export.
    let reach = Reach::whole(&space);
    match cursor.kind {
        ExportKind::Tenant => {
            let found = app.tenants.tenant(&space.owner()).await?;
            let shown = found.map(|tenant| {
                let plan = app.plans.of(tenant.plan).plan;
                (tenant.id.to_string(), Some(crate::view::user(&tenant, cursor.space, plan, Vec::new())))
            });
            Page::of(cursor, shown, false)
        }
        ExportKind::Key => {
            let (found, more) = app.tenants.keys(&space, behind(cursor, id)?.as_ref(), limit).await?;
            let shown = found.iter().map(|key| (key.id.to_string(), Some(crate::view::key(key, Vec::new()))));
            Page::of(cursor, shown, more)
        }
        ExportKind::Brand => {
            let (found, next) = app.accounts.brands(&reach, behind(cursor, id)?.as_ref(), limit).await?;
            let shown = found.iter().map(|found| (found.id.to_string(), Some(brand(found, Vec::new()))));
            Page::of(cursor, shown, next.is_some())
        }
        ExportKind::Account => {
            let found = app.accounts.list(&reach, behind(cursor, id)?.as_ref(), limit).await?;
            let shown = found.accounts.iter().map(|found| (found.id.to_string(), Some(account(found))));
            Page::of(cursor, shown, found.next.is_some())
        }
        ExportKind::RedirectUri => {
            let (found, next) = app.accounts.redirect_uris(&space, behind(cursor, id)?.as_ref(), limit).await?;
            let shown = found.iter().map(|found| (found.id.to_string(), Some(redirect_uri(found))));
            Page::of(cursor, shown, next.is_some())
        }
        ExportKind::Invite => {
            let (found, next) = app.accounts.invites(&reach, behind(cursor, id)?.as_ref(), limit).await?;
            let now = Timestamp::now();
            let shown = found.iter().map(|found| (found.id.to_string(), Some(view::invite(found, now))));
            Page::of(cursor, shown, next.is_some())
        }
        ExportKind::Media => {
            let (found, more) = app.media.all_behind(&reach, behind(cursor, id)?.as_ref(), limit).await?;
            let shown = found.iter().map(|found| (found.id.to_string(), found.is_there().then(|| view::media(found))));
            Page::of(cursor, shown, more)
        }
        ExportKind::Post => {
            let after = behind(cursor, posts::PageKey::parse)?;
            let limit = limit.min(MOST_POSTS);
            let (places, more) = app.posts.list(&space, &ALL_POSTS, after.as_ref(), limit).await?;
            // The index lags: a post may be gone.
            let found = try_join_all(places.iter().map(|place| app.posts.get(&reach, place.post()))).await?;
            let shown = places.iter().zip(&found);
            let shown = shown.map(|(at, found)| (at.as_str().to_owned(), found.as_ref().map(view::post)));
            Page::of(cursor, shown, more)
        }
        ExportKind::Webhook => {
            let (found, next) = app.webhooks.page(&reach, behind(cursor, id)?.as_ref(), limit).await?;
            Page::of(cursor, found.iter().map(|found| (found.id.to_string(), Some(webhook(found)))), next.is_some())
        }
        ExportKind::Event => {
            let after = behind(cursor, LogKey::parse)?;
            let after = after.unwrap_or_else(|| LogKey::at(Timestamp::UNIX_EPOCH));
            let (found, more) = app.webhooks.events().since(&reach, &after, limit).await?;
            let shown = found.iter().map(|found| (found.key().as_str().to_owned(), Some(event(found))));
            Page::of(cursor, shown, more)
        }
    }
}

/// Where the page begins, if that is not at the first record. Nobody else could write it.
fn behind<K>(cursor: &Cursor, read: impl FnOnce(&str) -> Option<K>) -> Result<Option<K>, ErrorResponse> {
    let Some(behind) = &cursor.behind else { return Ok(None) };
    read(behind).map(Some).ok_or_else(|| ErrorResponse::internal(&"a cursor of ours leads nowhere"))
}

fn id<K: std::str::FromStr>(text: &str) -> Option<K> {
    text.parse().ok()
}
