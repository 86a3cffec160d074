//! What each route costs.

use slipway_store::posts::MediaRef;
use workbench::costs::{Round, assert_costs};

use crate::guards::ROUTES;
use crate::world::World;

#[tokio::test]
async fn every_route_reads_and_calls_as_much_as_its_row_says() {
    let world = World::start().await;
    let (owner, video) = (&world.owner, MediaRef::of(&world.owner.media).unwrap());
    // More than a search reads.
    let mut kept = None;
    for _ in 0..110 {
        kept = Some(world.bench.queued(&owner.account, &video).await);
    }
    let one = format!("/v1/posts/{}", kept.unwrap().post);
    let rounds = vec![
        Round::of("GET", "/v1/posts?limit=1", 5, 3),
        Round::of("GET", "/v1/posts?limit=1&search=nowhere", 301, 105),
        Round::of("GET", one, 3, 2),
        Round::of("POST", "/v1/posts", 4, 7).with(&owner.body("A post")),
    ];
    assert_costs(&world.bench, &world.router, &owner.caller, &ROUTES, rounds).await;
}
