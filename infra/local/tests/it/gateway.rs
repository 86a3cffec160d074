use std::time::Duration;

use reqwest::{Body, Client, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Fixture, line, start};

impl Fixture {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.stack.api_url())
    }

    /// Has the function answer a request.
    async fn request(&self, order: &str) -> Response {
        let request = Client::new().post(self.url("/v1/things?x=1")).header("content-type", "text/plain");
        request.body(order.to_owned()).send().await.unwrap()
    }
}

async fn json(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_request_reaches_the_function_and_its_answer_the_caller() {
    let fixture = start().await;
    let response = fixture.request("echo").await;
    assert_eq!(response.status(), 200);
    let event = json(response).await["event"].take();
    assert_eq!(event["routeKey"], "ANY /v1/{proxy+}");
    assert_eq!(event["pathParameters"], json!({ "proxy": "things" }));
    assert_eq!(event["queryStringParameters"], json!({ "x": "1" }));

    let answer = json!({
        "statusCode": 201,
        "headers": { "content-type": "text/html", "x-a": "b" },
        "cookies": ["a=1", "b=2"],
        "body": "aGk=",
        "isBase64Encoded": true,
    });
    let response = fixture.request(&format!("http {answer}")).await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["content-type"], "text/html");
    assert_eq!(response.headers()["x-a"], "b");
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    assert_eq!(response.text().await.unwrap(), "hi");
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn the_gateway_answers_for_a_function_that_fails() {
    let fixture = start().await;
    for order in ["fail on purpose", "exit 1", "http {\"statusCode\":\"none\"}", "large 6291556"] {
        let response = fixture.request(order).await;
        assert_eq!(response.status(), 500, "{order}");
        assert_eq!(json(response).await, json!({ "message": "Internal Server Error" }), "{order}");
    }
    let response = Client::new().get(fixture.url("/nowhere")).send().await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(json(response).await, json!({ "message": "Not Found" }));
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn a_caller_is_not_kept_waiting_and_the_function_goes_on() {
    let fixture = start().await;
    // A warm process, so that its start is not what takes too long.
    fixture.order("echo").await.unwrap();
    let mut lines = fixture.stack.logs();
    let request = Client::new().post(fixture.url("/impatient")).header("content-type", "text/plain");
    let response = request.body("sleep 1000").send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(json(response).await, json!({ "message": "Service Unavailable" }));
    let report = line(&mut lines, |line| line.text.starts_with("REPORT ")).await;
    assert!(!report.text.contains("Status: "), "{}", report.text);
    fixture.stack.shutdown().await;
}

#[track_caller]
fn assert_too_large(body: &Value, limit: u64) {
    assert_eq!(body["error"]["code"], "media.too_large_for_direct_upload", "{body}");
    assert_eq!(body["error"]["meta"]["limit_bytes"], limit, "{body}");
}

#[tokio::test]
async fn a_body_over_a_limit_is_refused_in_words() {
    let fixture = start().await;
    let eleven = vec![0_u8; 11 * 1024 * 1024];
    let chunks = futures_util::stream::iter(vec![Ok::<_, std::io::Error>(eleven.clone())]);
    for body in [Body::from(eleven), Body::wrap_stream(chunks)] {
        let request = Client::new().post(fixture.url("/v1/media/upload")).header("x-request-id", "mine");
        let response = request.body(body).send().await.unwrap();
        assert_eq!(response.status(), 413);
        assert_eq!(response.headers()["x-request-id"], "mine");
        assert_too_large(&json(response).await, 10_485_760);
    }
    // Five megabytes are more than six in base64.
    let request = Client::new().post(fixture.url("/v1/media/upload")).body(vec![0_u8; 5 * 1024 * 1024]);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 413);
    assert_too_large(&json(response).await, 6_291_556);
    assert!(fixture.stack.pids("Probe").unwrap().is_empty(), "no function was asked");
    fixture.stack.shutdown().await;
}

/// Sends a head alone and reads what comes back until `enough` is in it, or the end.
async fn exchange(fixture: &Fixture, head: &str, enough: &str) -> (TcpStream, String) {
    let address = fixture.stack.api_url();
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut reply = String::new();
    let mut buffer = [0; 4096];
    while !reply.contains(enough) {
        let read = tokio::time::timeout(Duration::from_mins(1), stream.read(&mut buffer)).await.unwrap().unwrap();
        if read == 0 {
            break;
        }
        reply.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
    (stream, reply)
}

#[tokio::test]
async fn a_caller_who_asks_first_is_told_to_go_on_or_refused_before_it_sends() {
    let fixture = start().await;
    let head = |length: usize| {
        format!(
            "POST /v1/media HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\nexpect: 100-continue\r\n\r\n"
        )
    };
    let (_, reply) = exchange(&fixture, &head(11 * 1024 * 1024), "request_id").await;
    assert!(reply.starts_with("HTTP/1.1 413 "), "{reply}");

    let order = "say hello";
    let (mut stream, reply) = exchange(&fixture, &head(order.len()), "\r\n\r\n").await;
    assert_eq!(reply, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(order.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn a_caller_who_sends_everything_before_it_listens_hears_the_refusal() {
    let fixture = start().await;
    let length = 40 * 1024 * 1024;
    let head = format!("POST /v1/media HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n");
    let address = fixture.stack.api_url();
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![0; length]).await.unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.unwrap();
    let reply = String::from_utf8(reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 413 ") && reply.contains("too_large_for_direct_upload"), "{reply}");
    fixture.stack.shutdown().await;
}

#[tokio::test]
async fn preflights_are_answered_without_the_function() {
    let fixture = start().await;
    let request = Client::new().request(reqwest::Method::OPTIONS, fixture.url("/v1/posts"));
    let request = request.header("origin", "https://a.example").header("access-control-request-method", "POST");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 204);
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert!(fixture.stack.pids("Probe").unwrap().is_empty());
    let response =
        Client::new().get(fixture.url("/v1/posts")).header("origin", "https://a.example").send().await.unwrap();
    assert_eq!(response.headers()["access-control-expose-headers"], "X-Request-ID");
    fixture.stack.shutdown().await;
}
