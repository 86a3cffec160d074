//! What outlives a restart of the simulator, in one file.
//!
//! It is written before a request is answered, so that nobody knows of something that the file does not. Settings but
//! for the webhooks' address, faults, the windows of rate limits and the list of requests are not kept.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::clock::{Clock, Moment};
use crate::config::{millis, url_text};
use crate::ledger::{AuthorizationRecord, GrantRecord, PublishState};
use crate::oauth::Code;
use crate::publish::Publish;
use crate::webhook::Deliveries;
use crate::world::{Account, Event, Job, World};

/// The file, and what was last written to it.
#[derive(Debug)]
pub(crate) struct Keeper {
    path: PathBuf,
    written: Vec<u8>,
}

/// What the file holds. Upload URLs hold the port, so a restart listens on the same one.
#[derive(Deserialize)]
pub(crate) struct Kept {
    pub(crate) port: u16,
    #[serde(with = "url_text")]
    webhook_url: Option<Url>,
    #[serde(rename = "clock_ahead_ms", with = "millis")]
    clock_ahead: Duration,
    accounts: Vec<Account>,
    logged_in: Option<String>,
    codes: HashMap<String, Code>,
    authorizations: Vec<AuthorizationRecord>,
    grants: Vec<GrantRecord>,
    publishes: Vec<Publish>,
    deliveries: Deliveries,
    schedule: Vec<(Moment, Event)>,
}

/// The same, out of a world.
#[derive(Serialize)]
struct Keeping<'a> {
    port: u16,
    #[serde(with = "url_text")]
    webhook_url: &'a Option<Url>,
    #[serde(rename = "clock_ahead_ms", with = "millis")]
    clock_ahead: Duration,
    accounts: &'a [Account],
    logged_in: &'a Option<String>,
    codes: &'a HashMap<String, Code>,
    authorizations: &'a [AuthorizationRecord],
    grants: &'a [GrantRecord],
    publishes: &'a [Publish],
    deliveries: &'a Deliveries,
    schedule: Vec<(Moment, &'a Event)>,
}

impl Keeper {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, written: Vec::new() }
    }

    /// Writes what has changed. The file is replaced as a whole, so that a crash leaves the old or the new one.
    pub(crate) fn keep(&mut self, world: &World, port: u16) -> io::Result<()> {
        let keeping = Keeping {
            port,
            webhook_url: &world.config.webhook_url,
            clock_ahead: world.clock.offset(),
            accounts: &world.accounts,
            logged_in: &world.logged_in,
            codes: &world.codes,
            authorizations: &world.authorizations,
            grants: &world.grants,
            publishes: &world.publishes,
            deliveries: &world.deliveries,
            schedule: world.schedule.iter().map(|((due, _), event)| (*due, event)).collect(),
        };
        let bytes = serde_json::to_vec(&keeping)?;
        if bytes == self.written {
            return Ok(());
        }
        let new = self.path.with_extension("new");
        fs::write(&new, &bytes)?;
        fs::rename(new, &self.path)?;
        self.written = bytes;
        Ok(())
    }
}

impl Kept {
    /// What the file holds; nothing if there is none. One that can't be read is an error, since whoever called has
    /// records that only it explains.
    pub(crate) fn read(path: &Path) -> io::Result<Option<Self>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl World {
    /// Goes on where the simulator before stopped. Users of the configuration that it did not know are added.
    pub(crate) fn restore(&mut self, kept: Kept) {
        let configured = std::mem::replace(&mut self.accounts, kept.accounts);
        for account in configured {
            if self.user(&account.open_id).is_none() {
                self.accounts.push(account);
            }
        }
        self.config.webhook_url = self.config.webhook_url.take().or(kept.webhook_url);
        self.clock = Clock::ahead(kept.clock_ahead);
        self.logged_in = kept.logged_in;
        self.codes = kept.codes;
        self.authorizations = kept.authorizations;
        self.grants = kept.grants;
        self.publishes = kept.publishes;
        self.deliveries = kept.deliveries;
        for (due, event) in kept.schedule {
            self.at(due, event);
        }
        // What was on its way when the simulator stopped is begun once more.
        let now = self.clock.now();
        for delivery in self.deliveries.interrupted() {
            self.at(now, Event::Attempt { delivery });
        }
        let downloading = self.publishes.iter().filter(|publish| publish.record.state == PublishState::Downloading);
        let jobs = downloading.map(|publish| Job::Pull { publish_id: publish.record.publish_id.clone() });
        self.outbox.extend(jobs.collect::<Vec<_>>());
    }
}

pub(crate) mod hasher {
    //! A SHA-256 that is not at its end, as hex.
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use sha2::Sha256;
    use sha2::digest::common::hazmat::{SerializableState, SerializedState};

    pub(crate) fn serialize<S: Serializer>(hasher: &Sha256, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(SerializableState::serialize(hasher)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Sha256, D::Error> {
        let bytes = hex::decode(String::deserialize(deserializer)?).map_err(D::Error::custom)?;
        let state = SerializedState::<Sha256>::try_from(bytes.as_slice()).map_err(D::Error::custom)?;
        SerializableState::deserialize(&state).map_err(D::Error::custom)
    }
}
