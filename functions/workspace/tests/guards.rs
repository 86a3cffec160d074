//! Who may call, route by route.

use workbench::routes::{Route, assert_complete, assert_keys_are_demanded, open};

const ROUTES: [Route; 1] = [
    // A word for who opens the base URL in a browser.
    open("GET", "/"),
];

#[test]
fn every_route_has_a_row() {
    assert_complete(&ROUTES, env!("CARGO_MANIFEST_DIR"));
}

#[tokio::test]
async fn the_one_route_asks_for_no_key() {
    assert_keys_are_demanded(&workspace::router(), &ROUTES).await;
}
