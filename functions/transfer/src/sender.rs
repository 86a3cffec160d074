//! Sends chunk after chunk from S3 to one of TikTok's upload URLs.

use std::time::{Duration, Instant};

use slipway_domain::schedule::doubled;
use slipway_domain::{ByteRange, ChunkPlan, Content, Failure, FileKind, LogId};
use slipway_runtime::pause::full_jitter;
use slipway_store::posts::MediaRef;
use slipway_tiktok::{ChunkAnswer, Client, UploadUrl};

use crate::claim::Claim;
use crate::resume;
use crate::source::{Source, SourceError};
use crate::{FINISHING_UP, LONGEST_PAUSE, StepError, Stop, Transfer};

/// How often in a row one chunk is tried in one invocation.
const TRIES: u32 = 5;

/// What sends the chunks, and what it has learnt on the way.
pub(crate) struct Sender<'a> {
    transfer: &'a Transfer,
    tiktok: Client,
    url: UploadUrl,
    plan: ChunkPlan,
    /// The stream that fed the last chunk that was stored.
    open: Option<Source>,
    /// How long the slowest chunk took that was stored.
    slowest: Duration,
    /// How often in a row a chunk was not stored.
    tries: u32,
    /// Certainly nothing of this upload was sent before, by whomever.
    is_first: bool,
}

/// What sending one chunk led to.
pub(crate) enum Sent {
    /// TikTok's answer; nothing if it was lost, or was a fault.
    Answer(Option<ChunkAnswer>),
    /// The deadline came first.
    OutOfTime,
}

impl<'a> Sender<'a> {
    /// `is_first` says that certainly nothing of this upload was sent before.
    pub(crate) const fn new(
        transfer: &'a Transfer,
        tiktok: Client,
        url: UploadUrl,
        plan: ChunkPlan,
        is_first: bool,
    ) -> Self {
        Self { transfer, tiktok, url, plan, open: None, slowest: Duration::ZERO, tries: 0, is_first }
    }

    /// Sends one chunk and renews the claim meanwhile. Breaks off at the last call, and when another worker took over.
    pub(crate) async fn send(&mut self, claim: &mut Claim<'_>, index: u64, range: ByteRange) -> Result<Sent, Stop> {
        if claim.deadline().too_near_for(self.slowest) {
            return Ok(Sent::OutOfTime);
        }
        let source = self.source(claim, range.first).await?;
        self.is_first = false;
        let kind = video(claim).map_or(FileKind::Mp4, |media| media.kind);
        let body = reqwest::Body::wrap(source.chunk(range));
        let put = self.tiktok.put_chunk(&self.url, range, self.plan.size(), kind, body);
        let (started, last_call) = (Instant::now(), claim.deadline().last_call(FINISHING_UP));
        Ok(match claim.while_renewed(last_call, put).await? {
            None => Sent::OutOfTime,
            Some(Ok((answer, log_id))) => {
                claim.saw(format!("chunk {} of {} {}", index + 1, self.plan.count(), said(answer)), log_id.as_ref());
                if let ChunkAnswer::Stored { .. } = answer {
                    self.slowest = self.slowest.max(started.elapsed());
                    self.open = Some(source);
                }
                Sent::Answer(Some(answer))
            }
            Some(Err(error)) => {
                tracing::warn!(index, %error, tiktok.log_id = error.log_id().map(LogId::as_str), "chunk failed");
                claim.saw(format!("chunk {} of {} failed: {error}", index + 1, self.plan.count()), error.log_id());
                Sent::Answer(None)
            }
        })
    }

    /// Opens the object at this byte, before it is noted that the last chunk may be on its way.
    pub(crate) async fn prepare(&mut self, claim: &mut Claim<'_>, first: u64) -> Result<(), Stop> {
        self.open = Some(self.source(claim, first).await?);
        Ok(())
    }

    /// The stream from this byte on. If the object is not there any more, that ends the step.
    async fn source(&mut self, claim: &mut Claim<'_>, first: u64) -> Result<Source, Stop> {
        match self.source_at(claim, first).await {
            Ok(source) => Ok(source),
            // TikTok certainly lacks bytes, so nothing can come of this publish: it is safe to say that it failed.
            Err(SourceError::Gone) if self.is_first || claim.lacks_last_chunk() => {
                Err(Stop::With(claim.abandon(Failure::MediaGone, None).await?))
            }
            // Its status may lag behind the last byte: what can't be sent again may have arrived.
            Err(SourceError::Gone) => Err(Stop::With(resume::wait_for_word(claim).await?)),
            Err(SourceError::Failed(error)) => Err(StepError::S3(error).into()),
        }
    }

    /// TikTok has come further: what comes next has all its tries.
    pub(crate) const fn advanced(&mut self) {
        self.tries = 0;
    }

    /// Waits before the next try of a chunk that was not stored. Answers whether there is a next try in this invocation.
    pub(crate) async fn may_retry(&mut self) -> bool {
        self.tries += 1;
        if self.tries >= TRIES {
            return false;
        }
        tokio::time::sleep(full_jitter(doubled(Duration::from_millis(250), self.tries, LONGEST_PAUSE))).await;
        true
    }

    /// The stream that fed the chunk before, if it stands at this byte, or a new one.
    async fn source_at(&mut self, claim: &Claim<'_>, offset: u64) -> Result<Source, SourceError> {
        match self.open.take().filter(|source| source.position() == offset) {
            Some(open) => Ok(open),
            None => match video(claim) {
                Some(media) => Source::open(&self.transfer.bucket, media, offset).await,
                // No transfer is begun before its video is known.
                None => Err(SourceError::Gone),
            },
        }
    }
}

/// What became of a chunk, in a few words.
const fn said(answer: ChunkAnswer) -> &'static str {
    match answer {
        ChunkAnswer::Stored { .. } => "is stored",
        ChunkAnswer::Complete => "is stored, as the last one",
        ChunkAnswer::WrongPosition { .. } => "is not the one that TikTok wants next",
        ChunkAnswer::UrlExpired => "is not taken: the upload's hour is over",
        ChunkAnswer::UnknownUpload => "is not taken: TikTok knows no such upload any more",
    }
}

/// The video whose bytes are sent; photos are fetched by TikTok.
fn video<'a>(claim: &'a Claim<'_>) -> Option<&'a MediaRef> {
    match &claim.record().content {
        Content::Video { media, .. } => media.verified(),
        Content::Photos { .. } => None,
    }
}
