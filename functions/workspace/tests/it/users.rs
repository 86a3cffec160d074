//! Who the caller is, what it uses and what it may use.

use jiff::Timestamp;
use serde_json::json;
use slipway_domain::Plan;
use slipway_store::tenants::TenantState;

use crate::support::World;

#[tokio::test]
async fn every_key_is_told_whose_it_is_and_may_describe_it() {
    let world = World::start().await;
    let narrow = world.bench.caller_with(&world.bench.tenant, &["media:read"], &["brand_a"]).await;
    let me = narrow.get(&world.router, "/v1/users/me").await.expect(200);
    let email = format!("{}@example.com", world.bench.tenant);
    assert_eq!((&me["id"], &me["email"]), (&json!(world.bench.tenant), &json!(email)));
    assert_eq!(
        (&me["plan"], &me["onboarding"], &me["allowed_platforms"]),
        (&json!("unlimited"), &json!(true), &json!(["tiktok"]))
    );
    let said = json!({"onboarding": false, "use_case": "clips", "referral": "a friend"});
    let changed = world.call("PATCH", "/v1/users/me", Some(said)).await.expect(200);
    assert_eq!((&changed["onboarding"], &changed["use_case"]), (&json!(false), &json!("clips")));
    let changed = world.call("PATCH", "/v1/users/me", Some(json!({"name": "Ann"}))).await.expect(200);
    assert_eq!(
        (&changed["name"], &changed["referral"], &changed["onboarding"]),
        (&json!("Ann"), &json!("a friend"), &json!(false))
    );
    // Whoever says something else at the same moment loses nothing by it.
    let (one, other) = (json!({"use_case": "films"}), json!({"referral": "a page"}));
    let (one, other) = futures_util::future::join(
        world.call("PATCH", "/v1/users/me", Some(one)),
        world.call("PATCH", "/v1/users/me", Some(other)),
    )
    .await;
    one.expect(200);
    other.expect(200);
    let me = world.call("GET", "/v1/users/me", None).await.expect(200);
    assert_eq!((&me["use_case"], &me["referral"], &me["name"]), (&json!("films"), &json!("a page"), &json!("Ann")));
    let long = world.call("PATCH", "/v1/users/me", Some(json!({"name": "x".repeat(101)}))).await.expect(400);
    assert_eq!(long["error"]["meta"]["field"], "name");
    // It is one tenant for both modes.
    let (_, test) = world.made(json!({"name": "tests", "mode": "test"})).await;
    let refused = test.call(&world.router, "PATCH", "/v1/users/me", Some(&json!({"name": "Changed"}))).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "auth.insufficient_scope".to_owned()));
}

#[tokio::test]
async fn what_is_used_stands_beside_what_the_plan_allows() {
    let world = World::start().await;
    let usage = world.call("GET", "/v1/usage", None).await.expect(200);
    let expected = json!({
        "plan": "unlimited", "brands_used": 1, "brands_limit": -1, "posts_used": 0, "posts_limit": -1,
        "interactions_used": 0, "interactions_limit": -1,
        "period_start": usage["period_start"], "period_end": usage["period_end"],
    });
    assert_eq!(usage, expected);
    let [start, end] =
        ["period_start", "period_end"].map(|name| usage[name].as_str().unwrap().parse::<Timestamp>().unwrap());
    assert_eq!(end.duration_since(start).as_hours(), 30 * 24);
    world.bench.make_brand(&world.bench.tenant, "brand_a").await;
    let state = TenantState::of_plan(Plan::Hobby);
    assert!(world.tenants.decide(&world.bench.tenant, state, Timestamp::now()).await.unwrap().is_done());
    let usage = world.call("GET", "/v1/usage", None).await.expect(200);
    assert_eq!(
        [&usage["plan"], &usage["brands_used"], &usage["brands_limit"], &usage["posts_limit"]],
        [&json!("hobby"), &json!(2), &json!(2), &json!(10)]
    );
    assert_eq!(world.call("GET", "/v1/users/me", None).await.expect(200)["plan"], "hobby");
}

#[tokio::test]
async fn every_plan_is_shown_with_its_limits() {
    let world = World::start().await;
    let plans = world.call("GET", "/v1/billing/plans", None).await.expect(200);
    let plans = plans["plans"].as_array().unwrap();
    let tiers: Vec<_> = plans.iter().map(|plan| plan["tier"].as_str().unwrap()).collect();
    assert_eq!(tiers, Plan::ALL.map(Plan::as_str));
    let hobby = json!({
        "brands": 2, "posts": 10, "interactions": -1, "storage_bytes": 100_000_000, "event_log_days": 1
    });
    assert_eq!((&plans[0]["name"], &plans[0]["limits"]), (&json!("Hobby"), &hobby));
    assert_eq!(plans[4]["limits"]["posts"], -1);
}
