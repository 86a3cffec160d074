//! Why the stand-ins do not start, do not do what they are told, or do not answer.

use std::io;

use crate::kms::KmsError;
use crate::sqlite;

/// Why a stand-in does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something else listens on the port.
    #[error("port {0} on 127.0.0.1 is in use")]
    PortInUse(u16),
    /// Another stand-in has the data directory open.
    #[error("the data directory is in use by another process")]
    DataInUse,
    /// The data directory can't be read or written.
    #[error("the data directory can't be used: {0}")]
    Io(#[from] io::Error),
    /// A database in the data directory can't be used.
    #[error("a database in the data directory can't be used: {0}")]
    Database(rusqlite::Error),
    /// The tables can't be opened.
    #[error("the tables in the data directory can't be used: {0}")]
    Tables(#[from] dynoxide::DynoxideError),
}

impl From<rusqlite::Error> for StartError {
    fn from(error: rusqlite::Error) -> Self {
        if sqlite::is_locked(&error) { Self::DataInUse } else { Self::Database(error) }
    }
}

/// Why a stand-in can't set something up.
#[derive(Debug, thiserror::Error)]
pub enum StandInError {
    /// A table can't be made, or exists with another shape.
    #[error("{0}")]
    Table(String),
    /// S3 allows no bucket of that name.
    #[error("{0:?} is no name for a bucket")]
    BucketName(String),
    /// A key can't be made.
    #[error("the key can't be made: {0}")]
    Key(String),
    /// The database below failed.
    #[error("the store failed: {0}")]
    Storage(#[from] rusqlite::Error),
    /// A description can't be read or written as JSON.
    #[error("unexpected JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<KmsError> for StandInError {
    fn from(error: KmsError) -> Self {
        Self::Key(error.to_string())
    }
}

/// The connection is cut instead of answered.
#[derive(Debug, thiserror::Error)]
#[error("the answer is lost on purpose")]
pub(crate) struct Cut;
