//! Who may call.

use workbench::guard_tests;
use workbench::routes::{Route, keyed};

use crate::support::World;

pub(crate) const ROUTES: [Route; 1] = [
    // What a key may do is asked by the routes that the tools reach.
    keyed("POST", "/mcp"),
];

// The idempotency key is an argument of the tools.
guard_tests! { ROUTES of World::start, by |world| world.caller, the same again: ["/mcp"] }

#[tokio::test]
async fn whoever_has_no_key_is_told_how_one_is_sent() {
    let world = World::start().await;
    let refused = http::Request::post("/mcp").body(Vec::new().into()).unwrap();
    let refused = workbench::Answer::to(&world.router, refused).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.headers["www-authenticate"]),
        (401, &"Bearer realm=\"slipway\"".parse().unwrap())
    );
}
