//! The service itself, and what creators' browsers and TikTok ask of it.

use serde_json::{Map, Value};
use slipway_contract::ErrorCode;
use slipway_contract::service::Welcome;

use crate::operation::{Content, get, post};
use crate::parameter::text;
use crate::requests::ToolCall;
use crate::{Needs, Operation};

const PAGE: Content = Content::Other("text/html");

pub(super) fn operations() -> Vec<Operation> {
    let open = Needs::Nothing;
    vec![
        get("getService", "/", open, "Show name and version").answers::<Welcome>(200, "A word for whoever comes here."),
        get("getOpenApi", "/v1/openapi.json", open, "Show this document")
            .answers::<Map<String, Value>>(200, "OpenAPI 3.1."),
        get("getReference", "/docs", open, "Show the reference: this document as a page").answer(
            200,
            "The page.",
            PAGE,
        ),
        get("getReferenceScript", "/docs/reference.js", open, "Give what the page does").answer(
            200,
            "The script.",
            Content::Other("text/javascript"),
        ),
        get("getReferenceStyle", "/docs/reference.css", open, "Give how the page looks").answer(
            200,
            "The style sheet.",
            Content::Other("text/css"),
        ),
        get("getLlmsTxt", "/llms.txt", open, "Say in plain text how agents use the API").answer(
            200,
            "The text.",
            Content::Other("text/plain"),
        ),
        post(
            "callTools",
            "/mcp",
            Needs::AnyKey,
            "Offer the routes as tools to agents, over the Model Context Protocol (Streamable HTTP, stateless)",
        )
        .json::<ToolCall>()
        .answers::<Map<String, Value>>(200, "The answer to a JSON-RPC request.")
        .answer(202, "It was a notification.", Content::Nothing)
        .answer(406, "Accept names not both application/json and text/event-stream.", Content::Other("text/plain"))
        .refuses(&[ErrorCode::Http403, ErrorCode::BodyInvalid]),
        get("followInvite", "/invite/{token}", open, "Lead a creator to TikTok's page")
            .answer(302, "To TikTok's page.", Content::Location)
            .answer(403, "A page: only a person who opens the link in a browser is led on.", PAGE)
            .answer(404, "No such invite, or a closed one: a page for browsers, an error for programs.", PAGE)
            .answer(410, "The invite has expired: a page for browsers, an error for programs.", PAGE)
            .answer(429, "The link is opened too often: a page for browsers, an error for programs.", PAGE)
            .refuses(&[ErrorCode::ResourceNotFound, ErrorCode::InviteExpired, ErrorCode::RateLimited]),
        get("finishConnection", "/oauth/callback/tiktok", open, "Where TikTok sends the creator's browser back to")
            .query([
                text("code", "What the account is connected with."),
                text("state", "Which connection it is."),
                text("error", "Why there is no code."),
            ])
            .answer(200, "A page that says what happened, where no address was named.", PAGE)
            .answer(302, "To the address that connect named.", Content::Location)
            .answer(400, "A page that says what is wrong.", PAGE)
            .answer(403, "A page: the connection was not started here, or no person opened the address.", PAGE)
            .answer(409, "A page that says that the account is in another brand.", PAGE)
            .answer(500, "A page that says that something failed.", PAGE)
            .answer(502, "A page that says that TikTok did not answer.", PAGE),
        post(
            "receiveTikTokWebhook",
            "/webhooks/tiktok",
            Needs::Signature,
            "Take TikTok's webhooks, by their signature",
        )
        .answers::<Map<String, Value>>(200, "It is kept.")
        .refuses(&[ErrorCode::InvalidKey, ErrorCode::BodyInvalid]),
    ]
}
