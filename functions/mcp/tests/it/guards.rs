//! Who may call.

use workbench::routes::{Route, assert_complete, assert_guarded, assert_posts_take_a_key, keyed};

use crate::support::World;

pub(crate) const ROUTES: [Route; 1] = [
    // What a key may do is asked by the routes that the tools reach.
    keyed("POST", "/mcp"),
];

#[test]
fn every_route_has_a_row() {
    assert_complete(&ROUTES, env!("CARGO_MANIFEST_DIR"));
}

#[tokio::test]
async fn every_message_demands_a_key() {
    let world = World::start().await;
    assert_guarded(&world.bench, &world.router, &ROUTES).await;
    let refused = http::Request::post("/mcp").body(Vec::new().into()).unwrap();
    let refused = workbench::Answer::to(&world.router, refused).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.headers["www-authenticate"]),
        (401, &"Bearer realm=\"slipway\"".parse().unwrap())
    );
}

/// It is an argument of the tools.
#[tokio::test]
async fn the_endpoint_itself_takes_no_idempotency_key() {
    let world = World::start().await;
    assert_posts_take_a_key(&world.router, &ROUTES, &world.caller, &["/mcp"]).await;
}
