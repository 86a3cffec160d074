//! The bytes: chunk by chunk from S3 to TikTok, from wherever the transfer stands.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use slipway_domain::schedule::GRACE;
use slipway_domain::{Chain, Event, Progress, TargetState};
use slipway_runtime::pause::{full_jitter, later};
use slipway_store::posts::Change;
use slipway_vault::{Context, Purpose};

use crate::answer::{self, Next};
use crate::claim::Claim;
use crate::resume::{self, Position};
use crate::sender::{Sender, Sent};
use crate::{Step, StepError, Stop, Transfer};

/// Sends what TikTok lacks.
pub(crate) async fn step(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<Step, Stop> {
    let TargetState::Uploading { upload_url, expires_at, plan, sent, .. } = claim.record().state.clone() else {
        return Ok(Step::Next);
    };
    let context = Context {
        tenant: claim.record().tenant.clone(),
        owner: claim.record().account.clone().into(),
        purpose: Purpose::UploadUrl,
    };
    let url = transfer.vault.open(&context, &upload_url).await?;
    let tiktok = transfer.tiktok.of(&claim.record().tenant);
    let url = tiktok.upload_url(url.expose_secret()).map_err(|error| StepError::TikTok(Chain::of(error)))?;

    // Only the worker whose own write made this state knows that nothing has been sent yet.
    let is_first = claim.is_fresh();
    let mut next = if is_first {
        Progress::Next { index: 0, offset: 0 }
    } else {
        claim.take_over().await?;
        match resume::ask(transfer, claim).await? {
            Position::At(position) => position,
            Position::Unknown => plan.resume_after(sent),
            Position::Withdrawn => return resume::wait_for_word(claim).await,
        }
    };

    let mut sender = Sender::new(transfer, tiktok, url, plan, is_first);
    while let Progress::Next { index, offset } = next {
        let Some(range) = plan.chunk(index) else { break };
        claim.note_sent(offset);
        let is_last = index + 1 == plan.count();
        if is_last {
            sender.prepare(claim, range.first).await?;
        }
        let commits = is_last && claim.lacks_last_chunk();
        if commits || claim.is_stale() {
            // An upload URL knows no account: only we can see that the creator has withdrawn it.
            if let Some(failure) = resume::withdrawal(transfer, claim).await? {
                resume::withdrawn(claim, failure).await?;
                return resume::wait_for_word(claim).await;
            }
            if commits {
                claim.note_last_chunk();
            }
            claim.renew().await?;
            claim.note_sent(offset);
        }
        let Sent::Answer(answer) = sender.send(claim, index, range).await? else {
            return transfer.hand_over(claim).await;
        };
        match answer::next(&plan, index, answer) {
            // A number that stays where it was is no progress, whatever the status says.
            Next::Stored(position) if position != next => {
                sender.advanced();
                next = position;
                continue;
            }
            Next::Complete => {
                let at = Timestamp::now();
                let with = |change: Change| change.note("TikTok has every byte", None);
                claim.advance(Event::UploadComplete { at }, at, with).await?;
                return Ok(Step::Next);
            }
            Next::UrlIsDead => return resume::url_is_dead(transfer, claim).await,
            Next::Stored(position) | Next::Retry(position) => next = position,
            Next::Ask => {
                if answer.is_none() {
                    tokio::time::sleep(full_jitter(Duration::from_millis(250))).await;
                }
                match resume::ask(transfer, claim).await? {
                    Position::At(position) => next = position,
                    Position::Unknown => {}
                    Position::Withdrawn => return resume::wait_for_word(claim).await,
                }
            }
        }
        if !sender.may_retry().await {
            let now = Timestamp::now();
            let pause = later(resume::rest(expires_at, now));
            let looked_at = now + SignedDuration::try_from(pause).unwrap_or(SignedDuration::from_mins(1)) + GRACE;
            claim
                .wait_until(looked_at, |change| change.note("TikTok did not take a chunk; trying again later", None))
                .await?;
            return Ok(Step::Again(pause));
        }
    }
    // By our count everything is sent, yet TikTok never said 201. Its status says whether it agrees.
    resume::ask(transfer, claim).await?;
    let pause = Duration::from_secs(5);
    claim.again(pause, "TikTok has not said that it has every byte; asking again").await?;
    Ok(Step::Again(pause))
}
