//! What a caller alone does not bring about is described, too: TikTok's refusals, and pages for people.

use serde_json::json;
use tiktok_sim::{Action, Config, Endpoint, Fault};

use crate::support::described::must_be_described;
use crate::support::{Answer, Setup, World, video_of};

/// TikTok fails at this, each time.
fn fails(world: &World, endpoint: Endpoint) {
    world.tiktok.fault(Fault::on(endpoint, Action::StatusBefore { status: 503, code: None }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_of_tiktoks_is_described_wherever_it_is_asked() {
    let tiktok = Config { pull_bytes_per_second: Some(20_000), ..Config::default() };
    let world = World::with(Setup { tiktok, ..Setup::default() }).await;
    let media = world.upload(video_of(400_000)).await;
    let post = world.pull(&media, "Goes on").await;
    world.until_state(&post, "processing").await;
    fails(&world, Endpoint::Cancel);
    world.post(&format!("/v1/posts/{post}/cancel"), json!({})).await.expect(502);
    fails(&world, Endpoint::Revoke);
    world.disconnect(&world.account).await.expect(502);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_for_people_and_bodies_that_nobody_reads_are_described() {
    let world = World::new().await;
    let invite = json!({"platform": "tiktok", "brand_id": world.brand, "expires_in_days": 1});
    let invite = world.post("/v1/invites", invite).await.expect(201);
    let link = format!("/invite/{}", invite["token"].as_str().unwrap());
    for (path, header, status) in [
        (link.as_str(), ("sec-purpose", "prefetch"), 403),
        ("/invite/nobodys", ("accept", "text/html"), 404),
        ("/invite/nobodys", ("accept", "*/*"), 404),
        ("/oauth/callback/tiktok?state=nobodys", ("accept", "text/html"), 403),
    ] {
        let answer = world.request("GET", path).header(header.0, header.1).send().await.unwrap();
        let answer = Answer::read(answer).await;
        must_be_described("GET", path, &answer);
        assert_eq!(answer.status, status, "{path} {header:?}");
    }
    let path = format!("/v1/platforms/tiktok/accounts/{}/sync", world.account);
    let form = world.request("POST", &path).header("content-type", "application/x-www-form-urlencoded").body("a=1");
    let answer = Answer::read(form.send().await.unwrap()).await;
    must_be_described("POST", &path, &answer);
    assert_eq!(answer.status, 415);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brand_out_of_a_keys_reach_is_described_as_not_found() {
    let world = World::new().await;
    let key = world.post("/v1/keys", json!({"name": "narrow", "brand_ids": [world.brand]})).await.expect(201);
    let path = "/v1/accounts/connect";
    let request = world.request_with(key["raw_key"].as_str().unwrap(), "POST", path);
    let answer = request.json(&json!({"platform": "tiktok", "brand_id": "brand_others"})).send().await.unwrap();
    let answer = Answer::read(answer).await;
    must_be_described("POST", path, &answer);
    assert_eq!((answer.status, &answer.body["error"]["code"]), (404, &json!("brand.not_found")));
}
