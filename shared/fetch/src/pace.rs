//! A server that sends a byte now and then must not hold a worker for ever.

use std::time::Duration;

use crate::error::Slow;

/// Counts what came while we waited for it. Time that we spend ourselves on what came is not the server's.
#[derive(Debug)]
pub(crate) struct Pace {
    window: Duration,
    least: u64,
    waited: Duration,
    bytes: u64,
}

impl Pace {
    pub(crate) const fn new(window: Duration, least: u64) -> Self {
        Self { window, least, waited: Duration::ZERO, bytes: 0 }
    }

    /// Notes that so many bytes came after so long a wait.
    pub(crate) fn note(&mut self, waited: Duration, bytes: u64) -> Result<(), Slow> {
        self.waited += waited;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.waited < self.window {
            return Ok(());
        }
        let enough = self.bytes >= self.least;
        (self.waited, self.bytes) = (Duration::ZERO, 0);
        if enough { Ok(()) } else { Err(Slow::Drip) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drip_is_told_from_a_slow_stream_and_from_our_own_slowness() {
        for (bytes, waited, drips) in [(10, 1, false), (9, 1, true), (300, 30, false), (1, 0, false), (299, 30, true)] {
            let mut pace = Pace::new(Duration::from_secs(30), 300);
            let dripped = (0..1000).any(|_| pace.note(Duration::from_secs(waited), bytes).is_err());
            assert_eq!(dripped, drips, "{bytes} bytes every {waited} s");
        }
    }
}
