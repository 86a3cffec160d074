//! Pauses of random length, so that many workers' repeats spread out instead of coming in waves.

use std::time::Duration;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_stay_within_their_bounds() {
        for _ in 0..100 {
            assert!(full_jitter(Duration::from_secs(2)) <= Duration::from_secs(2));
            let pause = later(Duration::from_mins(1));
            assert!(pause >= Duration::from_mins(1) && pause < Duration::from_secs(67), "{pause:?}");
        }
    }
}
