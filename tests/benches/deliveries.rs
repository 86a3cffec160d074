//! Deliveries a second, beside a bare loop of requests: `cargo bench -p stories --bench deliveries [events]`.
//!
//! One tenant has ten endpoints, one of which stops answering. Events are told to all of them: by the real functions out
//! of the log's stream, and by a loop that sends such requests with reqwest, as many at the same time, and does nothing
//! else: it signs nothing, notes nothing, and forgets what fails. What counts is when the nine that answer have all. The
//! functions are measured before the tenth hangs, when it has just begun to, and when that is known. The loop is measured
//! with the tenth and without it. Endpoints take as long as they do on the internet, so that the machine is not what is
//! measured; with `--profile dev` it is built sooner, and Slipway is slower by some percent.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a program that prints its counts, or fails")]

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use aws_stand_in::Moment;
use futures_util::{StreamExt as _, stream};
use serde_json::json;
use slipway_local::{LogSink, Stack, StackOptions, tiktok_parameters};
use tiktok_sim::{Config, Simulator};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How long an endpoint takes to answer.
const ANSWERS_IN: Duration = Duration::from_millis(100);
/// How many endpoints there are. The last one hangs.
const ENDPOINTS: u64 = 10;
/// How many batches are worked on at the same time, ten deliveries each.
const BATCHES: usize = 2;
/// After this an attempt has failed, as in Slipway.
const TIMEOUT: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() {
    // `cargo test --all-targets` starts benches, too, and means only that they should start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let events = std::env::args().find_map(|argument| argument.parse::<u64>().ok()).unwrap_or(100);
    println!("{events} events for {ENDPOINTS} endpoints, {} requests at the same time at most", BATCHES * 10);
    let receiver = Receiver::start().await;
    let stack = start(&receiver).await;
    let all = bare(&receiver, events, ENDPOINTS - 1).await;
    print("the loop, without the endpoint that hangs", all, all);
    let rounds = ["without it", "when it begins to hang", "when it is known to hang"];
    for (first, round) in (0..).step_by(usize::try_from(events).unwrap_or(1)).zip(rounds) {
        if first > 0 {
            receiver.hang();
        }
        let nothing = Arc::new(|| -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> { Box::pin(async {}) });
        stack.aws().crash_at_call_of(&["DeliverFunction"], u64::MAX, Moment::Before, nothing);
        let began = receiver.begin();
        happen(&stack, first..first + events).await;
        let told = events * (ENDPOINTS - u64::from(first > 0));
        let took = receiver.until(told, began).await;
        print(&format!("Slipway, {round}"), rate(told, took), all);
        let calls = stack.aws().calls_since_crash_was_planned();
        println!("  AWS calls of deliver: {}.{:02} a delivery", calls / told, calls * 100 / told % 100);
    }
    stack.shutdown().await;
    // Each request that hangs costs it ten seconds.
    print("the loop, with the endpoint that hangs", bare(&receiver, events.div_ceil(4), ENDPOINTS).await, all);
}

/// Deliveries a second.
fn rate(deliveries: u64, took: Duration) -> u128 {
    u128::from(deliveries) * 1000 / took.as_millis().max(1)
}

fn print(name: &str, rate: u128, all: u128) {
    println!("{name}: {rate} a second, {} %", rate * 100 / all.max(1));
}

/// The real functions, and the endpoints.
async fn start(receiver: &Receiver) -> Stack {
    let tiktok = Simulator::start(Config::default()).await.expect("the simulator starts");
    let others = [
        ("PublicBaseUrl", "{api_url}".to_owned()),
        ("WebhookTrustedOrigins", receiver.origin()),
        ("DeliveryConcurrency", BATCHES.to_string()),
    ];
    let mut parameters = tiktok_parameters(&tiktok);
    parameters.extend(others.map(|(name, value)| (name.to_owned(), value)));
    let options = StackOptions { parameters, schedules: false, log: LogSink::call(|_| {}), ..StackOptions::default() };
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
    stack
}

/// Writes these events into the log, as the transactions that cause them do.
async fn happen(stack: &Stack, events: std::ops::Range<u64>) {
    let client = Client::new(&stack.deployment().owner_config().await);
    let table = stack.table("EventsTable").expect("a table");
    let log = client.scan().table_name(table).send().await.expect("the table is read");
    let entry = log.items.and_then(|mut items| items.pop()).expect("the endpoints' entries");
    let at = entry["sk"].as_s().expect("text").split('#').next().expect("a time").to_owned();
    for events in events.collect::<Vec<_>>().chunks(25) {
        let puts = events.iter().map(|event| {
            let (mut item, id) = (entry.clone(), format!("evt_{event:032x}"));
            item.insert("kind".to_owned(), AttributeValue::S("media.ready".to_owned()));
            item.insert("sk".to_owned(), AttributeValue::S(format!("{at}#{id}")));
            item.insert("id".to_owned(), AttributeValue::S(id));
            let put = PutRequest::builder().set_item(Some(item)).build().expect("an item");
            WriteRequest::builder().put_request(put).build()
        });
        client.batch_write_item().request_items(table, puts.collect()).send().await.expect("it is written");
    }
}

/// Such requests without anything else, to so many endpoints. Answers how many a second arrive.
async fn bare(receiver: &Receiver, events: u64, endpoints: u64) -> u128 {
    let http = reqwest::Client::builder().timeout(TIMEOUT).build().expect("a client");
    let body = json!({"event": "media.ready", "data": {"webhook_id": "wh_0", "url": "…", "is_active": true}});
    let (began, told) = (receiver.begin(), events * (ENDPOINTS - 1));
    let requests = stream::iter((0..events * endpoints).map(|number| number % endpoints)).map(|endpoint| {
        let request = http.post(receiver.url(endpoint)).json(&body);
        async move { request.send().await.is_ok() }
    });
    let sending = async {
        requests.buffer_unordered(BATCHES * 10).count().await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        took = receiver.until(told, began) => rate(told, took),
        () = sending => 0,
    }
}

/// Endpoints on loopback.
struct Receiver {
    port: u16,
    state: Arc<State>,
}

struct State {
    start: Instant,
    /// How many requests were answered since it was begun to count.
    answered: AtomicU64,
    /// When the last one was, in microseconds since the start.
    last: AtomicU64,
    hangs: AtomicBool,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let [answered, last] = [0; 2].map(AtomicU64::new);
        let state = Arc::new(State { start: Instant::now(), answered, last, hangs: AtomicBool::new(false) });
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

    /// From now on the last endpoint hangs.
    fn hang(&self) {
        self.state.hangs.store(true, Ordering::Relaxed);
    }

    /// Begins to count again.
    fn begin(&self) -> Instant {
        self.state.answered.store(0, Ordering::Relaxed);
        Instant::now()
    }

    /// How long it took until so many were answered.
    async fn until(&self, count: u64, began: Instant) -> Duration {
        let mut tick = tokio::time::interval(Duration::from_millis(5));
        while self.state.answered.load(Ordering::Relaxed) < count {
            tick.tick().await;
        }
        let last = self.state.start + Duration::from_micros(self.state.last.load(Ordering::Relaxed));
        last.saturating_duration_since(began)
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    // Until the caller hangs up: connections are kept.
    let mut buffer = Vec::new();
    while let Some(endpoint) = request(&mut stream, &mut buffer).await {
        if endpoint == ENDPOINTS - 1 && state.hangs.load(Ordering::Relaxed) {
            // Until the caller has had enough.
            while stream.read_buf(&mut buffer).await.is_ok_and(|read| read > 0) {}
            return;
        }
        tokio::time::sleep(ANSWERS_IN).await;
        if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.is_err() {
            return;
        }
        let now = u64::try_from(state.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        state.last.fetch_max(now, Ordering::Relaxed);
        state.answered.fetch_add(1, Ordering::Relaxed);
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
