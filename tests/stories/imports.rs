//! Media by its address: fetched by a worker, from the public internet alone, whatever the server there does.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_stand_in::Moment;
use bytes::Bytes;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Nets, Page, Setup, Site, Victim, World, die_at_every_call, sha256, until, video_of};

/// Design budget for the importing process, in bytes; a debug build stays well inside it.
const MEMORY: u64 = 64 * 1024 * 1024;

/// A world whose operator trusts this site.
async fn world_with(site: &Site, timeouts: BTreeMap<String, Duration>) -> World {
    let parameters = BTreeMap::from([("ImportTrustedOrigins".to_owned(), site.origin())]);
    World::with(Setup { parameters, timeouts, ..Setup::default() }).await
}

/// A world that trusts this site, and in which a creator may post as often as he likes.
async fn world_of_many_posts(site: &Site) -> World {
    let mut setup = Setup::of_many_posts();
    setup.parameters.insert("ImportTrustedOrigins".to_owned(), site.origin());
    World::with(setup).await
}

async fn world(site: &Site) -> World {
    world_with(site, BTreeMap::new()).await
}

/// The only reason why an import failed: its code. It has a message and a cure, and shows nothing of the address.
async fn failed(world: &World, url: &str) -> String {
    let id = world.import(url).await;
    let media = world.until_media(&id, "failed").await;
    let [reason] = media["reasons"].as_array().unwrap().as_slice() else { panic!("{media:#}") };
    assert!(reason["message"].as_str().is_some_and(|text| text.len() > 10), "{reason:#}");
    assert!(reason["cure"].as_str().is_some_and(|text| text.ends_with('.')), "{reason:#}");
    assert!(!media["reasons"].to_string().contains("Signature"), "{reason:#}");
    let again = world.post(&format!("/v1/media/{id}/verify"), json!({})).await;
    let again = again.refused(409, "resource.conflict", "id");
    assert_eq!(again["error"]["meta"]["next_step"], "POST /v1/media/import", "there is nothing to PUT: {again:#}");
    reason["code"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_imported_by_its_address_and_published() {
    let site = Site::start().await;
    let world = world(&site).await;
    let video = video_of(20_000_000);
    let there = site.file("/holiday%20film.mp4", &video);
    let url = site.put("/short", Page::Redirect(there));
    let id = world.import(&url).await;
    let media = world.until_media(&id, "ready").await;
    assert_eq!(media["size_bytes"], 20_000_000, "{media:#}");
    assert_eq!(media["content_type"], "video/mp4");
    assert_eq!(media["filename"], "short");
    assert_eq!(sha256(&world.content(&media).await), sha256(&video), "the bytes are identical");
    assert_eq!(site.requests().len(), 2, "fetched once: {:?}", site.requests());
    let post = world.publish(&id).await;
    world.until_post(&post, "published").await;
    world.published_once(&sha256(&video));
    assert!(!world.logs().contains("0123456789abcdef"), "an address is not logged whole");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_of_300_megabytes_needs_no_more_memory_than_one_of_20() {
    let site = Site::start().await;
    let world = world(&site).await;
    let mut peaks = Vec::new();
    for size in [20_000_000, 300_000_000] {
        let video = video_of(size);
        let id = world.import(&site.file(&format!("/{size}.mp4"), &video)).await;
        let media = world.until_media(&id, "ready").await;
        assert_eq!(media["size_bytes"], size);
        assert_eq!(sha256(&world.content(&media).await), sha256(&video), "the bytes are identical");
        peaks.push(world.stack.max_memory("ImportMediaFunction").unwrap());
    }
    let mib = |bytes: u64| bytes / 1024 / 1024;
    println!("peak memory of import-media: {} MiB for 20 MB, {} MiB for 300 MB", mib(peaks[0]), mib(peaks[1]));
    assert!(peaks[1] <= MEMORY, "{} MiB", mib(peaks[1]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_leads_inside_is_refused_at_once_and_nothing_is_kept() {
    let site = Site::start().await;
    let world = World::new().await;
    let here = site.file("/video.mp4", &video_of(100_000));
    for url in [
        here.as_str(), // the operator trusts nobody here
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254./",
        "https://[fd00:ec2::254]/",
        "https://10.0.0.1/video.mp4",
        "https://localhost/",
        "https://video.internal/",
        "https://user:password@example.com/video.mp4",
        "https://example.com:9001/video.mp4",
        "http://example.com/video.mp4",
        "ftp://example.com/video.mp4",
        "file:///etc/passwd",
        "video.mp4",
        "",
    ] {
        let answer = world.post("/v1/media/import", json!({"url": url})).await;
        answer.refused(422, "publishing.media.unsupported_source", "url");
    }
    world.post("/v1/media/import", json!({})).await.refused(400, "validation.field_required", "url");
    let both = world.post("/v1/media/import", json!({"url": "https://127.0.0.1/", "filename": "a\u{7}b"})).await;
    assert_eq!(both.expect(422)["error"]["meta"]["issues"].as_array().unwrap().len(), 2, "all problems at once");
    let kept = world.get("/v1/media").await.expect(200);
    assert_eq!(kept["data"], json!([]), "nothing was kept");
    assert_eq!(site.requests().len(), 0, "nobody was called");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_to_the_inside_is_not_followed_from_a_trusted_start() {
    let (site, inside) = (Site::start().await, Site::start().await);
    let world = world(&site).await;
    let secret = inside.file("/video.mp4", &video_of(100_000));
    for (index, to) in [
        secret.as_str(),
        "http://127.0.0.1/",
        "https://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "https://169.254.169.254/latest/meta-data/",
        "//0xa9fea9fe/",
        "https://[::1]/",
        "http://example.com/video.mp4",
        "file:///etc/passwd",
    ]
    .iter()
    .enumerate()
    {
        let url = site.put(&format!("/{index}"), Page::Redirect((*to).to_owned()));
        assert_eq!(failed(&world, &url).await, "import_not_public", "{to}");
    }
    assert_eq!(inside.requests().len(), 0, "nobody inside was called");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_file_of_ours_fails_at_once_with_its_reason() {
    let site = Site::start().await;
    let world = world(&site).await;
    let png = include_bytes!("../../shared/video/fixtures/png_renamed.mp4");
    for (path, page, code) in [
        ("/page.mp4", Page::Html, "import_not_media"),
        ("/png.mp4", Page::File { bytes: Bytes::from_static(png), etag: None }, "photo_format_unsupported"),
        ("/empty.mp4", Page::File { bytes: Bytes::new(), etag: None }, "empty_file"),
        ("/gone.mp4", Page::Status(404), "import_http_status"),
        ("/login.mp4", Page::Status(403), "import_http_status"),
        ("/large.mp4", Page::Announced(4_000_000_001), "import_too_large"),
        ("/endless.mp4", Page::Endless, "import_not_media"),
        ("/round.mp4", Page::Redirect("/round.mp4".to_owned()), "import_redirects"),
    ] {
        let before = site.requests().len();
        assert_eq!(failed(&world, &site.put(path, page)).await, code, "{path}");
        let requests = site.requests().len() - before;
        assert_eq!(requests, if path == "/round.mp4" { 6 } else { 1 }, "{path} is not tried again");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_drips_is_left_before_the_deadline() {
    let site = Site::start().await;
    let timeouts = BTreeMap::from([("ImportMediaFunction".to_owned(), Duration::from_secs(6))]);
    let world = world_with(&site, timeouts).await;
    assert_eq!(failed(&world, &site.put("/drip.mp4", Page::Drip)).await, "import_timed_out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_with_slow_servers_does_not_hold_up_another_ones_import() {
    // As it was tried: twelve slow servers, and as many workers as the template has.
    let (slow, fast) = (join_all((0..12).map(|_| Site::start())).await, Site::start().await);
    let trusted: Vec<_> = slow.iter().chain([&fast]).map(Site::origin).collect();
    let parameters = BTreeMap::from([("ImportTrustedOrigins".to_owned(), trusted.join(","))]);
    let mut world = World::with(Setup { parameters, ..Setup::default() }).await;
    for site in &slow {
        world.import(&site.put("/drip.mp4", Page::Drip)).await;
    }
    let asked = || slow.iter().filter(|site| !site.requests().is_empty()).count();
    until(Duration::from_secs(30), async || (asked() > 0).then_some(())).await.expect("one is asked");
    let other = json!({"slipway": "create_key", "email": "other@example.com"});
    let other = world.stack.invoke("WorkspaceFunction", other).await.expect("a key is made");
    world.key = other["raw_key"].as_str().unwrap().to_owned();
    let started = Instant::now();
    let id = world.import(&fast.file("/video.mp4", &video_of(100_000))).await;
    world.until_media(&id, "ready").await;
    println!("another tenant's import took {:.1} s", started.elapsed().as_secs_f64());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_breaks_is_gone_on_with_where_it_ended() {
    let site = Site::start().await;
    let world = world(&site).await;
    let video = video_of(30_000_000);
    site.cut([5_000_000, 12_345_678]);
    let id = world.import(&site.file("/video.mp4", &video)).await;
    let media = world.until_media(&id, "ready").await;
    assert_eq!(sha256(&world.content(&media).await), sha256(&video), "the bytes are identical");
    let requests = site.requests();
    assert_eq!(requests.len(), 3);
    assert!(!requests[0].contains("range:"), "{}", requests[0]);
    for again in &requests[1..] {
        assert!(again.contains("range: bytes=") && again.contains("if-range: \"v1\""), "{again}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_without_a_name_for_its_bytes_is_begun_again() {
    let site = Site::start().await;
    let world = world(&site).await;
    let video = video_of(30_000_000);
    site.cut([20_000_000]);
    let page = Page::File { bytes: Bytes::from(video.clone()), etag: None };
    let id = world.import(&site.put("/video.mp4", page)).await;
    let media = world.until_media(&id, "ready").await;
    assert_eq!(sha256(&world.content(&media).await), sha256(&video), "the bytes are identical");
    assert_eq!(site.requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_down_is_tried_again_and_not_for_ever() {
    let site = Site::start().await;
    let world = world(&site).await;
    site.answer([503, 502]);
    let video = video_of(100_000);
    let id = world.import(&site.file("/video.mp4", &video)).await;
    world.until_media(&id, "ready").await;
    assert_eq!(site.requests().len(), 3);

    let nobody = site.put("/down.mp4", Page::Status(503));
    assert_eq!(failed(&world, &nobody).await, "import_http_status");
    assert_eq!(site.requests().len(), 3 + 6, "six tries");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_with_an_address_is_published_once_when_its_media_has_come() {
    let site = Site::start().await;
    let world = world(&site).await;
    let video = video_of(20_000_000);
    let url = site.file("/video.mp4", &video);
    let mut body = world.body(&url, "By its address");
    let post = world.post("/v1/posts", body.clone()).await.expect(201);
    let media = post["media_ids"][0].as_str().unwrap().to_owned();
    assert!(media.starts_with("med_"), "{post:#}");
    let id = post["id"].as_str().unwrap();
    world.until_post(id, "published").await;
    world.published_once(&sha256(&video));
    assert_eq!(world.get(&format!("/v1/media/{media}")).await.expect(200)["status"], "ready");

    body["media_ids"] = json!([]);
    body["media"] = json!([{"source_type": "url", "source": url}]);
    let again = world.post("/v1/posts", body.clone()).await.expect(409);
    assert_eq!(again["error"]["meta"]["post_id"], id, "the same address and text are the same post: {again:#}");
    body["media"] = json!([{"source_type": "url", "source": "https://169.254.169.254/latest/meta-data/"}]);
    let inside = world.post("/v1/posts", body).await;
    inside.refused(422, "publishing.media.unsupported_source", "media[0].source");
    assert_eq!(site.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_import_fails_its_post_and_says_why() {
    let site = Site::start().await;
    let world = world(&site).await;
    let url = site.put("/page.mp4", Page::Html);
    let post = world.post("/v1/posts", world.body(&url, "Not a video")).await.expect(201);
    let post = world.until_post(post["id"].as_str().unwrap(), "failed").await;
    let error = &post["targets"][0]["error"];
    assert_eq!(
        (&error["code"], &error["category"], &error["caused_by"]),
        (&json!("publishing.media.rejected"), &json!("validation"), &json!("user")),
        "{error:#}"
    );
    assert!(error["message"].as_str().unwrap().contains("import_not_media"), "{error:#}");
    assert!(world.tiktok.ledger().publishes.is_empty(), "nothing was begun at TikTok");
}

const FUNCTIONS: [&str; 4] = ["PostsFunction", "ImportMediaFunction", "TransferFunction", "PublishStatusFunction"];

/// How many worlds die at the same time.
const AT_ONCE: usize = 2;

/// Every AWS call of the life of a post by address: accepting it, importing, sending.
async fn killed_at_every_call(moment: Moment) {
    let site = Site::start().await;
    let worlds = join_all((0..AT_ONCE).map(|_| world_of_many_posts(&site))).await;
    let victim = async |world: &World, call| {
        let video = video_of(9_000_000 + usize::try_from(call).unwrap()); // two parts
        let url = site.file(&format!("/{call}.mp4"), &video);
        Victim { body: world.body(&url, &format!("Killed at call {call}")), sha256: sha256(&video) }
    };
    let afterwards = async |world: &World, post: &Value| {
        let media = world.get(&format!("/v1/media/{}", post["media_ids"][0].as_str().unwrap())).await.expect(200);
        assert_eq!(media["status"], "ready", "{media:#}");
        let all = world.get("/v1/media?limit=100").await.expect(200);
        let all = all["data"].as_array().unwrap().len();
        assert_eq!(all, world.tiktok.ledger().published().len(), "each was imported once");
    };
    let deaths = die_at_every_call(worlds, &FUNCTIONS, moment, victim, afterwards).await;
    assert!(deaths >= 38, "only {deaths} deaths");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_before_any_call_is_ready_and_posted_once() {
    killed_at_every_call(Moment::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_right_after_any_call_is_ready_and_posted_once() {
    killed_at_every_call(Moment::After).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_whose_message_was_lost_is_set_going_by_the_sweep() {
    let site = Site::start().await;
    let world = world(&site).await;
    let video = video_of(100_000);
    let url = site.file("/video.mp4", &video);
    world.stack.aws().fail_next("SQS.SendMessage", 3, 500);
    let id = world.import(&url).await;
    world.until_media_by(Nets::Sweep, &id, "ready").await;
}
