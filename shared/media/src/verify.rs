//! Verifies media by its content: reads the headers of an object in S3, and writes down what TikTok would say.

use std::ops::Range;
use std::time::Duration;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use bytes::Bytes;
use jiff::Timestamp;
use slipway_domain::Chain;
use slipway_store::Write;
use slipway_store::media::{
    Allowed, Findings, Measured, Media, MediaReason, MediaRecord, MediaState, NoRoom, NotVerified, ReasonCode,
    StoredObject,
};
use slipway_video::{Probe, ProbeError, Reason, Source, SourceError, Verdict};

use crate::{Bucket, MediaError, Object, S3Error};

/// Why media was not verified, where its caller can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unverified {
    /// Nothing was uploaded yet, or it was removed.
    NotUploaded,
    /// The media was forgotten meanwhile.
    Gone,
    /// The object was replaced again and again while it was being read.
    Changing,
    /// It is larger than the plan has room for, and nobody had announced its size.
    NoRoom(NoRoom),
}

/// How often a verification restarts because the object was replaced under it.
const TRIES: u32 = 3;

/// Makes sure that `record` is `ready` or `failed`, by the content of its object.
///
/// Nothing is verified twice: where another object may have taken the place of the one that was verified, only the
/// `ETag` is asked for. Media of which nothing is kept is not verified any more. Safe to run twice and next to a twin.
pub async fn verify(
    media: &Media,
    bucket: &Bucket,
    record: &MediaRecord,
) -> Result<Write<MediaRecord, Unverified>, MediaError> {
    let object = bucket.object(&record.s3_key);
    match &record.state {
        MediaState::Ready { .. } if !record.can_be_replaced() => return Ok(Write::Done(record.clone())),
        MediaState::Ready { object: seen, .. } | MediaState::Failed { object: Some(seen), .. }
            if is_still(object, seen).await? =>
        {
            return Ok(Write::Done(record.clone()));
        }
        MediaState::Failed { object: None, .. } => return Ok(Write::Refused(Unverified::NotUploaded)),
        MediaState::Ready { .. } | MediaState::Failed { .. } | MediaState::Pending => {}
    }
    for _ in 0..TRIES {
        let object = match S3Object::open(object).await {
            Ok(object) => object,
            Err(S3Error::Gone) => return Ok(Write::Refused(Unverified::NotUploaded)),
            Err(S3Error::Changed) => continue,
            Err(S3Error::Denied(cause)) => {
                tracing::warn!(error = %cause, "S3 denies an object: not uploaded, or no permission");
                return Ok(Write::Refused(Unverified::NotUploaded));
            }
            Err(error @ (S3Error::BeyondEnd | S3Error::Failed(_))) => return Err(error.into()),
        };
        let verified = StoredObject { etag: object.etag.clone(), size_bytes: object.len() };
        let state = match slipway_video::probe(&object).await {
            Err(ProbeError::Source(SourceError::Changed)) => continue,
            Err(ProbeError::Source(SourceError::Gone)) => return Ok(Write::Refused(Unverified::NotUploaded)),
            Err(ProbeError::Source(SourceError::Unavailable(cause))) => {
                return Err(S3Error::Failed(cause).into());
            }
            found => held_to(record.declared_size, state_of(found, verified)),
        };
        let record = match media.mark_verified(record, state, Timestamp::now()).await? {
            Write::Done(record) => record,
            Write::Refused(NotVerified::Gone) => return Ok(Write::Refused(Unverified::Gone)),
            Write::Refused(NotVerified::NoRoom(no_room)) => return Ok(Write::Refused(Unverified::NoRoom(no_room))),
        };
        tracing::info!(
            media.id = %record.id,
            status = record.state.as_str(),
            size_bytes = record.size_bytes(),
            reasons = ?record.state.reasons().iter().map(|reason| reason.code.as_str()).collect::<Vec<_>>(),
            warnings = ?record.state.warnings().iter().map(|warning| warning.code.as_str()).collect::<Vec<_>>(),
            "media verified"
        );
        return Ok(Write::Done(record));
    }
    Ok(Write::Refused(Unverified::Changing))
}

/// Whether the object is still the one that was verified.
async fn is_still(object: Object<'_>, seen: &StoredObject) -> Result<bool, S3Error> {
    match object.head().await {
        Ok(now) => Ok(now.is_some_and(|now| now.etag == seen.etag)),
        // Reading it says what is the matter.
        Err(S3Error::Denied(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What follows from a probe: `ready`, or `failed` with every reason.
pub fn state_of(found: Result<Probe, ProbeError>, object: StoredObject) -> MediaState {
    match found {
        Ok(probe) => {
            let Verdict { refusals, warnings } = slipway_video::verdict(&probe, object.size_bytes);
            let findings = findings(&probe);
            if refusals.is_empty() {
                MediaState::Ready { object, findings, warnings: warnings.into_iter().map(reason).collect() }
            } else {
                let reasons = refusals.into_iter().map(reason).collect();
                MediaState::Failed { object: Some(object), findings: Some(findings), reasons }
            }
        }
        Err(error) => {
            let mut reasons: Vec<_> =
                slipway_video::refusal(&error, object.size_bytes).into_iter().map(reason).collect();
            if reasons.is_empty() {
                reasons.push(MediaReason {
                    code: error.code(),
                    message: error.to_string(),
                    cure: error.cure().to_owned(),
                    measured: None,
                    allowed: None,
                });
            }
            MediaState::Failed { object: Some(object), findings: None, reasons }
        }
    }
}

/// Adds a reason if the object is not as large as the caller announced.
///
/// S3 refuses such a PUT already, because the size is signed into each URL. This is the second check, so that a promise
/// made by one part of the system does not rest on another part's diligence.
fn held_to(announced: Option<u64>, state: MediaState) -> MediaState {
    let Some((announced, object)) = announced.zip(state.object().cloned()) else { return state };
    if announced == object.size_bytes {
        return state;
    }
    let size_mismatch = MediaReason {
        code: ReasonCode::SizeMismatch,
        message: format!("the file has {} bytes, {announced} were announced", object.size_bytes),
        cure: "Upload the whole file again, and announce its real size.".to_owned(),
        measured: Some(Measured::bytes(object.size_bytes)),
        allowed: Some(Allowed::bytes(announced, announced)),
    };
    let findings = state.findings().cloned();
    let reasons = std::iter::once(size_mismatch).chain(state.reasons().iter().cloned()).collect();
    MediaState::Failed { object: Some(object), findings, reasons }
}

fn findings(probe: &Probe) -> Findings {
    let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    Findings {
        media_type: probe.container,
        duration_ms: probe.duration.map(millis),
        width: probe.picture.map(|picture| picture.width()),
        height: probe.picture.map(|picture| picture.height()),
        rotation: probe.picture.map_or(0, |picture| picture.rotation.degrees()),
        frame_rate: probe.frame_rate.map(|rate| (rate.per_second() * 1000.0).round() / 1000.0),
        variable_frame_rate: probe.frame_rate.is_some_and(|rate| rate.variable),
        video_codec: probe.video_codec.clone(),
        has_audio: probe.has_audio,
    }
}

fn reason(reason: Reason) -> MediaReason {
    MediaReason {
        code: reason.code(),
        message: reason.to_string(),
        cure: reason.cure,
        measured: reason.measured,
        allowed: reason.allowed,
    }
}

/// An object in S3 as it was when it was opened: every later read demands the same `ETag`.
pub struct S3Object<'a> {
    object: Object<'a>,
    etag: String,
    len: u64,
    /// The first bytes, which came with the answer that told the size: for most files they are enough.
    start: Bytes,
}

impl<'a> S3Object<'a> {
    /// Finds out the object's size and `ETag`, by reading its first bytes.
    pub async fn open(object: Object<'a>) -> Result<Self, S3Error> {
        let failed = |why: &str| S3Error::Failed(Chain::of(why));
        let answer = match object.get().range(http_range(0..slipway_video::FIRST_READ)).send().await {
            Ok(answer) => answer,
            Err(error) => match S3Error::from(error) {
                // A range of an empty object can't be satisfied.
                S3Error::BeyondEnd => return Self::open_empty(object).await,
                error => return Err(error),
            },
        };
        let etag = answer.e_tag.clone().ok_or_else(|| failed("an answer without ETag"))?;
        let len = total(&answer).ok_or_else(|| failed("an answer without size"))?;
        let start = body(answer, slipway_video::FIRST_READ.min(len)).await.map_err(S3Error::Failed)?;
        Ok(Self { object, etag, len, start })
    }

    async fn open_empty(object: Object<'a>) -> Result<Self, S3Error> {
        match object.head().await? {
            Some(StoredObject { etag, size_bytes: 0 }) => Ok(Self { object, etag, len: 0, start: Bytes::new() }),
            // It was replaced in this very moment; the caller may try again.
            Some(_) => Err(S3Error::Changed),
            None => Err(S3Error::Gone),
        }
    }

    /// Its `ETag`, as S3 writes it, quotes included.
    pub fn etag(&self) -> &str {
        &self.etag
    }
}

impl Source for S3Object<'_> {
    fn len(&self) -> u64 {
        self.len
    }

    async fn read(&self, range: Range<u64>) -> Result<Bytes, SourceError> {
        let within = |at: u64| usize::try_from(at).ok().filter(|at| *at <= self.start.len());
        if let (Some(from), Some(to)) = (within(range.start), within(range.end)) {
            return Ok(self.start.slice(from..to));
        }
        let size = range.end.saturating_sub(range.start);
        match self.object.get().if_match(&self.etag).range(http_range(range)).send().await {
            Ok(answer) => body(answer, size).await.map_err(SourceError::Unavailable),
            Err(error) => Err(match S3Error::from(error) {
                S3Error::Gone => SourceError::Gone,
                // The second is a range beyond what has become a shorter object.
                S3Error::Changed | S3Error::BeyondEnd => SourceError::Changed,
                error @ (S3Error::Denied(_) | S3Error::Failed(_)) => SourceError::unavailable(error),
            }),
        }
    }
}

fn http_range(range: Range<u64>) -> String {
    format!("bytes={}-{}", range.start, range.end.saturating_sub(1))
}

/// The object's whole size, out of an answer to a ranged read.
fn total(answer: &GetObjectOutput) -> Option<u64> {
    answer.content_range.as_deref()?.rsplit_once('/')?.1.parse().ok()
}

/// The body, which must have exactly `size` bytes; an answer that ignores the range is not taken into memory.
async fn body(answer: GetObjectOutput, size: u64) -> Result<Bytes, Chain> {
    let promised = answer.content_length.and_then(|length| u64::try_from(length).ok());
    if promised != Some(size) {
        return Err(Chain::of(format!("{promised:?} bytes were promised for a range of {size}")));
    }
    let body = answer.body.collect().await.map_err(Chain::of)?;
    Ok(body.into_bytes())
}
