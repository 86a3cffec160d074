//! How a target waits of which nothing is at TikTok.

use std::fmt::Display;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use slipway_domain::schedule::{BY_MESSAGE, pause_ends};
use slipway_domain::{DeferReason, Event, LogId};
use slipway_runtime::pause::later;

use crate::claim::Claim;
use crate::{Stop, Then};

/// Puts the target off for a while. `said` and `log_id` are what its history tells of the reason.
pub(crate) async fn defer(
    claim: &mut Claim<'_>,
    delay: Duration,
    why: DeferReason,
    said: &(dyn Display + Sync),
    log_id: Option<&LogId>,
) -> Result<Then, Stop> {
    let now = Timestamp::now();
    let delay = later(delay);
    let until = pause_ends(delay, now);
    let note = format!("waits until {until:.0}: {said}");
    claim.advance(Event::Defer { until, why }, now, |change| change.note(note, log_id)).await?;
    Ok(back_in(delay))
}

/// The message of a target that waits so long: it comes back when it is time, or the sweep sends another one.
pub(crate) fn back_in(delay: Duration) -> Then {
    if SignedDuration::try_from(delay).is_ok_and(|delay| delay > BY_MESSAGE) {
        return Then::Done;
    }
    // Sooner than the sweep, and without a new message.
    Then::Again(delay + Duration::from_secs(1))
}
