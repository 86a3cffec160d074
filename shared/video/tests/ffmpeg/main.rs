//! What ffmpeg makes, and what ffprobe and ffmpeg say of what we find in it. Needs ffmpeg, so that it is not among the
//! ordinary tests:
//!
//! ```sh
//! cargo test -p slipway-video --test ffmpeg -- --ignored
//! ```

#![expect(clippy::unwrap_used, reason = "all of this crate is tests")]

mod cures;
mod ffprobe;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use slipway_video::{Probe, ProbeError};
use tempfile::TempDir;

use ffprobe::Theirs;

/// By how much a length may differ: a packet of sound at the start, or a frame at the end.
const LENGTH: Duration = Duration::from_millis(100);
/// By how much a rate may differ, in parts of it: ffprobe counts to the end of the last frame, which no container has to
/// state.
const RATE: f64 = 0.02;

/// Files of which ours and theirs say something else, what of, and why.
const DIFFERENCES: [(&str, &str, &str); 3] = [
    ("pause.webm", "rate", "the header's rate is that of all frames but the one pause, which ffprobe counts"),
    ("photo_animated.webp", "size", "ffmpeg reads no animated WebP"),
    ("variable.mkv", "rate", "hardly a frame is in the first 64 KiB, and no read is spent on a rate that TikTok takes"),
];

/// The files that `make.sh` makes, once; nothing if there is no ffmpeg.
fn made() -> Option<&'static Path> {
    static MADE: OnceLock<Option<TempDir>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let has =
            |program: &str| Command::new(program).arg("-version").output().is_ok_and(|told| told.status.success());
        if !has("ffmpeg") || !has("ffprobe") {
            eprintln!("ffmpeg or ffprobe is not installed here, so nothing was checked");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ffmpeg/make.sh");
        assert!(Command::new("sh").arg(script).arg(folder.path()).status().unwrap().success());
        Some(folder)
    });
    made.as_ref().map(TempDir::path)
}

/// The files of a folder, by their names.
fn files(folder: &Path) -> Vec<(String, PathBuf)> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let mut files: Vec<_> = paths.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path)).collect();
    files.sort();
    files
}

fn probe(path: &Path) -> Result<Probe, ProbeError> {
    let file = Bytes::from(std::fs::read(path).unwrap());
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(slipway_video::probe(&file))
}

#[test]
#[ignore = "needs ffmpeg, see CONTRIBUTING.md"]
fn our_findings_are_ffprobes_or_the_difference_has_a_reason() {
    let Some(folder) = made() else { return };
    let (mut found, mut compared) = (Vec::new(), 0);
    for (name, path) in files(folder) {
        let Ok(ours) = probe(&path) else { continue };
        let theirs = Theirs::of(&path);
        compared += 1;
        for what in theirs.differences(&ours) {
            eprintln!("{name}: {what}: ours {ours:?}, theirs {theirs:?}");
            found.push((name.clone(), what));
        }
    }
    let expected: Vec<_> = DIFFERENCES.iter().map(|(name, what, _)| ((*name).to_owned(), *what)).collect();
    assert_eq!(found, expected);
    assert!(compared >= 90, "only {compared} files were compared");
}
