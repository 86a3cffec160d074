//! The command line.

mod hooks;
mod posts;
mod publish;
mod tenant;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub(crate) use self::hooks::{
    Again, Create, Deliveries, Events, Listen, Replay, Rotate, Test, Told, Webhooks, WebhooksCommand,
};
pub(crate) use self::posts::{Cancel, Import, List, Posts, PostsCommand, Resolve, Retry, Status, Timeline};
pub(crate) use self::publish::{Privacy, Publish, Validate, Wanted, What};
pub(crate) use self::tenant::{
    Brands, BrandsCommand, Init, Keys, KeysCommand, TestCommand, TestMode, User, UserCommand,
};
use crate::id::MediaId;

/// Publishes videos to TikTok through your own Slipway.
///
/// The API key is taken from the environment, never from the command line, where others could see it.
#[derive(Debug, Parser)]
#[command(name = "slipway", version, help_template = HELP, after_help = EXIT_CODES)]
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

/// The commands by what one does with them.
const HELP: &str = "\
{about-with-newline}
{usage-heading} {usage}

Publish:
  publish   Publish a video, and follow the post to its end; prints the post id, and the link if there is one
  validate  Say what stands against publishing it, and publish nothing
  upload    Upload a video, or go on with an upload that was interrupted; prints the media id

Posts:
  list      List posts, the newest first
  status    Show what became of a post
  cancel    Call a post off, as long as TikTok has nothing of it
  posts     List, show, cancel, retry, resolve and import posts, and show their timelines

Accounts and media:
  connect   Connect a creator's account: prints TikTok's page for the creator, and the account's id once it is connected
  accounts  List the connected accounts, and disconnect one
  delete    Delete media that no post needs any more

What happens:
  listen    Get what happens from now on as webhooks, without a public address; print it or hand it on
  webhooks  List, make, show, test and delete webhook endpoints, and see what they were told
  events    Show the log of everything that happened, the newest first

The tenant:
  init      Make the first API key of your stack, through the AWS CLI; prints it once
  keys      List, make, rotate and revoke API keys
  brands    List, make, rename and delete brands
  usage     Show what is used of the plan
  user      Show whose key this is; take all data along, and delete it
  test      Connect test creators, and list what posts of test mode can be made to end as

  help      Print this message or the help of the given subcommand(s)

Options:
{options}

{after-help}";

const EXIT_CODES: &str = "\
Examples:
  slipway connect
  slipway publish video.mp4 --caption 'Hello #slipway' --privacy private
  slipway list --status scheduled
  slipway cancel post_…

Exit codes:
  0    done
  1    failed: network, server, this machine; trying again may help
  2    the command line or the environment is wrong
  3    refused, by the API, by the check of the media or by TikTok; trying the same again will not help
  4    not known how it ends: --timeout is over, or TikTok reported no outcome
  130  interrupted

Environment:
  SLIPWAY_API_URL    address of the API
  SLIPWAY_API_KEY    your API key
  SLIPWAY_STATE_DIR  where unfinished work is noted; ~/.local/state/slipway if not set";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Upload a video, or go on with an upload that was interrupted; prints the media id
    Upload(Upload),
    /// Publish a video, and follow the post to its end; prints the post id, and the link if there is one
    Publish(Publish),
    /// Say what stands against publishing it, and publish nothing
    Validate(Validate),
    /// List posts, the newest first
    List(List),
    /// Show what became of a post
    Status(Status),
    /// Call a post off, as long as TikTok has nothing of it
    Cancel(Cancel),
    /// List, show, cancel, retry, resolve and import posts, and show their timelines
    Posts(Posts),
    /// Delete media that no post needs any more
    Delete(Delete),
    /// Connect a creator's account: prints TikTok's page for the creator, and the account's id once it is connected
    Connect(Connect),
    /// List the connected accounts, and disconnect one
    Accounts(Accounts),
    /// Get what happens from now on as webhooks, without a public address; print it or hand it on
    Listen(Listen),
    /// List, make, show, test and delete webhook endpoints, and see what they were told
    Webhooks(Webhooks),
    /// Show the log of everything that happened, the newest first
    Events(Events),
    /// List, make, rotate and revoke API keys
    Keys(Keys),
    /// List, make, rename and delete brands
    Brands(Brands),
    /// Show what is used of the plan
    Usage,
    /// Show whose key this is; take all data along, and delete it
    User(User),
    /// Connect test creators, and list what posts of test mode can be made to end as
    Test(TestMode),
    /// Make the first API key of your stack, through the AWS CLI; prints it once
    Init(Init),
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

/// `slipway accounts`.
#[derive(Debug, clap::Args)]
pub(crate) struct Accounts {
    #[command(subcommand)]
    pub(crate) command: Option<AccountsCommand>,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountsCommand {
    /// List the connected accounts; so does the command alone
    List,
    /// Give an account's authorization back to TikTok, and forget the account
    Disconnect {
        /// The account's id, acc_…, or its creator's name
        account: String,
    },
}

/// More would not be faster, and each costs a connection and a buffer.
const MAX_PARALLEL: usize = 16;

fn parallel(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok().filter(|number: &NonZeroUsize| number.get() <= MAX_PARALLEL);
    number.ok_or_else(|| format!("use 1 to {MAX_PARALLEL}"))
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
    fn the_help_has_every_command_in_a_group() {
        let mut command = Args::command();
        let help = command.render_help().to_string();
        for command in command.get_subcommands() {
            let line = format!("  {:8}  {}\n", command.get_name(), command.get_about().unwrap());
            assert!(help.contains(&line), "{line:?}: {help}");
        }
        for part in ["Usage: slipway", "--timeout <SECONDS>", "Exit codes:"] {
            assert!(help.contains(part), "{part}: {help}");
        }
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
            assert_eq!(publish.wanted.privacy.unwrap().level(), level);
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
            ("publish v.mp4 --caption x --draft --at 18:00", "cannot be used with"),
            ("publish --caption x --privacy private", "<FILE|MEDIA_ID>"),
            ("publish v.mp4 --photo a.jpg --caption x", "cannot be used with"),
            ("publish --photo a.jpg --caption x --allow-duets", "cannot be used with"),
            ("publish v.mp4 --caption x --title t", "cannot be used with"),
            ("publish --photo a.jpg --caption x --cover 0", "1..=35"),
            ("validate v.mp4", "--caption <TEXT>"),
            ("validate v.mp4 --caption x --no-wait", "unexpected argument '--no-wait'"),
            ("posts", "Usage: slipway posts"),
            ("posts resolve post_1 perhaps", "[possible values: published, not-published]"),
            ("cancel a/b", "invalid value"),
            ("upload v.mp4 --parallel 0", "use 1 to 16"),
            ("upload v.mp4 --parallel 17", "use 1 to 16"),
            ("status post_1 --timeout x", "invalid value 'x'"),
            ("list --limit 101", "1..=100"),
            ("delete", "<MEDIA_ID>"),
            ("delete post_1", "a media id is med_"),
            ("status ../accounts", "invalid value"),
            ("webhooks", "Usage: slipway webhooks"),
            ("webhooks show post_1", "an endpoint's id is wh_"),
            ("webhooks deliveries wh_1 dlv_1 --status failed", "cannot be used with"),
            ("listen --forward-to 3000", "invalid value '3000'"),
            ("events --from yesterday", "invalid value 'yesterday'"),
            ("keys revoke ../accounts", "invalid value"),
            ("test connect Anna", "use 1 to 24 of a-z"),
            ("brands", "Usage: slipway brands"),
            ("user delete", "<EMAIL>"),
            ("upload v.mp4 --api-key k", "unexpected argument '--api-key'"),
        ] {
            let said = read(line).unwrap_err();
            assert!(said.contains(part), "{line}: {said}");
        }
    }
}
