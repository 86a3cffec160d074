//! Logs: JSON lines on standard output, which Lambda carries to CloudWatch.

use tracing_subscriber::EnvFilter;

/// Starts logging. Our own lines follow `AWS_LAMBDA_LOG_LEVEL`; libraries speak only from WARN up, because their
/// debug lines may hold what must not be logged (headers, bodies).
pub fn init() {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_else(|_| "INFO".to_owned()).to_lowercase();
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
    let directives = ours.iter().fold("warn".to_owned(), |all, name| format!("{all},{name}={level}"));
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_ansi(false)
        .finish();
    // A second start in one process (a test) keeps the first one.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
