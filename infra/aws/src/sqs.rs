//! SQS: one engine behind the wire protocol and behind the in-process API of event source mappings.

mod batch;
mod error;
mod limits;
mod message;
mod operations;
mod queue;
mod receipt;
mod rights;
mod store;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::TransactionBehavior;
use tokio::sync::Notify;
use tokio::time::Instant;

pub use error::SqsError;
pub use message::{MessageAttribute, NewMessage, Received, Sent, Waiting};
pub use queue::{Depth, QueueAddress, QueueSpec, Redrive};
pub(crate) use rights::rights;

use crate::sqlite::Database;
use limits::{MAX_BATCH, MAX_VISIBILITY, MAX_WAIT, whole_seconds};
use receipt::Receipt;

/// All queues. Cheap to clone; every clone is the same queues.
///
/// The rules are those of SQS's standard queues: at least once, in no promised order, and fair between message
/// groups: while one group has many messages in flight, other groups are served first.
#[derive(Clone, Debug)]
pub struct Sqs {
    engine: Arc<Engine>,
}

#[derive(Debug)]
struct Engine {
    database: Database,
    endpoint: String,
    /// Wakes long polls when a message may have become visible.
    changed: Notify,
    /// How far tests have moved this service's clock ahead, in milliseconds.
    ahead_ms: AtomicI64,
    /// Deliveries still to be doubled, by queue.
    duplicates: Mutex<HashMap<String, u32>>,
}

impl Sqs {
    pub(crate) fn open(file: Option<&Path>, endpoint: &str) -> rusqlite::Result<Self> {
        Ok(Self {
            engine: Arc::new(Engine {
                database: Database::open(file, store::SCHEMA)?,
                endpoint: endpoint.to_owned(),
                changed: Notify::new(),
                ahead_ms: AtomicI64::new(0),
                duplicates: Mutex::default(),
            }),
        })
    }

    /// Creates the queue, or gives the one of that name these settings. Messages stay.
    ///
    /// Refused if a setting is outside SQS's limits or the dead-letter queue does not exist yet.
    pub fn create_queue(&self, spec: &QueueSpec) -> Result<QueueAddress, SqsError> {
        spec.check()?;
        let now = self.now_ms();
        self.write(|database| {
            if let Some(redrive) = &spec.redrive {
                store::queue(database, &redrive.dead_letter_queue)?;
            }
            store::put_queue(database, spec, now)
        })?;
        Ok(self.address(&spec.name))
    }

    /// The queue's URL and ARN.
    pub fn address(&self, queue: &str) -> QueueAddress {
        QueueAddress::of(&self.engine.endpoint, queue)
    }

    /// Puts a message into `queue`.
    pub fn send(&self, queue: &str, message: &NewMessage) -> Result<Sent, SqsError> {
        message.check()?;
        let now = self.now_ms();
        let sent = self.write(|database| {
            let spec = store::queue(database, queue)?;
            message.check_size(spec.max_message_bytes)?;
            store::insert(database, &spec, message, now)
        })?;
        self.engine.changed.notify_waiters();
        Ok(sent)
    }

    /// Takes up to `max` (1 to 10) messages, waiting up to `wait` (20 s at most) until there is one.
    ///
    /// Each is hidden from others for the queue's visibility time-out. Messages that were received too often go to
    /// the dead-letter queue instead.
    pub async fn receive(&self, queue: &str, max: usize, wait: Duration) -> Result<Vec<Received>, SqsError> {
        self.receive_for(queue, max, wait, None).await
    }

    async fn receive_for(
        &self,
        queue: &str,
        max: usize,
        wait: Duration,
        visibility: Option<Duration>,
    ) -> Result<Vec<Received>, SqsError> {
        if !(1..=MAX_BATCH).contains(&max) {
            return Err(SqsError::invalid("MaxNumberOfMessages", &max, "Must be between 1 and 10, if provided."));
        }
        whole_seconds("WaitTimeSeconds", wait, Duration::ZERO..=MAX_WAIT)?;
        if let Some(visibility) = visibility {
            whole_seconds("VisibilityTimeout", visibility, Duration::ZERO..=MAX_VISIBILITY)?;
        }
        let deadline = Instant::now() + wait;
        loop {
            // Registered before looking, so that a message sent in between is not slept through.
            let changed = self.engine.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();

            let received = self.take(queue, max, visibility)?;
            if !received.is_empty() || Instant::now() >= deadline {
                return Ok(received);
            }
            let wake = self.next_visible_in(queue)?.map_or(deadline, |hidden| deadline.min(Instant::now() + hidden));
            tokio::select! {
                () = &mut changed => {}
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    fn take(&self, queue: &str, max: usize, visibility: Option<Duration>) -> Result<Vec<Received>, SqsError> {
        let now = self.now_ms();
        let mut duplicates = self.engine.duplicates.lock().unwrap_or_else(PoisonError::into_inner);
        let doubled = duplicates.get_mut(queue);
        let (received, moved) = self.write(|database| {
            let spec = store::queue(database, queue)?;
            store::drop_expired(database, &spec, now)?;
            let moved = store::redrive(database, &spec, now)?;
            let visibility = visibility.unwrap_or(spec.visibility_timeout);
            let received = store::take(database, &spec, max, visibility, now)?;
            if let Some(left) = doubled {
                for message in received.iter().take(usize::try_from(*left).unwrap_or(usize::MAX)) {
                    store::duplicate(database, queue, &message.receipt_handle, now)?;
                    *left -= 1;
                }
            }
            Ok((received, moved))
        })?;
        if moved > 0 {
            self.engine.changed.notify_waiters();
        }
        Ok(received)
    }

    /// How long until the next hidden message of `queue` shows, if there is one.
    pub fn next_visible_in(&self, queue: &str) -> Result<Option<Duration>, SqsError> {
        let now = self.now_ms();
        let at = store::next_visible_at(&self.engine.database.lock(), queue, now)?;
        Ok(at.map(|at| Duration::from_millis(u64::try_from(at - now).unwrap_or_default())))
    }

    /// Deletes the message that was received with `receipt_handle`. Deleting twice is fine.
    ///
    /// A handle of an earlier receive deletes nothing: the message belongs to whoever received it last.
    pub fn delete(&self, queue: &str, receipt_handle: &str) -> Result<(), SqsError> {
        let receipt = Receipt::parse(queue, receipt_handle)?;
        self.write(|database| {
            store::queue(database, queue)?;
            store::delete(database, queue, &receipt)
        })
    }

    /// Hides a message in flight for `visibility` (12 h at most) from now on; zero shows it at once.
    pub fn change_visibility(&self, queue: &str, receipt_handle: &str, visibility: Duration) -> Result<(), SqsError> {
        let receipt = Receipt::parse(queue, receipt_handle)?;
        whole_seconds("VisibilityTimeout", visibility, Duration::ZERO..=MAX_VISIBILITY)?;
        let now = self.now_ms();
        self.write(|database| {
            store::queue(database, queue)?;
            store::change_visibility(database, queue, &receipt, visibility, now)
        })?;
        self.engine.changed.notify_waiters();
        Ok(())
    }

    /// How many messages `queue` holds.
    pub fn depth(&self, queue: &str) -> Result<Depth, SqsError> {
        let now = self.now_ms();
        self.write(|database| {
            let spec = store::queue(database, queue)?;
            store::drop_expired(database, &spec, now)?;
            store::depth(database, queue, now)
        })
    }

    /// The bodies of all messages in `queue`, oldest first, without receiving them.
    pub fn peek(&self, queue: &str) -> Result<Vec<String>, SqsError> {
        let database = self.engine.database.lock();
        store::queue(&database, queue)?;
        store::bodies(&database, queue)
    }

    /// All messages in `queue` with their group and delay, oldest first, without receiving them.
    pub fn waiting(&self, queue: &str) -> Result<Vec<Waiting>, SqsError> {
        let database = self.engine.database.lock();
        store::queue(&database, queue)?;
        store::waiting(&database, queue)
    }

    /// Deletes all messages of `queue`.
    pub fn purge(&self, queue: &str) -> Result<(), SqsError> {
        self.write(|database| {
            store::queue(database, queue)?;
            store::purge(database, queue)
        })
    }

    /// Delivers the next message received from `queue` a second time, whatever becomes of the first delivery, as
    /// standard queues now and then do. Calling it twice doubles two deliveries.
    pub fn duplicate_next(&self, queue: &str) {
        let mut duplicates = self.engine.duplicates.lock().unwrap_or_else(PoisonError::into_inner);
        *duplicates.entry(queue.to_owned()).or_default() += 1;
    }

    /// Moves this service's clock ahead: delays, visibility time-outs and retention end that much earlier.
    pub fn advance(&self, by: Duration) {
        self.engine.ahead_ms.fetch_add(store::ms(by), Ordering::Relaxed);
        self.engine.changed.notify_waiters();
    }

    fn now_ms(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond() + self.engine.ahead_ms.load(Ordering::Relaxed)
    }

    /// Runs `work` in one transaction: all of it or nothing.
    fn write<T>(&self, work: impl FnOnce(&rusqlite::Connection) -> Result<T, SqsError>) -> Result<T, SqsError> {
        let mut database = self.engine.database.lock();
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }
}
