//! Sends the bytes to S3: in one piece, or in several parts at once.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::header::{CONTENT_LENGTH, HeaderMap};
use reqwest::{Body, Client};

use super::progress::Progress;
use super::source::Source;
use super::ticket::{Part, Plan};
use crate::api::{backoff, innermost};
use crate::connection::host;
use crate::problem::Problem;
use crate::say::Say;

/// How often a part is tried, as long as it does not get through.
const ATTEMPTS: u32 = 7;
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How often we look at how far a part is.
const LOOK: Duration = Duration::from_millis(100);
/// A connection on which nothing moves for so long is given up. Long enough for a slow line to empty the system's
/// buffers after the last byte was read.
const STALLED: Duration = Duration::from_mins(2);

/// What sending needs.
pub(super) struct Sender<'a> {
    pub(super) http: &'a Client,
    pub(super) say: &'a Say,
    pub(super) source: &'a Source,
    pub(super) progress: &'a Progress,
}

/// Why a PUT did not get through.
enum Refused {
    /// The network, or S3 for the moment.
    Now(String),
    /// S3 does not know the URL any more: it has expired.
    Url(String),
    /// The upload is no more: completed or aborted by somebody else.
    Gone,
    /// S3 has it already, and takes it once: the answer to an earlier attempt was lost.
    There,
    /// Trying again will not help.
    Finally(String),
}

/// Why not all parts were sent.
pub(super) enum Unsent {
    /// The upload is no more.
    Gone,
    /// Anything else.
    Problem(Problem),
}

/// Where parts go. When URLs expire, whoever notices first fetches new ones for all.
struct Urls {
    known: Mutex<HashMap<u32, String>>,
    renewing: tokio::sync::Mutex<()>,
}

impl Sender<'_> {
    /// Sends what is missing of the plan, several parts at a time. `renew` asks for fresh URLs.
    pub(super) async fn parts(
        &self,
        plan: &Plan,
        parallel: NonZeroUsize,
        renew: impl AsyncFn() -> Result<Plan, Unsent>,
    ) -> Result<(), Unsent> {
        let missing = || plan.parts.iter().filter(|part| part.url.is_some());
        let known = missing().filter_map(|part| Some((part.number, part.url.clone()?))).collect();
        let urls = Urls { known: Mutex::new(known), renewing: tokio::sync::Mutex::new(()) };
        let (urls, renew) = (&urls, &renew);
        // The first one that fails for good ends the others.
        stream::iter(missing().map(|part| self.part(part, urls, renew)))
            .buffer_unordered(parallel.get())
            .try_collect::<()>()
            .await
    }

    async fn part(
        &self,
        part: &Part,
        urls: &Urls,
        renew: &impl AsyncFn() -> Result<Plan, Unsent>,
    ) -> Result<(), Unsent> {
        let mut attempt = 1;
        loop {
            // The part is there already: the answer to an earlier attempt was lost.
            let Some(url) = urls.of(part.number) else { return Ok(()) };
            let why = match self.put(&url, HeaderMap::new(), part.offset, part.size).await {
                Ok(()) | Err(Refused::There) => return Ok(()),
                Err(Refused::Gone) => return Err(Unsent::Gone),
                Err(Refused::Finally(why)) => return Err(Unsent::Problem(Problem::failure(why))),
                Err(Refused::Now(why) | Refused::Url(why)) if attempt >= ATTEMPTS => {
                    let why = format!("part {} does not get through: {why}", part.number);
                    return Err(Unsent::Problem(Problem::failure(why)));
                }
                Err(Refused::Now(why)) => why,
                Err(Refused::Url(why)) => {
                    urls.renew(part.number, &url, renew).await?;
                    if attempt == 1 {
                        attempt += 1;
                        continue;
                    }
                    why
                }
            };
            self.pause(&format!("part {}: {why}", part.number), attempt).await;
            attempt += 1;
        }
    }

    /// Sends the whole file in one piece. An URL that has expired is a failure: the caller asks for another.
    pub(super) async fn whole(&self, url: &str, headers: &HeaderMap) -> Result<(), Problem> {
        let mut attempt = 1;
        loop {
            match self.put(url, headers.clone(), 0, self.source.version.size_bytes).await {
                Ok(()) | Err(Refused::There) => return Ok(()),
                Err(Refused::Now(why)) if attempt < ATTEMPTS => self.pause(&why, attempt).await,
                Err(Refused::Now(why) | Refused::Url(why) | Refused::Finally(why)) => {
                    return Err(Problem::failure(format!("the file does not get through: {why}")));
                }
                Err(Refused::Gone) => return Err(Problem::failure("the upload URL leads nowhere any more")),
            }
            attempt += 1;
        }
    }

    async fn pause(&self, why: &str, attempt: u32) {
        let pause = backoff(attempt, LONGEST_PAUSE);
        self.say.detail(&format!("{why}; trying again in {:.1} s", pause.as_secs_f64()));
        tokio::time::sleep(pause).await;
    }

    async fn put(&self, url: &str, headers: HeaderMap, offset: u64, size: u64) -> Result<(), Refused> {
        let mut moving = self.progress.begin();
        let bytes = self.source.part(offset, size, moving.counter()).await;
        let bytes = bytes.map_err(|error| Refused::Finally(format!("the file can't be read: {error}")))?;
        // With its length, or it would be sent in chunks, which S3 refuses.
        let put = self.http.put(url).headers(headers).header(CONTENT_LENGTH, size).body(Body::wrap_stream(bytes));
        let sending = put.send();
        tokio::pin!(sending);
        let mut look = tokio::time::interval(LOOK);
        let mut moved_at = Instant::now();
        let response = loop {
            tokio::select! {
                response = &mut sending => break response,
                _ = look.tick() => {
                    if moving.look() {
                        moved_at = Instant::now();
                    } else if moved_at.elapsed() > STALLED {
                        return Err(Refused::Now("the connection stands still".to_owned()));
                    }
                }
            }
        };
        let response = response.map_err(|error| match self.source.unchanged() {
            Ok(()) => Refused::Now(format!("{} does not answer: {}", host(url), innermost(error))),
            Err(changed) => Refused::Finally(changed.message),
        })?;
        let status = response.status().as_u16();
        if (200..300).contains(&status) {
            moving.keep();
            return Ok(());
        }
        let body = response.text().await.unwrap_or_default();
        Err(refused(status, &body))
    }
}

impl Urls {
    fn of(&self, number: u32) -> Option<String> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&number).cloned()
    }

    /// Fetches new URLs, unless somebody else has done so meanwhile.
    async fn renew(
        &self,
        number: u32,
        old: &str,
        renew: &impl AsyncFn() -> Result<Plan, Unsent>,
    ) -> Result<(), Unsent> {
        let _one = self.renewing.lock().await;
        if self.of(number).is_none_or(|now| now != old) {
            return Ok(());
        }
        let plan = renew().await?;
        let fresh = plan.parts.into_iter().filter_map(|part| Some((part.number, part.url?))).collect();
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

/// What to do about S3's answer: its status, and its code in the XML body ("Error responses", Amazon S3 API Reference).
fn refused(status: u16, body: &str) -> Refused {
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map_or("", |(code, _)| code);
    let why = if code.is_empty() { format!("S3 answered {status}") } else { format!("S3 answered {status} {code}") };
    match (status, code) {
        // A line that was too slow for S3, or broke; or another attempt at the same moment.
        (400, "RequestTimeout" | "IncompleteBody")
        | (408 | 429 | 500..=599, _)
        | (409, "ConditionalRequestConflict") => Refused::Now(why),
        (412, _) => Refused::There,
        (403, _) | (400, "ExpiredToken") => Refused::Url(why),
        (404, "NoSuchUpload") => Refused::Gone,
        _ => Refused::Finally(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_s3_answers_is_retried_renewed_or_final() {
        let xml = |code: &str| format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>m</Message></Error>");
        for (status, code, expected) in [
            (500, "InternalError", "now"),
            (503, "SlowDown", "now"),
            (400, "RequestTimeout", "now"),
            (403, "AccessDenied", "url"),
            (403, "", "url"),
            (400, "ExpiredToken", "url"),
            (409, "ConditionalRequestConflict", "now"),
            (409, "OperationAborted", "finally"),
            (412, "PreconditionFailed", "there"),
            (404, "NoSuchUpload", "gone"),
            (404, "NoSuchBucket", "finally"),
            (400, "EntityTooLarge", "finally"),
            (301, "", "finally"),
        ] {
            let found = match refused(status, &xml(code)) {
                Refused::Now(_) => "now",
                Refused::Url(_) => "url",
                Refused::Gone => "gone",
                Refused::There => "there",
                Refused::Finally(_) => "finally",
            };
            assert_eq!(found, expected, "{status} {code}");
        }
        let Refused::Now(why) = refused(502, "Bad gateway") else { panic!("not for now") };
        assert_eq!(why, "S3 answered 502");
    }
}
