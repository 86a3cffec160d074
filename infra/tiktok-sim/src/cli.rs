//! The command line of the stand-alone simulator.

use clap::Parser;
use url::Url;

use crate::{
    config::{ClientSecret, Config},
    control,
    simulator::{Simulator, StartError},
};

/// A faithful TikTok on loopback: OAuth, posting, upload, status, webhooks, faults on demand.
#[derive(Debug, Parser)]
#[command(name = "tiktok-sim", version)]
pub struct Arguments {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8788)]
    port: u16,
    /// Client key of the app.
    #[arg(long)]
    client_key: Option<String>,
    /// Client secret of the app, also the key of webhook signatures.
    #[arg(long)]
    client_secret: Option<String>,
    /// Where webhooks go.
    #[arg(long)]
    webhook_url: Option<Url>,
}

impl Arguments {
    /// Starts the simulator, says how to use it, and stops it when the process is interrupted.
    pub async fn run(self) -> Result<(), StartError> {
        let mut config = Config { port: self.port, webhook_url: self.webhook_url, ..Config::default() };
        let own_secret = self.client_secret.is_some();
        if let Some(key) = self.client_key {
            config.client_key = key;
        }
        if let Some(secret) = self.client_secret {
            config.client_secret = ClientSecret::new(secret);
        }
        let simulator = Simulator::start(config).await?;
        println!("TikTok is simulated at {}", simulator.url());
        println!("client key    {}", simulator.client_key());
        if own_secret {
            println!("client secret as given");
        } else {
            println!("client secret {} (made up)", simulator.client_secret().expose());
        }
        println!("\nControl it over HTTP:\n{}\nInterrupt it to end it.", control::HELP);
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "can not wait for an interrupt");
        }
        simulator.shutdown().await;
        Ok(())
    }
}
