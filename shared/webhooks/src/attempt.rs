//! One attempt to deliver.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use slipway_domain::webhook::{ATTEMPT_TAKES, KEPT_OF_ANSWER};
use slipway_domain::{DeliveryId, EventType, Hidden, JsonText};
use slipway_fetch::{Bounds, BuildError, Client, FetchError, Limits, PublicUrl, Slow, TrustedOrigins, UrlRefused};

use crate::{Secret, body, headers};

/// How many connections to one endpoint are kept for what comes next.
const KEPT_CONNECTIONS: usize = 8;

/// Calls endpoints. Build it once a process.
#[derive(Debug, Clone)]
pub struct Caller {
    client: Client,
}

/// What an endpoint is told.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The delivery's id.
    pub delivery: &'a DeliveryId,
    /// The event's type.
    pub event: EventType,
    /// The event's data.
    pub data: &'a JsonText,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// What the endpoint answered, or why nothing came.
    pub answered: Result<Answered, FetchError>,
}

/// An endpoint's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The status code.
    pub status: u16,
    /// The first kilobyte of the body.
    pub body: Hidden<String>,
    /// How long it asks us to wait.
    pub retry_after: Option<SignedDuration>,
}

impl Caller {
    /// Sets the client up. Calls nobody. `trusted` may be called although they are not public.
    pub fn new(trusted: TrustedOrigins) -> Result<Self, BuildError> {
        let limits = Limits { redirects: 0, kept_connections: KEPT_CONNECTIONS, ..Limits::default() };
        Ok(Self { client: Client::new(trusted, limits)? })
    }

    /// Reads an endpoint's address.
    pub fn parse(&self, url: &str) -> Result<PublicUrl, UrlRefused> {
        self.client.parse(url)
    }

    /// Makes one attempt. `secrets` are those that count, the newest first.
    pub async fn attempt(&self, url: &PublicUrl, secrets: &[Secret], told: Told<'_>) -> Attempt {
        let (at, began) = (Timestamp::now(), Instant::now());
        let bounds = Bounds { most: KEPT_OF_ANSWER, until: began + ATTEMPT_TAKES };
        let signed = body(told.event, told.data).ok().and_then(|body| {
            let headers = headers(secrets, told.delivery, told.event, &body, at).ok()?;
            Some((headers, body))
        });
        let answered = match signed {
            Some((headers, body)) => self.client.post(url, headers, body, bounds).await,
            None => Err(FetchError::Nonsense("a delivery that can't be written")),
        };
        let answered = answered.map(|posted| Answered {
            status: posted.status,
            body: String::from_utf8_lossy(&posted.body).into_owned().into(),
            retry_after: posted.retry_after.and_then(|wait| SignedDuration::try_from(wait).ok()),
        });
        Attempt { at, took: began.elapsed(), answered }
    }
}

impl Attempt {
    /// One that was not made, because the address may not be called.
    pub fn refused(at: Timestamp, why: UrlRefused) -> Self {
        Self { at, took: Duration::ZERO, answered: Err(FetchError::RedirectRefused(why)) }
    }

    /// What the endpoint answered, if it did: the status code and the first kilobyte of the body.
    pub fn answer(&self) -> Option<(u16, Hidden<String>)> {
        self.answered.as_ref().ok().map(|answered| (answered.status, answered.body.clone()))
    }

    /// Whether the endpoint has taken it: any 2xx. A redirect is none.
    pub fn is_success(&self) -> bool {
        self.answered.as_ref().is_ok_and(|answered| (200..300).contains(&answered.status))
    }

    /// Whether time ran out.
    pub const fn is_slow(&self) -> bool {
        matches!(self.answered, Err(FetchError::Slow(Slow::Total | Slow::Idle)))
    }

    /// Why it failed, in a sentence; empty if it did not.
    pub fn problem(&self) -> String {
        match &self.answered {
            Ok(Answered { status: 200..300, .. }) => String::new(),
            Ok(Answered { status: 300..400, .. }) => {
                "the endpoint redirects, and redirects are not followed".to_owned()
            }
            Ok(Answered { status, .. }) => format!("the endpoint answered with status {status}"),
            Err(FetchError::Slow(_)) => format!("the endpoint did not answer within {} s", ATTEMPT_TAKES.as_secs()),
            Err(error) => error.to_string(),
        }
    }
}
