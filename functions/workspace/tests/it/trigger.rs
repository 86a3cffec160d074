//! What sets the function off.

use jiff::Timestamp;
use lambda_runtime::{Context, Error, LambdaEvent};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use workspace::handle;

use crate::support::World;

async fn handled(world: &World, event: &Value) -> Result<Value, Error> {
    let event = LambdaEvent::new(to_raw_value(event)?, Context::default());
    Ok(serde_json::to_value(handle(&world.tenants, &world.router, event, Timestamp::now()).await?)?)
}

fn request(path: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": {},
        "requestContext": {"http": {"method": "GET", "path": path}}, "isBase64Encoded": false,
    })
}

#[tokio::test]
async fn a_request_a_command_and_nonsense_are_told_apart() {
    let world = World::start().await;
    let answer = handled(&world, &request("/nowhere")).await.unwrap();
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!((&answer["statusCode"], body["request_id"].is_string()), (&json!(404), true), "{answer:#}");

    let command = json!({"slipway": "create_key", "email": "owner@example.com"});
    let made = handled(&world, &command).await.unwrap();
    assert!(made["raw_key"].is_string() && made.get("statusCode").is_none(), "{made:#}");

    // Nobody who sends a request can make a command of it: what they send lies deeper.
    let mut named = request("/nowhere");
    named["headers"] = json!({"slipway": "create_key"});
    named["queryStringParameters"] = json!({"slipway": "create_key"});
    named["body"] = json!(command.to_string());
    assert_eq!(handled(&world, &named).await.unwrap()["statusCode"], 404);

    let mistyped = json!({"slipway": "rotate_key", "raw_key": made["raw_key"], "overlap": 60, "overlap_second": 60});
    let refused = handled(&world, &mistyped).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the command does not know \"overlap\", \"overlap_second\"; \
         it knows email, tenant_id, raw_key, key_id, overlap_seconds"
    );
    assert!(handled(&world, &json!({"slipway": "list_keys", "raw_key": made["raw_key"]})).await.is_ok(), "it counts");

    for nonsense in [json!({"slipway": "no_such_command"}), json!({"what": 1}), json!([1]), json!(null)] {
        assert!(handled(&world, &nonsense).await.is_err(), "{nonsense}");
    }
}
