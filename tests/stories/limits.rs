//! How many requests a tenant may make in a minute, in all functions together.

use jiff::Timestamp;
use serde_json::json;

use crate::support::{Answer, Setup, World};

/// A route of each function.
const ROUTES: [&str; 5] = ["/v1/posts", "/v1/media", "/v1/accounts", "/v1/keys/scopes", "/v1/webhooks/events"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_functions_count_one_minute_and_each_tenant_has_its_own() {
    // 60 requests a minute and half as many more.
    let world = World::with(Setup { parameters: limited_to("150"), ..Setup::default() }).await;
    let key = |made: serde_json::Value| made["raw_key"].as_str().unwrap().to_owned();
    let other = json!({"slipway": "create_key", "email": "other@example.com"});
    let other = key(world.stack.invoke("WorkspaceFunction", other).await.unwrap());
    let (mut answered, mut refused) = (0, None);
    let began = Timestamp::now().as_second().div_euclid(60);
    // A minute may end meanwhile, and the next one, too, on a slow machine.
    for path in ROUTES.iter().cycle().take(600) {
        let answer = world.request("GET", path).send().await.unwrap();
        let number = |name: &str| answer.headers()[name].to_str().unwrap().parse::<u64>().unwrap();
        assert_eq!((number("x-ratelimit-limit"), (1..=60).contains(&number("x-ratelimit-reset"))), (90, true));
        if answer.status() == 429 {
            let wait = number("retry-after");
            refused = Some((wait, number("x-ratelimit-remaining"), *path, Answer::read(answer).await));
            break;
        }
        assert_eq!(answer.status(), 200, "{path}");
        answered += 1;
    }
    let minutes = Timestamp::now().as_second().div_euclid(60) - began + 1;
    assert!(answered <= 90 * minutes, "{answered} were answered in {minutes} minutes");
    let (wait, remaining, path, refused) = refused.expect("somebody is refused");
    assert_eq!((refused.body["error"]["code"].as_str(), remaining), (Some("ratelimit.exceeded"), 0));
    assert!(answered >= 45 && (1..=60).contains(&wait), "{answered} were answered, {path} waits for {wait} s");
    for path in ROUTES {
        let neighbour = world.request_with(&other, "GET", path).send().await.unwrap();
        assert_eq!(neighbour.status(), 200, "{path} by a neighbour");
    }
}

fn limited_to(percent: &str) -> std::collections::BTreeMap<String, String> {
    [("RateLimitPercent".to_owned(), percent.to_owned())].into()
}
