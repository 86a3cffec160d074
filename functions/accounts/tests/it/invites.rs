//! Invites.

use axum::body::Body;
use http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::{BrandId, InviteId, Mode, Reach};
use slipway_store::accounts::InviteRecord;
use slipway_store::tenants::TenantState;
use uuid::Uuid;
use workbench::{Answer, Caller};

use crate::support::{BASE, World};

/// An invite of this caller's tenant, by a key of the brand.
async fn invite(world: &World, caller: &Caller, brand: &str) -> Value {
    world.bench.make_brand(&caller.tenant, brand).await;
    let caller = &world.bench.caller_with(&caller.tenant, &[], &[brand]).await;
    let body = json!({"platform": "tiktok", "brand_id": brand, "expires_in_days": 7});
    let answer = world.call(caller, "POST", "/v1/invites", Some(body)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()
}

async fn follow(world: &World, token: &str, accept: &str) -> Answer {
    let request = Request::get(format!("/invite/{token}")).header("accept", accept);
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn whoever_has_the_link_connects_into_the_brand_without_a_key() {
    let world = World::start().await;
    let caller = world.caller().await;
    let invite = invite(&world, &caller, "brand_a").await;
    let token = invite["token"].as_str().unwrap();
    assert_eq!(invite["url"], format!("{BASE}/invite/{token}"));
    for _ in 0..2 {
        let page = follow(&world, token, "text/html").await.location();
        let back = world.visit(page, &[]).await;
        assert_eq!(world.open(&back).await.status, StatusCode::OK);
    }
    let accounts = world.get(&caller, "/v1/accounts?brand_id=brand_a").await.json();
    assert_eq!(accounts["count"], 1, "{accounts}");
}

#[tokio::test]
async fn a_token_is_shown_once_and_stored_nowhere() {
    let world = World::start().await;
    let caller = world.caller().await;
    let made = invite(&world, &caller, "brand_a").await;
    let token = made["token"].as_str().unwrap();
    let listed = world.get(&caller, "/v1/invites").await;
    assert!(!listed.text().contains(token), "{}", listed.text());
    let listed = listed.json();
    assert_eq!((&listed["data"][0]["id"], &listed["data"][0]["is_active"]), (&made["id"], &json!(true)));
    let stored = world.app.accounts.invite(token).await.unwrap().unwrap();
    assert!(!format!("{stored:?}").contains(token));
}

#[tokio::test]
async fn a_revoked_or_unknown_invite_leads_nowhere() {
    let world = World::start().await;
    let (caller, other) = (world.caller().await, world.caller().await);
    let made = invite(&world, &caller, "brand_a").await;
    let (token, path) = (made["token"].as_str().unwrap(), format!("/v1/invites/{}", made["id"].as_str().unwrap()));
    let foreign = world.call(&other, "DELETE", &path, None).await;
    assert_eq!((foreign.status, foreign.code().as_str()), (StatusCode::NOT_FOUND, "resource.not_found"));
    assert_eq!(follow(&world, token, "*/*").await.status, StatusCode::FOUND);
    assert_eq!(world.call(&caller, "DELETE", &path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.call(&caller, "DELETE", &path, None).await.status, StatusCode::NOT_FOUND);
    for token in [token, "unknown"] {
        let refused = follow(&world, token, "*/*").await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::NOT_FOUND, "resource.not_found"));
        let page = follow(&world, token, "text/html,*/*").await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.text().contains("This invite does not exist"), "{}", page.text());
    }
    assert_eq!(world.get(&caller, "/v1/invites").await.json()["count"], 0);
}

#[tokio::test]
async fn an_invite_of_a_suspended_tenant_leads_nowhere_until_it_is_resumed() {
    let world = World::start().await;
    let caller = world.caller().await;
    let tests = world.bench.caller(&caller.tenant.in_mode(Mode::Test)).await;
    world.bench.make_brand(&tests.tenant, "brand_a").await;
    for caller in [&caller, &tests] {
        let made = invite(&world, caller, "brand_a").await;
        let token = made["token"].as_str().unwrap();
        for (is_suspended, status) in [(true, StatusCode::NOT_FOUND), (false, StatusCode::FOUND)] {
            let state = TenantState::suspended(is_suspended);
            assert!(world.bench.owner.tenants.decide(&caller.tenant, state, Timestamp::now()).await.unwrap().is_done());
            assert_eq!(follow(&world, token, "*/*").await.status, status, "{}", caller.tenant);
        }
    }
}

/// Its invites go a little later, and no creator is to consent for nothing.
#[tokio::test]
async fn an_invite_of_a_brand_that_goes_leads_nowhere() {
    let world = World::start().await;
    let caller = world.caller().await;
    let made = invite(&world, &caller, "brand_a").await;
    let token = made["token"].as_str().unwrap();
    let (brand, now): (BrandId, _) = ("brand_a".parse().unwrap(), Timestamp::now());
    assert!(world.app.accounts.close_brand(&Reach::whole(&caller.tenant), &brand, now, now).await.unwrap().is_done());
    let refused = follow(&world, token, "*/*").await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::NOT_FOUND, "resource.not_found"));
    let page = follow(&world, token, "text/html,*/*").await;
    assert_eq!(
        (page.status, page.text().contains("The brand is gone")),
        (StatusCode::NOT_FOUND, true),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn an_expired_invite_says_so_though_the_table_still_has_it() {
    let world = World::start().await;
    let caller = world.caller().await;
    let now = Timestamp::now();
    let record = InviteRecord {
        id: InviteId::from_uuid(Uuid::now_v7()),
        tenant: caller.tenant.clone(),
        brand: "brand_a".parse().unwrap(),
        token_hash: InviteRecord::hash("old"),
        preview: "old".to_owned(),
        created_at: now - SignedDuration::from_hours(24),
        good_until: now,
    };
    assert!(world.app.accounts.add_invite(&record, None).await.unwrap().is_done());
    let refused = follow(&world, "old", "application/json").await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::GONE, "invite.expired"));
    assert_eq!(follow(&world, "old", "text/html").await.status, StatusCode::GONE);
    assert_eq!(world.get(&caller, "/v1/invites").await.json()["data"][0]["is_active"], false);
}

#[tokio::test]
async fn what_is_wrong_with_an_invite_is_said_at_once() {
    let world = World::start().await;
    let caller = world.caller().await;
    let fields = |answer: &Answer| -> Vec<String> {
        let issues = answer.json()["error"]["meta"]["issues"].as_array().unwrap().clone();
        issues.iter().map(|issue| issue["field"].as_str().unwrap().to_owned()).collect()
    };
    let empty = world.call(&caller, "POST", "/v1/invites", Some(json!({}))).await;
    assert_eq!(fields(&empty), ["platform", "brand_id", "expires_in_days"]);
    let wrong = json!({"platform": "tiktok", "brand_id": "acc_1", "expires_in_days": 2});
    assert_eq!(fields(&world.call(&caller, "POST", "/v1/invites", Some(wrong)).await), ["brand_id", "expires_in_days"]);
    // Also what only a look into the table tells.
    let unknown = json!({"platform": "tiktok", "brand_id": "brand_x", "expires_in_days": 2});
    let unknown = world.call(&caller, "POST", "/v1/invites", Some(unknown)).await;
    assert_eq!(fields(&unknown), ["expires_in_days", "brand_id"]);
    let unknown = json!({"platform": "tiktok", "brand_id": "brand_x", "state": "s".repeat(600)});
    let unknown = world.call(&caller, "POST", "/v1/accounts/connect", Some(unknown)).await;
    assert_eq!(fields(&unknown), ["state", "brand_id"]);

    let reader = world.bench.caller_with(&caller.tenant, &["accounts:read"], &[]).await;
    let good = || Some(json!({"platform": "tiktok", "brand_id": "brand_a", "expires_in_days": 1}));
    let refused = world.call(&reader, "POST", "/v1/invites", good()).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "auth.insufficient_scope"));
    let outsider = world.bench.caller_with(&caller.tenant, &[], &["brand_b"]).await;
    let refused = world.call(&outsider, "POST", "/v1/invites", good()).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::NOT_FOUND, "brand.not_found"));
}

#[tokio::test]
async fn a_brand_that_nobody_knows_is_refused_and_leaves_no_trace() {
    let world = World::start().await;
    let owner = world.bench.caller(&world.bench.tenant).await;
    let own = BrandId::default_of(&owner.tenant);
    let wanted = |path: &str, brand: &str| match path {
        "/v1/invites" => json!({"platform": "tiktok", "brand_id": brand, "expires_in_days": 1}),
        _ => json!({"platform": "tiktok", "brand_id": brand}),
    };
    let another = BrandId::default_of(&world.caller().await.tenant);
    for path in ["/v1/invites", "/v1/accounts/connect"] {
        world.call(&owner, "POST", path, Some(wanted(path, own.as_str()))).await.json()["error"].as_null().unwrap();
        let before = world.bench.traces().await;
        for unknown in ["brand_a", another.as_str()] {
            let refused = world.call(&owner, "POST", path, Some(wanted(path, unknown))).await;
            let refused = refused.refused(400, "validation.brand_invalid", "brand_id");
            let message = refused["error"]["message"].as_str().unwrap();
            assert!(message.contains(own.as_str()) && message.contains(unknown), "{message}");
        }
        assert_eq!(world.bench.traces().await.since(&before), [""; 0], "{path}");
    }
    world.bench.put_into_brand(&world.bench.connect().await, "brand_a").await;
    for path in ["/v1/invites", "/v1/accounts/connect"] {
        let answer = world.call(&owner, "POST", path, Some(wanted(path, "brand_a"))).await;
        assert!(answer.status.is_success(), "{path}: {:#}", answer.json());
    }
}

#[tokio::test]
async fn the_list_is_paged_and_shows_a_key_its_own_brands() {
    let world = World::start().await;
    let caller = world.caller().await;
    for brand in ["brand_a", "brand_b", "brand_a", "brand_b", "brand_a"] {
        invite(&world, &caller, brand).await;
    }
    let insider = world.bench.caller_with(&caller.tenant, &[], &["brand_a"]).await;
    for (caller, query, all) in [(&caller, "", 5), (&insider, "", 3), (&caller, "&brand_id=brand_b", 2)] {
        let (mut seen, mut path) = (std::collections::BTreeSet::new(), format!("/v1/invites?limit=2{query}"));
        loop {
            let page = world.get(caller, &path).await.json();
            for invite in page["data"].as_array().unwrap() {
                assert!(seen.insert(invite["id"].as_str().unwrap().to_owned()), "twice");
            }
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/invites?limit=2{query}&cursor={cursor}");
        }
        assert_eq!(seen.len(), all, "{query}");
    }
}

/// Follows the invite from this address until it is refused, at most `most` times; answers how often it led on.
async fn followed(world: &World, token: &str, address: &str, most: usize) -> usize {
    for times in 0..most {
        let request = Request::get(format!("/invite/{token}")).header("accept", "text/html");
        let request = request.header("x-forwarded-for", format!("192.0.2.1, {address}"));
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((1..=3601).contains(&wait), "{wait}");
            assert!(answer.text().contains("too often"), "{}", answer.text());
            return times;
        }
        assert_eq!(answer.status, StatusCode::FOUND);
    }
    most
}

#[tokio::test]
async fn an_invite_can_not_be_turned_into_a_stream_of_calls() {
    let world = World::start().await;
    let caller = world.caller().await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        let made = invite(&world, &caller, "brand_a").await;
        tokens.push(made["token"].as_str().unwrap().to_owned());
    }
    // A window may end meanwhile, and the next one begin.
    let first = followed(&world, &tokens[0], "198.51.100.1", 100).await;
    assert!((30..=60).contains(&first), "one address, {first} times");
    let mut others = 0;
    for address in 2..8 {
        others += followed(&world, &tokens[1], &format!("198.51.100.{address}"), 25).await;
    }
    assert!((60..=120).contains(&others), "one invite, {others} times");
    assert_eq!(followed(&world, &tokens[2], "198.51.100.9", 1).await, 1, "another invite, from another address");
}

#[tokio::test]
async fn a_preview_of_an_invite_begins_nothing() {
    let world = World::start().await;
    let caller = world.caller().await;
    let made = invite(&world, &caller, "brand_a").await;
    let request =
        Request::get(format!("/invite/{}", made["token"].as_str().unwrap())).header("sec-purpose", "prefetch");
    assert_eq!(world.send(request.body(Body::empty()).unwrap()).await.status, StatusCode::FORBIDDEN);
}
