//! TikTok's answers: the envelope of the v2 API and the flat body of the token endpoint.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;
use slipway_domain::LogId;
use slipway_domain::limits::{KEPT_OF_LOG_ID, KEPT_OF_TIKTOK_MESSAGE, TIKTOK_ANSWER_MAX_BYTES};
use slipway_domain::schedule::LONGEST_RETRY_AFTER;

use crate::{ApiErrorCode, Error, OAuthErrorCode};

/// An answer that came whole.
pub(crate) struct Answer {
    pub(crate) endpoint: &'static str,
    pub(crate) http_status: u16,
    pub(crate) headers: HeaderMap,
    body: Vec<u8>,
}

/// What a successful call gives, and what its log line says.
pub(crate) struct Success<T> {
    pub(crate) value: T,
    pub(crate) http_status: u16,
    pub(crate) log_id: Option<LogId>,
}

impl Answer {
    /// An answer that did not come over a network.
    pub(crate) const fn new(endpoint: &'static str, http_status: u16, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self { endpoint, http_status, headers, body }
    }

    /// Sends the request and reads the whole answer.
    pub(crate) async fn to(endpoint: &'static str, request: RequestBuilder) -> Result<Self, Error> {
        let mut response = request.send().await.map_err(|error| Error::transport(endpoint, error))?;
        let body = read_body(endpoint, &mut response).await?;
        let http_status = response.status().as_u16();
        Ok(Self { endpoint, http_status, headers: std::mem::take(response.headers_mut()), body })
    }

    /// The `data` of a successful answer of the v2 API.
    pub(crate) fn data<T: DeserializeOwned>(self) -> Result<Success<T>, Error> {
        let Success { mut value, http_status, log_id } = self.envelope()?;
        let unreadable =
            |why: String| Error::Unreadable { endpoint: self.endpoint, http_status, why, log_id: log_id.clone() };
        match value.get_mut("data").map(Value::take) {
            Some(data @ Value::Object(_)) => match serde_json::from_value(data) {
                Ok(value) => Ok(Success { value, http_status, log_id }),
                Err(error) => Err(unreadable(what_is_wrong(&error))),
            },
            _ => Err(unreadable("it has no data".to_owned())),
        }
    }

    /// A successful answer of the v2 API whose `data` does not matter or is absent.
    pub(crate) fn nothing(self) -> Result<Success<()>, Error> {
        let Success { http_status, log_id, .. } = self.envelope()?;
        Ok(Success { value: (), http_status, log_id })
    }

    /// The flat body of a successful answer of the token endpoint.
    pub(crate) fn flat<T: DeserializeOwned>(self) -> Result<Success<T>, Error> {
        let Some(body) = self.object() else { return Err(self.uncoded("it is no JSON object")) };
        self.refuse_flat_error(&body)?;
        let log_id = self.log_id(&body);
        match serde_json::from_value(body) {
            Ok(value) => Ok(Success { value, http_status: self.http_status, log_id }),
            Err(error) => Err(self.unreadable(what_is_wrong(&error), log_id)),
        }
    }

    /// A successful answer of the revocation endpoint: an empty body, or an object without error.
    pub(crate) fn flat_nothing(self) -> Result<Success<()>, Error> {
        let log_id = if self.body.trim_ascii().is_empty() && self.is_success() {
            self.header_log_id()
        } else {
            let Some(body) = self.object() else { return Err(self.uncoded("it is no JSON object")) };
            self.refuse_flat_error(&body)?;
            self.log_id(&body)
        };
        Ok(Success { value: (), http_status: self.http_status, log_id })
    }

    /// An answer that only its HTTP status explains, with TikTok's code if the body has one after all.
    pub(crate) fn refusal(self) -> Error {
        match self.envelope() {
            Err(error) => error,
            Ok(_) => self.uncoded("its HTTP status is not one that TikTok documents here"),
        }
    }

    /// TikTok's id of the call, where only the headers can tell it.
    pub(crate) fn header_log_id(&self) -> Option<LogId> {
        let log_id = self.headers.get("x-tt-logid")?.to_str().ok()?;
        (!log_id.is_empty()).then(|| LogId::new(shortened(log_id, KEPT_OF_LOG_ID)))
    }

    /// The body of an answer whose `error.code` is `ok`, whatever the HTTP status.
    fn envelope(&self) -> Result<Success<Value>, Error> {
        let Some(body) = self.object() else { return Err(self.uncoded("it is no JSON object")) };
        let log_id = self.log_id(&body);
        let error = body.get("error");
        // The gateway and the token endpoint have `error` as text.
        let code = error.and_then(|error| error.get("code").or(Some(error))).and_then(Value::as_str);
        match code {
            Some("ok") => Ok(Success { value: body, http_status: self.http_status, log_id }),
            Some(code) if !code.is_empty() => {
                let message =
                    message_of(error.and_then(|error| error.get("message")).or_else(|| body.get("error_description")));
                Err(self.api(ApiErrorCode::parse(code), message, log_id))
            }
            _ => Err(self.uncoded("it has no error.code")),
        }
    }

    fn refuse_flat_error(&self, body: &Value) -> Result<(), Error> {
        match body.get("error") {
            // Some successful bodies carry an empty `error`.
            None | Some(Value::Null) if self.is_success() => Ok(()),
            Some(Value::String(code)) if code.is_empty() && self.is_success() => Ok(()),
            Some(Value::String(code)) if !code.is_empty() => Err(Error::OAuth {
                endpoint: self.endpoint,
                http_status: self.http_status,
                code: OAuthErrorCode::parse(code),
                description: message_of(body.get("error_description")),
                log_id: self.log_id(body),
                retry_after: self.retry_after(),
            }),
            // Only the gateway answers here with the envelope of the API.
            Some(Value::Object(_)) => self.envelope().map(|_| ()),
            _ => Err(self.uncoded("it has no error that says why")),
        }
    }

    fn object(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok().filter(Value::is_object)
    }

    fn log_id(&self, body: &Value) -> Option<LogId> {
        // Field tables call it logid, every example and every live body log_id.
        let named = |object: &Value| {
            object.get("log_id").or_else(|| object.get("logid"))?.as_str().map(|id| shortened(id, KEPT_OF_LOG_ID))
        };
        body.get("error")
            .and_then(named)
            .or_else(|| named(body))
            .filter(|id| !id.is_empty())
            .map(LogId::new)
            .or_else(|| self.header_log_id())
    }

    /// No code: behind a success status that is not what TikTok documents, behind any other the status says it all.
    fn uncoded(&self, why: &str) -> Error {
        if self.is_success() {
            self.unreadable(why.to_owned(), self.header_log_id())
        } else {
            self.api(ApiErrorCode::Uncoded, format!("no error code came, {why}"), self.header_log_id())
        }
    }

    fn api(&self, code: ApiErrorCode, message: String, log_id: Option<LogId>) -> Error {
        Error::Api {
            endpoint: self.endpoint,
            http_status: self.http_status,
            code,
            message,
            log_id,
            retry_after: self.retry_after(),
        }
    }

    fn unreadable(&self, why: String, log_id: Option<LogId>) -> Error {
        Error::Unreadable { endpoint: self.endpoint, http_status: self.http_status, why, log_id }
    }

    fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds).min(LONGEST_RETRY_AFTER))
    }

    const fn is_success(&self) -> bool {
        matches!(self.http_status, 200..=299)
    }
}

async fn read_body(endpoint: &'static str, response: &mut Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Error::transport(endpoint, error))? {
        if body.len() + chunk.len() > TIKTOK_ANSWER_MAX_BYTES {
            let http_status = response.status().as_u16();
            return Err(Error::Unreadable {
                endpoint,
                http_status,
                why: "it is larger than 1 MiB".to_owned(),
                log_id: None,
            });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What is wrong with an answer, without its values: they may be tokens.
fn what_is_wrong(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("missing field") { text } else { "a field has another type than documented".to_owned() }
}

fn message_of(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).map(|text| shortened(text, KEPT_OF_TIKTOK_MESSAGE)).unwrap_or_default()
}

fn shortened(text: &str, characters: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(characters).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::Class;

    /// An answer as if it had come over the wire.
    pub(crate) fn answer(http_status: u16, body: &str) -> Answer {
        Answer { endpoint: "/v2/x/", http_status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() }
    }

    #[derive(Debug, Deserialize)]
    struct Wanted {
        publish_id: String,
    }

    #[test]
    fn success_is_what_the_body_says_whatever_the_http_status() {
        for http_status in [200, 201, 400, 500] {
            let good =
                r#"{"data":{"publish_id":"v_1","new":[1]},"error":{"code":"ok","message":"","log_id":"L1"},"extra":1}"#;
            let success = answer(http_status, good).data::<Wanted>().map_err(|error| error.to_string()).unwrap();
            assert_eq!(
                (success.value.publish_id.as_str(), success.log_id.as_ref().map(LogId::as_str)),
                ("v_1", Some("L1"))
            );
        }
    }

    #[test]
    fn refusals_are_read_in_every_form() {
        let cases = [
            (
                200,
                r#"{"error":{"code":"spam_risk_too_many_posts","message":"m","log_id":"L"}}"#,
                "spam_risk_too_many_posts",
                "L",
            ),
            (
                200,
                r#"{"data":{},"error":{"code":"reached_active_user_cap","message":"m","log_id":"L"}}"#,
                "reached_active_user_cap",
                "L",
            ),
            (400, r#"{"data":null,"error":{"code":"invalid_param","logid":"L"}}"#, "invalid_params", "L"),
            (
                401,
                r#"{"error":{"code":"access_token_invalid","message":"m","log_id":"L","x":{}}}"#,
                "access_token_invalid",
                "L",
            ),
            (404, r#"{"error":"unsupported_path","log_id":"L"}"#, "unsupported_path", "L"),
            (500, r#"{"error":{"code":"","message":"","log_id":""}}"#, "no_code", ""),
            (502, "<html>Bad gateway</html>", "no_code", ""),
            (503, "", "no_code", ""),
            (403, "[]", "no_code", ""),
            (301, "", "no_code", ""),
        ];
        for (http_status, body, code, log_id) in cases {
            let Err(error) = answer(http_status, body).data::<Wanted>() else { panic!("{body} is no success") };
            assert_eq!(error.code_text(), Some(code), "{body}");
            assert_eq!(error.log_id().map_or("", LogId::as_str), log_id, "{body}");
            assert_eq!(error.http_status(), Some(http_status));
        }
    }

    #[test]
    fn an_answer_that_is_no_success_and_no_refusal_has_an_unknown_outcome() {
        for body in [
            "",
            "not json",
            "{}",
            r#"{"data":{"publish_id":"v_1"}}"#,
            r#"{"data":{"publish_id":"v_1"},"error":{}}"#,
            r#"{"error":{"code":"ok"}}"#,
            r#"{"data":{"publish_id":17},"error":{"code":"ok"}}"#,
            r#"{"data":{},"error":{"code":"ok"}}"#,
        ] {
            let Err(error) = answer(200, body).data::<Wanted>() else { panic!("{body} is no success") };
            assert!(matches!(error, Error::Unreadable { .. }), "{body}: {error}");
            assert!(error.outcome_unknown(), "{body}");
            assert_eq!(error.class(), Class::Unknown, "{body}");
        }
    }

    #[test]
    fn a_token_answer_with_an_error_is_a_failure_even_with_http_200() {
        for (http_status, body, code) in [
            (200, r#"{"error":"invalid_grant","error_description":"d","log_id":"L"}"#, "invalid_grant"),
            (400, r#"{"error":"invalid_request","error_description":"d","log_id":"L"}"#, "invalid_request"),
            (200, r#"{"publish_id":"v","error":"server_error","log_id":"L"}"#, "server_error"),
        ] {
            let Err(error) = answer(http_status, body).flat::<Wanted>() else { panic!("{body} is no success") };
            assert_eq!(error.oauth_code().map(OAuthErrorCode::as_str), Some(code));
            assert_eq!(error.log_id().map(LogId::as_str), Some("L"));
        }
        for (http_status, body, code) in [
            (
                404,
                r#"{"error":{"code":"unsupported_path","message":"Unsupported path(Janus)","log_id":"L"}}"#,
                "unsupported_path",
            ),
            (502, "<html>", "no_code"),
            (500, r#"{"publish_id":"v","error":""}"#, "no_code"),
        ] {
            let Err(error) = answer(http_status, body).flat::<Wanted>() else { panic!("{body} is no success") };
            assert_eq!(error.code_text(), Some(code), "{body}");
        }
        for body in [r#"{"publish_id":"v"}"#, r#"{"publish_id":"v","error":""}"#, r#"{"publish_id":"v","error":null}"#]
        {
            assert!(answer(200, body).flat::<Wanted>().is_ok(), "{body}");
        }
    }

    #[test]
    fn a_revocation_succeeds_with_an_empty_body() {
        for (http_status, body, good) in [
            (200, "", true),
            (200, " \n", true),
            (200, "{}", true),
            (200, r#"{"error":""}"#, true),
            (200, r#"{"error":"invalid_request"}"#, false),
            (500, "", false),
            (200, "<html>", false),
        ] {
            assert_eq!(answer(http_status, body).flat_nothing().is_ok(), good, "{http_status} {body:?}");
        }
    }

    #[test]
    fn an_unreadable_answer_does_not_show_its_values() {
        #[derive(Deserialize)]
        struct Tokens {
            #[serde(rename = "expires_in")]
            _expires_in: u64,
        }
        let Err(error) = answer(200, r#"{"expires_in":"act.secret"}"#).flat::<Tokens>() else { panic!() };
        assert!(!format!("{error} {error:?}").contains("act.secret"));
        let Err(error) = answer(200, "{}").flat::<Tokens>() else { panic!() };
        assert!(error.to_string().contains("missing field `expires_in`"), "{error}");
    }

    #[test]
    fn a_pause_is_believed_up_to_an_hour() {
        for (header, class) in [("7", 7), ("999999", 3600), ("soon", 60)] {
            let mut limited = answer(429, r#"{"error":{"code":"rate_limit_exceeded"}}"#);
            limited.headers.insert(RETRY_AFTER, header.parse().unwrap());
            let Err(error) = limited.nothing() else { panic!() };
            assert_eq!(error.class(), Class::After(Duration::from_secs(class)));
        }
    }
}
