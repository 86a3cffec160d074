//! What each route costs.

use serde_json::json;
use slipway_domain::BrandId;
use tiktok_sim::User;
use workbench::costs::{Round, assert_costs};

use crate::guards::ROUTES;
use crate::support::{World, parameter};

/// Where creators are sent by whoever takes their codes himself.
const THEIRS: &str = "http://localhost:3000/cb";

#[tokio::test]
async fn every_route_reads_and_calls_as_much_as_its_row_says() {
    let world = World::start().await;
    let caller = world.caller().await;
    let invite = json!({"platform": "tiktok", "brand_id": BrandId::default_of(&caller.tenant), "expires_in_days": 7});
    world.bench.make_brand(&caller.tenant, "brand_a").await;
    let mut made = Vec::new();
    for _ in 0..5 {
        let user = world.bench.tiktok.add_user(User::default());
        let account = world.connect_as(&caller, &[("sim_user", &user)]).await.id;
        let invite = world.call(&caller, "POST", "/v1/invites", Some(invite.clone())).await.expect(201);
        made.push((account, invite));
    }
    let mut address = None;
    for index in 0..5 {
        let uri = json!({"uri": format!("http://localhost:300{index}/cb")});
        address = Some(world.call(&caller, "POST", "/v1/oauth/redirect-uris", Some(uri)).await.expect(201));
    }
    let (address, (account, invited)) = (address.unwrap(), &made[0]);
    // One authorization whose code comes to the caller, and one that comes to us.
    let theirs = json!({"redirect_uri": THEIRS});
    let theirs = json!({"platform": "tiktok", "metadata": theirs});
    let brought = world.visit(world.begin(&caller, theirs.clone()).await, &[]).await;
    let code = |name: &str| parameter(&brought, name).unwrap();
    let exchange = json!({"platform": "tiktok", "code": code("code"), "metadata": {
        "redirect_uri": THEIRS, "state": code("state"),
    }});
    let back = world.visit(world.begin(&caller, json!({"platform": "tiktok"})).await, &[]).await;
    let at = |what: &str| format!("/v1/accounts/{account}{what}");
    let on_tiktok = |what: &str| format!("/v1/platforms/tiktok/accounts/{account}/{what}");
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let rounds = vec![
        Round::of("GET", "/v1/accounts?limit=1", 3, 2),
        Round::of("GET", "/v1/invites?limit=1", 3, 2),
        Round::of("GET", "/v1/oauth/redirect-uris?limit=1", 3, 2),
        Round::of("GET", at(""), 2, 2),
        Round::of("GET", at("/creator-info"), 2, 4),
        Round::of("GET", at("/limits"), 2, 2),
        Round::of("GET", on_tiktok("summary"), 3, 3),
        Round::of("POST", on_tiktok("sync"), 2, 4),
        Round::of("POST", "/v1/accounts/connect", 2, 3).with(&theirs),
        Round::of("POST", "/v1/oauth/exchange", 5, 7).with(&exchange),
        Round::of("GET", &back[url::Position::BeforePath..], 4, 6),
        Round::of("GET", "/v1/brands?limit=1", 3, 2),
        Round::of("POST", "/v1/brands", 1, 2).with(&json!({"name": "Another"})),
        Round::of("PATCH", "/v1/brands/brand_a", 2, 3).with(&json!({"name": "A"})),
        Round::of("POST", "/v1/invites", 2, 3).with(&invite),
        Round::of("GET", format!("/invite/{}", text(&invited["token"])), 3, 4),
        Round::of("DELETE", format!("/v1/invites/{}", text(&invited["id"])), 2, 3),
        Round::of("POST", "/v1/oauth/redirect-uris", 1, 2).with(&json!({"uri": "https://app.example/new"})),
        Round::of("DELETE", format!("/v1/oauth/redirect-uris/{}", text(&address["id"])), 1, 2),
        Round::of("DELETE", at(""), 4, 6),
        // Every account is read, a hundred at once.
        Round::of("DELETE", "/v1/brands/brand_a", 5, 5),
    ];
    assert_costs(&world.bench, &world.router, &caller, &ROUTES, rounds).await;
}
