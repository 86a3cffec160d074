//! The rest of the tenant's life: all that goes wrong, or comes late, and its end.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tiktok_sim::{Action, Endpoint, FailReason, Fault, PublishCommand};

use super::{Life, id};
use crate::accounts::{RECEIVER, choose, parameter};
use crate::support::{Delivered, Items, Nets, Receiver, Reply, video_of};

/// Where the endpoint is that is told of it.
pub(super) const HOOK: &str = "/troubles";

const TOLD: [&str; 10] = [
    "account.disconnected",
    "account.reconnect_required",
    "media.failed",
    "post.failed",
    "post.inbox_delivered",
    "post.no_longer_public",
    "post.partial",
    "post.publicly_available",
    "post.retried",
    "post.unconfirmed",
];

pub(super) async fn had(life: &Life<'_>, receiver: &Receiver, media: &str) {
    let endpoint = json!({"url": format!("{}{HOOK}", receiver.origin()), "events": TOLD});
    life.world.post("/v1/webhooks", endpoint).await.expect(201);
    failures(life, receiver, media).await;
    turns(life, receiver, media).await;
    doubt(life, media).await;
    accounts(life).await;
    files(life).await;
    an_endpoint_is_switched_off(life, receiver).await;
    let tool = json!({"name": "get_account_limits", "arguments": {"account_id": life.world.account}});
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": tool});
    let answer = life.world.agent().say("tools/call", tool).await;
    life.note("POST", "/mcp", Some(&message), answer);
    until_told(life, receiver, &TOLD).await;
    until_told(life, receiver, &["webhook.disabled"]).await;
    life.call("DELETE", "/v1/users/me", None).await;
}

/// A post of this text; answers its id.
async fn post(life: &Life<'_>, media: &str, text: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut body = life.world.body(media, text);
    change(&mut body);
    id(&life.world.post("/v1/posts", body).await.expect(201)).to_owned()
}

/// One of two accounts can't publish it, then the only one, which is tried again.
async fn failures(life: &Life<'_>, receiver: &Receiver, media: &str) {
    let world = life.world;
    let creator = world.connect_newcomer().await;
    let other = world.account_of(&creator).await;
    let fails = || Fault::on(Endpoint::VideoInit, Action::FailPublish { reason: FailReason::Internal }).times(1);
    world.tiktok.fault(fails().user(creator));
    let both = json!([{"account_id": world.account}, {"account_id": other}]);
    let partial = post(life, media, "For two accounts", |body| body["targets"] = both).await;
    world.until_post_by(Nets::All, &partial, "partial").await;
    life.call("DELETE", &format!("/v1/accounts/{other}"), None).await;
    // Of two such events this one is the example, and must not come after the other.
    until_told(life, receiver, &["account.disconnected"]).await;
    world.tiktok.fault(fails());
    let failed = post(life, media, "Fails once", |_| {}).await;
    world.until_post_by(Nets::All, &failed, "failed").await;
    life.post(&format!("/v1/posts/{failed}/retry"), json!({})).await;
    world.until_post_by(Nets::All, &failed, "published").await;
}

/// What a creator does with a post at TikTok.
async fn turns(life: &Life<'_>, receiver: &Receiver, media: &str) {
    let world = life.world;
    let inbox = json!({"tiktok": {"post_mode": "inbox"}});
    let inbox = post(life, media, "For the inbox", |body| body["platform_data"] = inbox).await;
    world.until_post_by(Nets::All, &inbox, "published").await;
    let shown = post(life, media, "Shown, and hidden again", |_| {}).await;
    let published = world.until_post_by(Nets::All, &shown, "published").await;
    let publish = published["targets"][0]["metadata"]["publish_id"].as_str().unwrap();
    let turns = [
        (PublishCommand::MakePublic, "post.publicly_available"),
        (PublishCommand::MakePrivate, "post.no_longer_public"),
    ];
    for (command, event) in turns {
        assert!(world.tiktok.command(publish, command), "TikTok knows the publish");
        until_told(life, receiver, &[event]).await;
    }
}

/// Nobody can tell whether TikTok was asked to fetch it.
async fn doubt(life: &Life<'_>, media: &str) {
    let world = life.world;
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::StatusBefore { status: 503, code: None }).times(1));
    let pull = |body: &mut Value| body["platform_data"]["tiktok"]["transfer"] = json!("pull");
    let lost = post(life, media, "Nobody knows", pull).await;
    world.until_post_by(Nets::All, &lost, "failed").await;
    life.post(&format!("/v1/posts/{lost}/resolve"), json!({"outcome": "not_published"})).await;
}

/// A creator comes by the customer's own page, and takes the authorization back.
async fn accounts(life: &Life<'_>) {
    let world = life.world;
    let page = json!({"redirect_uri": RECEIVER});
    let asked = json!({"platform": "tiktok", "metadata": page});
    let asked = world.post("/v1/accounts/connect", asked).await.expect(202);
    let creator = world.tiktok.add_user(tiktok_sim::User::default());
    let back = choose(&asked, &format!("&sim_user={creator}")).await;
    let (code, state) = (parameter(&back, "code").unwrap(), parameter(&back, "state").unwrap());
    let metadata = json!({"redirect_uri": page["redirect_uri"], "state": state});
    life.post("/v1/oauth/exchange", json!({"platform": "tiktok", "code": code, "metadata": metadata})).await;
    assert!(world.tiktok.revoke_by_user(&creator, 1), "there was something to take back");
}

async fn files(life: &Life<'_>) {
    let world = life.world;
    let text = world.upload(b"This is no video.".to_vec()).await;
    life.call("POST", &format!("/v1/media/{text}/verify"), None).await;
    let whole = world.upload(video_of(310_000)).await;
    life.call("POST", &format!("/v1/media/{whole}/complete"), None).await;
}

async fn an_endpoint_is_switched_off(life: &Life<'_>, receiver: &Receiver) {
    let world = life.world;
    let endpoint = json!({"url": format!("{}/broken", receiver.origin()), "events": ["media.ready"]});
    world.post("/v1/webhooks", endpoint).await.expect(201);
    receiver.always("/broken", Reply::status(503));
    for size in [320_000, 330_000] {
        let media = world.upload(video_of(size)).await;
        world.post(&format!("/v1/media/{media}/verify"), json!({})).await.expect(200);
        let came = world.in_time(Nets::All, async || (!receiver.came("/broken").is_empty()).then_some(()));
        came.await.expect("it is told");
        world.rest().await;
        Items::of(world).failing_for_a_week().await;
    }
}

/// Waits until the endpoint has been told of each of these.
async fn until_told(life: &Life<'_>, receiver: &Receiver, wanted: &[&str]) {
    let missing = || {
        let told: BTreeSet<_> = receiver.came(HOOK).iter().map(Delivered::event).collect();
        wanted.iter().filter(|event| !told.contains(**event)).copied().collect::<Vec<_>>()
    };
    let told = life.world.in_time(Nets::All, async || missing().is_empty().then_some(()));
    assert!(told.await.is_some(), "never told of {:?}:\n{}", missing(), life.world.story_of(""));
}
