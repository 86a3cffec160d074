//! How long frames last.

use std::time::Duration;

use crate::FrameRate;

/// The sum over a track's frames, in ticks of its own clock.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) frames: u64,
    /// Some writers correct a frame's time by a next one that lasts less than nothing.
    ticks: i128,
    /// The longest single frame, and by how much others were corrected.
    longest: i64,
    corrected: i128,
    usual: Option<u32>,
    variable: bool,
}

impl Times {
    /// Adds `count` frames of `ticks` each. A track's last frame often lasts as long as the writer pleases, so it
    /// says nothing about whether the rate varies.
    pub(super) fn add(&mut self, count: u64, ticks: u32, is_last: bool) {
        let signed = i64::from(ticks.cast_signed());
        let all = i128::from(count).saturating_mul(signed.into());
        self.frames = self.frames.saturating_add(count);
        self.ticks = self.ticks.saturating_add(all);
        if count > 0 {
            self.longest = self.longest.max(signed);
            self.corrected = self.corrected.saturating_add(all.min(0));
        }
        if !is_last || count > 1 {
            self.variable |= self.usual.is_some_and(|usual| usual != ticks);
            self.usual = self.usual.or(Some(ticks));
        }
    }

    /// All frames together, in ticks; nothing if that is no time.
    pub(super) fn ticks(self) -> Option<u64> {
        u64::try_from(self.ticks).ok().filter(|ticks| *ticks > 0)
    }

    /// The mean rate, and without a single pause the rate of all other frames.
    pub(super) fn rate(self, timescale: u32) -> Option<FrameRate> {
        let ticks = self.ticks()?;
        let mean = FrameRate::new(self.frames, ticks, timescale.into())?;
        let pause = u64::try_from(i128::from(self.longest).saturating_add(self.corrected)).unwrap_or(0);
        let rate = mean.without_pause(self.frames, ticks, pause, timescale.into()).unwrap_or(mean);
        Some(rate.variable(self.variable))
    }

    /// The mean rate of these frames in a time that is known better.
    pub(super) fn rate_in(self, time: Duration) -> Option<FrameRate> {
        let nanoseconds = u64::try_from(time.as_nanos()).ok()?;
        FrameRate::new(self.frames, nanoseconds, 1_000_000_000).map(|rate| rate.variable(self.variable))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(rate: f64) -> String {
        format!("{rate:.2}")
    }

    /// Shown, lowest and highest rate of these entries at 512 ticks a frame and 30 frames a second.
    fn rates(entries: &[(u64, i32)]) -> [String; 3] {
        let mut times = Times::default();
        for (number, (count, ticks)) in entries.iter().enumerate() {
            times.add(*count, ticks.cast_unsigned(), number + 1 == entries.len());
        }
        let rate = times.rate(15_360).unwrap();
        let (lowest, highest) = rate.bounds();
        [rate.per_second(), lowest, highest].map(text)
    }

    #[test]
    fn one_odd_entry_does_not_decide_the_rate() {
        for (entries, expected) in [
            (&[(450, 512)][..], [30.0, 30.0, 30.0]),
            // A step back that the next one makes good.
            (&[(100, 512), (1, -512), (1, 1536), (348, 512)], [30.0, 30.0, 30.0]),
            (&[(100, 512), (1, -153_600), (1, 154_624), (348, 512)], [30.0, 30.0, 30.0]),
            // One pause, at the start, in between and at the end.
            (&[(1, 15_360), (449, 512)], [30.0, 28.18, 30.0]),
            (&[(200, 512), (1, 1_536_000), (249, 512)], [30.0, 3.91, 30.0]),
            (&[(449, 512), (1, 460_800)], [30.0, 10.01, 30.0]),
            // A fast start, then slides.
            (&[(61, 512), (20, 76_800)], [0.79, 0.79, 0.79]),
            (&[(1, 76_800)], [0.2, 0.2, 0.2]),
        ] {
            assert_eq!(rates(entries), expected.map(text), "{entries:?}");
        }
    }
}
