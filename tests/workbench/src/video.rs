//! Videos of any size.

use sha2::{Digest as _, Sha256};

const SAMPLE: &[u8] = include_bytes!("../../../infra/local/sample/sample.mp4");

/// A playable MP4 of exactly this many bytes; with another seed it differs behind the sample that it begins with.
pub fn video_of(size: usize, seed: u8) -> Vec<u8> {
    let padding = size.checked_sub(SAMPLE.len()).expect("the sample is the smallest video");
    assert!(padding >= 8, "a box that players skip has a header of 8 bytes");
    let mut video = Vec::with_capacity(size);
    video.extend_from_slice(SAMPLE);
    video.extend_from_slice(&u32::try_from(padding).expect("under 4 GiB").to_be_bytes());
    video.extend_from_slice(b"free");
    // The length of the pattern is a prime, so that no two chunks are alike.
    let pattern: Vec<u8> = (0..=250).map(|byte: u8| byte.wrapping_add(seed)).collect();
    while video.len() < size {
        let left = size - video.len();
        video.extend_from_slice(&pattern[..left.min(pattern.len())]);
    }
    video
}

/// What TikTok's ledger calls these bytes.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
