//! What each route costs.

use serde_json::json;
use workbench::costs::{Round, assert_costs};

use crate::guards::ROUTES;
use crate::support::World;

#[tokio::test]
async fn every_route_reads_and_calls_as_much_as_its_row_says() {
    let world = World::start().await;
    let (made, _) = world.made(json!({"name": "n"})).await;
    let at = format!("/v1/keys/{}", made["id"].as_str().unwrap());
    let rounds = vec![
        Round::of("GET", "/", 0, 0),
        Round::of("GET", "/docs", 0, 0),
        Round::of("GET", "/docs/reference.css", 0, 0),
        Round::of("GET", "/docs/reference.js", 0, 0),
        Round::of("GET", "/llms.txt", 0, 0),
        Round::of("GET", "/v1/openapi.json", 0, 0),
        Round::of("GET", "/v1/keys?limit=1", 3, 2),
        Round::of("POST", "/v1/keys", 2, 3).with(&json!({"name": "n"})),
        Round::of("GET", "/v1/keys/scopes", 1, 1),
        Round::of("PATCH", at.clone(), 2, 3).with(&json!({"name": "m"})),
        Round::of("POST", format!("{at}/rotate"), 2, 3).with(&json!({"overlap_seconds": 60})),
        Round::of("DELETE", at, 2, 3),
        Round::of("GET", "/v1/users/me", 2, 2),
        Round::of("PATCH", "/v1/users/me", 1, 2).with(&json!({"name": "n"})),
        Round::of("GET", "/v1/usage", 2, 3),
        Round::of("GET", "/v1/billing/plans", 1, 1),
        Round::of("GET", "/v1/test/outcomes", 1, 1),
        Round::of("POST", "/v1/signup", 0, 1).with(&json!({"email": "new@example.com"})),
        // The first page, which is the tenant.
        Round::of("GET", "/v1/users/me/export?limit=1", 2, 2),
        // Besides two calls for each key and one for each account.
        Round::of("DELETE", "/v1/users/me", 4, 10),
    ];
    assert_costs(&world.bench, &world.router, &world.caller, &ROUTES, rounds).await;
}

/// Whoever uses a key first in an hour writes that it is used; nobody else does.
#[tokio::test]
async fn that_a_key_is_used_is_written_once_an_hour() {
    let world = World::start().await;
    let (_, holder) = world.made(json!({"name": "n"})).await;
    let aws = world.bench.deployment.aws();
    for calls in [2, 1, 1] {
        aws.reset_counts();
        assert_eq!(world.status(&holder).await, 200);
        assert_eq!(aws.request_counts().values().sum::<u64>(), calls);
    }
    let keys = world.call("GET", "/v1/keys", None).await.expect(200);
    let used: Vec<_> = keys["data"].as_array().unwrap().iter().map(|key| key["last_used_at"].is_string()).collect();
    assert_eq!(used, [true, true], "{keys:#}");
}
