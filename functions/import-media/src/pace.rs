//! How long a slow server may hold a worker: as long as it likes while nobody waits, and the shorter the more do.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use slipway_domain::shares::{ENOUGH, least_rate};
use slipway_queue::Queue;

/// A server's speed is that of so many of the latest looks together.
const LOOKS: usize = 3;

/// The bytes of a file that have come so far.
#[derive(Debug, Default)]
pub(crate) struct Progress(AtomicU64);

impl Progress {
    pub(crate) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Looks every `pause` and ends once the server is slower than so many waiting imports allow. Nothing is asked of SQS
/// while the server is fast enough for any number of them.
pub(crate) async fn until_too_slow(queue: &Queue, progress: &Progress, pause: Duration) {
    let mut looks = vec![progress.bytes()];
    loop {
        tokio::time::sleep(pause).await;
        looks.push(progress.bytes());
        let [.., first, _, _, last] = looks.as_slice() else { continue };
        let rate = per_second(last.saturating_sub(*first), pause * u32::try_from(LOOKS).unwrap_or(1));
        looks.remove(0);
        if rate >= ENOUGH {
            continue;
        }
        match queue.waiting().await {
            Ok(waiting) if rate < least_rate(waiting) => {
                tracing::info!(rate, waiting, "the server is too slow for so many that wait");
                return;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "could not ask how many wait"),
        }
    }
}

fn per_second(bytes: u64, time: Duration) -> u64 {
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
    bytes.saturating_mul(1000) / millis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_bytes_a_second() {
        for (bytes, time, rate) in [(0, 1000, 0), (3000, 30_000, 100), (1000, 0, 1_000_000), (u64::MAX, 1, u64::MAX)] {
            assert_eq!(per_second(bytes, Duration::from_millis(time)), rate, "{bytes} B in {time} ms");
        }
    }
}
