//! The command-line program for people: uploads a video, publishes it and follows it to its end, over the public HTTP
//! API only.
//!
//! Results go to standard output, everything else to standard error. What must outlive the program (which upload a
//! file belongs to, which post was asked for) is in small files, written before the request that they are about.

mod accounts;
mod api;
mod args;
mod connection;
mod exit;
mod follow;
mod live;
mod media;
mod post;
mod problem;
mod publish;
mod say;
mod state;
mod stop;
mod text;
mod upload;

use std::process::ExitCode;

use clap::Parser as _;

use self::api::Api;
use self::args::{Args, Command};
use self::connection::Connection;
use self::exit::Exit;
use self::problem::Problem;
use self::say::Say;
use self::state::State;
use self::stop::Stop;

/// What every command works with.
struct Session {
    api: Api,
    say: Say,
    state: State,
}

/// Runs the program: reads the command line, does the one thing asked for, and says by its exit code how it ended.
pub async fn run() -> ExitCode {
    // On a bad command line clap says so and exits, with the same code as `Exit::Usage`.
    let args = Args::parse();
    let say = Say::new(args.json, args.quiet);
    let end = match Stop::listen() {
        Ok(mut stop) => tokio::select! {
            end = work(args, &say) => end,
            () = stop.wait() => Err(Problem::new(Exit::Interrupted, say.when_interrupted())),
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

async fn work(args: Args, say: &Say) -> Result<(), Problem> {
    let connection = Connection::read(args.api_url.as_deref())?;
    let say = say.clone();
    let session = Session { api: Api::new(connection, say.clone())?, state: State::open()?, say };
    match args.command {
        Command::Upload(wanted) => upload::run(&session, &wanted).await,
        Command::Publish(wanted) => publish::run(&session, &wanted).await,
        Command::Status(wanted) => follow::run(&session, &wanted).await,
        Command::Accounts => accounts::run(&session).await,
    }
}
