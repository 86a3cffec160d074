//! What all lists have in common.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::rules::routes;
use crate::support::{Receiver, Setup, World, video_of};

/// The filters by which things of one kind are named, wherever there are such things, and one that there is not.
const KINDS: [(&[&str], &str); 3] = [
    (&["account_ids", "account_id"], "acc_none"),
    (&["brand_ids", "brand_id"], "brand_none"),
    (&["platform"], "youtube"),
];

/// Every list, and what of these it is narrowed by.
const LISTS: [(&str, &[&str]); 11] = [
    ("/v1/accounts", &["brand_ids", "platform"]),
    ("/v1/brands", &[]),
    ("/v1/events", &["account_ids", "platform"]),
    ("/v1/invites", &["brand_ids", "platform"]),
    ("/v1/keys", &[]),
    ("/v1/media", &[]),
    ("/v1/oauth/redirect-uris", &[]),
    ("/v1/posts", &["account_ids", "brand_ids", "platform"]),
    ("/v1/posts/{id}/timeline", &["account_ids"]),
    ("/v1/webhooks", &[]),
    ("/v1/webhooks/{id}/deliveries", &[]),
];

/// One thing of each kind that is listed, as the paths name those that things are listed below.
async fn one_of_each(world: &World, receiver: &Receiver) -> BTreeMap<&'static str, String> {
    let media = world.upload(video_of(200_000)).await;
    let mut draft = world.body(&media, "A draft");
    draft["publish_now"] = json!(false);
    let post = world.post("/v1/posts", draft).await.expect(201);
    let invite = json!({"platform": "tiktok", "brand_id": world.brand, "expires_in_days": 7});
    world.post("/v1/invites", invite).await.expect(201);
    world.post("/v1/oauth/redirect-uris", json!({"uri": "https://app.example/done"})).await.expect(201);
    let endpoint = json!({"url": format!("{}/hook", receiver.origin()), "events": ["post.published"]});
    let webhook = world.post("/v1/webhooks", endpoint).await.expect(201);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let trial = json!({"event_type": "post.published", "payload": {}});
    world.post(&format!("/v1/webhooks/{}/test", text(&webhook["id"])), trial).await.expect(200);
    [("/v1/posts/", text(&post["id"])), ("/v1/webhooks/", text(&webhook["id"]))].into()
}

/// How many things a page shows.
fn shown(page: &Value) -> usize {
    page["data"].as_array().or(page["events"].as_array()).unwrap().len()
}

fn warnings(page: &Value) -> String {
    page["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_means_the_same_on_every_list_and_none_is_ignored_in_silence() {
    let receiver = Receiver::start().await;
    let parameters = [("WebhookTrustedOrigins".to_owned(), receiver.origin())];
    let world = World::with(Setup { parameters: parameters.into(), ..Setup::default() }).await;
    let ids = one_of_each(&world, &receiver).await;
    let mut lists = Vec::new();
    for route in routes().into_iter().filter(|route| route.method.as_deref() == Some("GET")) {
        let owner = ids.iter().find(|(start, _)| route.path.starts_with(**start));
        let path = owner.map_or_else(|| route.path.clone(), |(_, id)| route.path.replace("{id}", id));
        if !path.starts_with("/v1/") || path.contains('{') {
            continue;
        }
        let all = world.get(&path).await;
        if all.status != 200 || !all.body["pagination"].is_object() {
            continue;
        }
        assert!(shown(&all.body) > 0, "{path} shows something: {:#}", all.body);
        let strict = async |query: &str| {
            let request = world.request("GET", &format!("{path}?{query}")).header("prefer", "handling=strict");
            crate::support::Answer::read(request.send().await.unwrap()).await
        };
        strict("limit[]=1").await.expect(200);
        strict("cursor=nonsense").await.refused(400, "validation.field_invalid", "cursor");
        let mut taken = Vec::new();
        for (names, none) in KINDS {
            for name in names {
                let refused = strict(&format!("{name}={none}")).await;
                if refused.status == 400 {
                    refused.refused(400, "validation.field_invalid", name);
                    assert!(!taken.contains(&names[0]), "{path} takes {} and not {name}", names[0]);
                    let warned = world.get(&format!("{path}?{name}={none}")).await.expect(200);
                    assert_eq!(shown(&warned), shown(&all.body), "{path} {name}");
                    assert!(warnings(&warned).contains(name), "{path} {name}: {warned:#}");
                    continue;
                }
                for query in [format!("={none}"), format!("[]={none}"), format!("={none},{none}")] {
                    let page = strict(&format!("{name}{query}")).await.expect(200);
                    assert_eq!(shown(&page), 0, "{path} {name}{query}: {page:#}");
                }
                // There is one platform, and clients know others. What is no id is a mistake.
                for text in ["nonsense", "post_1", &format!("{none},x")].iter().filter(|_| *name != "platform") {
                    let refused = world.get(&format!("{path}?{name}={text}")).await;
                    refused.refused(400, "validation.field_invalid", name);
                }
                if *name == names[0] {
                    taken.push(*name);
                }
            }
        }
        lists.push((route.path, taken));
    }
    let expected: Vec<_> = LISTS.iter().map(|(path, taken)| ((*path).to_owned(), taken.to_vec())).collect();
    assert_eq!(lists, expected, "the lists (left) and their table (right) differ");
}
