//! A target whose media was still being fetched when the post was made: is it there by now?

use futures_util::future::try_join_all;
use jiff::Timestamp;
use slipway_domain::media::TooLong;
use slipway_domain::schedule::AWAITED_MEDIA_CHECKED;
use slipway_domain::{DeferReason, Event, Failure, MediaKind, Reach, TargetState};
use slipway_store::StoreError;
use slipway_store::media::{MediaReason, MediaRecord, MediaState, ReasonCode};
use slipway_store::posts::{AwaitedMedia, Change, MediaRef};

use crate::claim::Claim;
use crate::{Stop, Then, Transfer};

/// What one file, or all of them, say about the target.
#[derive(Debug, PartialEq)]
enum Arrival {
    /// Go on with these.
    Ready(Vec<MediaRef>),
    /// Not yet.
    Pending,
    /// Never.
    Fail(Failure),
}

/// Fills in the files if all are there, waits if they are not, and ends the target if one of them will not come.
pub(crate) async fn step(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<Then, Stop> {
    let record = claim.record();
    // A draft is not to be published; in all other states the media is already checked.
    if !record.state.is_waiting() {
        return Ok(Then::Done);
    }
    // Before its hour only what can be known is known.
    let waits = !matches!(record.state, TargetState::Scheduled { .. });
    let kind = record.content.kind();
    let arrivals = try_join_all(record.awaited().map(async |awaited| {
        let media = transfer.media.get(&Reach::whole(&record.tenant), &awaited.awaited).await?;
        Ok::<_, StoreError>(arrival(awaited, kind, media.as_ref()))
    }));
    let arrived = all(arrivals.await?);
    let now = Timestamp::now();
    match arrived {
        Arrival::Ready(media) => {
            let change = keep(claim, now).media(media).note("the media was imported", None);
            claim.write(change).await?;
            Ok(Then::Next)
        }
        Arrival::Fail(failure) => claim.abandon(failure, None).await,
        Arrival::Pending if !waits => Ok(Then::Done),
        Arrival::Pending if now >= claim.record().give_up_at => {
            claim.abandon(Failure::DeferredTooLong { why: DeferReason::MediaImport }, None).await
        }
        Arrival::Pending => {
            let (until, why) = (now + AWAITED_MEDIA_CHECKED, DeferReason::MediaImport);
            let first = !matches!(claim.record().state, TargetState::Deferred { .. });
            let with = |change: Change| if first { change.note("waits for its media", None) } else { change };
            claim.advance(Event::Defer { until, why }, now, with).await?;
            Ok(Then::Done)
        }
    }
}

/// A change that leaves the target as it is, the sweep's time included.
fn keep(claim: &Claim<'_>, now: Timestamp) -> Change {
    let record = claim.record();
    let mut change = Change::to(record.state.clone(), now);
    change.requeues = record.requeues;
    change
}

/// One file that will not come ends the target; as long as one is missing it waits.
fn all(arrivals: Vec<Arrival>) -> Arrival {
    let (mut ready, mut is_pending) = (Vec::new(), false);
    for arrival in arrivals {
        match arrival {
            Arrival::Ready(media) => ready.extend(media),
            Arrival::Pending => is_pending = true,
            Arrival::Fail(failure) => return Arrival::Fail(failure),
        }
    }
    if is_pending { Arrival::Pending } else { Arrival::Ready(ready) }
}

fn arrival(awaited: &AwaitedMedia, kind: MediaKind, media: Option<&MediaRecord>) -> Arrival {
    let Some(media) = media else { return Arrival::Fail(Failure::MediaGone) };
    match &media.state {
        MediaState::Pending => Arrival::Pending,
        MediaState::Failed { reasons, .. } => Arrival::Fail(rejected(reasons)),
        MediaState::Ready { findings, .. } => {
            let Some(mut found) = MediaRef::of(media, kind) else {
                return Arrival::Fail(of_another_kind(kind));
            };
            if let Some(too_long) = TooLong::of(findings.duration_ms, awaited.max_duration_sec) {
                if !too_long.by_rounding {
                    let (code, message) = (ReasonCode::DurationOutOfRange, too_long.sentence());
                    return Arrival::Fail(Failure::MediaRejected { code, message });
                }
                found.warnings.push(too_long.warning(&found.id));
            }
            Arrival::Ready(vec![found])
        }
    }
}

/// What came is not what the post was made for.
fn of_another_kind(wanted: MediaKind) -> Failure {
    let (code, message) = match wanted {
        MediaKind::Video => (
            ReasonCode::NotAVideo,
            "The address led to a photo, and the post was made for a video. Make it again with type \"photo\" in media[].",
        ),
        MediaKind::Photo => (
            ReasonCode::NotAPhoto,
            "An address led to a video, and the post was made for photos. Make it again with the video alone.",
        ),
    };
    Failure::MediaRejected { code, message: message.to_owned() }
}

/// Every reason in one text, for the caller who made the post.
fn rejected(reasons: &[MediaReason]) -> Failure {
    let code = reasons.first().map_or(ReasonCode::Rejected, |reason| reason.code);
    let message = reasons.iter().map(MediaReason::sentences).collect::<Vec<_>>().join(" ");
    Failure::MediaRejected { code, message }
}

#[cfg(test)]
mod tests {
    use slipway_domain::FileKind;
    use slipway_store::media::{Findings, StoredObject};

    use super::*;

    fn media(state: MediaState) -> MediaRecord {
        let (tenant, id) = ("ten_1".parse().unwrap(), "med_1".parse().unwrap());
        let now = Timestamp::UNIX_EPOCH;
        MediaRecord { state, ..MediaRecord::new(tenant, id, "a".to_owned(), "video/mp4".to_owned(), now) }
    }

    fn ready(media_type: FileKind, duration_ms: u64) -> MediaState {
        let findings = Findings { duration_ms: Some(duration_ms), ..Findings::of(media_type) };
        let object = StoredObject { etag: "\"e\"".to_owned(), size_bytes: 7 };
        MediaState::Ready { object, findings, warnings: Vec::new() }
    }

    fn failed() -> MediaState {
        let reason = |code, message: &str| MediaReason {
            code,
            message: message.to_owned(),
            cure: "Do this.".to_owned(),
            measured: None,
            allowed: None,
        };
        let reasons = vec![reason(ReasonCode::NotMedia, "the one thing"), reason(ReasonCode::Truncated, "another")];
        MediaState::Failed { object: None, findings: None, reasons }
    }

    #[test]
    fn what_became_of_the_media_decides_about_the_target() {
        let awaited = AwaitedMedia { awaited: "med_1".parse().unwrap(), max_duration_sec: Some(60) };
        let (video, photo) = (MediaKind::Video, MediaKind::Photo);
        for (kind, state, told) in [
            (video, None, "media_gone"),
            (video, Some(MediaState::Pending), "wait"),
            (video, Some(ready(FileKind::Mp4, 60_000)), "ready"),
            (video, Some(ready(FileKind::WebM, 1_000)), "ready"),
            (video, Some(ready(FileKind::Mp4, 60_030)), "ready with a warning"),
            (video, Some(ready(FileKind::Mp4, 60_500)), "duration_out_of_range"),
            (video, Some(ready(FileKind::Jpeg, 0)), "not_a_video"),
            (photo, Some(ready(FileKind::Jpeg, 0)), "ready"),
            (photo, Some(ready(FileKind::Mp4, 1_000)), "not_a_photo"),
            (video, Some(failed()), "not_media"),
        ] {
            let media = state.map(media);
            let found = match arrival(&awaited, kind, media.as_ref()) {
                Arrival::Ready(media) => {
                    let [media] = media.as_slice() else { panic!("{media:?}") };
                    assert_eq!((media.etag.as_str(), media.size_bytes), ("\"e\"", 7));
                    if media.warnings.is_empty() { "ready" } else { "ready with a warning" }.to_owned()
                }
                Arrival::Pending => "wait".to_owned(),
                Arrival::Fail(Failure::MediaGone) => "media_gone".to_owned(),
                Arrival::Fail(Failure::MediaRejected { code, .. }) => code.to_string(),
                Arrival::Fail(other) => panic!("{other:?}"),
            };
            assert_eq!(found, told);
        }
    }

    #[test]
    fn photos_wait_until_the_last_has_come_unless_one_will_not() {
        let ready = || Arrival::Ready(vec![MediaRef::of(&media(ready(FileKind::Jpeg, 0)), MediaKind::Photo).unwrap()]);
        let gone = || Arrival::Fail(Failure::MediaGone);
        for (arrivals, told) in [
            (vec![ready(), ready()], None),
            (vec![ready(), Arrival::Pending], Some(Arrival::Pending)),
            (vec![Arrival::Pending, gone(), ready()], Some(gone())),
            (vec![ready(), gone()], Some(gone())),
        ] {
            match (all(arrivals), told) {
                (Arrival::Ready(media), None) => assert_eq!(media.len(), 2),
                (found, told) => assert_eq!(Some(found), told),
            }
        }
    }

    #[test]
    fn every_reason_is_told_with_its_cure() {
        let MediaState::Failed { reasons, .. } = failed() else { panic!() };
        let Failure::MediaRejected { message, .. } = rejected(&reasons) else { panic!() };
        assert_eq!(message, "The one thing. Do this. Another. Do this.");
    }
}
