//! What messages cost: reading the key, and what the route behind a tool costs.

use serde_json::json;
use workbench::costs::{Round, assert_costs};

use crate::guards::ROUTES;
use crate::support::{World, message};

#[tokio::test]
async fn every_message_reads_and_calls_as_much_as_its_row_says() {
    let world = World::start().await;
    for _ in 0..2 {
        world.bench.connect().await;
    }
    let round = |message, items, calls| Round::of("POST", "/mcp", items, calls).with(&message);
    let call = |tool: &str, arguments| message("tools/call", json!({"name": tool, "arguments": arguments}));
    let rounds = vec![
        round(message("tools/list", json!({})), 1, 1),
        round(message("prompts/list", json!({})), 1, 1),
        // The key is read by the endpoint, and not again by the route.
        round(call("list_accounts", json!({"limit": 1})), 3, 2),
        round(call("get_usage", json!({})), 2, 3),
        // Refused before any route is asked.
        round(call("get_post", json!({})), 1, 1),
        round(call("get_post", json!({"post_id": "post_none"})), 1, 2),
    ];
    assert_costs(&world.bench, &world.router, &world.caller, &ROUTES, rounds).await;
}
