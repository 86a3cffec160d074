//! The account's line: a target begins when its turn comes, and waits at its place until then.
//!
//! A target that has its place and comes in time is claimed by one write of its own. All others take a place in the
//! same transaction that claims them or lets them wait.

use std::time::Duration;

use jiff::Timestamp;
use slipway_domain::schedule::{GIVE_UP_AFTER, LINE_IS_CROWDED, pause_ends};
use slipway_domain::{DeferReason, Event, Failure, Held, Line, Pace, Turn, Window};
use slipway_runtime::pause::{full_jitter, later};
use slipway_store::accounts::AccountRecord;
use slipway_store::posts::Change;
use slipway_store::{Conflict, Write};
use slipway_tiktok::Error;

use crate::claim::Claim;
use crate::defer::{back_in, defer};
use crate::{Stop, Then, Transfer};

/// How often a place is asked for when others take theirs at the same moment, and the first pause between.
const TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// Claims the target if it may begin now. Otherwise it waits, and this follows.
pub(crate) async fn claim(
    transfer: &Transfer,
    claim: &mut Claim<'_>,
    account: &mut AccountRecord,
) -> Result<Option<Then>, Stop> {
    let (line, limits) = (Line::from(claim.record().content.post_mode()), transfer.limits);
    for tries in 1..=TRIES {
        let (now, had) = (Timestamp::now(), claim.record().place);
        if had.is_some_and(|had| account.pace.is_turn(line, limits, had, now)) {
            claim.advance_claimed(Event::Claim, now, |change| change).await?;
            return Ok(None);
        }
        let mut pace = account.pace.clone();
        let turn = pace.take(line, limits, had, now);
        let written = match turn {
            Turn::Now(at) => {
                let end = claim.claim_end();
                let with = |change: Change| change.place(Some(at)).held_until(end);
                stand(transfer, claim, account, &pace, Event::Claim, with).await?
            }
            Turn::At(at, held) => {
                let give_up_at = may_wait_until(claim, at, held);
                let with = |change: Change| {
                    let note = format!("waits in its account's line until {at:.0}");
                    Change { give_up_at, ..change.place(Some(at)).note(note, None) }
                };
                let event = Event::Defer { until: at, why: held.reason() };
                stand(transfer, claim, account, &pace, event, with).await?
            }
            Turn::Full(at, held) => {
                let give_up_at = may_wait_until(claim, at, held);
                let with = |change: Change| {
                    let note = format!("its account's line is full; asks again at {at:.0}");
                    Change { give_up_at, ..change.note(note, None) }
                };
                claim.advance(Event::Defer { until: at, why: held.reason() }, now, with).await?;
                Write::Done(())
            }
        };
        match written {
            Write::Done(()) => {
                let waits = !matches!(turn, Turn::Now(_));
                return Ok(waits.then(|| back_in(turn.wait(now))));
            }
            Write::Refused(Conflict::Changed(now)) => *account = *now,
            Write::Refused(Conflict::Gone) => return claim.abandon(Failure::AccountGone, None).await.map(Some),
        }
        tokio::time::sleep(full_jitter(FIRST_PAUSE * tries)).await;
    }
    Ok(Some(Then::Again(later(LINE_IS_CROWDED))))
}

/// TikTok has refused an init for a reason that holds for whoever comes next in the account's line, too: nobody begins
/// before `delay` is over, and this target goes first then.
pub(crate) async fn refused(
    transfer: &Transfer,
    claim: &mut Claim<'_>,
    mut account: AccountRecord,
    delay: Duration,
    why: DeferReason,
    error: &Error,
) -> Result<Then, Stop> {
    let line = Line::from(claim.record().content.post_mode());
    let delay = later(delay);
    for tries in 1..=TRIES {
        let now = Timestamp::now();
        let until = pause_ends(delay, now);
        let mut pace = account.pace.clone();
        pace.close(line, until, why);
        let turn = pace.take(line, transfer.limits, claim.record().place, now);
        let Turn::At(at, _) = turn else { break };
        let with =
            |change: Change| change.place(Some(at)).note(format!("waits until {at:.0}: {error}"), error.log_id());
        match stand(transfer, claim, &account, &pace, Event::Defer { until: at, why }, with).await? {
            Write::Done(()) => return Ok(back_in(turn.wait(now))),
            Write::Refused(Conflict::Changed(now)) => account = *now,
            Write::Refused(Conflict::Gone) => break,
        }
        tokio::time::sleep(full_jitter(FIRST_PAUSE * tries)).await;
    }
    defer(claim, delay, why, error, error.log_id()).await
}

/// Lets the event happen and the pace be written, or neither.
async fn stand(
    transfer: &Transfer,
    claim: &mut Claim<'_>,
    account: &AccountRecord,
    pace: &Pace,
    event: Event,
    with: impl FnOnce(Change) -> Change,
) -> Result<Write<(), Conflict<AccountRecord>>, Stop> {
    let write = transfer.accounts.pace_write(account, pace)?;
    claim.advance_in_line(event, Timestamp::now(), with, &write).await
}

/// Until when a target may be tried. What we hold back ourselves for hours is not what it is given up for.
fn may_wait_until(claim: &Claim<'_>, at: Timestamp, held: Held) -> Option<Timestamp> {
    match held {
        Held::Window(Window::Hour | Window::Day) => Some((at + GIVE_UP_AFTER).max(claim.record().give_up_at)),
        Held::Window(Window::Minute) | Held::TikTok(_) => None,
    }
}
