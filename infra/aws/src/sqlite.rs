//! Opening the `SQLite` databases behind S3, SQS and KMS.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

/// One database, used by one thread at a time.
///
/// Statements here touch a few rows and take microseconds, so callers hold the lock on async threads and never
/// across an await.
#[derive(Debug)]
pub(crate) struct Database(Mutex<Connection>);

impl Database {
    /// Opens `file`, or a database in memory when there is none, and creates its tables with `schema`.
    ///
    /// A file is locked for as long as the database is open, so that two stand-ins never share a data directory.
    /// The lock goes with the process, however it ends.
    pub(crate) fn open(file: Option<&Path>, schema: &str) -> rusqlite::Result<Self> {
        let connection = match file {
            None => Connection::open_in_memory()?,
            Some(file) => {
                let connection = Connection::open(file)?;
                connection.busy_timeout(Duration::from_millis(500))?;
                connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
                connection.pragma_update(None, "journal_mode", "WAL")?;
                // A killed process loses nothing that was committed; only a power cut could.
                connection.pragma_update(None, "synchronous", "NORMAL")?;
                connection
            }
        };
        connection.execute_batch(&format!("BEGIN IMMEDIATE; {schema} COMMIT;"))?;
        Ok(Self(Mutex::new(connection)))
    }

    /// The connection, once nobody else uses it.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere rolled its transaction back when it dropped it, so the connection is still good.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether another process holds the database.
pub(crate) fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked))
}
