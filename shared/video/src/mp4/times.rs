//! How long frames last.

use std::time::Duration;

use crate::FrameRate;

/// The sum over a track's frames, in ticks of its own clock.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) frames: u64,
    pub(super) ticks: u64,
    usual: Option<u32>,
    variable: bool,
}

impl Times {
    /// Adds `count` frames of `ticks` each. A track's last frame often lasts as long as the writer pleases, so it
    /// says nothing about whether the rate varies.
    pub(super) fn add(&mut self, count: u64, ticks: u32, is_last: bool) {
        self.frames = self.frames.saturating_add(count);
        self.ticks = self.ticks.saturating_add(count.saturating_mul(u64::from(ticks)));
        if !is_last || count > 1 {
            self.variable |= self.usual.is_some_and(|usual| usual != ticks);
            self.usual = self.usual.or(Some(ticks));
        }
    }

    pub(super) fn rate(self, timescale: u32) -> Option<FrameRate> {
        FrameRate::new(self.frames, self.ticks, timescale.into()).map(|rate| rate.variable(self.variable))
    }
}

/// `ticks` of which `timescale` make a second; nothing if that is no time.
pub(super) fn duration(ticks: u64, timescale: u32) -> Option<Duration> {
    let timescale = u64::from(timescale);
    let seconds = ticks.checked_div(timescale)?;
    let rest = u128::from(ticks % timescale) * 1_000_000_000 / u128::from(timescale);
    let duration = Duration::new(seconds, u32::try_from(rest).ok()?);
    (!duration.is_zero()).then_some(duration)
}
