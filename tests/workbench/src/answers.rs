//! Answers that the simulator and the stand-ins never give.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use http::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use slipway_queue::Queue;
use tokio::net::TcpListener;

use crate::{Bench, client_at};

impl Bench {
    /// A client of a TikTok that gives every call this answer. With `retry_after`, in seconds, it says when to come back.
    pub async fn answering(&self, status: u16, retry_after: Option<u32>, body: &Value) -> slipway_tiktok::Client {
        client_at(&self.tiktok, &always(status, retry_after, body).await)
    }

    /// A client of a TikTok that nobody can connect to.
    pub fn nowhere(&self) -> slipway_tiktok::Client {
        client_at(&self.tiktok, "http://127.0.0.1:1")
    }

    /// A queue of an SQS that gives every call this answer.
    pub async fn queue_answering(&self, body: &Value) -> Queue {
        let base = always(200, None, body).await;
        let sdk = self.role.sdk.to_builder().endpoint_url(&base).build();
        Queue::new(slipway_queue::client(&sdk), format!("{base}/000000000000/queue"))
    }
}

/// The address of a server that gives every call this answer. It ends with the test's runtime.
async fn always(status: u16, retry_after: Option<u32>, body: &Value) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let body = body.to_string();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let answer = || {
                let mut answer = Response::builder().status(status).header("content-type", "application/json");
                if let Some(seconds) = retry_after {
                    answer = answer.header("retry-after", seconds);
                }
                answer.body(body.clone()).expect("an answer")
            };
            let service = service_fn(|_| std::future::ready(Ok::<_, Infallible>(answer())));
            // A client that has its answer may go.
            let _ = http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service).await;
        }
    });
    base
}
