//! Calls of the official SDK that TikTok has nothing for. They are known, so that a program that makes one is told so, and
//! not that it has mistyped a path.

use axum::routing::MethodFilter;
use slipway_contract::{ApiError, ErrorCode};

use crate::ErrorResponse;

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const PATCH: MethodFilter = MethodFilter::PATCH;
const DELETE: MethodFilter = MethodFilter::DELETE;

/// Each path with its methods, in the order of the functions that answer them.
const CALLS: &[(&str, MethodFilter)] = &[
    ("/v1/accounts/{id}/boards", GET),
    ("/v1/accounts/{id}/export", POST),
    ("/v1/accounts/{id}/mentions", GET),
    ("/v1/accounts/{id}/pages", GET),
    ("/v1/accounts/{id}/pages/{page}", PATCH),
    ("/v1/platforms/youtube/accounts/{id}/summary", GET),
    ("/v1/platforms/youtube/accounts/{id}/sync", POST),
    ("/v1/platforms/youtube/accounts/{id}/videos/{video}", PATCH),
    ("/v1/platforms/youtube/comments/{id}", PATCH),
    ("/v1/platforms/youtube/comments/{id}/moderate", POST),
    ("/v1/exports", GET),
    ("/v1/exports/{id}", GET),
    ("/v1/exports/{id}/videos", GET),
    ("/v1/inbox/comments", GET),
    ("/v1/inbox/comments/{post}", GET.or(POST)),
    ("/v1/inbox/comments/{post}/{comment}", DELETE),
    ("/v1/inbox/comments/{post}/{comment}/hide", POST.or(DELETE)),
    ("/v1/inbox/comments/{post}/{comment}/like", POST.or(DELETE)),
    ("/v1/inbox/comments/{post}/{comment}/private-reply", POST),
    ("/v1/inbox/comments/{post}/{comment}/replies", GET),
    ("/v1/inbox/conversations", GET),
    ("/v1/inbox/conversations/{id}", GET.or(PATCH)),
    ("/v1/inbox/conversations/{id}/messages", GET.or(POST)),
    ("/v1/inbox/conversations/{id}/read", POST),
    ("/v1/inbox/reviews", GET),
    ("/v1/inbox/reviews/{id}/reply", POST),
];

/// Those whose path has one of these words behind its version.
pub(crate) fn calls(parts: &[&str]) -> impl Iterator<Item = (&'static str, MethodFilter)> {
    let has = |path: &str| path.split('/').nth(2).is_some_and(|part| parts.contains(&part));
    CALLS.iter().filter(move |(path, _)| has(path)).copied()
}

/// The answer to each of them.
pub(crate) async fn refuse() -> ErrorResponse {
    let message = "TikTok's API has nothing for this call, and only TikTok is served. See the API reference.";
    ApiError::new(ErrorCode::NotSupported, message).with_remedy().into()
}
