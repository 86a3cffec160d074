//! Where an interrupted upload goes on, at both sides of every edge of every chunk.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use slipway_domain::{ByteRange, ChunkPlan, Progress};

/// One chunk and several, with and without a remainder, as chosen today and as an older version may have stored them.
fn plans() -> Vec<ChunkPlan> {
    let chosen = [1, 2, 3, 64_000_000, 64_000_001, 100_000_000, 3_999_999_999, ChunkPlan::MAX_FILE];
    let stored =
        [(96_000_000, 32_000_000), (100_000_000, 32_000_000), (127_999_999, 32_000_000), (10_485_761, 5_242_880)];
    let chosen = chosen.into_iter().map(|size| ChunkPlan::for_size(size).unwrap());
    let stored = stored.into_iter().map(|(size, chunk_size)| {
        serde_json::from_value(serde_json::json!({ "size": size, "chunk_size": chunk_size })).unwrap()
    });
    chosen.chain(stored).collect()
}

/// Every count of bytes at which an answer may be off by one, with the chunk that holds the byte of this index.
fn edges(plan: &ChunkPlan) -> Vec<(u64, Progress)> {
    let chunks: Vec<ByteRange> = plan.chunks().collect();
    let holds = |byte: u64| chunks.iter().position(|chunk| (chunk.first..=chunk.last).contains(&byte));
    let borders = chunks.iter().flat_map(|chunk| [chunk.first, chunk.last + 1]);
    // A border by the size alone: it lies inside the last chunk if that takes a remainder.
    let borders = borders.chain([plan.count() * plan.chunk_size()]);
    let counts = borders.flat_map(|border| (border.saturating_sub(2))..=border + 2).chain([u64::MAX]);
    let answer = |count| match holds(count) {
        Some(index) => Progress::Next { index: index as u64, offset: chunks[index].first },
        None => Progress::Complete,
    };
    counts.map(|count| (count, answer(count))).collect()
}

#[test]
fn a_count_of_bytes_is_followed_by_the_chunk_that_holds_the_next_byte() {
    for plan in plans() {
        for (count, expected) in edges(&plan) {
            assert_eq!(plan.resume_after(count), expected, "{count} bytes are there of {plan:?}");
        }
    }
}

#[test]
fn a_reported_number_that_may_be_an_index_counts_as_one_at_a_border_only() {
    for plan in plans() {
        let starts: Vec<u64> = plan.chunks().skip(1).map(|chunk| chunk.first).collect();
        for (reported, as_count) in edges(&plan) {
            // Its header says 0 before the first byte has come, too.
            let as_index =
                reported.checked_add(1).filter(|next| reported > 0 && (starts.contains(next) || *next == plan.size()));
            let expected = as_index.map_or(as_count, |count| plan.resume_after(count));
            assert_eq!(plan.resume_at(reported), expected, "{reported} is reported of {plan:?}");
        }
    }
}

#[test]
fn a_file_of_two_chunks_goes_on_at_these_places() {
    let plan = ChunkPlan::for_size(64_000_001).unwrap();
    let (first, second) = (Progress::Next { index: 0, offset: 0 }, Progress::Next { index: 1, offset: 32_000_000 });
    for (bytes, after, at) in [
        (0, first, first),
        (1, first, first),
        (31_999_998, first, first),
        (31_999_999, first, second),
        (32_000_000, second, second),
        (32_000_001, second, second),
        (63_999_999, second, second),
        (64_000_000, second, Progress::Complete),
        (64_000_001, Progress::Complete, Progress::Complete),
        (64_000_002, Progress::Complete, Progress::Complete),
    ] {
        assert_eq!((plan.resume_after(bytes), plan.resume_at(bytes)), (after, at), "{bytes}");
    }
}
