//! Times of single frames, for files whose headers do not state a frame rate or a duration, as browsers record them.

use std::time::Duration;

use super::{CLUSTER, ebml};
use crate::reader::{FIRST_READ, Reader, places_near_end};
use crate::{FrameRate, ProbeError, Source};

const TIMESTAMP: u32 = 0xE7;
const SIMPLE_BLOCK: u32 = 0xA3;
const BLOCK_GROUP: u32 = 0xA0;
const BLOCK: u32 = 0xA1;
const CRC: u32 = 0xBF;

/// How many frames' times make an estimate, and how many reads it may cost: large frames lie far apart.
const FRAMES: usize = 61;
const REQUESTS: u32 = 12;

/// A block's track and time.
#[derive(Debug, Clone, Copy)]
struct Block {
    track: u64,
    ticks: i64,
}

/// Goes through the blocks from the element at `at` on.
struct Blocks {
    at: u64,
    cluster: i64,
}

impl Blocks {
    const fn from(at: u64) -> Self {
        Self { at, cluster: 0 }
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
                let ticks = crate::fields::Fields::uint(&head).and_then(|ticks| i64::try_from(ticks).ok());
                self.cluster = ticks.ok_or(ProbeError::malformed("a cluster's time is damaged", part.body))?;
            } else if let Some((track, relative)) = ebml::block(&head) {
                return Ok(Some(Block { track, ticks: self.cluster.saturating_add(relative.into()) }));
            }
        }
        Ok(None)
    }
}

/// The mean rate of the first frames of a track; nothing if too few can be had.
pub(super) async fn estimate_rate<S: Source>(
    reader: &mut Reader<'_, S>,
    cluster: u64,
    track: u64,
    tick_nanoseconds: u64,
) -> Result<Option<FrameRate>, ProbeError> {
    let most = reader.requests() + REQUESTS;
    let mut blocks = Blocks::from(cluster);
    let mut times = Vec::with_capacity(FRAMES);
    while times.len() < FRAMES && reader.requests() < most && reader.can_afford(FIRST_READ) {
        match blocks.next(reader).await? {
            Some(block) if block.track == track => times.push(block.ticks),
            Some(_) => {}
            None => break,
        }
    }
    // Frames may be stored in another order than they are shown in.
    times.sort_unstable();
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return Ok(None) };
    let span = u64::try_from(last.saturating_sub(*first)).ok().and_then(|ticks| ticks.checked_mul(tick_nanoseconds));
    let intervals = u64::try_from(times.len() - 1).unwrap_or(0);
    let steps = || times.windows(2).filter_map(|pair| pair[1].checked_sub(pair[0]));
    let even = steps().max().unwrap_or(0).saturating_sub(steps().min().unwrap_or(0)) <= 1;
    let rate = span.and_then(|span| FrameRate::new(intervals, span, 1_000_000_000));
    Ok(rate.map(|rate| rate.variable(!even).estimated()))
}

/// When the last block begins, by the last cluster, which is searched from the file's end; nothing if it is not there.
pub(super) async fn find_end<S: Source>(
    reader: &mut Reader<'_, S>,
    first_cluster: u64,
    tick_nanoseconds: u64,
) -> Result<Option<Duration>, ProbeError> {
    for place in places_near_end(reader, &CLUSTER.to_be_bytes(), first_cluster).await? {
        if !is_cluster(reader, place).await? {
            continue;
        }
        let (mut blocks, mut last) = (Blocks::from(place), None);
        let end = loop {
            match blocks.next(reader).await {
                Ok(Some(block)) => last = last.max(Some(block.ticks)),
                Ok(None) => break last,
                Err(error @ (ProbeError::Truncated { .. } | ProbeError::Source(_))) => return Err(error),
                // A frame that happens to contain a cluster's id: the one before may be real.
                Err(_) => break None,
            }
        };
        let nanoseconds = end.and_then(|ticks| u64::try_from(ticks).ok()?.checked_mul(tick_nanoseconds));
        if let Some(nanoseconds) = nanoseconds {
            return Ok(Some(Duration::from_nanos(nanoseconds)).filter(|duration| !duration.is_zero()));
        }
    }
    Ok(None)
}

/// Whether a cluster begins at `at`: its time comes first, or behind a checksum.
async fn is_cluster<S: Source>(reader: &mut Reader<'_, S>, at: u64) -> Result<bool, ProbeError> {
    let is = |found: Option<ebml::Header>, ids: &[u32]| found.filter(|part| ids.contains(&part.id));
    let headers = async {
        let Some(cluster) = is(ebml::header(reader, at).await?, &[CLUSTER]) else { return Ok(false) };
        Ok(is(ebml::header(reader, cluster.body).await?, &[TIMESTAMP, CRC]).is_some())
    };
    match headers.await {
        Err(error @ ProbeError::Source(_)) => Err(error),
        found => Ok(found.unwrap_or(false)),
    }
}
