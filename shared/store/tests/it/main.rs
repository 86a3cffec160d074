//! Aggregates in the tables that the template declares, on DynamoDB's stand-in.

#![expect(clippy::unwrap_used, clippy::panic, reason = "all of this crate is tests, its helpers too")]

mod accounts;
mod events;
mod media;
mod posts;

use workbench::Bench;

/// The template's tables. These tests reach them as their owner does, so the function that it is a bench for is any.
async fn bench() -> Bench {
    Bench::of("PostsFunction").await
}

fn tenant(name: &str) -> slipway_domain::TenantId {
    name.parse().unwrap()
}
