//! Where the functions' output goes: to the caller's sink and to everyone who listens, never to our own stdout.

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

/// One line that a function wrote, or that the stack wrote about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The function's logical id, or the part of the stack that speaks.
    pub function: String,
    /// The process, where there is one.
    pub pid: Option<u32>,
    /// Who wrote it.
    pub source: LogSource,
    /// The line without its end.
    pub text: String,
}

/// Who wrote a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogSource {
    /// The function, on its standard output.
    Stdout,
    /// The function, on its standard error.
    Stderr,
    /// The stack, in Lambda's own words: START, END, REPORT, and what went wrong outside the function.
    Platform,
}

impl fmt::Display for LogLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(out, "{}[{pid}] {}", self.function, self.text),
            None => write!(out, "{} {}", self.function, self.text),
        }
    }
}

/// Takes each line of the functions' output. The default drops them.
#[derive(Clone, Default)]
pub struct LogSink(Option<Arc<Take>>);

type Take = dyn Fn(&LogLine) + Send + Sync;

impl LogSink {
    /// Hands each line to `take`, which must not block.
    pub fn call(take: impl Fn(&LogLine) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(take)))
    }

    /// Appends each line to a file, with the time in front.
    ///
    /// # Errors
    /// The file can't be opened for writing. A line that can't be written later is dropped.
    pub fn file(path: &Path) -> io::Result<Self> {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
        let file = Mutex::new(file);
        Ok(Self::call(move |line| {
            let line = format!("{:.3} {line}\n", jiff::Timestamp::now());
            // A full disk must not stop the stack; the line is lost.
            let _ = lock(&file).write_all(line.as_bytes());
        }))
    }

    /// Each line goes to this sink and then to `other`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::call(move |line| {
            self.take(line);
            other.take(line);
        })
    }

    fn take(&self, line: &LogLine) {
        if let Some(take) = &self.0 {
            take(line);
        }
    }
}

/// The sink and those who listen.
#[derive(Clone, Default)]
pub(crate) struct Logs {
    sink: LogSink,
    listeners: Arc<Mutex<Vec<mpsc::UnboundedSender<LogLine>>>>,
}

impl Logs {
    pub(crate) fn new(sink: LogSink) -> Self {
        Self { sink, listeners: Arc::default() }
    }

    pub(crate) fn write(&self, line: &LogLine) {
        self.sink.take(line);
        lock(&self.listeners).retain(|listener| listener.send(line.clone()).is_ok());
    }

    /// A line of the stack's own, about a function or one of its own parts.
    pub(crate) fn platform(&self, function: &str, pid: Option<u32>, text: impl Into<String>) {
        self.write(&LogLine { function: function.to_owned(), pid, source: LogSource::Platform, text: text.into() });
    }

    /// All lines from now on. They pile up until they are read or the receiver is dropped.
    pub(crate) fn subscribe(&self) -> mpsc::UnboundedReceiver<LogLine> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.listeners).push(sender);
        receiver
    }
}

/// Locks, also after a holder panicked: what these locks guard is whole after every statement.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
