//! The simulated TikTok's state: users, grants, publishes, webhooks, and the schedule of what happens next.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Moment};
use crate::config::Config;
use crate::fault::{Faults, Marks};
use crate::ids::Ids;
use crate::ledger::{AuthorizationRecord, GrantRecord, Ledger, RequestRecord};
use crate::limits::Windows;
use crate::oauth::Code;
use crate::publish::Publish;
use crate::user::User;
use crate::webhook::Deliveries;

/// All state, behind one lock. Nothing in here waits: what takes time is a job in `outbox` or an event in the schedule.
#[derive(Debug)]
pub(crate) struct World {
    pub config: Config,
    pub clock: Clock,
    pub ids: Ids,
    pub accounts: Vec<Account>,
    /// Who is logged in in the browser.
    pub logged_in: Option<String>,
    pub codes: HashMap<String, Code>,
    pub authorizations: Vec<AuthorizationRecord>,
    pub grants: Vec<GrantRecord>,
    pub publishes: Vec<Publish>,
    pub windows: Windows,
    pub faults: Faults,
    pub deliveries: Deliveries,
    pub requests: Vec<RequestRecord>,
    /// Requests that were forgotten by resets; handles count on from here.
    pub forgotten_requests: usize,
    /// Work for the background task.
    pub outbox: Vec<Job>,
    pub schedule: BTreeMap<(Moment, u64), Event>,
    pub scheduled: u64,
    /// Where this server is reached, without a closing slash.
    pub base: String,
}

/// A user with the id TikTok gave them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub open_id: String,
    pub user: User,
}

/// Something that happens at a given simulated time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Event {
    /// Processing of a publish is over.
    Verdict { publish_id: String },
    /// A public post passed moderation.
    Moderated { publish_id: String, post_id: u64 },
    /// The upload URL or the download time of a publish ran out.
    TransferDeadline { publish_id: String },
    /// A webhook is to be tried.
    Attempt { delivery: u64 },
}

/// Work that needs the network.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    Deliver { delivery: u64 },
    Pull { publish_id: String },
}

impl World {
    pub(crate) fn new(config: Config, base: String) -> Self {
        let mut world = Self {
            clock: Clock::default(),
            ids: Ids::new(),
            accounts: Vec::new(),
            logged_in: None,
            codes: HashMap::new(),
            authorizations: Vec::new(),
            grants: Vec::new(),
            publishes: Vec::new(),
            windows: Windows::default(),
            faults: Faults::default(),
            deliveries: Deliveries::default(),
            requests: Vec::new(),
            forgotten_requests: 0,
            outbox: Vec::new(),
            schedule: BTreeMap::new(),
            scheduled: 0,
            base,
            config,
        };
        for user in world.config.users.clone() {
            world.put_user(user);
        }
        world
    }

    /// Forgets everything but the configuration and the users that exist from the start.
    pub(crate) fn reset(&mut self) {
        let forgotten = self.forgotten_requests + self.requests.len();
        let deliveries = self.deliveries.emptied();
        *self = Self::new(self.config.clone(), self.base.clone());
        self.forgotten_requests = forgotten;
        self.deliveries = deliveries;
    }

    /// Lets everything happen that is due, each at its own time, and returns the time it is now.
    pub(crate) fn settle(&mut self) -> Moment {
        let now = self.clock.now();
        while let Some(entry) = self.schedule.first_entry() {
            let (due, _) = *entry.key();
            if due > now {
                break;
            }
            match entry.remove() {
                Event::Verdict { publish_id } => self.verdict(&publish_id, due),
                Event::Moderated { publish_id, post_id } => self.moderated(&publish_id, post_id, due),
                Event::TransferDeadline { publish_id } => self.transfer_deadline(&publish_id, due),
                Event::Attempt { delivery } => self.attempt_due(delivery),
            }
        }
        now
    }

    /// Puts an event on the schedule.
    pub(crate) fn at(&mut self, due: Moment, event: Event) {
        self.scheduled += 1;
        self.schedule.insert((due, self.scheduled), event);
    }

    /// When the next event is due.
    pub(crate) fn next_due(&self) -> Option<Moment> {
        self.schedule.first_key_value().map(|((due, _), _)| *due)
    }

    /// Adds a user, or replaces the one with the same id, and returns the id.
    pub(crate) fn put_user(&mut self, mut user: User) -> String {
        let open_id = user.open_id.take().unwrap_or_else(|| self.ids.open_id());
        user.open_id = Some(open_id.clone());
        match self.accounts.iter_mut().find(|account| account.open_id == open_id) {
            Some(account) => account.user = user,
            None => self.accounts.push(Account { open_id: open_id.clone(), user }),
        }
        open_id
    }

    pub(crate) fn user(&self, open_id: &str) -> Option<&User> {
        self.accounts.iter().find(|account| account.open_id == open_id).map(|account| &account.user)
    }

    /// The id of the user with this id or handle.
    pub(crate) fn find_user(&self, name: &str) -> Option<&str> {
        let found = self.accounts.iter().find(|account| account.open_id == name || account.user.username == name);
        found.map(|account| account.open_id.as_str())
    }

    pub(crate) fn publish(&self, publish_id: &str) -> Option<&Publish> {
        self.publishes.iter().rev().find(|publish| publish.record.publish_id == publish_id)
    }

    pub(crate) fn publish_mut(&mut self, publish_id: &str) -> Option<&mut Publish> {
        self.publishes.iter_mut().rev().find(|publish| publish.record.publish_id == publish_id)
    }

    /// Applies what a fault says about a publish.
    pub(crate) fn mark(&mut self, publish_id: &str, marks: Marks) {
        if let Some(publish) = self.publish_mut(publish_id) {
            publish.record.stuck |= marks.stick;
            publish.forced = marks.fail.or(publish.forced);
        }
    }

    /// A copy of everything tests may want to know.
    pub(crate) fn ledger(&mut self) -> Ledger {
        let now = self.settle();
        let publishes = self.publishes.iter().map(|publish| {
            let mut record = publish.record.clone();
            record.bytes_received = record.bytes_received.frozen();
            record
        });
        Ledger {
            now,
            requests: self.requests.clone(),
            publishes: publishes.collect(),
            authorizations: self.authorizations.clone(),
            grants: self.grants.clone(),
            webhooks: self.deliveries.records(),
        }
    }
}
