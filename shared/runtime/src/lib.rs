//! A function's process: what it is told by its environment, how it reaches AWS, how it logs, how it pauses.

pub mod aws;
pub mod config;
pub mod logging;
pub mod pause;

use aws::SdkConfig;
use config::{ConfigError, Env, FromEnv};

/// What every `main.rs` begins with: starts the log of the function of this crate (`env!("CARGO_CRATE_NAME")`), and reads
/// its configuration and what AWS clients are made of. Calls nobody.
pub async fn start<C: FromEnv>(function: &str) -> Result<(SdkConfig, C), ConfigError> {
    logging::init(function);
    let config = Env::of_process().load()?;
    Ok((aws::config().await, config))
}
