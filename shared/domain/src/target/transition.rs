//! What each event makes of each state: one total function.

use jiff::Timestamp;

use super::{Event, Failure, Outcome, TargetState};
use crate::{FailReason, PublishId, Pull};

/// How often an upload that was certainly lost is started again.
pub const MAX_ATTEMPTS: u32 = 5;

/// The state after `event`. Total: every pair of state and event has an answer.
pub fn apply(state: &TargetState, event: Event) -> Result<TargetState, Refused> {
    use TargetState as S;
    Ok(match (state, event) {
        (S::Draft | S::Scheduled { .. }, Event::Enqueue) | (S::Failed { .. }, Event::Retry) => S::Queued { attempt: 0 },
        (S::Draft | S::Scheduled { .. } | S::Failed { .. }, Event::Schedule { at }) => S::Scheduled { at },
        (S::Draft | S::Scheduled { .. }, Event::Unschedule) => S::Draft,
        (S::Queued { attempt } | S::Initialising { attempt } | S::Deferred { attempt, .. }, Event::Claim) => {
            S::Initialising { attempt: attempt + 1 }
        }
        (S::Initialising { attempt }, Event::InitAccepted { publish_id, upload_url, expires_at, plan }) => {
            // A file of one chunk is sent at once: that is not worth a write of its own.
            let last_chunk_unsent = plan.count() > 1;
            S::Uploading { attempt: *attempt, publish_id, upload_url, expires_at, plan, sent: 0, last_chunk_unsent }
        }
        (S::Initialising { attempt }, Event::PullBegun { copies, at }) => {
            S::Pulling { pull: Pull { attempt: *attempt, copies, called_at: at, revoked_at: None, fetched: 0 } }
        }
        (S::Pulling { pull }, Event::PullKnown { publish_id, at }) => {
            S::Processing { publish_id, since: at, pull: Some(pull.clone()) }
        }
        (S::Unconfirmed { publish_id: None, at, evidence }, Event::PullKnown { publish_id, .. }) => {
            S::Unconfirmed { publish_id: Some(publish_id), at: *at, evidence: evidence.clone() }
        }
        (S::Pulling { pull }, Event::PullRevoked { at }) if pull.revoked_at.is_none() => {
            S::Pulling { pull: Pull { revoked_at: Some(at), ..pull.clone() } }
        }
        (S::Processing { publish_id, since, pull: Some(pull) }, Event::Fetched { bytes }) => {
            let pull = Some(Pull { fetched: bytes, ..pull.clone() });
            S::Processing { publish_id: publish_id.clone(), since: *since, pull }
        }
        // TikTok has refused the pull, or was never reached: that is certain as long as its answer is not lost.
        (S::Pulling { pull }, Event::Defer { until, why }) if pull.revoked_at.is_none() => {
            let counted = if why.nothing_was_begun() { pull.attempt.saturating_sub(1) } else { pull.attempt };
            S::Deferred { attempt: counted, until, why }
        }
        (S::Pulling { pull }, Event::Abandon { failure, at }) if pull.revoked_at.is_none() => {
            S::Failed { publish_id: None, at, failure }
        }
        // Nothing was heard of it: a person has to look.
        (S::Pulling { pull }, Event::NoOutcome { evidence, at }) if pull.revoked_at.is_some() => {
            S::Unconfirmed { publish_id: None, at, evidence }
        }
        // An init that TikTok had no room for began nothing: it is not counted.
        (S::Initialising { attempt }, Event::Defer { until, why }) if why.nothing_was_begun() => {
            S::Deferred { attempt: attempt.saturating_sub(1), until, why }
        }
        (
            S::Queued { attempt } | S::Initialising { attempt } | S::Deferred { attempt, .. },
            Event::Defer { until, why },
        ) => S::Deferred { attempt: *attempt, until, why },
        (S::Uploading { .. }, Event::Sent { bytes }) => {
            let mut next = state.clone();
            if let S::Uploading { plan, sent, .. } = &mut next {
                *sent = bytes.min(plan.size());
            }
            next
        }
        (S::Uploading { last_chunk_unsent: true, .. }, Event::LastChunk) => {
            let mut next = state.clone();
            if let S::Uploading { last_chunk_unsent, .. } = &mut next {
                *last_chunk_unsent = false;
            }
            next
        }
        (S::Uploading { publish_id, .. }, Event::UploadComplete { at }) => {
            S::Processing { publish_id: publish_id.clone(), since: at, pull: None }
        }
        // A new init is a new publish: only with proof that the old one came to nothing, and not for ever.
        (S::Uploading { attempt, publish_id, last_chunk_unsent: true, .. }, Event::UploadLost { at }) => {
            if *attempt < MAX_ATTEMPTS {
                S::Queued { attempt: *attempt }
            } else {
                S::Failed { publish_id: Some(publish_id.clone()), at, failure: Failure::GaveUp }
            }
        }
        (_, Event::Outcome { publish_id, outcome, at }) => return outcome_of(state, publish_id, outcome, at),
        (_, Event::FormerOutcome { publish_id, outcome, at }) => {
            return former_outcome_of(state, publish_id, outcome, at);
        }
        (S::Uploading { publish_id, .. } | S::Processing { publish_id, .. }, Event::NoOutcome { evidence, at }) => {
            S::Unconfirmed { publish_id: Some(publish_id.clone()), at, evidence }
        }
        (
            S::Draft | S::Scheduled { .. } | S::Queued { .. } | S::Initialising { .. } | S::Deferred { .. },
            Event::Abandon { failure, at },
        ) => S::Failed { publish_id: None, at, failure },
        (S::Uploading { publish_id, .. }, Event::Abandon { failure, at }) => {
            S::Failed { publish_id: Some(publish_id.clone()), at, failure }
        }
        // A worker may be calling init: that publishes nothing, and the worker's next write meets this one.
        (
            S::Draft | S::Scheduled { .. } | S::Queued { .. } | S::Initialising { .. } | S::Deferred { .. },
            Event::Cancel,
        ) => S::Cancelled,
        (S::Unconfirmed { publish_id, .. }, Event::Resolve { published: true, at }) => {
            S::Published { publish_id: publish_id.clone(), at, post_ids: Vec::new() }
        }
        (S::Unconfirmed { publish_id, .. }, Event::Resolve { published: false, at }) => {
            S::Failed { publish_id: publish_id.clone(), at, failure: Failure::ResolvedAsNotPublished }
        }
        _ => return Err(Refused::State),
    })
}

/// Why an event does not apply. Never an error of the system: late and repeated events are normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The state does not allow it, or it already happened.
    #[error("the target's state does not allow this")]
    State,
    /// It speaks of another publish than the one that counts.
    #[error("it is about another publish id")]
    OtherPublish,
}

fn outcome_of(
    state: &TargetState,
    publish_id: PublishId,
    outcome: Outcome,
    at: Timestamp,
) -> Result<TargetState, Refused> {
    use TargetState as S;
    let ours = state.publish_id().ok_or(Refused::State)?;
    if *ours != publish_id {
        return Err(Refused::OtherPublish);
    }
    Ok(match (state, outcome) {
        (S::Published { at: since, post_ids: known, .. }, Outcome::Published(more)) => {
            let mut post_ids = known.clone();
            post_ids.extend(more.into_iter().filter(|id| !known.contains(id)));
            if post_ids.len() == known.len() {
                return Err(Refused::State);
            }
            S::Published { publish_id: Some(publish_id), at: *since, post_ids }
        }
        // TikTok's word that it is there counts more than anybody's that it is not: nobody must try it again.
        (
            S::Uploading { .. } | S::Processing { .. } | S::InInbox { .. } | S::Unconfirmed { .. } | S::Failed { .. },
            Outcome::Published(post_ids),
        ) => S::Published { publish_id: Some(publish_id), at, post_ids },
        (S::Uploading { .. } | S::Processing { .. } | S::Unconfirmed { .. }, Outcome::InInbox) => {
            S::InInbox { publish_id, since: at }
        }
        // TikTok could not fetch the copies, which are made for every init: nothing came of it.
        (S::Processing { pull: Some(pull), .. }, Outcome::Failed(reason))
            if reason.is_failed_pull() && pull.attempt < Pull::MAX_ATTEMPTS =>
        {
            S::Queued { attempt: pull.attempt }
        }
        // The caller called it off, and TikTok could still stop.
        (S::Processing { pull: Some(_), .. }, Outcome::Failed(FailReason::PublishCancelled)) => S::Cancelled,
        // An upload that lapsed or broke on TikTok's side before its end: nobody's fault, restart.
        (S::Uploading { attempt, sent, plan, .. }, Outcome::Failed(FailReason::Internal))
            if *attempt < MAX_ATTEMPTS && *sent < plan.size() =>
        {
            S::Queued { attempt: *attempt }
        }
        (
            S::Uploading { .. } | S::Processing { .. } | S::InInbox { .. } | S::Unconfirmed { .. },
            Outcome::Failed(reason),
        ) => S::Failed { publish_id: Some(publish_id), at, failure: Failure::PublishFailed { reason } },
        _ => return Err(Refused::State),
    })
}

/// It is there after all, and nothing of another publish is: nobody must try it again.
fn former_outcome_of(
    state: &TargetState,
    publish_id: PublishId,
    outcome: Outcome,
    at: Timestamp,
) -> Result<TargetState, Refused> {
    use TargetState as S;
    match (state, outcome) {
        (
            S::Draft
            | S::Scheduled { .. }
            | S::Queued { .. }
            | S::Initialising { .. }
            | S::Deferred { .. }
            | S::Failed { .. },
            Outcome::Published(post_ids),
        ) => Ok(S::Published { publish_id: Some(publish_id), at, post_ids }),
        (
            S::Draft
            | S::Scheduled { .. }
            | S::Queued { .. }
            | S::Initialising { .. }
            | S::Deferred { .. }
            | S::Failed { .. },
            Outcome::InInbox,
        ) => Ok(S::InInbox { publish_id, since: at }),
        _ => Err(Refused::State),
    }
}
