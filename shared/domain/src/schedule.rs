//! When TikTok is asked for the outcome of a publish.

use std::time::Duration;

/// When to check for the first time: as long as TikTok says that processing takes for the size
/// (half a minute to 512 MB, a minute at 1 GB, two minutes at 4 GB), on the scale of `base` for the small ones.
pub fn first_check(base: Duration, size_bytes: u64) -> Duration {
    const MIB: u64 = 1024 * 1024;
    match size_bytes {
        ..=536_870_912 => base,
        size if size <= 1024 * MIB => base * 2,
        _ => base * 4,
    }
}

/// When to check again after check number `number` (from 0) found no outcome: each pause is twice the one before.
pub fn next_check(first: Duration, number: u32) -> Duration {
    const LONGEST: Duration = Duration::from_mins(15);
    first.checked_mul(2_u32.saturating_pow(number.saturating_add(1))).map_or(LONGEST, |pause| pause.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_stay_within_their_budget() {
        let first = Duration::from_secs(30);
        let (mut at, mut times) = (first_check(first, 1), vec![30]);
        for number in 0..10 {
            at += next_check(first, number);
            times.push(at.as_secs());
        }
        assert!(times.iter().filter(|at| **at <= 90).count() <= 3, "{times:?}");
        assert!(times.iter().filter(|at| **at <= 600).count() <= 7, "{times:?}");
        assert_eq!(next_check(first, u32::MAX), Duration::from_mins(15));
    }
}
