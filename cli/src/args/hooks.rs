//! `slipway listen`, `slipway webhooks` and `slipway events`: what happens, and who is told.

use clap::Subcommand;
use jiff::Timestamp;
use url::Url;

use crate::id::{DeliveryId, WebhookId};

const LISTENING: &str = "\
The program asks the API for what happens from now on, as a temporary endpoint that is stored nowhere: no public address,
no tunnel. What comes is signed as webhooks are, is verified, and is printed or handed on byte for byte.

Examples:
  slipway listen
  slipway listen --events post.published,post.failed --forward-to http://127.0.0.1:3000/hooks";

const EXAMPLES: &str = "\
Examples:
  slipway webhooks create https://app.example.com/hooks --events post.published,post.failed
  slipway webhooks test wh_… --event post.published
  slipway webhooks deliveries wh_… --status failed
  slipway webhooks replay wh_… --since 2026-11-22T12:00:00Z";

/// `slipway listen`.
#[derive(Debug, clap::Args)]
#[command(after_help = LISTENING)]
pub(crate) struct Listen {
    /// Hand each delivery on to this address, with its headers, and say what it answers
    #[arg(long, value_name = "URL")]
    pub(crate) forward_to: Option<Url>,

    #[command(flatten)]
    pub(crate) what: Told,
}

/// Of what is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Told {
    /// Only these events, with commas between them
    #[arg(long, value_name = "EVENT", value_delimiter = ',')]
    pub(crate) events: Vec<String>,

    /// Only what concerns this account, by its id or username; may be given several times
    #[arg(long = "account", value_name = "ACCOUNT")]
    pub(crate) accounts: Vec<String>,

    /// Only what concerns accounts of this brand; may be given several times
    #[arg(long = "brand", value_name = "BRAND_ID")]
    pub(crate) brands: Vec<String>,
}

/// `slipway webhooks`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Webhooks {
    #[command(subcommand)]
    pub(crate) command: WebhooksCommand,
}

/// What to do with endpoints.
#[derive(Debug, Subcommand)]
pub(crate) enum WebhooksCommand {
    /// List the endpoints
    List,
    /// Make an endpoint, which must answer a test with a 2xx; prints its id and its secret
    Create(Create),
    /// Show an endpoint and how it does
    Show(One),
    /// Delete an endpoint
    Delete(One),
    /// Tell an endpoint something of your own making, at once
    Test(Test),
    /// Give an endpoint a new secret; prints it
    Rotate(Rotate),
    /// List what an endpoint was told, the newest first
    Deliveries(Deliveries),
    /// Have a delivery made again
    Retry(Again),
    /// Have everything told again since a time
    Replay(Replay),
}

/// One endpoint.
#[derive(Debug, clap::Args)]
pub(crate) struct One {
    /// The endpoint's id, wh_…
    pub(crate) webhook: WebhookId,
}

/// `slipway webhooks create`.
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// Its https address, on the public internet
    pub(crate) url: String,

    #[command(flatten)]
    pub(crate) what: Told,
}

/// `slipway webhooks test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Test {
    /// The endpoint's id, wh_…
    pub(crate) webhook: WebhookId,

    /// The event
    #[arg(long, default_value = "webhook.test")]
    pub(crate) event: String,

    /// Its data, a JSON object
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) data: String,
}

/// `slipway webhooks rotate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    /// The endpoint's id, wh_…
    pub(crate) webhook: WebhookId,

    /// For how long the old secret signs, too, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "0")]
    pub(crate) overlap: u64,
}

/// `slipway webhooks deliveries`.
#[derive(Debug, clap::Args)]
pub(crate) struct Deliveries {
    /// The endpoint's id, wh_…
    pub(crate) webhook: WebhookId,

    /// A delivery's id, dlv_…: show it with its attempts
    pub(crate) delivery: Option<DeliveryId>,

    /// Only those of this status: pending, delivered or failed
    #[arg(long, conflicts_with = "delivery")]
    pub(crate) status: Option<String>,

    /// Only those of this event
    #[arg(long, conflicts_with = "delivery")]
    pub(crate) event: Option<String>,

    /// How many at most
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) limit: u8,
}

/// `slipway webhooks retry`.
#[derive(Debug, clap::Args)]
pub(crate) struct Again {
    /// The endpoint's id, wh_…
    pub(crate) webhook: WebhookId,

    /// The delivery's id, dlv_…
    pub(crate) delivery: DeliveryId,
}

/// `slipway webhooks replay`.
#[derive(Debug, clap::Args)]
pub(crate) struct Replay {
    /// The endpoint's id, wh_…
    pub(crate) webhook: WebhookId,

    /// Since when, as 2026-11-22T12:00:00Z; a day ago if not said
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Timestamp>,
}

/// `slipway events`.
#[derive(Debug, clap::Args)]
pub(crate) struct Events {
    /// Only of this category: post, media, account, webhook or key
    #[arg(long)]
    pub(crate) category: Option<String>,

    /// Only this action, such as published
    #[arg(long)]
    pub(crate) action: Option<String>,

    /// Only of this status: success or failed
    #[arg(long)]
    pub(crate) status: Option<String>,

    /// Only of this account, by its id or username
    #[arg(long)]
    pub(crate) account: Option<String>,

    /// Only of the post, media, account, endpoint or key of this id
    #[arg(long, value_name = "ID")]
    pub(crate) resource: Option<String>,

    /// Only since this time, as 2026-11-22T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<Timestamp>,

    /// Only up to this time
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<Timestamp>,

    /// How many at most
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) limit: u8,
}
