//! A request in JSON that is carried out once: a repeat under its `Idempotency-Key` gets the first answer again.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::IntoResponse as _;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use slipway_domain::Hidden;
use slipway_store::guards::{Guards, Repeated};

use crate::auth::Caller;
use crate::repeat::{IdempotencyKey, Repeatable, json_text};
use crate::{Answer, ErrorResponse, JsonObject};

/// Who asks, what they say, and the key that they know the request by.
#[derive(Debug)]
pub struct Once {
    /// Who asks.
    pub caller: Caller,
    /// The request's headers.
    pub headers: Hidden<HeaderMap>,
    /// What they say.
    pub body: JsonObject,
    key: IdempotencyKey,
}

/// What came of the write that carries a request out.
#[derive(Debug)]
pub enum Carried {
    /// It is done, and this is its answer.
    Out(Hidden<String>),
    /// A twin was first.
    Before(Repeated),
}

impl<S: Send + Sync> FromRequest<S> for Once {
    type Rejection = ErrorResponse;

    async fn from_request(request: Request, state: &S) -> Result<Self, ErrorResponse> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, state).await?;
        let key = IdempotencyKey::from_request_parts(&mut parts, state).await?;
        let headers = Hidden(parts.headers.clone());
        let body = JsonObject::from_request(Request::from_parts(parts, body), state).await?;
        Ok(Self { caller, headers, body, key })
    }
}

impl Once {
    /// Answers with what `work` writes, or with the first answer where that was written before. `made` is what the
    /// request is to make, `success` the status of its answer. Before the key is known to be new, nothing else counts.
    pub async fn answer(
        &self,
        guards: Guards,
        (made, now): (String, Timestamp),
        success: StatusCode,
        work: impl AsyncFnOnce(Repeatable) -> Result<Carried, ErrorResponse>,
    ) -> Answer {
        let own = self.key.clone().of(&[&self.body.bytes], &made, now);
        let standing = match own.earlier(&guards, now).await? {
            Some(standing) => standing,
            None => match work(own.clone()).await? {
                Carried::Out(answer) => return Ok(json_text(success, answer)),
                Carried::Before(repeated) => own.met(repeated)?,
            },
        };
        Ok(own.first_answer(success, &standing)?.into_response())
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use slipway_domain::Reach;

    use super::*;
    use crate::Keyring;
    use crate::repeat::text;

    #[tokio::test]
    async fn neither_headers_nor_body_are_printed() {
        let (tenant, key) = ("ten_1".parse().unwrap(), "key_1".parse().unwrap());
        let caller = Caller { reach: Reach::whole(&tenant), key, plan: None, keyring: Keyring::of("slip_live_secret") };
        let request = Request::builder().header("authorization", "Bearer slip_live_secret").extension(caller);
        let request = request.body(Body::from(r#"{"name": "slip_live_secret"}"#)).unwrap();
        let once = Once::from_request(request, &()).await.unwrap();
        assert_eq!(once.headers["authorization"], "Bearer slip_live_secret");
        assert!(!format!("{once:?}").contains("slip_live_secret"));
    }

    #[test]
    fn what_is_answered_is_not_printed() {
        let made = text(&serde_json::json!({"raw_key": "slip_live_secret"})).unwrap();
        assert_eq!(format!("{:?}", Carried::Out(made)), "Out((..))");
    }
}
