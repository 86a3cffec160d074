//! Customers' endpoints are told what happens, until they have taken it.

mod brands;
mod deaths;
mod tenants;
mod thousand;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Delivered, Items, Nets, Receiver, Reply, Setup, World, until, video_of};

/// A world whose operator trusts the receiver.
async fn world(receiver: &Receiver) -> World {
    let parameters = [("WebhookTrustedOrigins".to_owned(), receiver.origin())];
    World::with(Setup { parameters: parameters.into(), ..Setup::default() }).await
}

async fn endpoint(world: &World, receiver: &Receiver, path: &str, events: &[&str]) -> Value {
    let body = json!({"url": format!("{}{path}", receiver.origin()), "events": events});
    world.post("/v1/webhooks", body).await.expect(201)
}

/// A video that was uploaded and verified, which is told.
async fn verified(world: &World, size: usize) {
    let media = world.upload(video_of(size)).await;
    world.post(&format!("/v1/media/{media}/verify"), json!({})).await.expect(200);
}

/// What came to a path, once it is this many.
async fn until_came(world: &World, receiver: &Receiver, path: &str, count: usize) -> Vec<Delivered> {
    let came = world.in_time(Nets::All, async || {
        let came = receiver.came(path);
        (came.len() >= count).then_some(came)
    });
    came.await.unwrap_or_else(|| panic!("only {:?} came:\n{}", receiver.came(path), world.logs()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_is_told_what_becomes_of_a_post() {
    let receiver = Receiver::start().await;
    let world = world(&receiver).await;
    let made = endpoint(&world, &receiver, "/hook", &["post.published", "post.upload_completed", "media.ready"]).await;
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"), "{made:#}");
    let test = receiver.all("/hook").remove(0);
    assert_eq!((test.event().as_str(), receiver.all("/hook").len()), ("webhook.test", 1));

    let media = world.upload(video_of(300_000)).await;
    let id = world.publish(&media).await;
    world.until_post(&id, "published").await;
    let came = until_came(&world, &receiver, "/hook", 3).await;
    let events: BTreeSet<_> = came.iter().map(Delivered::event).collect();
    assert_eq!(events, ["media.ready", "post.published", "post.upload_completed"].map(str::to_owned).into());
    let published = came.iter().find(|came| came.event() == "post.published").unwrap();
    let data = published.json()["data"].clone();
    assert_eq!((&data["post_id"], &data["status"]), (&json!(id), &json!("published")));
    assert_eq!(data["results"][0]["account_id"], json!(world.account));

    // What its owner sees of it.
    let path = format!("/v1/webhooks/{}", made["id"].as_str().unwrap());
    let list = world.get(&format!("{path}/deliveries?status=success")).await.expect(200);
    assert_eq!(list["count"], 3, "{list:#}");
    let detail = world.get(&format!("{path}/deliveries/{}", published.id())).await.expect(200);
    assert_eq!(detail["payload"], published.json());
    assert_eq!(detail["attempts"][0]["response_body"], "thanks");
    let shown = world.get(&path).await.expect(200);
    assert_eq!(shown["stats"]["last_24h"], json!({"delivered": 3, "failed": 0}), "{shown:#}");
    let log = world.get("/v1/events?category=post").await.expect(200);
    let actions: Vec<_> = log["events"].as_array().unwrap().iter().map(|event| event["action"].clone()).collect();
    assert_eq!(actions, ["published", "upload_completed"], "{log:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_fails_is_told_again_under_the_same_id() {
    let receiver = Receiver::start().await;
    let world = world(&receiver).await;
    endpoint(&world, &receiver, "/hook", &["post.published"]).await;
    receiver.reply("/hook", [500, 302, 429].map(Reply::status));
    let media = world.upload(video_of(300_000)).await;
    world.publish(&media).await;
    let came = until_came(&world, &receiver, "/hook", 4).await;
    let ids: BTreeSet<_> = came.iter().map(Delivered::id).collect();
    assert_eq!((ids.len(), came.last().unwrap().answered), (1, 200));
    let bodies: BTreeSet<_> = came.iter().map(|came| came.body.as_str()).collect();
    assert_eq!(bodies.len(), 1, "it says the same every time");
}

/// Three days, in which nothing but the index knows of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_never_answers_is_given_up_after_ten_attempts() {
    let receiver = Receiver::start().await;
    let world = world(&receiver).await;
    let made = endpoint(&world, &receiver, "/hook", &["media.ready"]).await;
    receiver.always("/hook", Reply::status(503));
    verified(&world, 300_000).await;
    until(Duration::from_secs(20), async || (!receiver.came("/hook").is_empty()).then_some(())).await.unwrap();
    for _ in 0..90 {
        if receiver.came("/hook").len() == 10 {
            break;
        }
        world.let_pass(1).await;
        until(Duration::from_secs(20), async || world.stack.is_idle().then_some(())).await.unwrap();
    }
    let path = format!("/v1/webhooks/{}/deliveries", made["id"].as_str().unwrap());
    let list = world.get(&format!("{path}?status=failed")).await.expect(200);
    assert_eq!(list["data"][0]["attempt_count"], 10, "{list:#}");

    // Its owner has mended it, and has it told once more.
    receiver.always("/hook", Reply::status(204));
    let retry = format!("{path}/{}/retry", list["data"][0]["id"].as_str().unwrap());
    world.post(&retry, json!({})).await.expect(202);
    let came = until_came(&world, &receiver, "/hook", 11).await;
    assert_eq!(came.last().unwrap().answered, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_fails_for_days_is_switched_off_and_the_others_say_so() {
    let receiver = Receiver::start().await;
    let world = world(&receiver).await;
    let made = endpoint(&world, &receiver, "/hook", &["media.ready"]).await;
    receiver.always("/hook", Reply::status(503));
    verified(&world, 300_000).await;
    until_came(&world, &receiver, "/hook", 1).await;
    world.rest().await;
    // What follows is the first failure after a week of them.
    Items::of(&world).failing_for_a_week().await;
    endpoint(&world, &receiver, "/other", &["post.deleted"]).await;
    verified(&world, 310_000).await;
    let told = until_came(&world, &receiver, "/other", 1).await;
    let (event, data) = (told[0].event(), &told[0].json()["data"]);
    assert_eq!((event.as_str(), &data["webhook_id"]), ("webhook.disabled", &made["id"]));
    let shown = world.get(&format!("/v1/webhooks/{}", made["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(shown["is_active"], false, "{shown:#}");
    let log = world.get("/v1/events?action=disabled").await.expect(200);
    assert_eq!(log["events"][0]["resource_id"], made["id"], "{log:#}");
    // It is told nothing any more.
    let came = receiver.came("/hook").len();
    verified(&world, 320_000).await;
    world.rest().await;
    assert_eq!(receiver.came("/hook").len(), came);
}

/// A hundred endpoints of five tenants. The one that hangs is of the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_endpoint_that_hangs_delays_no_other() {
    let receiver = Receiver::start().await;
    let world = world(&receiver).await;
    for tenant in 0..5 {
        let command = json!({"slipway": "create_key", "email": format!("{tenant}@example.com"), "name": "story"});
        let key = world.stack.invoke("WorkspaceFunction", command).await.unwrap();
        let key = key["raw_key"].as_str().unwrap();
        for number in 0..20 {
            let url = format!("{}/{tenant}-{number}", receiver.origin());
            let request = world.request_with(key, "POST", "/v1/webhooks");
            let body = json!({"url": url, "events": ["media.ready"]});
            assert_eq!(request.json(&body).send().await.unwrap().status(), 201);
        }
    }
    receiver.always("/0-0", Reply { delay: Duration::from_mins(1), ..Reply::status(200) });
    thousand::happen_to_all(&world, "webhook.created", "media.ready", 3).await;
    let others = || {
        let paths = (0..5).flat_map(|tenant| (0..20).map(move |number| format!("/{tenant}-{number}")));
        paths.filter(|path| path != "/0-0").map(|path| receiver.came(&path).len()).sum::<usize>()
    };
    let began = std::time::Instant::now();
    until(Duration::from_secs(30), async || (others() == 99 * 3).then_some(()))
        .await
        .unwrap_or_else(|| panic!("{}", others()));
    println!("297 deliveries beside a hanging endpoint: {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_does_not_answer_or_is_private_is_refused() {
    let receiver = Receiver::start().await;
    let world = world(&receiver).await;
    receiver.reply("/hook", [Reply::status(404)]);
    let body = json!({"url": format!("{}/hook", receiver.origin()), "events": ["post.published"]});
    let refused = world.post("/v1/webhooks", body).await;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &json!("webhook_verification_failed")));
    for url in
        ["http://127.0.0.1:1/", "https://10.0.0.1/", "https://[::1]/", "ftp://example.com/", "https://localhost/"]
    {
        let refused = world.post("/v1/webhooks", json!({"url": url, "events": ["post.published", "nothing"]})).await;
        assert_eq!(refused.status, 400, "{url}: {:#}", refused.body);
        assert_eq!(
            refused.body["error"]["meta"]["issues"].as_array().map(Vec::len),
            Some(2),
            "{url}: {:#}",
            refused.body
        );
    }
    assert_eq!(world.get("/v1/webhooks").await.expect(200)["count"], 0);
}
