//! What TikTok's answer to a chunk means: a table, without any call.

use slipway_domain::{ChunkPlan, Progress};
use slipway_tiktok::ChunkAnswer;

/// What follows an answer to a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The chunk is stored. Go on there.
    Stored(Progress),
    /// TikTok has every byte.
    Complete,
    /// The chunk is not stored. Try there, which may be the same chunk.
    Retry(Progress),
    /// Only TikTok's status can tell where the transfer stands.
    Ask,
    /// Nothing more is taken at this URL. TikTok's status decides what that means.
    UrlIsDead,
}

/// What follows this answer to the chunk of this index; nothing is the answer if it was lost, or was a fault. Then
/// whether the chunk is stored is not known.
pub(crate) fn next(plan: &ChunkPlan, index: u64, answer: Option<ChunkAnswer>) -> Next {
    let start = |index| plan.chunk(index).map(|range| Progress::Next { index, offset: range.first });
    let here = start(index).unwrap_or(Progress::Complete);
    match answer {
        // TikTok's own number counts, if it gives one.
        Some(ChunkAnswer::Stored { reported: Some(reported) }) => Next::Stored(plan.resume_at(reported)),
        Some(ChunkAnswer::Stored { reported: None }) => Next::Stored(start(index + 1).unwrap_or(Progress::Complete)),
        Some(ChunkAnswer::Complete) => Next::Complete,
        Some(ChunkAnswer::WrongPosition { reported: Some(reported) }) => match plan.resume_at(reported) {
            there @ Progress::Next { .. } if there != here => Next::Retry(there),
            // It names the very chunk that it refused, or the end without a 201.
            Progress::Next { .. } | Progress::Complete => Next::Ask,
        },
        Some(ChunkAnswer::WrongPosition { reported: None }) => Next::Ask,
        Some(ChunkAnswer::UrlExpired | ChunkAnswer::UnknownUpload) => Next::UrlIsDead,
        // If TikTok has the last chunk, the post is on its way: it must not be sent again without asking.
        None if index + 1 >= plan.count() => Next::Ask,
        // TikTok answers a chunk that it has already with 416 and its own number.
        None => Next::Retry(here),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK: u64 = 32_000_000;

    #[test]
    fn every_answer_to_every_chunk_has_its_consequence() {
        let plan = ChunkPlan::for_size(3 * CHUNK).unwrap();
        assert_eq!(plan.count(), 3);
        let at = |index: u64| Progress::Next { index, offset: index * CHUNK };
        let stored = |reported| Some(ChunkAnswer::Stored { reported });
        let elsewhere = |reported| Some(ChunkAnswer::WrongPosition { reported });
        for (index, answer, expected) in [
            // Without a number ours is the one.
            (0, stored(None), Next::Stored(at(1))),
            (1, stored(None), Next::Stored(at(2))),
            (2, stored(None), Next::Stored(Progress::Complete)),
            // A number of bytes, or the last byte's index; it may be behind us, ahead of us, or the end.
            (0, stored(Some(CHUNK)), Next::Stored(at(1))),
            (0, stored(Some(CHUNK - 1)), Next::Stored(at(1))),
            (0, stored(Some(0)), Next::Stored(at(0))),
            (1, stored(Some(CHUNK)), Next::Stored(at(1))),
            (0, stored(Some(2 * CHUNK)), Next::Stored(at(2))),
            (0, stored(Some(3 * CHUNK)), Next::Stored(Progress::Complete)),
            // 201 counts whatever we think.
            (0, Some(ChunkAnswer::Complete), Next::Complete),
            (2, Some(ChunkAnswer::Complete), Next::Complete),
            // 416 with the number of another chunk; of the very chunk that was refused; of the end; without one.
            (0, elsewhere(Some(CHUNK)), Next::Retry(at(1))),
            (2, elsewhere(Some(CHUNK)), Next::Retry(at(1))),
            (2, elsewhere(Some(0)), Next::Retry(at(0))),
            (1, elsewhere(Some(CHUNK)), Next::Ask),
            (0, elsewhere(Some(0)), Next::Ask),
            (2, elsewhere(Some(3 * CHUNK)), Next::Ask),
            (0, elsewhere(None), Next::Ask),
            (2, elsewhere(None), Next::Ask),
            // 403 and 404.
            (0, Some(ChunkAnswer::UrlExpired), Next::UrlIsDead),
            (2, Some(ChunkAnswer::UrlExpired), Next::UrlIsDead),
            (0, Some(ChunkAnswer::UnknownUpload), Next::UrlIsDead),
            (2, Some(ChunkAnswer::UnknownUpload), Next::UrlIsDead),
            // No answer, or a fault.
            (0, None, Next::Retry(at(0))),
            (1, None, Next::Retry(at(1))),
            (2, None, Next::Ask),
        ] {
            assert_eq!(next(&plan, index, answer), expected, "{answer:?} to chunk {index}");
        }
    }

    #[test]
    fn the_only_chunk_is_the_last_one() {
        let plan = ChunkPlan::for_size(7).unwrap();
        assert_eq!(next(&plan, 0, None), Next::Ask);
        assert_eq!(next(&plan, 0, Some(ChunkAnswer::Stored { reported: None })), Next::Stored(Progress::Complete));
        assert_eq!(next(&plan, 0, Some(ChunkAnswer::WrongPosition { reported: Some(7) })), Next::Ask);
    }
}
