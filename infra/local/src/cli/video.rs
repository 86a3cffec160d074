//! The video that is published.

use std::io;
use std::path::{Path, PathBuf};

use super::run_error::RunError;

/// A few seconds of H.264 that ship with the project.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sample/sample.mp4");

/// A video, from the project or from a file of the caller's.
pub(crate) struct Video(PathBuf);

impl Video {
    /// The file, if there is one, otherwise the sample. What can't be a video is refused before anything starts.
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, RunError> {
        let file = file.unwrap_or(Path::new(SAMPLE));
        let failed = |problem: &str| {
            let problem = format!("{} {problem}", file.display());
            RunError::new("opening the video", problem, "give --video the path of a video file")
        };
        let found = std::fs::File::open(file).and_then(|opened| opened.metadata());
        let found = found.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed("does not exist"),
            _ => failed(&format!("can't be read ({error})")),
        })?;
        if !found.is_file() {
            return Err(failed("is not a file"));
        }
        if found.len() == 0 {
            return Err(failed("is empty"));
        }
        Ok(Self(file.to_owned()))
    }

    /// Its name without folders.
    pub(crate) fn name(&self) -> String {
        self.0.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Its path from anywhere.
    pub(crate) fn path(&self) -> PathBuf {
        std::fs::canonicalize(&self.0).unwrap_or_else(|_| self.0.clone())
    }

    /// Its path from here: without the folders that both have in common.
    pub(crate) fn path_from_here(&self) -> PathBuf {
        let path = self.path();
        let here = std::env::current_dir().and_then(std::fs::canonicalize);
        here.ok().and_then(|here| Some(path.strip_prefix(here).ok()?.to_owned())).unwrap_or(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_small_mp4_with_its_index_first() {
        let sample = Video::open(None).unwrap();
        let bytes = std::fs::read(&sample.0).unwrap();
        assert!(bytes.len() < 1_000_000);
        assert_eq!(&bytes[4..8], b"ftyp");
        let index = bytes.windows(4).position(|window| window == b"moov").unwrap();
        assert!(index < bytes.windows(4).position(|window| window == b"mdat").unwrap());
        assert!(bytes.windows(4).any(|window| window == b"avc1"), "H.264");
        assert_eq!(sample.name(), "sample.mp4");
        assert_eq!(sample.path_from_here(), Path::new("sample/sample.mp4"));
        assert!(sample.path().is_absolute());
    }

    #[test]
    fn what_is_no_video_file_is_one_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty.mp4");
        std::fs::write(&empty, "").unwrap();
        for (path, part) in [
            (folder.path().join("none.mp4"), "does not exist"),
            (folder.path().to_owned(), "is not a file"),
            (empty, "is empty"),
        ] {
            let said = Video::open(Some(&path)).err().unwrap().to_string();
            assert!(said.contains(part) && !said.contains('\n'), "{said}");
        }
    }
}
