//! Where does an upload stand? Asked of TikTok, never guessed.

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{Event, Evidence, Progress, Proof, TargetState, apply};
use slipway_store::posts::Change;
use slipway_tiktok::ApiErrorCode;
use slipway_tokens::CallError;

use crate::claim::Claim;
use crate::{Step, StepError, Transfer};

/// What TikTok says about an upload.
pub(crate) enum Standing {
    /// Go on there.
    At(Progress),
    /// TikTok can't be asked now; our own note is all there is. A wrong guess is answered with 416 and TikTok's number.
    Unknown,
    /// The state was changed, or something has to be waited for.
    Settled(Step),
}

/// How much later than its hour an upload URL counts as dead for certain: clocks differ.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(2);

/// Whether an upload URL has certainly run out.
pub(crate) fn has_run_out(expires_at: Timestamp, now: Timestamp) -> bool {
    now >= expires_at + CLOCK_SLACK
}

/// Asks TikTok's status how far the upload has come, and settles what can be settled by that.
pub(crate) async fn ask(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<Standing, StepError> {
    let TargetState::Uploading { publish_id, plan, sent, .. } = claim.record().state.clone() else {
        return Ok(Standing::Settled(Step::Next));
    };
    let (tenant, account_id) = (claim.record().tenant.clone(), claim.record().account.clone());
    let Some(account) = transfer.accounts.get(&tenant, &account_id).await? else { return Ok(Standing::Unknown) };
    let asked = transfer.tokens.call(&account, async |token| transfer.tiktok.status(&token, &publish_id).await).await;
    let report = match asked {
        Ok(report) => report,
        Err(CallError::ReconnectRequired { .. } | CallError::Gone) => return Ok(Standing::Unknown),
        Err(CallError::RefreshPending) => return Err(StepError::TikTok("tokens are being refreshed".to_owned())),
        Err(CallError::Store(error)) => return Err(error.into()),
        Err(CallError::Vault(error)) => return Err(error.into()),
        Err(CallError::TikTok(error)) => match error.code() {
            Some(ApiErrorCode::InvalidPublishId | ApiErrorCode::TokenNotAuthorizedForPublishId) => {
                let evidence = Evidence { sent, last_status: error.code_text().map(str::to_owned) };
                let event = Event::NoOutcome { evidence, at: Timestamp::now() };
                return settle(claim, event, "TikTok does not know this publish", error.log_id()).await;
            }
            _ => return Err(StepError::TikTok(error.to_string())),
        },
    };
    if let Some(outcome) = report.outcome() {
        let note = format!("TikTok says {}", report.status.as_str());
        let event = Event::Outcome { publish_id, outcome, at: Timestamp::now() };
        return settle(claim, event, &note, None).await;
    }
    match report.uploaded_bytes {
        None => Ok(Standing::Unknown),
        Some(bytes) => match plan.resume_after(bytes) {
            Progress::Complete => {
                let event = Event::UploadComplete { at: Timestamp::now() };
                settle(claim, event, "TikTok has every byte", None).await
            }
            next @ Progress::Next { .. } => Ok(Standing::At(next)),
        },
    }
}

/// The upload URL takes no more bytes, and TikTok has no outcome. Only when its hour is certainly over, with bytes
/// missing, is it safe to start anew; until then, wait for what TikTok says.
pub(crate) async fn url_is_dead(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<Step, StepError> {
    let standing = ask(transfer, claim).await?;
    let TargetState::Uploading { expires_at, sent, .. } = claim.record().state.clone() else {
        return Ok(match standing {
            Standing::Settled(step) => step,
            Standing::At(_) | Standing::Unknown => Step::Next,
        });
    };
    let now = Timestamp::now();
    let dead_at = expires_at + CLOCK_SLACK;
    match standing {
        Standing::Settled(step) => Ok(step),
        Standing::At(_) if has_run_out(expires_at, now) => {
            let event = Event::UploadLost { proof: Proof::ExpiredUnfinished, at: now };
            match settle(claim, event, "the upload's hour is over with bytes missing; starting anew", None).await? {
                Standing::Settled(step) => Ok(step),
                Standing::At(_) | Standing::Unknown => Ok(Step::Next),
            }
        }
        // TikTok can't be asked, and a day is over: a person has to look.
        Standing::Unknown if now >= claim.record().give_up_at && has_run_out(expires_at, now) => {
            let last_status = claim.record().tiktok_status.clone();
            let event = Event::NoOutcome { evidence: Evidence { sent, last_status }, at: now };
            match settle(claim, event, "a day without TikTok's word on this upload", None).await? {
                Standing::Settled(step) => Ok(step),
                Standing::At(_) | Standing::Unknown => Ok(Step::Next),
            }
        }
        Standing::At(_) | Standing::Unknown => {
            let soon = now + SignedDuration::from_mins(1);
            let due = if dead_at < soon { soon } else { dead_at.min(now + SignedDuration::from_mins(5)) };
            claim.wait_until(due, "TikTok takes no more bytes for this upload; waiting for its word").await?;
            Ok(Step::Done)
        }
    }
}

async fn settle(claim: &mut Claim<'_>, event: Event, note: &str, log_id: Option<&str>) -> Result<Standing, StepError> {
    let Ok(state) = apply(&claim.record().state, event) else { return Ok(Standing::Settled(Step::Done)) };
    claim.write(Change::to(state, Timestamp::now()).note(note, log_id)).await?;
    Ok(Standing::Settled(Step::Next))
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
