//! Refusals that callers must expect, and what is done in part. Where a limit is met, in worlds of their own.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tiktok_sim::{Action, Endpoint, Fault};

use super::{Got, Life, id};
use crate::support::{Answer, Nets, Setup, World, until, video_of};

/// What callers should have seen before they meet it: the example, and the code in it.
pub(super) const SEEN: [(&str, &str); 21] = [
    ("completeUpload.409", "resource.conflict"),
    ("createBrand.400", "validation.field_invalid"),
    ("createBrand.422", "idempotency.key_reused"),
    ("createPost.400", "validation.field_required"),
    ("createPost.403", "account.reconnection_required"),
    ("createPost.404", "account.not_found"),
    ("createPost.409", "resource.conflict"),
    ("createPost.410", "resource.gone"),
    ("createPost.413", "billing.storage_quota"),
    ("createPost.415", "http.415"),
    ("createPost.422", "publishing.media.rejected"),
    ("createPost.429", "validation.post_limit_exhausted"),
    ("createUploadUrl.413", "billing.storage_quota"),
    ("getCreatorInfo.502", "platform.tiktok.api_error"),
    ("getPost.404", "post.not_found"),
    ("getUsage.401", "auth.invalid_key"),
    ("listAccounts.429", "ratelimit.exceeded"),
    ("listPosts.403", "auth.insufficient_scope"),
    ("resolvePost.409", "post.state_invalid"),
    ("retryPost.400", "post.no_retryable_deliveries"),
    ("unpublishPost.501", "resource.not_supported"),
];

impl Life<'_> {
    /// The same with this header.
    async fn post_with(&self, header: (&str, &str), path: &str, body: Value) -> Value {
        // A kind that is said already stands.
        let request = self.world.request("POST", path).header(header.0, header.1).json(&body);
        let answer = Answer::read(request.send().await.expect("the API answers")).await;
        self.note("POST", path, Some(&body), answer)
    }
}

/// What is wrong with a request, whoever sends it.
pub(super) async fn at_once(life: &Life<'_>, media: &str) {
    let (world, brands) = (life.world, "/v1/brands");
    let narrow = world.post("/v1/keys", json!({"name": "Narrow", "scopes": ["accounts:read"]})).await.expect(201);
    let narrow = world.request_with(narrow["raw_key"].as_str().unwrap(), "GET", "/v1/posts").send().await.unwrap();
    life.note("GET", "/v1/posts", None, Answer::read(narrow).await);

    let key = ("idempotency-key", "boats-1");
    let brand = life.post_with(key, brands, json!({"name": "More boats"})).await;
    life.post_with(key, brands, json!({"name": "Other boats"})).await;
    life.post_with(("idempotency-key", &"x".repeat(256)), brands, json!({"name": "No boats"})).await;
    world.delete(&format!("{brands}/{}", id(&brand))).await;

    let both = json!([{"account_id": world.account}, {"account_id": "acc_unknown"}]);
    let mut body = world.body(media, "For one that is there, and one that is not");
    body["targets"] = both;
    let partly = life.post("/v1/posts", body).await;
    world.until_post_by(Nets::All, id(&partly), "published").await;
    let mut body = world.body(media, "For nobody");
    body["targets"] = json!([{"account_id": "acc_unknown"}]);
    life.post("/v1/posts", body).await;
    let mut again = world.body(media, "Hello again");
    again["platform_data"]["tiktok"]["disable_comment"] = json!(true);
    life.post("/v1/posts", again).await;
    let form = world.request("POST", "/v1/posts").header("content-type", "application/x-www-form-urlencoded");
    let form = form.body("text=Hello").send().await.unwrap();
    life.note("POST", "/v1/posts", None, Answer::read(form).await);
    let text = world.upload(b"This is no video.".to_vec()).await;
    life.post("/v1/posts", world.body(&text, "No video")).await;
    let mut draft = world.body(media, "A draft that goes");
    draft["publish_now"] = json!(false);
    let kept = life.post_with(("idempotency-key", "post-1"), "/v1/posts", draft.clone()).await;
    world.delete(&format!("/v1/posts/{}", id(&kept))).await.expect(200);
    life.post_with(("idempotency-key", "post-1"), "/v1/posts", draft).await;

    // Without an id the path ends in a slash. A client that follows by itself does not see it.
    let here = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let moved = here.get(format!("{}/v1/accounts/", world.stack.api_url())).bearer_auth(&world.key).send().await;
    let moved = Answer::read(moved.unwrap()).await.expect(308);
    life.got.lock().unwrap().insert("getAccount.308".to_owned(), json!({"request": null, "answer": moved}));
}

/// What is refused by a plan, by TikTok, and for want of the creator's consent.
pub(super) async fn in_a_small_plan(got: &Got) {
    let parameters = [("DefaultPlan".to_owned(), "hobby".to_owned())].into();
    let world = World::with(Setup { parameters, ..Setup::default() }).await;
    let life = Life { world: &world, got };
    let reserved = world.post("/v1/media/upload-url", json!({"size_bytes": 99_900_000})).await.expect(200);
    life.post("/v1/media/upload-url", json!({"size_bytes": 40_000_000})).await;
    let silent = world.get("/v1/media/upload-url").await.expect(200);
    let put = reqwest::Client::new().put(silent["upload_url"].as_str().unwrap()).body(video_of(200_000)).send().await;
    assert!(put.unwrap().status().is_success());
    let media = silent["media_id"].as_str().unwrap();
    life.post("/v1/posts", world.body(media, "Too large")).await;
    world.delete(&format!("/v1/media/{}", reserved["media_id"].as_str().unwrap())).await;

    // Any number of them may wait.
    let at = (Timestamp::now() + SignedDuration::from_hours(24)).to_string();
    for number in 0..11 {
        let mut body = world.body(media, &format!("Number {number}"));
        body.as_object_mut().unwrap().remove("publish_now");
        body["scheduled_at"] = json!(at);
        if number < 10 {
            world.post("/v1/posts", body).await.expect(201);
        } else {
            life.post("/v1/posts", body).await;
        }
    }

    let info = format!("/v1/accounts/{}/creator-info", world.account);
    world.forget_creators().await;
    world.tiktok.fault(Fault::on(Endpoint::CreatorInfo, Action::StatusBefore { status: 503, code: None }));
    life.get(&info).await;
    world.tiktok.clear_faults();
    // TikTok's times have whole seconds: a removal counts only if it is later than the connection by one.
    let connected = Timestamp::now().as_second();
    until(Duration::from_secs(5), async || (Timestamp::now().as_second() > connected).then_some(())).await;
    assert!(world.tiktok.revoke_by_user(&world.tiktok.users().remove(0), 1), "there was something to take back");
    let lost = until(Duration::from_secs(30), async || {
        let account = world.get(&format!("/v1/accounts/{}", world.account)).await.expect(200);
        (account["status"] == "reconnect_required").then_some(())
    });
    lost.await.unwrap_or_else(|| panic!("nobody noticed:\n{}", world.story_of("")));
    let mut draft = world.body(media, "Of a creator who is gone");
    draft["publish_now"] = json!(false);
    life.post("/v1/posts", draft).await;
}

/// What is refused to whoever asks too often.
pub(super) async fn in_a_hurry(got: &Got) {
    // Six requests a minute.
    let parameters = [("RateLimitPercent".to_owned(), "10".to_owned())].into();
    let world = World::with(Setup { parameters, ..Setup::default() }).await;
    let life = Life { world: &world, got };
    for _ in 0..30 {
        life.get("/v1/accounts").await;
        if got.lock().unwrap().contains_key("listAccounts.429") {
            return;
        }
    }
}
