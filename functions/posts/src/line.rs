//! Places in the accounts' lines: whatever begins at once takes one in the transaction that lets it begin, so that it can
//! go straight to TikTok. What has no place is refused here and not by TikTok.

use std::time::Duration;

use jiff::Timestamp;
use slipway_contract::post::NoRoom;
use slipway_contract::{ApiError, Cause, ErrorCode};
use slipway_domain::schedule::{CALLERS_COME_BACK_SOON, doubled, message_in};
use slipway_domain::{Held, Line, PaceLimits, PostMode, TargetState, Turn, Window};
use slipway_http::ErrorResponse;
use slipway_runtime::pause::full_jitter;
use slipway_store::accounts::{AccountRecord, Accounts, PaceWrite};

/// How often a post is written if others take places in its accounts' lines at the same moment.
pub(crate) const TRIES: u32 = 14;
/// The first pause between, at most. Each is twice the one before, up to a second: many who meet must not meet again.
const FIRST_PAUSE: Duration = Duration::from_millis(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Waits after try number `tries`, from 0.
pub(crate) async fn pause(tries: u32) {
    tokio::time::sleep(full_jitter(doubled(FIRST_PAUSE, tries, LONGEST_PAUSE))).await;
}

/// A target that is to begin at once: its account, and how it is posted.
pub(crate) type Beginner<'a> = (&'a AccountRecord, PostMode);

/// The place that a target has taken.
#[derive(Debug)]
pub(crate) struct Place {
    /// From when on it may begin.
    pub(crate) at: Timestamp,
    /// What it waits for, if it may not begin now.
    pub(crate) held: Option<Held>,
    /// To be written with the target, or neither.
    pub(crate) write: PaceWrite,
}

impl Place {
    /// The state of a target that has this place and was queued.
    pub(crate) fn state(&self) -> TargetState {
        match self.held {
            None => TargetState::Queued { attempt: 0 },
            Some(held) => TargetState::Deferred { attempt: 0, until: self.at, why: held.reason() },
        }
    }
}

/// Takes a place for each of these. Whose account has begun as many posts as are allowed is refused, all of them at once.
/// If the account's pace has changed by the time of the write, it is done again with the account as it is then.
pub(crate) fn places(
    accounts: &Accounts,
    limits: PaceLimits,
    beginners: &[Beginner<'_>],
    now: Timestamp,
) -> Result<Vec<Place>, ErrorResponse> {
    let (mut places, mut full) = (Vec::new(), Vec::new());
    for (account, mode) in beginners {
        let mut pace = account.pace.clone();
        let turn = pace.take((*mode).into(), limits, None, now);
        match (no_room(account, *mode, limits, turn, now), turn) {
            (None, Turn::Now(at)) => {
                places.push(Place { at, held: None, write: accounts.pace_write(account, &pace)? });
            }
            (None, Turn::At(at, held)) => {
                places.push(Place { at, held: Some(held), write: accounts.pace_write(account, &pace)? });
            }
            (no_room, _) => full.extend(no_room),
        }
    }
    refuse(full)?;
    Ok(places)
}

/// Refuses those that would have to wait for more than a minute's window. Takes no places: each has its turn later.
pub(crate) fn have_room(limits: PaceLimits, beginners: &[Beginner<'_>], now: Timestamp) -> Result<(), ErrorResponse> {
    let full = beginners.iter().filter_map(|(account, mode)| {
        no_room(account, *mode, limits, account.pace.next((*mode).into(), limits, now), now)
    });
    refuse(full.collect())
}

/// Others took places in the same line at the same moment, again and again.
pub(crate) fn crowded() -> ErrorResponse {
    let message =
        "Many posts of the same account are being made at this moment. Nothing was created. Try again in a second.";
    ApiError::new(ErrorCode::IdempotencyInProgress, message).with_remedy().retry_after(CALLERS_COME_BACK_SOON).into()
}

/// How long a message to the workers is delayed so that it comes at the target's turn; nothing if the sweep sends it.
pub(crate) fn delay(state: &TargetState, now: Timestamp) -> Option<Duration> {
    match state {
        TargetState::Queued { .. } => Some(Duration::ZERO),
        waiting => message_in(waiting, now),
    }
}

/// What a turn that does not come within minutes is refused with.
fn no_room(account: &AccountRecord, mode: PostMode, limits: PaceLimits, turn: Turn, now: Timestamp) -> Option<NoRoom> {
    let (Turn::At(_, held) | Turn::Full(_, held)) = turn else { return None };
    let window = held.window();
    if window == Window::Minute && !matches!(turn, Turn::Full(..)) {
        return None;
    }
    Some(NoRoom {
        account_id: account.id.clone(),
        window,
        limit: Line::from(mode).limit(limits, window).unwrap_or(limits.posts_per_day),
        retry_after_seconds: turn.wait(now).as_secs().max(1),
    })
}

fn refuse(mut full: Vec<NoRoom>) -> Result<(), ErrorResponse> {
    // Who waits longest speaks for all: nothing is made before it has room.
    full.sort_by_key(|no_room| std::cmp::Reverse(no_room.retry_after_seconds));
    let Some(first) = full.first() else { return Ok(()) };
    let NoRoom { account_id, window, limit, retry_after_seconds } = first;
    let others = match full.len() {
        1 => String::new(),
        count => format!(" The same holds for {} other accounts, see meta.accounts.", count - 1),
    };
    let message = format!(
        "{account_id} has begun as many posts as it may in any {window}: {limit}.{others} Nothing was created. Try again \
         in {retry_after_seconds} s, or schedule the post: it is then held until there is room."
    );
    let mut refused = ApiError::new(ErrorCode::VelocityLimit, message)
        .with_cause(Cause::Quota)
        .with_retryable(true)
        .retry_after(*retry_after_seconds);
    refused.meta.no_room = Some(first.clone());
    if full.len() > 1 {
        refused = refused.with_accounts(full);
    }
    Err(refused.into())
}
