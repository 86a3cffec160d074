//! Secrets stay out of the logs: every story ends with a search for them, this one provokes what could betray them.

use reqwest::redirect::Policy;
use serde_json::json;
use tiktok_sim::{Action, Config, Endpoint, Fault, RateLimits};
use url::Url;

use crate::support::{Setup, World, leaks, secrets_of, video_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_holds_a_secret_whatever_goes_well_or_wrong() {
    let rate_limits = RateLimits { creator_info: None, ..RateLimits::default() };
    let tiktok = Config { rate_limits, ..Config::default() };
    let world = World::with(Setup { tiktok, ..Setup::default() }).await;
    let creator_info = format!("/v1/accounts/{}/creator-info", world.account);

    // An upload that breaks: its error is about the secret URL.
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::CutInBody { after_bytes: 10_000 }).times(1));
    let media = world.upload(video_of(200_000)).await;
    let id = world.publish(&media).await;
    world.until_post(&id, "published").await;

    // The creator's browser, step by step, to get hold of the code; then the code once more, as a replay.
    let asked = world.post("/v1/accounts/connect", json!({"platform": "tiktok"})).await.expect(202);
    let browser = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let page = browser.get(asked["auth_url"].as_str().unwrap()).send().await.unwrap();
    let back: Url = page.headers()["location"].to_str().unwrap().parse().unwrap();
    let part = |name: &str| back.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let (code, state) = (part("code"), part("state"));
    assert!(browser.get(back.clone()).send().await.unwrap().status().is_success());
    let replayed = browser.get(back.clone()).send().await.unwrap();
    assert!(!replayed.text().await.unwrap().is_empty());

    // An invite, whose secret is in its path.
    let wanted = json!({"platform": "tiktok", "brand_id": world.brand, "expires_in_days": 1});
    let invite = world.post("/v1/invites", wanted).await.expect(201);
    assert_eq!(browser.get(invite["url"].as_str().unwrap()).send().await.unwrap().status(), 302);

    // A refresh that goes well, one that TikTok answers with nonsense, one that it refuses.
    world.tiktok.expire_access_tokens(None);
    world.forget_creators().await;
    world.get(&creator_info).await.expect(200);
    world.tiktok.fault(Fault::on(Endpoint::Refresh, Action::CutInAnswer { after_bytes: 40 }).times(1));
    world.tiktok.expire_access_tokens(None);
    world.forget_creators().await;
    let lost = world.get(&creator_info).await;
    assert_ne!(lost.status, 200, "half of the new pair is none");
    world.connect().await;
    world.tiktok.configure(|config| config.refuse_refresh = true).unwrap();
    world.tiktok.expire_access_tokens(None);
    world.forget_creators().await;
    assert_ne!(world.get(&creator_info).await.status, 200);

    let secrets = secrets_of(&world.tiktok, world.stack.aws());
    for name in ["client secret", "access token", "refresh token", "state", "authorization code", "data key"] {
        assert!(secrets.iter().any(|(what, _)| what.ends_with(name)), "there is a {name} to look for");
    }
    assert!(secrets.iter().any(|(_, secret)| code.starts_with(secret)) && secrets.contains(&("a state", state)));
    let logs = world.logs();
    assert!(logs.contains("tokens refreshed"), "the logs are the functions' own");
    assert_eq!(world.leaks(), [""; 0]);
    assert_eq!(
        leaks(&format!("{logs} {code}"), &secrets).len(),
        2,
        "the code would be seen, by itself and by its form"
    );
}
