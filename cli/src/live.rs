//! A line that says what is happening right now.

use std::time::Duration;

use indicatif::ProgressBar;

use crate::say::Say;
use crate::text;

/// One line that changes on a terminal; a line for every change elsewhere. It vanishes when this is dropped.
pub(crate) struct Line<'a> {
    say: &'a Say,
    bar: Option<ProgressBar>,
    last: String,
}

impl<'a> Line<'a> {
    /// Says nothing yet.
    pub(crate) fn new(say: &'a Say) -> Self {
        let bar = say.is_live().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if let Some(bar) = &bar {
            say.above(bar);
        }
        Self { say, bar, last: String::new() }
    }

    /// What is happening now.
    pub(crate) fn show(&mut self, words: &str) {
        if self.last == words {
            return;
        }
        words.clone_into(&mut self.last);
        match &self.bar {
            Some(bar) => bar.set_message(text::line(words)),
            None => self.say.note(words),
        }
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            self.say.no_bar();
        }
    }
}
