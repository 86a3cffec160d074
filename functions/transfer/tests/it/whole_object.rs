//! An S3 that ignores `Range`: it answers every request with the whole object.

use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Its address.
pub(crate) async fn serving(bytes: Vec<u8>, etag: &str) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (bytes, etag) = (Arc::new(bytes), etag.to_owned());
    // It ends with the test's runtime.
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, Arc::clone(&bytes), etag.clone()));
        }
    });
    base
}

async fn answer(mut stream: TcpStream, bytes: Arc<Vec<u8>>, etag: String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let head =
        format!("HTTP/1.1 200 OK\r\nETag: {etag}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len());
    // Who hangs up has had enough.
    if stream.write_all(head.as_bytes()).await.is_ok() {
        let _ = stream.write_all(&bytes).await;
    }
}
