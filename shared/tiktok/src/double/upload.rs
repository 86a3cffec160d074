//! The bytes that the double takes: each of them is read, counted and forgotten.

use std::future::poll_fn;
use std::pin::Pin;

use http_body::Body as _;

use super::answers::Reply;
use super::publish::{Publish, Source, note_of};
use super::requests::{ContentRange, Received};
use super::{Double, Trouble};

impl Double {
    /// Takes a chunk if it is the one that comes next.
    pub(super) async fn take_chunk(&self, received: Received) -> Result<Reply, Trouble> {
        let publish_id =
            received.url.path_segments().and_then(|mut path| path.next_back()).unwrap_or_default().to_owned();
        let name = note_of(&publish_id);
        let Some(range) = received.content_range() else { return Ok(Reply::chunk(400, None)) };
        let Some(publish) = self.recall::<Publish>(&name).await? else { return Ok(Reply::chunk(404, None)) };
        if let Some(reply) = refusal(&publish.source, range) {
            return Ok(reply);
        }
        let read = match received.body {
            Some(body) => read_all(body).await.map_err(Trouble::Body)?,
            None => 0,
        };
        if range.last.checked_sub(range.first).and_then(|length| length.checked_add(1)) != Some(read) {
            return Ok(Reply::chunk(400, None));
        }
        let taken = self.change(&name, |publish: &mut Publish| match &mut publish.source {
            // Another worker may have been faster, with the same bytes.
            source if refusal(source, range).is_some() => {
                (false, refusal(source, range).unwrap_or(Reply::chunk(404, None)))
            }
            Source::Upload { size, arrived, .. } => {
                *arrived = range.last.saturating_add(1);
                let status = if arrived == size { 201 } else { 206 };
                (true, Reply::chunk(status, Some((*arrived, *size))))
            }
            Source::Pull { .. } => (false, Reply::chunk(404, None)),
        });
        Ok(taken.await?.unwrap_or(Reply::chunk(404, None)))
    }
}

/// Why the chunk is not taken, if it is not: TikTok takes each byte once and in order.
fn refusal(source: &Source, range: ContentRange) -> Option<Reply> {
    let Source::Upload { size, arrived, is_lost } = source else { return Some(Reply::chunk(404, None)) };
    let is_last = range.last.checked_add(1) == Some(*size);
    // Complete uploads are not known any more.
    if arrived == size || *is_lost && is_last {
        return Some(Reply::chunk(404, None));
    }
    if range.first != *arrived || range.total != *size || range.last >= *size || range.last < range.first {
        return Some(Reply::chunk(416, Some((*arrived, *size))));
    }
    None
}

/// Reads a body to its end, and says how long it was.
async fn read_all(mut body: reqwest::Body) -> Result<u64, reqwest::Error> {
    let mut read = 0_u64;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Some(data) = frame?.data_ref() {
            read = read.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
        }
    }
    Ok(read)
}
