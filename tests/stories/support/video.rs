//! Videos of any size: the sample that ships with the project, and behind it boxes that players skip.

use sha2::{Digest, Sha256};

const SAMPLE: &[u8] = include_bytes!("../../../infra/local/sample/sample.mp4");

/// A playable MP4 of exactly this many bytes, with different bytes all over for different sizes.
pub(crate) fn video_of(size: usize) -> Vec<u8> {
    let padding = size.checked_sub(SAMPLE.len()).expect("the sample is the smallest video");
    let mut video = Vec::with_capacity(size);
    video.extend_from_slice(SAMPLE);
    if padding == 0 {
        return video;
    }
    assert!(padding >= 8, "a box has a header of 8 bytes");
    video.extend_from_slice(&u32::try_from(padding).expect("under 4 GiB").to_be_bytes());
    video.extend_from_slice(b"free");
    let mut state = size as u64 | 1;
    while video.len() + 8 <= size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        video.extend_from_slice(&state.to_le_bytes());
    }
    video.resize(size, 0xAB);
    video
}

/// What the ledger calls the bytes.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
