//! Asking TikTok: the net under its webhooks.

use jiff::Timestamp;
use slipway_contract::queue::StatusCheckMessage;
use slipway_domain::schedule::{
    IDS_UNTIL, INBOX_UNTIL, LONGEST_CHECK_PAUSE, NO_OUTCOME_AFTER, REFRESH_AWAITED, check_net, first_check,
    is_unknown_for_good, next_check, slow_check,
};
use slipway_domain::tiktok_code::tiktok_says;
use slipway_domain::{Event, Evidence, LogId, PublishId, StatusWord, TargetState, apply};
use slipway_runtime::pause::later;
use slipway_store::Write;
use slipway_store::posts::{Change, NotAdvanced, TargetRecord};
use slipway_tiktok::Class;
use slipway_tokens::{Asked, CallError};
use slipway_worker::Handled;

use crate::{PublishStatus, Settled, StepError};

pub(crate) async fn step(
    status: &PublishStatus,
    message: &StatusCheckMessage,
    now: Timestamp,
) -> Result<Handled, StepError> {
    let target = &message.target;
    let Some(record) = status.posts.target(&target.post, &target.account).await? else { return Ok(Handled::Done) };
    match record.state.clone() {
        TargetState::Processing { publish_id, since, .. } => {
            if now.duration_since(since) > NO_OUTCOME_AFTER {
                let last_status = record.tiktok_status.clone();
                return no_outcome(status, record, last_status, ("a day without an outcome from TikTok", None), now)
                    .await;
            }
            check(status, record, &publish_id, Check { number: message.look, urgent: true, now }).await
        }
        TargetState::Published { .. } | TargetState::InInbox { .. } if is_from_before(&record) => Ok(Handled::Done),
        TargetState::Published { publish_id: Some(publish_id), at, post_ids }
            if post_ids.is_empty() && now.duration_since(at) < IDS_UNTIL =>
        {
            check(status, record, &publish_id, Check { number: message.look, urgent: false, now }).await
        }
        TargetState::InInbox { publish_id, since } if now.duration_since(since) < INBOX_UNTIL => {
            check(status, record, &publish_id, Check { number: message.look, urgent: false, now }).await
        }
        TargetState::InInbox { .. } | TargetState::Published { .. } => end_checks(status, &record, now).await,
        TargetState::Draft
        | TargetState::Scheduled { .. }
        | TargetState::Queued { .. }
        | TargetState::Initialising { .. }
        | TargetState::Uploading { .. }
        | TargetState::Pulling { .. }
        | TargetState::Failed { .. }
        | TargetState::Unconfirmed { .. }
        | TargetState::Deferred { .. }
        | TargetState::Cancelled => Ok(Handled::Done),
    }
}

/// Whether the sweep has not come to this target since its outcome, but will. Then it did not send this message: it is
/// from before the outcome, and its number says nothing about the slow checks.
const fn is_from_before(record: &TargetRecord) -> bool {
    record.requeues == 0 && record.due_at.is_some()
}

/// Which status check this is, and when. An `urgent` one sends the message for the next one; the slow ones are the sweep's
/// business.
#[derive(Clone, Copy)]
struct Check {
    number: u32,
    urgent: bool,
    now: Timestamp,
}

/// What TikTok reported: a status, or why there is none.
#[derive(Debug, Clone, Copy)]
struct Said<'a> {
    what: What<'a>,
    /// TikTok's log id of the call.
    log_id: Option<&'a LogId>,
}

#[derive(Debug, Clone, Copy)]
enum What<'a> {
    /// This is the publish's status from now on.
    Status(&'a StatusWord),
    /// It gave none for this reason: the last one holds.
    Nothing(&'a str),
}

/// One status check.
async fn check(
    status: &PublishStatus,
    record: TargetRecord,
    publish_id: &PublishId,
    check: Check,
) -> Result<Handled, StepError> {
    let target = (&record.tenant, &record.account);
    match status.tokens.status(&status.tiktok, target, publish_id, check.now).await {
        // Nothing is written: the message comes back when there is room.
        Ok(Asked::Full(wait)) => Ok(Handled::Again(later(wait))),
        Ok(Asked::Said(report)) => {
            let (outcome, word) = (report.outcome(), StatusWord::Status(report.status));
            if let Some(outcome) = outcome {
                let note = tiktok_says(&word);
                let said = (&word, note.as_str(), report.log_id.as_ref());
                match status.settle(record, publish_id, &outcome, said, check.now).await? {
                    // Of what is written or known by now the slow checks have a count of their own, from 0.
                    Settled::Written => Ok(Handled::Done),
                    Settled::Known(_) if check.urgent => Ok(Handled::Done),
                    Settled::Known(known) => {
                        match slow_check(&known.state, known.content.privacy_level(), check.number, check.now) {
                            Some(_) => check_again(status, *known, None, check).await,
                            None => end_checks(status, &known, check.now).await,
                        }
                    }
                }
            } else {
                let fetched = report.downloaded_bytes.map(|bytes| apply(&record.state, Event::Fetched { bytes }));
                let record = match fetched {
                    Some(Ok(state)) => TargetRecord { state, ..record },
                    _ => record,
                };
                let said = Said { what: What::Status(&word), log_id: report.log_id.as_ref() };
                check_again(status, record, Some(said), check).await
            }
        }
        Err(CallError::TikTok(error)) => match (error.unknown_publish(), error.class()) {
            (Some(word), _) if check.urgent => {
                tracing::warn!(%error, tiktok.publish_id = %publish_id, "TikTok does not know this publish");
                unknown_publish(status, record, (word, error.log_id()), check).await
            }
            (_, Class::After(delay)) if check.urgent => Ok(Handled::Again(later(delay.min(LONGEST_CHECK_PAUSE)))),
            (_, Class::After(_) | Class::Reauthorise | Class::Final | Class::Unknown) => {
                tracing::warn!(%error, tiktok.publish_id = %publish_id, "TikTok gives no status");
                let code = error.code_text().unwrap_or("nothing that can be read");
                let said = error.log_id().map(|log_id| Said { what: What::Nothing(code), log_id: Some(log_id) });
                check_again(status, record, said, check).await
            }
        },
        // Without a token there is only the webhook; the 24 hours run on.
        Err(CallError::ReconnectRequired { .. } | CallError::Gone) => check_again(status, record, None, check).await,
        Err(CallError::RefreshPending) => Ok(Handled::Again(REFRESH_AWAITED)),
        Err(CallError::Store(error)) => Err(error.into()),
        Err(CallError::Vault(error)) => {
            tracing::error!(%error, "the account's token does not open");
            check_again(status, record, None, check).await
        }
    }
}

/// No outcome yet: the next check, with the sweep as the net under it.
async fn check_again(
    status: &PublishStatus,
    record: TargetRecord,
    said: Option<Said<'_>>,
    Check { number, urgent, now }: Check,
) -> Result<Handled, StepError> {
    let mut change = Change::to(record.state.clone(), now);
    if let Some(Said { what, log_id }) = said {
        let (text, word) = match what {
            What::Status(word) => (word.as_str(), Some(word)),
            What::Nothing(text) => (text, None),
        };
        change = change.note(tiktok_says(text), log_id);
        change.tiktok_status = word.cloned();
    }
    change.requeues = record.requeues;
    if !urgent {
        change.due_at = slow_check(&record.state, record.content.privacy_level(), number.saturating_add(1), now);
        change.requeues = number.saturating_add(1);
        // Whoever wrote first knows more, and has set the next time.
        status.posts.change(&record, change).await?.either_way();
        return Ok(Handled::Done);
    }
    let pause = next_check(first_check(status.first_check, record.tenant.mode(), record.size_bytes()), number);
    change.due_at = check_net(pause, now);
    if !status.posts.change(&record, change).await?.is_done() {
        return Ok(Handled::SOON); // a conflict: check what it is now
    }
    let next = StatusCheckMessage { target: record.target(), look: number.saturating_add(1) };
    status.status_checks.send(record.tenant.as_str(), &next, later(pause)).await?;
    Ok(Handled::Done)
}

/// The last check of a target that reached TikTok is over. The sweep that sent it has set a time for the next one: with
/// that it would send checks for ever.
async fn end_checks(status: &PublishStatus, record: &TargetRecord, now: Timestamp) -> Result<Handled, StepError> {
    if record.state.name().reached_tiktok() && record.due_at.is_some() {
        // A worker that wrote first knows more, and has set its own time.
        status.posts.change(record, Change::to(record.state.clone(), now)).await?.either_way();
    }
    Ok(Handled::Done)
}

/// TikTok does not know the publish that it gave us the id of. It may learn of it a moment later; where it says so again
/// and again, a person has to look, and soon.
async fn unknown_publish(
    status: &PublishStatus,
    record: TargetRecord,
    (word, log_id): (StatusWord, Option<&LogId>),
    check: Check,
) -> Result<Handled, StepError> {
    let said_before = record.tiktok_status.as_ref();
    match record.state {
        TargetState::Processing { since, .. } if is_unknown_for_good(said_before, &word, since, check.now) => {
            no_outcome(status, record, Some(word), (StatusWord::UNKNOWN_FOR_GOOD, log_id), check.now).await
        }
        _ => check_again(status, record, Some(Said { what: What::Status(&word), log_id }), check).await,
    }
}

async fn no_outcome(
    status: &PublishStatus,
    record: TargetRecord,
    last_status: Option<StatusWord>,
    (note, log_id): (&str, Option<&LogId>),
    now: Timestamp,
) -> Result<Handled, StepError> {
    status.remove_copies(&record).await;
    let evidence = Evidence { sent: record.size_bytes(), last_status };
    let with = |change: Change| change.note(note, log_id);
    Ok(match status.posts.advance(&record, Event::NoOutcome { evidence, at: now }, now, with).await? {
        Write::Done(record) => {
            tracing::warn!(post.id = %record.post, account.id = %record.account, note, "unconfirmed");
            Handled::Done
        }
        Write::Refused(NotAdvanced::Refused(_)) => Handled::Done,
        Write::Refused(NotAdvanced::Conflict(_)) => Handled::SOON,
    })
}
