//! A large video that exists nowhere, and a client that uploads it in parts, as a customer's program does.

use std::io;
use std::ops::Range;
use std::sync::LazyLock;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use reqwest::header::CONTENT_LENGTH;
use reqwest::{Body, Client, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Answer, World};

const SAMPLE: &[u8] = include_bytes!("../../../infra/local/sample/sample.mp4");
/// Bytes that are made at once, and so about all that a client holds of the file for each part on its way.
const BLOCK: u64 = 256 * 1024;
/// Each page has a number in it, so that no two stretches of a file are alike.
const PAGE: u64 = 4096;

/// Pseudo-random bytes behind the number of every page.
static NOISE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut noise = vec![0; 4096];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for word in noise.chunks_exact_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        word.copy_from_slice(&state.to_le_bytes());
    }
    noise
});

/// A playable video of any size under 4 GiB: the sample, and behind it one box that players skip. It is made again
/// whenever it is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LargeFile {
    pub(crate) size: u64,
}

impl LargeFile {
    /// A stretch of the file.
    pub(crate) fn bytes(self, range: Range<u64>) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        let starts = range.clone().step_by(usize::try_from(BLOCK).unwrap());
        stream::iter(starts.map(move |start| Ok(self.block(start..range.end.min(start + BLOCK)))))
    }

    /// SHA-256 of the whole file, in hex.
    pub(crate) fn sha256(self) -> String {
        let mut hash = Sha256::new();
        for start in (0..self.size).step_by(usize::try_from(BLOCK).unwrap()) {
            hash.update(self.block(start..self.size.min(start + BLOCK)));
        }
        hex::encode(hash.finalize())
    }

    fn block(self, range: Range<u64>) -> Bytes {
        let first = range.start / PAGE;
        let mut bytes = Vec::new();
        for page in first..range.end.div_ceil(PAGE) {
            bytes.extend_from_slice(&(page ^ self.size.rotate_left(32)).to_le_bytes());
            bytes.extend_from_slice(&NOISE[8..]);
        }
        let length = |from: u64, to: u64| usize::try_from(to - from).unwrap();
        let start = first * PAGE;
        if start < self.head().len() as u64 {
            let head = &self.head()[usize::try_from(start).unwrap()..];
            let shown = head.len().min(bytes.len());
            bytes[..shown].copy_from_slice(&head[..shown]);
        }
        Bytes::from(bytes).slice(length(start, range.start)..length(start, range.end))
    }

    /// The sample and the header of the box behind it.
    fn head(self) -> Vec<u8> {
        let rest = u32::try_from(self.size - SAMPLE.len() as u64).expect("under 4 GiB");
        [SAMPLE, &rest.to_be_bytes(), b"free"].concat()
    }
}

/// Announces the file; answers its parts, and where to go on.
pub(crate) async fn begin(world: &World, file: LargeFile) -> Value {
    let body = json!({"filename": "large.mp4", "content_type": "video/mp4", "size_bytes": file.size});
    world.post("/v1/media/upload-url", body).await.expect(200)
}

/// PUTs the whole file, with the headers that came with the URL.
pub(crate) async fn put_whole(file: LargeFile, begun: &Value) -> Response {
    let body = Body::wrap_stream(file.bytes(0..file.size));
    let mut put = Client::new().put(begun["upload_url"].as_str().expect("an URL")).header(CONTENT_LENGTH, file.size);
    for (name, value) in begun["headers"].as_object().expect("headers") {
        put = put.header(name, value.as_str().expect("a text"));
    }
    put.body(body).send().await.expect("S3 answers")
}

/// PUTs one part, by the description that the API gave.
pub(crate) async fn put_part(file: LargeFile, part: &Value) -> Response {
    let range = range_of(file, part);
    let length = range.end - range.start;
    put(part, length, Body::wrap_stream(file.bytes(range))).await.expect("S3 answers")
}

/// Begins to PUT one part and dies in the middle of it.
pub(crate) async fn put_half_a_part(file: LargeFile, part: &Value) {
    let range = range_of(file, part);
    let (length, middle) = (range.end - range.start, u64::midpoint(range.start, range.end));
    let cut = stream::once(async { Err(io::ErrorKind::ConnectionReset.into()) });
    let body = Body::wrap_stream(file.bytes(range.start..middle).chain(cut));
    put(part, length, body).await.expect_err("the connection is cut");
}

/// PUTs parts, a few at a time.
pub(crate) async fn put_parts(file: LargeFile, parts: impl IntoIterator<Item = &Value>) {
    stream::iter(parts)
        .for_each_concurrent(3, async |part| {
            let answer = put_part(file, part).await;
            assert!(answer.status().is_success(), "{}: {}", answer.status(), answer.text().await.unwrap());
        })
        .await;
}

async fn put(part: &Value, length: u64, body: Body) -> reqwest::Result<Response> {
    Client::new().put(part["url"].as_str().expect("an URL")).header(CONTENT_LENGTH, length).body(body).send().await
}

/// Where the part lies in the file. All parts are of one size but the last, which ends with the file.
fn range_of(file: LargeFile, part: &Value) -> Range<u64> {
    const PART: u64 = 33_554_432;
    let (number, size) = (part["number"].as_u64().unwrap(), part["size"].as_u64().unwrap());
    let start = (number - 1) * PART;
    assert_eq!(size, PART.min(file.size - start), "{part}");
    start..start + size
}

/// Calls the route that a link of an answer leads to.
pub(crate) async fn follow(world: &World, method: &str, link: &Value) -> Answer {
    let path = link.as_str().expect("a link").strip_prefix(&world.stack.api_url()).expect("a link to the API");
    Answer::read(world.request(method, path).send().await.expect("the API answers")).await
}

/// SHA-256 of what the media's link gives, in hex, and its length.
pub(crate) async fn download(media: &Value) -> (String, u64) {
    let answer = Client::new().get(media["url"].as_str().expect("a link")).send().await.expect("S3 answers");
    assert!(answer.status().is_success(), "{}", answer.status());
    let read = answer.bytes_stream().try_fold((Sha256::new(), 0), async |(mut hash, length), bytes| {
        hash.update(&bytes);
        Ok((hash, length + bytes.len() as u64))
    });
    let (hash, length) = read.await.expect("the object is read to its end");
    (hex::encode(hash.finalize()), length)
}
