//! An endpoint is told of nothing that another tenant does, nor its own one in the other mode.

use std::collections::BTreeSet;

use serde_json::json;

use super::{endpoint, until_came, world};
use crate::support::{Delivered, Receiver, World, video_of};

/// What each is told of one publish.
const EVENTS: [&str; 3] = ["media.ready", "post.published", "post.upload_completed"];

/// Who has an endpoint of its own at this path.
struct Owner {
    path: &'static str,
    key: String,
    account: String,
}

impl Owner {
    /// Publishes, and is told all of it.
    async fn publishes(&self, world: &mut World, receiver: &Receiver) -> String {
        world.key.clone_from(&self.key);
        world.account.clone_from(&self.account);
        let media = world.upload(video_of(200_000)).await;
        world.post(&format!("/v1/media/{media}/verify"), json!({})).await.expect(200);
        let post = world.publish(&media).await;
        let told = until_came(world, receiver, self.path, EVENTS.len()).await;
        let events: BTreeSet<_> = told.iter().map(Delivered::event).collect();
        assert_eq!(events, EVENTS.map(str::to_owned).into(), "{}", self.path);
        post
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endpoints_of_other_tenants_and_of_the_other_mode_are_told_nothing() {
    let receiver = Receiver::start().await;
    let mut world = world(&receiver).await;
    let other = json!({"slipway": "create_key", "email": "other@example.com"});
    let other = world.stack.invoke("WorkspaceFunction", other).await.unwrap()["raw_key"].as_str().unwrap().to_owned();
    let tests = world.post("/v1/keys", json!({"name": "tests", "mode": "test"})).await.expect(201);
    let tests = tests["raw_key"].as_str().unwrap().to_owned();
    let mut owners = Vec::new();
    for (path, key) in [("/live", world.key.clone()), ("/other", other), ("/test", tests)] {
        world.key.clone_from(&key);
        let account = match path {
            "/live" => world.account.clone(),
            "/other" => world.newcomer().await,
            _ => world.connect().await,
        };
        endpoint(&world, &receiver, path, &EVENTS).await;
        owners.push(Owner { path, key, account });
    }
    let mut posts = Vec::new();
    for owner in &owners {
        posts.push(owner.publishes(&mut world, &receiver).await);
    }
    world.rest().await;
    for (owner, own) in owners.iter().zip(&posts) {
        let came = receiver.came(owner.path);
        assert_eq!(came.len(), EVENTS.len(), "{}: {came:#?}", owner.path);
        for other in posts.iter().filter(|post| *post != own) {
            assert!(!came.iter().any(|told| told.body.contains(other)), "{} was told of {other}", owner.path);
        }
        world.key.clone_from(&owner.key);
        let log = world.get("/v1/events?category=post").await.expect(200).to_string();
        assert_eq!(posts.iter().filter(|post| log.contains(*post)).collect::<Vec<_>>(), [own], "{}", owner.path);
    }
}
