#![doc = include_str!("../README.md")]
#![expect(clippy::expect_used, reason = "a test that can't be watched must not run")]

mod forms;

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Once;

use tracing::{Level, Metadata};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

use forms::masked;
pub use forms::{Found, found};

/// Watches this process from now on. To be called by whatever sets a test up, as often as it likes.
///
/// What our own code says is read on every level, with the fields of the spans around it; what libraries say is read
/// from WARN up, because that is what the functions log of it. The lines go nowhere.
///
/// # Panics
/// Somebody else takes this process's log.
pub fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let lines = tracing_subscriber::fmt::layer().json().with_writer(Watch).with_filter(filter_fn(is_logged));
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines))
            .expect("nobody else takes this process's log");
    });
}

/// Reads a line that another process has logged, such as a function of the local stack.
pub fn read(line: &str) {
    let leaks = found(line);
    if !leaks.is_empty() {
        end(&leaks, line);
    }
}

/// Cargo compiles the workspace's own files by relative paths, and all others by absolute ones.
fn is_logged(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::WARN || metadata.file().is_some_and(|file| Path::new(file).is_relative())
}

/// Takes one line with each write.
#[derive(Debug, Clone, Copy)]
struct Watch;

impl MakeWriter<'_> for Watch {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

impl io::Write for Watch {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        read(&String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Not by a panic: the line may come from a task whose panics nobody sees. Not by `eprintln!`: a test's harness keeps
/// what that prints for later, and there is no later.
fn end(leaks: &[Found], line: &str) -> ! {
    let names: Vec<_> = leaks.iter().map(|leak| leak.name).collect();
    let _ = writeln!(io::stderr(), "A log line holds {}: {}", names.join(", "), masked(line));
    std::process::exit(101)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Output};

    const WHAT: &str = "LOG_WATCH_TEST_LOGS";

    /// Runs this one test again in a process of its own, which logs what it is told to.
    fn process_that_logs(test: &str, what: &str) -> Output {
        let this = std::env::current_exe().unwrap();
        Command::new(this).args([test, "--exact"]).env(WHAT, what).output().unwrap()
    }

    #[test]
    fn a_log_line_with_a_secret_ends_the_test_wherever_it_comes_from() {
        if let Ok(what) = std::env::var(WHAT) {
            super::start();
            // A panic in here would be lost.
            let _ = std::thread::spawn(move || {
                let _span = tracing::info_span!("call", what = what.strip_prefix("in a span: ")).entered();
                let said = if what.starts_with("in a span: ") { "-" } else { &what };
                tracing::trace!(said, "called TikTok");
            })
            .join();
            return;
        }
        let test = "tests::a_log_line_with_a_secret_ends_the_test_wherever_it_comes_from";
        for leak in
            ["https://up.example/?upload_token=topsecret", "in a span: https://up.example/?upload_token=topsecret"]
        {
            let output = process_that_logs(test, leak);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(101), "{said}");
            assert!(said.contains("A log line holds an upload URL") && !said.contains("topsecret"), "{said}");
        }
        let output = process_that_logs(test, "https://up.example/?upload_id=1");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
