#![doc = include_str!("../README.md")]

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long a refused caller may go on sending before its connection is cut.
const LINGER: Duration = Duration::from_secs(30);

/// What becomes of a connection over which nothing comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// It stays open.
    Kept,
    /// It is closed after half a minute, as on the internet.
    Closed,
}

/// Answers what comes over `listener` until `stop` is ready, then cuts every connection and returns.
pub async fn serve<A, F, B, E>(listener: TcpListener, idle: Idle, stop: impl Future<Output = ()>, answer: A)
where
    A: Fn(Request<Incoming>, SocketAddr) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<B>, E>> + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    let mut stop = std::pin::pin!(stop);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer, idle, answer.clone()));
                }
                Err(error) => {
                    // Too many open files, as a rule; some are free again when a connection has ended.
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(Duration::from_millis(20)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    connections.shutdown().await;
}

async fn connection<A, F, B, E>(stream: TcpStream, peer: SocketAddr, idle: Idle, answer: A)
where
    A: Fn(Request<Incoming>, SocketAddr) -> F,
    F: Future<Output = Result<Response<B>, E>>,
    B: Body<Error: Into<Box<dyn Error + Send + Sync>>> + 'static,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    // Small answers leave at once instead of waiting for more to fill a packet. Without it they are only slower.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(request, peer));
    let mut server = http1::Builder::new();
    if idle == Idle::Closed {
        // With a timer, and only then, hyper waits half a minute for the next request's head.
        server.timer(TokioTimer::new());
    }
    match server.serve_connection(TokioIo::new(stream), service).without_shutdown().await {
        Ok(parts) => linger(parts.io.into_inner()).await,
        // Whatever ends a connection, its peer knows already.
        Err(error) => tracing::debug!(%error, "a connection ended"),
    }
}

/// Ends a connection so that the caller hears the last answer: a socket that is closed over unread data resets the
/// connection, and a caller who is still sending would see the reset only.
async fn linger(mut stream: TcpStream) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let mut dropped = vec![0; 64 * 1024];
    // The end, an error and the time limit all mean the same: this connection is over.
    let _ = timeout(LINGER, async { while matches!(stream.read(&mut dropped).await, Ok(1..)) {} }).await;
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::io;

    use bytes::Bytes;
    use http_body_util::Full;
    use tokio::sync::{mpsc, oneshot};

    use super::*;

    /// Refuses every request unread, and ends the connection.
    async fn refuse(_: Request<Incoming>, _: SocketAddr) -> Result<Response<Full<Bytes>>, Infallible> {
        let mut answer = Response::new(Full::new(Bytes::from("refused")));
        answer.headers_mut().insert("connection", http::HeaderValue::from_static("close"));
        Ok(answer)
    }

    #[tokio::test]
    async fn a_caller_who_is_still_sending_hears_the_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, Idle::Kept, std::future::pending(), refuse));
        let mut caller = TcpStream::connect(address).await.unwrap();
        let part = vec![b'x'; 1_000_000];
        let request = format!("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", 8 * part.len());
        caller.write_all(request.as_bytes()).await.unwrap();
        for _ in 0..8 {
            caller.write_all(&part).await.unwrap();
        }
        let mut heard = String::new();
        caller.read_to_string(&mut heard).await.unwrap();
        assert!(heard.starts_with("HTTP/1.1 200") && heard.ends_with("refused"), "{heard}");
    }

    #[tokio::test]
    async fn nothing_is_open_any_more_once_it_has_returned() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async { _ = stopped.await };
        let (came, mut coming) = mpsc::unbounded_channel();
        let think = move |_, _| {
            came.send(()).unwrap();
            std::future::pending::<Result<Response<Full<Bytes>>, Infallible>>()
        };
        let server = tokio::spawn(serve(listener, Idle::Kept, stopped, think));
        let mut caller = TcpStream::connect(address).await.unwrap();
        caller.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        coming.recv().await.unwrap();
        drop(stop);
        server.await.unwrap();
        let mut heard = Vec::new();
        timeout(LINGER, caller.read_to_end(&mut heard)).await.expect("the connection is cut").unwrap();
        assert!(heard.is_empty(), "without an answer");
        assert_eq!(TcpStream::connect(address).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }
}
