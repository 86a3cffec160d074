#![doc = include_str!("../README.md")]

mod accounts;
mod api;
mod args;
mod connect;
mod connection;
mod delete;
mod events;
mod exit;
mod follow;
mod id;
mod init;
mod list;
mod listen;
mod live;
mod media;
mod post;
mod posts;
mod problem;
mod publish;
mod say;
mod spoken;
mod state;
mod stop;
mod tenant;
mod test_mode;
mod text;
mod upload;
mod user;
mod validate;
mod webhooks;
mod when;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;

use self::api::Api;
use self::args::{AccountsCommand, Args, Command};
use self::connection::Connection;
use self::exit::Exit;
use self::problem::Problem;
use self::say::Say;
use self::stop::Stop;

/// What every command works with.
struct Session {
    api: Api,
    say: Say,
}

/// Runs the program: reads the command line, does the one thing asked for, and says by its exit code how it ended.
pub async fn run() -> ExitCode {
    // On a bad command line clap says so and exits, with the same code as `Exit::Usage`.
    let args = Args::parse();
    let say = Say::new(args.json, args.quiet);
    let limit = args.timeout.map(Duration::from_secs);
    let end = match Stop::listen() {
        Ok(mut stop) => tokio::select! {
            end = work(args, &say) => end,
            () = stop.wait() => Err(Problem::new(Exit::Interrupted, say.when_interrupted())),
            () = over(limit) => Err(Problem::new(Exit::Unfinished, "--timeout is over").with_next_step(say.hint())),
        },
        Err(problem) => Err(problem),
    };
    match end {
        Ok(()) => Exit::Done.into(),
        Err(problem) => {
            say.problem(&problem);
            problem.exit.into()
        }
    }
}

/// Waits until the time of `--timeout` is over; without one for ever.
async fn over(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

async fn work(args: Args, say: &Say) -> Result<(), Problem> {
    // Who has no key yet has no connection.
    if let Command::Init(wanted) = &args.command {
        return init::run(say, wanted).await;
    }
    let connection = Connection::read(args.api_url.as_deref())?;
    let say = say.clone();
    let session = Session { api: Api::new(connection, say.clone())?, say };
    match args.command {
        Command::Upload(wanted) => upload::run(&session, &wanted).await,
        Command::Publish(wanted) => publish::run(&session, &wanted).await,
        Command::Validate(wanted) => validate::run(&session, &wanted).await,
        Command::List(wanted) => list::run(&session, &wanted).await,
        Command::Status(wanted) => follow::run(&session, &wanted).await,
        Command::Cancel(wanted) => posts::cancel(&session, &wanted).await,
        Command::Posts(wanted) => posts::run(&session, &wanted).await,
        Command::Delete(wanted) => delete::run(&session, &wanted).await,
        Command::Connect(wanted) => connect::run(&session, &wanted).await,
        Command::Accounts(wanted) => match wanted.command {
            None | Some(AccountsCommand::List) => accounts::show(&session).await,
            Some(AccountsCommand::Disconnect { account }) => accounts::disconnect(&session, &account).await,
        },
        Command::Listen(wanted) => listen::run(&session, &wanted).await,
        Command::Webhooks(wanted) => webhooks::run(&session, &wanted).await,
        Command::Events(wanted) => events::run(&session, &wanted).await,
        Command::Brands(wanted) => tenant::brands(&session, &wanted).await,
        Command::Keys(wanted) => tenant::keys(&session, &wanted).await,
        Command::Usage => tenant::usage(&session).await,
        Command::User(wanted) => user::run(&session, &wanted).await,
        Command::Test(wanted) => test_mode::run(&session, &wanted).await,
        Command::Init(_) => Ok(()),
    }
}
