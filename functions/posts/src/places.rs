//! The places of a post's targets in their accounts' lines.

use std::collections::BTreeMap;

use jiff::Timestamp;
use slipway_contract::no_issues;
use slipway_domain::AccountId;
use slipway_http::ErrorResponse;
use slipway_store::Epoch;
use slipway_store::accounts::AccountRecord;
use slipway_store::posts::{Commit, PostWithTargets, TargetRecord, TargetWrite, due_at};

use crate::check::Checked;
use crate::{App, line};

/// The accounts of targets that begin, by their ids.
pub(crate) type Accounts = BTreeMap<AccountId, AccountRecord>;

/// Takes a place for each target that is to begin at once, as far as the transaction has room for it. The others, and
/// those whose media is still to come, take theirs when their turn comes. `others` are writes that are still to be added.
pub(crate) fn take(app: &App, commit: &mut Commit, accounts: &Accounts, others: usize) -> Result<(), ErrorResponse> {
    let now = Timestamp::now();
    let room = commit.room_for_places().saturating_sub(others);
    let (mut with_place, mut without) = (Vec::new(), Vec::new());
    for target in commit.targets.iter_mut().filter_map(written) {
        let Some(account) = accounts.get(&target.account) else { continue };
        if !target.state.name().is_to_begin() {
            continue;
        }
        let beginner = (account, target.content.post_mode());
        if with_place.len() < room && !target.is_awaiting() {
            with_place.push((target, beginner));
        } else {
            without.push(beginner);
        }
    }
    let beginners: Vec<_> = with_place.iter().map(|(_, beginner)| *beginner).collect();
    line::have_room(app.limits, &[&beginners[..], &without[..]].concat(), now)?;
    let places = line::places(&app.accounts, app.limits, &beginners, now)?;
    let mut writes = Vec::new();
    for ((target, _), place) in with_place.into_iter().zip(places) {
        target.state = place.state();
        target.place = Some(place.at);
        target.due_at = due_at(&target.state, now).map(Epoch::from);
        if let Some(entry) = target.timeline.last_mut() {
            entry.state = target.state.name().into();
        }
        writes.push(place.write);
    }
    commit.places = writes;
    Ok(())
}

/// The post with its targets as they are to be written.
pub(crate) fn placed(mut post: PostWithTargets, commit: &Commit) -> PostWithTargets {
    for written in &commit.targets {
        let (TargetWrite::New(record) | TargetWrite::Replace(record)) = written else { continue };
        if let Some(target) = post.targets.iter_mut().find(|target| target.account == record.account) {
            target.clone_from(record);
        }
    }
    post
}

/// The accounts with those that have changed as they are now.
pub(crate) fn changed(
    mut accounts: Accounts,
    changed: Vec<(AccountId, Option<AccountRecord>)>,
    checked: &[Checked],
) -> Result<Accounts, ErrorResponse> {
    let mut issues = Vec::new();
    for (id, now) in changed {
        match now {
            Some(now) => _ = accounts.insert(id, now),
            None => issues.extend(checked.iter().find(|target| target.account.id == id).map(Checked::account_gone)),
        }
    }
    no_issues(issues)?;
    Ok(accounts)
}

/// The accounts that were checked.
pub(crate) fn accounts(checked: &[Checked]) -> Accounts {
    checked.iter().map(|target| (target.account.id.clone(), target.account.clone())).collect()
}

const fn written(write: &mut TargetWrite) -> Option<&mut TargetRecord> {
    match write {
        TargetWrite::New(record) | TargetWrite::Replace(record) => Some(record),
        TargetWrite::Remove(_) => None,
    }
}
