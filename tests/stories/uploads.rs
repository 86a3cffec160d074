//! Uploads in parts: interrupted, resumed, completed by whoever and killed wherever, and what arrives is what was sent.

use std::sync::Arc;

use aws_stand_in::Moment;
use futures_util::future::join_all;
use reqwest::{Body, Client, Method};
use serde_json::{Value, json};

use crate::support::large::{LargeFile, begin, download, follow, put_half_a_part, put_part, put_parts};
use crate::support::{Answer, World, die_at, has_died};

/// The most that is offered in one PUT only.
const PART: u64 = 33_554_432;

fn parts(answer: &Value) -> Vec<Value> {
    answer["parts"].as_array().cloned().unwrap_or_default()
}

/// Those parts that S3 misses, with an URL each.
fn missing(answer: &Value) -> Vec<Value> {
    parts(answer).into_iter().filter(|part| part["uploaded"] == false).collect()
}

fn media_id(answer: &Value) -> &str {
    answer["media_id"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_upload_sends_only_what_is_missing_and_is_posted_whole() {
    let world = World::new().await;
    let file = LargeFile { size: 200_000_000 };
    let begun = begin(&world, file).await;
    assert_eq!(parts(&begun).len(), 6);
    put_parts(file, &parts(&begun)[..3]).await;
    put_half_a_part(file, &parts(&begun)[3]).await;
    world.stack.kill("MediaFunction").await.unwrap();

    // Another day, another process: the media's id is all that is known.
    let resumed = world.get(&format!("/v1/media/{}/upload", media_id(&begun))).await.expect(200);
    assert_eq!((&resumed["uploaded_bytes"], &resumed["size_bytes"]), (&(3 * PART).into(), &file.size.into()));
    let numbers: Vec<_> = missing(&resumed).iter().map(|part| part["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [4, 5, 6]);
    put_parts(file, &missing(&resumed)).await;
    let done = follow(&world, "POST", &resumed["complete_url"]).await.expect(200);
    assert_eq!((&done["status"], &done["size_bytes"]), (&"ready".into(), &file.size.into()), "{done:#}");
    assert_eq!(download(&done).await, (file.sha256(), file.size));

    let post = world.publish(media_id(&begun)).await;
    world.until_post(&post, "published").await;
    world.published_once(&file.sha256());
    let peak = world.stack.max_memory("MediaFunction").unwrap();
    println!("peak memory of media: {} MiB", peak / 1024 / 1024);
    assert!(peak <= 64 * 1024 * 1024, "{peak} bytes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_are_offered_from_one_byte_above_their_size_to_the_largest_video() {
    let world = World::new().await;
    for (size, count, last) in
        [(PART, 0, None), (PART + 1, 2, Some(1)), (2 * PART, 2, Some(PART)), (4_000_000_000, 120, Some(7_022_592))]
    {
        // The gateway refuses an answer that Lambda could not carry.
        let begun = begin(&world, LargeFile { size }).await;
        assert_eq!(parts(&begun).len(), count, "{size}");
        assert_eq!(parts(&begun).last().and_then(|part| part["size"].as_u64()), last, "{size}");
        let media = world.get(&format!("/v1/media/{}", media_id(&begun))).await.expect(200);
        assert_eq!((&media["status"], &media["size_bytes"]), (&"pending".into(), &size.into()));
    }
    // The smallest file of two parts, all the way.
    let file = LargeFile { size: PART + 1 };
    let begun = begin(&world, file).await;
    put_parts(file, &parts(&begun)).await;
    let done = follow(&world, "POST", &begun["complete_url"]).await.expect(200);
    assert_eq!(download(&done).await, (file.sha256(), file.size));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_takes_nothing_but_the_parts_that_were_announced() {
    let world = World::new().await;
    let file = LargeFile { size: PART + 1000 };
    let (begun, other) = (begin(&world, file).await, begin(&world, file).await);
    let first = parts(&begun)[0]["url"].as_str().unwrap().to_owned();
    let second = parts(&begun)[1]["url"].as_str().unwrap().to_owned();
    let put = async |url: &str, size: usize| {
        let answer = Client::new().put(url).body(vec![7; size]).send().await.expect("S3 answers");
        answer.status().as_u16()
    };
    for size in [1, 999, 1001, 6_000_000] {
        assert_eq!(put(&second, size).await, 403, "{size} bytes");
    }
    assert_eq!(put(&first.replace("partNumber=1", "partNumber=2"), 1000).await, 403, "another number");
    assert_eq!(put(&first.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000"), 1000).await, 403, "a longer life");
    assert_eq!(put(&second.replace(media_id(&begun), media_id(&other)), 1000).await, 403, "another media");
    let unsized_body = Body::wrap_stream(file.bytes(PART..PART + 1000));
    let answer = Client::new().put(&second).body(unsized_body).send().await.expect("S3 answers");
    assert!(answer.status().is_client_error(), "without a size: {}", answer.status());
    for begun in [&begun, &other] {
        let state = follow(&world, "GET", &begun["resume_url"]).await.expect(200);
        assert_eq!(state["uploaded_bytes"], 0);
    }
    put_parts(file, &parts(&begun)).await;
    assert_eq!(follow(&world, "POST", &begun["complete_url"]).await.expect(200)["status"], "ready");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_lacks_parts_is_not_completed_and_says_what_it_lacks() {
    let world = World::new().await;
    let file = LargeFile { size: 2 * PART + 1 };
    let begun = begin(&world, file).await;
    put_parts(file, &parts(&begun)[1..2]).await;
    let refused = follow(&world, "POST", &begun["complete_url"]).await.refused(409, "resource.conflict", "id");
    assert_eq!(refused["error"]["meta"]["missing_parts"], json!([1, 3]));
    let refused = follow(&world, "POST", &begun["verify_url"]).await.refused(409, "resource.conflict", "id");
    assert!(refused["error"]["meta"]["next_step"].as_str().unwrap().contains("/complete"));
    let body = world.body(media_id(&begun), "Too early");
    let refused = world.post("/v1/posts", body).await.refused(400, "validation.field_invalid", "media_ids[0]");
    let cure = &refused["error"]["meta"]["issues"][0]["cure"];
    assert!(cure.as_str().unwrap().contains("complete_url"), "{refused:#}");
    assert_eq!(world.get("/v1/posts").await.expect(200)["count"], 0);

    let resumed = follow(&world, "GET", &begun["resume_url"]).await.expect(200);
    put_parts(file, &missing(&resumed)).await;
    assert_eq!(follow(&world, "POST", &begun["complete_url"]).await.expect(200)["status"], "ready");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twins_and_repeats_that_complete_an_upload_all_get_the_same_video() {
    let world = World::new().await;
    let file = LargeFile { size: PART + 1 };
    let begun = begin(&world, file).await;
    put_parts(file, &parts(&begun)).await;
    let twins = join_all((0..4).map(|_| follow(&world, "POST", &begun["complete_url"]))).await;
    let again = follow(&world, "POST", &begun["complete_url"]).await;
    for answer in twins.into_iter().chain([again]) {
        assert_eq!(answer.expect(200)["status"], "ready");
    }
    let media = world.get(&format!("/v1/media/{}", media_id(&begun))).await.expect(200);
    assert_eq!(download(&media).await, (file.sha256(), file.size));
    // The object is the one that was verified: a transfer reads it on that condition.
    let post = world.publish(media_id(&begun)).await;
    world.until_post(&post, "published").await;
    world.published_once(&file.sha256());
}

const FUNCTION: [&str; 1] = ["MediaFunction"];

/// More calls than any request here makes; to stop a story that would not end.
const ENOUGH: u64 = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn completing_killed_at_any_call_to_aws_is_made_good_by_a_repeat() {
    let world = Arc::new(World::new().await);
    let file = LargeFile { size: PART + 1 };
    for moment in [Moment::Before, Moment::After] {
        let mut crashes = 0;
        for call in 1..=ENOUGH {
            let begun = begin(&world, file).await;
            put_parts(file, &parts(&begun)).await;
            die_at(&world, &FUNCTION, call, moment);
            let first = follow(&world, "POST", &begun["complete_url"]).await;
            if !has_died(&world, call) {
                assert_eq!(first.expect(200)["status"], "ready");
                break;
            }
            crashes += 1;
            assert!(first.status >= 500, "the function died: {:#}", first.body);
            let again = follow(&world, "POST", &begun["complete_url"]).await.expect(200);
            assert_eq!(again["status"], "ready", "{moment:?} call {call}");
            assert_eq!(download(&again).await, (file.sha256(), file.size), "{moment:?} call {call}");
        }
        println!("completing was killed {moment:?} each of {crashes} AWS calls");
        assert!((5..ENOUGH).contains(&crashes), "{crashes}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_announcement_killed_at_any_call_to_aws_leaves_nothing_misleading() {
    let world = Arc::new(World::new().await);
    let file = LargeFile { size: PART + 1 };
    for moment in [Moment::Before, Moment::After] {
        for call in 1..=ENOUGH {
            die_at(&world, &FUNCTION, call, moment);
            let body = json!({"size_bytes": file.size});
            let first = world.post("/v1/media/upload-url", body).await;
            if !has_died(&world, call) {
                first.expect(200);
                break;
            }
            assert!(call < ENOUGH && first.status >= 500, "the function died: {:#}", first.body);
        }
    }
    // Whatever was kept can be uploaded.
    let kept = world.get("/v1/media").await.expect(200);
    let kept = kept["data"].as_array().unwrap();
    assert!(kept.len() >= 3, "two answers, and a record that was written before the crash: {kept:#?}");
    for media in kept {
        let state = world.get(&format!("/v1/media/{}/upload", media["id"].as_str().unwrap())).await.expect(200);
        put_parts(file, &missing(&state)).await;
        assert_eq!(follow(&world, "POST", &state["complete_url"]).await.expect(200)["status"], "ready");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_is_given_up_is_gone_wherever_giving_up_was_killed() {
    let world = Arc::new(World::new().await);
    let file = LargeFile { size: PART + 1 };
    for moment in [Moment::Before, Moment::After] {
        for call in 1..=ENOUGH {
            let begun = begin(&world, file).await;
            put_parts(file, &parts(&begun)[1..]).await;
            die_at(&world, &FUNCTION, call, moment);
            let first = follow(&world, "POST", &begun["abort_url"]).await;
            let reached = has_died(&world, call);
            if reached {
                let again = follow(&world, "POST", &begun["abort_url"]).await;
                assert!([200, 404].contains(&again.status), "{:#}", again.body);
            } else {
                assert_eq!(first.expect(200)["success"], true);
            }
            assert_eq!(put_part(file, &parts(&begun)[0]).await.status(), 404, "S3 does not know it any more");
            for (method, link) in [("GET", "resume_url"), ("POST", "complete_url"), ("POST", "verify_url")] {
                follow(&world, method, &begun[link]).await.refused(404, "media.not_found", "id");
            }
            if !reached {
                break;
            }
            assert!(call < ENOUGH);
        }
    }
    assert_eq!(world.get("/v1/media").await.expect(200)["count"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_customer_does_not_learn_of_an_upload() {
    let world = World::new().await;
    let begun = begin(&world, LargeFile { size: PART + 1 }).await;
    let command = json!({"slipway": "create_key", "email": "stranger@example.com"});
    let stranger = world.stack.invoke("WorkspaceFunction", command).await.expect("a key is made");
    for (method, link) in [("GET", "resume_url"), ("POST", "complete_url"), ("POST", "abort_url")] {
        let call = Client::new().request(method.parse().unwrap(), begun[link].as_str().unwrap());
        let call = call.bearer_auth(stranger["raw_key"].as_str().unwrap()).send().await.expect("the API answers");
        Answer::read(call).await.refused(404, "media.not_found", "id");
    }
    follow(&world, "GET", &begun["resume_url"]).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_any_origin_may_upload_from_a_browser() {
    const PAGE: &str = "https://studio.example";
    let world = World::new().await;
    let file = LargeFile { size: PART + 1 };
    let begun = begin(&world, file).await;
    let ask = async |url: &str, method: &str, headers: &str| {
        let asked = Client::new()
            .request(Method::OPTIONS, url)
            .header("origin", PAGE)
            .header("access-control-request-method", method)
            .header("access-control-request-headers", headers);
        asked.send().await.expect("an answer")
    };
    let header = |answer: &reqwest::Response, name: &str| {
        answer.headers().get(name).map(|value| value.to_str().unwrap().to_ascii_lowercase()).unwrap_or_default()
    };
    // What the page's scripts would do: JSON calls with a key, and PUTs of what they were told to.
    for (link, method) in
        [("resume_url", "GET"), ("complete_url", "POST"), ("abort_url", "POST"), ("verify_url", "POST")]
    {
        let asked = ask(begun[link].as_str().unwrap(), method, "authorization,content-type").await;
        assert!(asked.status().is_success(), "{link}: {}", asked.status());
        assert_eq!(header(&asked, "access-control-allow-origin"), "*");
        // `*` does not stand for Authorization: browsers want it by its name.
        assert!(header(&asked, "access-control-allow-headers").contains("authorization"));
        let methods = header(&asked, "access-control-allow-methods");
        assert!(methods == "*" || methods.contains(&method.to_ascii_lowercase()), "{methods}");
    }
    let answer = world.request("GET", &format!("/v1/media/{}/upload", media_id(&begun))).header("origin", PAGE);
    let answer = answer.send().await.expect("the API answers");
    assert_eq!(header(&answer, "access-control-allow-origin"), "*");
    assert!(header(&answer, "access-control-expose-headers").contains("x-request-id"));

    let asked: Vec<_> = begun["headers"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(asked, ["content-type", "if-none-match"], "a script may set these, unlike the length");
    let asked = ask(begun["upload_url"].as_str().unwrap(), "PUT", &asked.join(",")).await;
    assert!(asked.status().is_success() && header(&asked, "access-control-allow-headers").contains("if-none-match"));
    for (part, bytes) in parts(&begun).iter().zip([0..PART, PART..PART + 1]) {
        let url = part["url"].as_str().unwrap();
        let asked = ask(url, "PUT", "content-type").await;
        assert!(asked.status().is_success(), "{}", asked.status());
        assert_eq!(header(&asked, "access-control-allow-origin"), "*");
        assert!(header(&asked, "access-control-allow-methods").contains("put"));
        // A browser names the type of a `Blob` by itself; it is not signed for a part.
        let put = Client::new().put(url).header("origin", PAGE).header("content-type", "video/mp4");
        let length = bytes.end - bytes.start;
        let put = put.header("content-length", length).body(Body::wrap_stream(file.bytes(bytes)));
        let put = put.send().await.expect("S3 answers");
        assert!(put.status().is_success(), "{}", put.status());
        assert_eq!(header(&put, "access-control-allow-origin"), "*");
        assert_eq!(header(&put, "access-control-expose-headers"), "etag");
    }
    assert_eq!(follow(&world, "POST", &begun["complete_url"]).await.expect(200)["status"], "ready");
}
