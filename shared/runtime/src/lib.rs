#![doc = include_str!("../README.md")]

pub mod aws;
mod aws_failure;
pub mod config;
mod deadline;
pub mod logging;
pub mod metric;
pub mod pause;
mod random;

pub use aws_failure::AwsFailure;
pub use deadline::Deadline;
pub use random::{NoRandomness, random};

use aws::SdkConfig;
use config::{ConfigError, Env, FromEnv};

/// A request allocates thousands of times, a few bytes each, nearly always within the AWS SDK: with the allocator of the C
/// library that is a fifth of a function's work. Why this one: docs/decisions.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What every `main.rs` begins with: starts the log of the function of this crate (`env!("CARGO_CRATE_NAME")`), and reads
/// its configuration and what AWS clients are made of. Calls nobody.
pub async fn start<C: FromEnv>(function: &str) -> Result<(SdkConfig, C), ConfigError> {
    start_with(function, &[]).await
}

/// The same for a function that is linked with these other ones: their lines are its own.
pub async fn start_with<C: FromEnv>(function: &str, linked: &[&str]) -> Result<(SdkConfig, C), ConfigError> {
    logging::init(function, linked);
    let config = Env::of_process().load()?;
    Ok((aws::config().await, config))
}
