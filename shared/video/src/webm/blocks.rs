//! The blocks of frames and packets, one after the other, with their times.

use super::{CLUSTER, ebml};
use crate::fields::Fields;
use crate::reader::{FIRST_READ, Reader};
use crate::{ProbeError, Source};

pub(super) const TIMESTAMP: u32 = 0xE7;
pub(super) const SIMPLE_BLOCK: u32 = 0xA3;
pub(super) const BLOCK_GROUP: u32 = 0xA0;
const BLOCK: u32 = 0xA1;

/// A block's track and time.
#[derive(Debug, Clone, Copy)]
struct Block {
    track: u64,
    ticks: i64,
}

/// Goes through the blocks from the element at `at` on.
pub(super) struct Blocks {
    at: u64,
    /// The time of the cluster that it is in.
    pub(super) cluster: i64,
}

/// The tracks that picture and sound need, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Needed {
    pub(super) video: Option<u64>,
    pub(super) sound: Vec<u64>,
}

impl Needed {
    pub(super) fn has(&self, track: u64) -> bool {
        self.video == Some(track) || self.sound.contains(&track)
    }
}

/// How far to go.
#[derive(Debug, Clone, Copy)]
pub(super) enum Until {
    /// As far as it costs no read.
    AtHand,
    /// To so many frames, for at most so many reads: large frames lie far apart.
    Frames(usize, u32),
    /// To the file's end, as far as the budget goes.
    End,
}

/// What was seen on the way, in ticks.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// When the first block begins, and when the last one does.
    pub(super) first: Option<i64>,
    pub(super) last: Option<i64>,
    /// When the frames of the picture begin.
    pub(super) frames: Vec<i64>,
    /// Whether that is all up to the file's end.
    pub(super) to_end: bool,
}

impl Blocks {
    pub(super) const fn from(at: u64) -> Self {
        Self { at, cluster: 0 }
    }

    /// Where it has come, in bytes from the start of the file.
    pub(super) const fn at(&self) -> u64 {
        self.at
    }

    pub(super) const fn within(self, cluster: i64) -> Self {
        Self { cluster, ..self }
    }

    /// Goes on as far as `until` says. What is damaged ends it, too: players go on behind it, but that is not for here.
    pub(super) async fn see<S: Source>(
        &mut self,
        reader: &mut Reader<'_, S>,
        needed: &Needed,
        until: Until,
    ) -> Result<Seen, ProbeError> {
        let (mut seen, begun) = (Seen::default(), reader.requests());
        loop {
            let goes_on = match until {
                Until::AtHand => reader.has(self.at, 32),
                Until::Frames(most, requests) => {
                    seen.frames.len() < most && reader.requests() < begun + requests && reader.can_afford(FIRST_READ)
                }
                Until::End => reader.has(self.at, 32) || reader.can_afford(FIRST_READ),
            };
            if !goes_on || reader.is_tired() {
                return Ok(seen);
            }
            match self.next(reader).await {
                Ok(Some(block)) if needed.has(block.track) => seen.add(block, needed),
                Ok(Some(_)) => {}
                Ok(None) => {
                    seen.to_end = true;
                    return Ok(seen);
                }
                Err(ProbeError::Malformed { .. }) if seen.first.is_some() => return Ok(seen),
                Err(error) => return Err(error),
            }
        }
    }

    /// The next block; nothing at the file's end.
    ///
    /// Clusters and groups are entered rather than skipped, so those of unknown length need no care.
    async fn next<S: Source>(&mut self, reader: &mut Reader<'_, S>) -> Result<Option<Block>, ProbeError> {
        while let Some(part) = ebml::header(reader, self.at).await? {
            if matches!(part.id, CLUSTER | BLOCK_GROUP) {
                self.at = part.body;
                continue;
            }
            let unknown = ProbeError::malformed("an element does not say where it ends", self.at);
            let end = part.end.ok_or(unknown)?;
            if end > reader.len() {
                let what = "it ends within a block";
                return Err(ProbeError::Truncated { what, expected: Some(end), actual: reader.len() });
            }
            self.at = end;
            if !matches!(part.id, TIMESTAMP | SIMPLE_BLOCK | BLOCK) {
                continue;
            }
            let head = reader.up_to(part.body, (end - part.body).min(12)).await?;
            if part.id == TIMESTAMP {
                let ticks = Fields::uint(&head).and_then(|ticks| i64::try_from(ticks).ok());
                self.cluster = ticks.ok_or(ProbeError::malformed("a cluster's time is damaged", part.body))?;
            } else if let Some((track, relative)) = ebml::block(&head) {
                return Ok(Some(Block { track, ticks: self.cluster.saturating_add(relative.into()) }));
            }
        }
        Ok(None)
    }
}

impl Seen {
    /// Adds what was seen behind it.
    pub(super) fn extend(&mut self, next: Self) {
        self.first = self.first.or(next.first);
        self.last = self.last.max(next.last);
        self.frames.extend(next.frames);
        self.to_end = next.to_end;
    }

    fn add(&mut self, block: Block, needed: &Needed) {
        self.first = Some(self.first.map_or(block.ticks, |first| first.min(block.ticks)));
        self.last = self.last.max(Some(block.ticks));
        if needed.video == Some(block.track) {
            self.frames.push(block.ticks);
        }
    }
}
