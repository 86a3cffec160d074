//! What the server's tasks share, and the background task that does what takes time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::kept::Keeper;
use crate::world::{Job, World};
use crate::{pull, webhook};

/// The world behind its lock, and the ways to wake those who wait for it.
#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    /// Something may have become due.
    pub changed: Notify,
    /// A webhook was tried.
    pub attempted: Notify,
    pub http: reqwest::Client,
    /// What outlives a restart, with the port that it belongs to.
    keeper: Option<(u16, Mutex<Keeper>)>,
}

impl Shared {
    pub(crate) fn new(world: World, http: reqwest::Client, keeper: Option<(u16, Keeper)>) -> Self {
        let keeper = keeper.map(|(port, keeper)| (port, Mutex::new(keeper)));
        Self { world: Mutex::new(world), changed: Notify::new(), attempted: Notify::new(), http, keeper }
    }

    /// Writes what outlives a restart, if anything does. The file is small, and nobody waits for it but its user.
    pub(crate) fn keep(&self) {
        let Some((port, keeper)) = &self.keeper else { return };
        let mut keeper = keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = keeper.keep(&self.world(), *port) {
            tracing::error!(%error, "the simulated TikTok can't write what it is to remember");
        }
    }

    /// Locks the world. It is never held while waiting.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets time pass: what is due happens, and jobs run as tasks of their own. Ends when dropped.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut running = JoinSet::new();
    loop {
        let (jobs, wait) = {
            let mut world = shared.world();
            let now = world.settle();
            let jobs = std::mem::take(&mut world.outbox);
            (jobs, world.next_due().map(|due| due.since(now)))
        };
        shared.keep();
        for job in jobs {
            match job {
                Job::Deliver { delivery } => running.spawn(webhook::deliver(Arc::clone(&shared), delivery)),
                Job::Pull { publish_id } => running.spawn(pull::pull(Arc::clone(&shared), publish_id)),
            };
        }
        while running.try_join_next().is_some() {}
        tokio::select! {
            () = shared.changed.notified() => {}
            () = tokio::time::sleep(wait.unwrap_or(Duration::from_hours(1))) => {}
        }
    }
}
