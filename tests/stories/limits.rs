//! How many requests a tenant may make in a minute, in all functions together.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;

use crate::rules::routes;
use crate::support::{Answer, Setup, World};

/// A route of each function.
pub(crate) const ROUTES: [&str; 5] =
    ["/v1/posts", "/v1/media", "/v1/accounts", "/v1/keys/scopes", "/v1/webhooks/events"];

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_to_a_key_says_where_its_tenant_stands() {
    let world = World::with(Setup { parameters: limited_to("10000"), ..Setup::default() }).await;
    let mut routes: Vec<_> = routes().into_iter().collect();
    let leaves = |path: &str, method: Option<&str>| (path, method) == ("/v1/users/me", Some("DELETE"));
    routes.sort_by_key(|route| leaves(&route.path, route.method.as_deref()));
    let known = routes.iter().map(|route| (route.method.as_deref().unwrap(), route.path.replace(['{', '}'], "")));
    // Nobody's things, nonsense, and what there is not.
    let others = [("GET", "/v1/inbox/comments"), ("GET", "/v1/posts?limit=0"), ("POST", "/mcp")];
    let others = others.map(|(method, path)| (method, path.to_owned()));
    let mut statuses = BTreeSet::new();
    for (method, path) in others.into_iter().chain(known) {
        if !needs_a_key(&path) {
            continue;
        }
        let answer = world.request(method, &path).send().await.unwrap();
        let status = answer.status().as_u16();
        statuses.insert(status);
        let told =
            ["limit", "remaining", "reset"].map(|name| answer.headers().contains_key(format!("x-ratelimit-{name}")));
        assert_eq!(told, [true; 3], "{method} {path}: {}", answer.text().await.unwrap());
    }
    assert!([200, 400, 404, 501].iter().all(|status| statuses.contains(status)), "{statuses:?}");
}

/// What is below `/v1`, but for who has no key yet and the description; and the agents' endpoint.
fn needs_a_key(path: &str) -> bool {
    path == "/mcp" || (path.starts_with("/v1/") && !["/v1/signup", "/v1/openapi.json"].contains(&path))
}

fn limited_to(percent: &str) -> std::collections::BTreeMap<String, String> {
    [("RateLimitPercent".to_owned(), percent.to_owned())].into()
}
