//! Why a command ended without what was asked for, in words for a person and in fields for a program.

use std::fmt::Display;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::exit::Exit;
use crate::spoken::{flag, spoken};

/// A command's bad end. Never holds the API key or an upload URL.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    /// Whether trying again may help.
    pub(crate) exit: Exit,
    /// What happened, in a sentence or two.
    pub(crate) message: String,
    /// The API's or TikTok's code.
    pub(crate) code: Option<Box<str>>,
    /// Each single problem, with its cure.
    pub(crate) issues: Vec<Issue>,
    /// What the operator of the deployment asks for.
    pub(crate) request_id: Option<Box<str>>,
    /// What to do next.
    pub(crate) next_step: Option<Box<str>>,
}

/// One problem of several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Issue {
    /// The request's field; empty where there is none.
    #[serde(default)]
    pub(crate) field: String,
    /// The API's code.
    #[serde(default)]
    pub(crate) code: String,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do.
    #[serde(default)]
    pub(crate) cure: String,
}

impl Problem {
    /// A problem that is told in a sentence.
    pub(crate) fn new(exit: Exit, message: impl Display) -> Self {
        let message = message.to_string();
        Self { exit, message, code: None, issues: Vec::new(), request_id: None, next_step: None }
    }

    /// Trying again may help.
    pub(crate) fn failure(message: impl Display) -> Self {
        Self::new(Exit::Failure, message)
    }

    /// Trying the same again will not help.
    pub(crate) fn refused(message: impl Display) -> Self {
        Self::new(Exit::Refused, message)
    }

    /// The command line or the environment is wrong.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// With the single problems.
    pub(crate) fn with_issues(self, issues: Vec<Issue>) -> Self {
        Self { issues, ..self }
    }

    /// The same, in which something that has this id is called by its name.
    pub(crate) fn naming(self, id: &str, name: &str) -> Self {
        let named = |text: &str| text.replace(id, name);
        let issues = self.issues.into_iter().map(|issue| Issue { message: named(&issue.message), ..issue }).collect();
        Self { message: named(&self.message), issues, ..self }
    }

    /// With a code for programs.
    pub(crate) fn with_code(self, code: impl Into<Box<str>>) -> Self {
        Self { code: Some(code.into()), ..self }
    }

    /// With what to do next.
    pub(crate) fn with_next_step(self, next: impl Into<Box<str>>) -> Self {
        Self { next_step: Some(next.into()), ..self }
    }

    /// What the API's error envelope says. A body that is none gives the status alone: a gateway's own answer, say.
    pub(crate) fn of_answer(call: &str, status: u16, body: &Json, request_id: Option<&str>) -> Self {
        let error = &body["error"];
        let text = |value: &Json| value.as_str().map(Box::<str>::from);
        let message = error["message"]
            .as_str()
            .map(str::to_owned)
            .or_else(|| body["message"].as_str().map(|message| format!("{call} was answered with {status}: {message}")))
            .unwrap_or_else(|| format!("{call} was answered with {status}"));
        Self {
            exit: exit_of(status, error["meta"]["retryable"].as_bool()),
            message,
            code: text(&error["code"]),
            issues: serde_json::from_value(error["meta"]["issues"].clone()).unwrap_or_default(),
            request_id: text(&body["request_id"]).or_else(|| request_id.map(Box::from)),
            next_step: text(&error["meta"]["next_step"]).or_else(|| is_not_ours(status, error).map(Box::from)),
        }
    }

    /// For a person, in the program's own words: what happened, each problem with its cure, and what to do next.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.issues.len() > 1 && self.exit == Exit::Refused && self.code.is_some() {
            // The API's sentence tells the first problem only, which is in the list, too.
            lines.push(format!("{} problems:", self.issues.len()));
        } else {
            lines.push(spoken(&self.message));
        }
        for issue in &self.issues {
            let field = flag(&issue.field);
            // A single problem's words are the message, as a rule.
            let is_told = self.issues.len() == 1 && self.message.contains(&issue.message);
            match (is_told, field) {
                (true, "") => {}
                (true, field) if field.starts_with("--") => lines.push(format!("  flag: {field}")),
                (true, field) => lines.push(format!("  field: {field}")),
                (false, "") => lines.push(format!("  - {}", spoken(&issue.message))),
                (false, field) => lines.push(format!("  - {field}: {}", spoken(&issue.message))),
            }
            let is_cure_told = is_told && self.message.contains(&issue.cure);
            if !issue.cure.is_empty() && !is_cure_told {
                lines.push(format!("    {}", spoken(&issue.cure)));
            }
        }
        lines.extend(self.next_step.as_ref().map(|next| format!("  next: {}", spoken(next))));
        lines.extend(self.request_id.as_ref().map(|id| format!("  request id: {id}")));
        lines
    }

    /// For a program.
    pub(crate) fn event(&self) -> Json {
        let issues: Vec<_> = self.issues.iter().map(Issue::json).collect();
        json!({
            "event": "error",
            "kind": self.exit.name(),
            "exit_code": self.exit.code(),
            "code": self.code,
            "message": self.message,
            "issues": issues,
            "request_id": self.request_id,
            "next_step": self.next_step,
        })
    }
}

impl Issue {
    fn json(&self) -> Json {
        json!({"field": self.field, "code": self.code, "message": self.message, "cure": self.cure})
    }
}

/// What to do about an answer that Slipway can't have given.
fn is_not_ours(status: u16, error: &Json) -> Option<&'static str> {
    let is_ours = error["code"].is_string();
    (!is_ours && matches!(status, 400..=405)).then_some("check SLIPWAY_API_URL: what answers there is not Slipway")
}

/// Whether an answer with this status refuses, or only fails. What the API says of itself in `retryable` rules.
fn exit_of(status: u16, retryable: Option<bool>) -> Exit {
    match (retryable, status) {
        (Some(true), _) => Exit::Failure,
        // Not offered by this deployment: it will not be in a minute either.
        (_, 501) => Exit::Refused,
        (_, 408 | 429 | 500..) => Exit::Failure,
        _ => Exit::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_and_a_failure_are_told_apart_by_status_and_by_the_answer() {
        for (status, retryable, exit) in [
            (400, None, Exit::Refused),
            (401, None, Exit::Refused),
            (404, None, Exit::Refused),
            (409, None, Exit::Refused),
            (409, Some(true), Exit::Failure),
            (408, None, Exit::Failure),
            (422, Some(false), Exit::Refused),
            (429, None, Exit::Failure),
            (500, None, Exit::Failure),
            (501, None, Exit::Refused),
            (502, None, Exit::Failure),
            (504, None, Exit::Failure),
            (302, None, Exit::Refused),
        ] {
            assert_eq!(exit_of(status, retryable), exit, "{status} {retryable:?}");
        }
    }

    #[test]
    fn every_problem_is_told_once_with_field_and_cure() {
        let issue = |field: &str, message: &str, cure: &str| json!({"field": field, "code": "c", "message": message, "cure": cure});
        let body = json!({"error": {"code": "validation.field_required", "message": "a is required. Send it. (2 problems in all, see meta.issues)",
            "meta": {"issues": [issue("x.a", "a is required", "Send it."), issue("text", "too long", "Shorten it.")]}}, "request_id": "r1"});
        let problem = Problem::of_answer("POST /v1/posts", 400, &body, None);
        assert_eq!(
            problem.lines(),
            [
                "2 problems:",
                "  - x.a: a is required",
                "    Send it.",
                "  - --caption: too long",
                "    Shorten it.",
                "  request id: r1"
            ]
        );

        let body = json!({"error": {"code": "c", "message": "a is required. Send it.", "meta": {"issues": [issue("x.a", "a is required", "Send it.")]}}});
        let problem = Problem::of_answer("POST /v1/posts", 400, &body, Some("from the header"));
        assert_eq!(problem.lines(), ["a is required. Send it.", "  field: x.a", "  request id: from the header"]);
        assert_eq!(problem.event()["exit_code"], 3);
    }

    #[test]
    fn an_account_is_called_by_its_name() {
        let issue = Issue {
            message: "acc_1 is full".to_owned(),
            field: String::new(),
            code: String::new(),
            cure: String::new(),
        };
        let problem = Problem::failure("acc_1 has begun as many posts as it may").with_issues(vec![issue]);
        let named = problem.naming("acc_1", "@anna");
        assert_eq!(named.lines(), ["@anna has begun as many posts as it may", "  - @anna is full"]);
    }

    #[test]
    fn an_answer_that_is_not_ours_gives_its_status() {
        let problem = Problem::of_answer("GET /v1/accounts", 503, &Json::Null, None);
        assert_eq!((problem.message.as_str(), problem.exit), ("GET /v1/accounts was answered with 503", Exit::Failure));
        let elsewhere = Problem::of_answer("GET /v1/accounts", 404, &json!({"error": "no such page"}), None);
        assert_eq!(
            elsewhere.lines().last().unwrap(),
            "  next: check SLIPWAY_API_URL: what answers there is not Slipway"
        );
        let gateway = json!({"message": "Request Entity Too Large"});
        let problem = Problem::of_answer("POST /v1/posts", 413, &gateway, None);
        assert_eq!(problem.message, "POST /v1/posts was answered with 413: Request Entity Too Large");
    }
}
