//! `POST /mcp`: one message of the protocol, one JSON answer, nothing kept in between.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest as _, Request, State};
use http::header::{ACCEPT, CONTENT_TYPE, HOST};
use http::{HeaderValue, Uri};
use http_body_util::Full;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use slipway_contract::{ApiError, Issue};
use slipway_http::{Answer, JsonObject, PublicBase};

use crate::server::Server;
use crate::{AllowedHosts, App, address};

/// What the handler works with.
#[derive(Clone)]
pub(crate) struct Endpoint {
    base: PublicBase,
    allowed_hosts: AllowedHosts,
    protocol: StreamableHttpService<Server, NeverSessionManager>,
}

impl Endpoint {
    pub(crate) fn new(app: App) -> Self {
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_sse_keep_alive(None)
            // Hosts and origins are asked by `address`, which also knows API Gateway's own name.
            .disable_allowed_hosts();
        let server = Server::new(app.inside);
        let protocol = StreamableHttpService::new(move || Ok(server.clone()), Arc::default(), config);
        Self { base: app.base, allowed_hosts: app.allowed_hosts, protocol }
    }
}

pub(crate) async fn mcp(State(endpoint): State<Endpoint>, request: Request) -> Answer {
    no_query(request.uri())?;
    address::check(&request, &endpoint.base, &endpoint.allowed_hosts)?;
    let (mut parts, body) = request.into_parts();
    let mut read = Request::new(body);
    read.headers_mut().clone_from(&parts.headers);
    // As strict as everywhere: no name twice, not too deep, not too large.
    let JsonObject { bytes, .. } = JsonObject::from_request(read, &()).await?;
    // It is JSON, and JSON is what everybody gets, whatever they declare.
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parts.headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    // Only a test's request comes without.
    parts.headers.entry(HOST).or_insert(HeaderValue::from_static("localhost"));
    let answer = endpoint.protocol.handle(Request::from_parts(parts, Full::new(bytes.0))).await;
    Ok(answer.map(Body::new))
}

/// Refuses parameters, which have no place in the protocol: an answer has no room for a warning.
fn no_query(uri: &Uri) -> Result<(), ApiError> {
    let query = uri.query().unwrap_or_default();
    let Some((name, _)) = url::form_urlencoded::parse(query.as_bytes()).next() else { return Ok(()) };
    let issue = Issue::invalid(name, "this endpoint takes no query parameters", "Send them as arguments of a tool.");
    Err(ApiError::from_issue(issue))
}
