//! What can go wrong at somebody else's server. No text holds the address: it may be signed.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use crate::UrlRefused;
use crate::resolver::LeadsInside;

/// Why nothing, or not everything, was fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The host's name leads to an address that is not on the public internet.
    #[error("{}", LeadsInside::TEXT)]
    LeadsInside,
    /// A redirect leads to an address that is not called.
    #[error("a redirect was not followed: {0}")]
    RedirectRefused(#[source] UrlRefused),
    /// A redirect that says nowhere to go.
    #[error("a redirect without an address")]
    RedirectNowhere,
    /// More redirects than are followed.
    #[error("there were more than {0} redirects")]
    TooManyRedirects(usize),
    /// The server could not be reached: its name, its port or its TLS.
    #[error("the server could not be reached: {0}")]
    Unreachable(#[source] Cause),
    /// Another answer than the file.
    #[error("the server answered with status {status}")]
    Status {
        /// The status code.
        status: u16,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// An answer that contradicts the request.
    #[error("the server's answer can't be used: {0}")]
    Nonsense(&'static str),
    /// More bytes than were allowed.
    #[error("the file is larger than {most} bytes")]
    TooLarge {
        /// What was allowed.
        most: u64,
        /// What the server announced, if it did.
        announced: Option<u64>,
    },
    /// It takes too long.
    #[error("{0}")]
    Slow(#[from] Slow),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(#[source] Cause),
}

/// What a failure came of. It is shown with all that it came of in turn, in one bounded line: much of that is the server's
/// own words.
#[derive(Debug, Clone)]
pub struct Cause(Arc<dyn Error + Send + Sync>);

impl Cause {
    /// The cause that is this error.
    pub fn of(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(error.into()))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(&*self.0))
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

impl PartialEq for Cause {
    /// Causes are the same that say the same.
    fn eq(&self, other: &Self) -> bool {
        text(&*self.0) == text(&*other.0)
    }
}

impl Eq for Cause {}

/// In which way it takes too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Slow {
    /// Not a byte came for so long.
    #[error("the server sent nothing for too long")]
    Idle,
    /// Bytes come, but so slowly that waiting is no use.
    #[error("the server sends too slowly")]
    Drip,
    /// The time for the whole is over.
    #[error("the time for the whole transfer is over")]
    Total,
}

impl FetchError {
    /// Reads the client's error. `is_over` says whether the time for the whole is.
    pub(crate) fn of(error: reqwest::Error, is_over: bool) -> Self {
        let error = error.without_url();
        if find::<LeadsInside>(&error).is_some() {
            return Self::LeadsInside;
        }
        if error.is_timeout() && is_over {
            return Self::Slow(Slow::Total);
        }
        if error.is_connect() {
            return Self::Unreachable(Cause::of(error));
        }
        if error.is_timeout() {
            return Self::Slow(Slow::Idle);
        }
        Self::Broken(Cause::of(error))
    }
}

/// The error of this type among an error's sources.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        current = error.source();
    }
    None
}

/// An error with its sources, in a bounded line.
fn text(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        // Writing to a text can't fail.
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text.chars().take(500).collect()
}
