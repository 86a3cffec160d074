//! Ranged reads with a memory and a budget.

use bytes::Bytes;

use crate::fields::rfind;
use crate::{ProbeError, Source};

/// How many bytes the first read takes, and later ones without a better idea.
pub const FIRST_READ: u64 = 64 * 1024;
/// The most ranged reads that one probe makes.
pub const MAX_REQUESTS: u32 = 48;
/// The most bytes that one probe reads, and so about the most memory it holds.
pub const MAX_BYTES: u64 = 12 * 1024 * 1024;
/// The most headers (boxes, elements, segments) that one probe looks at. So many cost less than what the most bytes do,
/// see `benches/hostile.rs`.
const MAX_STEPS: u32 = 131_072;
/// What is left of a file or of its index is fetched in one go as long as a probe has then read no more than this.
const WHOLE_REST_WITHIN: u64 = 1024 * 1024;
/// How much of an index is read at a time that is too large to be fetched in one go: enough for all that stands ahead
/// of a track's large tables, durations of 36,000 single frames (ten minutes at 60 a second) included.
pub(crate) const INDEX_READ: u64 = 320 * 1024;

/// Reads ranges of a source, remembers them, and keeps within the budget.
pub(crate) struct Reader<'a, S> {
    source: &'a S,
    len: u64,
    blocks: Vec<(u64, Bytes)>,
    /// Where the part ends that will be wanted as a whole.
    wanted_to: u64,
    /// How many bytes a read takes without a better idea.
    ahead: u64,
    requests: u32,
    bytes: u64,
    steps: u32,
}

impl<'a, S: Source> Reader<'a, S> {
    /// Reads the start of the file.
    pub(crate) async fn open(source: &'a S) -> Result<Self, ProbeError> {
        let len = source.len();
        if len == 0 {
            return Err(ProbeError::Empty);
        }
        let blocks = Vec::new();
        let mut reader = Self { source, len, blocks, wanted_to: 0, ahead: FIRST_READ, requests: 0, bytes: 0, steps: 0 };
        reader.fetch(0, FIRST_READ.min(len)).await?;
        Ok(reader)
    }

    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// The first bytes of the file: 64 KiB, or all of it.
    pub(crate) fn start(&self) -> &[u8] {
        self.blocks.first().map_or(&[], |(_, bytes)| bytes)
    }

    /// Says that everything up to `end` will be wanted, so that the next read may take it in one go.
    pub(crate) fn want_to(&mut self, end: u64) {
        self.wanted_to = end.min(self.len);
    }

    /// Says how many bytes the next reads best take where nothing else tells.
    pub(crate) const fn read_ahead(&mut self, bytes: u64) {
        self.ahead = bytes;
    }

    /// Counts one more header; so no file, however made, keeps a probe busy.
    pub(crate) fn step(&mut self) -> Result<(), ProbeError> {
        self.steps += 1;
        if self.steps > MAX_STEPS { Err(ProbeError::TooComplex("too many headers")) } else { Ok(()) }
    }

    /// Whether so many headers were read that what is left must be found without looking at each.
    pub(crate) const fn is_tired(&self) -> bool {
        self.steps > MAX_STEPS / 2
    }

    /// How many reads were made.
    pub(crate) const fn requests(&self) -> u32 {
        self.requests
    }

    /// Whether `count` bytes at `at`, or as many as there are, cost no further read.
    pub(crate) fn has(&self, at: u64, count: u64) -> bool {
        let end = at.saturating_add(count).min(self.len);
        at >= end || self.remembered(at, end).is_some()
    }

    /// Whether another read of `bytes` is within the budget, with a few reads kept in reserve.
    pub(crate) const fn can_afford(&self, bytes: u64) -> bool {
        self.requests + 8 < MAX_REQUESTS && self.bytes.saturating_add(bytes) < MAX_BYTES / 4 * 3
    }

    /// Exactly `count` bytes at `at`, or nothing if the file ends before.
    pub(crate) async fn read(&mut self, at: u64, count: u64) -> Result<Option<Bytes>, ProbeError> {
        match at.checked_add(count) {
            Some(end) if end <= self.len => self.up_to(at, count).await.map(Some),
            _ => Ok(None),
        }
    }

    /// `count` bytes at `at`, or as many as there are.
    pub(crate) async fn up_to(&mut self, at: u64, count: u64) -> Result<Bytes, ProbeError> {
        let end = at.saturating_add(count).min(self.len);
        if at >= end {
            return Ok(Bytes::new());
        }
        if let Some(bytes) = self.remembered(at, end) {
            return Ok(bytes);
        }
        self.fetch(at, self.read_to(at, end)).await?;
        self.remembered(at, end).ok_or(ProbeError::malformed("a range can't be read", at))
    }

    /// `count` bytes at `at`, or as many as there are, and no more even where more would be wanted later.
    pub(crate) async fn exactly(&mut self, at: u64, count: u64) -> Result<Bytes, ProbeError> {
        let end = at.saturating_add(count).min(self.len);
        if !self.has(at, count) {
            self.fetch(at, end).await?;
        }
        self.up_to(at, end.saturating_sub(at)).await
    }

    /// How far a read that must reach from `at` to `end` best goes.
    fn read_to(&self, at: u64, end: u64) -> u64 {
        let allowed = WHOLE_REST_WITHIN.saturating_sub(self.bytes);
        let whole = |to: u64| (to > at && to - at <= allowed).then_some(to);
        let ahead = whole(self.len).or_else(|| whole(self.wanted_to)).unwrap_or_else(|| at.saturating_add(self.ahead));
        ahead.max(end).min(self.len)
    }

    fn remembered(&self, at: u64, end: u64) -> Option<Bytes> {
        self.blocks.iter().rev().find_map(|(start, bytes)| {
            let from = usize::try_from(at.checked_sub(*start)?).ok()?;
            let to = usize::try_from(end.checked_sub(*start)?).ok()?;
            (to <= bytes.len()).then(|| bytes.slice(from..to))
        })
    }

    async fn fetch(&mut self, at: u64, end: u64) -> Result<(), ProbeError> {
        let count = end.saturating_sub(at);
        self.requests += 1;
        self.bytes = self.bytes.saturating_add(count);
        if self.requests > MAX_REQUESTS || self.bytes > MAX_BYTES {
            return Err(ProbeError::TooComplex("its headers are spread too widely or are too large"));
        }
        let bytes = self.source.read(at..end).await?;
        if Source::len(&bytes) != count {
            let what = format!("{} bytes came for a range of {count}", bytes.len());
            return Err(crate::SourceError::unavailable(what).into());
        }
        self.blocks.push((at, bytes));
        Ok(())
    }
}

/// How much of a file's end is searched at first, and at most.
const SEARCHED: [u64; 2] = [1024 * 1024, 4 * 1024 * 1024];
/// How many places of a search are read.
const MAX_PLACES: usize = 16;

/// Where `needle` stands near the file's end but not before `from`: the last places first, at most 16.
pub(crate) async fn places_near_end<S: Source>(
    reader: &mut Reader<'_, S>,
    needle: &[u8; 4],
    from: u64,
) -> Result<Vec<u64>, ProbeError> {
    let (mut places, mut searched_from) = (Vec::new(), reader.len());
    for size in SEARCHED {
        let at = reader.len().saturating_sub(size).max(from);
        // With what may have been cut in two between this search and the one before.
        let to = searched_from.saturating_add(3).min(reader.len());
        let bytes = reader.exactly(at, to.saturating_sub(at)).await?;
        searched_from = at;
        let mut end = bytes.len();
        while places.len() < MAX_PLACES
            && let Some(place) = rfind(&bytes, needle, end)
        {
            places.push(at.saturating_add(u64::try_from(place).unwrap_or(u64::MAX)));
            end = place;
        }
        if !places.is_empty() || at == from {
            break;
        }
    }
    Ok(places)
}
