//! What each route costs.

use serde_json::json;
use workbench::costs::{Round, assert_costs};

use crate::guards::ROUTES;
use crate::support::World;

#[tokio::test]
async fn every_route_reads_and_calls_as_much_as_its_row_says() {
    let world = World::start().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(world.made(&world.caller, &[]).await["id"].as_str().unwrap().to_owned());
    }
    let at = |index: usize, what: &str| format!("/v1/webhooks/{}{what}", made[index]);
    let test = json!({"event_type": "post.failed", "payload": {}});
    let mut told = Vec::new();
    for _ in 0..3 {
        let tested = world.call("POST", &at(0, "/test"), Some(test.clone())).await.expect(200);
        told.push(tested["delivery_id"].as_str().unwrap().to_owned());
    }
    let listening = world.call("GET", "/v1/webhooks/listen", None).await.expect(200);
    let cursor = listening["next_cursor"].as_str().unwrap();
    let delivery = at(0, &format!("/deliveries/{}", told[0]));
    let endpoint = json!({"url": world.endpoint.url, "events": ["post.failed"]});
    let rounds = vec![
        Round::of("GET", "/v1/webhooks?limit=1", 3, 2),
        Round::of("POST", "/v1/webhooks", 1, 2).with(&endpoint),
        Round::of("GET", "/v1/webhooks/events", 1, 1),
        Round::of("GET", "/v1/webhooks/listen?limit=1", 1, 1),
        Round::of("GET", format!("/v1/webhooks/listen?limit=1&cursor={cursor}"), 2, 2),
        Round::of("GET", at(0, ""), 2, 3),
        Round::of("PATCH", at(0, ""), 2, 3).with(&json!({"events": ["post.failed"]})),
        Round::of("POST", at(0, "/rotate-secret"), 2, 3).with(&json!({})),
        Round::of("POST", at(0, "/test"), 2, 3).with(&test),
        Round::of("GET", at(0, "/deliveries?limit=1"), 4, 3),
        Round::of("GET", delivery.clone(), 3, 3),
        Round::of("POST", format!("{delivery}/retry"), 3, 5),
        Round::of("POST", at(0, "/replay?since=2099-01-01T00:00:00Z&limit=1"), 4, 3),
        Round::of("GET", "/v1/events?limit=1", 3, 2),
        Round::of("GET", "/v1/events/summary", 7, 2),
        Round::of("DELETE", at(1, ""), 2, 3),
    ];
    assert_costs(&world.bench, &world.router, &world.caller, &ROUTES, rounds).await;
}
