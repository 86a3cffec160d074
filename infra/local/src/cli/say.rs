//! What the person, or the program, in front of it gets to see.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Instant;

use serde_json::{Value as Json, json};

use super::run_error::RunError;

/// Where words and JSON lines go.
pub(crate) struct Say {
    json: bool,
    colour: bool,
}

/// A step on its way. Dropped without [`Step::done`], nothing is said of it: the failure speaks for it.
pub(crate) struct Step<'a> {
    say: &'a Say,
    name: &'static str,
    started: Instant,
}

/// How wide the column with the names of the steps is.
const NAME: usize = 24;

impl Say {
    /// With `json`, standard output gets JSON lines only and words go to standard error.
    pub(crate) fn new(json: bool) -> Self {
        let terminal = if json { io::stderr().is_terminal() } else { io::stdout().is_terminal() };
        Self { json, colour: terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) }
    }

    /// The first words.
    pub(crate) fn title(&self) {
        self.line("");
        self.line(&format!("  {} on this machine", self.bold("Slipway")));
        self.line("");
    }

    /// A line of words.
    pub(crate) fn line(&self, text: &str) {
        // A reader who has gone must not stop the stack.
        let _ = if self.json { writeln!(io::stderr(), "{text}") } else { writeln!(io::stdout(), "{text}") };
    }

    /// A line for programs. Without `--json` nothing.
    pub(crate) fn event(&self, event: &Json) {
        if self.json {
            let mut out = io::stdout().lock();
            let _ = writeln!(out, "{event}").and_then(|()| out.flush());
        }
    }

    /// The sentence that ends a session which failed.
    pub(crate) fn failure(&self, failure: &RunError) {
        self.event(&json!({"event": "failed", "step": failure.step(), "message": failure.to_string()}));
        let _ = writeln!(io::stderr(), "error: {failure}");
    }

    /// A step begins.
    pub(crate) fn begin(&self, name: &'static str) -> Step<'_> {
        Step { say: self, name, started: Instant::now() }
    }

    /// Text that stands out.
    pub(crate) fn bold(&self, text: &str) -> String {
        self.in_colour("1", text)
    }

    /// Text that steps back.
    pub(crate) fn dim(&self, text: &str) -> String {
        self.in_colour("2", text)
    }

    fn in_colour(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

impl Step<'_> {
    /// The step is done; `detail` is what came of it. Answers how many seconds it took, to the millisecond.
    pub(crate) fn done(self, detail: &str) -> f64 {
        let Self { say, name, started } = self;
        let seconds = started.elapsed().as_secs_f64();
        let mark = say.in_colour("32", "✓");
        say.line(&format!("  {mark} {name:NAME$} {}  {detail}", say.dim(&format!("{seconds:>7.1} s"))));
        let seconds = (seconds * 1000.0).round() / 1000.0;
        say.event(&json!({"event": "step", "step": name, "seconds": seconds, "detail": detail}));
        seconds
    }
}
