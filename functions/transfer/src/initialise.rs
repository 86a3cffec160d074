//! From queued to uploading: take the turn, call init, store the publish id and the sealed URL before the first byte.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use slipway_domain::limits::UPLOAD_URL_LIFETIME;
use slipway_domain::schedule::{AFTER_FAULTS, after_unknown_init, doubled};
use slipway_domain::{ChunkPlan, Content, DeferReason, Event, Failure, Reach, TargetState};
use slipway_runtime::pause::full_jitter;
use slipway_tiktok::{Error, Init};
use slipway_tokens::CallError;
use slipway_vault::Context;

use crate::claim::Claim;
use crate::failed_call::passes;
use crate::{LONGEST_PAUSE, Stop, Then, Transfer, failed_call, line, pull};

/// How often init is called in one go before the target is put off.
const TRIES: u32 = 3;

pub(crate) async fn step(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<Then, Stop> {
    let now = Timestamp::now();
    if now >= claim.record().give_up_at {
        let failure = match &claim.record().state {
            TargetState::Deferred { why, .. } => Failure::DeferredTooLong { why: *why },
            _ => Failure::GaveUp,
        };
        return claim.abandon(failure, None).await;
    }
    let (tenant, account_id) = (claim.record().tenant.clone(), claim.record().account.clone());
    let account = transfer.accounts.get(&Reach::whole(&tenant), &account_id).await?;
    let Some(mut account) = account.filter(|account| !account.is_going) else {
        return claim.abandon(Failure::AccountGone, None).await;
    };
    let pulls = claim.record().content.is_pulled();
    if pulls && let Some(held) = pull::held(transfer, claim, &account).await? {
        return Ok(held);
    }
    let plan = ChunkPlan::for_size(claim.record().size_bytes()).ok();
    if plan.is_none() && !pulls {
        return claim.abandon(Failure::MediaGone, None).await;
    }
    if let Some(held) = line::claim(transfer, claim, &mut account).await? {
        return Ok(held);
    }
    if pulls {
        // Boxed, for it is large, and few targets go this way.
        return Box::pin(pull::step(transfer, claim, account)).await;
    }
    let (Some(plan), Content::Video { settings, .. }) = (plan, claim.record().content.clone()) else {
        return claim.abandon(Failure::MediaGone, None).await; // never: photos are pulled
    };

    let attempt = if let TargetState::Initialising { attempt } = claim.record().state { attempt } else { 1 };
    let most = if attempt > 1 { 1 } else { TRIES };
    let (unknown, mut tries) = (AtomicBool::new(false), 0);
    let tiktok = transfer.tiktok.of(&account.tenant);
    loop {
        tries += 1;
        let issued_at = Timestamp::now();
        let call = async |token| {
            let answer = tiktok.init_video(&token, &settings, &plan).await;
            unknown.fetch_or(answer.as_ref().is_err_and(Error::outcome_unknown), Ordering::Relaxed);
            answer
        };
        match transfer.tokens.call(&account, call).await {
            Ok(init) => return store(transfer, claim, init, plan, issued_at).await,
            // A lost answer is among these: an init that took effect but is not known costs one of the creator's slots,
            // never a post, for nobody will send bytes to its URL.
            Err(error) if passes(&error) && tries < most => {
                let log_id = if let CallError::TikTok(error) = &error { error.log_id() } else { None };
                claim.saw(format!("init again: {error}"), log_id);
                tokio::time::sleep(full_jitter(doubled(Duration::from_millis(500), tries, LONGEST_PAUSE))).await;
            }
            Err(error) => {
                // It does not wait beyond its day.
                let left = claim.record().give_up_at.duration_since(now).unsigned_abs().max(AFTER_FAULTS);
                let faults = if unknown.into_inner() {
                    (after_unknown_init(attempt).min(left), DeferReason::TikTokUnavailable)
                } else {
                    (AFTER_FAULTS, DeferReason::Unreached)
                };
                return failed_call::follow(transfer, claim, account, error, faults).await;
            }
        }
        if claim.is_stale() {
            claim.renew().await?;
        }
    }
}

/// Stores what init gave. If this write meets a conflict, not a byte is sent: the other worker's transfer is the one.
async fn store(
    transfer: &Transfer,
    claim: &mut Claim<'_>,
    init: Init,
    plan: ChunkPlan,
    issued_at: Timestamp,
) -> Result<Then, Stop> {
    let context = Context::of_upload_url(&claim.record().tenant, &claim.record().account);
    let sealed = transfer.vault.seal(&context, &init.upload_url.expose().to_owned().into()).await?;
    let event = Event::InitAccepted {
        publish_id: init.publish_id.clone(),
        upload_url: sealed,
        expires_at: issued_at + UPLOAD_URL_LIFETIME,
        plan,
    };
    let chunks = if plan.count() == 1 { "1 chunk".to_owned() } else { format!("{} chunks", plan.count()) };
    let note = format!("TikTok accepted the post as {}; {chunks} to send", init.publish_id);
    claim.advance_claimed(event, Timestamp::now(), |change| change.note(note, init.log_id.as_ref())).await?;
    Ok(Then::Next)
}
