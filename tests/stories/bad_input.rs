//! What can't be published is refused at once: with a code, the field and a cure; nothing is written, and TikTok's
//! posting endpoints hear nothing.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tiktok_sim::Endpoint;

use crate::support::{Answer, World, video_of};

const PNG: &[u8] = include_bytes!("../../shared/video/fixtures/png_renamed.mp4");
const SLIDESHOW: &[u8] = include_bytes!("../../shared/video/fixtures/too_slow.mp4");

/// No call to TikTok that begins or feeds a post, and not one item in the posts table.
async fn nothing_happened(world: &World) {
    let ledger = world.tiktok.ledger();
    for endpoint in [Endpoint::VideoInit, Endpoint::InboxVideoInit, Endpoint::ContentInit, Endpoint::Upload] {
        assert!(ledger.requests_to(endpoint).is_empty(), "{endpoint:?} was called");
    }
    assert!(ledger.publishes.is_empty());
    let scan = world.dynamodb.scan().table_name(world.stack.table("PostsTable").unwrap()).send().await;
    let items = scan.expect("the posts table is read").items.unwrap_or_default();
    assert!(items.is_empty(), "{items:#?}");
}

/// An error that a person can act on: the code, the field, what is wrong and what to do, on every issue.
#[track_caller]
fn clear(answer: Answer, status: u16, code: &str, field: &str) {
    let refused = answer.refused(status, code, field);
    for issue in refused["error"]["meta"]["issues"].as_array().into_iter().flatten() {
        let text = |name: &str| issue[name].as_str().unwrap_or_default().to_owned();
        assert!(text("message").len() > 10 && text("cure").ends_with('.'), "{issue:#}");
    }
    let size = refused.to_string().len();
    assert!(size < 100_000, "an error of {size} bytes");
}

async fn upload(world: &World, name: &str, content: &[u8]) -> Answer {
    let file = Part::bytes(content.to_vec()).file_name(name.to_owned()).mime_str("video/mp4").unwrap();
    let form = Form::new().part("file", file);
    let request = world.request("POST", "/v1/media/upload").multipart(form);
    Answer::read(request.send().await.expect("the API answers")).await
}

/// Any bytes at all, by an upload URL that was told no size; answers the media id.
async fn upload_unseen(world: &World, content: &[u8]) -> String {
    let wanted = json!({"content_type": "video/mp4", "filename": "video.mp4"});
    let url = world.post("/v1/media/upload-url", wanted).await.expect(200);
    let mut put = reqwest::Client::new().put(url["upload_url"].as_str().unwrap()).body(content.to_vec());
    put = put.header("Content-Length", content.len());
    for (name, value) in url["headers"].as_object().unwrap() {
        put = put.header(name, value.as_str().unwrap());
    }
    let put = put.send().await.expect("S3 answers");
    assert!(put.status().is_success(), "{}", put.status());
    url["media_id"].as_str().unwrap().to_owned()
}

/// Posts a body that may be anything but what it should be.
async fn post_raw(world: &World, content_type: Option<&str>, body: Vec<u8>) -> Answer {
    let mut request = world.request("POST", "/v1/posts").body(body);
    if let Some(content_type) = content_type {
        request = request.header("Content-Type", content_type);
    }
    Answer::read(request.send().await.expect("the API answers")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_refused_by_their_content_whichever_way_they_come() {
    let world = World::new().await;
    let video = video_of(300_000);
    let truncated = &video_of(300_000)[..100_000];
    for (content, reason) in [
        (&b"Dear diary, this is not a video at all."[..], "not_media"),
        (&b""[..], "empty_file"),
        (truncated, "truncated"),
        (PNG, "photo_format_unsupported"),
    ] {
        // A direct upload answers what a verification would, and a post of it is refused.
        let direct = upload(&world, "video.mp4", content).await.expect(201);
        assert_eq!((&direct["status"], &direct["reasons"][0]["code"]), (&json!("failed"), &json!(reason)));
        let body = world.body(direct["media_id"].as_str().unwrap(), "Look");
        // Of a picture in a format of its own the contract has a code of its own.
        let (status, code) = match reason {
            "photo_format_unsupported" => (400, "validation.unsupported_photo_format"),
            _ => (422, "publishing.media.rejected"),
        };
        clear(world.post("/v1/posts", body).await, status, code, "media_ids[0]");

        // S3 takes any bytes. Creating the post looks at them.
        let media = upload_unseen(&world, content).await;
        for body in [world.body(&media, "Look"), older(&world, &media)] {
            clear(world.post("/v1/posts", body).await, status, code, "media_ids[0]");
        }
        let media = world.get(&format!("/v1/media/{media}")).await.expect(200);
        assert_eq!(media["status"], "failed");
        assert_eq!(media["reasons"], direct["reasons"]);
    }

    // Whole and readable, but nothing that TikTok would take.
    let slow = upload(&world, "slow.mp4", SLIDESHOW).await.expect(201);
    assert_eq!(slow["status"], "failed");
    let refused = world.post("/v1/posts", world.body(slow["media_id"].as_str().unwrap(), "Slow")).await;
    clear(refused, 422, "publishing.media.rejected", "media_ids[0]");

    // Promised, but never sent.
    let wanted = json!({"content_type": "video/mp4", "filename": "video.mp4", "size_bytes": video.len()});
    let promised = world.post("/v1/media/upload-url", wanted).await.expect(200);
    let refused = world.post("/v1/posts", world.body(promised["media_id"].as_str().unwrap(), "Soon")).await;
    clear(refused, 400, "validation.field_invalid", "media_ids[0]");
    nothing_happened(&world).await;
}

fn older(world: &World, media: &str) -> Value {
    json!({
        "account_id": world.account,
        "text": "Look",
        "media_ids": [media],
        "platform_options": {"tiktok": {"disclosure": {"branded_content": false, "paid_partnership": false}}},
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_is_decoded_once_and_names_what_it_then_says() {
    let world = World::new().await;
    let media = world.upload(video_of(200_000)).await;
    let twice = media.replace('_', "%255F");
    for id in [
        "%20",
        "%23",
        "%2523",
        &format!("{media}%23junk"),
        &format!("{media}%20"),
        &format!("x%2F..%2F{media}"),
        &twice,
    ] {
        for method in ["GET", "DELETE"] {
            let request = world.request(method, &format!("/v1/media/{id}"));
            let answer = Answer::read(request.send().await.expect("the API answers")).await;
            assert_eq!(answer.status, 404, "{method} {id}: {:#}", answer.body);
        }
    }
    let once = media.replace('_', "%5F");
    assert_eq!(world.get(&format!("/v1/media/{once}")).await.expect(200)["id"], media);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_unknown_or_somebody_elses_is_not_found() {
    let mut world = World::new().await;
    let media = world.upload(video_of(200_000)).await;
    for unknown in ["med_00000000000000000000000000000000", "video.mp4", "acc_1", ""] {
        let refused = world.post("/v1/posts", world.body(unknown, "Which?")).await;
        clear(refused, 404, "media.not_found", "media_ids[0]");
    }
    for unknown in ["acc_00000000000000000000000000000000", "sim.creator", ""] {
        let mut body = world.body(&media, "Who?");
        body["targets"][0]["account_id"] = json!(unknown);
        clear(world.post("/v1/posts", body).await, 404, "account.not_found", "targets[0].account_id");
        let mut body = older(&world, &media);
        body["account_id"] = json!(unknown);
        clear(world.post("/v1/posts", body).await, 404, "account.not_found", "account_id");
    }
    let platforms = json!(["tiktok", "instagram"]);
    let mut body = older(&world, &media);
    body["platforms"] = platforms;
    clear(world.post("/v1/posts", body).await, 400, "account.unsupported_platform", "platforms");

    // All problems come at once, with everything that TikTok was not needed for.
    let body = json!({
        "text": "x".repeat(2201),
        "media_ids": ["med_none"],
        "targets": [{"account_id": "acc_none"}, {"text": 1}],
        "scheduled_at": "yesterday",
    });
    let refused = world.post("/v1/posts", body).await.refused(400, "validation.field_invalid", "scheduled_at");
    assert_eq!(refused["error"]["meta"]["issues"].as_array().unwrap().len(), 4, "{refused:#}");

    // Another tenant, with a key of their own, sees none of it.
    let other = json!({"slipway": "create_key", "email": "other@example.com", "name": "other"});
    let other = world.stack.invoke("WorkspaceFunction", other).await.expect("a key is made");
    let foreign_body = world.body(&media, "Not mine");
    let own_key = std::mem::replace(&mut world.key, other["raw_key"].as_str().unwrap().to_owned());
    let refused =
        world.post("/v1/posts", foreign_body.clone()).await.refused(404, "account.not_found", "targets[0].account_id");
    let codes: Vec<_> =
        refused["error"]["meta"]["issues"].as_array().unwrap().iter().map(|issue| issue["code"].clone()).collect();
    assert_eq!(codes, ["account.not_found", "media.not_found"]);
    clear(world.get(&format!("/v1/media/{media}")).await, 404, "media.not_found", "id");
    let alone = json!({"platforms": ["tiktok"], "text": "Mine?", "media_ids": [media]});
    clear(world.post("/v1/posts", alone).await, 400, "validation.field_invalid", "platforms");
    nothing_happened(&world).await;

    // And the post that is then made is its owner's alone.
    let others_key = std::mem::replace(&mut world.key, own_key);
    let mut body = foreign_body;
    body["publish_now"] = json!(false);
    let post = world.post("/v1/posts", body).await.expect(201);
    let path = format!("/v1/posts/{}", post["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.expect(200)["id"], post["id"]);
    world.key = others_key;
    clear(world.get(&path).await, 404, "post.not_found", "id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caption_is_counted_in_utf16_units() {
    let world = World::new().await;
    let media = world.upload(video_of(200_000)).await;
    for text in ["a".repeat(2201), format!("{}a", "😀".repeat(1100)), "😀".repeat(1101)] {
        clear(world.post("/v1/posts", world.body(&media, &text)).await, 400, "validation.field_invalid", "text");
        let mut body = world.body(&media, "short");
        body["targets"][0]["text"] = json!(text);
        clear(world.post("/v1/posts", body).await, 400, "validation.field_invalid", "targets[0].text");
    }
    nothing_happened(&world).await;

    let text = format!("{}!!", "😀".repeat(1099));
    assert_eq!(text.encode_utf16().count(), 2200);
    let post = world.post("/v1/posts", world.body(&media, &text)).await.expect(201);
    world.until_post(post["id"].as_str().unwrap(), "published").await;
    assert_eq!(world.tiktok.ledger().published()[0].post_info["title"], text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_no_requests_are_refused_before_anything_is_asked() {
    let world = World::new().await;
    let media = world.upload(video_of(200_000)).await;
    let good = world.body(&media, "Good");
    let json_type = Some("application/json");
    let (invalid, body_invalid) = ("validation.field_invalid", "validation.body_invalid");

    let good_text = good.to_string();
    let nested = |open: &str, close: &str, depth: usize| format!("{}{}", open.repeat(depth), close.repeat(depth));
    for malformed in [
        good_text[..good_text.len() - 1].to_owned(),
        "{\"text\": }".to_owned(),
        "{'text': 'x'}".to_owned(),
        format!("{good_text} {good_text}"),
        "[]".to_owned(),
        "\"text\"".to_owned(),
        "null".to_owned(),
        "{\"text\": \"a\u{0}b\"}".to_owned(),
        "\u{0}".repeat(100),
        format!("{{\"text\": {}}}", nested("[", "]", 100_000)),
        nested("{\"a\":", "}", 100_000),
    ] {
        clear(post_raw(&world, json_type, malformed.into_bytes()).await, 400, body_invalid, "body");
    }
    let half = b"{\"text\": \"\\ud800\"}".to_vec();
    clear(post_raw(&world, json_type, half).await, 400, invalid, "text");
    clear(post_raw(&world, json_type, b"{\"text\": \"\xff\xfe\"}".to_vec()).await, 400, body_invalid, "body");
    clear(post_raw(&world, json_type, Vec::new()).await, 400, "validation.field_required", "targets");

    // A null character that JSON lets through, and lists and texts without end.
    for (pointer, value, field, code) in [
        ("/text", json!("a\u{0}b"), "text", invalid),
        ("/media_ids/0", json!("med_1\u{0}"), "media_ids[0]", invalid),
        ("/targets", json!(vec![json!({"account_id": world.account}); 41]), "targets", invalid),
        ("/media_ids", json!(vec![media.clone(); 20_000]), "media_ids", invalid),
        ("/text", json!("\u{7f}".repeat(900_000)), "text", invalid),
        (
            "/platform_data/tiktok/privacy_level",
            json!("\u{7f}".repeat(900_000)),
            "platform_data.tiktok.privacy_level",
            invalid,
        ),
        ("/media_ids/0", json!("\u{7f}".repeat(900_000)), "media_ids[0]", "media.not_found"),
        ("/targets/0/account_id", json!("\u{7f}".repeat(900_000)), "targets[0].account_id", "account.not_found"),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        clear(world.post("/v1/posts", body).await, if code == invalid { 400 } else { 404 }, code, field);
    }

    // Not JSON, and not said to be.
    for (content_type, body) in [
        ("multipart/form-data; boundary=x", good_text.as_str()),
        (
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nHello\r\n--x--\r\n",
        ),
        ("application/x-www-form-urlencoded", "text=Hello&publish_now=true"),
    ] {
        clear(post_raw(&world, Some(content_type), body.as_bytes().to_vec()).await, 415, "http.415", "body");
    }

    // Larger than we read, than Lambda takes, and than API Gateway takes.
    let padded = |size: usize| format!("{good_text}{}", " ".repeat(size - good_text.len())).into_bytes();
    clear(post_raw(&world, json_type, padded((1 << 20) + 1)).await, 400, body_invalid, "body");
    let too_large = "media.too_large_for_direct_upload";
    for size in [7 << 20, 11 << 20] {
        clear(post_raw(&world, json_type, padded(size)).await, 413, too_large, "body");
        let refused = upload(&world, "video.mp4", &vec![0; size]).await;
        assert!(refused.body["error"]["meta"]["next_step"].as_str().unwrap().contains("/v1/media/upload-url"));
        clear(refused, 413, too_large, "body");
    }
    nothing_happened(&world).await;
    // At the limit it is read: what was refused was the size.
    post_raw(&world, json_type, padded(1 << 20)).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_valid_key_nothing_is_told() {
    let world = World::new().await;
    let media = world.upload(video_of(200_000)).await;
    let body = world.body(&media, "Let me in");
    let client = reqwest::Client::new();
    let mistyped = format!("{}x", &world.key[..world.key.len() - 1]);
    for (authorization, code) in [
        (None, "auth.missing_header"),
        (Some(String::new()), "auth.empty_token"),
        (Some("Bearer".to_owned()), "auth.empty_token"),
        (Some("Bearer   ".to_owned()), "auth.empty_token"),
        (Some("Bearer slip_live_0000".to_owned()), "auth.invalid_key"),
        (Some(format!("Bearer {mistyped}")), "auth.invalid_key"),
        (Some(format!("Bearer {}", world.key.to_uppercase())), "auth.invalid_key"),
        (Some("Basic dXNlcjpwYXNz".to_owned()), "auth.invalid_key"),
    ] {
        for (method, path) in
            [("POST", "/v1/posts"), ("GET", "/v1/posts/post_1"), ("GET", "/v1/accounts"), ("GET", "/v1/media")]
        {
            let mut request = client.request(method.parse().unwrap(), format!("{}{path}", world.stack.api_url()));
            if let Some(value) = &authorization {
                request = request.header("Authorization", value);
            }
            if method == "POST" {
                request = request.json(&body);
            }
            let answer = Answer::read(request.send().await.expect("the API answers")).await;
            clear(answer, 401, code, "Authorization");
        }
    }
    nothing_happened(&world).await;
}
