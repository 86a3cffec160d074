//! A brand is deleted with all that is its own, wherever the request or the job dies, and the rest of the tenant stays.

use std::sync::Arc;

use aws_stand_in::Moment;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tiktok_sim::{Action, Endpoint, Fault, User};

use super::owner::{Owner, text};
use super::{JOB, world};
use crate::support::{Items, Receiver, World, die_at, has_died};

const DYING: &[&str] = &["AccountsFunction", JOB];

/// A brand of an owner's, with one thing of each kind.
struct Brand {
    owner: Owner,
    id: String,
    account: String,
    creator: String,
    /// Whoever has a key of this brand alone, and whoever has one of the owner's first brand, too.
    alone: Owner,
    several: Owner,
    /// Media of this brand alone, and media of both.
    own_media: String,
    shared_media: String,
    /// Where the file of the first can be read.
    own_file: String,
    /// A post of the first that is to be published tomorrow.
    post: String,
    invite: String,
    /// An endpoint that is told of this brand alone.
    own_endpoint: String,
    /// One that is told of the owner's first brand, too.
    shared_endpoint: String,
}

impl Brand {
    async fn new(world: &World, receiver: &Receiver, email: &str) -> Self {
        let owner = Owner::new(world, receiver, email).await;
        let made = async |path: &str, body: Value| text(&owner.ask("POST", path, body).await.expect(201)["id"]);
        let id = made("/v1/brands", json!({"name": "goes"})).await;
        let creator = world.tiktok.add_user(User::default());
        let account = owner.connect(&creator, &json!({"brand_id": id})).await;
        let first = owner.ask("GET", "/v1/brands", json!({})).await.expect(200)["data"][0]["id"].clone();
        let of_brands = async |brands: Value| {
            let made = owner.ask("POST", "/v1/keys", json!({"name": "k", "brand_ids": brands})).await.expect(201);
            owner.with_key(&made["raw_key"])
        };
        let (alone, several) = (of_brands(json!([id])).await, of_brands(json!([id, first])).await);
        let (own_media, shared_media) = (alone.upload().await, several.upload().await);
        let own_file = alone.link_to(&own_media).await;
        let post = json!({
            "text": "tomorrow",
            "media_ids": [own_media],
            "targets": [{"account_id": account}],
            "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}},
            "scheduled_at": (Timestamp::now() + SignedDuration::from_hours(24)).to_string(),
        });
        let post = made("/v1/posts", post).await;
        let invite = json!({"platform": "tiktok", "brand_id": id, "expires_in_days": 7});
        let invite = made("/v1/invites", invite).await;
        let endpoint = |brands: Value| json!({"url": format!("{}/{email}", receiver.origin()), "events": ["post.published"], "brand_ids": brands});
        let own_endpoint = made("/v1/webhooks", endpoint(json!([id]))).await;
        let shared_endpoint = made("/v1/webhooks", endpoint(json!([id, first]))).await;
        Self {
            owner,
            id,
            account,
            creator,
            alone,
            several,
            own_media,
            shared_media,
            own_file,
            post,
            invite,
            own_endpoint,
            shared_endpoint,
        }
    }

    /// Asks for its deletion until the answer says that it is accepted: whose first request was lost asks again.
    async fn delete(&self) {
        let answer = self.owner.ask("DELETE", &format!("/v1/brands/{}", self.id), json!({})).await;
        assert!(matches!(answer.status, 204 | 404), "{}", answer.status);
    }

    /// It is for everybody as if it had never been.
    async fn is_seen_by_nobody(&self) {
        let path = format!("/v1/brands/{}", self.id);
        let renamed = self.owner.ask("PATCH", &path, json!({"name": "n"})).await.expect(404);
        assert_eq!(renamed["error"]["code"], "brand.not_found");
        let listed = self.owner.ask("GET", "/v1/brands", json!({})).await.expect(200).to_string();
        assert!(!listed.contains(&self.id), "{listed}");
        let connect = json!({"platform": "tiktok", "brand_id": self.id});
        let refused = self.owner.ask("POST", "/v1/accounts/connect", connect).await.expect(400);
        assert_eq!(refused["error"]["code"], "validation.brand_invalid");
    }

    fn is_revoked(&self, world: &World) -> bool {
        world.tiktok.ledger().grants.iter().filter(|grant| grant.open_id == self.creator).all(|grant| grant.revoked)
    }

    /// The job has done its part: nothing of the brand is left, and all else is there.
    async fn is_gone(&self, world: &World) {
        let items = Items::of(world);
        assert!(!items.knows_account(&self.account).await, "{}", world.story_of(&self.account));
        assert_eq!(items.state(&self.post).await, "failed", "{}", world.story_of(&self.post));
        let left = items.left_of(&[self.id.clone(), self.invite.clone()]).await;
        // What happened is in the log, a post says whose it was, and deleted media of what brand it was.
        let tables = ["AccountsTable", "WebhooksTable", "TenantsTable"];
        let left: Vec<_> = left.keys().filter(|key| tables.iter().any(|table| key.starts_with(table))).collect();
        assert_eq!(left, [""; 0], "{}", world.story_of(&self.id));
        assert_eq!(self.alone.ask("GET", "/v1/users/me", json!({})).await.status, 401, "its keys open nothing");
        let seen = self.several.ask("GET", "/v1/brands", json!({})).await.expect(200);
        assert_eq!(seen["data"].as_array().map(Vec::len), Some(1), "{seen:#}");
        let media = |id: &str| format!("/v1/media/{id}");
        self.several.ask("GET", &media(&self.shared_media), json!({})).await.expect(200);
        assert_eq!(self.owner.ask("GET", &media(&self.own_media), json!({})).await.status, 404);
        assert!(!self.owner.can_read(&self.own_file).await, "its file is gone");
        let endpoint = |id: &str| format!("/v1/webhooks/{id}");
        assert_eq!(self.owner.ask("GET", &endpoint(&self.own_endpoint), json!({})).await.status, 404);
        let shared = self.owner.ask("GET", &endpoint(&self.shared_endpoint), json!({})).await.expect(200);
        assert_eq!(shared["brand_ids"].as_array().map(Vec::len), Some(1), "{shared:#}");
        self.owner.ask("GET", &format!("/v1/accounts/{}", self.owner.account), json!({})).await.expect(200);
        let other = self.owner.ask("GET", &format!("/v1/posts/{}", self.owner.post), json!({})).await.expect(200);
        assert_eq!(other["status"], "scheduled", "{other:#}");
    }
}

/// The request and the job are killed at every call to AWS that they make. Whatever they left, the next run does.
async fn killed_at_every_call(moment: Moment) {
    let receiver = Receiver::start().await;
    let world = Arc::new(world(&receiver).await);
    let mut brands = Vec::new();
    for call in 1.. {
        let brand = Brand::new(&world, &receiver, &format!("brand-{call}@example.com")).await;
        die_at(&world, DYING, call, moment);
        // A killed function answers nothing.
        let _ = brand.owner.ask("DELETE", &format!("/v1/brands/{}", brand.id), json!({})).await;
        let _ = world.stack.run_schedule(JOB).await;
        brands.push(brand);
        if !has_died(&world, call) {
            break;
        }
    }
    let deaths = brands.len() - 1;
    assert!(deaths >= 18, "only {deaths} deaths");
    println!("killed {moment:?} each of {deaths} AWS calls");
    for brand in &brands {
        brand.delete().await;
        brand.is_seen_by_nobody().await;
    }
    for _ in 0..2 {
        world.let_pass(1).await;
        world.stack.run_schedule(JOB).await.expect("it runs");
    }
    for brand in &brands {
        brand.is_gone(&world).await;
        assert!(brand.is_revoked(&world));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brands_deletion_survives_a_crash_before_any_call_to_aws() {
    killed_at_every_call(Moment::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brands_deletion_survives_a_crash_right_after_any_call_to_aws() {
    killed_at_every_call(Moment::After).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brand_goes_though_tiktok_takes_no_revocation() {
    let receiver = Receiver::start().await;
    let world = world(&receiver).await;
    let brand = Brand::new(&world, &receiver, "brand@example.com").await;
    world.tiktok.fault(Fault::on(Endpoint::Revoke, Action::StatusBefore { status: 500, code: None }));
    brand.delete().await;
    brand.is_seen_by_nobody().await;
    assert!(Items::of(&world).knows_account(&brand.account).await, "it is tried again");
    for _ in 0..2 {
        world.let_pass(1).await;
        world.stack.run_schedule(JOB).await.expect("it runs");
    }
    brand.is_gone(&world).await;
}
