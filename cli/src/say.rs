//! What the program says: results on standard output, everything else on standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::ProgressBar;
use serde_json::Value as Json;

use crate::exit::Exit;
use crate::problem::Problem;
use crate::text;

/// The program's voice. Clones speak as one.
#[derive(Clone)]
pub(crate) struct Say(Arc<Inner>);

#[expect(clippy::struct_excessive_bools, reason = "independent settings")]
struct Inner {
    json: bool,
    quiet: bool,
    /// Somebody sees what is drawn on standard error.
    live: bool,
    colour: bool,
    /// What is drawn right now: lines go above it.
    bar: Mutex<Option<ProgressBar>>,
    hint: Mutex<Option<String>>,
}

impl Say {
    /// With `json`, standard output gets JSON lines only; with `quiet`, nothing but results and errors is said.
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self(Arc::new(Inner {
            json,
            quiet,
            live: terminal && !quiet,
            colour: terminal && !plain,
            bar: Mutex::new(None),
            hint: Mutex::new(None),
        }))
    }

    /// Whether something can be drawn that moves.
    pub(crate) fn is_live(&self) -> bool {
        self.0.live
    }

    /// Whether nobody wants to know how far it is.
    pub(crate) fn is_quiet(&self) -> bool {
        self.0.quiet
    }

    /// What was asked for, for people and pipes; with `--json` nothing, the event has it.
    pub(crate) fn result(&self, line: &str) {
        if !self.0.json {
            self.aside(|| {
                let mut out = io::stdout().lock();
                // A reader who has gone is no reason to fail.
                let _ = writeln!(out, "{}", text::line(line)).and_then(|()| out.flush());
            });
        }
    }

    /// For programs. Without `--json` nothing.
    pub(crate) fn event(&self, event: &Json) {
        if self.0.json {
            self.aside(|| {
                let mut out = io::stdout().lock();
                // A program that reads no more does not stop what it began.
                let _ = writeln!(out, "{event}").and_then(|()| out.flush());
            });
        }
    }

    /// What happens meanwhile.
    pub(crate) fn note(&self, words: &str) {
        if !self.0.quiet {
            self.error_line(&text::line(words));
        }
    }

    /// What only matters if it takes long: it steps back.
    pub(crate) fn detail(&self, words: &str) {
        if !self.0.quiet {
            self.error_line(&self.in_colour("2", &text::line(words)));
        }
    }

    /// Something came to its good end.
    pub(crate) fn done(&self, words: &str) {
        if !self.0.quiet {
            self.error_line(&format!("{} {}", self.in_colour("32", "✓"), text::line(words)));
        }
    }

    /// Why the command ended without what was asked for.
    pub(crate) fn problem(&self, problem: &Problem) {
        self.event(&problem.event());
        let lines = problem.lines();
        let mut lines = lines.iter().map(|line| text::line(line));
        let first = lines.next().unwrap_or_default();
        match problem.exit {
            Exit::Interrupted => self.error_line(&first),
            _ => self.error_line(&format!("{} {first}", self.in_colour("31", "error:"))),
        }
        for line in lines {
            self.error_line(&line);
        }
    }

    /// What to say if the program is stopped from now on.
    pub(crate) fn if_interrupted(&self, hint: impl Into<String>) {
        *self.0.hint.lock().unwrap_or_else(PoisonError::into_inner) = Some(hint.into());
    }

    /// What to say now that it was stopped.
    pub(crate) fn when_interrupted(&self) -> String {
        format!("Interrupted. {}", self.hint()).trim_end().to_owned()
    }

    /// How it goes on after an end before the end.
    pub(crate) fn hint(&self) -> String {
        let hint = self.0.hint.lock().unwrap_or_else(PoisonError::into_inner).clone();
        hint.unwrap_or_else(|| "Nothing was begun.".to_owned())
    }

    /// Lines go above this bar until [`Say::no_bar`].
    pub(crate) fn above(&self, bar: &ProgressBar) {
        *self.0.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
    }

    /// Nothing is drawn any more.
    pub(crate) fn no_bar(&self) {
        self.0.bar.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn error_line(&self, line: &str) {
        self.aside(|| {
            // Where nobody can be told, there is nobody to tell that either.
            let _ = writeln!(io::stderr(), "{line}");
        });
    }

    fn aside(&self, print: impl FnOnce()) {
        let bar = self.0.bar.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn in_colour(&self, code: &str, words: &str) -> String {
        if self.0.colour { format!("\u{1b}[{code}m{words}\u{1b}[0m") } else { words.to_owned() }
    }
}
