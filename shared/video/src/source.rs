//! Where the bytes come from.

use std::future::Future;
use std::ops::Range;

use bytes::Bytes;
use slipway_domain::Chain;

/// A file that can be read by ranges. Its content does not change between two reads: a source that can't promise
/// that must answer [`SourceError::Changed`].
pub trait Source: Sync {
    /// The file's size in bytes.
    fn len(&self) -> u64;

    /// Whether the file has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Exactly the bytes of `range`, which lies within the file and is never empty.
    fn read(&self, range: Range<u64>) -> impl Future<Output = Result<Bytes, SourceError>> + Send;
}

/// Why a range could not be read. Says nothing about the file's content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The file is not there any more.
    #[error("the file is gone")]
    Gone,
    /// The file was replaced while it was being read.
    #[error("the file was replaced while it was being read")]
    Changed,
    /// The storage failed.
    #[error("the storage failed: {0}")]
    Unavailable(#[source] Chain),
}

impl SourceError {
    /// The storage failed, because of this.
    pub fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable(Chain::of(cause))
    }
}

/// A file in memory.
impl Source for Bytes {
    fn len(&self) -> u64 {
        // Lossless on every target: a usize has at most 64 bits.
        u64::try_from(Bytes::len(self)).unwrap_or(u64::MAX)
    }

    async fn read(&self, range: Range<u64>) -> Result<Bytes, SourceError> {
        let index = |at: u64| usize::try_from(at).ok();
        match (index(range.start), index(range.end)) {
            (Some(start), Some(end)) if start <= end && end <= Bytes::len(self) => Ok(self.slice(start..end)),
            _ => Err(SourceError::unavailable(format!("no bytes {range:?} in memory"))),
        }
    }
}
