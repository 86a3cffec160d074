//! `slipway posts`, and its short forms: what is to become of posts that are there.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use crate::id::PostId;

const EXAMPLES: &str = "\
Examples:
  slipway posts list --status scheduled --account @anna
  slipway posts cancel post_…
  slipway posts resolve post_… not-published
  slipway posts import posts.csv --dry-run";

const COLUMNS: &str = "\
Columns: text, title, account_ids, scheduled_at, visibility, platform_data, media_ids, media_url.
A row without scheduled_at is kept as a draft. Several ids are written with | between.

Examples:
  slipway posts import posts.csv --dry-run
  slipway posts import posts.csv";

/// `slipway posts`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Posts {
    #[command(subcommand)]
    pub(crate) command: PostsCommand,
}

/// What to do with posts.
#[derive(Debug, Subcommand)]
pub(crate) enum PostsCommand {
    /// List posts, the newest first
    List(List),
    /// Show what became of a post
    Show(Status),
    /// Call a post off, as long as TikTok has nothing of it
    Cancel(Cancel),
    /// Try again what has failed, and follow the post to its end
    Retry(Retry),
    /// Say what became of a post that is unconfirmed, after a look at the account on TikTok
    Resolve(Resolve),
    /// Show every step of a post, with TikTok's log ids
    Timeline(Timeline),
    /// Make a draft or a scheduled post of each row of a CSV file
    Import(Import),
}

/// `slipway posts show` and `slipway status`.
#[derive(Debug, clap::Args)]
pub(crate) struct Status {
    /// The post's id, post_…, or its id on TikTok
    pub(crate) post: PostId,

    /// Follow it to its end; the exit code is the post's then
    #[arg(long)]
    pub(crate) follow: bool,
}

/// `slipway posts list` and `slipway list`.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Only posts of this status: draft, scheduled, publishing, published, partial, failed or cancelled
    #[arg(long)]
    pub(crate) status: Option<String>,

    /// Only posts of this account, by its id or username
    #[arg(long)]
    pub(crate) account: Option<String>,

    /// Only posts with this in their caption
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,

    /// How many at most
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) limit: u8,
}

/// `slipway posts cancel` and `slipway cancel`.
#[derive(Debug, clap::Args)]
pub(crate) struct Cancel {
    /// The post's id, post_…
    pub(crate) post: PostId,
}

/// `slipway posts retry`.
#[derive(Debug, clap::Args)]
pub(crate) struct Retry {
    /// The post's id, post_…
    pub(crate) post: PostId,

    /// Do not follow the post
    #[arg(long)]
    pub(crate) no_wait: bool,
}

/// `slipway posts resolve`.
#[derive(Debug, clap::Args)]
pub(crate) struct Resolve {
    /// The post's id, post_…
    pub(crate) post: PostId,

    /// What the account on TikTok shows
    #[arg(value_enum)]
    pub(crate) outcome: Outcome,

    /// Only what this account published, by its id or username
    #[arg(long)]
    pub(crate) account: Option<String>,
}

/// What a person has seen on TikTok.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Outcome {
    /// The post is there
    Published,
    /// The post is not there
    #[value(alias = "not_published")]
    NotPublished,
}

impl Outcome {
    /// The API's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::NotPublished => "not_published",
        }
    }
}

/// `slipway posts timeline`.
#[derive(Debug, clap::Args)]
pub(crate) struct Timeline {
    /// The post's id, post_…
    pub(crate) post: PostId,
}

/// `slipway posts import`.
#[derive(Debug, clap::Args)]
#[command(after_help = COLUMNS)]
pub(crate) struct Import {
    /// The file
    pub(crate) file: PathBuf,

    /// Say what would be made and what stands against it, and make nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Make the posts again of a file that was imported within a day
    #[arg(long)]
    pub(crate) again: bool,
}
