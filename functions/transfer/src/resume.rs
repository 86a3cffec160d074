//! How far has a transfer come? Asked of TikTok, never guessed.

use jiff::Timestamp;
use slipway_domain::limits::UPLOAD_URL_LIFETIME;
use slipway_domain::schedule::{ASKED_SOON, NO_OUTCOME_AFTER, asked_again_at, is_unknown_for_good};
use slipway_domain::tiktok_code::tiktok_says;
use slipway_domain::{Event, Evidence, Failure, LogId, Progress, Reach, StatusWord, TargetState};
use slipway_runtime::pause::later;
use slipway_store::StoreError;
use slipway_store::accounts::AccountStatus;
use slipway_store::posts::Change;
use slipway_tiktok::{Class, Error};
use slipway_tokens::{Asked, CallError};

use crate::claim::Claim;
use crate::{Stop, Then, Transfer};

/// How far a transfer has come, as TikTok reports it.
pub(crate) enum Position {
    /// Go on there.
    At(Progress),
    /// TikTok can't be asked now; our own note is all there is. A wrong guess is answered with 416 and TikTok's number.
    Unknown,
}

impl Position {
    /// Where to go on, given what our own note says.
    pub(crate) const fn or(self, noted: Progress) -> Progress {
        match self {
            Self::At(position) => position,
            Self::Unknown => noted,
        }
    }
}

/// Asks TikTok's status how far the transfer has come. If that settles the target's state, the step ends.
pub(crate) async fn ask(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<Position, Stop> {
    let TargetState::Uploading { publish_id, plan, last_chunk_unsent, .. } = claim.record().state.clone() else {
        return Err(Stop::With(Then::Next));
    };
    let (tenant, account_id) = (claim.record().tenant.clone(), claim.record().account.clone());
    let now = Timestamp::now();
    let asked = transfer.tokens.status(&transfer.tiktok, (&tenant, &account_id), &publish_id, now).await;
    let at = Timestamp::now();
    let report = match asked {
        Ok(Asked::Said(report)) => report,
        Ok(Asked::Full(wait)) => return Err(Stop::With(Then::Again(later(wait)))),
        Err(CallError::ReconnectRequired { .. }) => return Err(withdrawn(claim, Failure::ReconnectionRequired).await?),
        Err(CallError::Gone) => return Err(withdrawn(claim, Failure::AccountGone).await?),
        Err(CallError::TikTok(error)) if error.is_unknown_publish() => {
            if !last_chunk_unsent {
                return Err(unknown(claim, &error, at).await);
            }
            let event = Event::UploadLost { at };
            let note = "TikTok does not know this upload, and its last chunk was never sent; starting again";
            return Err(settle(claim, event, at, note, error.log_id()).await);
        }
        // TikTok answers, and will not say: to ask again is no way on, and must not hold the upload up for ever.
        Err(CallError::TikTok(error)) if error.http_status().is_some() && !passes(&error, claim, at) => {
            tracing::warn!(%error, tiktok.publish_id = %publish_id, "TikTok does not say how far the upload is");
            claim.saw(format!("TikTok does not say how far the upload is: {error}"), error.log_id());
            return Ok(Position::Unknown);
        }
        Err(error @ (CallError::RefreshPending | CallError::Store(_) | CallError::Vault(_) | CallError::TikTok(_))) => {
            return Err(error.into());
        }
    };
    if let Some(outcome) = report.outcome() {
        let note = tiktok_says(report.status.as_str());
        let event = Event::Outcome { publish_id, outcome, at };
        return Err(settle(claim, event, at, &note, report.log_id.as_ref()).await);
    }
    claim.saw_status(report.status.into(), report.log_id.as_ref());
    match report.uploaded_bytes.map(|bytes| plan.resume_after(bytes)) {
        None => Ok(Position::Unknown),
        Some(Progress::Complete) => {
            Err(settle(claim, Event::UploadComplete { at }, at, "TikTok has every byte", None).await)
        }
        Some(position @ Progress::Next { .. }) => Ok(Position::At(position)),
    }
}

/// When a person has to look at an upload of which TikTok reports nothing: a day after it began, however long the target
/// had waited for that.
fn end_of_day(expires_at: Timestamp) -> Timestamp {
    expires_at - UPLOAD_URL_LIFETIME + NO_OUTCOME_AFTER
}

/// Whether what TikTok answered is to be waited out: a fault that passes, before the upload's day is over.
fn passes(error: &Error, claim: &Claim<'_>, at: Timestamp) -> bool {
    let TargetState::Uploading { expires_at, .. } = claim.record().state else { return false };
    matches!(error.class(), Class::After(_)) && at < end_of_day(expires_at)
}

/// Why nothing more may be sent in the account's name, if that is so by now.
pub(crate) async fn withdrawal(transfer: &Transfer, claim: &Claim<'_>) -> Result<Option<Failure>, StoreError> {
    let record = claim.record();
    let account = transfer.accounts.get(&Reach::whole(&record.tenant), &record.account).await?;
    Ok(match account.map(|account| account.status) {
        None => Some(Failure::AccountGone),
        Some(AccountStatus::ReconnectRequired { .. }) => Some(Failure::ReconnectionRequired),
        Some(AccountStatus::Active) => None,
    })
}

/// The account's token is gone. If TikTok certainly lacks bytes, the target fails, and can be tried again once the account
/// is connected again; otherwise what TikTok has may still be posted, and nothing more is sent in the account's name.
pub(crate) async fn withdrawn(claim: &mut Claim<'_>, failure: Failure) -> Result<Stop, Stop> {
    let then = match claim.record().state {
        TargetState::Uploading { last_chunk_unsent: true, .. } => claim.abandon(failure, None).await?,
        _ => wait_for_word(claim).await?,
    };
    Ok(Stop::With(then))
}

/// TikTok does not know the publish, every byte of which it may have. It may learn of it a moment later.
async fn unknown(claim: &mut Claim<'_>, error: &Error, at: Timestamp) -> Stop {
    let TargetState::Uploading { expires_at, sent, .. } = claim.record().state else { return Stop::With(Then::Next) };
    let Some(said) = error.unknown_publish() else { return Stop::With(Then::Next) };
    if is_unknown_for_good(claim.last_status(), &said, expires_at - UPLOAD_URL_LIFETIME, at) {
        let event = Event::NoOutcome { evidence: Evidence { sent, last_status: Some(said) }, at };
        return settle(claim, event, at, StatusWord::UNKNOWN_FOR_GOOD, error.log_id()).await;
    }
    let with = |change: Change| {
        let note = "TikTok does not know this publish; asking again";
        Change { tiktok_status: Some(said), ..change }.note(note, error.log_id())
    };
    match claim.wait_until(at + ASKED_SOON, with).await {
        Ok(()) => Stop::With(Then::Done),
        Err(error) => error.into(),
    }
}

/// The upload URL takes no more bytes, and TikTok reports no outcome. If the last chunk was never sent, nothing can come of
/// it, and it is safe to begin again at once.
pub(crate) async fn url_is_dead(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<Then, Stop> {
    let position = ask(transfer, claim).await?;
    match (&claim.record().state, position) {
        (TargetState::Uploading { last_chunk_unsent: true, .. }, Position::At(_) | Position::Unknown) => {
            let at = Timestamp::now();
            let event = Event::UploadLost { at };
            let note = "TikTok takes no more bytes for this upload, and its last chunk was never sent; starting again";
            Err(settle(claim, event, at, note, None).await)
        }
        _ => wait_for_word(claim).await,
    }
}

/// Every byte may be there, and nothing more is sent: only TikTok's word counts. The numbers of its status are none, for
/// they may be older than the bytes. An upload that was not finished in its hour has failed, says TikTok; if it says
/// nothing for a day, a person has to look.
pub(crate) async fn wait_for_word(claim: &mut Claim<'_>) -> Result<Then, Stop> {
    let TargetState::Uploading { expires_at, sent, .. } = claim.record().state else { return Ok(Then::Next) };
    let at = Timestamp::now();
    if at >= end_of_day(expires_at) {
        let last_status = claim.last_status().cloned();
        let event = Event::NoOutcome { evidence: Evidence { sent, last_status }, at };
        return Err(settle(claim, event, at, "a day without TikTok's word on this upload", None).await);
    }
    let note = "nothing more is sent for this upload; waiting for TikTok's word";
    claim.wait_until(asked_again_at(expires_at, at), |change| change.note(note, None)).await?;
    Ok(Then::Done)
}

/// Lets an event happen that ends the step: the target is in another state then.
async fn settle(claim: &mut Claim<'_>, event: Event, at: Timestamp, note: &str, log_id: Option<&LogId>) -> Stop {
    match claim.advance(event, at, |change| change.note(note, log_id)).await {
        Ok(()) => Stop::With(Then::Next),
        Err(stop) => stop,
    }
}
