//! The bytes: from somebody's server into S3, one part at a time in memory.

use std::time::Duration;

use aws_sdk_s3::types::CompletedPart;
use bytes::{Bytes, BytesMut};
use slipway_domain::UploadId;
use slipway_domain::part_plan::IMPORT_PART_SIZE;
use slipway_domain::schedule::doubled;
use slipway_fetch::{Bounds, Client, FetchError, Fetched, PublicUrl, Resume};
use slipway_media::{Object, S3Error};
use slipway_runtime::pause::full_jitter;
use slipway_video::ProbeError;

use crate::pace::Progress;
use crate::refusal::{Advice, advice};

/// Why a file did not arrive.
#[derive(Debug)]
pub(crate) enum CopyError {
    /// The server, or what is between it and us.
    Fetch(FetchError),
    /// Its first bytes are those of nothing that is published.
    NotMedia(ProbeError),
    /// S3.
    S3(S3Error),
}

impl From<FetchError> for CopyError {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

/// How often in one go a broken connection is made again.
const RECONNECTS: u32 = 5;
/// The longest pause before that.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// A connection that brought so many bytes does not count among them.
const FAR: u64 = 4 * 1024 * 1024;

/// Copies the whole file into this upload and answers its parts. After a broken connection it resumes where that ended
/// if the server names the very bytes, and restarts if it does not.
pub(crate) async fn copy(
    client: &Client,
    url: &PublicUrl,
    object: Object<'_>,
    upload_id: &UploadId,
    bounds: Bounds,
    progress: &Progress,
) -> Result<Vec<CompletedPart>, CopyError> {
    let mut parts = Parts::new(object, upload_id, progress);
    let mut resume = None;
    let mut reconnects = 0;
    let mut stood = 0;
    loop {
        let broken = match client.get(url, resume.as_ref(), bounds).await {
            Ok(mut file) => {
                if file.from() == 0 {
                    parts.restart();
                }
                let broken = match drain(&mut file, &mut parts).await {
                    Ok(()) => return parts.finish().await,
                    Err(CopyError::Fetch(error)) => error,
                    Err(error) => return Err(error),
                };
                resume = file.etag().cloned().map(|etag| Resume { from: parts.received(), etag });
                broken
            }
            // It can't be resumed: the file has become shorter, or another one.
            Err(FetchError::Status { status: 412 | 416, .. }) if resume.is_some() => {
                resume = None;
                continue;
            }
            Err(error) => error,
        };
        // Progress resets the count of reconnects; the total time is bounded anyway.
        if parts.received() >= stood + FAR {
            reconnects = 0;
        }
        stood = parts.received();
        reconnects += 1;
        if !matches!(advice(&broken), Advice::Reconnect(_)) || reconnects > RECONNECTS {
            return Err(broken.into());
        }
        tracing::info!(error = %broken, received = parts.received(), resumes = resume.is_some(), "connecting again");
        tokio::time::sleep(full_jitter(doubled(Duration::from_millis(250), reconnects, LONGEST_PAUSE))).await;
    }
}

async fn drain(file: &mut Fetched, parts: &mut Parts<'_>) -> Result<(), CopyError> {
    while let Some(bytes) = file.next().await? {
        parts.push(bytes).await?;
    }
    Ok(())
}

/// What has come so far: whole parts in S3, the rest in memory.
struct Parts<'a> {
    object: Object<'a>,
    upload_id: &'a UploadId,
    done: Vec<CompletedPart>,
    rest: BytesMut,
    received: u64,
    is_media: bool,
    progress: &'a Progress,
}

/// So many bytes are enough to see what a file is.
const ENOUGH_TO_SNIFF: usize = 4096;

impl<'a> Parts<'a> {
    fn new(object: Object<'a>, upload_id: &'a UploadId, progress: &'a Progress) -> Self {
        Self { object, upload_id, done: Vec::new(), rest: BytesMut::new(), received: 0, is_media: false, progress }
    }

    /// Bytes that need not be sent again.
    const fn received(&self) -> u64 {
        self.received
    }

    /// Forgets everything: the file comes from its first byte again.
    fn restart(&mut self) {
        *self = Self::new(self.object, self.upload_id, self.progress);
    }

    async fn push(&mut self, mut bytes: Bytes) -> Result<(), CopyError> {
        while !bytes.is_empty() {
            let room = IMPORT_PART_SIZE.saturating_sub(self.rest.len());
            let taken = bytes.split_to(room.min(bytes.len()));
            let bytes = u64::try_from(taken.len()).unwrap_or_default();
            self.received = self.received.saturating_add(bytes);
            self.progress.add(bytes);
            if self.is_media {
                // Of a whole part at once: whoever grows it bit by bit holds it twice again and again.
                self.rest.reserve(room);
            }
            self.rest.extend_from_slice(&taken);
            if !self.is_media && self.rest.len() >= ENOUGH_TO_SNIFF {
                self.sniff()?;
            }
            if self.rest.len() >= IMPORT_PART_SIZE {
                self.send().await?;
            }
        }
        Ok(())
    }

    /// Checks the first bytes, so that nobody waits for the rest of what is no media.
    fn sniff(&mut self) -> Result<(), CopyError> {
        slipway_video::sniff(&self.rest).map_err(CopyError::NotMedia)?;
        self.is_media = true;
        Ok(())
    }

    async fn send(&mut self) -> Result<(), CopyError> {
        let number = i32::try_from(self.done.len().saturating_add(1)).unwrap_or(i32::MAX);
        let bytes = self.rest.split().freeze();
        let sent = self.object.part(self.upload_id, number).body(bytes.into()).send().await;
        let sent = sent.map_err(|error| CopyError::S3(error.into()))?;
        self.done.push(CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).build());
        Ok(())
    }

    async fn finish(mut self) -> Result<Vec<CompletedPart>, CopyError> {
        if !self.is_media {
            self.sniff()?;
        }
        if !self.rest.is_empty() {
            self.send().await?;
        }
        Ok(self.done)
    }
}
