//! When the last block begins: by the last cluster, or within the only one.

use super::blocks::{BLOCK_GROUP, Blocks, Needed, SIMPLE_BLOCK, Seen, TIMESTAMP, Until};
use super::ebml::{self, Elements};
use super::{CLUSTER, CRC};
use crate::reader::{Reader, places_near_end};
use crate::{ProbeError, Source};

/// How many elements in a row show that bytes are blocks and not what a frame happens to contain.
const ROW: usize = 3;
/// How much is read in a place between start and end, and in how many.
const PLACE: u64 = 256 * 1024;
const PLACES: u64 = 6;
/// A block's time is relative to its cluster's, in 16 bits.
const LONGEST_CLUSTER: i64 = 0x7FFF;

/// The blocks at the file's end, from one of the last clusters on, which is searched from there; nothing if it is not
/// found.
pub(super) async fn last_cluster<S: Source>(
    reader: &mut Reader<'_, S>,
    first_cluster: u64,
    needed: &Needed,
) -> Result<Option<Seen>, ProbeError> {
    // The earliest of those at hand, since one may hold a single frame.
    for place in places_near_end(reader, &CLUSTER.to_be_bytes(), first_cluster).await?.into_iter().rev() {
        if !is_cluster(reader, place).await? {
            continue;
        }
        match Blocks::from(place).see(reader, needed, Until::End).await {
            Ok(seen) if seen.to_end && seen.last.is_some() => return Ok(Some(seen)),
            Err(error @ (ProbeError::Truncated { .. } | ProbeError::Source(_))) => return Err(error),
            // A frame that happens to contain a cluster's id: the one before may be real.
            Ok(_) | Err(_) => {}
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

/// The blocks at the file's end, if the cluster at `at` is the only one, as a browser without a time slice records it.
///
/// `begun` is the cluster's time. Nothing says that there is no other cluster, and reading all would cost too much. But
/// times that rise from place to place, and altogether by as much as the places themselves would have it, leave no room
/// for another one: each begins again at zero.
pub(super) async fn only_cluster<S: Source>(
    reader: &mut Reader<'_, S>,
    at: u64,
    begun: i64,
    needed: &Needed,
) -> Result<Option<Seen>, ProbeError> {
    let size = reader.len().saturating_sub(at);
    let step = size / PLACES;
    if step < PLACE || !reader.can_afford(PLACES * PLACE) {
        return Ok(None);
    }
    let (mut before, mut in_places, mut bytes) = (begun, 0, 0);
    for number in 1..PLACES {
        let from = at + number * step;
        let read = reader.exactly(from, PLACE).await?;
        let Some(place) = first_block(&read, needed) else { return Ok(None) };
        let times = times(&read[place..], needed);
        let Some((first, last)) = times.first().zip(times.iter().max()) else { return Ok(None) };
        if begun + i64::from(*first) < before {
            return Ok(None);
        }
        before = begun + i64::from(*last);
        in_places += i64::from(*last) - i64::from(*first);
        bytes += read.len() - place;
    }
    let tail_at = reader.len() - PLACE;
    let tail = reader.exactly(tail_at, PLACE).await?;
    let Some(place) = first_block(&tail, needed).and_then(|place| u64::try_from(place).ok()) else { return Ok(None) };
    let seen = Blocks::from(tail_at + place).within(begun).see(reader, needed, Until::End).await?;
    let Some(length) = seen.last.filter(|last| seen.to_end && *last >= before).map(|last| last - begun) else {
        return Ok(None);
    };
    // As long as all of it would be at the pace of the places that were read, give or take a lot.
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX).max(1);
    let expected = in_places.saturating_mul(i64::try_from(size).unwrap_or(i64::MAX) / bytes);
    let is_even =
        length <= LONGEST_CLUSTER && expected <= length.saturating_mul(2) && length <= expected.saturating_mul(2);
    Ok(is_even.then_some(seen))
}

/// Where the first block begins of which some follow in a row.
fn first_block(bytes: &[u8], needed: &Needed) -> Option<usize> {
    (0..bytes.len()).find(|at| {
        let may_be = bytes.get(*at).is_some_and(|byte| u32::from(*byte) == SIMPLE_BLOCK);
        may_be && bytes.get(*at..).is_some_and(|bytes| is_row(bytes, needed))
    })
}

fn is_row(bytes: &[u8], needed: &Needed) -> bool {
    let mut elements = Elements::of(bytes);
    (0..ROW).all(|_| match elements.next() {
        Some((SIMPLE_BLOCK, content)) => ebml::block(content).is_some_and(|(track, _)| needed.has(track)),
        Some((BLOCK_GROUP, content)) => !content.is_empty(),
        _ => false,
    })
}

/// The relative times of the simple blocks in a row.
fn times(bytes: &[u8], needed: &Needed) -> Vec<i16> {
    let row = Elements::of(bytes).take_while(|(id, _)| matches!(*id, SIMPLE_BLOCK | BLOCK_GROUP));
    let blocks = row.filter(|(id, _)| *id == SIMPLE_BLOCK).filter_map(|(_, content)| ebml::block(content));
    blocks.filter(|(track, _)| needed.has(*track)).map(|(_, time)| time).collect()
}
