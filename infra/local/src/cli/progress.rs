//! Progress on a terminal; nothing elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A spinner or a bar, if somebody can see it. Clones move the same one; it vanishes with the last.
#[derive(Clone)]
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Draws nothing.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Something that moves while nobody knows how far it is.
    pub(crate) fn spinner(live: bool, name: &'static str) -> Self {
        Self::drawn(live, name, ProgressBar::no_length, "  {spinner:.cyan} {prefix:24} {elapsed:>7}  {msg}")
    }

    /// A bar over bytes.
    pub(crate) fn bytes(live: bool, name: &'static str, total: u64) -> Self {
        const BAR: &str = "  {spinner:.cyan} {prefix:24} {elapsed:>7}  [{bar:24.cyan/dim}] {decimal_bytes} of {decimal_total_bytes}  {msg}";
        Self::drawn(live, name, || ProgressBar::new(total), BAR)
    }

    fn drawn(live: bool, name: &'static str, bar: impl FnOnce() -> ProgressBar, template: &str) -> Self {
        // The templates are our own; one that is wrong costs the progress, not the work.
        let style = ProgressStyle::with_template(template).ok().filter(|_| live);
        Self(style.map(|style| {
            let bar = bar().with_style(style.progress_chars("━╸─")).with_prefix(name);
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        }))
    }

    /// So many bytes of so many.
    pub(crate) fn at(&self, done: u64, total: u64) {
        if let Some(bar) = &self.0 {
            bar.set_length(total);
            bar.set_position(done.min(total));
        }
    }

    /// A word on what is happening.
    pub(crate) fn note(&self, text: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(text.to_owned());
        }
    }

    /// Takes it off the terminal.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
