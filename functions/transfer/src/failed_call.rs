//! What follows when init has failed and TikTok was told nothing else.

use std::time::Duration;

use slipway_domain::schedule::REFRESH_AWAITED;
use slipway_domain::{DeferReason, Failure};
use slipway_store::accounts::AccountRecord;
use slipway_tokens::CallError;

use crate::advice::{Advice, advice};
use crate::claim::Claim;
use crate::defer::defer;
use crate::{Stop, Then, Transfer, line};

/// Lets the target wait, or ends it, as the failure demands. `pause` and `why` are for faults that pass.
pub(crate) async fn follow(
    transfer: &Transfer,
    claim: &mut Claim<'_>,
    account: AccountRecord,
    error: CallError,
    (pause, why): (Duration, DeferReason),
) -> Result<Then, Stop> {
    match error {
        CallError::ReconnectRequired { .. } => claim.abandon(Failure::ReconnectionRequired, None).await,
        CallError::Gone => claim.abandon(Failure::AccountGone, None).await,
        CallError::TikTok(error) => match advice(&error) {
            Advice::Retry => defer(claim, pause, why, &error, error.log_id()).await,
            Advice::Wait(delay, why) => line::refused(transfer, claim, account, delay, why, &error).await,
            Advice::GiveUp(failure) => claim.abandon(failure, error.log_id()).await,
        },
        CallError::RefreshPending if why.nothing_was_begun() => defer(claim, REFRESH_AWAITED, why, &error, None).await,
        CallError::RefreshPending | CallError::Store(_) | CallError::Vault(_) => {
            defer(claim, pause, why, &error, None).await
        }
    }
}

/// Whether another call may do better in a moment.
pub(crate) fn passes(error: &CallError) -> bool {
    matches!(error, CallError::TikTok(error) if advice(error) == Advice::Retry)
}
