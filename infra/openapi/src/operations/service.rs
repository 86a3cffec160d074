//! The service itself, and what creators' browsers and TikTok ask of it.

use serde_json::{Map, Value};
use slipway_contract::ErrorCode;
use slipway_contract::service::Welcome;

use crate::operation::{Content, get, post};
use crate::parameter::text;
use crate::requests::{JsonRpcError, ToolCall};
use crate::{Needs, Operation};

const PAGE: Content = Content::Other("text/html");

pub(super) fn operations() -> Vec<Operation> {
    let open = Needs::Nothing;
    vec![
        get("getService", "/", open, "Get the service's name and version")
            .answers::<Welcome>(200, "Name, version and where to go on."),
        get("getOpenApi", "/v1/openapi.json", open, "Get this document")
            .answers::<Map<String, Value>>(200, "OpenAPI 3.1."),
        get("getReference", "/docs", open, "Get the API reference: this document as a page").answer(
            200,
            "The page.",
            PAGE,
        ),
        get("getReferenceScript", "/docs/reference.js", open, "Get the script of the reference page").answer(
            200,
            "The script.",
            Content::Other("text/javascript"),
        ),
        get("getReferenceStyle", "/docs/reference.css", open, "Get the style sheet of the reference page").answer(
            200,
            "The style sheet.",
            Content::Other("text/css"),
        ),
        get("getLlmsTxt", "/llms.txt", open, "Get the guide for agents, in plain text").answer(
            200,
            "The text.",
            Content::Other("text/plain"),
        ),
        post(
            "callTools",
            "/mcp",
            Needs::AnyKey,
            "Call the API's tools, over the Model Context Protocol (Streamable HTTP, stateless)",
        )
        .json::<ToolCall>()
        .answers::<Map<String, Value>>(200, "The answer to a JSON-RPC request.")
        .answer(202, "It was a notification.", Content::Nothing)
        .answers::<JsonRpcError>(400, "The headers and the message do not agree, or the message is not for a server.")
        .answers::<JsonRpcError>(404, "There is no such method, in version 2026-07-28. In others that is a 200.")
        .refuses(&[ErrorCode::Http403, ErrorCode::BodyInvalid]),
        get("followInvite", "/invite/{token}", open, "Follow an invite: go on to TikTok's page")
            .answer(302, "To TikTok's page.", Content::Location)
            .answer(403, "A page: only a person who opens the link in a browser is led on.", PAGE)
            .answer(404, "No such invite, or a closed one: a page for browsers, an error for programs.", PAGE)
            .answer(410, "The invite has expired: a page for browsers, an error for programs.", PAGE)
            .answer(429, "The link is opened too often: a page for browsers, an error for programs.", PAGE)
            .refuses(&[ErrorCode::ResourceNotFound, ErrorCode::InviteExpired, ErrorCode::RateLimited]),
        get("finishConnection", "/oauth/callback/tiktok", open, "Receive the creator's browser from TikTok's page")
            .query([
                text("code", "TikTok's code for the account."),
                text("state", "The connection's state."),
                text("error", "TikTok's error, if there is no code."),
            ])
            .answer(200, "A page that says what happened, where no address was named.", PAGE)
            .answer(302, "To the address that connect named.", Content::Location)
            .answer(400, "A page: TikTok refused or sent nothing, or the link is too old or was used already.", PAGE)
            .answer(
                403,
                "A page: the connection was not started here, no person opened the address, or the app takes none now.",
                PAGE,
            )
            .answer(404, "A page: the brand that the account was to join has been deleted.", PAGE)
            .answer(409, "A page: the account is in another brand, or the tenant has no room for one more.", PAGE)
            .answer(500, "A page that says that something failed.", PAGE)
            .answer(502, "A page that says that TikTok did not answer.", PAGE),
        post("receiveTikTokWebhook", "/webhooks/tiktok", Needs::Signature, "Receive TikTok's webhooks")
            .answers::<Map<String, Value>>(200, "The webhook is accepted.")
            .refuses(&[ErrorCode::InvalidKey, ErrorCode::BodyInvalid]),
    ]
}
