//! The places of a new post's targets in their accounts' lines.

use std::collections::BTreeMap;

use jiff::Timestamp;
use slipway_contract::no_issues;
use slipway_domain::{AccountId, TargetState};
use slipway_http::ErrorResponse;
use slipway_store::Epoch;
use slipway_store::accounts::AccountRecord;
use slipway_store::posts::{NewPost, due_at};

use crate::check::Checked;
use crate::{Service, line};

/// Takes a place for each target that is to begin at once, as far as the transaction has room for it. The others, and
/// those whose media is still to come, take theirs when their turn comes.
pub(super) fn take(service: &Service, new: &mut NewPost, accounts: &[AccountRecord]) -> Result<(), ErrorResponse> {
    let now = Timestamp::now();
    let room = new.room_for_places();
    let (mut with_place, mut without) = (Vec::new(), Vec::new());
    for (index, (target, account)) in new.targets.iter().zip(accounts).enumerate() {
        if !matches!(target.state, TargetState::Queued { .. } | TargetState::Deferred { .. }) {
            continue;
        }
        let beginner = (account, target.settings.post_mode);
        if with_place.len() < room && target.media.awaited().is_none() {
            with_place.push((index, beginner));
        } else {
            without.push(beginner);
        }
    }
    let beginners: Vec<_> = with_place.iter().map(|(_, beginner)| *beginner).collect();
    line::have_room(service.limits, &[&beginners[..], &without[..]].concat(), now)?;
    let places = line::places(&service.accounts, service.limits, &beginners, now)?;
    new.places.clear();
    for ((index, _), place) in with_place.iter().zip(places) {
        if let Some(target) = new.targets.get_mut(*index) {
            target.state = place.state();
            target.place = Some(place.at);
            target.due_at = due_at(&target.state, now).map(Epoch::from);
            for entry in &mut target.timeline {
                target.state.name().clone_into(&mut entry.state);
            }
        }
        new.places.push(place.write);
    }
    Ok(())
}

/// The accounts with those that have changed as they are now.
pub(super) fn changed(
    accounts: Vec<AccountRecord>,
    changed: Vec<(AccountId, Option<AccountRecord>)>,
    checked: &[Checked],
) -> Result<Vec<AccountRecord>, ErrorResponse> {
    let mut changed: BTreeMap<_, _> = changed.into_iter().collect();
    let accounts = accounts.into_iter().zip(checked).map(|(account, target)| match changed.remove(&account.id) {
        None => Ok(account),
        Some(Some(now)) => Ok(now),
        Some(None) => Err(target.account_gone()),
    });
    let (mut found, mut issues) = (Vec::new(), Vec::new());
    for account in accounts {
        match account {
            Ok(account) => found.push(account),
            Err(issue) => issues.push(issue),
        }
    }
    no_issues(issues)?;
    Ok(found)
}
