//! What a post costs: `cargo bench -p stories --bench posts -- [posts, up to 490] [bytes] [folder]`.
//!
//! Videos of so many bytes, or of 0.3 MB, go one after the other from their upload to TikTok's outcome, through the real
//! functions, each of which has one process. Prints the processor time of each function for each post, the most memory
//! that it held, and the calls of AWS. The folder, by its absolute path, has the programs of another build, so that two
//! can be compared: let them take turns, for times of different minutes differ by a fifth. With `--profile dev` it is built
//! sooner, and its times say nothing; the calls hardly differ.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a program that fails by panicking")]
#![expect(clippy::print_stdout, reason = "a program that prints what it measured")]

#[expect(dead_code, unused_imports, reason = "it needs a part of what stories are made of")]
#[path = "../stories/support/mod.rs"]
mod support;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;

use support::{Setup, World, until, video_of};
use tiktok_sim::WebhookState;

const QUEUES: [&str; 3] = ["TransfersQueue", "StatusChecksQueue", "TikTokEventsQueue"];
const FUNCTIONS: [&str; 6] = [
    "MediaFunction",
    "PostsFunction",
    "TransferFunction",
    "TikTokWebhookFunction",
    "PublishStatusFunction",
    "DeliverFunction",
];
/// How many posts a creator makes: a creator has six a minute.
const EACH: u32 = 5;
/// The most posts: a page of accounts has a hundred.
const MOST: u32 = 490;

#[tokio::main]
async fn main() {
    // `cargo test --all-targets` starts benches, too, and means only that they should start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let (numbers, folders): (Vec<_>, Vec<_>) = arguments.partition(|argument| argument.parse::<u32>().is_ok());
    let number =
        |place: usize, usual: u32| numbers.get(place).map_or(usual, |number| number.parse().expect("a number"));
    let (posts, size) = (number(0, 100).max(1), number(1, 300_000));
    let programs = folders.first().map(PathBuf::from);
    assert!(posts <= MOST, "{posts} posts are too many: {MOST} at most");
    if let Some(folder) = programs.as_ref().filter(|folder| !folder.is_absolute() || !folder.is_dir()) {
        panic!("{} is no folder with programs by its absolute path, and no number", folder.display());
    }
    if programs.is_none() && cfg!(debug_assertions) {
        println!("the programs are not optimised: their times say nothing");
    }
    let world = start(programs).await;
    let mut accounts = Vec::new();
    for _ in 0..posts.div_ceil(EACH) {
        accounts.push(world.newcomer().await);
    }
    // Warms what a process does once.
    publish(&world, std::slice::from_ref(&world.account), EACH, size).await;

    let processes = || FUNCTIONS.map(|function| world.stack.pids(function).expect("a function of the template"));
    let same = processes();
    world.stack.aws().reset_counts();
    let (begun, before) = (Instant::now(), FUNCTIONS.map(|function| processor_time(&world, function)));
    publish(&world, &accounts, posts, size).await;
    assert_eq!(processes(), same, "a process that ended takes its time along");
    println!("{posts} posts of {size} bytes in {:.2?}", begun.elapsed());
    println!("processor time for each post, and the most memory that the process held:");
    for (function, before) in FUNCTIONS.into_iter().zip(before) {
        let time = processor_time(&world, function).saturating_sub(before).as_secs_f64() * 1e3 / f64::from(posts);
        let memory = world.stack.max_memory(function).expect("a function of the template") / 1024;
        println!("{function:>28}: {time:.3} ms, {memory} KiB");
    }
    println!("calls of AWS for each post:");
    for (operation, count) in world.stack.aws().request_counts() {
        println!("{operation:>28}: {:.1}", f64::from(u32::try_from(count).expect("so few")) / f64::from(posts));
    }
}

async fn start(programs: Option<PathBuf>) -> World {
    let mut setup = Setup { programs, instances: Some(1), ..Setup::of_many_posts() };
    // As it is deployed, but for the number of requests that a minute may have.
    let deployed = [("LogLevel", "INFO"), ("RateLimitPercent", "10000")];
    setup.parameters.extend(deployed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    World::with(setup).await
}

/// So many posts of videos of this size, one after the other, these accounts in turn, until Slipway has noted what became
/// of the last one.
async fn publish(world: &World, accounts: &[String], posts: u32, size: u32) {
    let before = world.tiktok.ledger().published().len();
    let (posts, size) = (posts.try_into().expect("so few"), size.try_into().expect("so few"));
    for (number, account) in (before + 1..).zip(accounts.iter().cycle().take(posts)) {
        let media = world.upload(video_of(size)).await;
        let mut post = world.body(&media, "What does a post cost?");
        post["targets"] = json!([{"account_id": account}]);
        world.post("/v1/posts", post).await.expect(201);
        let published = || world.tiktok.ledger().published().len() == number;
        until(Duration::from_mins(1), async || published().then_some(())).await.expect("it is published");
    }
    // TikTok tells of each twice. What the log's stream still holds of the last one is not waited for.
    let told = || {
        let webhooks = world.tiktok.ledger().webhooks;
        let all = webhooks.iter().all(|webhook| webhook.state == WebhookState::Delivered);
        all && webhooks.len() >= 2 * (before + posts)
    };
    let rests = || world.stack.is_idle() && QUEUES.iter().all(|queue| world.waits_for_its_time(queue));
    let done = async || (told() && rests()).then_some(());
    until(Duration::from_mins(1), done).await.expect("all has been done");
}

/// What the processes of a function have had of the processor so far. Nothing on systems without /proc.
fn processor_time(world: &World, function: &str) -> Duration {
    let processes = world.stack.pids(function).expect("a function of the template").into_iter();
    let threads = processes.filter_map(|process| std::fs::read_dir(format!("/proc/{process}/task")).ok()).flatten();
    // The first number of a thread's `schedstat` are the nanoseconds that it ran.
    let ran = threads.flatten().filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok());
    ran.filter_map(|text| text.split(' ').next()?.parse().ok()).map(Duration::from_nanos).sum()
}
