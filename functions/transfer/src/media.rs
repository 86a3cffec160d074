//! A target whose video was still being fetched when the post was made: is it there by now?

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{DeferReason, Event, Failure, TargetState, apply};
use slipway_store::media::{MediaReason, MediaRecord, MediaState};
use slipway_store::posts::{AwaitedMedia, Change, MediaRef};

use crate::claim::Claim;
use crate::{Step, StepError, Transfer};

/// When to look again. Whoever imports wakes the target at once, so this is only for when that gets lost.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// What the media says about the target.
#[derive(Debug, PartialEq)]
enum Standing {
    /// Go on with this.
    Ready(MediaRef),
    /// Not yet.
    Wait,
    /// Never.
    Fail(Failure),
}

/// Fills in the video if it is there, waits if it is not, and ends the target if it will not come.
pub(crate) async fn step(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<Step, StepError> {
    let record = claim.record();
    let waits = match &record.state {
        TargetState::Queued { .. } | TargetState::Deferred { .. } => true,
        // Its hour has not come; but what can be known is known.
        TargetState::Scheduled { .. } => false,
        // A draft is not to be published, and the others are beyond their media.
        TargetState::Draft
        | TargetState::Initialising { .. }
        | TargetState::Uploading { .. }
        | TargetState::Processing { .. }
        | TargetState::InInbox { .. }
        | TargetState::Published { .. }
        | TargetState::Failed { .. }
        | TargetState::Unconfirmed { .. }
        | TargetState::Cancelled => return Ok(Step::Done),
    };
    let Some(awaited) = record.media.awaited() else { return Ok(Step::Next) };
    let media = transfer.media.get(&record.tenant, &awaited.awaited).await?;
    let now = Timestamp::now();
    match standing(awaited, media.as_ref()) {
        Standing::Ready(media) => {
            let change = keep(claim, now).media(media).note("the media was imported", None);
            claim.write(change).await?;
            Ok(Step::Next)
        }
        Standing::Fail(failure) => transfer.abandon(claim, failure, None).await,
        Standing::Wait if !waits => Ok(Step::Done),
        Standing::Wait if now >= claim.record().give_up_at => {
            transfer.abandon(claim, Failure::DeferredTooLong { why: DeferReason::MediaImport }, None).await
        }
        Standing::Wait => {
            let (until, why) = (now + LOOK_AGAIN, DeferReason::MediaImport);
            let first = !matches!(claim.record().state, TargetState::Deferred { .. });
            let Ok(state) = apply(&claim.record().state, Event::Defer { until, why }) else { return Ok(Step::Done) };
            let change = Change::to(state, now);
            claim.write(if first { change.note("waits for its media", None) } else { change }).await?;
            Ok(Step::Done)
        }
    }
}

/// A change that leaves the target as it is, the sweep's time included.
fn keep(claim: &Claim<'_>, now: Timestamp) -> Change {
    let record = claim.record();
    let mut change = Change::to(record.state.clone(), now);
    change.nudges = record.nudges;
    change
}

fn standing(awaited: &AwaitedMedia, media: Option<&MediaRecord>) -> Standing {
    let Some(media) = media else { return Standing::Fail(Failure::MediaGone) };
    match &media.state {
        MediaState::Pending => Standing::Wait,
        MediaState::Failed { reasons, .. } => Standing::Fail(rejected(reasons)),
        MediaState::Ready { object, findings } => {
            let Some(video_type) = findings.media_type.video_type() else {
                return Standing::Fail(Failure::MediaRejected {
                    code: "not_a_video".to_owned(),
                    message: "The address led to a photo. Only videos are published here.".to_owned(),
                });
            };
            if let (Some(plays), Some(longest)) = (findings.duration_ms, awaited.max_duration_sec)
                && plays > longest.saturating_mul(1000)
            {
                let plays = Duration::from_millis(plays).as_secs_f64().ceil();
                let message = format!("The video plays {plays} s, this creator may post at most {longest} s.");
                return Standing::Fail(Failure::MediaRejected { code: "duration_out_of_range".to_owned(), message });
            }
            Standing::Ready(MediaRef {
                id: media.id.clone(),
                s3_key: media.s3_key.clone(),
                etag: object.etag.clone(),
                size_bytes: object.size_bytes,
                video_type,
            })
        }
    }
}

/// Every reason in one text, for the caller who made the post.
fn rejected(reasons: &[MediaReason]) -> Failure {
    let code = reasons.first().map_or("rejected", |reason| reason.code.as_str());
    let sentences = reasons.iter().map(|reason| {
        let mut letters = reason.message.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        format!("{first}{}. {}", letters.as_str(), reason.cure)
    });
    let message = sentences.collect::<Vec<_>>().join(" ");
    Failure::MediaRejected { code: code.to_owned(), message }
}
