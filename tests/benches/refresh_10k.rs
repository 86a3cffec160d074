//! Counts what renewing the tokens of many accounts costs: `cargo bench -p stories --bench refresh_10k [accounts]`.
//!
//! The real function, wired by the real template, against the stand-ins; 10,000 accounts of one tenant by default.
//! The counts do not depend on the machine, nor on the profile: `--profile dev` builds sooner and takes longer.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a program that prints its counts, or fails")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use slipway_local::{LogSink, Stack, StackOptions, tiktok_parameters};
use tiktok_sim::{Config, Endpoint, Simulator, User};

/// Tokens end so soon that all are due shortly after the last account is connected.
const LIFE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() {
    // `cargo test --all-targets` starts benches, too, and means only that they should start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let accounts = std::env::args().find_map(|argument| argument.parse::<u64>().ok()).unwrap_or(10_000);
    let tiktok = Simulator::start(Config { access_token_lifetime: LIFE, ..Config::default() }).await;
    let tiktok = tiktok.expect("the simulator starts");
    let stack = start(&tiktok).await;

    stack.aws().reset_counts();
    let begun = Instant::now();
    connect(&stack, &tiktok, accounts).await;
    println!("{accounts} accounts connected in {:?}", begun.elapsed());
    print(&stack.aws().request_counts(), 0, accounts);
    println!("data keys made meanwhile: {}", stack.aws().data_keys().len());

    // The first renewal meets the data keys of all the processes that connected the creators, the second one its own.
    for round in 1..=2 {
        tokio::time::sleep(LIFE).await;
        if round == 2 {
            tiktok.configure(|config| config.access_token_lifetime = Duration::from_hours(2)).expect("a lifetime");
        }
        stack.aws().reset_counts();
        let asked = || tiktok.ledger().requests_to(Endpoint::Refresh).len();
        let (begun, before, asked_before, mut runs) = (Instant::now(), renewed(&tiktok), asked(), 0);
        while renewed(&tiktok) - before < accounts {
            stack.run_schedule("RefreshTokensFunction").await.expect("a run ends well");
            runs += 1;
        }
        let count = renewed(&tiktok) - before;
        println!("renewal {round}: {count} in {runs} runs and {:?}", begun.elapsed());
        print(&stack.aws().request_counts(), asked() - asked_before, count);
    }
    stack.shutdown().await;
}

async fn start(tiktok: &Simulator) -> Stack {
    let others = [("PublicBaseUrl", "{api_url}".to_owned()), ("RateLimitPercent", "0".to_owned())];
    let mut parameters = tiktok_parameters(tiktok);
    parameters.extend(others.map(|(name, value)| (name.to_owned(), value)));
    let options = StackOptions {
        parameters,
        schedules: false,
        log: LogSink::call(|line| {
            if line.text.contains("tokens renewed ahead of use") {
                println!("{}", line.text);
            }
        }),
        ..StackOptions::default()
    };
    Stack::start(options).await.expect("the stack starts")
}

/// Creators connect as they do in life: through the API and TikTok's page.
async fn connect(stack: &Stack, tiktok: &Simulator, accounts: u64) {
    let made = json!({"slipway": "create_key", "email": "owner@example.com", "name": "bench"});
    let made = stack.invoke("WorkspaceFunction", made).await.expect("a key is made");
    let key = made["raw_key"].as_str().expect("the key is shown");
    let (http, api) = (reqwest::Client::new(), stack.api_url());
    let creators = stream::iter(0..accounts).for_each_concurrent(8, |_| async {
        let user = tiktok.add_user(User::default());
        let asked = http.post(format!("{api}/v1/accounts/connect")).bearer_auth(key);
        let asked = asked.json(&json!({"platform": "tiktok"})).send().await.expect("the API answers");
        let asked: Value = asked.json().await.expect("JSON");
        let page = format!("{}&sim_user={user}", asked["auth_url"].as_str().expect("the page's address"));
        let page = http.get(page).send().await.expect("the page answers");
        assert!(page.status().is_success(), "connecting failed: {}", page.status());
    });
    creators.await;
}

fn renewed(tiktok: &Simulator) -> u64 {
    tiktok.ledger().grants.iter().map(|grant| grant.refreshes).sum()
}

fn print(calls: &BTreeMap<String, u64>, asked: usize, accounts: u64) {
    let per = |count: u64, of: u64| {
        let thousandths = count * 1000 * of / accounts;
        format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
    };
    for (operation, count) in calls {
        println!("{operation}: {count}, {} an account", per(*count, 1));
    }
    let all = |service: &str| calls.iter().filter(|(name, _)| name.starts_with(service)).map(|(_, count)| count).sum();
    println!("TikTok calls: {asked}, {} an account", per(asked.try_into().unwrap_or(u64::MAX), 1));
    println!("AWS calls: {} an account", per(all(""), 1));
    println!("KMS calls: {} a thousand accounts", per(all("KMS."), 1000));
}
