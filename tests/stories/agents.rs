//! What agents do: the whole way from an account to a published post, and what they are refused, over the Model Context
//! Protocol.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Agent, Receiver, Setup, Site, World, sha256, video_of};

async fn world(site: &Site) -> World {
    let parameters = BTreeMap::from([("ImportTrustedOrigins".to_owned(), site.origin())]);
    World::with(Setup { parameters, ..Setup::default() }).await
}

/// The post of this media for the creator alone.
fn post(world: &World, media: &Value) -> Value {
    post_to(&json!(world.account), media)
}

/// The same for this account.
fn post_to(account: &Value, media: &Value) -> Value {
    json!({
        "text": "By an agent", "media_ids": [media], "targets": [{"account_id": account}],
        "platform_data": {"tiktok": {
            "privacy_level": "SELF_ONLY", "brand_organic_toggle": false, "brand_content_toggle": false, "is_aigc": false,
        }},
    })
}

fn with(mut arguments: Value, more: &Value) -> Value {
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    arguments
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_publishes_once_what_its_creator_wants() {
    let site = Site::start().await;
    let (world, video) = (world(&site).await, video_of(350_000));
    let agent = world.agent();

    let accounts = agent.call("list_accounts", json!({})).await;
    let account = accounts["data"][0]["id"].clone();
    assert_eq!(account, world.account.as_str());
    let creator = agent.call("get_creator_info", json!({"account_id": account})).await;
    assert!(creator["privacy_level_options"].as_array().unwrap().contains(&json!("SELF_ONLY")), "{creator:#}");

    let url = site.file("/agent.mp4", &video);
    let import = json!({"url": url, "idempotency_key": "import-1"});
    let dry = agent.call("upload_media_from_url", with(import.clone(), &json!({"dry_run": true}))).await;
    assert_eq!((&dry["dry_run"], &dry["answer"]["count"]), (&json!(true), &json!(0)), "{dry:#}");
    let media = agent.call("upload_media_from_url", import.clone()).await;
    let again = agent.ask("upload_media_from_url", import).await;
    assert_eq!(again["structuredContent"]["id"], media["id"], "{again:#}");
    assert!(again["content"][0]["text"].as_str().unwrap().contains("nothing was done twice"), "{again:#}");
    let ready = agent.call("get_media", json!({"media_id": media["id"], "wait_seconds": 20})).await;
    assert_eq!(ready["status"], "ready", "{ready:#}");

    // What nobody has said is asked for, and not assumed.
    let mut unsaid = post(&world, &media["id"]);
    unsaid["platform_data"] = json!({});
    let unsaid = with(unsaid, &json!({"publish_now": true}));
    let verdict = agent.call("validate_post", unsaid.clone()).await;
    assert_eq!(verdict["valid"], false, "{verdict:#}");
    let (code, text) = agent.refused("create_post", unsaid).await;
    assert!(code == "validation.field_required" && text.contains("privacy_level"), "{code}: {text}");

    let wanted = with(post(&world, &media["id"]), &json!({"publish_now": true}));
    let verdict = agent.call("validate_post", wanted.clone()).await;
    assert_eq!(verdict["valid"], true, "{verdict:#}");
    let wanted = with(wanted, &json!({"idempotency_key": "post-1"}));
    let dry = agent.call("create_post", with(wanted.clone(), &json!({"dry_run": true}))).await;
    assert_eq!((&dry["dry_run"], &dry["answer"]["valid"]), (&json!(true), &json!(true)), "{dry:#}");
    assert_eq!(agent.call("list_posts", json!({})).await["count"], 0, "a dry run makes nothing");

    let created = agent.call("create_post", wanted.clone()).await;
    assert_eq!(agent.call("create_post", wanted.clone()).await["id"], created["id"]);
    let (code, _) = agent.refused("create_post", with(wanted, &json!({"text": "Other words"}))).await;
    assert_eq!(code, "idempotency.key_reused");
    let id = json!({"post_id": created["id"]});
    let mut shown = agent.call("get_post", with(id.clone(), &json!({"wait_seconds": 20}))).await;
    if shown["status"] == "publishing" {
        shown = agent.call("get_post", with(id.clone(), &json!({"wait_seconds": 20}))).await;
    }
    assert_eq!(shown["status"], "published", "{shown:#}");
    world.published_once(&sha256(&video));
    let timeline = agent.call("get_post_timeline", id.clone()).await;
    let steps: Vec<_> =
        timeline["data"].as_array().unwrap().iter().map(|step| step["state"].as_str().unwrap()).collect();
    assert!(steps.contains(&"uploading") && steps.ends_with(&["published"]), "{steps:?}");

    let (code, text) = agent.refused("retry_post", id.clone()).await;
    assert!(code == "post.no_retryable_deliveries" && text.contains("change it first"), "{code}: {text}");
    let (code, _) = agent.refused("cancel_post", id).await;
    assert_eq!(code, "post.state_invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_published_on_a_second_word_and_read_as_a_resource() {
    let site = Site::start().await;
    let world = world(&site).await;
    let agent = world.agent();
    let media = world.upload(video_of(360_000)).await;
    let draft = agent.call("create_post", post(&world, &json!(media))).await;
    assert_eq!(draft["status"], "draft");
    let id = json!({"post_id": draft["id"]});
    let dry = agent.call("publish_post", with(id.clone(), &json!({"dry_run": true}))).await;
    assert_eq!(dry["answer"]["status"], "draft", "{dry:#}");
    assert_eq!(agent.call("get_post", id.clone()).await["status"], "draft", "a dry run does nothing");
    agent.call("publish_post", id.clone()).await;
    world.until_post(draft["id"].as_str().unwrap(), "published").await;
    // As the call itself would be.
    let (state, none_failed) = ("post.state_invalid", "post.no_retryable_deliveries");
    for (tool, expected) in [("publish_post", state), ("retry_post", none_failed), ("update_post", state)] {
        for dry_run in [true, false] {
            let wanted = with(id.clone(), &json!({"dry_run": dry_run, "idempotency_key": format!("{tool} {dry_run}")}));
            let (code, text) = agent.refused(tool, wanted).await;
            assert_eq!(code, expected, "{tool} {dry_run}: {text}");
            assert!(text.contains("change it first"), "{text}");
        }
    }

    let read = async |uri: String| agent.say("resources/read", json!({"uri": uri})).await.expect(200);
    let timeline = read(format!("slipway://posts/{}/timeline", draft["id"].as_str().unwrap())).await;
    assert!(timeline["result"]["contents"][0]["text"].as_str().unwrap().contains("published"), "{timeline:#}");
    let limits = read(format!("slipway://accounts/{}/limits", world.account)).await;
    assert!(limits["result"]["contents"][0]["text"].as_str().unwrap().contains("privacy_level_options"), "{limits:#}");
    let rules = read("slipway://rules/captions-and-disclosure".to_owned()).await;
    let rules = rules["result"]["contents"][0]["text"].as_str().unwrap();
    assert!(rules.contains("never assumed") && rules.contains("\"tiktok\""), "{rules}");
    let none = read("slipway://posts/post_none/timeline".to_owned()).await;
    assert!(none["error"]["message"].as_str().unwrap().contains("post.not_found"), "{none:#}");
    let prompt =
        json!({"name": "publish_a_video", "arguments": {"url": "https://example.com/a.mp4", "caption": "Hello"}});
    let prompt = agent.say("prompts/get", prompt).await.expect(200);
    let text = prompt["result"]["messages"][0]["content"]["text"].as_str().unwrap();
    assert!(text.contains("https://example.com/a.mp4") && text.contains("who may see it?"), "{text}");
}

/// What an agent has made of this account and this media, and these, by the names by which tools ask for them.
async fn things_of(agent: &Agent<'_>, receiver: &Receiver, account: &Value, media: &Value) -> Value {
    let draft = agent.call("create_post", post_to(account, media)).await;
    let endpoint = json!({"url": format!("{}/hook", receiver.origin()), "events": ["post.published"]});
    let webhook = agent.call("create_webhook", endpoint).await;
    json!({"post_id": draft["id"], "account_id": account, "media_id": media, "webhook_id": webhook["id"]})
}

/// Whatever this agent names of these, by any tool that names something, is not there.
async fn finds_nothing(stranger: &Agent<'_>, things: &Value) {
    let listed = stranger.say("tools/list", json!({})).await.expect(200);
    let mut asked = 0;
    for tool in listed["result"]["tools"].as_array().unwrap() {
        let name = tool["name"].as_str().unwrap();
        let takes = tool["inputSchema"]["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let ids: Vec<_> = takes.filter(|takes| takes.ends_with("_id")).collect();
        assert!(
            ids.iter().all(|id| things[id].is_string()),
            "{name}: say what it could name of another one's: {ids:?}"
        );
        let [id] = ids[..] else { continue };
        let mut arguments = json!({});
        arguments[id] = things[id].clone();
        let (code, text) = stranger.refused(name, arguments).await;
        assert!(code.ends_with(".not_found"), "{name}: {code}: {text}");
        asked += 1;
    }
    assert!(asked >= 11, "the tools that name something are found: {asked}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_finds_nothing_that_is_another_tenants() {
    let receiver = Receiver::start().await;
    let parameters = [("WebhookTrustedOrigins".to_owned(), receiver.origin())];
    let world = World::with(Setup { parameters: parameters.into(), ..Setup::default() }).await;
    let media = json!(world.upload(video_of(200_000)).await);
    let things = things_of(&world.agent(), &receiver, &json!(world.account), &media).await;
    let other = json!({"slipway": "create_key", "email": "other@example.com"});
    let other = world.stack.invoke("WorkspaceFunction", other).await.unwrap();
    let own_tests = world.post("/v1/keys", json!({"name": "tests", "mode": "test"})).await.expect(201);
    // Another tenant, and the same one in test mode.
    for key in [other, own_tests] {
        let stranger = world.agent_with(key["raw_key"].as_str().unwrap());
        finds_nothing(&stranger, &things).await;
        let (code, _) = stranger.refused("create_post", post(&world, &media)).await;
        assert!(code.ends_with(".not_found"), "{code}");
        for list in ["list_accounts", "list_posts", "list_webhooks"] {
            assert_eq!(stranger.call(list, json!({})).await["count"], 0, "{list}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_of_one_brand_finds_nothing_that_is_another_ones() {
    let (site, receiver) = (Site::start().await, Receiver::start().await);
    let parameters = [("WebhookTrustedOrigins", receiver.origin()), ("ImportTrustedOrigins", site.origin())];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value));
    let world = World::with(Setup { parameters: parameters.into(), ..Setup::default() }).await;
    let of_brand = async |name: &str| {
        let brand = world.post("/v1/brands", json!({"name": name})).await.expect(201)["id"].clone();
        let key = world.post("/v1/keys", json!({"name": name, "brand_ids": [brand]})).await.expect(201);
        (brand, key["raw_key"].as_str().unwrap().to_owned())
    };
    let ((brand, key), (_, of_another)) = (of_brand("One").await, of_brand("Another").await);
    let (owner, stranger) = (world.agent_with(&key), world.agent_with(&of_another));
    let account = json!(world.newcomer_of(brand.as_str().unwrap()).await);
    // What a key of the brand brings is the brand's.
    let import = json!({"url": site.file("/one.mp4", &video_of(200_000))});
    let media = owner.call("upload_media_from_url", import).await["id"].clone();
    owner.call("get_media", json!({"media_id": media, "wait_seconds": 20})).await;
    let things = things_of(&owner, &receiver, &account, &media).await;
    finds_nothing(&stranger, &things).await;
    for list in ["list_accounts", "list_posts", "list_webhooks"] {
        assert_eq!(owner.call(list, json!({})).await["count"], 1, "{list}");
        assert_eq!(stranger.call(list, json!({})).await["count"], 0, "{list}");
    }
}

/// The gateway passes on whatever host and page a request names; the endpoint knows its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_of_another_name_or_without_a_key_does_nothing() {
    let site = Site::start().await;
    let world = world(&site).await;
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    for (name, value, status) in
        [("host", "evil.example", 403), ("origin", "https://evil.example", 403), ("x", "y", 200)]
    {
        let request = world.request("POST", "/mcp").header(name, value).json(&message);
        assert_eq!(request.send().await.unwrap().status().as_u16(), status, "{name}: {value}");
    }
    let keyless = reqwest::Client::new().post(format!("{}/mcp", world.stack.api_url())).json(&message);
    let keyless = keyless.send().await.unwrap();
    assert_eq!(keyless.status().as_u16(), 401);
    assert!(keyless.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
}
