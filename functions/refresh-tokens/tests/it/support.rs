//! The function under test, and accounts that are due.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use refresh_tokens::{RefreshTokens, Run};
use slipway_store::accounts::AccountRecord;
use tiktok_sim::Endpoint;
use workbench::Bench;

pub(crate) struct World {
    pub(crate) bench: Bench,
    pub(crate) function: RefreshTokens,
    pub(crate) accounts: Vec<AccountRecord>,
}

impl World {
    /// A world with this many accounts, whose creators have just authorized the app.
    pub(crate) async fn with(accounts: usize, concurrency: usize) -> Self {
        let bench = Bench::of("RefreshTokensFunction").await;
        let function = RefreshTokens {
            accounts: bench.role.accounts.clone(),
            posts: bench.role.posts.clone(),
            tokens: bench.role.tokens.clone(),
            concurrency: NonZeroUsize::new(concurrency).unwrap(),
        };
        let mut world = Self { bench, function, accounts: Vec::new() };
        for _ in 0..accounts {
            world.accounts.push(world.bench.connect().await);
        }
        world
    }

    /// A run in so many minutes that may take its time.
    pub(crate) async fn run_in(&self, minutes: i64) -> Run {
        self.run_until(minutes, Instant::now() + Duration::from_hours(1)).await
    }

    /// A run in so many minutes that has to end by this time.
    pub(crate) async fn run_until(&self, minutes: i64, deadline: Instant) -> Run {
        self.function.run(in_minutes(minutes), deadline).await
    }

    /// How often TikTok was asked for new tokens.
    pub(crate) fn asked(&self) -> usize {
        self.bench.tiktok.ledger().requests_to(Endpoint::Refresh).len()
    }
}

pub(crate) fn in_minutes(minutes: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_mins(minutes)
}
