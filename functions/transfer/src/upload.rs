//! The bytes: chunk by chunk from S3 to TikTok, from wherever the upload stands.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use secrecy::ExposeSecret;
use slipway_domain::{ByteRange, ChunkPlan, Event, Failure, FileKind, Progress, TargetState, apply};
use slipway_runtime::pause::{full_jitter, later};
use slipway_store::posts::Change;
use slipway_tiktok::{ChunkAnswer, UploadUrl};
use slipway_vault::{Context, Purpose};

use crate::claim::Claim;
use crate::resume::{self, Standing};
use crate::source::{Source, SourceError};
use crate::{Step, StepError, Transfer};

/// How often in a row one chunk is tried in one invocation.
const TRIES: u32 = 5;

/// What sending one chunk led to.
enum Sent {
    /// TikTok answered.
    Answer(ChunkAnswer),
    /// No answer, or a fault: whether the chunk was stored is not known.
    Broken(slipway_tiktok::Error),
    /// The deadline came first.
    OutOfTime,
}

pub(crate) async fn step(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<Step, StepError> {
    let TargetState::Uploading { upload_url, plan, sent, .. } = claim.record().state.clone() else {
        return Ok(Step::Next);
    };
    let context = Context {
        tenant: claim.record().tenant.clone(),
        account: claim.record().account.clone(),
        purpose: Purpose::UploadUrl,
    };
    let url = transfer.vault.open(&context, &upload_url).await?;
    let url = transfer.tiktok.upload_url(url.expose_secret()).map_err(|error| StepError::TikTok(error.to_string()))?;

    // Only the worker whose own write made this state knows that nothing has been sent yet.
    let mut next = if claim.holds_fresh_upload() {
        Progress::Next { index: 0, offset: 0 }
    } else {
        claim.take_over().await?;
        match resume::ask(transfer, claim).await? {
            Standing::At(next) => next,
            Standing::Unknown => plan.resume_after(sent),
            Standing::Settled(step) => return Ok(step),
        }
    };

    let mut source: Option<Source> = None;
    let mut slowest = Duration::ZERO;
    let mut tries = 0;
    while let Progress::Next { index, offset } = next {
        if claim.deadline.too_near_for(slowest) {
            claim.note_sent(offset);
            return transfer.hand_over(claim).await;
        }
        let Some(range) = plan.chunk(index) else { break };
        let open = match reuse_or_open(transfer, claim, source.take(), offset).await {
            Ok(open) => open,
            // TikTok lacks bytes, so nothing can come of this upload: it is safe to say that it failed.
            Err(SourceError::Gone) => return transfer.abandon(claim, Failure::MediaGone, None).await,
            Err(SourceError::Failed(error)) => return Err(StepError::S3(error)),
        };
        let started = Instant::now();
        let sent = send(transfer, claim, &url, range, plan, &open).await?;
        match sent {
            Sent::Answer(ChunkAnswer::Stored { reported }) => {
                slowest = slowest.max(started.elapsed());
                tries = 0;
                source = Some(open);
                next = after_stored(&plan, index, reported);
                if let Progress::Next { offset, .. } = next
                    && claim.is_stale()
                {
                    claim.renew(offset).await?;
                }
                continue;
            }
            Sent::Answer(ChunkAnswer::Complete) => return complete(claim, "TikTok has every byte").await,
            Sent::Answer(ChunkAnswer::UrlExpired | ChunkAnswer::UnknownUpload) => {
                return resume::url_is_dead(transfer, claim).await;
            }
            Sent::Answer(ChunkAnswer::WrongPosition { reported }) => {
                tracing::info!(index, reported, "TikTok stands elsewhere in the file");
                let told = reported.map(|reported| plan.resume_at(reported));
                next = match told {
                    Some(told @ Progress::Next { .. }) if told != next => told,
                    _ => match resume::ask(transfer, claim).await? {
                        Standing::At(next) => next,
                        Standing::Unknown => next,
                        Standing::Settled(step) => return Ok(step),
                    },
                };
            }
            Sent::Broken(error) => {
                tracing::warn!(index, %error, tiktok.log_id = error.log_id(), "chunk failed");
                // Of the last chunk nobody knows whether TikTok has it; only its status can tell.
                if index + 1 == plan.count() {
                    tokio::time::sleep(full_jitter(Duration::from_millis(250))).await;
                    match resume::ask(transfer, claim).await? {
                        Standing::At(told) => next = told,
                        Standing::Unknown => {}
                        Standing::Settled(step) => return Ok(step),
                    }
                }
            }
            Sent::OutOfTime => {
                claim.note_sent(offset);
                return transfer.hand_over(claim).await;
            }
        }
        tries += 1;
        if tries >= TRIES {
            claim.note_sent(offset);
            claim.let_go("TikTok did not take a chunk; trying again shortly").await?;
            return Ok(Step::Again(later(Duration::from_secs(10))));
        }
        tokio::time::sleep(full_jitter(Duration::from_millis(250) * 2_u32.pow(tries))).await;
    }
    // By our count everything is sent, yet TikTok never said 201. Its status says whether it agrees.
    match resume::ask(transfer, claim).await? {
        Standing::Settled(step) => Ok(step),
        Standing::At(_) | Standing::Unknown => {
            claim.let_go("TikTok has not said that it has every byte; asking again").await?;
            Ok(Step::Again(Duration::from_secs(5)))
        }
    }
}

/// The stream that fed the chunk before, if it stands where it should, or a new one.
async fn reuse_or_open(
    transfer: &Transfer,
    claim: &Claim<'_>,
    source: Option<Source>,
    offset: u64,
) -> Result<Source, SourceError> {
    match source.filter(|source| source.position() == offset) {
        Some(open) => Ok(open),
        None => match claim.record().media.verified() {
            Some(media) => Source::open(&transfer.s3, &transfer.bucket, media, offset).await,
            // No upload is begun before its video is known.
            None => Err(SourceError::Gone),
        },
    }
}

/// Where to go after a stored chunk: on, unless TikTok's own number speaks against it.
fn after_stored(plan: &ChunkPlan, index: u64, reported: Option<u64>) -> Progress {
    let ours = match plan.chunk(index + 1) {
        Some(range) => Progress::Next { index: index + 1, offset: range.first },
        None => Progress::Complete,
    };
    match reported.map(|reported| plan.resume_at(reported)) {
        Some(told) if told != ours => {
            tracing::info!(index, ?told, "TikTok stands elsewhere after this chunk");
            told
        }
        _ => ours,
    }
}

async fn complete(claim: &mut Claim<'_>, note: &str) -> Result<Step, StepError> {
    let at = Timestamp::now();
    let Ok(state) = apply(&claim.record().state, Event::UploadComplete { at }) else { return Ok(Step::Done) };
    claim.write(Change::to(state, at).note(note, None)).await?;
    Ok(Step::Next)
}

/// Sends one chunk, gives signs of life meanwhile, and breaks off when the deadline comes or somebody took over.
async fn send(
    transfer: &Transfer,
    claim: &mut Claim<'_>,
    url: &UploadUrl,
    range: ByteRange,
    plan: ChunkPlan,
    source: &Source,
) -> Result<Sent, StepError> {
    let kind = claim.record().media.verified().map_or(FileKind::Mp4, |media| media.video_type);
    let body = reqwest::Body::wrap(source.chunk(range));
    let put = transfer.tiktok.put_chunk(url, range, plan.size(), kind, body);
    tokio::pin!(put);
    let last_call = tokio::time::sleep(claim.deadline.last_call());
    tokio::pin!(last_call);
    let mut tick = tokio::time::interval_at(tokio::time::Instant::now() + transfer.tick(), transfer.tick());
    loop {
        tokio::select! {
            answer = &mut put => return Ok(match answer {
                Ok(answer) => Sent::Answer(answer),
                Err(error) => Sent::Broken(error),
            }),
            () = &mut last_call => return Ok(Sent::OutOfTime),
            _ = tick.tick() => claim.renew(range.first).await?,
        }
    }
}

impl Claim<'_> {
    /// Takes over somebody else's upload: from this write on the other worker, if it lives, is fenced off.
    async fn take_over(&mut self) -> Result<(), StepError> {
        let change = Change::to(self.record().state.clone(), Timestamp::now());
        self.write(change.held_until(self.lease_end()).note("a worker takes the upload up", None)).await
    }
}
