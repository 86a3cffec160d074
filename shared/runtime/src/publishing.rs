//! What the workers that publish have in common: pauses, and how a stored video is named to TikTok.

use std::time::Duration;

use slipway_store::posts::VideoType;

/// A pause of anything up to `longest`: tries of many workers spread out instead of coming in waves.
pub fn full_jitter(longest: Duration) -> Duration {
    longest.mul_f64(fraction())
}

/// A pause of at least `shortest` and a little more.
pub fn later(shortest: Duration) -> Duration {
    shortest + (shortest / 10 + Duration::from_millis(500)).mul_f64(fraction())
}

/// A random number from 0 to 1. Without randomness the pauses are merely all the same.
fn fraction() -> f64 {
    let mut bytes = [0_u8; 4];
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 1.0,
    }
}

/// When to look at TikTok's verdict for the first time: as long as TikTok says that processing takes for the size
/// (half a minute to 512 MB, a minute at 1 GB, two minutes at 4 GB), on the scale of `base` for the small ones.
pub fn first_look(base: Duration, size_bytes: u64) -> Duration {
    const MIB: u64 = 1024 * 1024;
    match size_bytes {
        ..=536_870_912 => base,
        size if size <= 1024 * MIB => base * 2,
        _ => base * 4,
    }
}

/// When to look again after look number `look` (from 0) found no verdict: each pause is twice the one before.
pub fn next_look(first: Duration, look: u32) -> Duration {
    const LONGEST: Duration = Duration::from_mins(15);
    first.checked_mul(2_u32.saturating_pow(look.saturating_add(1))).map_or(LONGEST, |pause| pause.min(LONGEST))
}

/// How TikTok is told what the file is.
pub fn video_type(stored: VideoType) -> slipway_tiktok::VideoType {
    match stored {
        VideoType::Mp4 => slipway_tiktok::VideoType::Mp4,
        VideoType::QuickTime => slipway_tiktok::VideoType::QuickTime,
        VideoType::WebM => slipway_tiktok::VideoType::WebM,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_stay_within_their_budget() {
        let first = Duration::from_secs(30);
        let (mut at, mut times) = (first_look(first, 1), vec![30]);
        for look in 0..10 {
            at += next_look(first, look);
            times.push(at.as_secs());
        }
        assert!(times.iter().filter(|at| **at <= 90).count() <= 3, "{times:?}");
        assert!(times.iter().filter(|at| **at <= 600).count() <= 7, "{times:?}");
        assert_eq!(next_look(first, u32::MAX), Duration::from_mins(15));
    }

    #[test]
    fn pauses_stay_within_their_bounds() {
        for _ in 0..100 {
            assert!(full_jitter(Duration::from_secs(2)) <= Duration::from_secs(2));
            let pause = later(Duration::from_mins(1));
            assert!(pause >= Duration::from_mins(1) && pause < Duration::from_secs(67), "{pause:?}");
        }
    }
}
