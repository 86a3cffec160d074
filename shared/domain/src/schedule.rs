//! When something is to be looked at.

use std::time::Duration;

/// When to look at the outcome for the first time: as long as TikTok says that processing takes for the size
/// (half a minute to 512 MB, a minute at 1 GB, two minutes at 4 GB), on the scale of `base` for the small ones.
pub fn first_look(base: Duration, size_bytes: u64) -> Duration {
    const MIB: u64 = 1024 * 1024;
    match size_bytes {
        ..=536_870_912 => base,
        size if size <= 1024 * MIB => base * 2,
        _ => base * 4,
    }
}

/// When to look again after look number `look` (from 0) found no outcome: each pause is twice the one before.
pub fn next_look(first: Duration, look: u32) -> Duration {
    const LONGEST: Duration = Duration::from_mins(15);
    first.checked_mul(2_u32.saturating_pow(look.saturating_add(1))).map_or(LONGEST, |pause| pause.min(LONGEST))
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
}
