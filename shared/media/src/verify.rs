//! Verifies media by its content: reads the headers of an object in S3, and writes down what TikTok would say.

use std::ops::Range;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use bytes::Bytes;
use jiff::Timestamp;
use slipway_domain::{Chain, chain};
use slipway_runtime::AwsFailure;
use slipway_store::media::{
    Allowed, Findings, Measured, Media, MediaReason, MediaRecord, MediaState, NoRoom, NotVerified, VerifiedObject,
};
use slipway_store::{StoreError, Write};
use slipway_video::{Probe, ProbeError, Reason, Source, SourceError};

/// Why media could not be verified. Says nothing about its content.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Nothing was uploaded yet, or it was removed.
    #[error("nothing has been uploaded")]
    NotUploaded,
    /// The media was forgotten meanwhile.
    #[error("the media is gone")]
    Gone,
    /// The object was replaced again and again while it was being read.
    #[error("the object keeps changing")]
    Changing,
    /// It is larger than the plan has room for, and nobody had announced its size.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// S3 failed.
    #[error("S3: {0}")]
    Storage(#[source] Chain),
    /// The media table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How often a verification starts anew because the object was replaced under it.
const TRIES: u32 = 3;

/// Makes sure that `record` is `ready` or `failed`, by the content of its object.
///
/// Nothing is looked at twice. Media that is ready stays so: its `ETag` is on record, and whoever reads the object does
/// so on that condition. Of failed media only the `ETag` is asked for, since a new upload may have replaced the object.
/// Safe to run twice and next to a twin.
pub async fn verify(
    media: &Media,
    s3: &Client,
    bucket: &str,
    record: &MediaRecord,
) -> Result<MediaRecord, VerifyError> {
    match &record.state {
        MediaState::Ready { .. } => return Ok(record.clone()),
        MediaState::Failed { object: Some(seen), .. } if is_still(s3, bucket, record, seen).await? => {
            return Ok(record.clone());
        }
        MediaState::Failed { .. } | MediaState::Pending => {}
    }
    for _ in 0..TRIES {
        let object = S3Object::open(s3, bucket, &record.s3_key).await?;
        let verified = VerifiedObject { etag: object.etag.clone(), size_bytes: object.len() };
        let state = match slipway_video::probe(&object).await {
            Err(ProbeError::Source(SourceError::Changed)) => continue,
            Err(ProbeError::Source(SourceError::Gone)) => return Err(VerifyError::NotUploaded),
            Err(ProbeError::Source(SourceError::Unavailable(text))) => {
                return Err(VerifyError::Storage(Chain::of(text)));
            }
            found => held_to(record.declared_size, judge(found, verified)),
        };
        let record = match media.mark_verified(record, state, Timestamp::now()).await? {
            Write::Done(record) => record,
            Write::Refused(NotVerified::Gone) => return Err(VerifyError::Gone),
            Write::Refused(NotVerified::NoRoom(no_room)) => return Err(no_room.into()),
        };
        tracing::info!(
            media.id = %record.id,
            status = record.state.as_str(),
            size_bytes = record.size_bytes(),
            reasons = ?record.state.reasons().iter().map(|reason| reason.code.as_str()).collect::<Vec<_>>(),
            "media verified"
        );
        return Ok(record);
    }
    Err(VerifyError::Changing)
}

/// Whether the object is still the one that was judged.
async fn is_still(s3: &Client, bucket: &str, record: &MediaRecord, seen: &VerifiedObject) -> Result<bool, VerifyError> {
    match s3.head_object().bucket(bucket).key(&record.s3_key).send().await {
        Ok(head) => Ok(head.e_tag.as_ref() == Some(&seen.etag)),
        // Reading it says what is the matter.
        Err(error) if error.raw_response().is_some_and(|response| response.status().is_client_error()) => Ok(false),
        Err(error) => Err(VerifyError::Storage(Chain::of(AwsFailure::from(error)))),
    }
}

/// What follows from a probe: `ready`, or `failed` with every reason.
pub fn judge(found: Result<Probe, ProbeError>, object: VerifiedObject) -> MediaState {
    match found {
        Ok(probe) => {
            let reasons = slipway_video::verdict(&probe, object.size_bytes);
            let findings = findings(&probe);
            if reasons.is_empty() {
                MediaState::Ready { object, findings }
            } else {
                let reasons = reasons.into_iter().map(reason).collect();
                MediaState::Failed { object: Some(object), findings: Some(findings), reasons }
            }
        }
        Err(error) => {
            let mut reasons: Vec<_> =
                slipway_video::refusal(&error, object.size_bytes).into_iter().map(reason).collect();
            if reasons.is_empty() {
                reasons.push(MediaReason {
                    code: error.code().to_owned(),
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
/// S3 refuses such a PUT already, because the size is signed into each URL. This is the second look, so that a promise
/// made by one part of the system does not rest on another part's diligence.
fn held_to(announced: Option<u64>, state: MediaState) -> MediaState {
    let Some((announced, object)) = announced.zip(state.object().cloned()) else { return state };
    if announced == object.size_bytes {
        return state;
    }
    #[expect(clippy::cast_precision_loss, reason = "an object of S3 is smaller than 2^53 bytes")]
    let bytes = |size: u64| size as f64;
    let size_mismatch = MediaReason {
        code: "size_mismatch".to_owned(),
        message: format!("the file has {} bytes, {announced} were announced", object.size_bytes),
        cure: "Upload the whole file again, and announce its real size.".to_owned(),
        measured: Some(Measured::Number(bytes(object.size_bytes))),
        allowed: Some(Allowed::Range { min: bytes(announced), max: bytes(announced), unit: "bytes".to_owned() }),
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
        video_codec: probe.video_codec.as_ref().map(ToString::to_string),
        has_audio: probe.has_audio,
    }
}

fn reason(reason: Reason) -> MediaReason {
    MediaReason {
        code: reason.code().to_owned(),
        message: reason.to_string(),
        cure: reason.cure().to_owned(),
        measured: reason.measured,
        allowed: Some(reason.allowed),
    }
}

/// An object in S3 as it was when it was opened: every later read demands the same `ETag`.
#[derive(Debug)]
pub struct S3Object {
    client: Client,
    bucket: String,
    key: String,
    etag: String,
    len: u64,
    /// The first bytes, which came with the answer that told the size: for most files they are enough.
    start: Bytes,
}

impl S3Object {
    /// Finds out the object's size and `ETag`, by reading its first bytes.
    pub async fn open(client: &Client, bucket: &str, key: &str) -> Result<Self, VerifyError> {
        let sent = client.get_object().bucket(bucket).key(key).range(http_range(0..slipway_video::FIRST_READ)).send();
        let answer = match sent.await {
            Ok(answer) => answer,
            // A range of an empty object can't be satisfied.
            Err(error) if status(&error) == Some(416) => return Self::open_empty(client, bucket, key).await,
            Err(error) => return Err(not_opened(error)),
        };
        let etag = answer.e_tag.clone().ok_or_else(|| VerifyError::Storage(Chain::of("an answer without ETag")))?;
        let len = total(&answer).ok_or_else(|| VerifyError::Storage(Chain::of("an answer without size")))?;
        let start = body(answer, slipway_video::FIRST_READ.min(len)).await.map_err(VerifyError::Storage)?;
        Ok(Self { client: client.clone(), bucket: bucket.to_owned(), key: key.to_owned(), etag, len, start })
    }

    async fn open_empty(client: &Client, bucket: &str, key: &str) -> Result<Self, VerifyError> {
        let head = client.head_object().bucket(bucket).key(key).send().await;
        let head = head.map_err(|error| VerifyError::Storage(Chain::of(AwsFailure::from(error))))?;
        if head.content_length != Some(0) {
            // It was replaced in this very moment; the caller may try again.
            return Err(VerifyError::Changing);
        }
        let etag = head.e_tag.ok_or_else(|| VerifyError::Storage(Chain::of("an answer without ETag")))?;
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        Ok(Self { client: client.clone(), bucket, key, etag, len: 0, start: Bytes::new() })
    }

    /// Its `ETag`, as S3 writes it, quotes included.
    pub fn etag(&self) -> &str {
        &self.etag
    }
}

impl Source for S3Object {
    fn len(&self) -> u64 {
        self.len
    }

    async fn read(&self, range: Range<u64>) -> Result<Bytes, SourceError> {
        let within = |at: u64| usize::try_from(at).ok().filter(|at| *at <= self.start.len());
        if let (Some(from), Some(to)) = (within(range.start), within(range.end)) {
            return Ok(self.start.slice(from..to));
        }
        let size = range.end.saturating_sub(range.start);
        let sent = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(&self.key)
            .if_match(&self.etag)
            .range(http_range(range))
            .send()
            .await;
        match sent {
            Ok(answer) => body(answer, size).await.map_err(|error| SourceError::Unavailable(error.to_string())),
            Err(error) => Err(match status(&error) {
                Some(404) => SourceError::Gone,
                // The second is a range beyond what has become a shorter object.
                Some(412 | 416) => SourceError::Changed,
                _ => SourceError::Unavailable(chain(&error).to_string()),
            }),
        }
    }
}

fn http_range(range: Range<u64>) -> String {
    format!("bytes={}-{}", range.start, range.end.saturating_sub(1))
}

fn status(error: &SdkError<GetObjectError>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn not_opened(error: SdkError<GetObjectError>) -> VerifyError {
    match status(&error) {
        Some(404) => VerifyError::NotUploaded,
        // To those who may not list a bucket, S3 says this of what is not there.
        Some(403) => {
            tracing::warn!(error = %chain(&error), "S3 denies an object: not uploaded, or no permission");
            VerifyError::NotUploaded
        }
        _ => VerifyError::Storage(Chain::of(AwsFailure::from(error))),
    }
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
