//! Pauses of random length, so that many workers' repeats spread out instead of coming in waves.

use std::time::Duration;

/// A pause of anything up to `longest`: tries of many workers spread out instead of coming in waves.
pub fn full_jitter(longest: Duration) -> Duration {
    longest.mul_f64(fraction())
}

/// `first`, doubled so many times, up to `longest`: what to wait for at the most, or at the least, before another try.
pub fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.checked_mul(2_u32.saturating_pow(times)).map_or(longest, |pause| pause.min(longest))
}

/// A pause of at least `shortest` and a little more.
pub fn later(shortest: Duration) -> Duration {
    shortest + (shortest / 10 + Duration::from_millis(500)).mul_f64(fraction())
}

/// Any number. Without randomness it is always the same: pauses are merely all alike then.
pub fn dice() -> u32 {
    let mut bytes = [0_u8; 4];
    aws_lc_rs::rand::fill(&mut bytes).map_or(u32::MAX, |()| u32::from_le_bytes(bytes))
}

/// A random number from 0 to 1.
fn fraction() -> f64 {
    f64::from(dice()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubled_pause_grows_up_to_the_longest() {
        let (first, longest) = (Duration::from_millis(30), Duration::from_secs(1));
        let pauses = [0, 1, 5, 6, 31, 32, u32::MAX].map(|times| doubled(first, times, longest).as_millis());
        assert_eq!(pauses, [30, 60, 960, 1000, 1000, 1000, 1000]);
        assert_eq!(doubled(Duration::MAX, 1, Duration::MAX), Duration::MAX);
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
