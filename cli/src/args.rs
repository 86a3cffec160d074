//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::media::MediaId;
use crate::post::PostId;
use crate::when;

/// Publishes videos to TikTok through your own Slipway.
///
/// The API key is taken from the environment, never from the command line, where others could see it.
#[derive(Debug, Parser)]
#[command(name = "slipway", version, after_help = EXIT_CODES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Address of the API
    #[arg(long, value_name = "URL", env = "SLIPWAY_API_URL", hide_env_values = true, global = true)]
    pub(crate) api_url: Option<String>,

    /// Print one JSON object a line on standard output, and everything else on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Say nothing but the result and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    /// Stop after so long, whatever is under way; exit code 4
    #[arg(long, value_name = "SECONDS", global = true)]
    pub(crate) timeout: Option<u64>,
}

const EXIT_CODES: &str = "\
Examples:
  slipway connect
  slipway publish video.mp4 --caption 'Hello #slipway' --privacy private
  slipway list --status scheduled

Exit codes:
  0    done
  1    failed: network, server, this machine; trying again may help
  2    the command line or the environment is wrong
  3    refused, by the API, by the check of the media or by TikTok; trying the same again will not help
  4    not known how it ends: --timeout is over, or TikTok gave no verdict
  130  interrupted

Environment:
  SLIPWAY_API_URL    address of the API
  SLIPWAY_API_KEY    your API key
  SLIPWAY_STATE_DIR  where unfinished work is noted; ~/.local/state/slipway if not set";

const PUBLISH_EXAMPLES: &str = "\
Examples:
  slipway publish video.mp4 --account @anna --caption 'Hello #slipway' --privacy private
  slipway publish med_… --caption 'Later' --privacy public --at 'tomorrow 18:00'
  slipway publish video.mp4 --caption 'Finish it in the app' --draft-to-inbox";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Upload a video, or go on with an upload that was interrupted; prints the media id
    Upload(Upload),
    /// Publish a video, and follow the post to its end; prints the post id, and the link if there is one
    Publish(Publish),
    /// Show what became of a post
    Status(Status),
    /// List posts, the newest first
    List(List),
    /// Delete media that no post needs any more
    Delete(Delete),
    /// Connect a creator's account: prints TikTok's page for the creator, and the account's id once it is connected
    Connect(Connect),
    /// List the connected accounts
    Accounts,
}

/// `slipway upload`.
#[derive(Debug, clap::Args)]
pub(crate) struct Upload {
    /// The video
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) how: How,
}

/// How to upload.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Uploading")]
pub(crate) struct How {
    /// How many parts of a large file are sent at the same time
    #[arg(long, value_name = "N", default_value = "4", value_parser = parallel)]
    pub(crate) parallel: NonZeroUsize,

    /// Upload from the start, even if some or all of the file is there already
    #[arg(long)]
    pub(crate) no_resume: bool,
}

/// `slipway publish`.
#[derive(Debug, clap::Args)]
#[command(after_help = PUBLISH_EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Publish {
    /// The video: a file, or the id of media that is uploaded already, med_…
    #[arg(value_name = "FILE|MEDIA_ID")]
    pub(crate) what: String,

    /// Account id or username; may be left out if there is only one account
    #[arg(long)]
    pub(crate) account: Option<String>,

    /// The caption, with #hashtags and @mentions
    #[arg(long, value_name = "TEXT")]
    pub(crate) caption: String,

    /// Who may see the post; must be one of what the creator offers, and is never assumed
    #[arg(long, value_enum, value_name = "LEVEL", conflicts_with = "draft_to_inbox")]
    pub(crate) privacy: Option<Privacy>,

    /// Put it into the creator's inbox in TikTok's app, to be finished and posted there
    #[arg(long)]
    pub(crate) draft_to_inbox: bool,

    /// Declare a paid partnership: somebody else's brand is promoted
    #[arg(long, help_heading = "What the post declares")]
    pub(crate) branded: bool,

    /// Declare promotion of the creator's own brand
    #[arg(long, help_heading = "What the post declares")]
    pub(crate) own_brand: bool,

    /// Declare content made by AI
    #[arg(long, help_heading = "What the post declares")]
    pub(crate) ai_generated: bool,

    /// Allow comments; they are off otherwise
    #[arg(long, help_heading = "What others may do")]
    pub(crate) allow_comments: bool,

    /// Allow duets; they are off otherwise
    #[arg(long, help_heading = "What others may do")]
    pub(crate) allow_duets: bool,

    /// Allow stitches; they are off otherwise
    #[arg(long, help_heading = "What others may do")]
    pub(crate) allow_stitches: bool,

    /// Publish at this time instead of now, such as "tomorrow 18:00", "2026-12-24 18:00" or 2026-12-24T18:00:00Z; the
    /// program does not wait for it
    #[arg(long, value_name = "TIME", value_parser = when::read)]
    pub(crate) at: Option<Timestamp>,

    /// Post it even if the same media and caption went to this account within a day
    #[arg(long)]
    pub(crate) again: bool,

    /// Do not follow the post
    #[arg(long)]
    pub(crate) no_wait: bool,

    #[command(flatten)]
    pub(crate) how: How,
}

/// `slipway status`.
#[derive(Debug, clap::Args)]
pub(crate) struct Status {
    /// The post's id, post_…, or its id on TikTok
    pub(crate) post: PostId,

    /// Follow it to its end; the exit code is the post's then
    #[arg(long)]
    pub(crate) follow: bool,
}

/// `slipway list`.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Only posts of this status: draft, scheduled, publishing, published, partial, failed or cancelled
    #[arg(long)]
    pub(crate) status: Option<String>,

    /// How many at most
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) limit: u8,
}

/// `slipway delete`.
#[derive(Debug, clap::Args)]
pub(crate) struct Delete {
    /// The media's ids, med_…
    #[arg(required = true, value_name = "MEDIA_ID")]
    pub(crate) media: Vec<MediaId>,
}

/// `slipway connect`.
#[derive(Debug, clap::Args)]
pub(crate) struct Connect {
    /// Print TikTok's page, and do not wait for the creator
    #[arg(long)]
    pub(crate) no_wait: bool,
}

/// TikTok's privacy levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Privacy {
    /// Everyone
    #[value(alias = "PUBLIC_TO_EVERYONE")]
    Public,
    /// People who follow each other
    #[value(alias = "MUTUAL_FOLLOW_FRIENDS")]
    Friends,
    /// Followers, of a private account
    #[value(alias = "FOLLOWER_OF_CREATOR")]
    Followers,
    /// The creator alone
    #[value(alias = "SELF_ONLY")]
    Private,
}

impl Privacy {
    /// TikTok's and the API's name.
    pub(crate) const fn level(self) -> &'static str {
        match self {
            Self::Public => "PUBLIC_TO_EVERYONE",
            Self::Friends => "MUTUAL_FOLLOW_FRIENDS",
            Self::Followers => "FOLLOWER_OF_CREATOR",
            Self::Private => "SELF_ONLY",
        }
    }

    /// What to write on the command line for a level of the API; a level that is not known here stays as it is.
    pub(crate) fn flag(level: &str) -> String {
        let known = Self::value_variants().iter().find(|privacy| privacy.level() == level);
        known.and_then(Self::to_possible_value).map_or_else(|| level.to_owned(), |value| value.get_name().to_owned())
    }
}

/// More would not be faster, and each costs a connection and a buffer.
const MAX_PARALLEL: usize = 16;

fn parallel(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok().filter(|number: &NonZeroUsize| number.get() <= MAX_PARALLEL);
    number.ok_or_else(|| format!("use 1 to {MAX_PARALLEL}"))
}

/// What to upload or publish.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Media that is there.
    Media(MediaId),
    /// A file to upload.
    File(PathBuf),
}

impl What {
    /// What looks like a media id is one; a file that is called so is written with `./`.
    pub(crate) fn read(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::File(PathBuf::from(text)), Self::Media)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn read(line: &str) -> Result<Args, String> {
        let words = std::iter::once("slipway").chain(line.split_whitespace());
        Args::try_parse_from(words).map_err(|error| error.to_string())
    }

    #[test]
    fn the_flags_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_privacy_level_has_a_short_name_and_tiktoks() {
        for (given, level) in [
            ("public", "PUBLIC_TO_EVERYONE"),
            ("FOLLOWER_OF_CREATOR", "FOLLOWER_OF_CREATOR"),
            ("friends", "MUTUAL_FOLLOW_FRIENDS"),
            ("SELF_ONLY", "SELF_ONLY"),
        ] {
            let args = read(&format!("publish v.mp4 --caption x --privacy {given}")).unwrap();
            let Command::Publish(publish) = args.command else { panic!("not publish") };
            assert_eq!(publish.privacy.unwrap().level(), level);
        }
        assert_eq!(Privacy::flag("MUTUAL_FOLLOW_FRIENDS"), "friends");
        assert_eq!(Privacy::flag("SOMETHING_NEW"), "SOMETHING_NEW");
    }

    #[test]
    fn what_can_not_be_meant_is_refused() {
        for (line, part) in [
            ("", "Usage: slipway"),
            ("publish v.mp4", "--caption <TEXT>"),
            ("publish v.mp4 --caption x --privacy everybody", "[possible values: public, friends, followers, private]"),
            ("publish v.mp4 --caption x --privacy public --draft-to-inbox", "cannot be used with"),
            ("publish v.mp4 --caption x --at tomorrow", "invalid value 'tomorrow'"),
            ("upload v.mp4 --parallel 0", "use 1 to 16"),
            ("upload v.mp4 --parallel 17", "use 1 to 16"),
            ("status post_1 --timeout x", "invalid value 'x'"),
            ("list --limit 101", "1..=100"),
            ("delete", "<MEDIA_ID>"),
            ("delete post_1", "a media id is med_"),
            ("status ../accounts", "invalid value"),
            ("upload v.mp4 --api-key k", "unexpected argument '--api-key'"),
        ] {
            let said = read(line).unwrap_err();
            assert!(said.contains(part), "{line}: {said}");
        }
    }

    #[test]
    fn what_looks_like_a_media_id_is_one() {
        assert_eq!(What::read("med_01abc"), What::Media("med_01abc".parse().unwrap()));
        for file in ["./med_01abc", "med_01abc.mp4", "video.mp4", "med_", "Übung.mov"] {
            assert_eq!(What::read(file), What::File(PathBuf::from(file)));
        }
    }
}
