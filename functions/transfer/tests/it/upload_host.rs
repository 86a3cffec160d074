//! An upload host whose answers a test chooses, for what the simulator never says.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What it says to one chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The number in its progress header, and the size of the whole.
    pub(crate) stored: Option<(u64, u64)>,
}

/// Takes every chunk whole and gives its answers in their order.
pub(crate) struct UploadHost {
    address: SocketAddr,
    ranges: Arc<Mutex<Vec<String>>>,
}

impl UploadHost {
    pub(crate) async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&ranges);
        let mut answers = VecDeque::from(answers);
        // It ends with the test's runtime.
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let range = take(&mut stream).await;
                seen.lock().unwrap().push(range);
                let Answer { status, stored } = answers.pop_front().expect("an answer is planned");
                let progress = stored.map(|(bytes, size)| format!("Content-Range: bytes 0-{bytes}/{size}\r\n"));
                let progress = progress.unwrap_or_default();
                let head = format!("HTTP/1.1 {status} X\r\n{progress}Content-Length: 0\r\nConnection: close\r\n\r\n");
                stream.write_all(head.as_bytes()).await.unwrap();
            }
        });
        Self { address, ranges }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/video/", self.address)
    }

    /// The ranges of the chunks that came, as they were announced.
    pub(crate) fn ranges(&self) -> Vec<String> {
        self.ranges.lock().unwrap().clone()
    }
}

/// Reads one chunk to its end; answers its range.
async fn take(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let header = |name: &str| {
        let found = head.lines().filter_map(|line| line.split_once(": "));
        found.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next().unwrap()
    };
    let mut left: usize = header("content-length").parse().unwrap();
    let mut buffer = vec![0; 65_536];
    while left > 0 {
        let most = left.min(buffer.len());
        left -= stream.read_exact(&mut buffer[..most]).await.unwrap();
    }
    header("content-range")
}
