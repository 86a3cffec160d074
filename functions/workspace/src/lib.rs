//! The workspace function: what belongs to a tenant as a whole, and every route that no other function knows.
//!
//! It is invoked in two ways: by the HTTP API, and directly by the operator, who makes the first API key with
//! `{"slipway":"create_key","email":"you@example.com"}`. Only who may call `lambda:InvokeFunction` can do the latter.

pub mod operator;

use axum::Router;
use axum::routing::get;
use http::StatusCode;
use serde_json::json;
use slipway_runtime::http::{json, serve};

/// The routes.
pub fn router() -> Router {
    serve(Router::new().route("/", get(root)))
}

/// A word for who opens the base URL in a browser.
async fn root() -> axum::response::Response {
    json(
        StatusCode::OK,
        &json!({
            "name": "Slipway",
            "version": env!("CARGO_PKG_VERSION"),
            "message": "This is a TikTok publishing API. Send `Authorization: Bearer <your API key>` to the routes under /v1.",
        }),
    )
}
