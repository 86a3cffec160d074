use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tiktok_sim::{ProgressHeader, PublishState};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::support::*;

const CHUNK: u64 = 5_242_880;

#[tokio::test]
async fn the_worked_example_of_fifty_million_bytes_arrives_identical() {
    let app = App::start().await;
    let tokens = app.login().await;
    let video = video(50_000_123);
    let (publish_id, url) = app.init(&tokens, 50_000_123, 10_000_000).await;
    let ranges = [
        (0, 9_999_999, 206),
        (10_000_000, 19_999_999, 206),
        (20_000_000, 29_999_999, 206),
        (30_000_000, 39_999_999, 206),
        (40_000_000, 50_000_122, 201),
    ];
    for (first, last, expected) in ranges {
        let body = part(&video, first, last + 1);
        let (status, progress) = app.put(&url, &format!("bytes {first}-{last}/50000123"), body).await.unwrap();
        assert_eq!((status, progress), (expected, format!("bytes 0-{}/50000123", last + 1)));
    }
    let ledger = app.sim.ledger();
    let record = ledger.publish(&publish_id).unwrap();
    assert_eq!(record.sha256.as_deref(), Some(sha256(&video).as_str()));
    let stored: Vec<(u64, u64)> = record.chunks.iter().map(|chunk| (chunk.first, chunk.last)).collect();
    let sent: Vec<(u64, u64)> = ranges.map(|(first, last, _)| (first, last)).to_vec();
    assert_eq!(stored, sent);
    assert_eq!((record.bytes_stored, record.bytes_received.get()), (50_000_123, 50_000_123));
    assert_eq!(record.state, PublishState::Processing);
}

#[tokio::test]
async fn a_range_that_does_not_fit_the_progress_is_told_the_progress() {
    let app = App::start().await;
    let tokens = app.login().await;
    let size = 2 * CHUNK + 7;
    let video = video(usize::try_from(size).unwrap());
    let (_, url) = app.init(&tokens, size, CHUNK).await;
    let part = |first: u64, last: u64| part(&video, first, last + 1);
    let wrong = [
        (CHUNK, 2 * CHUNK + 6, size),
        (0, CHUNK - 2, size),
        (0, CHUNK, size),
        (0, CHUNK - 1, size + 1),
        (0, 2 * CHUNK + 6, size),
    ];
    for (first, last, total) in wrong {
        let refused = app.put(&url, &format!("bytes {first}-{last}/{total}"), part(first, last)).await.unwrap();
        assert_eq!(refused, (416, format!("bytes 0-0/{size}")), "{first}-{last}/{total}");
    }
    let first = format!("bytes 0-{}/{size}", CHUNK - 1);
    let stored = format!("bytes 0-{CHUNK}/{size}");
    assert_eq!(app.put(&url, &first, part(0, CHUNK - 1)).await.unwrap(), (206, stored.clone()));
    // The same chunk again, and the last one cut at the chunk size.
    assert_eq!(app.put(&url, &first, part(0, CHUNK - 1)).await.unwrap(), (416, stored.clone()));
    let short = format!("bytes {CHUNK}-{}/{size}", 2 * CHUNK - 1);
    assert_eq!(app.put(&url, &short, part(CHUNK, 2 * CHUNK - 1)).await.unwrap(), (416, stored));
    app.sim.configure(|config| config.progress = ProgressHeader::LastIndex).unwrap();
    let refused = app.put(&url, &first, part(0, CHUNK - 1)).await.unwrap();
    assert_eq!(refused, (416, format!("bytes 0-{}/{size}", CHUNK - 1)));
    let last = format!("bytes {CHUNK}-{}/{size}", size - 1);
    assert_eq!(app.put(&url, &last, part(CHUNK, size - 1)).await.unwrap().0, 201);
    assert_eq!(app.sim.ledger().publishes[0].sha256, Some(sha256(&video)));
}

#[tokio::test]
async fn malformed_headers_are_refused() {
    let app = App::start().await;
    let tokens = app.login().await;
    let (_, url) = app.init(&tokens, 100, 100).await;
    let video = video(100);
    let send = |content_type: Option<&'static str>, range: Option<&'static str>, body: Bytes| {
        let mut request = app.http.put(&url).body(body);
        if let Some(content_type) = content_type {
            request = request.header("Content-Type", content_type);
        }
        if let Some(range) = range {
            request = request.header("Content-Range", range);
        }
        async move { request.send().await.unwrap().status().as_u16() }
    };
    let whole = Some("bytes 0-99/100");
    assert_eq!(send(Some("image/png"), whole, video.clone()).await, 400);
    assert_eq!(send(None, whole, video.clone()).await, 400);
    assert_eq!(send(Some("video/mp4"), Some("0-99/100"), video.clone()).await, 400);
    assert_eq!(send(Some("video/mp4"), whole, video.slice(..99)).await, 400);
    assert_eq!(send(Some("video/mp4"), None, video.clone()).await, 416);
    let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(video.clone())]));
    let request = app.http.put(&url).header("Content-Type", "video/mp4").header("Content-Range", "bytes 0-99/100");
    assert_eq!(request.body(chunked).send().await.unwrap().status(), 400);
    assert_eq!(app.http.post(&url).body(video.clone()).send().await.unwrap().status(), 405);
    assert_eq!(send(Some("video/webm"), whole, video).await, 201);
}

#[tokio::test]
async fn an_upload_url_is_unknown_expired_or_used_up() {
    let app = App::start().await;
    let tokens = app.login().await;
    let whole = "bytes 0-99/100";
    let (_, url) = app.init(&tokens, 100, 100).await;
    let unknown = format!("{url}x");
    assert_eq!(app.put(&unknown, whole, video(100)).await.unwrap(), (404, String::new()));
    assert_eq!(app.put(&format!("{}/video/", app.sim.url()), whole, video(100)).await.unwrap().0, 404);
    assert_eq!(app.put(&url, whole, video(100)).await.unwrap().0, 201);
    assert_eq!(app.put(&url, whole, video(100)).await.unwrap().0, 404);

    let (publish_id, url) = app.init(&tokens, 100, 100).await;
    app.sim.advance(Duration::from_secs(3601));
    assert_eq!(app.put(&url, whole, video(100)).await.unwrap(), (403, "bytes 0-0/100".to_owned()));
    let tokens = super::support::tokens(&app.refresh(&tokens.refresh).await);
    let status = app.status(&tokens, &publish_id).await;
    assert_eq!((&status.data()["status"], &status.data()["fail_reason"]), (&json!("FAILED"), &json!("internal")));
    assert_eq!(app.sim.ledger().webhooks_of("post.publish.failed").len(), 1);
}

#[tokio::test]
async fn a_chunk_that_breaks_off_does_not_count() {
    let app = App::start().await;
    let tokens = app.login().await;
    let size = 2 * CHUNK;
    let video = video(usize::try_from(size).unwrap());
    let (publish_id, url) = app.init(&tokens, size, CHUNK).await;
    let (first, second) = (part(&video, 0, CHUNK), part(&video, CHUNK, size));
    assert_eq!(app.put(&url, &format!("bytes 0-{}/{size}", CHUNK - 1), first).await.unwrap().0, 206);

    let target = Url::parse(&url).unwrap();
    let mut stream = TcpStream::connect(target.socket_addrs(|| None).unwrap()[0]).await.unwrap();
    let head = format!(
        "PUT {}?{} HTTP/1.1\r\nHost: sim\r\nContent-Type: video/mp4\r\nContent-Length: {CHUNK}\r\n\
         Content-Range: bytes {CHUNK}-{}/{size}\r\n\r\n",
        target.path(),
        target.query().unwrap(),
        size - 1
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&second[..100_000]).await.unwrap();
    app.until("the broken part was received", |ledger| ledger.publishes[0].bytes_received.get() == CHUNK + 100_000)
        .await;
    stream.shutdown().await.unwrap();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert!(rest.is_empty() || !rest.starts_with(b"HTTP/1.1 2"));
    assert_eq!(app.status(&tokens, &publish_id).await.data()["uploaded_bytes"], CHUNK);

    let whole = format!("bytes {CHUNK}-{}/{size}", size - 1);
    assert_eq!(app.put(&url, &whole, second).await.unwrap().0, 201);
    assert_eq!(app.sim.ledger().publish(&publish_id).unwrap().sha256, Some(sha256(&video)));
}

#[tokio::test]
async fn of_two_twins_sending_the_same_chunk_one_counts() {
    let app = App::start().await;
    let tokens = app.login().await;
    let size = 2 * CHUNK;
    let video = video(usize::try_from(size).unwrap());
    let (_, url) = app.init(&tokens, size, CHUNK).await;
    let range = format!("bytes 0-{}/{size}", CHUNK - 1);
    let first = part(&video, 0, CHUNK);
    let (one, two) = tokio::join!(app.put(&url, &range, first.clone()), app.put(&url, &range, first));
    let mut statuses = [one.unwrap().0, two.unwrap().0];
    statuses.sort_unstable();
    assert_eq!(statuses, [206, 416]);
    let rest = part(&video, CHUNK, size);
    assert_eq!(app.put(&url, &format!("bytes {CHUNK}-{}/{size}", size - 1), rest).await.unwrap().0, 201);
    assert_eq!(app.sim.ledger().publishes[0].sha256, Some(sha256(&video)));
}
