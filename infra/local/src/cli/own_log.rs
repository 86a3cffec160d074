//! The local stack's own lines and those of the stand-ins: into the log file, so that the screen is for the steps. With
//! `RUST_LOG` they go to standard error.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;

use tracing_subscriber::EnvFilter;

/// The file, once there is one. What is said before goes nowhere: nothing runs yet.
static FILE: OnceLock<File> = OnceLock::new();

/// Where a line goes.
struct ToFile;

impl Write for ToFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        FILE.get().map_or(Ok(bytes.len()), |mut file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        FILE.get().map_or(Ok(()), |mut file| file.flush())
    }
}

/// Begins to take lines.
pub(super) fn start() {
    let lines = tracing_subscriber::fmt();
    match EnvFilter::try_from_default_env() {
        Ok(filter) => lines.with_env_filter(filter).with_writer(io::stderr).init(),
        Err(_) => {
            lines.with_env_filter(EnvFilter::new("error")).with_ansi(false).with_writer(|| ToFile).init();
        }
    }
}

/// From now on lines go to the end of this file.
pub(super) fn to(path: &Path) {
    // Without it the lines are lost, and the functions' log says by itself that it can't be written.
    if let Ok(file) = File::options().create(true).append(true).open(path) {
        let _ = FILE.set(file);
    }
}
