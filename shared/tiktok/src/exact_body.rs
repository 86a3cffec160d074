//! A request body of an exact length.

use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Passes a body through while it counts: TikTok must get exactly the bytes that `Content-Length` announces.
///
/// Without it a store that ignores `Range` would be sent on, cut off at the announced length, with the wrong bytes.
/// The last frame is held back until the source has ended, so that a wrong source never becomes a whole chunk.
pub(crate) struct ExactBody<B> {
    inner: B,
    /// Bytes that the source still owes.
    left: u64,
    held: Option<Bytes>,
}

/// Why the bytes of a chunk could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The source ended early.
    #[error("the source ended {missing} bytes early")]
    TooShort {
        /// How many bytes were missing.
        missing: u64,
    },
    /// The source had more bytes than the chunk.
    #[error("the source has more bytes than the chunk")]
    TooLong,
    /// The source failed.
    #[error("the source failed")]
    Source(#[source] Box<dyn StdError + Send + Sync>),
}

impl<B> ExactBody<B> {
    pub(crate) const fn new(inner: B, length: u64) -> Self {
        Self { inner, left: length, held: None }
    }
}

impl<B> Body for ExactBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            let frame = match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Poll::Ready(Some(Err(BodyError::Source(error.into())))),
                None if self.left > 0 => return Poll::Ready(Some(Err(BodyError::TooShort { missing: self.left }))),
                None => return Poll::Ready(self.held.take().map(|last| Ok(Frame::data(last)))),
            };
            // Trailers mean nothing to TikTok.
            let Ok(data) = frame.into_data() else { continue };
            if data.is_empty() {
                continue;
            }
            let Some(left) = self.left.checked_sub(data.len() as u64) else {
                return Poll::Ready(Some(Err(BodyError::TooLong)));
            };
            self.left = left;
            if left > 0 {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
            self.held = Some(data);
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0 && self.held.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left + self.held.as_ref().map_or(0, |held| held.len() as u64))
    }
}
