//! Who may call: TikTok, which shows its signature and no key.

use workbench::routes::{Route, assert_complete, open};

const ROUTES: [Route; 1] = [open("POST", "/webhooks/tiktok")];

#[test]
fn every_route_has_a_row() {
    assert_complete(&ROUTES, env!("CARGO_MANIFEST_DIR"));
}
