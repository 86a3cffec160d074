//! Brands are made, renamed, and deleted with their accounts.

use serde_json::{Value, json};
use slipway_domain::limits::GOING_BRANDS_PER_TENANT;
use slipway_domain::{BrandId, Plan, Plans, Reach};
use slipway_store::tenants::TenantState;
use tiktok_sim::{Endpoint, User};
use workbench::Caller;

use crate::support::{World, parameter};

/// Where a caller of the proxy flow receives TikTok's code.
const THEIRS: &str = "http://localhost:3000/cb";

async fn made(world: &World, caller: &Caller, name: &str) -> Value {
    world.call(caller, "POST", "/v1/brands", Some(json!({"name": name}))).await.expect(201)
}

fn at(brand: &Value) -> String {
    format!("/v1/brands/{}", brand["id"].as_str().unwrap())
}

async fn shown(world: &World, caller: &Caller) -> Vec<(String, u64)> {
    let list = world.get(caller, "/v1/brands").await.expect(200);
    let brand = |brand: &Value| (brand["name"].as_str().unwrap().to_owned(), brand["accounts_count"].as_u64().unwrap());
    list["data"].as_array().unwrap().iter().map(brand).collect()
}

#[tokio::test]
async fn a_brand_is_made_once_listed_with_its_accounts_and_renamed() {
    let world = World::start().await;
    let caller = world.caller().await;
    assert_eq!(shown(&world, &caller).await, [("Default".to_owned(), 0)]);
    let body = json!({"name": " Shop "});
    let shop = caller.post_with_key(&world.router, "k", "/v1/brands", &body).await.expect(201);
    let again = caller.post_with_key(&world.router, "k", "/v1/brands", &body).await.expect(201);
    assert_eq!((&again, &shop["name"], &shop["created_at"]), (&shop, &json!("Shop"), &shop["updated_at"]));
    world.connect(&caller).await;
    let user = world.bench.tiktok.add_user(User::default());
    let wanted = json!({"platform": "tiktok", "brand_id": shop["id"], "redirect_uri": "https://app.example/done"});
    let back = world.visit(world.begin(&caller, wanted).await, &[("sim_user", &user)]).await;
    world.open(&back).await.location();
    // Once more: it is the same account.
    let wanted = json!({"platform": "tiktok", "redirect_uri": "https://app.example/done"});
    let back = world.visit(world.begin(&caller, wanted).await, &[("sim_user", &user)]).await;
    world.open(&back).await.location();
    assert_eq!(shown(&world, &caller).await, [("Default".to_owned(), 1), ("Shop".to_owned(), 1)]);
    let renamed = world.call(&caller, "PATCH", &at(&shop), Some(json!({"name": "Store"}))).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["accounts_count"]), (&json!("Store"), &json!(1)));
    let own = format!("/v1/brands/{}", BrandId::default_of(&caller.tenant));
    world.call(&caller, "PATCH", &own, Some(json!({"name": "Mine"}))).await.expect(200);
    assert_eq!(shown(&world, &caller).await, [("Mine".to_owned(), 1), ("Store".to_owned(), 1)]);
    let page = world.get(&caller, "/v1/brands?limit=1").await.expect(200);
    let next = format!("/v1/brands?limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    let page = world.get(&caller, &next).await.expect(200);
    assert_eq!((&page["data"][0]["name"], &page["next_cursor"]), (&json!("Store"), &Value::Null));
}

#[tokio::test]
async fn a_creator_who_is_connected_does_not_move_to_another_brand() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    let own = BrandId::default_of(&caller.tenant);
    let listed = world.get(&caller, &format!("/v1/accounts?brand_id={own}")).await.expect(200);
    assert_eq!((&listed["data"][0]["id"], &listed["data"][0]["brand_id"]), (&json!(account.id), &json!(own)));

    let shop = made(&world, &caller, "Shop").await;
    let wanted = json!({"platform": "tiktok", "brand_id": shop["id"], "redirect_uri": "https://app.example/done"});
    let back = world.visit(world.begin(&caller, wanted).await, &[]).await;
    for _ in 0..2 {
        let done = world.open(&back).await.location();
        assert_eq!(parameter(&done, "error").as_deref(), Some("account_already_linked"), "{done}");
    }
    let wanted = json!({"platform": "tiktok", "brand_id": shop["id"], "metadata": {"redirect_uri": THEIRS}});
    let back = world.visit(world.begin(&caller, wanted).await, &[]).await;
    let (code, state) = (parameter(&back, "code"), parameter(&back, "state"));
    let body = json!({"platform": "tiktok", "code": code, "metadata": {"redirect_uri": THEIRS, "state": state}});
    let answer = world.call(&caller, "POST", "/v1/oauth/exchange", Some(body)).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (409, "account.already_linked".to_owned()));
    assert_eq!(world.account(&caller, &account.id).await.unwrap(), account, "nothing was changed");
    assert_eq!(shown(&world, &caller).await, [("Default".to_owned(), 1), ("Shop".to_owned(), 0)]);
}

#[tokio::test]
async fn a_deleted_brand_takes_its_accounts_along_and_no_others() {
    let world = World::start().await;
    let caller = world.caller().await;
    let kept = world.connect(&caller).await;
    let shop = made(&world, &caller, "Shop").await;
    let mut gone = Vec::new();
    for _ in 0..3 {
        let user = world.bench.tiktok.add_user(User::default());
        let wanted = json!({"platform": "tiktok", "brand_id": shop["id"], "redirect_uri": "https://app.example/done"});
        let back = world.visit(world.begin(&caller, wanted).await, &[("sim_user", &user)]).await;
        gone.push(world.open(&back).await.location());
    }
    assert_eq!(world.call(&caller, "DELETE", &at(&shop), None).await.status, 204);
    assert_eq!(world.asked(Endpoint::Revoke), 3);
    let left = world.get(&caller, "/v1/accounts").await.expect(200);
    assert_eq!((&left["count"], &left["data"][0]["id"]), (&json!(1), &json!(kept.id)));
    assert_eq!(shown(&world, &caller).await, [("Default".to_owned(), 1)]);
    assert_eq!(world.call(&caller, "DELETE", &at(&shop), None).await.code(), "brand.not_found");
    let own = format!("/v1/brands/{}", BrandId::default_of(&caller.tenant));
    assert_eq!(world.call(&caller, "DELETE", &own, None).await.status, 409);
}

#[tokio::test]
async fn no_account_joins_a_brand_that_is_going_or_gone() {
    let world = World::start().await;
    let caller = world.caller().await;
    let shop = made(&world, &caller, "Shop").await;
    let wanted = json!({"platform": "tiktok", "brand_id": shop["id"], "redirect_uri": "https://app.example/done"});
    let back = world.visit(world.begin(&caller, wanted).await, &[]).await;
    let wanted = json!({"platform": "tiktok", "brand_id": shop["id"], "metadata": {"redirect_uri": THEIRS}});
    let theirs = world.visit(world.begin(&caller, wanted).await, &[]).await;
    let id: BrandId = shop["id"].as_str().unwrap().parse().unwrap();
    let now = jiff::Timestamp::now();
    assert!(world.app.accounts.close_brand(&Reach::whole(&caller.tenant), &id, now, now).await.unwrap().is_done());
    assert_eq!(shown(&world, &caller).await, [("Default".to_owned(), 0)], "nobody sees it");
    for _ in 0..2 {
        let done = world.open(&back).await.location();
        assert_eq!(parameter(&done, "error").as_deref(), Some("brand_gone"), "{done}");
    }
    let (code, state) = (parameter(&theirs, "code"), parameter(&theirs, "state"));
    let body = json!({"platform": "tiktok", "code": code, "metadata": {"redirect_uri": THEIRS, "state": state}});
    let refused = world.call(&caller, "POST", "/v1/oauth/exchange", Some(body)).await;
    let meta = &refused.expect(404)["error"]["meta"];
    assert_eq!((refused.code().as_str(), &meta["next_step"]), ("brand.not_found", &json!("POST /v1/accounts/connect")));
    assert_eq!(world.get(&caller, "/v1/accounts").await.expect(200)["count"], 0);
    let later =
        world.call(&caller, "POST", "/v1/accounts/connect", Some(json!({"platform": "tiktok", "brand_id": id}))).await;
    assert_eq!(later.code(), "validation.brand_invalid");
    // What was cut off ends when it is asked for again.
    assert_eq!(world.call(&caller, "DELETE", &at(&shop), None).await.status, 204);
}

#[tokio::test]
async fn a_plan_has_so_many_brands_and_its_own_plan_counts_before_that_of_all() {
    let mut world = World::start().await;
    world.app.plans = Plans::usual(Plan::Hobby);
    world.router = accounts::router(world.app.clone());
    let caller = world.caller().await;
    let shop = made(&world, &caller, "Shop").await;
    let refused = world.call(&caller, "POST", "/v1/brands", Some(json!({"name": "Third"}))).await;
    assert_eq!(
        (refused.expect(403)["error"]["meta"]["limit"].clone(), refused.code()),
        (json!(2), "billing.brands_limit".to_owned())
    );
    assert_eq!(world.call(&caller, "DELETE", &at(&shop), None).await.status, 204);
    made(&world, &caller, "Second").await;
    let starter = TenantState::of_plan(Plan::Starter);
    assert!(world.bench.owner.tenants.decide(&caller.tenant, starter, jiff::Timestamp::now()).await.unwrap().is_done());
    for _ in 3..=10 {
        made(&world, &caller, "More").await;
    }
    let refused = world.call(&caller, "POST", "/v1/brands", Some(json!({"name": "Eleventh"}))).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "billing.brands_limit".to_owned()));
}

#[tokio::test]
async fn so_many_brands_are_deleted_at_once_and_no_more() {
    let world = World::start().await;
    let caller = world.caller().await;
    let accounts = &world.app.accounts;
    let now = jiff::Timestamp::now();
    let mut going = Vec::new();
    for _ in 0..GOING_BRANDS_PER_TENANT {
        let brand = made(&world, &caller, "Going").await["id"].as_str().unwrap().parse().unwrap();
        going
            .push(accounts.close_brand(&Reach::whole(&caller.tenant), &brand, now, now).await.unwrap().done().unwrap());
    }
    let shop = made(&world, &caller, "Shop").await;
    let refused = world.call(&caller, "DELETE", &at(&shop), None).await;
    let wait = refused.headers["retry-after"].clone();
    let meta = &refused.expect(409)["error"]["meta"];
    assert_eq!((&meta["limit"], &meta["cause"], wait.to_str().unwrap()), (&json!(100), &json!("quota"), "60"));
    assert_eq!(world.call(&caller, "PATCH", &at(&shop), Some(json!({"name": "Stays"}))).await.status, 200);
    // One that has begun is gone on with, and the end of another one makes room.
    let begun = format!("/v1/brands/{}", going[0].brand);
    assert_eq!(world.call(&caller, "DELETE", &begun, None).await.status, 204);
    assert!(accounts.end_going(&going[1]).await.unwrap().is_done());
    assert_eq!(world.call(&caller, "DELETE", &at(&shop), None).await.status, 204);
}

#[tokio::test]
async fn a_key_some_of_whose_brands_are_gone_sees_and_names_the_others_only() {
    let world = World::start().await;
    let caller = world.caller().await;
    let brands = [made(&world, &caller, "Gone").await, made(&world, &caller, "Kept").await];
    let [gone, kept] = [&brands[0], &brands[1]].map(|brand| brand["id"].as_str().unwrap());
    let restricted = world.bench.caller_with(&caller.tenant, &[], &[gone, kept]).await;
    let invite = |brand: &str| json!({"platform": "tiktok", "brand_id": brand, "expires_in_days": 7});
    let connect = |brand: &str| json!({"platform": "tiktok", "brand_id": brand});
    world.call(&restricted, "POST", "/v1/invites", Some(invite(gone))).await.expect(201);
    assert_eq!(world.call(&caller, "DELETE", &at(&brands[0]), None).await.status, 204);
    let first = world.get(&restricted, "/v1/brands?limit=1").await.expect(200);
    let next = format!("/v1/brands?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = world.get(&restricted, &next).await.expect(200);
    assert_eq!((&first["data"], &second["data"][0]["id"]), (&json!([]), &json!(kept)));
    for (path, body) in [("/v1/invites", invite(gone)), ("/v1/accounts/connect", connect(gone))] {
        let refused = world.call(&restricted, "POST", path, Some(body)).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (404, "brand.not_found".to_owned()), "{path}");
    }
    world.call(&restricted, "POST", "/v1/invites", Some(invite(kept))).await.expect(201);
}

#[tokio::test]
async fn a_key_whose_only_brand_is_gone_begins_no_connection() {
    let world = World::start().await;
    let caller = world.caller().await;
    let shop = made(&world, &caller, "Shop").await;
    let restricted = world.bench.caller_with(&caller.tenant, &[], &[shop["id"].as_str().unwrap()]).await;
    let connect = || Some(json!({"platform": "tiktok"}));
    world.call(&restricted, "POST", "/v1/accounts/connect", connect()).await.expect(202);
    assert_eq!(world.call(&caller, "DELETE", &at(&shop), None).await.status, 204);
    let refused = world.call(&restricted, "POST", "/v1/accounts/connect", connect()).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (404, "brand.not_found".to_owned()));
}
