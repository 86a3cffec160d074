//! The same request again: whose is it, of what body, and for how long.

use http::StatusCode;
use serde_json::{Value, json};
use workbench::{Answer, AttributeValue, Item, fixture, new_tenant};

use crate::world::{World, anybodys, body as body_of, with};

/// The first answer again, verbatim, and nothing else happened.
#[track_caller]
fn replayed(answer: &Answer, first: &Answer) {
    assert!(answer.is_replayed(), "{:#}", answer.json());
    assert_eq!((answer.status, &answer.body), (StatusCode::CREATED, &first.body));
}

fn draft(body: Value) -> Value {
    with(body, &[("/publish_now", json!(false))])
}

#[tokio::test]
async fn an_idempotency_key_is_its_tenants_own() {
    let world = World::start().await;
    let (owner, stranger) = (&world.owner, world.stranger().await);
    let body = anybodys("Everybody's");
    let first = world.post_with_key(&owner.caller, "order 66", &body).await;
    let mine = World::made(&first);
    // The same body is the stranger's first request, and so is another one.
    let theirs = World::made(&world.post_with_key(&stranger.caller, "order 66", &body).await);
    assert_ne!(mine, theirs);
    let other = world.stranger().await;
    World::made(&world.post_with_key(&other.caller, "order 66", &other.body("Something else")).await);
    // The key is the tenant's, whichever API key comes with it.
    let second_key = world.bench.caller(&world.bench.tenant).await;
    let before = world.bench.traces().await;
    replayed(&world.post_with_key(&second_key, "order 66", &body).await, &first);
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);
}

#[tokio::test]
async fn an_idempotency_key_stands_for_one_body() {
    let world = World::start().await;
    let owner = &world.owner;
    let body = draft(owner.body("Keyed"));
    let first = world.post_with_key(&owner.caller, "order 66", &body).await;
    World::made(&first);
    let before = world.bench.traces().await;
    replayed(&world.post_with_key(&owner.caller, "order 66", &body).await, &first);
    // Another text, and another spelling of the same one: what counts is the body verbatim.
    for other in [draft(owner.body("Another")).to_string(), format!("{body} ")] {
        let request = owner.caller.request("POST", "/v1/posts").header("idempotency-key", "order 66");
        let refused = Answer::to(&world.router, request.body(other.into()).unwrap()).await;
        refused.refused(422, "idempotency.key_reused", "Idempotency-Key");
    }
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);
    World::made(&world.post_with_key(&owner.caller, "order 67", &draft(owner.body("Another"))).await);
}

#[tokio::test]
async fn an_idempotency_key_holds_where_duplicates_are_wanted() {
    let world = World::start().await;
    let owner = &world.owner;
    let body = with(owner.body("Twice"), &[("/skip_duplicate_check", json!(true))]);
    let first = world.post_with_key(&owner.caller, "order 66", &body).await;
    let mine = World::made(&first);
    replayed(&world.post_with_key(&owner.caller, "order 66", &body).await, &first);
    assert_ne!(World::made(&world.post_with_key(&owner.caller, "order 67", &body).await), mine);
    // Without a key there is nothing to know a retry by.
    assert_ne!(
        World::made(&world.post(&owner.caller, &body).await),
        World::made(&world.post(&owner.caller, &body).await)
    );
}

#[tokio::test]
async fn a_clients_own_retry_is_known_by_its_api_key() {
    let world = World::start().await;
    let owner = &world.owner;
    // A draft, which no guard on its content keeps from being made twice.
    let body = draft(anybodys("Again"));
    let first = world.post(&owner.caller, &body).await;
    let mut ids = vec![World::made(&first)];
    let before = world.bench.traces().await;
    replayed(&world.post(&owner.caller, &body).await, &first);
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);
    let (colleague, stranger) = (world.bench.caller(&world.bench.tenant).await, world.stranger().await);
    for other in [&colleague, &stranger.caller] {
        ids.push(World::made(&world.post(other, &body).await));
    }
    ids.push(World::made(&world.post(&owner.caller, &draft(anybodys("Another"))).await));
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4, "each made a post of their own");
}

#[tokio::test]
async fn the_same_content_is_refused_to_the_account_that_has_it() {
    let world = World::start().await;
    let owner = &world.owner;
    let body = owner.body("A story");
    let first = World::made(&world.post(&owner.caller, &body).await);
    let refused_by = |answer: &Answer| {
        let conflict = answer.expect(409);
        assert_eq!(
            (answer.code().as_str(), &conflict["error"]["meta"]["post_id"]),
            ("resource.conflict", &json!(first))
        );
    };
    let another_spelling = with(body.clone(), &[("/title", json!("A title"))]);
    let before = world.bench.traces().await;
    refused_by(&world.post(&owner.caller, &another_spelling).await);
    refused_by(&world.post_with_key(&owner.caller, "a new key", &body).await);
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);

    // Another account, another text, another video, a draft, or a caller who means it.
    let other_video = world.bench.uploaded(&world.bench.tenant, fixture("vp9.mp4")).await;
    let other_account = world.account().await;
    for (what, other) in [
        ("another account", body_of("A story", &owner.media, &[&other_account])),
        ("another text", owner.body("Another story")),
        ("another video", body_of("A story", &other_video, &[&owner.account])),
        ("a draft", draft(another_spelling.clone())),
        ("on purpose", with(body.clone(), &[("/skip_duplicate_check", json!(true))])),
    ] {
        let made = world.post(&owner.caller, &other).await;
        assert_eq!((made.status, made.is_replayed()), (StatusCode::CREATED, false), "{what}: {:#}", made.json());
    }
}

#[tokio::test]
async fn the_same_content_is_another_post_for_another_tenant() {
    let world = World::start().await;
    // Ids of accounts are unique, so that only a namesake shows whether the tenant counts. Its tokens do not open, and
    // drafts for the inbox need none.
    let other = new_tenant();
    world.bench.namesake(&world.owner.account, &other).await;
    let stranger = world.bench.caller(&other).await;
    let inbox = json!({"tiktok": {"post_mode": "inbox"}});
    let body = with(anybodys("A story"), &[("/platform_data", inbox)]);
    let mine = World::made(&world.post(&world.owner.caller, &body).await);
    let theirs = World::made(&world.post(&stranger, &body).await);
    assert_ne!(mine, theirs);
    assert_eq!(world.kept(&other, &theirs).await.targets[0].account, world.owner.account.id);
}

#[tokio::test]
async fn a_repeat_is_a_repeat_for_a_day_and_a_retry_for_a_minute() {
    let world = World::start().await;
    let made = world.post_with_key(&world.owner.caller, "key", &world.owner.body("One")).await;
    let keyed = world.kept(&world.bench.tenant, &World::made(&made)).await;
    let made = world.post(&world.owner.caller, &world.owner.body("Two")).await;
    let plain = world.kept(&world.bench.tenant, &World::made(&made)).await;
    let mut lives = Vec::new();
    for guard in guards(&world).await {
        let text = |name: &str| guard[name].as_s().unwrap().clone();
        let post = [&keyed, &plain].into_iter().find(|known| known.post.id.as_str() == text("post")).unwrap();
        let expires_at: i64 = guard["expires_at"].as_n().unwrap().parse().unwrap();
        lives.push((text("kind"), expires_at - post.post.created_at.as_second()));
    }
    lives.sort();
    let day = 24 * 60 * 60;
    let expected = [("idempotency_key", day), ("same_content", day), ("same_content", day), ("same_request", 60)];
    assert_eq!(lives, expected.map(|(kind, seconds)| (kind.to_owned(), seconds)));
}

#[tokio::test]
async fn what_has_expired_makes_no_repeat() {
    let world = World::start().await;
    let body = world.owner.body("One");
    let first = World::made(&world.post_with_key(&world.owner.caller, "key", &body).await);
    let past = AttributeValue::N((jiff::Timestamp::now().as_second() - 1).to_string());
    for mut guard in guards(&world).await {
        guard.insert("expires_at".to_owned(), past.clone());
        world.bench.put_item("PostsTable", guard).await;
    }
    assert_ne!(World::made(&world.post_with_key(&world.owner.caller, "key", &body).await), first);
}

/// Every guard that stands.
async fn guards(world: &World) -> Vec<Item> {
    let mut items = world.bench.items("PostsTable").await;
    items.retain(|item| item["sk"].as_s().is_ok_and(|sk| sk == "GUARD"));
    items
}
