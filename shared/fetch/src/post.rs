//! Telling somebody else's server something.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::HeaderMap;

use crate::client::retry_after;
use crate::{Bounds, Client, FetchError, PublicUrl};

/// What a server answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Posted {
    /// The status code. A redirect is an answer like any other: it is not followed.
    pub status: u16,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// The beginning of the body, as much of it as was wanted and as came in time.
    pub body: Vec<u8>,
}

impl fmt::Debug for Posted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Posted").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Client {
    /// Sends `body`, and reads at most [`Bounds::most`] bytes of the answer: whatever stands behind them is left unread.
    pub async fn post(
        &self,
        url: &PublicUrl,
        headers: HeaderMap,
        body: Bytes,
        bounds: Bounds,
    ) -> Result<Posted, FetchError> {
        let request = self.client_for(url).post(url.url().clone()).headers(headers).timeout(bounds.left()?).body(body);
        let response = request.send().await;
        let mut response = response.map_err(|error| FetchError::of(error, Instant::now() >= bounds.until))?;
        let most = usize::try_from(bounds.most).unwrap_or(usize::MAX);
        let mut posted =
            Posted { status: response.status().as_u16(), retry_after: retry_after(&response), body: Vec::new() };
        // The status says all that counts: a body that breaks off or drips changes nothing.
        while posted.body.len() < most
            && let Ok(Some(chunk)) = response.chunk().await
        {
            let room = most - posted.body.len();
            posted.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        Ok(posted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_answered_is_not_printed() {
        let posted = Posted { status: 200, retry_after: None, body: b"welcome back, whsec_MfKQ".to_vec() };
        assert_eq!(format!("{posted:?}"), "Posted { status: 200, .. }");
    }
}
