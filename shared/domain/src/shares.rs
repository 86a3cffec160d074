//! How much of what all tenants share one of them may hold, so that nobody can hurt a neighbour.

/// How many of a number of workers may be held at the same time, whatever there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// By one tenant: a third.
    pub tenant: usize,
    /// By one server that we call, for all tenants together: a half.
    pub server: usize,
}

impl Shares {
    /// The shares of so many workers. Each is at least one.
    pub fn of(workers: usize) -> Self {
        Self { tenant: (workers / 3).max(1), server: (workers / 2).max(1) }
    }
}

/// How fast a server must send while so many others wait for a worker, in bytes a second. It may be slow while nobody
/// waits; the more wait, the faster it must be, up to a rate that any server for media reaches.
pub fn least_rate(waiting: u64) -> u64 {
    const STEP: u64 = 64 * 1024;
    waiting.saturating_mul(STEP).min(ENOUGH)
}

/// Whoever sends so many bytes a second is slow for nobody.
pub const ENOUGH: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_part_and_never_nothing() {
        for (workers, tenant, server) in [(0, 1, 1), (1, 1, 1), (2, 1, 1), (5, 1, 2), (10, 3, 5), (1000, 333, 500)] {
            assert_eq!(Shares::of(workers), Shares { tenant, server }, "{workers} workers");
        }
    }

    #[test]
    fn the_more_wait_the_faster_a_server_must_be() {
        for (waiting, rate) in [(0, 0), (1, 65_536), (4, 262_144), (16, ENOUGH), (17, ENOUGH), (u64::MAX, ENOUGH)] {
            assert_eq!(least_rate(waiting), rate, "{waiting} wait");
        }
    }
}
