//! Everything that runs: TikTok, the stack, and where its logs go.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use slipway_local::{LogSink, PULL_DOMAIN, Stack, StackOptions, StartError};

use super::args::Args;
use super::kept::Kept;
use super::own_log;
use super::run_error::RunError;
use super::say::Say;
use super::tiktok::TikTok;

/// All of it. Dropped, it ends at once; [`World::shutdown`] also waits for the end.
pub(crate) struct World {
    // Dropped in this order: who calls TikTok before TikTok.
    pub(crate) stack: Stack,
    pub(crate) tiktok: TikTok,
    pub(crate) kept: Kept,
    /// The functions' log.
    pub(crate) log: PathBuf,
    api_url: String,
}

impl World {
    /// Starts TikTok and the stack, and makes them known to each other.
    pub(crate) async fn start(args: &Args, say: &Say) -> Result<Self, RunError> {
        let kept = Kept::open(args.data.as_deref())?;
        let log = kept.path("functions.log");
        let sink = sink(&log, args.verbose)?;
        own_log::to(&log);

        let step = say.begin("start TikTok");
        let tiktok = TikTok::start(args, kept.path("tiktok.json")).await?;
        if tiktok.is_simulated() {
            step.done(&format!("simulated, {}", tiktok.url()));
        } else {
            // Nobody has reached it yet.
            say.line(&format!("    TikTok is to be at {}", tiktok.url()));
        }

        let step = say.begin("build and start the API");
        let options = StackOptions {
            port: args.port,
            data: Some(kept.path("aws")),
            parameters: parameters(args, &tiktok),
            timeouts: args.timeouts.iter().cloned().collect(),
            log: sink,
            ..StackOptions::default()
        };
        let stack = Stack::start(options).await.map_err(|error| not_started(&error))?;
        let api_url = stack.api_url();
        step.done(&api_url);

        let world = Self { stack, tiktok, kept, log, api_url };
        world.tiktok.set_webhook_url(&world.webhook_url());
        world.tiktok.let_fetch(&world.stack)?;
        Ok(world)
    }

    /// The API's base URL without a slash at the end.
    pub(crate) fn api_url(&self) -> &str {
        &self.api_url
    }

    /// Where TikTok's webhooks have to go.
    pub(crate) fn webhook_url(&self) -> String {
        format!("{}/webhooks/tiktok", self.api_url)
    }

    /// The command-line program, built with the functions.
    pub(crate) fn slipway(&self) -> Result<PathBuf, RunError> {
        let program = self.stack.program("slipway");
        program.map_err(|error| RunError::new("looking for slipway", error, "mend it, then start again"))
    }

    /// A cure that is always worth trying.
    pub(crate) fn see_log(&self) -> String {
        format!("the functions' log may say more: {}", self.log.display())
    }

    /// Ends everything and waits until no process is left.
    pub(crate) async fn shutdown(self) {
        self.stack.shutdown().await;
        self.tiktok.shutdown().await;
    }
}

fn not_started(error: &StartError) -> RunError {
    const STEP: &str = "starting the local stack";
    match error {
        StartError::PortInUse { port } => {
            let problem = format!("port {port} is in use by another program");
            RunError::new(STEP, problem, "stop that program, or choose another port with --port (0 takes a free one)")
        }
        StartError::Build(_) => RunError::new(STEP, error, "mend what cargo complains about, then start again"),
        _ => RunError::new(STEP, error, "mend it, then start again"),
    }
}

/// The template's parameters: ours, then what the flags say.
fn parameters(args: &Args, tiktok: &TikTok) -> BTreeMap<String, String> {
    let (key, secret) = tiktok.credentials();
    let ours = [
        ("TikTokClientKey", key),
        ("TikTokClientSecret", secret),
        ("TikTokAuthBaseUrl", tiktok.url()),
        ("TikTokApiBaseUrl", tiktok.url()),
        // Another server has to be told by whoever runs it where that leads.
        ("PullDomain", if tiktok.is_simulated() { PULL_DOMAIN } else { "" }),
        // The stack puts its own addresses in.
        ("TestPullBaseUrl", "{copies_url}"),
        ("PublicBaseUrl", "{api_url}"),
        // Whoever develops against the stack receives here.
        ("WebhookTrustedOrigins", "http://127.0.0.1:8788,http://localhost:8788"),
        // It listens at 127.0.0.1, and people also call that localhost.
        ("McpAllowedHosts", "localhost"),
        // Nobody wants to wait half a minute at a terminal when a webhook does not come.
        ("StatusFirstCheckSeconds", "5"),
        // Whoever tries things out is not locked out after a day's worth: the most that there can be.
        ("PostsPerHour", "100"),
        ("PostsPerDay", "100"),
        // Whoever develops asks more often than a customer.
        ("RateLimitPercent", "1000"),
    ];
    let ours = ours.map(|(name, value)| (name.to_owned(), value.to_owned()));
    ours.into_iter().chain(args.params.iter().cloned()).collect()
}

/// Where the functions' lines go: into this file.
fn sink(path: &Path, verbose: bool) -> Result<LogSink, RunError> {
    let file = LogSink::file(path).map_err(|error| no_log(path, &error))?;
    if !verbose {
        return Ok(file);
    }
    Ok(file.and(LogSink::call(|line| {
        // Nothing to do about a closed output.
        let _ = writeln!(io::stderr(), "{line}");
    })))
}

fn no_log(path: &Path, error: &io::Error) -> RunError {
    let problem = format!("{}: {error}", path.display());
    RunError::new("opening the functions' log", problem, "choose another folder with --data")
}
