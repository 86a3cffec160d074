//! A refusal in sentences: what is wrong, what to change, and which tool leads on. Agents read text; what programs need is
//! beside it, as it came.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use http::header::RETRY_AFTER;
use serde::Deserialize;

use crate::inside::Answered;
use crate::tools;

/// Explains what a route refused.
pub(crate) fn explained(answered: &Answered) -> String {
    let refused = Refused::deserialize(&answered.body).unwrap_or_default();
    let (error, meta) = (refused.error.as_ref(), refused.error.as_ref().map(|error| &error.meta));
    let mut text = match error {
        Some(ReadError { code, message, .. }) => format!("{code}: {message}"),
        // A post of which nothing was accepted.
        None => format!("Refused with status {}.", answered.status.as_u16()),
    };
    for (at, about) in problems(&refused) {
        // Writing to a text can't fail. A problem that is the only one has been told already.
        let _ = match error {
            Some(error) if error.message == about => write!(text, "\nIt is about {at}."),
            _ => write!(text, "\n- {at}: {about}"),
        };
    }
    let (mut named, mut strange) = (BTreeSet::new(), BTreeSet::new());
    let next_step = meta.and_then(|meta| meta.next_step).map(|step| format!("Next: {step}"));
    for said in [Some(text.clone()), next_step] {
        let Some(said) = said else { continue };
        if said.starts_with("Next: ") {
            let _ = write!(text, "\n{said}");
        }
        for (route, tool) in tools::named_in(&said) {
            match tool {
                Some(tool) => _ = named.insert((tool.route.named(), tool.name)),
                None => _ = strange.insert(route),
            }
        }
    }
    for (route, tool) in named {
        let _ = write!(text, "\n{route} is the tool {tool}.");
    }
    for route in strange {
        let _ = write!(text, "\n{route} is no tool: ask the person you work for, who can call the API.");
    }
    // A 429 names a time also where waiting does not help.
    if meta.and_then(|meta| meta.retryable) == Some(false) {
        let _ = write!(text, "\nThe same call would be refused again: change it first.");
    } else if let Some(seconds) = answered.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()) {
        let _ = write!(text, "\nTry again in {seconds} s, not earlier.");
    }
    if let Some(id) = refused.request_id {
        let _ = write!(text, "\nrequest_id: {id}");
    }
    text
}

/// Each problem: where, and what to do about it.
fn problems<'a>(refused: &Refused<'a>) -> Vec<(&'a str, String)> {
    let issues = refused.error.iter().flat_map(|error| error.meta.issues.iter().flatten());
    let issues = issues.map(|issue| (issue.field, format!("{}. {}", issue.message, issue.cure)));
    let targets =
        refused.targets.iter().flatten().filter_map(|target| Some((target.account_id, target.error.as_ref()?)));
    issues.chain(targets.map(|(account, error)| (account, error.message.to_owned()))).collect()
}

/// What is read of a refusal, or of a post of which nothing was accepted.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Refused<'a> {
    error: Option<ReadError<'a>>,
    targets: Option<Vec<Target<'a>>>,
    request_id: Option<&'a str>,
}

#[derive(Deserialize)]
struct ReadError<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(default, borrow)]
    meta: Details<'a>,
}

#[derive(Default, Deserialize)]
struct Details<'a> {
    #[serde(borrow)]
    issues: Option<Vec<Issue<'a>>>,
    next_step: Option<&'a str>,
    retryable: Option<bool>,
}

#[derive(Deserialize)]
struct Issue<'a> {
    field: &'a str,
    message: &'a str,
    cure: &'a str,
}

#[derive(Deserialize)]
struct Target<'a> {
    account_id: &'a str,
    #[serde(borrow)]
    error: Option<TargetError<'a>>,
}

#[derive(Deserialize)]
struct TargetError<'a> {
    message: &'a str,
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};
    use serde_json::{Value, json};

    use super::*;

    fn told(body: Value, retry_after: Option<&str>) -> String {
        let mut headers = HeaderMap::new();
        headers.extend(retry_after.map(|seconds| (RETRY_AFTER, seconds.parse().unwrap())));
        explained(&Answered { status: StatusCode::BAD_REQUEST, headers, body })
    }

    #[test]
    fn an_agent_reads_what_is_wrong_what_to_change_and_which_tool_leads_on() {
        let issue = json!({"field": "targets[0]", "code": "c", "message": "privacy_level is required", "cure": "Ask."});
        let meta = json!({"issues": [issue], "retryable": false, "next_step": "GET /v1/accounts/{id}/creator-info"});
        let refused =
            |message: &str| json!({"error": {"code": "c", "message": message, "meta": meta}, "request_id": "r1"});
        assert!(
            told(refused("privacy_level is required. Ask."), None)
                .starts_with("c: privacy_level is required. Ask.\nIt is about targets[0].\nNext: ")
        );
        assert_eq!(
            told(refused("wrong. Ask."), None),
            "c: wrong. Ask.\n- targets[0]: privacy_level is required. Ask.\nNext: GET /v1/accounts/{id}/creator-info\n\
             GET /v1/accounts/{id}/creator-info is the tool get_creator_info.\n\
             The same call would be refused again: change it first.\nrequest_id: r1"
        );
        let limited = json!({"error": {"code": "ratelimit.exceeded", "message": "Too many.", "meta": {}}});
        assert_eq!(told(limited, Some("7")), "ratelimit.exceeded: Too many.\nTry again in 7 s, not earlier.");
        let never = json!({"error": {"code": "c", "message": "None.", "meta": {"retryable": false}}});
        assert_eq!(told(never, Some("7")), "c: None.\nThe same call would be refused again: change it first.");
        let bare = json!({"error": {"code": "c", "message": "None."}, "targets": null, "request_id": "r1"});
        assert_eq!(told(bare, None), "c: None.\nrequest_id: r1");
        let post = json!({"id": "post_1", "targets": [{"account_id": "acc_1", "error": {"message": "Gone."}}]});
        assert_eq!(told(post, None), "Refused with status 400.\n- acc_1: Gone.");
    }
}
