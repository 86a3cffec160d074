//! What requests to routes are answered, and what a refusal costs.

use jiff::Timestamp;
use slipway_domain::TenantId;
use slipway_http::RateLimits;
use slipway_http::api_key::RawKey;
use slipway_http::limits::Limiter;
use workbench::{AttributeValue, Caller, new_tenant};

use crate::support::World;

#[tokio::test]
async fn every_answer_to_a_key_says_where_its_tenant_stands() {
    let mut world = World::start().await;
    // Three requests a minute.
    world.limit("5".parse().unwrap());
    let number =
        |answer: &workbench::Answer, name: &str| -> u64 { answer.headers[name].to_str().unwrap().parse().unwrap() };
    let narrow = world.bench.caller_with(&world.bench.tenant, &["media:read"], &[]).await;
    // The test may see the end of a minute, and not two.
    for _ in 0..8 {
        // Refused for another reason, and counted.
        let answer = narrow.get(&world.router, "/v1/keys").await;
        let reset = number(&answer, "x-ratelimit-reset");
        assert_eq!((number(&answer, "x-ratelimit-limit"), (1..=60).contains(&reset)), (3, true));
        if answer.status == 429 {
            assert_eq!((answer.code(), number(&answer, "x-ratelimit-remaining")), ("ratelimit.exceeded".to_owned(), 0));
            assert_eq!(number(&answer, "retry-after"), reset);
            assert_eq!(answer.json()["error"]["meta"]["retryable"], true);
            let neighbour = world.bench.caller(&new_tenant()).await;
            neighbour.get(&world.router, "/v1/keys").await.expect(200);
            let stranger = neighbour.with_key(&neighbour.key, "slip_live_none").get(&world.router, "/v1/keys").await;
            assert!(!stranger.headers.contains_key("x-ratelimit-limit"));
            world.limit(RateLimits::OFF);
            let free = world.caller.get(&world.router, "/v1/keys").await;
            assert_eq!((free.status.as_u16(), free.headers.contains_key("x-ratelimit-limit")), (200, false));
            return;
        }
        answer.expect(403);
    }
    panic!("nobody is refused");
}

/// Routes of processes that know nothing yet, of a deployment that allows so many percent of the limits.
fn fresh<const N: usize>(world: &mut World, percent: &str) -> [axum::Router; N] {
    [(); N].map(|()| {
        world.limit(percent.parse().unwrap());
        world.router.clone()
    })
}

/// What a request is answered, and how often AWS is called for it.
async fn cost(world: &World, router: &axum::Router, caller: &Caller) -> (u16, u64) {
    cost_of(world, router, caller, "/v1/keys/scopes").await
}

async fn cost_of(world: &World, router: &axum::Router, caller: &Caller, path: &str) -> (u16, u64) {
    world.bench.deployment.aws().reset_counts();
    let status = caller.get(router, path).await.status.as_u16();
    (status, world.bench.deployment.aws().request_counts().values().sum())
}

#[tokio::test]
async fn a_request_that_is_refused_for_its_rate_costs_one_call_at_most() {
    let mut world = World::start().await;
    // Six requests a minute.
    let [one, other, late] = fresh(&mut world, "10");
    let calls = async |router: &axum::Router| cost(&world, router, &world.caller).await;
    // That the key is used is noted.
    let (first, met) = (calls(&one).await, calls(&other).await);
    assert_eq!((first.0, met.0), (200, 200));
    let mut refused = Vec::new();
    // A minute may end meanwhile.
    for _ in 0..40 {
        for (number, router) in [(0, &one), (1, &other)] {
            let (status, cost) = calls(router).await;
            if status == 429 {
                refused.push((number, cost));
            }
        }
        if refused.len() > 3 {
            break;
        }
    }
    assert!(refused.iter().all(|(_, cost)| *cost <= 1), "{refused:?}");
    assert!([0, 1].iter().all(|number| refused.contains(&(*number, 0))), "then none: {refused:?}");
    let stranger = calls(&late).await;
    assert!(stranger.0 == 200 || stranger == (429, 1), "who meets the key in its refusal: {stranger:?}");
}

#[tokio::test]
async fn a_refusal_for_want_of_a_scope_costs_the_key_and_ends_soon() {
    let mut world = World::start().await;
    // Six requests a minute.
    let [router] = fresh(&mut world, "10");
    let narrow = world.bench.caller_with(&world.bench.tenant, &["media:read"], &[]).await;
    let mut costs = Vec::new();
    // A minute may end meanwhile.
    while costs.len() < 20 && !costs.contains(&(429, 0)) {
        costs.push(cost_of(&world, &router, &narrow, "/v1/keys").await);
    }
    assert_eq!((costs.first(), costs.last()), (Some(&(403, 1)), Some(&(429, 0))), "{costs:?}");
    assert!(costs.iter().all(|cost| [(403, 1), (429, 0)].contains(cost)), "{costs:?}");
}

#[tokio::test]
async fn what_is_refused_for_want_of_a_scope_is_counted_for_all_processes() {
    let mut world = World::start().await;
    let left = |answer: &workbench::Answer| answer.headers["x-ratelimit-remaining"].to_str().unwrap().to_owned();
    // A minute may end meanwhile: then another tenant does it.
    for _ in 0..3 {
        let tenant = new_tenant();
        let narrow = world.bench.caller_with(&tenant, &["media:read"], &[]).await;
        let good = world.bench.caller(&tenant).await;
        let [one, other] = fresh(&mut world, "100");
        let minute = Timestamp::now().as_second().div_euclid(60);
        let mut told = Vec::new();
        for (router, caller) in [(&one, &narrow), (&one, &narrow), (&one, &good), (&other, &good)] {
            told.push(left(&caller.get(router, "/v1/keys").await));
        }
        if Timestamp::now().as_second().div_euclid(60) == minute {
            // The third took two more along for itself, as many as the process had answered.
            assert_eq!(told, ["59", "58", "57", "55"]);
            return;
        }
    }
    panic!("three minutes have ended");
}

/// Who is refused again and again is counted by a call that reads no key, so that each process keeps a few to itself.
#[tokio::test]
async fn a_flood_without_the_scope_is_counted_for_all_processes() {
    let mut world = World::start().await;
    // A minute may end meanwhile: then another tenant does it.
    for _ in 0..3 {
        let narrow = world.bench.caller_with(&new_tenant(), &["media:read"], &[]).await;
        let processes = fresh::<3>(&mut world, "100");
        let minute = Timestamp::now().as_second().div_euclid(60);
        let mut refused = Vec::new();
        for process in processes.iter().cycle().take(120) {
            refused.push(cost_of(&world, process, &narrow, "/v1/keys").await);
        }
        if Timestamp::now().as_second().div_euclid(60) == minute {
            assert!(refused.iter().all(|(_, calls)| *calls <= 1), "{refused:?}");
            let admitted = refused.iter().filter(|(status, _)| *status == 403).count();
            assert!((60..=60 + 3 * 8).contains(&admitted), "{admitted} of 60 in three processes");
            assert_eq!(refused.last(), Some(&(429, 0)));
            return;
        }
    }
    panic!("three minutes have ended");
}

#[tokio::test]
async fn a_flood_without_the_scope_is_refused_though_it_can_not_be_counted() {
    let mut world = World::start().await;
    let [router] = fresh(&mut world, "100");
    let narrow = world.bench.caller_with(&world.bench.tenant, &["media:read"], &[]).await;
    world.bench.deployment.aws().fail_next("DynamoDB.UpdateItem", 1000, 429);
    for _ in 0..20 {
        assert_eq!(cost_of(&world, &router, &narrow, "/v1/keys").await.0, 403);
    }
    assert_eq!(cost(&world, &router, &world.caller).await.0, 200, "a fault of ours keeps no customer out");
}

#[tokio::test]
async fn a_key_that_was_refused_a_few_times_is_good_at_once_for_what_it_gets() {
    let mut world = World::start().await;
    world.limit("100".parse().unwrap());
    let owners = world.router.clone();
    let (made, widened) = world.made(serde_json::json!({"name": "narrow", "scopes": ["media:read"]})).await;
    let (_, narrow) = world.made(serde_json::json!({"name": "other", "scopes": ["media:read"]})).await;
    world.limit("100".parse().unwrap());
    let router = world.router.clone();
    for _ in 0..3 {
        widened.get(&router, "/v1/keys").await.expect(403);
    }
    let path = format!("/v1/keys/{}", made["id"].as_str().unwrap());
    let all = serde_json::json!({"scopes": []});
    world.caller.call(&owners, "PATCH", &path, Some(&all)).await.expect(200);
    widened.get(&router, "/v1/keys").await.expect(200);
    // Another one's refusals say nothing of it.
    for _ in 0..12 {
        narrow.get(&router, "/v1/keys").await.expect(403);
        widened.get(&router, "/v1/keys").await.expect(200);
    }
}

#[tokio::test]
async fn who_owes_and_finds_the_minute_used_up_costs_one_call() {
    let mut world = World::start().await;
    let [router] = fresh(&mut world, "100");
    let narrow = world.bench.caller_with(&world.bench.tenant, &["media:read"], &[]).await;
    // A minute may end meanwhile.
    for _ in 0..3 {
        let owed = cost_of(&world, &router, &narrow, "/v1/keys").await;
        // With the one that is owed that is all.
        counted(&world, &world.bench.tenant, 0, "59").await;
        let refused = cost(&world, &router, &world.caller).await;
        if (owed, refused) == ((403, 1), (429, 1)) {
            return;
        }
    }
    panic!("a refusal costs more than one call");
}

/// Between a process's read of the count and its own write others may take what was left.
#[tokio::test]
async fn who_loses_the_last_requests_to_others_pays_for_the_write_too() {
    let mut world = World::start().await;
    // A minute may end meanwhile: then another tenant does it.
    for _ in 0..3 {
        let tenant = new_tenant();
        let caller = world.bench.caller(&tenant).await;
        let [router] = fresh(&mut world, "100");
        counted(&world, &tenant, 0, "59").await;
        let (table, client) = (world.bench.role.tenants.clone(), tenant.clone());
        let minute = Timestamp::now();
        world.bench.deployment.aws().before_next("DynamoDB.UpdateItem", 1, {
            std::sync::Arc::new(move || {
                let (table, client) = (table.clone(), client.clone());
                let other = Limiter::new("100".parse().unwrap());
                Box::pin(async move {
                    assert!(other.count(&table, &client, minute).await.is_ok());
                })
            })
        });
        let lost = cost(&world, &router, &caller).await;
        if Timestamp::now().as_second().div_euclid(60) == minute.as_second().div_euclid(60) {
            // Two of the other's own are among them: it does not know that the minute has begun.
            assert_eq!(lost, (429, 4));
            return;
        }
    }
    panic!("three minutes have ended");
}

#[tokio::test]
async fn a_process_that_meets_a_key_joins_the_minute_at_once() {
    let mut world = World::start().await;
    let [one, other] = fresh(&mut world, "100");
    assert_eq!(cost(&world, &one, &world.caller).await.0, 200);
    assert_eq!(cost(&world, &other, &world.caller).await, (200, 2), "the key with the count, and its share");
    let free = fresh::<1>(&mut world, "0");
    assert_eq!(cost(&world, &free[0], &world.caller).await, (200, 1));
    assert!(!world.bench.deployment.aws().request_counts().contains_key("DynamoDB.BatchGetItem"), "no count is read");
}

/// Anybody can make up a key that says so.
#[tokio::test]
async fn a_key_that_only_claims_a_tenant_counts_for_nobody() {
    let mut world = World::start().await;
    let [router] = fresh(&mut world, "100");
    for _ in 0..10 {
        let claims = RawKey::generate(&world.bench.tenant).unwrap();
        assert_eq!(cost(&world, &router, &world.caller.with_key(&world.caller.key, claims.reveal())).await, (401, 1));
    }
    let answer = world.caller.get(&router, "/v1/keys/scopes").await;
    assert_eq!(answer.headers["x-ratelimit-remaining"], "59");
}

/// Has this counted of a tenant's requests in the minute so many before this one.
async fn counted(world: &World, tenant: &TenantId, minutes_ago: i64, taken: &str) {
    let minute = Timestamp::now().as_second().div_euclid(60) - minutes_ago;
    let text = |text: String| AttributeValue::S(text);
    let number = |text: String| AttributeValue::N(text);
    let taken = if taken.parse::<u64>().is_ok() { number(taken.to_owned()) } else { text(taken.to_owned()) };
    let item = [
        ("pk", text(format!("TENANT#{tenant}"))),
        ("sk", text("REQUESTS".to_owned())),
        ("minute", number(minute.to_string())),
        ("taken", taken),
    ];
    world.bench.put_item("TenantsTable", item.map(|(name, value)| (name.to_owned(), value)).into()).await;
}

#[tokio::test]
async fn the_count_of_another_tenant_or_minute_refuses_nobody() {
    let mut world = World::start().await;
    let [claims, late] = fresh(&mut world, "100");
    let neighbour = new_tenant();
    // No key claims another tenant than its own, unless somebody writes it so.
    let raw = RawKey::generate(&neighbour).unwrap();
    let own = [format!("KEY#{}", world.caller.hash().0), "KEY".to_owned()];
    let mut item = world.bench.item("TenantsTable", own).await;
    item.insert("pk".to_owned(), AttributeValue::S(format!("KEY#{}", raw.hash().0)));
    world.bench.put_item("TenantsTable", item).await;
    counted(&world, &neighbour, 0, "60").await;
    let claiming = world.caller.with_key(&world.caller.key, raw.reveal());
    assert_eq!(cost(&world, &claims, &claiming).await.0, 200);

    counted(&world, &world.bench.tenant, 1, "60").await;
    assert_eq!(cost(&world, &late, &world.caller).await.0, 200, "that was the minute before");
}

#[tokio::test]
async fn a_process_that_has_none_left_learns_the_count_with_another_key() {
    let mut world = World::start().await;
    let [router] = fresh(&mut world, "100");
    let second = world.bench.caller(&world.bench.tenant).await;
    // A minute may end meanwhile.
    for _ in 0..3 {
        let met = cost(&world, &router, &world.caller).await.0;
        counted(&world, &world.bench.tenant, 0, "60").await;
        let refused = cost(&world, &router, &second).await;
        if (met, refused) == (200, (429, 1)) {
            return;
        }
    }
    panic!("a refusal costs more than one call");
}

#[tokio::test]
async fn a_key_is_found_where_the_count_can_not_be_read() {
    let mut world = World::start().await;
    let [router] = fresh(&mut world, "100");
    world.bench.deployment.aws().fail_next("DynamoDB.BatchGetItem", 9, 429);
    assert_eq!(cost(&world, &router, &world.caller).await.0, 200);
    world.bench.deployment.aws().clear_faults();
    let [router] = fresh(&mut world, "100");
    counted(&world, &world.bench.tenant, 0, "no number").await;
    let narrow = world.bench.caller_with(&world.bench.tenant, &["media:read"], &[]).await;
    for _ in 0..70 {
        let (status, _) = cost_of(&world, &router, &narrow, "/v1/keys").await;
        assert_eq!(status, 403, "it is not known whether it may make more");
    }
    assert_eq!(cost(&world, &router, &world.caller).await.0, 200, "a fault of ours keeps no customer out");
}

#[tokio::test]
async fn a_key_that_opens_nothing_any_more_is_refused_by_who_has_met_it() {
    let mut world = World::start().await;
    world.limit("100".parse().unwrap());
    let (made, holder) = world.made(serde_json::json!({"name": "short"})).await;
    assert_eq!(world.status(&holder).await, 200);
    let path = format!("/v1/keys/{}", made["id"].as_str().unwrap());
    world.call("DELETE", &path, None).await.expect(200);
    let router = world.router.clone();
    assert_eq!(cost(&world, &router, &holder).await, (401, 1));
    let mut costs = Vec::new();
    for _ in 0..5 {
        costs.push(cost(&world, &router, &holder).await);
    }
    // It is read again after two seconds.
    assert!(costs.iter().all(|cost| [(401, 0), (401, 1)].contains(cost)) && costs.contains(&(401, 0)), "{costs:?}");
    assert_eq!(world.status(&world.caller).await, 200);
}
