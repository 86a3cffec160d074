//! Repeats of a request: the same code for every route that makes or spends something.
//!
//! A handler takes the [`IdempotencyKey`] and names its request: what it says, and what it is to make. Then it asks
//! [`Repeatable::earlier`] before anything else counts. Where there was no earlier request, [`Repeatable::guard`] is
//! written in the transaction that makes what was asked for, and what was met there goes to [`Repeatable::met`].
//!
//! The first answer is given again as it was kept ([`Repeatable::keep`], [`Repeatable::first_answer`]), or is made again
//! out of what was made ([`replayed`]): better where it holds links that end.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use slipway_contract::{ApiError, ErrorCode, Issue};
use slipway_domain::limits::{LONGEST_KEPT_ANSWER, LONGEST_KEY, STRANGERS_SHORTEST};
use slipway_domain::repeats::KEY_STANDS;
use slipway_domain::{BrandId, Hidden};
use slipway_store::Epoch;
use slipway_store::guards::{Guard, GuardKind, Guards, Repeated};
use uuid::Uuid;

pub use crate::answer::{in_progress, in_progress_for};
use crate::auth::Caller;
use crate::keyring::What;
use crate::{ErrorResponse, Keyring};

/// The caller's `Idempotency-Key` of this request, if there is one.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    key: Option<Hidden<String>>,
    route: String,
    caller: Caller,
}

/// A request, and what it is known by if it comes again.
#[derive(Debug, Clone)]
pub struct Repeatable {
    guard: Option<Guard>,
    keyring: Keyring,
}

/// What an answer begins with that only this deployment can read.
const SEALED: &str = "sealed:";

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ErrorResponse> {
        let caller = Caller::from_request_parts(parts, state).await?;
        Ok(Self { key: key_in(&parts.headers)?, route: route(parts), caller })
    }
}

fn route(parts: &Parts) -> String {
    format!("{} {}", parts.method, parts.uri.path_and_query().map_or("", |path| path.as_str()))
}

/// Whether this can be an `Idempotency-Key`: up to [`LONGEST_KEY`] characters of ASCII that a header can have, and at least
/// one.
pub fn is_key(text: &str) -> bool {
    let is_sent = |byte: u8| byte == b'\t' || (b' '..=b'~').contains(&byte);
    (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(is_sent)
}

/// What to do about one that can't be.
pub fn key_cure() -> String {
    format!("Send 1 to {LONGEST_KEY} characters of ASCII.")
}

fn key_in(headers: &HeaderMap) -> Result<Option<Hidden<String>>, ErrorResponse> {
    const NAME: &str = "idempotency-key";
    let Some(value) = headers.get(NAME) else { return Ok(None) };
    let is_only = headers.get_all(NAME).iter().count() == 1;
    let text = value.to_str().ok().filter(|text| is_only && is_key(text));
    text.map(|text| Some(text.to_owned().into())).ok_or_else(|| {
        let message = "the header is empty, too long, not ASCII or there more than once";
        let issue = Issue::invalid("Idempotency-Key", message, key_cure());
        ApiError::from_issue(issue).into()
    })
}

impl IdempotencyKey {
    /// The request that says this, in parts, and is to make `made`. A key stands for one request: another route is as
    /// wrong as another body, and so is a key that is restricted to other brands, which must learn nothing by it. To take it
    /// for a request of its own would carry out twice what is repeated once the brands of a key are changed.
    pub fn of(self, said: &[&[u8]], made: &str, now: Timestamp) -> Repeatable {
        let Self { key, route, caller } = self;
        let mut brands: Vec<&str> = caller.reach.brands().iter().map(BrandId::as_str).collect();
        brands.sort_unstable();
        let fingerprint = hash(&[said, &brands.iter().map(|brand| brand.as_bytes()).collect::<Vec<_>>()].concat());
        let name = |key: Hidden<String>| hash(&[caller.tenant().as_str().as_bytes(), key.as_bytes()]);
        let guard = key.map(|key| guard_of_key(name(key), route, fingerprint, made, now));
        Repeatable { guard, keyring: caller.keyring }
    }
}

fn guard_of_key(name: String, route: String, fingerprint: String, made: &str, now: Timestamp) -> Guard {
    Guard {
        kind: GuardKind::IdempotencyKey,
        name,
        route: Some(route),
        fingerprint,
        expires_at: Epoch::from(now + KEY_STANDS),
        made: made.to_owned(),
        attempt: Some(Uuid::now_v7().to_string()),
        answer: None,
        status: None,
    }
}

impl IdempotencyKey {
    /// The same for a part of the request, by its number: where one request makes many things, each is made once by
    /// itself.
    #[must_use]
    pub fn part(&self, number: usize) -> Self {
        // No key that a caller sends has such a character.
        Self { key: self.key.as_ref().map(|key| format!("{}\0{number}", key.0).into()), ..self.clone() }
    }
}

/// The `Idempotency-Key` of a request by somebody who has no API key, if there is one.
#[derive(Debug, Clone)]
pub struct StrangersKey {
    key: Option<Hidden<String>>,
    route: String,
}

impl<S: Sync> FromRequestParts<S> for StrangersKey {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ErrorResponse> {
        let key = key_in(&parts.headers)?;
        if key.as_ref().is_some_and(|key| key.len() < STRANGERS_SHORTEST) {
            let message = format!("the key has less than {STRANGERS_SHORTEST} characters");
            let cure = "Send a random one, such as a UUID: whoever guesses it gets the first answer, too.";
            return Err(ApiError::from_issue(Issue::invalid("Idempotency-Key", message, cure)).into());
        }
        Ok(Self { key, route: route(parts) })
    }
}

impl StrangersKey {
    /// The request that says this, in parts, and is to make `made`. It is a repeat only if `who` is the same, too, since
    /// the answer is for nobody else: whoever guesses a key must not be told what another one was.
    pub fn of(self, who: &[&[u8]], said: &[&[u8]], made: &str, keyring: &Keyring, now: Timestamp) -> Repeatable {
        let Self { key, route } = self;
        let name = |key: Hidden<String>| hash(&[&[b"stranger", key.as_bytes()], who].concat());
        let guard = key.map(|key| guard_of_key(name(key), route, hash(said), made, now));
        Repeatable { guard, keyring: keyring.clone() }
    }
}

impl Repeatable {
    /// What the request is known by; nothing if a repeat of it is a request of its own.
    pub fn guard(&self) -> Option<&Guard> {
        self.guard.as_ref()
    }

    /// The same request, known by this where the caller gave no key.
    #[must_use]
    pub fn or_known_by(self, guard: impl FnOnce() -> Guard) -> Self {
        Self { guard: self.guard.or_else(|| Some(guard())), ..self }
    }

    /// The same request, made for `made`, where that is known only now.
    #[must_use]
    pub fn makes(self, made: &str) -> Self {
        Self { guard: self.guard.map(|guard| Guard { made: made.to_owned(), ..guard }), ..self }
    }

    /// What an earlier request of the same kind has left. A key that stood for another request is refused.
    pub async fn earlier(&self, guards: &Guards, now: Timestamp) -> Result<Option<Guard>, ErrorResponse> {
        let Some(guard) = &self.guard else { return Ok(None) };
        guards.standing(guard, now).await?.map(|standing| self.same(standing)).transpose()
    }

    /// What was met when this request was written.
    pub fn met(&self, repeated: Repeated) -> Result<Guard, ErrorResponse> {
        match repeated {
            Repeated::Of(standing) => self.same(*standing),
            Repeated::Busy => Err(in_progress()),
        }
    }

    /// The guard of an earlier request, if that was this very one.
    fn same(&self, standing: Guard) -> Result<Guard, ErrorResponse> {
        let is_another = self.guard.as_ref().is_some_and(|own| {
            let another_route =
                own.route.as_ref().zip(standing.route.as_ref()).is_some_and(|(own, other)| own != other);
            own.kind == standing.kind && (another_route || own.fingerprint != standing.fingerprint)
        });
        if is_another {
            let message = "This Idempotency-Key was used with another request. Use a new key for a new request.";
            let error = ApiError::new(ErrorCode::IdempotencyKeyReused, message);
            return Err(error.with_field("Idempotency-Key").into());
        }
        Ok(standing)
    }

    /// The guard with the answer that belongs to it. It is sealed: many answers hold what is as good as a key, and nobody
    /// is to find it in a table.
    pub fn keep(&self, answer: &str) -> Result<Option<Guard>, ErrorResponse> {
        let Some(guard) = self.guard.clone() else { return Ok(None) };
        let sealed =
            self.keyring.seal(What::Answer, &guard.name, answer).map_err(|error| ErrorResponse::internal(&error))?;
        let answer = Some(format!("{SEALED}{}", BASE64_STANDARD.encode(sealed)))
            .filter(|answer| answer.len() <= LONGEST_KEPT_ANSWER);
        Ok(Some(Guard { answer: answer.map(Hidden), ..guard }))
    }

    /// The same for an answer whose status is not the one that the route has for success.
    pub fn keep_as(&self, status: StatusCode, answer: &str) -> Result<Option<Guard>, ErrorResponse> {
        let kept = self.keep(answer)?;
        Ok(kept.map(|guard| Guard { status: Some(status.as_u16()), ..guard }))
    }

    /// The first answer again, as it was kept, with its own status or the one that the route has for success.
    pub fn first_answer(&self, success: StatusCode, standing: &Guard) -> Result<KnownAnswer, ErrorResponse> {
        let kept = standing.answer.as_deref().and_then(|text| match text.strip_prefix(SEALED) {
            Some(sealed) => self.keyring.open(What::Answer, &standing.name, BASE64_STANDARD.decode(sealed).ok()?),
            None => Some(text.clone()),
        });
        let Some(body) = kept else {
            let made = &standing.made;
            let message = format!("This request was carried out before, as {made}, but its answer is not kept.");
            let error = ApiError::new(ErrorCode::Conflict, message).with_field("Idempotency-Key");
            return Err(error.with_id(made.as_str()).into());
        };
        tracing::info!(made = standing.made, by = ?standing.kind, "a repeated request gets the first answer again");
        let status = standing.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(success);
        Ok(KnownAnswer { status, body: body.into(), is_first: false })
    }
}

/// An answer in JSON whose text is known, since it is kept with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAnswer {
    /// The status.
    pub status: StatusCode,
    /// The text.
    pub body: Hidden<String>,
    /// Whether it was not given before.
    pub is_first: bool,
}

impl KnownAnswer {
    /// One that was not given before.
    pub fn first(status: StatusCode, body: Hidden<String>) -> Self {
        Self { status, body, is_first: true }
    }
}

impl IntoResponse for KnownAnswer {
    fn into_response(self) -> Response {
        let answer = json_text(self.status, self.body);
        if self.is_first { answer } else { replayed(answer) }
    }
}

/// An answer to a repeated request, marked as such.
pub fn replayed(mut answer: Response) -> Response {
    let name = HeaderName::from_static("idempotency-replayed");
    answer.headers_mut().insert(name, HeaderValue::from_static("true"));
    answer
}

/// What the earlier request made is not there any more, so that there is no answer to give again.
pub fn gone(standing: &Guard) -> ErrorResponse {
    let made = &standing.made;
    let message = format!(
        "This request was carried out before: it made {made}, which is not there any more. Send a new Idempotency-Key to \
         have it made again."
    );
    let error = ApiError::new(ErrorCode::Gone, message).with_field("Idempotency-Key").with_id(made.as_str());
    error.with_retryable(false).into()
}

/// An answer's body, as it is kept and given again.
pub fn text(body: &impl serde::Serialize) -> Result<Hidden<String>, ErrorResponse> {
    serde_json::to_string(body).map(Hidden).map_err(|error| ErrorResponse::internal(&error))
}

/// A JSON answer of which the text is known.
pub fn json_text(status: StatusCode, Hidden(body): Hidden<String>) -> Response {
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

/// SHA-256 over length-prefixed parts, so that parts can't run into each other.
pub fn hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}
