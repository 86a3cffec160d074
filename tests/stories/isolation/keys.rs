//! What a key opens: nothing that its scopes do not name, and nothing at all once it is revoked.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{raw, send};
use crate::limits::ROUTES;
use crate::rules::routes;
use crate::support::World;
use crate::support::described::needs;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_lets_a_key_in_that_lacks_its_scope() {
    let world = World::new().await;
    let listed = world.get("/v1/keys/scopes").await.expect(200);
    let scopes: Vec<_> =
        listed["data"].as_array().unwrap().iter().map(|scope| scope["name"].as_str().unwrap()).collect();
    // For each scope a key that has all the others.
    let mut lacking = BTreeMap::new();
    for scope in &scopes {
        let others: Vec<_> = scopes.iter().filter(|other| *other != scope).collect();
        let made = world.post("/v1/keys", json!({"name": format!("not {scope}"), "scopes": others})).await.expect(201);
        lacking.insert(*scope, raw(&made));
    }
    let (mut refused, mut unrestricted) = (0, 0);
    for route in routes() {
        let (method, path) = (route.method.as_deref().unwrap(), route.path.as_str());
        let (key, scope) = match needs(method, path) {
            "no key" | "any key" | "TikTok's signature" => continue,
            "a key without restrictions" => (&lacking["posts:read"], None),
            scope => (lacking.get(scope).unwrap_or_else(|| panic!("{method} {path} needs {scope}")), Some(scope)),
        };
        let answer = send(world.request_with(key, method, &path.replace(['{', '}'], ""))).await;
        assert_eq!((answer.status, answer.code()), (403, "auth.insufficient_scope"), "{method} {path}");
        assert_eq!(answer.body["error"]["meta"]["required_scope"].as_str(), scope, "{method} {path}");
        *if scope.is_some() { &mut refused } else { &mut unrestricted } += 1;
    }
    assert!(refused >= 50 && unrestricted >= 5, "{refused} routes need a scope, {unrestricted} a key without limits");
}

/// Every function has met it, and holds what it knows of it in memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_opens_no_function_that_it_has_opened() {
    let world = World::new().await;
    let agent = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let statuses = async |key: &str| {
        let mut statuses = Vec::new();
        for path in ROUTES {
            statuses.push(send(world.request_with(key, "GET", path)).await.status);
        }
        let agents = world.request_with(key, "POST", "/mcp").header("accept", "application/json, text/event-stream");
        statuses.push(send(agents.json(&agent)).await.status);
        statuses
    };
    let command = |command: &str, more: Value| {
        let mut said = json!({"slipway": command, "email": "owner@example.com"});
        said.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        said
    };
    let operator = async |said: Value| world.stack.invoke("WorkspaceFunction", said).await.expect("it is done");
    let (mine, operators) = (json!({"name": "mine"}), json!({"name": "the operator's"}));
    let (mine, operators) =
        (world.post("/v1/keys", mine).await.expect(201), world.post("/v1/keys", operators).await.expect(201));
    for key in [&mine, &operators] {
        assert_eq!(statuses(&raw(key)).await, [200; ROUTES.len() + 1]);
    }
    world.delete(&format!("/v1/keys/{}", mine["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(statuses(&raw(&mine)).await, [401; ROUTES.len() + 1], "its owner has revoked it");
    operator(command("revoke_key", json!({"key_id": operators["id"]}))).await;
    assert_eq!(statuses(&raw(&operators)).await, [401; ROUTES.len() + 1], "the operator has revoked it");

    // A key that has leaked is enough to find it.
    let third = world.post("/v1/keys", json!({"name": "third"})).await.expect(201);
    assert_eq!(statuses(&raw(&third)).await, [200; ROUTES.len() + 1]);
    let rotated = operator(json!({"slipway": "rotate_key", "raw_key": raw(&third)})).await;
    assert_eq!(statuses(&raw(&rotated)).await, [200; ROUTES.len() + 1]);
    operator(json!({"slipway": "revoke_key", "raw_key": raw(&rotated)})).await;
    assert_eq!(statuses(&raw(&rotated)).await, [401; ROUTES.len() + 1]);
    let own = world.key.clone();
    operator(command("suspend", json!({}))).await;
    assert_eq!(statuses(&own).await, [401; ROUTES.len() + 1], "nothing of a suspended tenant opens");
    operator(command("resume", json!({}))).await;
    let is_open = world
        .in_time(crate::support::Nets::All, async || (statuses(&own).await == [200; ROUTES.len() + 1]).then_some(()));
    assert!(is_open.await.is_some(), "what was shut is remembered for some seconds only");
}
