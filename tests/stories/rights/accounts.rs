//! The life of accounts, as far as it calls AWS.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tiktok_sim::Endpoint;

use super::revoked_in_silence;
use crate::support::{Items, World, until, video_of};

const RENEWAL: &str = "RefreshTokensFunction";

pub(super) async fn live(world: &World) {
    Items::of(world).keys_were_not_used_lately().await;
    connecting(world).await;
    renewals(world).await;
    losses(world).await;
}

/// Invites, addresses to come back to, and what is known of an account.
async fn connecting(world: &World) {
    let wanted = json!({"platform": "tiktok", "brand_id": world.brand, "expires_in_days": 1});
    let invite = world.post("/v1/invites", wanted).await.expect(201);
    world.get("/v1/invites").await.expect(200);
    world.delete(&format!("/v1/invites/{}", invite["id"].as_str().unwrap())).await.expect(204);
    let uri = world.post("/v1/oauth/redirect-uris", json!({"uri": "https://customer.example/done"})).await.expect(201);
    world.get("/v1/oauth/redirect-uris").await.expect(200);
    world.delete(&format!("/v1/oauth/redirect-uris/{}", uri["id"].as_str().unwrap())).await.expect(204);

    let path = format!("/v1/platforms/tiktok/accounts/{}", world.account);
    world.post(&format!("{path}/sync"), json!({})).await.expect(200);
    world.get(&format!("{path}/summary")).await.expect(200);
    // A process that has seen none of the tenant's keys yet, and no answer that is kept.
    world.stack.kill("AccountsFunction").await.unwrap();
    world.forget_creators().await;
    world.get(&format!("/v1/accounts/{}/creator-info", world.account)).await.expect(200);
}

/// The schedule renews what ends soon, looks at posts that are due soon, and finds out who is gone.
async fn renewals(world: &World) {
    let media = world.upload(video_of(500_000)).await;
    world.schedule(&world.account, &media, "Soon", 600).await;
    short_lived(world).await;
    let before = asked(world);
    let renewed = until(Duration::from_mins(1), async || {
        world.stack.run_schedule(RENEWAL).await.unwrap();
        (asked(world) > before).then_some(())
    });
    renewed.await.unwrap_or_else(|| panic!("nothing is renewed:\n{}", world.logs()));

    let creator = short_lived(world).await;
    let account = world.account_of(&creator).await;
    revoked_in_silence(world, &creator);
    let lost = until(Duration::from_mins(1), async || {
        world.stack.run_schedule(RENEWAL).await.unwrap();
        (shown(world, &account).await["status"] == "reconnect_required").then_some(())
    });
    lost.await.unwrap_or_else(|| panic!("nobody noticed:\n{}", world.logs()));
}

/// One account is lost by TikTok's word, one by the customer's, while a post waits for it.
async fn losses(world: &World) {
    let creator = world.connect_newcomer().await;
    let account = world.account_of(&creator).await;
    // TikTok's times have whole seconds: a removal counts only if it is later than the connection by one.
    let connected = Timestamp::now().as_second();
    until(Duration::from_secs(5), async || (Timestamp::now().as_second() > connected).then_some(())).await;
    assert!(world.tiktok.revoke_by_user(&creator, 1));
    let lost = until(Duration::from_mins(1), async || {
        (shown(world, &account).await["status"] == "reconnect_required").then_some(())
    });
    lost.await.unwrap_or_else(|| panic!("nobody noticed:\n{}", world.logs()));

    let leaving = world.newcomer().await;
    let media = world.upload(video_of(510_000)).await;
    let id = world.schedule(&leaving, &media, "Tomorrow", 86_400).await;
    // One for two accounts fails only if the other one does.
    let mut for_two = world.body(&media, "Tomorrow, for two");
    for_two.as_object_mut().unwrap().remove("publish_now");
    for_two["targets"] = json!([{"account_id": leaving}, {"account_id": world.account}]);
    for_two["scheduled_at"] = json!((Timestamp::now() + SignedDuration::from_hours(24)).to_string());
    world.post("/v1/posts", for_two).await.expect(201);
    world.disconnect(&leaving).await.expect(204);
    world.until_post(&id, "failed").await;
}

/// A creator whose token ends in a second; answers the TikTok user.
async fn short_lived(world: &World) -> String {
    world.tiktok.configure(|config| config.access_token_lifetime = Duration::from_secs(1)).unwrap();
    let creator = world.connect_newcomer().await;
    world.tiktok.configure(|config| config.access_token_lifetime = Duration::from_hours(2)).unwrap();
    creator
}

fn asked(world: &World) -> usize {
    world.tiktok.ledger().requests_to(Endpoint::Refresh).len()
}

async fn shown(world: &World, account: &str) -> Value {
    world.get(&format!("/v1/accounts/{account}")).await.expect(200)
}
