//! The error envelope: one shape for every refusal, with all problems of a request at once.

mod meta;

use std::fmt::Display;

use serde::Serialize;
use serde_json::{Number, Value};
use slipway_domain::limits::{LONGEST_FIELD, LONGEST_SENTENCE, PROBLEMS_PER_ANSWER};
use slipway_domain::schedule::CALLERS_COME_BACK;

pub use self::meta::Meta;
use crate::ErrorCode;
use crate::cut::cut;
use crate::fields::quoted;

/// Who can do something about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The caller: change the request.
    Caller,
    /// The creator: an account setting, a reconnection.
    Creator,
    /// TikTok: wait.
    #[serde(rename = "tiktok")]
    TikTok,
    /// The operator: the app's audit at TikTok.
    AppAudit,
    /// A quota: wait, or raise it.
    Quota,
    /// The operator of this deployment.
    Us,
}

/// One problem of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Issue {
    /// The field's path, such as `targets[0].platform_data.privacy_level`.
    pub field: String,
    /// The code of this problem.
    pub code: ErrorCode,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub cure: String,
    /// What was measured, and what is allowed, where that is a number or a name.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Box<Compared>>,
}

/// What was measured, and what is allowed instead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Compared {
    /// What was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<Value>,
    /// What is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Value>,
}

impl Issue {
    /// A missing field.
    pub fn required(field: impl Into<String>, cure: impl Into<String>) -> Self {
        let field = field.into();
        let message = format!("{} is required", field.rsplit('.').next().unwrap_or(&field));
        Self::bounded(ErrorCode::FieldRequired, &field, &message, &cure.into())
    }

    fn bounded(code: ErrorCode, field: &str, message: &str, cure: &str) -> Self {
        let field = cut(field, LONGEST_FIELD).into_owned();
        Self {
            field,
            code,
            message: cut(message, LONGEST_SENTENCE).into_owned(),
            cure: cut(cure, LONGEST_SENTENCE).into_owned(),
            compared: None,
        }
    }

    /// A field whose value is not acceptable.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::bounded(ErrorCode::FieldInvalid, &field.into(), &message.into(), &cure.into())
    }

    /// A field that names what there is not: `what` it would be, and how it is `shown`.
    pub fn no_such(field: impl Into<String>, what: &str, shown: impl Display, cure: impl Into<String>) -> Self {
        Self::invalid(field, format!("there is no {what} {shown}"), cure)
    }

    /// A field whose text is no brand's id, and why.
    pub fn no_brand(field: impl Into<String>, text: &str, why: impl Display) -> Self {
        Self::invalid(field, format!("{} is no brand: {why}", quoted(text)), "Send a brand's id.")
    }

    /// A field that names what was there a moment ago: `what` it was, and how it is `shown`.
    pub fn no_longer(field: impl Into<String>, what: &str, shown: impl Display, cure: impl Into<String>) -> Self {
        Self::invalid(field, format!("there is no {what} {shown} any more"), cure)
    }

    /// An address that nothing can be fetched from.
    pub fn source_refused(field: impl Into<String>, message: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::invalid(field, message, cure).with_code(ErrorCode::MediaUnsupportedSource)
    }

    /// The same problem with what was measured and what is allowed.
    #[must_use]
    pub fn compared(self, measured: impl Serialize, allowed: impl Serialize) -> Self {
        let (measured, allowed) = (serde_json::to_value(measured).ok(), serde_json::to_value(allowed).ok());
        let [measured, allowed] = [measured, allowed].map(|value| value.filter(|value| !value.is_null()));
        Self { compared: Some(Box::new(Compared { measured, allowed })), ..self }
    }

    /// The same problem under another code.
    #[must_use]
    pub fn with_code(mut self, code: ErrorCode) -> Self {
        self.code = code;
        self
    }
}

/// A refusal, as callers see it. What only the log may know is logged where it happened, never put in here.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// The code, which fixes the status.
    pub code: ErrorCode,
    /// One sentence: what is wrong and what to do.
    pub message: String,
    /// Details for programs.
    pub meta: Box<Meta>,
    /// When to try again, in seconds: the `Retry-After` header. Always set on a 429.
    pub retry_after: Option<u64>,
}

impl ApiError {
    /// A refusal with a sentence for the caller.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let retry_after = (code.status() == 429).then_some(CALLERS_COME_BACK);
        Self { code, message: message.into(), meta: Box::default(), retry_after }
    }

    /// Adds what else there is to say about the request: a refusal, too, names what was assumed or ignored.
    pub fn warn(&mut self, warnings: Vec<String>) {
        if warnings.is_empty() {
            return;
        }
        self.meta.warnings.get_or_insert_default().extend(warnings);
    }

    /// All problems of a request at once. The first one speaks for all in `code`, `message` and `meta.field`.
    ///
    /// See [`no_issues`] for a check that may find none.
    pub fn from_issues(mut issues: Vec<Issue>) -> Self {
        let Some(first) = issues.first() else { return Self::internal() };
        let all = if issues.len() == 1 {
            String::new()
        } else {
            format!(" ({} problems in all, see meta.issues)", issues.len())
        };
        let refusal = Self::new(first.code, format!("{}. {}{all}", first.message, first.cure))
            .with_field(first.field.clone())
            .with_remedy();
        issues.truncate(PROBLEMS_PER_ANSWER);
        refusal.with_issues(issues)
    }

    /// One problem with one field.
    pub fn from_issue(issue: Issue) -> Self {
        Self::from_issues(vec![issue])
    }

    /// There is no such thing of those that this path lists.
    pub fn no_such(code: ErrorCode, what: &str, path: &str) -> Self {
        Self::new(code, format!("There is no such {what}. GET {path} lists those there are."))
    }

    /// There are as many of the things at this path as the tenant may have, `most`, until one of them goes.
    pub fn no_more(code: ErrorCode, message: impl Into<String>, most: impl Into<Number>, path: &str) -> Self {
        Self::new(code, message)
            .with_cause(Cause::Quota)
            .with_limit(most)
            .with_retryable(false)
            .with_next_step(Self::room(path))
    }

    /// What to do where there is no room for one more of the things at this path.
    pub fn room(path: &str) -> String {
        format!("DELETE {path}/{{id}} of what is no longer needed; GET {path} lists what there is")
    }

    /// Our fault; the caller can only try again. The reason goes to the log.
    pub fn internal() -> Self {
        Self::new(
            ErrorCode::Internal,
            "Something failed on our side. Try again; if it stays, give the operator the request_id.",
        )
        .with_remedy()
    }

    /// Says when to try again, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The body of the answer.
    pub fn body(&self, request_id: &str) -> Value {
        serde_json::to_value(Envelope { error: self.refusal(), request_id }).unwrap_or_default()
    }

    /// What of the body is about the error, where an answer holds more than that.
    pub fn refusal(&self) -> Refusal<'_> {
        Refusal { code: self.code, message: &self.message, meta: &self.meta }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for ApiError {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Error".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Envelope::json_schema(generator)
    }
}

/// The body of a refusal.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Envelope<'a> {
    /// What was refused, and why.
    error: Refusal<'a>,
    /// The request that this answers.
    request_id: &'a str,
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refusal<'a> {
    /// A stable name, for programs.
    pub code: ErrorCode,
    /// One or two sentences for people: what is wrong, and what to do.
    pub message: &'a str,
    /// Details for programs.
    pub meta: &'a Meta,
}

/// Ends a check: refuses with all problems at once if there are any.
pub fn no_issues(issues: Vec<Issue>) -> Result<(), ApiError> {
    if issues.is_empty() { Ok(()) } else { Err(ApiError::from_issues(issues)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_come_at_once_and_the_first_speaks() {
        let error = no_issues(vec![
            Issue::required("targets[0].platform_data.privacy_level", "Choose one of the creator's options."),
            Issue::invalid("text", "too long", "Shorten it."),
        ])
        .unwrap_err();
        let body = error.body("r1");
        assert_eq!(body["error"]["code"], "validation.field_required");
        assert_eq!(body["error"]["meta"]["field"], "targets[0].platform_data.privacy_level");
        assert_eq!(body["error"]["meta"]["issues"].as_array().unwrap().len(), 2);
        assert_eq!(body["request_id"], "r1");
        assert!(error.message.starts_with("privacy_level is required."), "{}", error.message);
        assert_eq!(no_issues(Vec::new()), Ok(()));
    }

    #[test]
    fn the_first_problem_says_who_can_do_what_about_it() {
        for (code, cause, retryable, next_step) in [
            (ErrorCode::FieldInvalid, "caller", false, None),
            (ErrorCode::ReconnectionRequired, "creator", false, Some("POST /v1/accounts/connect")),
            (ErrorCode::AccountNotFound, "caller", false, Some("GET /v1/accounts")),
            (ErrorCode::StorageQuota, "quota", false, None),
            (ErrorCode::TikTokApiError, "tiktok", true, None),
            (ErrorCode::Internal, "us", true, None),
        ] {
            let issues = vec![Issue::invalid("id", "wrong", "Mend it.").with_code(code), Issue::required("text", "")];
            let meta = ApiError::from_issues(issues).meta;
            let told = (meta.cause.map(|cause| serde_json::json!(cause)), meta.retryable, meta.next_step.as_deref());
            assert_eq!(told, (Some(cause.into()), Some(retryable), next_step), "{code:?}");
        }
    }

    #[test]
    fn no_request_makes_a_refusal_of_its_own_size() {
        let long = "\u{1F600}".repeat(400_000);
        let issues = vec![Issue::invalid(&long, &long, &long).with_code(ErrorCode::Conflict); 50_000];
        let body = ApiError::from_issues(issues).body("r1");
        assert!(body.to_string().len() < 1_000_000, "{} bytes", body.to_string().len());
        assert_eq!(body["error"]["meta"]["issues"].as_array().unwrap().len(), PROBLEMS_PER_ANSWER);
        assert!(body["error"]["message"].as_str().unwrap().ends_with("(50000 problems in all, see meta.issues)"));
        assert!(Issue::required(&long, &long).message.len() < 5_000);
    }

    #[test]
    fn every_429_says_when_to_try_again() {
        for code in ErrorCode::ALL.iter().filter(|code| code.status() == 429) {
            assert!(ApiError::new(*code, "").retry_after.is_some());
        }
    }
}
