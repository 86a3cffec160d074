//! Keys are made, limited, changed, rotated and revoked.

use serde_json::{Value, json};
use slipway_domain::limits::KEYS_PER_MODE;
use slipway_domain::{BrandId, Reach};
use slipway_http::api_key::RawKey;
use workbench::new_tenant;

use crate::support::World;

fn at(made: &Value, what: &str) -> String {
    format!("/v1/keys/{}{what}", made["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_key_is_made_once_shows_its_secret_once_and_opens_what_it_says() {
    let world = World::start().await;
    let own = BrandId::default_of(&world.bench.tenant);
    let body = json!({"name": " Mine ", "scopes": ["posts:read", "inbox:read", "posts:read"], "brand_ids": [own]});
    let made = world.caller.post_with_key(&world.router, "k", "/v1/keys", &body).await.expect(201);
    let again = world.caller.post_with_key(&world.router, "k", "/v1/keys", &body).await;
    assert!(again.is_replayed());
    assert_eq!(again.expect(201), made);
    assert_eq!(
        (&made["name"], &made["scopes"], &made["brand_ids"]),
        (&json!("Mine"), &json!(["inbox:read", "posts:read"]), &json!([own]))
    );
    let secret = made["raw_key"].as_str().unwrap();
    assert!(secret.starts_with("slip_live_") && made["message"].is_string(), "{made:#}");
    assert_eq!(world.status(&world.holder(&made)).await, 200);
    let list = world.call("GET", "/v1/keys", None).await;
    assert!(!list.text().contains(secret), "{}", list.text());
    assert_eq!(list.json()["data"][1]["preview"], made["preview"]);
    let stored = format!("{:?}", world.bench.traces().await);
    assert!(!stored.contains(secret), "the secret is stored nowhere");
    let log = world.bench.owner.events.list(&Reach::whole(&world.bench.tenant), None, 10).await.unwrap();
    let told: Vec<_> = log.entries.iter().map(|entry| (entry.kind.as_str(), entry.resource.as_str())).collect();
    assert_eq!(told, [("key.created", made["id"].as_str().unwrap())]);
}

#[tokio::test]
async fn a_key_is_limited_to_brands_that_are_there() {
    let world = World::start().await;
    let brand = world.bench.make_brand(&world.bench.tenant, "brand_a").await;
    let (made, _) = world.made(json!({"name": "n", "brand_ids": [brand, brand]})).await;
    assert_eq!(made["brand_ids"], json!([brand]));
    let elsewhere = world.bench.make_brand(&new_tenant(), "brand_b").await;
    let refused = world.call("PATCH", &at(&made, ""), Some(json!({"brand_ids": [elsewhere]}))).await.expect(400);
    assert_eq!(refused["error"]["code"], "validation.brand_invalid");
}

#[tokio::test]
async fn all_that_is_wrong_with_a_key_is_said_at_once() {
    let world = World::start().await;
    let body = json!({"name": "x".repeat(101), "scopes": ["posts:read", "posts"], "brand_ids": ["brand_1", "x"]});
    let refused = world.call("POST", "/v1/keys", Some(body)).await.expect(400);
    let issues = refused["error"]["meta"]["issues"].as_array().unwrap();
    let issues: Vec<_> =
        issues.iter().map(|issue| (issue["field"].as_str().unwrap(), issue["code"].as_str().unwrap())).collect();
    let (field, scope, brand) = ("validation.field_invalid", "validation.scope_invalid", "validation.brand_invalid");
    let expected = [("name", field), ("scopes[1]", scope), ("brand_ids[0]", brand), ("brand_ids[1]", brand)];
    assert_eq!(issues, expected);
    let unnamed = world.call("POST", "/v1/keys", Some(json!({}))).await.expect(400);
    assert_eq!(unnamed["error"]["code"], "validation.field_required");
}

/// Its schema counts them, too.
#[tokio::test]
async fn blanks_around_a_name_count_and_are_not_kept() {
    let world = World::start().await;
    for (name, problem) in [(" ".repeat(3), "nothing but blanks"), (format!("{} ", "x".repeat(100)), "101 characters")]
    {
        let refused = world.call("POST", "/v1/keys", Some(json!({"name": name}))).await.expect(400);
        assert_eq!(refused["error"]["meta"]["issues"][0]["message"], format!("name has {problem}"), "{refused:#}");
    }
    let made = world.call("POST", "/v1/keys", Some(json!({"name": " bot "}))).await.expect(201);
    assert_eq!(made["name"], "bot");
}

#[tokio::test]
async fn a_limit_that_is_misspelt_makes_no_key_without_one() {
    let world = World::start().await;
    let body = json!({"name": "bot", "scope": ["posts:read"], "brand_id": "brand_a"});
    let refused = world.call("POST", "/v1/keys", Some(body)).await.expect(400);
    let issues = refused["error"]["meta"]["issues"].as_array().unwrap();
    let fields: Vec<_> = issues.iter().map(|issue| issue["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["scope", "brand_id"], "{refused:#}");
    let made = world.call("POST", "/v1/keys", Some(json!({"name": "bot"}))).await.expect(201);
    world.call("PATCH", &at(&made, ""), Some(json!({"permissions": []}))).await.expect(400);
    assert_eq!(world.call("GET", "/v1/keys", None).await.expect(200)["count"], 2);
}

#[tokio::test]
async fn a_changed_key_may_do_what_it_says_now() {
    let world = World::start().await;
    let (made, holder) = world.made(json!({"name": "n"})).await;
    assert_eq!(holder.get(&world.router, "/v1/keys").await.status, 200);
    let rotated = world.call("POST", &at(&made, "/rotate"), Some(json!({"overlap_seconds": 600}))).await.expect(200);
    let changed = world.call("PATCH", &at(&made, ""), Some(json!({"scopes": ["media:read"]}))).await.expect(200);
    assert_eq!((&changed["name"], &changed["scopes"]), (&json!("n"), &json!(["media:read"])));
    // Both of its secrets.
    for caller in [&holder, &world.holder(&rotated)] {
        assert_eq!(caller.get(&world.router, "/v1/keys").await.status, 403);
        assert_eq!(world.status(caller).await, 200);
    }
    world.call("PATCH", &at(&made, ""), Some(json!({"is_active": false}))).await.expect(200);
    assert_eq!(world.status(&holder).await, 401);
    world.call("PATCH", &at(&made, ""), Some(json!({"is_active": true, "scopes": []}))).await.expect(200);
    // That it was shut is remembered for a moment.
    workbench::until("the key opens again", async || holder.get(&world.router, "/v1/keys").await.status == 200).await;
}

#[tokio::test]
async fn a_rotated_keys_old_secret_counts_for_as_long_as_was_asked() {
    let world = World::start().await;
    let (made, first) = world.made(json!({"name": "n"})).await;
    let rotated = world.call("POST", &at(&made, "/rotate"), Some(json!({}))).await.expect(200);
    let second = world.holder(&rotated);
    assert_eq!((world.status(&first).await, world.status(&second).await), (401, 200));
    assert_eq!((&rotated["id"], &rotated["previous_until"]), (&made["id"], &Value::Null));
    let rotated = world.call("POST", &at(&made, "/rotate"), Some(json!({"overlap_seconds": 600}))).await.expect(200);
    let third = world.holder(&rotated);
    assert_eq!((world.status(&second).await, world.status(&third).await), (200, 200));
    let rotated = world.call("POST", &at(&made, "/rotate"), Some(json!({"overlap_seconds": 600}))).await.expect(200);
    let fourth = world.holder(&rotated);
    let statuses = [world.status(&second).await, world.status(&third).await, world.status(&fourth).await];
    assert_eq!(statuses, [401, 200, 200], "of all old secrets one counts");
    let long = world.call("POST", &at(&made, "/rotate"), Some(json!({"overlap_seconds": 9_999_999}))).await;
    assert_eq!(long.expect(400)["error"]["meta"]["field"], "overlap_seconds");
    world.call("DELETE", &at(&made, ""), None).await.expect(200);
    assert_eq!([world.status(&third).await, world.status(&fourth).await], [401, 401]);
}

#[tokio::test]
async fn an_old_secret_ends_when_its_time_is_over() {
    let world = World::start().await;
    let (made, first) = world.made(json!({"name": "n"})).await;
    world.call("POST", &at(&made, "/rotate"), Some(json!({"overlap_seconds": 1}))).await.expect(200);
    workbench::until("the old secret has ended", async || world.status(&first).await == 401).await;
}

#[tokio::test]
async fn there_are_so_many_keys_and_no_more_and_a_revoked_one_makes_room() {
    let world = World::start().await;
    let mut last = Value::Null;
    for _ in 1..KEYS_PER_MODE {
        last = world.made(json!({"name": "n"})).await.0;
    }
    let refused = world.call("POST", "/v1/keys", Some(json!({"name": "n"}))).await.expect(409);
    assert_eq!(refused["error"]["meta"]["limit"], KEYS_PER_MODE);
    assert_eq!(world.call("DELETE", &at(&last, ""), None).await.expect(200), json!({"ok": true}));
    assert_eq!(world.call("DELETE", &at(&last, ""), None).await.status, 404);
    world.made(json!({"name": "n"})).await;
    let neighbour = world.bench.caller(&new_tenant()).await;
    let made = neighbour.call(&world.router, "POST", "/v1/keys", Some(&json!({"name": "n"}))).await;
    made.expect(201);
}

#[tokio::test]
async fn the_catalogue_has_every_scope() {
    let world = World::start().await;
    let scopes = world.call("GET", "/v1/keys/scopes", None).await.expect(200);
    let names: Vec<_> =
        scopes["data"].as_array().unwrap().iter().map(|scope| scope["name"].as_str().unwrap()).collect();
    let known: Vec<_> = slipway_domain::ApiScope::ALL.iter().map(|scope| scope.as_str()).collect();
    assert_eq!((names, &scopes["count"]), (known, &json!(8)));
    assert_eq!(scopes["data"][0]["group"], "accounts");
}

/// Not even a stream of wrong keys keeps a new one out, and the same wrong one costs one read.
#[tokio::test]
async fn a_wrong_key_is_looked_for_once_and_a_new_one_opens_at_once() {
    let world = World::start().await;
    let aws = world.bench.deployment.aws();
    for _ in 0..50 {
        let wrong = RawKey::generate(&world.bench.tenant).unwrap();
        let wrong = world.caller.with_key(&world.caller.key, wrong.reveal());
        for calls in [1, 0, 0] {
            aws.reset_counts();
            assert_eq!(world.status(&wrong).await, 401);
            assert_eq!(aws.request_counts().values().sum::<u64>(), calls);
        }
    }
    let (made, holder) = world.made(json!({"name": "new"})).await;
    assert_eq!(world.status(&holder).await, 200);
    let rotated = world.call("POST", &at(&made, "/rotate"), Some(json!({}))).await.expect(200);
    assert_eq!([world.status(&holder).await, world.status(&world.holder(&rotated)).await], [401, 200]);
}
