//! Pauses of random length, so that many workers' repeats spread out instead of coming in waves.

use std::time::Duration;

use crate::random;

/// A pause of anything up to `longest`: tries of many workers spread out instead of coming in waves.
pub fn full_jitter(longest: Duration) -> Duration {
    longest.mul_f64(fraction())
}

/// Something between half of `pause` and all of it: who waits together does not come back together, and nobody at once.
pub fn half_jitter(pause: Duration) -> Duration {
    pause / 2 + full_jitter(pause / 2)
}

/// A pause of at least `shortest` and a little more.
pub fn later(shortest: Duration) -> Duration {
    shortest + (shortest / 10 + Duration::from_millis(500)).mul_f64(fraction())
}

/// Any number. Without randomness it is always the same: pauses are merely all alike then.
pub fn dice() -> u32 {
    random().map_or(u32::MAX, u32::from_le_bytes)
}

/// A random number from 0 to 1.
fn fraction() -> f64 {
    f64::from(dice()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_stay_within_their_bounds() {
        for _ in 0..100 {
            assert!(full_jitter(Duration::from_secs(2)) <= Duration::from_secs(2));
            let half = half_jitter(Duration::from_secs(2));
            assert!(half >= Duration::from_secs(1) && half <= Duration::from_secs(2), "{half:?}");
            let pause = later(Duration::from_mins(1));
            assert!(pause >= Duration::from_mins(1) && pause < Duration::from_secs(67), "{pause:?}");
        }
    }
}
