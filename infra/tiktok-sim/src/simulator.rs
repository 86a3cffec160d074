//! The handle that tests and the local stack hold.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;

use crate::config::{ClientSecret, Config};
use crate::fault::{ActiveFault, Fault, FaultId};
use crate::kept::{Keeper, Kept};
use crate::ledger::Ledger;
use crate::publish::PublishCommand;
use crate::shared::{self, Shared};
use crate::user::User;
use crate::world::World;
use crate::{oauth, server};

/// A running simulated TikTok. Clones are handles of the same one; it ends with [`Simulator::shutdown`] or with the
/// last handle.
#[derive(Clone, Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    url: String,
    tasks: Arc<Mutex<JoinSet<()>>>,
}

/// Why the simulator could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken or not allowed.
    #[error("the simulated TikTok can not listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// What the simulator before has left can't be read.
    #[error("what the simulated TikTok remembers can not be read: {}: {source}", path.display())]
    Data {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: std::io::Error,
    },
    /// A setting contradicts TikTok's own rules for it.
    #[error("the simulated TikTok can not start: {0}")]
    Config(String),
    /// The HTTP client for webhooks and downloads could not be made.
    #[error("the simulated TikTok has no HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

impl Simulator {
    /// Starts on 127.0.0.1. It listens when this returns.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        oauth::check_registered(&config.redirect_uris).map_err(StartError::Config)?;
        let (data, port) = (config.data.clone(), config.port);
        let kept = match &data {
            Some(path) => Kept::read(path).map_err(|source| StartError::Data { path: path.clone(), source })?,
            None => None,
        };
        // Upload URLs are good on the port that they were handed out on, if it is free.
        let before = kept.as_ref().map(|kept| kept.port).filter(|_| port == 0);
        let listening = match before {
            Some(before) => TcpListener::bind((Ipv4Addr::LOCALHOST, before)).await.ok(),
            None => None,
        };
        let listening = match listening {
            Some(listener) => Ok(listener),
            None => TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await,
        };
        let listener = listening.map_err(|source| StartError::Listen { port, source })?;
        let address: SocketAddr = listener.local_addr().map_err(|source| StartError::Listen { port, source })?;
        let url = format!("http://{address}");
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        // A kept connection that the other side has closed would look like a failed attempt.
        let http = client.pool_max_idle_per_host(0).build()?;
        let mut world = World::new(config, url.clone());
        if let Some(kept) = kept {
            world.restore(kept);
        }
        let keeper = data.map(|path| (address.port(), Keeper::new(path)));
        let shared = Arc::new(Shared::new(world, http, keeper));
        let mut tasks = JoinSet::new();
        tasks.spawn(shared::run(Arc::clone(&shared)));
        tasks.spawn(server::run(listener, Arc::clone(&shared)));
        Ok(Self { shared, url, tasks: Arc::new(Mutex::new(tasks)) })
    }

    /// The base URL of everything (authorization page, API, upload host, control API), without a closing slash.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The app's client key.
    pub fn client_key(&self) -> String {
        self.shared.world().config.client_key.clone()
    }

    /// The app's client secret.
    pub fn client_secret(&self) -> ClientSecret {
        self.shared.world().config.client_secret.clone()
    }

    /// Sets where webhooks go from now on. Events that happened without a callback URL stay undelivered.
    pub fn set_webhook_url(&self, url: Option<Url>) {
        self.shared.world().config.webhook_url = url;
    }

    /// Changes settings while running. The error is a sentence; then nothing has changed.
    pub fn configure(&self, change: impl FnOnce(&mut Config)) -> Result<(), String> {
        let mut world = self.shared.world();
        let mut config = world.config.clone();
        change(&mut config);
        let done = world.reconfigure(config);
        self.shared.changed.notify_one();
        done
    }

    /// Adds a user, or replaces the one with the same open id; returns the open id.
    pub fn add_user(&self, user: User) -> String {
        self.shared.world().put_user(user)
    }

    /// The open ids of all users, oldest first.
    pub fn users(&self) -> Vec<String> {
        self.shared.world().accounts.iter().map(|account| account.open_id.clone()).collect()
    }

    /// Logs a user in in the browser, so that the authorization page sees them. `false` if there is none such.
    pub fn log_in(&self, open_id_or_username: &str) -> bool {
        let mut world = self.shared.world();
        let found = world.find_user(open_id_or_username).map(str::to_owned);
        if found.is_some() {
            world.logged_in.clone_from(&found);
        }
        found.is_some()
    }

    /// Adds a fault rule.
    pub fn fault(&self, fault: Fault) -> FaultId {
        self.shared.world().faults.add(fault)
    }

    /// The rules in force, with how often they fitted and acted.
    pub fn faults(&self) -> Vec<ActiveFault> {
        self.shared.world().faults.list().to_vec()
    }

    /// Removes one fault rule; `false` if it was gone already.
    pub fn remove_fault(&self, id: FaultId) -> bool {
        self.shared.world().faults.remove(id)
    }

    /// Removes all fault rules. What they did stays done.
    pub fn clear_faults(&self) {
        self.shared.world().faults.clear();
    }

    /// Everything that happened so far.
    pub fn ledger(&self) -> Ledger {
        self.shared.world().ledger()
    }

    /// Moves the clock forward; everything due happens before this returns, except what needs the network.
    pub fn advance(&self, by: Duration) {
        let mut world = self.shared.world();
        world.clock.advance(by);
        world.settle();
        self.shared.changed.notify_one();
    }

    /// Lets access tokens expire now: those of one user, or all.
    pub fn expire_access_tokens(&self, open_id: Option<&str>) {
        let mut world = self.shared.world();
        let now = world.settle();
        world.expire_access_tokens(open_id, now);
    }

    /// The user removes the app (or TikTok does, see the reasons of `authorization.removed`: 0 unknown, 1 user,
    /// 2 account deleted, 3 age changed, 4 account banned, 5 developer). `false` if there was nothing to remove.
    pub fn revoke_by_user(&self, open_id: &str, reason: u8) -> bool {
        let mut world = self.shared.world();
        let now = world.settle();
        self.shared.changed.notify_one();
        world.remove_authorization(open_id, reason, now)
    }

    /// Carries out a command on a publish; `false` if it does not exist or is not in a state for it.
    pub fn command(&self, publish_id: &str, command: PublishCommand) -> bool {
        let mut world = self.shared.world();
        let now = world.settle();
        self.shared.changed.notify_one();
        world.command(publish_id, command, now)
    }

    /// Forgets everything but the settings and the users that exist from the start.
    pub fn reset(&self) {
        self.shared.world().reset();
    }

    /// Stops listening and closes every connection.
    pub async fn shutdown(self) {
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.shutdown().await;
        self.shared.keep();
    }
}
