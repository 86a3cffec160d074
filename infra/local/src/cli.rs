//! `cargo run`: starts the local stack, publishes a sample video through it, and stays up.

mod account;
mod api;
mod args;
mod authorize;
mod commands;
mod kept;
mod key;
mod own_log;
mod run_error;
mod sample;
mod say;
mod stop;
mod tiktok;
mod video;
mod world;

use std::process::ExitCode;

use serde_json::json;

use self::account::Account;
use self::api::Api;
use self::args::Args;
use self::commands::Commands;
use self::run_error::RunError;
use self::say::Say;
use self::stop::Stop;
use self::video::Video;
use self::world::World;

/// How a session ended that did not fail.
enum End {
    /// Everything was done.
    Done,
    /// Somebody stopped it before everything was done.
    Interrupted,
}

/// Exit code of a program that was stopped by Ctrl-C, as shells know it.
const INTERRUPTED: u8 = 130;

/// Runs the program.
pub(crate) async fn run() -> ExitCode {
    let args = match Args::read() {
        Ok(args) => args,
        Err(code) => return code,
    };
    own_log::start();
    let say = Say::new(args.json);
    match session(&args, &say).await {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Interrupted) => ExitCode::from(INTERRUPTED),
        Err(failure) => {
            say.failure(&failure);
            ExitCode::FAILURE
        }
    }
}

async fn session(args: &Args, say: &Say) -> Result<End, RunError> {
    let mut stop = Stop::listen()?;
    let video = Video::open(args.video.as_deref())?;
    say.title();
    // Whatever is started when the signal comes ends by being dropped.
    let mut world = tokio::select! {
        world = World::start(args, say) => world?,
        () = stop.wait() => return Ok(End::Interrupted),
    };
    let worked = tokio::select! {
        worked = work(args, &world, &video, say) => worked,
        () = stop.wait() => Ok(None),
    };
    let end = match worked {
        Ok(Some(shown)) => {
            if !args.once {
                shown.print(say);
                stop.wait().await;
                say.line("");
                say.line("  Stopping.");
            }
            Ok(End::Done)
        }
        Ok(None) => Ok(End::Interrupted),
        Err(failure) => {
            // The failure names the log.
            world.kept.stay();
            Err(failure)
        }
    };
    world.shutdown().await;
    end
}

/// Makes or finds the key and the account, and publishes the sample. `None` if it was interrupted.
async fn work(args: &Args, world: &World, video: &Video, say: &Say) -> Result<Option<Commands>, RunError> {
    let key = key::key(world, say).await?;
    let api = Api::new(world.api_url(), &key)?;
    say.event(&json!({
        "event": "ready",
        "api_url": world.api_url(),
        "api_key": key,
        "tiktok_url": world.tiktok.url(),
        "webhook_url": world.webhook_url(),
        "log": world.log,
    }));
    let mut account = account::known(world, &api).await?;
    let mut published: Option<String> = None;
    if !args.no_sample {
        let connected: Account = match account {
            Some(account) => account,
            None => account::connect(world, &api, say).await?,
        };
        let privacy_level = account::privacy_level(world, &api, &connected).await?;
        let post = sample::publish(world, &key, &connected, &privacy_level, video, say).await?;
        let Some(post) = post else { return Ok(None) };
        (account, published) = (Some(connected), Some(post));
    }
    Commands::new(world, &key, account, published, video).map(Some)
}
