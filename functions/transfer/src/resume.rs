//! How far has a transfer come? Asked of TikTok, never guessed.

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{Event, Evidence, Progress, Proof, TargetState};
use slipway_runtime::pause::later;
use slipway_store::Write;
use slipway_store::accounts::NotCounted;
use slipway_tiktok::{Class, Error};
use slipway_tokens::CallError;

use crate::claim::Claim;
use crate::{Step, Stop, Transfer};

/// How far TikTok says that a transfer has come.
pub(crate) enum Position {
    /// Go on there.
    At(Progress),
    /// TikTok can't be asked now; our own note is all there is. A wrong guess is answered with 416 and TikTok's number.
    Unknown,
}

/// How much later than its hour an upload URL counts as dead for certain: clocks differ.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(2);

/// Whether an upload URL has certainly run out.
pub(crate) fn has_run_out(expires_at: Timestamp, now: Timestamp) -> bool {
    now >= expires_at + CLOCK_SLACK
}

/// Asks TikTok's status how far the transfer has come. If that settles the target's state, the step ends.
pub(crate) async fn ask(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<Position, Stop> {
    let TargetState::Uploading { publish_id, plan, sent, last_chunk_unsent, .. } = claim.record().state.clone() else {
        return Err(Stop::With(Step::Next));
    };
    let (tenant, account_id) = (claim.record().tenant.clone(), claim.record().account.clone());
    let now = Timestamp::now();
    let account = match transfer.accounts.count_status_call(&tenant, &account_id, now).await? {
        Write::Done(account) => account,
        Write::Refused(NotCounted::Gone) => return Ok(Position::Unknown),
        Write::Refused(NotCounted::Full(until)) => {
            let wait = until.duration_since(now).max(SignedDuration::from_secs(1)).unsigned_abs();
            return Err(Stop::With(Step::Again(later(wait))));
        }
    };
    let asked = transfer.tokens.call(&account, async |token| transfer.tiktok.status(&token, &publish_id).await).await;
    let at = Timestamp::now();
    let report = match asked {
        Ok(report) => report,
        Err(CallError::ReconnectRequired { .. } | CallError::Gone) => return Ok(Position::Unknown),
        Err(CallError::TikTok(error)) if error.is_unknown_publish() && last_chunk_unsent => {
            let event = Event::UploadLost { proof: Proof::LastChunkUnsent, at };
            let note = "TikTok does not know this upload, and its last chunk was never sent; starting again";
            return Err(settle(claim, event, at, note, error.log_id()).await);
        }
        Err(CallError::TikTok(error)) if error.is_unknown_publish() => {
            let evidence = Evidence { sent, last_status: error.code_text().map(str::to_owned) };
            let event = Event::NoOutcome { evidence, at };
            return Err(settle(claim, event, at, "TikTok does not know this publish", error.log_id()).await);
        }
        // TikTok answers, and will not say: to ask again is no way on, and must not hold the upload up for ever.
        Err(CallError::TikTok(error)) if error.http_status().is_some() && !passes(&error, claim, at) => {
            tracing::warn!(%error, tiktok.publish_id = %publish_id, "TikTok does not say how far the upload is");
            return Ok(Position::Unknown);
        }
        Err(error @ (CallError::RefreshPending | CallError::Store(_) | CallError::Vault(_) | CallError::TikTok(_))) => {
            return Err(error.into());
        }
    };
    if let Some(outcome) = report.outcome() {
        let note = format!("TikTok says {}", report.status.as_str());
        return Err(settle(claim, Event::Outcome { publish_id, outcome, at }, at, &note, None).await);
    }
    match report.uploaded_bytes.map(|bytes| plan.resume_after(bytes)) {
        None => Ok(Position::Unknown),
        Some(Progress::Complete) => {
            Err(settle(claim, Event::UploadComplete { at }, at, "TikTok has every byte", None).await)
        }
        Some(position @ Progress::Next { .. }) => Ok(Position::At(position)),
    }
}

/// Whether what TikTok answered is to be waited out: a fault that passes, before the target's day is over.
fn passes(error: &Error, claim: &Claim<'_>, at: Timestamp) -> bool {
    matches!(error.class(), Class::After(_)) && at < claim.record().give_up_at
}

/// The upload URL takes no more bytes, and TikTok reports no outcome. Only when its hour is certainly over, with bytes
/// missing, is it safe to restart; until then, wait for what TikTok says.
pub(crate) async fn url_is_dead(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<Step, Stop> {
    let position = ask(transfer, claim).await?;
    let TargetState::Uploading { expires_at, sent, .. } = claim.record().state.clone() else {
        return Ok(Step::Next);
    };
    let at = Timestamp::now();
    let is_over = has_run_out(expires_at, at);
    match position {
        Position::At(_) if is_over => {
            let event = Event::UploadLost { proof: Proof::ExpiredUnfinished, at };
            Err(settle(claim, event, at, "the upload's hour is over with bytes missing; starting again", None).await)
        }
        // TikTok can't be asked, and a day is over: a person has to look.
        Position::Unknown if is_over && at >= claim.record().give_up_at => {
            let last_status = claim.record().tiktok_status.clone();
            let event = Event::NoOutcome { evidence: Evidence { sent, last_status }, at };
            Err(settle(claim, event, at, "a day without TikTok's word on this upload", None).await)
        }
        Position::At(_) | Position::Unknown => {
            let (dead_at, soon) = (expires_at + CLOCK_SLACK, at + SignedDuration::from_mins(1));
            let due = if dead_at < soon { soon } else { dead_at.min(at + SignedDuration::from_mins(5)) };
            claim.wait_until(due, "TikTok takes no more bytes for this upload; waiting for its word").await?;
            Ok(Step::Done)
        }
    }
}

/// Lets an event happen that ends the step: the target is in another state then.
async fn settle(claim: &mut Claim<'_>, event: Event, at: Timestamp, note: &str, log_id: Option<&str>) -> Stop {
    match claim.advance(event, at, |change| change.note(note, log_id)).await {
        Ok(()) => Stop::With(Step::Next),
        Err(stop) => stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_is_given_up_only_when_no_clock_can_say_that_it_still_runs() {
        let expires_at = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
        for (late, dead) in [(-60, false), (0, false), (119, false), (120, true), (3600, true)] {
            assert_eq!(has_run_out(expires_at, expires_at + SignedDuration::from_secs(late)), dead, "{late} s");
        }
    }
}
