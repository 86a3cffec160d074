//! How a file is cut into TikTok's chunks, and where an interrupted upload goes on.

use serde::{Deserialize, Serialize};

use crate::limits;

/// A chunking that TikTok accepts, whichever way it reads "MB" (media transfer guide, chunk restrictions).
///
/// - `total_chunk_count = floor(video_size / chunk_size)`, 1 to 1,000; the last chunk takes the remainder.
/// - A single chunk must have `chunk_size == video_size`.
/// - Several chunks: at least 5 MB and at most 64 MB each, the last one up to 128 MB.
///
/// "MB" may mean 10^6 or 2^20, so the lower bound is 5 MiB and the upper 64,000,000 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct ChunkPlan {
    size: u64,
    chunk_size: u64,
}

/// Why there is no plan for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Nothing to send.
    #[error("the file is empty")]
    Empty,
    /// More than TikTok takes.
    #[error("the file has {size} bytes, TikTok takes at most {}", ChunkPlan::MAX_FILE)]
    TooLarge {
        /// Its size in bytes.
        size: u64,
    },
    /// A stored plan that breaks the rules.
    #[error("{chunk_size} bytes a chunk is no plan for {size} bytes")]
    BreaksTheRules {
        /// The file's size in bytes.
        size: u64,
        /// The stored chunk size in bytes.
        chunk_size: u64,
    },
}

/// Bytes `first..=last` of a file: never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte's index.
    pub first: u64,
    /// The last byte's index, inclusive.
    pub last: u64,
}

impl ByteRange {
    /// How many bytes.
    #[expect(clippy::len_without_is_empty, reason = "a range is never empty")]
    pub const fn len(self) -> u64 {
        self.last - self.first + 1
    }
}

/// How far an upload has come, in whole chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The next chunk to send, by index, which starts at `offset`.
    Next {
        /// The chunk's index, from 0.
        index: u64,
        /// Where it starts in the file.
        offset: u64,
    },
    /// Every byte has arrived.
    Complete,
}

impl ChunkPlan {
    /// The smallest chunk of several, in bytes: 5 MB under the larger reading.
    pub const MIN_CHUNK: u64 = 5_242_880;
    /// The largest chunk but for the last, in bytes: 64 MB under the smaller reading.
    pub const MAX_CHUNK: u64 = 64_000_000;
    /// The largest file, in bytes: 4 GB under the smaller reading.
    pub const MAX_FILE: u64 = limits::VIDEO_MAX_BYTES;
    /// The most chunks.
    pub const MAX_COUNT: u64 = 1000;
    /// The smallest file, in bytes, that needs several chunks.
    const SEVERAL: u64 = Self::MAX_CHUNK + 1;
    /// What a chunk of several has at least. Half of the largest: a fault costs at most one chunk again, and a worker
    /// can stop between two chunks often enough to keep its deadline.
    const CHUNK: u64 = 32_000_000;

    /// The plan for a file of `size` bytes.
    pub const fn for_size(size: u64) -> Result<Self, PlanError> {
        match size {
            0 => Err(PlanError::Empty),
            1..=Self::MAX_CHUNK => Ok(Self { size, chunk_size: size }),
            Self::SEVERAL..=Self::MAX_FILE => {
                // As many chunks as fit, all of the same size but for a few bytes: a last chunk that takes a large
                // remainder would be nearly twice as long as the others.
                let count = size / Self::CHUNK;
                Ok(Self { size, chunk_size: size / count })
            }
            _ => Err(PlanError::TooLarge { size }),
        }
    }

    /// The file's size in bytes, TikTok's `video_size`.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// TikTok's `chunk_size` in bytes.
    pub const fn chunk_size(&self) -> u64 {
        self.chunk_size
    }

    /// TikTok's `total_chunk_count`: rounded down, the last chunk takes the rest.
    pub const fn count(&self) -> u64 {
        self.size / self.chunk_size
    }

    /// The bytes of chunk `index` (from 0), or nothing behind the last one.
    pub const fn chunk(&self, index: u64) -> Option<ByteRange> {
        let count = self.count();
        if index >= count {
            return None;
        }
        let first = index * self.chunk_size;
        let last = if index + 1 == count { self.size - 1 } else { first + self.chunk_size - 1 };
        Some(ByteRange { first, last })
    }

    /// The chunks in their order.
    pub fn chunks(&self) -> impl Iterator<Item = ByteRange> + use<> {
        let plan = *self;
        (0..plan.count()).filter_map(move |index| plan.chunk(index))
    }

    /// Where to go on when TikTok's status says that it has `count` bytes: a count for certain, unlike the header's
    /// number. A chunk that is only partly there is sent again from its start.
    pub const fn resume_after(&self, count: u64) -> Progress {
        if count >= self.size {
            return Progress::Complete;
        }
        let index = count / self.chunk_size;
        let index = if index >= self.count() { self.count() - 1 } else { index };
        Progress::Next { index, offset: index * self.chunk_size }
    }

    /// Where to go on when TikTok's progress header says that it has `reported` bytes.
    ///
    /// TikTok's progress header is described as a number of bytes but may be the last byte's index, so a chunk
    /// boundary that equals `reported` or `reported + 1` is meant. Between two boundaries the chunk that was cut
    /// is sent again from its start.
    pub const fn resume_at(&self, reported: u64) -> Progress {
        let as_index = reported.saturating_add(1);
        if reported > 0 && as_index >= self.size || reported >= self.size {
            return Progress::Complete;
        }
        let index = if reported > 0 && as_index.is_multiple_of(self.chunk_size) {
            as_index / self.chunk_size
        } else {
            reported / self.chunk_size
        };
        // The last chunk is longer than the others: inside it, it is still the one to send.
        let index = if index >= self.count() { self.count() - 1 } else { index };
        Progress::Next { index, offset: index * self.chunk_size }
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    size: u64,
    chunk_size: u64,
}

impl From<ChunkPlan> for Wire {
    fn from(plan: ChunkPlan) -> Self {
        Self { size: plan.size, chunk_size: plan.chunk_size }
    }
}

impl TryFrom<Wire> for ChunkPlan {
    type Error = PlanError;

    /// A stored plan is checked against the rules, not against today's way of choosing.
    fn try_from(Wire { size, chunk_size }: Wire) -> Result<Self, PlanError> {
        let error = PlanError::BreaksTheRules { size, chunk_size };
        if size == 0 || size > Self::MAX_FILE || chunk_size == 0 || chunk_size > Self::MAX_CHUNK || chunk_size > size {
            return Err(error);
        }
        let several = size / chunk_size > 1;
        let fits = if several { chunk_size >= Self::MIN_CHUNK } else { chunk_size == size };
        if fits && size / chunk_size <= Self::MAX_COUNT { Ok(Self { size, chunk_size }) } else { Err(error) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// TikTok's rules, written apart from the code that chooses: under both readings of "MB".
    fn tiktok_accepts(size: u64, chunk: u64, count: u64) {
        assert_eq!(count, size / chunk, "floor");
        assert!((1..=1000).contains(&count), "{count} chunks");
        if count == 1 {
            assert_eq!(chunk, size, "a single chunk is the whole file");
            assert!(size <= 64_000_000);
        } else {
            assert!((5_242_880..=64_000_000).contains(&chunk), "{chunk} a chunk");
            assert!(size - (count - 1) * chunk <= 128_000_000, "the last chunk");
        }
    }

    #[test]
    fn every_edge_has_the_plan_that_tiktok_accepts() {
        const MIB: u64 = 1024 * 1024;
        for (size, count) in [
            (1, 1),
            (5 * MIB - 1, 1),
            (5 * MIB, 1),
            (5 * MIB + 1, 1),
            (63_999_999, 1),
            (64_000_000, 1),
            (64_000_001, 2),
            (64 * MIB - 1, 2),
            (64 * MIB, 2),
            (64 * MIB + 1, 2),
            (128_000_000, 4),
            (128 * MIB, 4),
            (150_000_000, 4),
            (1_000_000_000, 31),
            (4_000_000_000, 125),
        ] {
            let plan = ChunkPlan::for_size(size).unwrap();
            assert_eq!(plan.count(), count, "{size} bytes");
            tiktok_accepts(size, plan.chunk_size(), plan.count());
        }
        assert_eq!(ChunkPlan::for_size(0), Err(PlanError::Empty));
        assert_eq!(ChunkPlan::for_size(4_000_000_001), Err(PlanError::TooLarge { size: 4_000_000_001 }));
        assert!(ChunkPlan::for_size(u64::MAX).is_err());
    }

    #[test]
    fn a_thousand_chunks_is_the_most_that_a_stored_plan_may_have() {
        let plan = |size: u64| ChunkPlan::try_from(Wire { size, chunk_size: ChunkPlan::MIN_CHUNK });
        assert_eq!(
            plan(1000 * ChunkPlan::MIN_CHUNK).unwrap_err(),
            PlanError::BreaksTheRules { size: 5_242_880_000, chunk_size: 5_242_880 }
        );
        assert_eq!(plan(700 * ChunkPlan::MIN_CHUNK).unwrap().count(), 700);
    }

    #[test]
    fn a_stored_plan_that_breaks_the_rules_is_refused() {
        for (size, chunk_size) in [
            (0, 1),
            (10, 0),
            (10, 5),
            (10, 11),
            (100_000_000, 64_000_001),
            (100_000_000, 60_000_000),
            (20_000_000, 5_000_000),
        ] {
            assert!(ChunkPlan::try_from(Wire { size, chunk_size }).is_err(), "{size} / {chunk_size}");
        }
    }

    #[test]
    fn an_upload_resumes_at_the_boundary_by_both_readings_of_the_header() {
        let plan = ChunkPlan::try_from(Wire { size: 100_000_000, chunk_size: 32_000_000 }).unwrap();
        let next = |index| Progress::Next { index, offset: index * 32_000_000 };
        for (reported, expected) in [
            (0, next(0)),
            (1, next(0)),
            (31_999_998, next(0)),
            (31_999_999, next(1)),
            (32_000_000, next(1)),
            (32_000_001, next(1)),
            (63_999_999, next(2)),
            (64_000_000, next(2)),
            (96_000_000, next(2)),
            (99_999_998, next(2)),
            (99_999_999, Progress::Complete),
            (100_000_000, Progress::Complete),
            (u64::MAX, Progress::Complete),
        ] {
            assert_eq!(plan.resume_at(reported), expected, "{reported}");
        }
        let one_byte = ChunkPlan::for_size(1).unwrap();
        assert_eq!(one_byte.resume_at(0), next(0));
        assert_eq!(one_byte.resume_at(1), Progress::Complete);
    }

    #[test]
    fn several_chunks_are_of_nearly_one_size() {
        for size in [64_000_001, 95_999_999, 150_000_000, 3_999_999_999] {
            let plan = ChunkPlan::for_size(size).unwrap();
            let last = plan.chunk(plan.count() - 1).unwrap().len();
            assert!(last - plan.chunk_size() < plan.count(), "{size}: {} and at last {last}", plan.chunk_size());
            assert!(plan.chunk_size() < 48_000_000, "{size}: {}", plan.chunk_size());
        }
    }

    proptest! {
        #[test]
        fn any_size_is_cut_without_gap_or_overlap(size in 1..=ChunkPlan::MAX_FILE) {
            let plan = ChunkPlan::for_size(size).unwrap();
            tiktok_accepts(size, plan.chunk_size(), plan.count());
            let mut next = 0;
            for range in plan.chunks() {
                prop_assert_eq!(range.first, next);
                prop_assert!(range.last >= range.first);
                next = range.last + 1;
            }
            prop_assert_eq!(next, size);
            prop_assert_eq!(plan.chunk(plan.count()), None);
        }

        #[test]
        fn a_report_never_skips_a_byte_that_tiktok_may_lack(size in 2..=ChunkPlan::MAX_FILE, share in 0.0..1.0f64) {
            let plan = ChunkPlan::for_size(size).unwrap();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "any number below size will do")]
            let reported = (size as f64 * share) as u64;
            if let Progress::Next { offset, index } = plan.resume_at(reported) {
                prop_assert!(offset <= reported + 1);
                prop_assert_eq!(plan.chunk(index).unwrap().first, offset);
            } else {
                prop_assert!(reported + 1 >= size);
            }
        }

        #[test]
        fn a_plan_survives_storage(size in 1..=ChunkPlan::MAX_FILE) {
            let plan = ChunkPlan::for_size(size).unwrap();
            let stored = serde_json::to_string(&plan).unwrap();
            prop_assert_eq!(serde_json::from_str::<ChunkPlan>(&stored).unwrap(), plan);
        }
    }
}
