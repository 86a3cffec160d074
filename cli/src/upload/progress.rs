//! How far an upload is: a bar on a terminal, a line now and then elsewhere, events for programs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::say::Say;
use crate::text;

/// Where nothing can be drawn, so often a line is said.
const EVERY: Duration = Duration::from_secs(10);
/// Programs are told more often.
const EVENT_EVERY: Duration = Duration::from_secs(1);

/// The bar takes what the figures leave of the line.
const BAR: &str = "{wide_bar:.cyan/dim} {decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}, {eta} left";

/// Counts the bytes that went out. The bar vanishes when it is dropped.
pub(super) struct Progress {
    say: Say,
    total: u64,
    sent: Mutex<u64>,
    bar: Option<ProgressBar>,
    told: Mutex<Instant>,
    evented: Mutex<Instant>,
}

/// What one attempt to send a part has moved. Counts at once, and is taken back when the attempt fails.
pub(super) struct Moving<'a> {
    progress: &'a Progress,
    moved: Arc<AtomicU64>,
    shown: u64,
    kept: bool,
}

impl Progress {
    /// `there` of `total` bytes went out before.
    pub(super) fn new(say: &Say, total: u64, there: u64) -> Self {
        let bar = say.is_live().then(|| {
            // The template is our own; one that is wrong costs its looks, not the upload.
            let style = ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar());
            let style = style.progress_chars("━╸─");
            let bar = ProgressBar::new(total).with_style(style).with_position(there);
            // What was there before says nothing about how fast it goes now.
            bar.reset_eta();
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        if let Some(bar) = &bar {
            say.above(bar);
        }
        let now = Instant::now();
        Self { say: say.clone(), total, sent: Mutex::new(there), bar, told: Mutex::new(now), evented: Mutex::new(now) }
    }

    /// Begins to send a part.
    pub(super) fn begin(&self) -> Moving<'_> {
        Moving { progress: self, moved: Arc::default(), shown: 0, kept: false }
    }

    fn change(&self, more: u64, less: u64) {
        let sent = {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            *sent = (*sent + more).saturating_sub(less).min(self.total);
            *sent
        };
        let now = Instant::now();
        if let Some(bar) = &self.bar {
            bar.set_position(sent);
        } else if !self.say.is_quiet() && is_time(&self.told, EVERY, now) {
            let percent = sent * 100 / self.total.max(1);
            self.say.note(&format!("{} of {} ({percent} %)", text::bytes(sent), text::bytes(self.total)));
        }
        if is_time(&self.evented, EVENT_EVERY, now) {
            self.say.event(&json!({"event": "progress", "sent_bytes": sent, "total_bytes": self.total}));
        }
    }
}

impl Moving<'_> {
    /// The counter for whoever reads the part.
    pub(super) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.moved)
    }

    /// Shows what was read since the last look, and says whether it was anything.
    pub(super) fn look(&mut self) -> bool {
        let moved = self.moved.load(Ordering::Relaxed);
        let more = moved.saturating_sub(self.shown);
        self.shown = moved;
        if more > 0 {
            self.progress.change(more, 0);
        }
        more > 0
    }

    /// The part is there.
    pub(super) fn keep(mut self) {
        self.look();
        self.kept = true;
    }
}

impl Drop for Moving<'_> {
    fn drop(&mut self) {
        if !self.kept && self.shown > 0 {
            self.progress.change(0, self.shown);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            self.say.no_bar();
        }
    }
}

fn is_time(last: &Mutex<Instant>, every: Duration, now: Instant) -> bool {
    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
    let is_time = now.saturating_duration_since(*last) >= every;
    if is_time {
        *last = now;
    }
    is_time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_when_its_time_is_over_and_not_before() {
        let start = Instant::now();
        let last = Mutex::new(start);
        for (seconds, told) in [(0, false), (9, false), (10, true), (11, false), (19, false), (25, true), (34, false)] {
            assert_eq!(is_time(&last, EVERY, start + Duration::from_secs(seconds)), told, "{seconds} s");
        }
    }

    #[test]
    fn what_a_failed_attempt_moved_is_taken_back() {
        let progress = Progress::new(&Say::new(false, true), 100, 10);
        let sent = || *progress.sent.lock().unwrap();
        let mut failed = progress.begin();
        failed.counter().fetch_add(30, Ordering::Relaxed);
        assert!(failed.look());
        assert!(!failed.look());
        assert_eq!(sent(), 40);
        drop(failed);
        assert_eq!(sent(), 10);
        let good = progress.begin();
        good.counter().fetch_add(90, Ordering::Relaxed);
        good.keep();
        assert_eq!(sent(), 100);
    }
}
