//! A key that is restricted to brands sees and uses the accounts of these brands, and posts of these accounts.

use std::collections::BTreeSet;

use serde_json::json;
use slipway_domain::BrandId;
use workbench::{Caller, fixture};

use crate::world::{World, body, with};

/// The posts that a caller is shown.
async fn listed(world: &World, caller: &Caller, query: &str) -> BTreeSet<String> {
    let page = caller.get(&world.router, &format!("/v1/posts{query}")).await.expect(200);
    page["data"].as_array().unwrap().iter().map(|post| post["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_key_sees_the_posts_whose_accounts_are_all_of_its_brands() {
    let world = World::start().await;
    let owner = &world.owner;
    let a = world.bench.put_into_brand(&owner.account, "brand_a").await;
    let b = world.bench.put_into_brand(&world.account().await, "brand_b").await;
    let none = world.account().await;
    let mut ids = Vec::new();
    for (name, accounts) in [("a", &[&a][..]), ("b", &[&b]), ("none", &[&none]), ("both", &[&a, &b])] {
        let draft = with(body(name, &owner.media, accounts), &[("/publish_now", json!(false))]);
        ids.push(World::made(&world.post(&owner.caller, &draft).await));
    }
    let stranger = world.stranger().await;
    let foreign = with(stranger.body("foreign"), &[("/publish_now", json!(false))]);
    World::made(&world.post(&stranger.caller, &foreign).await);

    let key = async |brands: &[&str]| world.bench.caller_with(&world.bench.tenant, &[], brands).await;
    let (only_a, only_b, both) = (key(&["brand_a"]).await, key(&["brand_b"]).await, key(&["brand_a", "brand_b"]).await);
    for (name, caller, query, seen) in [
        ("all", &owner.caller, "", &[0, 1, 2, 3][..]),
        ("all of a brand", &owner.caller, "?brand_id=brand_a", &[0]),
        ("a", &only_a, "", &[0]),
        ("b", &only_b, "", &[1]),
        ("both", &both, "", &[0, 1, 3]),
        ("one of both", &both, "?brand_id=brand_b", &[1]),
        ("another brand", &only_a, "?brand_id=brand_b", &[]),
        ("another brand's account", &only_a, &format!("?account_ids={}", b.id), &[]),
    ] {
        let seen: BTreeSet<_> = seen.iter().map(|index: &usize| ids[*index].clone()).collect();
        assert_eq!(listed(&world, caller, query).await, seen, "{name}");
        if query.is_empty() {
            for id in &ids {
                let answer = caller.get(&world.router, &format!("/v1/posts/{id}")).await;
                let expected = if seen.contains(id) { (200, "") } else { (404, "post.not_found") };
                assert_eq!((answer.status.as_u16(), answer.code().as_str()), expected, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_page_leads_on_and_shows_nothing_of_the_posts_that_it_left_out() {
    let world = World::start().await;
    let a = world.bench.put_into_brand(&world.owner.account, "brand_a").await;
    let b = world.bench.put_into_brand(&world.account().await, "brand_b").await;
    let mut of_a = BTreeSet::new();
    for (name, account) in [("one", &a), ("another's", &b), ("two", &a), ("another's again", &b), ("three", &a)] {
        let draft = with(body(name, &world.owner.media, &[account]), &[("/publish_now", json!(false))]);
        let id = World::made(&world.post(&world.owner.caller, &draft).await);
        if account.id == a.id {
            of_a.insert(id);
        }
    }
    let key = world.bench.caller_with(&world.bench.tenant, &[], &["brand_a"]).await;
    let (mut seen, mut cursor) = (BTreeSet::new(), String::new());
    for _ in 0..10 {
        let page = key.get(&world.router, &format!("/v1/posts?limit=1{cursor}")).await.expect(200);
        seen.extend(page["data"].as_array().unwrap().iter().map(|post| post["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        // As it is, or in hex digits.
        assert!(!next.contains("post_") && !next.contains("706f73745f"), "{next}");
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, of_a);
}

#[tokio::test]
async fn a_platform_alone_stands_for_the_only_account_of_the_keys_brands() {
    let world = World::start().await;
    let a = world.bench.put_into_brand(&world.owner.account, "brand_a").await;
    world.bench.put_into_brand(&world.account().await, "brand_b").await;
    let alone = with(world.owner.body("Alone"), &[("/platforms", json!(["tiktok"])), ("/targets", json!([]))]);
    let key = async |brand: &str| world.bench.caller_with(&world.bench.tenant, &[], &[brand]).await;
    let id = World::made(&world.post(&key("brand_a").await, &alone).await);
    assert_eq!(world.kept(&world.bench.tenant, &id).await.targets[0].account, a.id);
    for caller in [&key("brand_c").await, &world.owner.caller] {
        world.post(caller, &alone).await.refused(400, "validation.field_invalid", "platforms");
    }
}

#[tokio::test]
async fn media_that_another_brands_key_has_made_is_not_there() {
    let world = World::start().await;
    let a = world.bench.put_into_brand(&world.owner.account, "brand_a").await;
    let tenant = &world.bench.tenant;
    let of_b = world.bench.uploaded_of(tenant, &["brand_b".parse().unwrap()], fixture("index_last.mp4")).await;
    let key = world.bench.caller_with(tenant, &[], &["brand_a"]).await;
    let stolen = body("Theirs", &of_b, &[&a]);
    let refused = world.post(&key, &stolen).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (404, "media.not_found".to_owned()));
    World::made(&world.post(&world.owner.caller, &stolen).await);
    World::made(&world.post(&key, &body("The tenant's", &world.owner.media, &[&a])).await);
}

/// Of two accounts, one of which is of a brand that the key may not see.
#[tokio::test]
async fn a_duplicate_names_no_post_that_the_key_may_not_see() {
    let world = World::start().await;
    let a = world.bench.put_into_brand(&world.owner.account, "brand_a").await;
    let b = world.bench.put_into_brand(&world.account().await, "brand_b").await;
    let key = world.bench.caller_with(&world.bench.tenant, &[], &["brand_a"]).await;
    let both = World::made(&world.post(&world.owner.caller, &body("Both", &world.owner.media, &[&a, &b])).await);
    let alone = body("Both", &world.owner.media, &[&a]);
    let named = world.post(&world.owner.caller, &alone).await.expect(409);
    assert!(named.to_string().contains(&both), "{named:#}");
    let hidden = world.post(&key, &alone).await.expect(409);
    let validated = key.call(&world.router, "POST", "/v1/posts/validate", Some(&alone)).await.expect(200);
    assert_eq!((&hidden["error"]["code"], &validated["valid"]), (&json!("resource.conflict"), &json!(false)));
    assert!(!format!("{hidden}{validated}").contains(&both), "{hidden:#} {validated:#}");
    // Its own it is told.
    let own = World::made(&world.post(&key, &body("Own", &world.owner.media, &[&a])).await);
    let another = with(body("Own", &world.owner.media, &[&a]), &[("/platform_data/tiktok/disable_duet", json!(true))]);
    let named = world.post(&key, &another).await.expect(409);
    assert!(named.to_string().contains(&own), "{named:#}");
}

#[tokio::test]
async fn a_platform_and_a_brand_stand_for_the_brands_only_account() {
    let world = World::start().await;
    let owner = &world.owner;
    let a = world.bench.put_into_brand(&owner.account, "brand_a").await;
    for _ in 0..2 {
        world.bench.put_into_brand(&world.account().await, "brand_b").await;
    }
    let none = world.account().await;
    let of = |brand: &str, text: &str| {
        let alone = [("/platforms", json!(["tiktok"])), ("/targets", json!([])), ("/brand_id", json!(brand))];
        with(owner.body(text), &alone)
    };
    let key = async |brands: &[&str]| world.bench.caller_with(&world.bench.tenant, &[], brands).await;
    let (both, only_b) = (key(&["brand_a", "brand_b"]).await, key(&["brand_b"]).await);
    let default = BrandId::default_of(&world.bench.tenant);
    for (caller, brand, account) in
        [(&owner.caller, "brand_a", &a), (&both, "brand_a", &a), (&owner.caller, default.as_str(), &none)]
    {
        let body = of(brand, &format!("{brand} {}", caller.key));
        let validated = caller.call(&world.router, "POST", "/v1/posts/validate", Some(&body)).await;
        assert_eq!(validated.expect(200)["valid"], true, "{brand}");
        let id = World::made(&world.post(caller, &body).await);
        assert_eq!(world.kept(&world.bench.tenant, &id).await.targets[0].account, account.id, "{brand}");
    }
    let before = world.bench.traces().await;
    let (invalid, no_brand) = ("validation.field_invalid", "validation.brand_invalid");
    for (caller, brand, code, field) in [
        (&owner.caller, "brand_b", invalid, "platforms"),
        (&owner.caller, "brand_c", no_brand, "brand_id"),
        (&owner.caller, "a", invalid, "brand_id"),
        (&only_b, "brand_a", no_brand, "brand_id"),
    ] {
        world.post(caller, &of(brand, "Refused")).await.refused(400, code, field);
    }
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);
    // Where an account is named it has no effect, and says so.
    let body = with(owner.body("Named"), &[("/brand_id", json!("brand_b"))]);
    let made = world.post(&owner.caller, &body).await;
    let warnings = &made.expect(201)["warnings"];
    assert!(warnings[0].as_str().is_some_and(|warning| warning.starts_with("brand_id says whose")), "{warnings}");
}

#[tokio::test]
async fn a_key_of_a_brand_reads_the_accounts_of_its_posts_and_no_others() {
    let world = World::start().await;
    let owner = &world.owner;
    let mine = world.bench.put_into_brand(&owner.account, "brand_a").await;
    for _ in 0..20 {
        world.bench.put_into_brand(&world.account().await, "brand_a").await;
    }
    let draft = with(body("Mine", &owner.media, &[&mine]), &[("/publish_now", json!(false))]);
    let id = World::made(&world.post(&owner.caller, &draft).await);
    let narrow = world.bench.caller_with(&world.bench.tenant, &[], &["brand_a"]).await;
    // The key, the post with its target, and its account; a list reads the place of the post, too.
    for (path, items) in [(format!("/v1/posts/{id}"), 4), ("/v1/posts?brand_id=brand_a".to_owned(), 5)] {
        world.bench.deployment.aws().reset_counts();
        narrow.get(&world.router, &path).await.expect(200);
        assert_eq!(world.bench.deployment.aws().items_read(), items, "{path}");
    }
}
