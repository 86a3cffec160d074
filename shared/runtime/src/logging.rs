//! Logs: JSON lines on standard output, which Lambda carries to CloudWatch.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;

/// Starts logging. Our own lines follow `AWS_LAMBDA_LOG_LEVEL`; libraries speak only from WARN up, because their
/// debug lines may hold what must not be logged (headers, bodies).
pub fn init() {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    let level = level.unwrap_or(LevelFilter::INFO);
    let ours = [
        "slipway_fetch",
        "slipway_runtime",
        "slipway_store",
        "slipway_tiktok",
        "slipway_vault",
        "slipway_video",
        "media",
        "posts",
        "accounts",
        "workspace",
        "import_media",
        "transfer",
        "publish_status",
        "tiktok_webhook",
        "sweep",
        "refresh_tokens",
    ];
    // Not an `EnvFilter`: its regular expressions would be 0.4 MB of every function.
    let filter = Targets::new().with_default(LevelFilter::WARN).with_targets(ours.map(|name| (name, level)));
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
