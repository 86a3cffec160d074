//! Prints what a probe finds in files, as tab-separated lines in the form of `fixtures/ffprobe.sh`:
//! file, seconds, codec, width and height as stored, mean frames a second, degrees of rotation counter-clockwise,
//! whether there is sound; then what ffprobe does not say: container, the rules it breaks (in brackets: may break),
//! reads, bytes read.
//!
//! A file without findings has its error's code in place of the seconds. The exit code is 1 if there was one.
//!
//! ```sh
//! cargo run -p slipway-video --example probe-files -- video.mp4
//! ```

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use slipway_video::{Probe, Source, SourceError, Verdict};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<ExitCode> {
    let failed = Cell::new(false);
    for path in std::env::args().skip(1) {
        let file = Disk::open(&path)?;
        let line = match slipway_video::probe(&file).await {
            Ok(found) => findings(&found, file.len()),
            Err(error) => {
                failed.set(true);
                [error.code().as_str(), "-", "-", "-", "-", "-", "-", "-", "-"].join("\t")
            }
        };
        let (reads, bytes) = (file.reads.load(Ordering::Relaxed), file.bytes.load(Ordering::Relaxed));
        let name = path.rsplit('/').next().unwrap_or_default();
        println!("{name}\t{line}\t{reads}\t{bytes}");
    }
    Ok(if failed.get() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn findings(found: &Probe, size: u64) -> String {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let picture = found.picture;
    let turn = picture.map_or(0, |picture| picture.rotation.degrees());
    let Verdict { refusals, warnings } = slipway_video::verdict(found, size);
    let warnings = warnings.iter().map(|warning| format!("({})", warning.code().as_str()));
    let reasons: Vec<_> = refusals.iter().map(|reason| reason.code().as_str().to_owned()).chain(warnings).collect();
    [
        or_dash(found.duration.map(|duration| format!("{:.6}", duration.as_secs_f64()))),
        or_dash(found.video_codec.as_ref().map(ToString::to_string)),
        or_dash(picture.map(|picture| picture.coded_width.to_string())),
        or_dash(picture.map(|picture| picture.coded_height.to_string())),
        or_dash(found.frame_rate.map(|rate| format!("{:.6}", rate.per_second()))),
        ((360 - turn) % 360).to_string(),
        if found.has_audio { "yes" } else { "no" }.to_owned(),
        found.container.as_str().to_owned(),
        if reasons.is_empty() { "-".to_owned() } else { reasons.join(",") },
    ]
    .join("\t")
}

/// A file on disk that counts what is read of it.
struct Disk {
    file: File,
    len: u64,
    reads: AtomicU64,
    bytes: AtomicU64,
}

impl Disk {
    fn open(path: &str) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(Self { file, len, reads: AtomicU64::new(0), bytes: AtomicU64::new(0) })
    }
}

impl Source for Disk {
    fn len(&self) -> u64 {
        self.len
    }

    async fn read(&self, range: Range<u64>) -> Result<Bytes, SourceError> {
        let count = range.end.saturating_sub(range.start);
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(count, Ordering::Relaxed);
        let mut bytes = vec![0; usize::try_from(count).map_err(SourceError::unavailable)?];
        self.file.read_exact_at(&mut bytes, range.start).map_err(SourceError::unavailable)?;
        Ok(bytes.into())
    }
}
