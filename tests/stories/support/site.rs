//! Somebody's server, from which media is imported.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::loopback;

/// What is at a path.
#[derive(Clone)]
pub(crate) enum Page {
    /// A file. With an `ETag` it can be gone on with where a connection broke.
    File { bytes: Bytes, etag: Option<&'static str> },
    /// A page for people.
    Html,
    /// Nothing but a status.
    Status(u16),
    /// The way to somewhere else.
    Redirect(String),
    /// A header that announces so many bytes, and the beginning of a video.
    Announced(u64),
    /// The beginning of a video, and then a byte now and then.
    Drip,
    /// Bytes without end or length.
    Endless,
}

#[derive(Default)]
struct State {
    pages: BTreeMap<String, Page>,
    /// After how many bytes of a body the next answers break off.
    cuts: VecDeque<usize>,
    /// The next answers are these statuses, whatever is asked for.
    statuses: VecDeque<u16>,
    requests: Vec<String>,
}

/// A server on loopback.
pub(crate) struct Site {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        Self { address: loopback::listen(&state, serve).await, state }
    }

    /// What an operator writes to trust it.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts something at a path; answers its address, which holds a secret as a signed link does.
    pub(crate) fn put(&self, path: &str, page: Page) -> String {
        self.state.lock().unwrap().pages.insert(path.to_owned(), page);
        format!("{}{path}?X-Amz-Signature=0123456789abcdef", self.origin())
    }

    /// Puts a file there that can be gone on with.
    pub(crate) fn file(&self, path: &str, bytes: &[u8]) -> String {
        self.put(path, Page::File { bytes: Bytes::copy_from_slice(bytes), etag: Some("\"v1\"") })
    }

    /// The next answers break off after so many bytes each.
    pub(crate) fn cut(&self, after: impl IntoIterator<Item = usize>) {
        self.state.lock().unwrap().cuts.extend(after);
    }

    /// The next answers have these statuses.
    pub(crate) fn answer(&self, statuses: impl IntoIterator<Item = u16>) {
        self.state.lock().unwrap().statuses.extend(statuses);
    }

    /// The heads of the requests that came, in lower case.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let Some(head) = loopback::head(&mut stream).await else { return };
    let path = head.split([' ', '?']).nth(1).expect("a request has a path").to_owned();
    let head = head.to_lowercase();
    let (page, cut) = {
        let mut state = state.lock().unwrap();
        state.requests.push(head.clone());
        let page = match state.statuses.pop_front() {
            Some(status) => Page::Status(status),
            None => state.pages.get(&path).cloned().unwrap_or(Page::Status(404)),
        };
        let cut = if matches!(page, Page::File { .. }) { state.cuts.pop_front() } else { None };
        (page, cut)
    };
    // Who hangs up has had enough.
    let _ = answer(&mut stream, page, &head, cut).await;
}

async fn answer(stream: &mut TcpStream, page: Page, head: &str, cut: Option<usize>) -> std::io::Result<()> {
    let video = super::video_of(100_000);
    match page {
        Page::File { bytes, etag } => {
            let size = bytes.len();
            let wanted = head.lines().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-'));
            let same = head.lines().find_map(|line| line.strip_prefix("if-range: ")) == etag;
            let from = wanted.filter(|_| same).map_or(0, |from| from.parse().expect("a range is a number"));
            let tag = etag.map(|etag| format!("ETag: {etag}\r\n")).unwrap_or_default();
            let part = if from > 0 {
                format!("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{}/{size}\r\n", size - 1)
            } else {
                "HTTP/1.1 200 OK\r\n".to_owned()
            };
            stream.write_all(format!("{part}{tag}Content-Length: {}\r\n\r\n", size - from).as_bytes()).await?;
            let end = cut.map_or(size, |cut| size.min(from + cut));
            stream.write_all(&bytes[from..end]).await
        }
        Page::Html => {
            let html = "<!doctype html><title>A video</title>".repeat(1000);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {}\r\n\r\n", html.len());
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(html.as_bytes()).await
        }
        Page::Status(status) => {
            stream.write_all(format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n").as_bytes()).await
        }
        Page::Redirect(to) => {
            let head = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).await
        }
        Page::Announced(size) => {
            stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n").as_bytes()).await?;
            stream.write_all(&video).await
        }
        Page::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n").await?;
            stream.write_all(&video).await?;
            loop {
                stream.write_all(b"x").await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Page::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(&[0x55; 16_000]).await?;
            }
        }
    }
}
