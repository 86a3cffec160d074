//! A server of one connection that does exactly what a test says, well-behaved or not.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a handler saw: the head in lower case, and the body.
pub(crate) type Seen = (String, Vec<u8>);

/// A server on loopback.
pub(crate) struct Server {
    /// Its URL without a slash at the end.
    pub(crate) base: String,
    task: JoinHandle<Seen>,
}

/// A request whose head has arrived, as far as the client sent it.
pub(crate) struct Request {
    /// The request line and the headers, in lower case.
    pub(crate) head: String,
    rest: Vec<u8>,
    socket: TcpStream,
}

impl Server {
    /// Serves one connection; it ends when the handler does.
    pub(crate) async fn start<F, R>(handler: F) -> Self
    where
        F: FnOnce(Request) -> R + Send + 'static,
        R: Future<Output = Seen> + Send,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            let (socket, _) = listener.accept().await.unwrap();
            handler(Request::read(socket).await).await
        });
        Self { base, task }
    }

    /// What the handler saw, once it is through.
    pub(crate) async fn seen(self) -> Seen {
        self.task.await.unwrap()
    }
}

impl Request {
    async fn read(mut socket: TcpStream) -> Self {
        let mut bytes = Vec::new();
        loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                let rest = bytes.split_off(end + 4);
                return Self { head: String::from_utf8(bytes).unwrap().to_lowercase(), rest, socket };
            }
            if socket.read_buf(&mut bytes).await.unwrap() == 0 {
                let head = String::from_utf8(bytes).unwrap().to_lowercase();
                return Self { head, rest: Vec::new(), socket };
            }
        }
    }

    /// The body, of the length that the head announces.
    pub(crate) async fn body(&mut self) -> Vec<u8> {
        let length =
            self.head.split("content-length: ").nth(1).map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
        self.read_some(length).await
    }

    /// The next bytes; fewer if the client ends the connection before.
    pub(crate) async fn read_some(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.rest);
        while bytes.len() < length {
            match self.socket.read_buf(&mut bytes).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        bytes.truncate(length);
        bytes
    }

    /// Answers; the body gets its length.
    pub(crate) async fn answer(&mut self, status: u16, headers: &[(&str, &str)], body: &str) {
        let headers = headers.iter().fold(String::new(), |all, (name, value)| all + name + ": " + value + "\r\n");
        let answer = format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len());
        // A client that has read enough may close before the end.
        let _ = self.socket.write_all(answer.as_bytes()).await;
    }
}
