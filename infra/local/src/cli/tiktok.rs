//! Which TikTok the stack talks to.

use std::path::PathBuf;

use slipway_local::Stack;
use tiktok_sim::{Config, Simulator, User};
use url::Url;

use super::args::Args;
use super::run_error::RunError;

/// The simulated creator's id. Always the same, so that an account that a data folder remembers is found again.
const CREATOR: &str = "-000LocalCreatorOfSlipway00001";

/// A TikTok: the simulator of this process, or another server.
pub(crate) struct TikTok {
    simulator: Option<Simulator>,
    url: String,
    client_key: String,
    client_secret: String,
}

impl TikTok {
    /// The server that the flags name, or else a simulator that starts now and remembers in this file.
    pub(crate) async fn start(args: &Args, data: PathBuf) -> Result<Self, RunError> {
        if let (Some(url), Some(key), Some(secret)) =
            (&args.tiktok_url, &args.tiktok_client_key, &args.tiktok_client_secret)
        {
            let url = url.as_str().trim_end_matches('/').to_owned();
            return Ok(Self { simulator: None, url, client_key: key.clone(), client_secret: secret.clone() });
        }
        let creator = User { open_id: Some(CREATOR.to_owned()), ..User::default() };
        // Whoever tries things out soon has fifteen posts. With the cap on request, see docs/local.md.
        let config = Config { users: vec![creator], daily_post_cap: None, data: Some(data), ..Config::default() };
        let (client_key, client_secret) = (config.client_key.clone(), config.client_secret.expose().to_owned());
        let simulator = Simulator::start(config).await.map_err(|error| {
            RunError::new(
                "starting the TikTok simulator",
                error,
                "use another TikTok-compatible server with --tiktok-url",
            )
        })?;
        Ok(Self { url: simulator.url(), simulator: Some(simulator), client_key, client_secret })
    }

    /// Tells the simulator where webhooks go. Another server has to be told by whoever runs it.
    pub(crate) fn set_webhook_url(&self, url: &str) {
        if let Some(simulator) = &self.simulator {
            simulator.set_webhook_url(Url::parse(url).ok());
        }
    }

    /// Has the simulator fetch media from the stack.
    pub(crate) fn let_fetch(&self, stack: &Stack) -> Result<(), RunError> {
        let Some(simulator) = &self.simulator else { return Ok(()) };
        let told = stack.deployment().let_fetch(simulator);
        told.map_err(|error| RunError::new("letting TikTok fetch media", error, "start again"))
    }

    /// Its base URL without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The app's key and secret there.
    pub(crate) fn credentials(&self) -> (&str, &str) {
        (&self.client_key, &self.client_secret)
    }

    /// Whether it is the simulator of this process.
    pub(crate) const fn is_simulated(&self) -> bool {
        self.simulator.is_some()
    }

    /// Ends the simulator.
    pub(crate) async fn shutdown(self) {
        if let Some(simulator) = self.simulator {
            simulator.shutdown().await;
        }
    }
}
