//! What the accounts of a post can do at this moment.

use std::collections::BTreeMap;

use jiff::Timestamp;
use slipway_contract::post::{AccountState, Room, WaitsFor, WindowView};
use slipway_domain::{AccountId, Line, PaceLimits, PostMode, Turn};
use slipway_store::accounts::{AccountRecord, view as account_view};

use crate::App;
use crate::at_once::{CALLS, at_once};
use crate::check::{Noted, shown_creator};
use crate::request::CreatePost;

/// The accounts that are there, each with its target's place among the targets. If no creator was asked about yet, all are
/// asked about now: who has yet to choose a level wants to know from what.
pub(crate) async fn states(
    app: &App,
    request: &CreatePost,
    named: Vec<(usize, AccountRecord)>,
    noted: &Noted,
    now: Timestamp,
) -> BTreeMap<AccountId, AccountState> {
    let states = named.into_iter().map(async |(index, account)| {
        let creator = match request.targets.get(index) {
            Some(target) if !noted.asked => shown_creator(app, &account, target).await,
            Some(_) | None => noted.creators.get(&account.id).cloned(),
        };
        let mode = request.targets.get(index).map_or(PostMode::Direct, |target| target.settings.choices().post_mode());
        let state = AccountState {
            status: account_view::status(&account),
            token: account_view::token(&account),
            creator,
            room: room(&account, mode.into(), app.limits, now),
        };
        (account.id, state)
    });
    at_once(CALLS, states.collect()).await.into_iter().collect()
}

fn room(account: &AccountRecord, line: Line, limits: PaceLimits, now: Timestamp) -> Room {
    let (begins_at, held) = match account.pace.next(line, limits, now) {
        Turn::Now(_) => (None, None),
        Turn::At(at, held) | Turn::Full(at, held) => (Some(at), Some(held)),
    };
    let windows = account.pace.used(line, limits, now).into_iter();
    Room {
        now: begins_at.is_none(),
        begins_at: begins_at.map(Into::into),
        waiting_for: held.map(|held| WaitsFor(held.reason())),
        windows: windows.map(|(window, limit, used)| WindowView { window, limit, used }).collect(),
    }
}
