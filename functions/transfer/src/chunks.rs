//! The bytes: chunk by chunk from S3 to TikTok, from wherever the transfer stands.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use slipway_domain::schedule::{WHOLE_UPLOAD_ASKED_AGAIN, pause_is_checked, upload_rest};
use slipway_domain::{Chain, Event, Progress, TargetState};
use slipway_runtime::pause::{full_jitter, later};
use slipway_vault::Context;

use crate::answer::{self, Next};
use crate::claim::Claim;
use crate::resume;
use crate::sender::{Sender, Sent};
use crate::{StepError, Stop, Then, Transfer};

/// Sends what TikTok lacks.
pub(crate) async fn step(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<Then, Stop> {
    let TargetState::Uploading { upload_url, expires_at, plan, sent, .. } = claim.record().state.clone() else {
        return Ok(Then::Next);
    };
    let context = Context::of_upload_url(&claim.record().tenant, &claim.record().account);
    let url = transfer.vault.open(&context, &upload_url).await?;
    let tiktok = transfer.tiktok.of(&claim.record().tenant);
    let url = tiktok.upload_url(url.expose_secret()).map_err(|error| StepError::TikTok(Chain::of(error)))?;

    // Only the worker whose own write made this state knows that nothing has been sent yet.
    let is_first = claim.is_fresh();
    let mut next = if is_first {
        Progress::Next { index: 0, offset: 0 }
    } else {
        claim.take_over().await?;
        resume::ask(transfer, claim).await?.or(plan.resume_after(sent))
    };

    let mut sender = Sender::new(transfer, tiktok, url, plan, is_first);
    while let Progress::Next { index, offset } = next {
        let Some(range) = plan.chunk(index) else { break };
        claim.note_sent(offset);
        if index + 1 == plan.count() {
            sender.prepare(claim, range.first).await?;
            may_commit(transfer, claim, offset).await?;
        }
        may_send(transfer, claim, offset).await?;
        let Sent::Answer(answer) = sender.send(claim, index, range).await? else {
            return transfer.hand_over(claim).await;
        };
        next = match answer::next(&plan, index, answer) {
            // A number that stays where it was is no progress, whatever the status says.
            Next::Stored(position) if position != next => {
                sender.advanced();
                next = position;
                continue;
            }
            Next::Complete => return complete(claim).await,
            Next::UrlIsDead => return resume::url_is_dead(transfer, claim).await,
            Next::Stored(position) | Next::Retry(position) => position,
            Next::Ask => {
                if answer.is_none() {
                    tokio::time::sleep(full_jitter(Duration::from_millis(250))).await;
                }
                resume::ask(transfer, claim).await?.or(next)
            }
        };
        if !sender.may_retry().await {
            return rest(claim, expires_at).await;
        }
    }
    // By our count everything is sent, yet TikTok never answered 201. Its status says whether it agrees.
    resume::ask(transfer, claim).await?;
    claim.again(WHOLE_UPLOAD_ASKED_AGAIN, "TikTok has not said that it has every byte; asking again").await?;
    Ok(Then::Again(WHOLE_UPLOAD_ASKED_AGAIN))
}

/// Before the last chunk, with which the post may be on its way: notes that it may have been sent, if nobody has.
async fn may_commit(transfer: &Transfer, claim: &mut Claim<'_>, offset: u64) -> Result<(), Stop> {
    if claim.lacks_last_chunk() {
        not_withdrawn(transfer, claim).await?;
        claim.note_last_chunk();
        renew(claim, offset).await?;
    }
    Ok(())
}

/// Before each chunk: whether the claim still says that nobody else sends, and has said so lately enough.
async fn may_send(transfer: &Transfer, claim: &mut Claim<'_>, offset: u64) -> Result<(), Stop> {
    if claim.is_stale() {
        not_withdrawn(transfer, claim).await?;
        renew(claim, offset).await?;
    }
    Ok(())
}

/// An upload URL knows no account: only we can see that the creator has withdrawn it, which ends the step.
async fn not_withdrawn(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<(), Stop> {
    match resume::withdrawal(transfer, claim).await? {
        Some(failure) => Err(resume::withdrawn(claim, failure).await?),
        None => Ok(()),
    }
}

async fn renew(claim: &mut Claim<'_>, offset: u64) -> Result<(), Stop> {
    claim.renew().await?;
    claim.note_sent(offset);
    Ok(())
}

async fn complete(claim: &mut Claim<'_>) -> Result<Then, Stop> {
    let at = Timestamp::now();
    claim.advance(Event::UploadComplete { at }, at, |change| change.note("TikTok has every byte", None)).await?;
    Ok(Then::Next)
}

/// TikTok did not take a chunk in all of its tries: the upload rests.
async fn rest(claim: &mut Claim<'_>, expires_at: Timestamp) -> Result<Then, Stop> {
    let now = Timestamp::now();
    let pause = later(upload_rest(expires_at, now));
    let checked_at = pause_is_checked(pause, now);
    claim.wait_until(checked_at, |change| change.note("TikTok did not take a chunk; trying again later", None)).await?;
    Ok(Then::Again(pause))
}
