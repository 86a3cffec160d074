//! Endpoints of brands are told what is of those alone.

use std::collections::BTreeSet;

use serde_json::json;

use super::{endpoint, until_came, world};
use crate::support::{Answer, Nets, Receiver, Reply, video_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_of_a_brand_is_told_of_posts_whose_account_was_forgotten() {
    let receiver = Receiver::start().await;
    let world = world(&receiver).await;
    let account = world.get(&format!("/v1/accounts/{}", world.account)).await.expect(200);
    let other = world.post("/v1/brands", json!({"name": "Other"})).await.expect(201);
    for (path, brand) in [("/own", &account["brand_id"]), ("/other", &other["id"])] {
        let url = format!("{}{path}", receiver.origin());
        let body = json!({"url": url, "events": ["post.failed", "post.deleted"], "brand_ids": [brand]});
        world.post("/v1/webhooks", body).await.expect(201);
    }
    let media = world.upload(video_of(200_000)).await;
    let post = world.schedule(&world.account, &media, "Whose account goes", 86_400).await;
    world.disconnect(&world.account).await.expect(204);
    let failed = until_came(&world, &receiver, "/own", 1).await;
    world.delete(&format!("/v1/posts/{post}")).await.expect(200);
    let deleted = until_came(&world, &receiver, "/own", 2).await.pop().unwrap();
    for (told, event) in [(&failed[0], "post.failed"), (&deleted, "post.deleted")] {
        assert_eq!((told.event().as_str(), &told.json()["data"]["post_id"]), (event, &json!(post)));
    }
    assert_eq!(receiver.came("/other").len(), 0);
}

/// A key that is restricted to one of the brands can't see such a post either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_of_two_brands_is_told_only_to_who_may_see_both() {
    let receiver = Receiver::start().await;
    let world = world(&receiver).await;
    let own = world.get(&format!("/v1/accounts/{}", world.account)).await.expect(200)["brand_id"].clone();
    let other = world.post("/v1/brands", json!({"name": "Other"})).await.expect(201)["id"].clone();
    for (path, brands) in [("/own", json!([own])), ("/other", json!([other])), ("/both", json!([own, other]))] {
        let url = format!("{}{path}", receiver.origin());
        let body = json!({"url": url, "events": ["post.deleted"], "brand_ids": brands});
        world.post("/v1/webhooks", body).await.expect(201);
    }
    let newcomer = world.newcomer_of(other.as_str().unwrap()).await;
    let media = world.upload(video_of(200_000)).await;
    let mut draft = world.body(&media, "For two brands");
    draft["targets"] = json!([{"account_id": world.account}, {"account_id": newcomer}]);
    draft["publish_now"] = json!(false);
    let draft = world.post("/v1/posts", draft).await.expect(201)["id"].as_str().unwrap().to_owned();
    world.delete(&format!("/v1/posts/{draft}")).await.expect(200);
    // What comes after it has overtaken nothing.
    let last = world.schedule(&world.account, &media, "For one", 86_400).await;
    world.delete(&format!("/v1/posts/{last}")).await.expect(200);
    let told = |path: &str| {
        let came = receiver.came(path).into_iter().filter(|came| came.event() == "post.deleted");
        came.map(|came| came.json()["data"]["post_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    until_came(&world, &receiver, "/own", 1).await;
    until_came(&world, &receiver, "/both", 2).await;
    assert_eq!((told("/own"), told("/other")), (vec![last.clone()], Vec::new()));
    assert_eq!(told("/both").into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([draft, last]));
}

/// What it was told before was of others, too, and its new address is somebody else's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_narrowed_shows_and_tells_nothing_of_before() {
    let receiver = Receiver::start().await;
    let world = world(&receiver).await;
    let made = endpoint(&world, &receiver, "/all", &["media.ready", "post.deleted"]).await;
    let path = format!("/v1/webhooks/{}", made["id"].as_str().unwrap());
    let other = world.post("/v1/brands", json!({"name": "Other"})).await.expect(201)["id"].clone();
    let key = json!({"name": "of the other", "brand_ids": [other]});
    let key = world.post("/v1/keys", key).await.expect(201)["raw_key"].as_str().unwrap().to_owned();
    let ask = async |method: &str, path: &str, body: serde_json::Value| {
        Answer::read(world.request_with(&key, method, path).json(&body).send().await.unwrap()).await
    };
    receiver.always("/all", Reply::status(503));
    let media = world.upload(video_of(200_000)).await;
    let post = world.schedule(&world.account, &media, "Of the first brand", 86_400).await;
    world.delete(&format!("/v1/posts/{post}")).await.expect(200);
    until_came(&world, &receiver, "/all", 1).await;
    world.rest().await;
    assert_eq!(ask("GET", &path, json!({})).await.status, 404);
    let narrowed = world.request("PATCH", &path).json(&json!({"brand_ids": [other]})).send().await.unwrap();
    Answer::read(narrowed).await.expect(200);

    let deliveries = format!("{path}/deliveries");
    let pending = world.get(&deliveries).await.expect(200)["data"][0].clone();
    assert_eq!(pending["status"], "pending", "{pending:#}");
    assert_eq!(ask("GET", &deliveries, json!({})).await.expect(200)["data"], json!([]));
    let delivery = format!("{deliveries}/{}", pending["id"].as_str().unwrap());
    assert_eq!(ask("GET", &delivery, json!({})).await.status, 404);
    assert_eq!(ask("POST", &format!("{delivery}/retry"), json!({})).await.status, 404);
    ask("PATCH", &path, json!({"url": format!("{}/new", receiver.origin())})).await.expect(200);
    let given_up = world.in_time(Nets::All, async || {
        let shown = world.get(&delivery).await.expect(200);
        (shown["status"] == "failed").then_some(())
    });
    given_up.await.unwrap_or_else(|| panic!("it is still tried:\n{}", world.logs()));
    assert_eq!(receiver.came("/new").len(), 0);
}
