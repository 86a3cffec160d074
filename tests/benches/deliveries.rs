//! Deliveries a second, beside a bare loop of requests: `cargo bench -p stories --bench deliveries [events]`.
//!
//! One tenant has ten endpoints, one of which never answers. Each of some hundred events is told to all of them: once by
//! the real functions out of the log's stream, and once by a loop that sends the same requests with reqwest, as many at
//! the same time, and does nothing else: it signs nothing, notes nothing, and forgets what fails. What counts is when the
//! nine that answer have everything. A third run, of the loop alone and without the tenth endpoint, says what the
//! machine can do. Counts and ratios are printed; the ratios depend on the machine less than the counts.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a program that prints its counts, or fails")]

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use slipway_local::{LogSink, Stack, StackOptions};
use tiktok_sim::{Config, Simulator};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How long an endpoint takes to answer: about as long as one on the public internet.
const ANSWERS_IN: Duration = Duration::from_millis(100);
/// How many endpoints there are. The last one never answers.
const ENDPOINTS: u64 = 10;
/// How many batches are worked on at the same time, ten deliveries each.
const BATCHES: usize = 8;
/// As of deliveries.
const TIMEOUT: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() {
    // `cargo test --all-targets` starts benches, too, and means only that they should start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let events = std::env::args().find_map(|argument| argument.parse::<u64>().ok()).unwrap_or(400);
    let wanted = events * (ENDPOINTS - 1);
    let receiver = Receiver::start().await;
    let (ours, calls) = ours(&receiver, events).await;
    let loops = bare(&receiver, events, ENDPOINTS).await;
    let best = bare(&receiver, events, ENDPOINTS - 1).await;
    let rate = |took: Duration| u128::from(wanted) * 1000 / took.as_millis().max(1);
    println!("{events} events for {ENDPOINTS} endpoints, {} requests at the same time at most", BATCHES * 10);
    println!("Slipway, one endpoint hanging:   {} a second, {ours:?} in all", rate(ours));
    println!("bare loop, one endpoint hanging: {} a second, {loops:?} in all", rate(loops));
    println!("bare loop, without it:           {} a second, {best:?} in all", rate(best));
    println!("ratio: {} % of the loop with it, {} % without", percent(loops, ours), percent(best, ours));
    println!("AWS calls of deliver: {}.{:02} a delivery", calls / wanted, calls * 100 / wanted % 100);
}

fn percent(theirs: Duration, ours: Duration) -> u128 {
    theirs.as_millis() * 100 / ours.as_millis().max(1)
}

/// The real functions. Answers how long they took, and how often the one that delivers called AWS.
async fn ours(receiver: &Receiver, events: u64) -> (Duration, u64) {
    let tiktok = Simulator::start(Config::default()).await.expect("the simulator starts");
    let parameters = [
        ("TikTokClientKey", tiktok.client_key()),
        ("TikTokClientSecret", tiktok.client_secret().expose().to_owned()),
        ("TikTokAuthBaseUrl", tiktok.url()),
        ("TikTokApiBaseUrl", tiktok.url()),
        ("PublicBaseUrl", "{api_url}".to_owned()),
        ("WebhookTrustedOrigins", receiver.origin()),
        ("DeliveryConcurrency", BATCHES.to_string()),
    ];
    let options = StackOptions {
        parameters: parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        schedules: false,
        log: LogSink::call(|_| {}),
        ..StackOptions::default()
    };
    let stack = Stack::start(options).await.expect("the stack starts");
    let made = json!({"slipway": "create_key", "email": "owner@example.com", "name": "bench"});
    let made = stack.invoke("WorkspaceFunction", made).await.expect("a key is made");
    let key = made["raw_key"].as_str().expect("the key is shown");
    let http = reqwest::Client::new();
    for endpoint in 0..ENDPOINTS {
        let body = json!({"url": receiver.url(endpoint), "events": ["media.ready"]});
        let request = http.post(format!("{}/v1/webhooks", stack.api_url())).bearer_auth(key).json(&body);
        let answer = request.send().await.expect("the API answers");
        assert!(answer.status().is_success(), "{}", answer.text().await.expect("a body"));
    }
    receiver.hang();
    let nothing = Arc::new(|| -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> { Box::pin(async {}) });
    stack.aws().crash_at_call_of(&["DeliverFunction"], u64::MAX, aws_stand_in::Moment::Before, nothing);
    let began = Instant::now();
    happen(&stack, events).await;
    receiver.until(events * (ENDPOINTS - 1)).await;
    let took = began.elapsed();
    let calls = stack.aws().calls_since_crash_was_planned();
    stack.shutdown().await;
    (took, calls)
}

/// Writes so many events into the log, as the transactions that cause them do.
async fn happen(stack: &Stack, events: u64) {
    let aws = stack.aws();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(aws.region()))
        .credentials_provider(Credentials::new(aws.access_key_id(), aws.secret_access_key(), None, None, "bench"))
        .endpoint_url(aws.endpoint())
        .build();
    let (client, table) = (Client::from_conf(config), stack.table("EventsTable").expect("a table"));
    let mut entry = client
        .scan()
        .table_name(table)
        .send()
        .await
        .expect("the table is read")
        .items
        .and_then(|mut items| items.pop())
        .expect("the endpoints' entries");
    let at = entry["sk"].as_s().expect("text").split('#').next().expect("a time").to_owned();
    entry.insert("kind".to_owned(), AttributeValue::S("media.ready".to_owned()));
    for events in (0..events).collect::<Vec<_>>().chunks(25) {
        let puts = events.iter().map(|event| {
            let (mut item, id) = (entry.clone(), format!("evt_{event:032x}"));
            item.insert("sk".to_owned(), AttributeValue::S(format!("{at}#{id}")));
            item.insert("id".to_owned(), AttributeValue::S(id));
            let put = PutRequest::builder().set_item(Some(item)).build().expect("an item");
            WriteRequest::builder().put_request(put).build()
        });
        client.batch_write_item().request_items(table, puts.collect()).send().await.expect("it is written");
    }
}

/// The same requests without anything else.
async fn bare(receiver: &Receiver, events: u64, endpoints: u64) -> Duration {
    receiver.forget();
    let http = reqwest::Client::builder().timeout(TIMEOUT).build().expect("a client");
    let body: Value = json!({"event": "media.ready", "data": {"webhook_id": "wh_0", "url": "…", "is_active": true}});
    let began = Instant::now();
    let all = stream::iter((0..events * endpoints).map(|number| number % endpoints)).map(|endpoint| {
        let request = http.post(receiver.url(endpoint)).json(&body);
        async move { request.send().await.is_ok() }
    });
    let mut all = all.buffer_unordered(BATCHES * 10);
    let done = receiver.until(events * (ENDPOINTS - 1));
    let sending = async { while all.next().await.is_some() {} };
    let ((), ()) = tokio::join!(sending, async {
        done.await;
    });
    receiver.last().saturating_duration_since(began)
}

/// Endpoints on loopback.
struct Receiver {
    port: u16,
    state: Arc<State>,
}

struct State {
    began: Instant,
    /// How many requests were answered.
    answered: AtomicU64,
    /// When the last one was, in microseconds.
    last: AtomicU64,
    /// Whether the last endpoint hangs already.
    hangs: AtomicU64,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let [answered, last, hangs] = [0; 3].map(AtomicU64::new);
        let state = Arc::new(State { began: Instant::now(), answered, last, hangs });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { port, state }
    }

    fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn url(&self, endpoint: u64) -> String {
        format!("{}/{endpoint}", self.origin())
    }

    /// From now on the last endpoint hangs, and what was answered before does not count.
    fn hang(&self) {
        self.state.hangs.store(1, Ordering::Relaxed);
        self.forget();
    }

    fn forget(&self) {
        self.state.answered.store(0, Ordering::Relaxed);
    }

    async fn until(&self, count: u64) {
        let mut tick = tokio::time::interval(Duration::from_millis(5));
        while self.state.answered.load(Ordering::Relaxed) < count {
            tick.tick().await;
        }
    }

    /// When the last request was answered.
    fn last(&self) -> Instant {
        self.state.began + Duration::from_micros(self.state.last.load(Ordering::Relaxed))
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    // Until the caller hangs up: connections are kept.
    let mut buffer = Vec::new();
    while let Some(endpoint) = request(&mut stream, &mut buffer).await {
        if endpoint == ENDPOINTS - 1 && state.hangs.load(Ordering::Relaxed) == 1 {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(ANSWERS_IN).await;
        if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.is_err() {
            return;
        }
        state.answered.fetch_add(1, Ordering::Relaxed);
        let now = u64::try_from(state.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        state.last.fetch_max(now, Ordering::Relaxed);
    }
}

/// Reads a request; answers which endpoint is called.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<u64> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|part| part == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
    let endpoint = head.split(' ').nth(1)?.trim_start_matches('/').parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    while buffer.len() < end + length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    buffer.drain(..end + length);
    Some(endpoint)
}
