//! Somebody's server with one file, which sends as much of it as a test lets it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A server on loopback.
pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    status: u16,
    bytes: Vec<u8>,
    requests: AtomicUsize,
    /// After how many bytes the first answer breaks off.
    first_breaks_at: Option<usize>,
    /// How many bytes of each body may go out.
    allowed: watch::Sender<usize>,
}

impl Server {
    /// Serves this file.
    pub(crate) async fn of(bytes: Vec<u8>) -> Self {
        Self::start(200, bytes, None).await
    }

    /// Serves this file, but its first answer breaks off after so many bytes. It names no version to resume by.
    pub(crate) async fn breaking_off(bytes: Vec<u8>, at: usize) -> Self {
        Self::start(200, bytes, Some(at)).await
    }

    /// Answers this status and no file.
    pub(crate) async fn refusing(status: u16) -> Self {
        Self::start(status, Vec::new(), None).await
    }

    async fn start(status: u16, bytes: Vec<u8>, first_breaks_at: Option<usize>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let allowed = watch::Sender::new(usize::MAX);
        let state = Arc::new(State { status, bytes, requests: AtomicUsize::new(0), first_breaks_at, allowed });
        let shared = Arc::clone(&state);
        // It ends with the test's runtime.
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&shared)));
            }
        });
        Self { address, state }
    }

    /// What an operator writes to trust it.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where its file is.
    pub(crate) fn url(&self) -> String {
        format!("{}/video.mp4", self.origin())
    }

    /// How often it was asked.
    pub(crate) fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }

    /// Sends no more than this of the file until it is released.
    pub(crate) fn hold_at(&self, bytes: usize) {
        self.state.allowed.send_replace(bytes);
    }

    /// Sends the rest.
    pub(crate) fn let_go(&self) {
        self.hold_at(usize::MAX);
    }
}

async fn answer(mut stream: TcpStream, state: Arc<State>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let first = state.requests.fetch_add(1, Ordering::SeqCst) == 0;
    let end = state.first_breaks_at.filter(|_| first).unwrap_or(state.bytes.len());
    // Who hangs up has had enough.
    let _ = send(&mut stream, &state, end).await;
}

async fn send(stream: &mut TcpStream, state: &State, end: usize) -> std::io::Result<()> {
    let (status, bytes) = (state.status, &state.bytes);
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len());
    stream.write_all(head.as_bytes()).await?;
    let mut allowed = state.allowed.subscribe();
    let mut sent = 0;
    while sent < end {
        let until = (*allowed.borrow_and_update()).min(end);
        stream.write_all(&bytes[sent..until.max(sent)]).await?;
        sent = until.max(sent);
        if sent < end && allowed.changed().await.is_err() {
            return Ok(());
        }
    }
    stream.shutdown().await
}
