//! The file to upload.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, SeekFrom};

use crate::problem::Problem;

/// How much of the file is in memory at a time, for each part that is being sent.
const BUFFER: usize = 256 * 1024;

/// A file as it was when the program began.
#[derive(Debug, Clone)]
pub(super) struct Source {
    path: PathBuf,
    pub(super) version: Version,
}

/// What tells whether a file is still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) size_bytes: u64,
    modified_ns: u64,
}

impl Source {
    /// The file, if it is one that can be read from any place.
    pub(super) fn open(path: &Path) -> Result<Self, Problem> {
        let unreadable = |error| Problem::failure(format!("{} can't be read: {error}", path.display()));
        // Opened, and not only found: what may not be read shall be told before anything is asked of the API.
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(Problem::usage(format!("{} is no file", path.display())));
        }
        if metadata.len() == 0 {
            return Err(Problem::refused(format!("{} is empty", path.display())).with_code("validation.empty_file"));
        }
        let path = path.canonicalize().map_err(unreadable)?;
        Ok(Self { path, version: Version::of(&metadata) })
    }

    /// Its absolute path, without links.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Its name.
    pub(super) fn name(&self) -> String {
        self.path.file_name().map_or_else(|| "video".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// What its name promises. The API looks at the content.
    pub(super) fn content_type(&self) -> &'static str {
        let ending = self.path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        match ending.as_deref() {
            Some("mp4" | "m4v") => "video/mp4",
            Some("mov" | "qt") => "video/quicktime",
            Some("webm") => "video/webm",
            Some("jpg" | "jpeg") => "image/jpeg",
            Some("webp") => "image/webp",
            _ => "application/octet-stream",
        }
    }

    /// A failure if somebody has changed the file since the program began.
    pub(super) fn unchanged(&self) -> Result<(), Problem> {
        let now = std::fs::metadata(&self.path).ok().map(|metadata| Version::of(&metadata));
        if now == Some(self.version) { Ok(()) } else { Err(self.changed()) }
    }

    fn changed(&self) -> Problem {
        Problem::failure(format!("{} was changed while it was being sent; start again", self.path.display()))
    }

    /// A part of it, read as it is sent. `moved` counts what was read. A file that ends early ends in an error, so that
    /// the part is never taken as whole.
    pub(super) async fn part(
        &self,
        offset: u64,
        size: u64,
        moved: Arc<AtomicU64>,
    ) -> std::io::Result<impl Stream<Item = std::io::Result<Bytes>> + use<>> {
        let mut file = File::open(&self.path).await?;
        file.seek(SeekFrom::Start(offset)).await?;
        Ok(stream::try_unfold((file, size), move |(mut file, left)| {
            let moved = Arc::clone(&moved);
            async move {
                if left == 0 {
                    return Ok(None);
                }
                let most = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
                let mut buffer = BytesMut::with_capacity(most);
                let read = (&mut file).take(most as u64).read_buf(&mut buffer).await?;
                if read == 0 {
                    return Err(std::io::Error::other("the file has become shorter"));
                }
                moved.fetch_add(read as u64, Ordering::Relaxed);
                Ok(Some((buffer.freeze(), (file, left.saturating_sub(read as u64)))))
            }
        }))
    }
}

impl Version {
    fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let modified_ns = modified.and_then(|age| u64::try_from(age.as_nanos()).ok()).unwrap_or(0);
        Self { size_bytes: metadata.len(), modified_ns }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::*;
    use crate::exit::Exit;

    async fn read(source: &Source, offset: u64, size: u64) -> std::io::Result<Vec<u8>> {
        let moved = Arc::new(AtomicU64::new(0));
        let stream = source.part(offset, size, Arc::clone(&moved)).await?;
        let bytes: Vec<Bytes> = stream.try_collect().await?;
        assert!(bytes.iter().all(|bytes| bytes.len() <= BUFFER), "no more than a buffer at a time");
        let bytes = bytes.concat();
        assert_eq!(moved.load(Ordering::Relaxed), bytes.len() as u64);
        Ok(bytes)
    }

    #[tokio::test]
    async fn a_part_is_exactly_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("video.MP4");
        let content: Vec<u8> = (0..1_000_000_u32).map(|i| i.to_le_bytes()[(i % 3) as usize]).collect();
        std::fs::write(&path, &content).unwrap();
        let source = Source::open(&path).unwrap();
        assert_eq!((source.content_type(), source.version.size_bytes), ("video/mp4", 1_000_000));
        for (offset, size) in [(0, 1_000_000), (0, 1), (999_999, 1), (123_456, 600_000), (7, 0)] {
            let expected = &content[usize::try_from(offset).unwrap()..][..usize::try_from(size).unwrap()];
            assert_eq!(read(&source, offset, size).await.unwrap(), expected, "{offset} {size}");
        }
        assert!(read(&source, 999_990, 11).await.is_err(), "a file that ends early is an error");
    }

    #[tokio::test]
    async fn a_change_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("video.mov");
        std::fs::write(&path, "one").unwrap();
        let source = Source::open(&path).unwrap();
        assert!(source.unchanged().is_ok());
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        assert_eq!(source.unchanged().unwrap_err().exit, Exit::Failure);
        assert_ne!(source.version, Source::open(&path).unwrap().version);
        std::fs::remove_file(&path).unwrap();
        assert!(source.unchanged().is_err());
    }

    #[test]
    fn what_is_no_file_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Source::open(folder.path()).unwrap_err().exit, Exit::Usage);
        assert_eq!(Source::open(&folder.path().join("none.mp4")).unwrap_err().exit, Exit::Failure);
    }
}
