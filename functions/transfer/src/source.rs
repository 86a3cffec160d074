//! The video's bytes: one streaming GET from S3 that feeds all chunks in order, without holding one in memory.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use slipway_domain::{ByteRange, Chain};
use slipway_media::{Bucket, S3Error};
use slipway_store::posts::MediaRef;

/// The rest of an object from some byte on.
#[derive(Clone)]
pub(crate) struct Source(Arc<Mutex<Stream>>);

struct Stream {
    body: Pin<Box<dyn Body<Data = Bytes, Error = io::Error> + Send>>,
    /// What a frame held beyond the end of a chunk: it belongs to the next one.
    kept: Bytes,
    /// The next byte's index in the object.
    position: u64,
}

/// Why the bytes can't be had.
#[derive(Debug)]
pub(crate) enum SourceError {
    /// The object is gone, or is not the one that was verified.
    Gone,
    /// S3 failed, for now.
    Failed(S3Error),
}

impl Source {
    /// Opens the object at byte `first`. Its ETag must be the verified one's.
    pub(crate) async fn open(bucket: &Bucket, media: &MediaRef, first: u64) -> Result<Self, SourceError> {
        let get = bucket.object(&media.s3_key).get().if_match(&media.etag).range(format!("bytes={first}-"));
        let answer = get.send().await.map_err(|error| match S3Error::from(error) {
            S3Error::Gone | S3Error::Changed => SourceError::Gone,
            error => SourceError::Failed(error),
        })?;
        // A store that ignores Range answers with the whole object: those would be the wrong bytes.
        let expected = media.size_bytes - first;
        if answer.content_length.and_then(|length| u64::try_from(length).ok()) != Some(expected) {
            let why = format!("expected {expected} bytes, S3 offers {:?}", answer.content_length);
            return Err(SourceError::Failed(S3Error::Failed(Chain::of(why))));
        }
        Ok(Self::new(answer.body.into_inner(), first))
    }

    pub(crate) fn new(body: SdkBody, first: u64) -> Self {
        Self::over(SdkFrames(Box::pin(body)), first)
    }

    fn over(body: impl Body<Data = Bytes, Error = io::Error> + Send + 'static, first: u64) -> Self {
        Self(Arc::new(Mutex::new(Stream { body: Box::pin(body), kept: Bytes::new(), position: first })))
    }

    /// The next byte's index in the object. After a chunk that broke off it is somewhere inside the chunk.
    pub(crate) fn position(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).position
    }

    /// The bytes of a chunk, of exactly its length. The source must stand at the chunk's first byte.
    pub(crate) fn chunk(&self, range: ByteRange) -> Chunk {
        Chunk { source: self.clone(), left: range.len() }
    }
}

/// One chunk's bytes.
pub(crate) struct Chunk {
    source: Source,
    left: u64,
}

impl Body for Chunk {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let source = self.source.clone();
        let mut stream = source.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stream.kept.is_empty() {
            match std::task::ready!(stream.body.as_mut().poll_frame(cx)) {
                None => return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => stream.kept = frame.into_data().unwrap_or_default(),
            }
        }
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(stream.kept.len());
        let data = stream.kept.split_to(length);
        stream.position += length as u64;
        self.left -= length as u64;
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// S3's body with an error type that can be passed on.
struct SdkFrames(Pin<Box<SdkBody>>);

impl Body for SdkFrames {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.0.as_mut().poll_frame(cx).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    fn range(first: u64, last: u64) -> ByteRange {
        ByteRange { first, last }
    }

    #[tokio::test]
    async fn one_stream_feeds_chunk_after_chunk_to_the_byte() {
        let source = Source::new(SdkBody::from("0123456789"), 0);
        for (range, expected) in [(range(0, 2), "012"), (range(3, 3), "3"), (range(4, 9), "456789")] {
            assert_eq!(source.position(), range.first);
            let chunk = source.chunk(range);
            assert_eq!(chunk.size_hint().exact(), Some(range.len()));
            assert_eq!(chunk.collect().await.unwrap().to_bytes(), expected);
        }
        assert_eq!(source.position(), 10);
    }

    #[tokio::test]
    async fn a_source_that_ends_early_is_an_error_and_not_a_short_chunk() {
        let source = Source::new(SdkBody::from("0123"), 0);
        let error = source.chunk(range(0, 4)).collect().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
