//! Logs: JSON lines on standard output, which Lambda carries to CloudWatch.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;

/// Starts logging for the function of this crate (`env!("CARGO_CRATE_NAME")` in its `main.rs`). Its own lines and those
/// of our rooms follow `AWS_LAMBDA_LOG_LEVEL`; libraries speak only from WARN up, because their debug lines may hold
/// what must not be logged (headers, bodies).
///
/// A function may be linked with other ones; then theirs are like its own.
pub fn init(function: &str, linked: &[&str]) {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    let level = level.unwrap_or(LevelFilter::INFO);
    // Not an `EnvFilter`: its regular expressions would be 0.4 MB of every function.
    let ours = linked.iter().copied().chain(["slipway_", function]).map(|target| (target, level));
    let filter = Targets::new().with_default(LevelFilter::WARN).with_targets(ours);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_ansi(false);
    let subscriber = tracing_subscriber::registry().with(filter).with(lines);
    // A second start in one process (a test) keeps the first one.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
