//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

/// Waits until this holds, and fails the test if it does not within ten seconds.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !holds().await {
        assert!(Instant::now() < end, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
