//! Files too large to hold: a few parts, and zeros between them.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use slipway_video::{Source, SourceError};

/// A file of parts at places, zeros elsewhere. It counts what is read of it.
pub(crate) struct Sparse {
    len: u64,
    parts: Vec<(u64, Bytes)>,
    requests: AtomicU64,
    bytes: AtomicU64,
}

impl Sparse {
    pub(crate) fn new(len: u64, parts: impl IntoIterator<Item = (u64, Bytes)>) -> Self {
        Self { len, parts: parts.into_iter().collect(), requests: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    pub(crate) fn whole(file: Bytes) -> Self {
        Self::new(u64::try_from(file.len()).unwrap(), [(0, file)])
    }

    /// The first bytes of it, as a file of its own.
    pub(crate) fn cut(self, len: u64) -> Self {
        let kept = |(at, part): (u64, Bytes)| {
            let most = usize::try_from(len.checked_sub(at)?).unwrap_or(usize::MAX);
            Some((at, part.slice(..part.len().min(most))))
        };
        Self::new(len, self.parts.into_iter().filter_map(kept))
    }

    /// Ranges read so far, and bytes.
    pub(crate) fn cost(&self) -> (u64, u64) {
        (self.requests.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }
}

impl Source for Sparse {
    fn len(&self) -> u64 {
        self.len
    }

    async fn read(&self, range: Range<u64>) -> Result<Bytes, SourceError> {
        assert!(range.start < range.end && range.end <= self.len, "{range:?} of {}", self.len);
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(range.end - range.start, Ordering::Relaxed);
        let mut bytes = BytesMut::zeroed(usize::try_from(range.end - range.start).unwrap());
        for (at, part) in &self.parts {
            let part_end = at + u64::try_from(part.len()).unwrap();
            let (from, to) = (range.start.max(*at), range.end.min(part_end));
            if from < to {
                let index = |place: u64, origin: u64| usize::try_from(place - origin).unwrap();
                bytes[index(from, range.start)..index(to, range.start)]
                    .copy_from_slice(&part[index(from, *at)..index(to, *at)]);
            }
        }
        Ok(bytes.freeze())
    }
}
