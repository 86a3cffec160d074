//! The client and how it calls.

use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{ACCEPT_ENCODING, HeaderValue, IF_RANGE, LOCATION, RANGE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Response, StatusCode};
use slipway_domain::limits::{
    FILE_REDIRECTS, SERVER_CONNECTS_WITHIN, SERVER_IS_SILENT, SLOWEST_SERVER, SLOWNESS_IS_MEASURED,
};

use crate::error::{FetchError, Slow};
use crate::pace::Pace;
use crate::resolver::{Lookup, PublicResolver, System};
use crate::resume::content_range;
use crate::{PublicUrl, Resume, StrongETag, TrustedOrigins, UrlRefused, is_global};

/// What holds of every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How long a connection may take to stand, the look at the DNS included.
    pub connect: Duration,
    /// How long a server may send nothing.
    pub idle: Duration,
    /// How many redirects are followed.
    pub redirects: usize,
    /// While a body is waited for this long,
    pub pace_window: Duration,
    /// at least this many bytes have to come.
    pub pace_bytes: u64,
    /// How many connections to a server are kept for its next requests, for up to [`KEPT_FOR`]. A connection is to the
    /// address that was checked when it was made.
    pub kept_connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: SERVER_CONNECTS_WITHIN,
            idle: SERVER_IS_SILENT,
            redirects: FILE_REDIRECTS,
            pace_window: SLOWNESS_IS_MEASURED,
            pace_bytes: SLOWNESS_IS_MEASURED.as_secs() * SLOWEST_SERVER,
            // A connection is for one file.
            kept_connections: 0,
        }
    }
}

/// What holds of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The largest file that is wanted, in bytes.
    pub most: u64,
    /// When the whole must be over, redirects and body included.
    pub until: Instant,
}

/// How long a connection is kept that nothing is sent on: not so long that the check of its address is stale, and less
/// than the five seconds after which many servers close it.
pub const KEPT_FOR: Duration = Duration::from_secs(4);

/// The most headers of an answer. Their size together is bounded by the HTTP library, at some 400 KB.
const MOST_HEADERS: usize = 100;

/// Calls the public internet and, besides, exactly the origins that the operator trusts. Build it once a process.
#[derive(Debug, Clone)]
pub struct Client {
    /// With the resolver that refuses what leads inside.
    public: reqwest::Client,
    /// Whoever a name leads to, for trusted origins.
    any: reqwest::Client,
    trusted: TrustedOrigins,
    limits: Limits,
}

/// The client could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client can't be set up")]
pub struct BuildError(#[source] reqwest::Error);

impl Client {
    /// Sets the client up. Calls nobody.
    pub fn new(trusted: TrustedOrigins, limits: Limits) -> Result<Self, BuildError> {
        Self::with_lookup(trusted, limits, System, is_global)
    }

    pub(crate) fn with_lookup<L: Lookup>(
        trusted: TrustedOrigins,
        limits: Limits,
        lookup: L,
        allowed: fn(std::net::IpAddr) -> bool,
    ) -> Result<Self, BuildError> {
        let public = builder(&limits).dns_resolver(PublicResolver::new(lookup, allowed)).build().map_err(BuildError)?;
        let any = builder(&limits).build().map_err(BuildError)?;
        Ok(Self { public, any, trusted, limits })
    }

    /// Reads an address by this client's rules.
    pub fn parse(&self, text: &str) -> Result<PublicUrl, UrlRefused> {
        PublicUrl::parse_with(text, &self.trusted)
    }

    /// Asks for a file, or for what is left of it, and follows redirects to where it is. The answer is the file's: its
    /// body has not been read. If the file has changed since, or the server does not know ranges, the answer begins at 0.
    pub async fn get(&self, url: &PublicUrl, resume: Option<&Resume>, bounds: Bounds) -> Result<Fetched, FetchError> {
        let mut url = url.clone();
        for _ in 0..=self.limits.redirects {
            let response = self.send(&url, resume, bounds).await?;
            match response.status() {
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    let location = response.headers().get(LOCATION).map(HeaderValue::as_bytes);
                    // Browsers follow raw UTF-8, too, although a URL has only ASCII.
                    let location = location.and_then(|location| str::from_utf8(location).ok());
                    let location = location.ok_or(FetchError::RedirectNowhere)?;
                    url = url.join(location, &self.trusted).map_err(FetchError::RedirectRefused)?;
                }
                StatusCode::OK | StatusCode::PARTIAL_CONTENT => return self.fetched(response, resume, bounds),
                status => {
                    let retry_after = retry_after(&response);
                    return Err(FetchError::Status { status: status.as_u16(), retry_after });
                }
            }
        }
        Err(FetchError::TooManyRedirects(self.limits.redirects))
    }

    async fn send(&self, url: &PublicUrl, resume: Option<&Resume>, bounds: Bounds) -> Result<Response, FetchError> {
        let (client, left) = (self.client_for(url), bounds.left()?);
        // Compressed bytes would not be the file's, and could be any number when unpacked.
        let mut request = client.get(url.url().clone()).timeout(left).header(ACCEPT_ENCODING, "identity");
        if let Some(Resume { from, etag }) = resume {
            let range = HeaderValue::try_from(format!("bytes={from}-")).map_err(|_| FetchError::Nonsense("range"))?;
            request = request.header(RANGE, range).header(IF_RANGE, etag.header());
        }
        request.send().await.map_err(|error| FetchError::of(error, Instant::now() >= bounds.until))
    }

    /// The client that may call this address.
    pub(crate) fn client_for(&self, url: &PublicUrl) -> &reqwest::Client {
        if url.is_trusted() { &self.any } else { &self.public }
    }

    fn fetched(&self, response: Response, resume: Option<&Resume>, bounds: Bounds) -> Result<Fetched, FetchError> {
        let length = response.content_length();
        let (from, total) = match (response.status(), resume) {
            (StatusCode::PARTIAL_CONTENT, Some(resume)) => match content_range(response.headers()) {
                Some((first, total)) if first == resume.from && same(&response, resume) => {
                    (first, total.or_else(|| first.checked_add(length?)))
                }
                _ => return Err(FetchError::Nonsense("another part, or of another file, than was asked for")),
            },
            (StatusCode::PARTIAL_CONTENT, None) => return Err(FetchError::Nonsense("a part of the file, unasked")),
            _ => (0, length),
        };
        if let Some(size) = total.filter(|size| *size > bounds.most) {
            return Err(FetchError::TooLarge { most: bounds.most, announced: Some(size) });
        }
        let etag = StrongETag::of(response.headers());
        Ok(Fetched {
            response,
            from,
            total,
            etag,
            at: from,
            bounds,
            pace: Pace::new(self.limits.pace_window, self.limits.pace_bytes),
        })
    }
}

/// How long the server asks to wait, if it says so: in seconds, or until a time.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    asked_to_wait(value.trim(), Timestamp::now())
}

/// What RFC 9110 calls `delay-seconds` or an HTTP date; a date that is over asks for nothing.
fn asked_to_wait(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

impl Bounds {
    /// The time that is left.
    pub(crate) fn left(&self) -> Result<Duration, Slow> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Slow::Total) } else { Ok(left) }
    }
}

/// Whether a part is of the file that was begun. A server that ignores If-Range says so by its `ETag`; RFC 9110 demands
/// one of every part.
fn same(response: &Response, resume: &Resume) -> bool {
    StrongETag::of(response.headers()).is_none_or(|etag| etag == resume.etag)
}

fn builder(limits: &Limits) -> ClientBuilder {
    reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .http1_max_headers(MOST_HEADERS)
        .connect_timeout(limits.connect)
        .read_timeout(limits.idle)
        .pool_max_idle_per_host(limits.kept_connections)
        .pool_idle_timeout(KEPT_FOR)
        .user_agent(concat!("slipway/", env!("CARGO_PKG_VERSION")))
}

/// A file on its way.
#[derive(Debug)]
pub struct Fetched {
    response: Response,
    from: u64,
    total: Option<u64>,
    etag: Option<StrongETag>,
    at: u64,
    bounds: Bounds,
    pace: Pace,
}

impl Fetched {
    /// Where in the file the body begins: at 0, or where it was asked to go on.
    pub const fn from(&self) -> u64 {
        self.from
    }

    /// The whole file's size in bytes, if the server says so.
    pub const fn total(&self) -> Option<u64> {
        self.total
    }

    /// What the server calls these very bytes, if it does.
    pub const fn etag(&self) -> Option<&StrongETag> {
        self.etag.as_ref()
    }

    /// The next bytes, or nothing at the file's end. A body that ends before its announced length is an error.
    pub async fn next(&mut self) -> Result<Option<Bytes>, FetchError> {
        let began = Instant::now();
        let chunk = self.response.chunk().await;
        let chunk = chunk.map_err(|error| FetchError::of(error, Instant::now() >= self.bounds.until))?;
        let Some(chunk) = chunk else { return Ok(None) };
        let bytes = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.at = self.at.saturating_add(bytes);
        if self.at > self.bounds.most {
            return Err(FetchError::TooLarge { most: self.bounds.most, announced: None });
        }
        self.pace.note(began.elapsed(), bytes)?;
        Ok(Some(chunk))
    }
}

#[cfg(test)]
mod tests;
