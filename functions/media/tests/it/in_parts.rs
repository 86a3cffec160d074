//! Uploads in parts.

mod completed;
mod given_up;
mod offered;
mod sent;

use slipway_domain::Reach;
use std::sync::LazyLock;

use bytes::Bytes;
use http::Method;
use reqwest::StatusCode;
use serde_json::{Value, json};
use slipway_store::media::MediaRecord;

use crate::service::{Answer, BASE, Service, fixture};

const PART: usize = 33_554_432;

/// A video of two whole parts and one byte: a real one, with a gap in the middle.
static VIDEO: LazyLock<Bytes> = LazyLock::new(|| {
    let file = fixture("index_last.mp4");
    let at = file.windows(4).position(|name| name == b"mdat").unwrap() - 4;
    let gap = 2 * PART + 1 - file.len();
    let free = [&u32::try_from(gap).unwrap().to_be_bytes(), &b"free"[..], &vec![0; gap - 8]].concat();
    [&file[..at], &free, &file[at..]].concat().into()
});

/// The bytes of part `number` of the video.
fn content(number: u64) -> Bytes {
    let start = usize::try_from(number - 1).unwrap() * PART;
    VIDEO.slice(start..VIDEO.len().min(start + PART))
}

async fn begin(service: &Service, size: usize) -> Answer {
    let body = json!({"filename": "big.mp4", "content_type": "video/mp4", "size_bytes": size});
    let answer = service.post("/v1/media/upload-url", body).await;
    assert_eq!(answer.status, 200, "{:#}", answer.body);
    answer
}

fn part(answer: &Answer, number: u64) -> Value {
    let parts = answer.body["parts"].as_array().unwrap();
    parts.iter().find(|part| part["number"] == number).unwrap().clone()
}

async fn put(url: &Value, body: Bytes) -> StatusCode {
    reqwest::Client::new().put(url.as_str().unwrap()).body(body).send().await.unwrap().status()
}

/// PUTs the whole file, with the headers that came with the URL.
async fn put_whole(answer: &Answer, body: Bytes) -> StatusCode {
    crate::upload_url::put(answer, body, &[]).await
}

async fn put_parts(answer: &Answer, numbers: &[u64]) {
    for number in numbers {
        assert_eq!(put(&part(answer, *number)["url"], content(*number)).await, 200);
    }
}

/// Calls the route that a link of the answer leads to.
async fn follow(service: &Service, method: Method, link: &str) -> Answer {
    service.call(&service.caller, method, link.strip_prefix(BASE).unwrap(), None).await
}

async fn complete(service: &Service, answer: &Answer) -> Answer {
    follow(service, Method::POST, answer.text("complete_url")).await
}

async fn resume(service: &Service, answer: &Answer) -> Answer {
    follow(service, Method::GET, answer.text("resume_url")).await
}

async fn uploads_in_progress(service: &Service, record: &MediaRecord) -> bool {
    let upload = record.multipart.clone().unwrap();
    let parts =
        service.s3.list_parts().bucket(&service.bucket).key(&record.s3_key).upload_id(upload.upload_id.as_str());
    parts.send().await.is_ok()
}

async fn record(service: &Service, answer: &Answer) -> Option<MediaRecord> {
    service.media.get(&Reach::whole(service.tenant()), &answer.text("media_id").parse().unwrap()).await.unwrap()
}
