//! The protocol itself: versions, lists, and what is no message.

use serde_json::{Value, json};
use workbench::Answer;

use crate::support::{World, message};

fn initialize(version: &str) -> Value {
    let client = json!({"name": "test", "version": "1"});
    message("initialize", json!({"protocolVersion": version, "capabilities": {}, "clientInfo": client}))
}

#[tokio::test]
async fn a_client_of_an_older_version_is_spoken_to_in_its_own() {
    let world = World::start().await;
    for (asked, spoken) in [
        ("2025-11-25", "2025-11-25"),
        ("2025-06-18", "2025-06-18"),
        // Such a client knows the newest one, which has no such greeting, or one that nobody knows.
        ("2026-07-28", "2025-11-25"),
        ("2030-01-01", "2025-11-25"),
    ] {
        let told = world.say(&initialize(asked)).await.expect(200);
        let result = &told["result"];
        assert_eq!(result["protocolVersion"], spoken, "{asked}: {told:#}");
        assert_eq!(result["serverInfo"]["name"], "slipway");
        assert!(result["instructions"].as_str().unwrap().contains("ask the creator"));
    }
}

/// The newest version has no greeting: each message says what is spoken.
#[tokio::test]
async fn the_newest_version_needs_no_greeting() {
    let world = World::start().await;
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    for (method, params, holds) in [
        ("server/discover", json!({"_meta": meta}), "supportedVersions"),
        ("tools/list", json!({"_meta": meta}), "tools"),
        ("resources/list", json!({"_meta": meta}), "resources"),
    ] {
        let request = world.caller.request("POST", "/mcp").header("mcp-protocol-version", "2026-07-28");
        let request = request.header("mcp-method", method).header("content-type", "application/json");
        let request = request.body(message(method, params).to_string().into()).unwrap();
        let told = Answer::to(&world.router, request).await.expect(200);
        assert!(told["result"][holds].is_array(), "{method}: {told:#}");
    }
}

#[tokio::test]
async fn what_is_no_message_is_refused_and_no_other_method_is_known() {
    let world = World::start().await;
    for method in ["GET", "DELETE", "PUT"] {
        let answer = world.caller.call(&world.router, method, "/mcp", None).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (405, "http.405"), "{method}");
    }
    for (body, status) in [
        ("", 400),
        ("[]", 400),
        ("{", 400),
        ("{\"jsonrpc\": \"2.0\", \"id\": 1, \"id\": 2, \"method\": \"ping\"}", 400),
        ("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"ping\"}", 200),
        ("{\"jsonrpc\": \"2.0\", \"method\": \"notifications/initialized\"}", 202),
    ] {
        let request = world.caller.request("POST", "/mcp").body(body.into()).unwrap();
        let answer = Answer::to(&world.router, request).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text());
    }
    let unknown = world.say(&message("tools/call", json!({"name": "delete_everything"}))).await.expect(200);
    assert!(unknown["error"]["message"].as_str().unwrap().contains("tools/list"), "{unknown:#}");
}

/// The protocol's own errors are those of JSON-RPC, and no envelopes of ours.
#[tokio::test]
async fn what_the_newest_version_refuses_is_an_error_of_json_rpc() {
    let world = World::start().await;
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let listed = message("tools/list", json!({"_meta": meta}));
    let strange = message("tools/forget", json!({"_meta": meta}));
    let answered = json!({"jsonrpc": "2.0", "id": 1, "result": {}});
    for (headers, message, status, code) in [
        (&[("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/list")][..], &listed, 200, None),
        (&[("mcp-protocol-version", "2026-07-28"), ("mcp-method", "ping")], &listed, 400, Some(-32020)),
        (&[("mcp-method", "tools/list")], &listed, 400, Some(-32020)),
        (&[("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/forget")], &strange, 404, Some(-32601)),
        (&[], &answered, 400, Some(-32600)),
    ] {
        let mut request = world.caller.request("POST", "/mcp").header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let told = Answer::to(&world.router, request.body(message.to_string().into()).unwrap()).await.expect(status);
        assert_eq!((&told["jsonrpc"], told["error"]["code"].as_i64()), (&json!("2.0"), code), "{told:#}");
    }
    let plain = message("tools/list", json!({})).to_string();
    let unknown = world.caller.request("POST", "/mcp").header("mcp-protocol-version", "1").body(plain.into()).unwrap();
    let unknown = Answer::to(&world.router, unknown).await;
    assert_eq!((unknown.status.as_u16(), unknown.code().as_str()), (400, "validation.body_invalid"));
}

#[tokio::test]
async fn another_host_and_another_page_are_refused_before_anything_is_done() {
    let world = World::start().await;
    for (name, value, status) in [
        ("host", "evil.example", 403),
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("x-other", "evil.example", 200),
    ] {
        let request = world.caller.request("POST", "/mcp").header(name, value);
        let message = message("tools/call", json!({"name": "get_usage", "arguments": {}}));
        let answer = Answer::to(&world.router, request.body(message.to_string().into()).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.text());
        if status == 403 {
            assert_eq!(answer.code(), "http.403");
        }
    }
}
