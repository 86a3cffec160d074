//! The video that is published.

use std::{
    io,
    path::{Path, PathBuf},
};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use tokio::{fs::File, io::AsyncReadExt as _};

use super::failure::Failure;

/// A few seconds of H.264 that ship with the project.
const SAMPLE: &[u8] = include_bytes!("../../sample/sample.mp4");
/// Where it was when this program was built.
const SAMPLE_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sample/sample.mp4");
/// How much is read at once.
const BLOCK: usize = 256 * 1024;

/// A video, from the project or from a file.
pub(crate) struct Video {
    file: Option<PathBuf>,
    size: u64,
}

impl Video {
    /// The file, if there is one, after a look at it; otherwise the sample.
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let Some(file) = file else { return Ok(Self { file: None, size: SAMPLE.len() as u64 }) };
        let failed = |problem: &str| {
            Failure::new(
                "opening the video",
                format!("{} {problem}", file.display()),
                "give --video the path of a video file",
            )
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
        Ok(Self { file: Some(file.to_owned()), size: found.len() })
    }

    /// How many bytes it has.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Its name without folders.
    pub(crate) fn name(&self) -> String {
        let name = self.file.as_ref().and_then(|file| file.file_name());
        name.map_or_else(|| "sample.mp4".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// Its type, by its name: the API looks at the content anyway.
    pub(crate) fn content_type(&self) -> &'static str {
        let name = self.name().to_ascii_lowercase();
        match name.rsplit('.').next() {
            Some("mov" | "qt") => "video/quicktime",
            Some("webm") => "video/webm",
            _ => "video/mp4",
        }
    }

    /// A path under which it can be read again, for commands that people paste.
    pub(crate) fn path(&self) -> String {
        match &self.file {
            Some(file) => std::path::absolute(file).unwrap_or_else(|_| file.clone()).display().to_string(),
            None => std::fs::canonicalize(SAMPLE_FILE)
                .map_or_else(|_| "video.mp4".to_owned(), |path| path.display().to_string()),
        }
    }

    /// Its bytes, from the start.
    pub(crate) fn bytes(&self) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        match self.file.clone() {
            None => stream::iter(SAMPLE.chunks(BLOCK).map(|block| Ok(Bytes::from_static(block)))).left_stream(),
            Some(path) => {
                stream::once(File::open(path)).and_then(async |file| Ok(blocks(file))).try_flatten().right_stream()
            }
        }
    }
}

fn blocks(file: File) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold(file, async |mut file| {
        let mut block = BytesMut::with_capacity(BLOCK);
        let read = file.read_buf(&mut block).await?;
        Ok((read > 0).then(|| (block.freeze(), file)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(video: &Video) -> Vec<u8> {
        let blocks: Vec<Bytes> = video.bytes().try_collect().await.unwrap();
        blocks.concat()
    }

    #[tokio::test]
    async fn the_sample_is_a_small_mp4_with_its_index_first() {
        let sample = Video::open(None).unwrap();
        let bytes = read(&sample).await;
        assert_eq!(bytes.len() as u64, sample.size());
        assert!(bytes.len() < 1_000_000);
        assert_eq!(&bytes[4..8], b"ftyp");
        let index = bytes.windows(4).position(|window| window == b"moov").unwrap();
        assert!(index < bytes.windows(4).position(|window| window == b"mdat").unwrap());
        assert!(bytes.windows(4).any(|window| window == b"avc1"), "H.264");
        assert!(sample.path().ends_with("sample.mp4"));
    }

    #[tokio::test]
    async fn a_file_is_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Clip.MOV");
        let content: Vec<u8> = (0..BLOCK * 2 + 7).map(|index| u8::try_from(index % 251).unwrap()).collect();
        std::fs::write(&path, &content).unwrap();
        let video = Video::open(Some(&path)).unwrap();
        assert_eq!((video.name().as_str(), video.content_type()), ("Clip.MOV", "video/quicktime"));
        assert!(read(&video).await == content);
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
