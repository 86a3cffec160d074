//! A line that says what is happening right now.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use jiff::SignedDuration;

use crate::say::Say;
use crate::text;

/// Where nothing can be drawn, so often it is said that there is nothing new.
const EVERY: Duration = Duration::from_secs(15);

/// One line that changes on a terminal; a line for every change, and now and then between, elsewhere. It vanishes when this
/// is dropped.
pub(crate) struct Line<'a> {
    say: &'a Say,
    bar: Option<ProgressBar>,
    last: String,
    /// Since when that has been so, and when it was last said.
    since: Instant,
    said: Instant,
}

impl<'a> Line<'a> {
    /// Says nothing yet.
    pub(crate) fn new(say: &'a Say) -> Self {
        let bar = say.is_live().then(|| {
            // The template is our own; one that is wrong costs its looks, not the command.
            let style = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}");
            let bar = ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if let Some(bar) = &bar {
            say.above(bar);
        }
        let now = Instant::now();
        Self { say, bar, last: String::new(), since: now, said: now }
    }

    /// What is happening now.
    pub(crate) fn show(&mut self, words: &str) {
        let Some(line) = self.line_at(words, Instant::now()) else { return };
        match &self.bar {
            Some(bar) => bar.set_message(text::line(words)),
            None => self.say.note(&line),
        }
    }

    /// What is to be said where nothing can be drawn, if it is time.
    fn line_at(&mut self, words: &str, now: Instant) -> Option<String> {
        if self.last != news(words) {
            news(words).clone_into(&mut self.last);
            (self.since, self.said) = (now, now);
            return Some(words.to_owned());
        }
        if now - self.said < EVERY {
            return None;
        }
        self.said = now;
        let since = SignedDuration::try_from(now - self.since).unwrap_or_default();
        Some(format!("{words}, for {}", text::duration(since)))
    }
}

/// With what the time of the next attempt begins.
pub(crate) const NEXT_ATTEMPT: &str = ", next attempt ";

/// What of the words is news: that a time comes nearer is none.
fn news(words: &str) -> &str {
    words.split_once(NEXT_ATTEMPT).map_or(words, |(news, _)| news)
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            self.say.no_bar();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_every_15_seconds_and_what_changes_at_once() {
        let say = Say::new(false, true);
        let (mut line, start) = (Line::new(&say), Instant::now());
        for (seconds, words, told) in [
            (0, "waiting", Some("waiting")),
            (14, "waiting", None),
            (15, "waiting", Some("waiting, for 15 s")),
            (29, "waiting", None),
            (31, "waiting", Some("waiting, for 31 s")),
            (32, "processing", Some("processing")),
            (46, "processing", None),
            (47, "processing", Some("processing, for 15 s")),
        ] {
            let found = line.line_at(words, start + Duration::from_secs(seconds));
            assert_eq!(found.as_deref(), told, "{seconds} s");
        }
    }
}
