//! Calls of the official SDK that TikTok has nothing for. They are known, so that a program that makes one is told so, and
//! not that it has mistyped a path.

use axum::routing::MethodFilter;
use slipway_contract::{ApiError, ErrorCode};

use crate::ErrorResponse;

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const PATCH: MethodFilter = MethodFilter::PATCH;
const DELETE: MethodFilter = MethodFilter::DELETE;

/// Each path behind the version with its methods, in the order of the functions that answer them.
const CALLS: &[(&str, MethodFilter)] = &[
    ("accounts/{id}/boards", GET),
    ("accounts/{id}/export", POST),
    ("accounts/{id}/mentions", GET),
    ("accounts/{id}/pages", GET),
    ("accounts/{id}/pages/{page}", PATCH),
    ("platforms/youtube/accounts/{id}/summary", GET),
    ("platforms/youtube/accounts/{id}/sync", POST),
    ("platforms/youtube/accounts/{id}/videos/{video}", PATCH),
    ("platforms/youtube/comments/{id}", PATCH),
    ("platforms/youtube/comments/{id}/moderate", POST),
    ("exports", GET),
    ("exports/{id}", GET),
    ("exports/{id}/videos", GET),
    ("inbox/comments", GET),
    ("inbox/comments/{post}", GET.or(POST)),
    ("inbox/comments/{post}/{comment}", DELETE),
    ("inbox/comments/{post}/{comment}/hide", POST.or(DELETE)),
    ("inbox/comments/{post}/{comment}/like", POST.or(DELETE)),
    ("inbox/comments/{post}/{comment}/private-reply", POST),
    ("inbox/comments/{post}/{comment}/replies", GET),
    ("inbox/conversations", GET),
    ("inbox/conversations/{id}", GET.or(PATCH)),
    ("inbox/conversations/{id}/messages", GET.or(POST)),
    ("inbox/conversations/{id}/read", POST),
    ("inbox/reviews", GET),
    ("inbox/reviews/{id}/reply", POST),
];

/// Those whose path begins with one of these words.
pub(crate) fn calls(parts: &[&str]) -> impl Iterator<Item = (String, MethodFilter)> {
    let has = |path: &str| path.split('/').next().is_some_and(|part| parts.contains(&part));
    CALLS.iter().filter(move |(path, _)| has(path)).map(|(path, methods)| (["/v1", path].join("/"), *methods))
}

/// The answer to each of them.
pub(crate) async fn refuse() -> ErrorResponse {
    let message = "TikTok's API has nothing for this call, and only TikTok is served. See the API reference.";
    ApiError::new(ErrorCode::NotSupported, message).with_remedy().into()
}
