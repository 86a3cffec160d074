//! The two ways to write a post, and what every answer has.

use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tiktok_sim::Endpoint;

use crate::support::{Answer, World, sha256, video_of};

/// `curl -X POST $API/v1/media/upload -H "Authorization: Bearer $KEY" -F "file=@video.mp4"`
async fn upload_by_form(world: &World, video: Vec<u8>) -> Answer {
    let file = Part::bytes(video).file_name("video.mp4").mime_str("application/octet-stream").unwrap();
    send(world.request("POST", "/v1/media/upload").multipart(Form::new().part("file", file))).await
}

async fn send(request: RequestBuilder) -> Answer {
    Answer::read(request.send().await.expect("the API answers")).await
}

/// The body of the product page's second command, with what it says about commercial content.
fn product_page(world: &World, media: &Value, text: &str, disclosure: &Value) -> Value {
    json!({
        "account_id": world.account,
        "platforms": ["tiktok"],
        "text": text,
        "media_ids": [media],
        "platform_options": {"tiktok": {"disclosure": disclosure}},
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_product_pages_two_commands_publish_with_every_declaration() {
    let world = World::new().await;
    for (index, (branded, paid)) in [(false, false), (false, true), (true, false), (true, true)].into_iter().enumerate()
    {
        let video = video_of(210_000 + index * 1000);
        let hash = sha256(&video);
        let uploaded = upload_by_form(&world, video).await.expect(201);
        assert_eq!(uploaded["status"], "ready");
        assert_eq!(uploaded["content_type"], "video/mp4", "the content decides, not the form");

        let text = format!("New drop: branded {branded}, paid {paid}");
        let disclosure = json!({"branded_content": branded, "paid_partnership": paid});
        let body = product_page(&world, &uploaded["media_id"], &text, &disclosure);
        // With and without the header that says JSON: what `curl -d` declares by itself is a form.
        let declared = ["application/json", "application/x-www-form-urlencoded"][index % 2];
        let post = world.request("POST", "/v1/posts").header("Content-Type", declared).body(body.to_string());
        let post = send(post).await.expect(201);
        assert_eq!(post["status"], "publishing", "this dialect publishes at once");
        // Branded content can't be private; the narrowest level that is not is taken, never a public one.
        let level = if branded || paid { "MUTUAL_FOLLOW_FRIENDS" } else { "SELF_ONLY" };
        let warnings = post["warnings"].as_array().unwrap();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let warning = warnings[0].as_str().unwrap();
        assert!(warning.contains("platform_options.tiktok.privacy_level") && warning.contains(level), "{warning}");

        let post = world.until_post(post["id"].as_str().unwrap(), "published").await;
        assert_eq!(post["targets"][0]["metadata"]["privacy_level"], level);
        let ledger = world.tiktok.ledger();
        let published: Vec<_> =
            ledger.published().into_iter().filter(|publish| publish.sha256.as_deref() == Some(&hash)).collect();
        assert_eq!(published.len(), 1, "exactly once");
        assert_eq!(published[0].post_info["title"], text);
        assert_eq!(published[0].post_info["privacy_level"], level);
        assert_eq!(published[0].post_info["brand_content_toggle"], branded || paid);
        assert_eq!(published[0].post_info["brand_organic_toggle"], false);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_boolean_that_is_missing_is_named() {
    let world = World::new().await;
    let media = json!(world.upload(video_of(200_000)).await);
    let path = "platform_options.tiktok.disclosure";
    for (disclosure, missing) in [
        (json!({"branded_content": true}), vec!["paid_partnership"]),
        (json!({"paid_partnership": false}), vec!["branded_content"]),
        (json!({}), vec!["branded_content", "paid_partnership"]),
    ] {
        let body = product_page(&world, &media, "Which is it?", &disclosure);
        let fields: Vec<_> = missing.iter().map(|name| format!("{path}.{name}")).collect();
        let refused = world.post("/v1/posts", body).await.refused(400, "validation.field_required", &fields[0]);
        let issues = refused["error"]["meta"]["issues"].as_array().unwrap();
        let named: Vec<_> = issues.iter().map(|issue| issue["field"].as_str().unwrap()).collect();
        assert_eq!(named, fields);
        assert!(issues.iter().all(|issue| issue["cure"].as_str().unwrap().contains("true or false")), "{refused:#}");
    }
    assert!(world.tiktok.ledger().requests_to(Endpoint::CreatorInfo).is_empty(), "TikTok is not asked for nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documentations_dialect_keeps_a_draft_until_told() {
    let world = World::new().await;
    let (first, second) = (world.upload(video_of(200_000)).await, world.upload(video_of(201_000)).await);
    let mut body = world.body(&first, "Later, perhaps");
    body.as_object_mut().unwrap().remove("publish_now");
    let draft = world.post("/v1/posts", body).await.expect(201);
    assert_eq!(draft["status"], "draft");
    assert_eq!(draft["targets"][0]["status"], "pending");
    let mut told = world.body(&second, "Now");
    told["account_id"] = json!(world.account);
    let post = world.post("/v1/posts", told).await.expect(201);
    assert_eq!(post["targets"].as_array().unwrap().len(), 1, "an account named twice is one target");
    world.until_post(post["id"].as_str().unwrap(), "published").await;

    // The older dialect's draft, which is asked for.
    let mut body =
        product_page(&world, &json!(first), "Not yet", &json!({"branded_content": false, "paid_partnership": false}));
    body["publish_now"] = json!(false);
    assert_eq!(world.post("/v1/posts", body).await.expect(201)["status"], "draft");

    let draft = world.get(&format!("/v1/posts/{}", draft["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(draft["status"], "draft");
    assert_eq!(draft["text"], "Later, perhaps");
    assert_eq!(draft["media_ids"], json!([first]));
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).len(), 1, "drafts stay here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn privacy_is_chosen_by_the_caller_from_what_the_creator_offers() {
    let world = World::new().await;
    let media = world.upload(video_of(200_000)).await;
    let field = "targets[0].platform_data.privacy_level";
    let mut body = world.body(&media, "For whom?");
    body.as_object_mut().unwrap().remove("platform_data");
    world.post("/v1/posts", body.clone()).await.refused(400, "validation.field_required", field);
    body["targets"][0]["platform_data"] = json!({"privacy_level": "FOLLOWER_OF_CREATOR"});
    let refused = world.post("/v1/posts", body.clone()).await;
    let refused = refused.refused(400, "validation.privacy_level_unsupported", field);
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("PUBLIC_TO_EVERYONE, MUTUAL_FOLLOW_FRIENDS, SELF_ONLY"), "{message}");
    // Nested wins over flat, and both over what is said for all targets.
    body["platform_data"] = json!({"tiktok": {"privacy_level": "PUBLIC_TO_EVERYONE", "disable_comment": false}});
    body["targets"][0]["platform_data"]["tiktok"] = json!({"privacy_level": "SELF_ONLY", "brand_content_toggle": true});
    let nested = "targets[0].platform_data.tiktok.privacy_level";
    world.post("/v1/posts", body.clone()).await.refused(400, "validation.field_invalid", nested);
    body["targets"][0]["platform_data"]["tiktok"]["brand_content_toggle"] = json!(false);
    let post = world.post("/v1/posts", body).await.expect(201);
    world.until_post(post["id"].as_str().unwrap(), "published").await;
    let ledger = world.tiktok.ledger();
    assert_eq!(ledger.published()[0].post_info["privacy_level"], "SELF_ONLY");
    assert_eq!(ledger.published()[0].post_info["disable_comment"], false);
    assert_eq!(ledger.requests_to(Endpoint::VideoInit).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_fields_are_named_and_with_the_strict_preference_refused() {
    let world = World::new().await;
    let media = world.upload(video_of(200_000)).await;
    let mut body = world.body(&media, "Strictly speaking");
    body["publish_now"] = json!(false);
    body["audience"] = json!("public");
    body["platform_data"]["tiktok"]["privacy"] = json!("SELF_ONLY");
    for preference in ["handling=strict", "respond-async, Handling=Strict"] {
        let strict = world.request("POST", "/v1/posts").header("Prefer", preference).json(&body);
        let refused = send(strict).await.refused(400, "validation.field_invalid", "audience");
        let issues = refused["error"]["meta"]["issues"].as_array().unwrap();
        assert_eq!(issues[1]["field"], "platform_data.tiktok.privacy");
        assert_eq!(issues.len(), 2);
    }
    let lenient = send(world.request("POST", "/v1/posts").header("Prefer", "handling=lenient").json(&body)).await;
    let post = lenient.expect(201);
    let warnings = post["warnings"].as_array().unwrap();
    assert!(warnings[0].as_str().unwrap().contains("audience"), "{warnings:?}");
    assert!(warnings[1].as_str().unwrap().contains("platform_data.tiktok.privacy"), "{warnings:?}");

    // A body of nothing else is not answered with a list as long.
    let mut many = world.body(&media, "Many");
    many["publish_now"] = json!(false);
    for index in 0..40_000 {
        many[format!("field{index}")] = json!(index);
    }
    let strict = world.request("POST", "/v1/posts").header("Prefer", "handling=strict").json(&many);
    let refused = send(strict).await.expect(400);
    assert_eq!(refused["error"]["meta"]["issues"].as_array().unwrap().len(), 21);
    let post = world.post("/v1/posts", many).await.expect(201);
    let warnings = post["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 21);
    assert!(warnings[20].as_str().unwrap().starts_with("39980 more fields"), "{:?}", warnings[20]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trailing_slash_and_a_request_id_are_kept_through_every_answer() {
    let world = World::new().await;
    let media = world.upload(video_of(200_000)).await;
    let mut body = world.body(&media, "Slashed");
    body["publish_now"] = json!(false);
    let post = send(world.request("POST", "/v1/posts/").header("X-Request-ID", "my_own-id-1").json(&body)).await;
    assert_eq!(post.headers["x-request-id"], "my_own-id-1");
    let post = post.expect(201);
    let path = format!("/v1/posts/{}/", post["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.expect(200)["id"], post["id"]);

    // Who does not follow redirects is served wherever the gateway lets the slash through, and told what to do elsewhere.
    let unmoved = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for (method, path, status) in [
        ("GET", path.as_str(), 200),
        ("POST", "/webhooks/tiktok/", 401),
        ("GET", "/oauth/callback/tiktok/", 403),
        ("GET", "/v1/oauth/redirect-uris/", 200),
        ("GET", "/v1/posts/", 308),
    ] {
        let request = unmoved.request(method.parse().unwrap(), format!("{}{path}", world.stack.api_url()));
        let answer = request.bearer_auth(&world.key).send().await.unwrap();
        assert_eq!(answer.status(), status, "{method} {path}");
    }

    let unknown = || world.request("GET", "/v1/posts/post_unknown");
    let answers = [
        (404, send(unknown().header("X-Request-ID", "mine")).await),
        (404, send(world.request("GET", "/v1/nothing/here").header("X-Request-ID", "mine")).await),
        (405, send(world.request("DELETE", "/v1/posts").header("X-Request-ID", "mine")).await),
        (400, send(world.request("POST", "/v1/posts").header("X-Request-ID", "mine").body("{")).await),
        (401, send(unknown().header("X-Request-ID", "mine").bearer_auth("slip_live_wrong")).await),
        (413, send(world.request("POST", "/v1/posts").header("X-Request-ID", "mine").body(vec![b' '; 11 << 20])).await),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status, status, "{:#}", answer.body);
        assert_eq!(answer.headers["x-request-id"], "mine", "{:#}", answer.body);
        assert_eq!(answer.body["request_id"], "mine");
        assert_eq!(answer.headers["content-type"], "application/json");
        assert!(answer.body["error"]["code"].is_string(), "{:#}", answer.body);
    }
    for unfit in ["", "with space", "a/b", &"x".repeat(65)] {
        let answer = send(unknown().header("X-Request-ID", unfit)).await;
        let own = answer.headers["x-request-id"].to_str().unwrap();
        assert!(own != unfit && own.len() >= 8, "{unfit:?} became {own:?}");
        assert_eq!(answer.body["request_id"], own);
    }
}
