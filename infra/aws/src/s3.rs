//! S3: `s3s` reads requests and checks their signatures; objects are files, found through an `SQLite` index.
//!
//! An object's bytes are written to files of their own before the index names them, in one transaction. So a kill
//! or a cut upload at any moment leaves the object as it was, a reader never sees two versions mixed, and what is
//! left over is swept at the next start.

mod access;
mod blobs;
mod conditions;
mod copy;
mod cors;
mod front;
mod index;
mod list;
mod multipart;
mod object;
mod operations;
mod read;
mod rights;
mod upload;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use s3s::{S3Result, s3_error};
use tempfile::TempDir;

use crate::error::{StandInError, StartError};
use crate::ledger::Ledger;
use crate::sqlite::Database;
use blobs::Blobs;
use cors::Cors;

pub use cors::CorsRule;
pub(crate) use front::S3;

/// The smallest part of a multipart upload but the last, in bytes.
const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;
/// The largest object of a single PUT and the largest part, in bytes.
const MAX_PUT_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// All buckets and objects.
pub(crate) struct ObjectStore {
    index: Database,
    blobs: Blobs,
    ledger: Arc<Ledger>,
    cors: Cors,
    /// ARNs of the keys that objects are sealed with, by bucket. They are set at each start, and kept nowhere.
    keys: Mutex<HashMap<String, String>>,
    /// What anybody may read over a CDN: a bucket, and what keys begin with. Set at each start, like the keys.
    served: Mutex<Vec<(String, String)>>,
    /// Where the blobs are when nothing is to survive; the directory goes with the store.
    _scratch: Option<TempDir>,
}

impl ObjectStore {
    /// Opens the store kept in the directory `data`, or an empty one that leaves nothing behind.
    pub(crate) fn open(data: Option<&Path>, ledger: Arc<Ledger>) -> Result<Self, StartError> {
        let index_file = data.map(|data| data.join("objects.sqlite"));
        let index = Database::open(index_file.as_deref(), index::SCHEMA)?;
        let named = index::blob_names(&index.lock())?;
        let (directory, scratch) = if let Some(data) = data {
            (data.join("objects"), None)
        } else {
            let scratch = tempfile::tempdir()?;
            (scratch.path().to_owned(), Some(scratch))
        };
        Ok(Self {
            blobs: Blobs::open(&directory, &named)?,
            index,
            ledger,
            cors: Cors::default(),
            keys: Mutex::default(),
            served: Mutex::default(),
            _scratch: scratch,
        })
    }

    /// Makes the bucket unless there is one.
    pub(crate) fn ensure_bucket(&self, name: &str) -> Result<(), StandInError> {
        if !s3s::path::check_bucket_name(name) {
            return Err(StandInError::BucketName(name.to_owned()));
        }
        Ok(index::create_bucket(&self.index.lock(), name)?)
    }

    /// Takes the object away.
    pub(crate) fn lose(&self, bucket: &str, key: &str) -> Result<(), StandInError> {
        Ok(index::delete_object(&self.index.lock(), bucket, key)?)
    }

    /// Sets the bucket's cross-origin rules.
    pub(crate) fn set_cors(&self, bucket: &str, rules: Vec<CorsRule>) {
        self.cors.set(bucket, rules);
    }

    /// Sets the key that the bucket's objects are sealed with. Here they lie open; only rights to the key are checked.
    pub(crate) fn set_key(&self, bucket: &str, key: &str) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(bucket.to_owned(), key.to_owned());
    }

    /// Has a CDN serve the objects whose keys begin with `prefix`: who asks for one without a signature gets it.
    pub(crate) fn serve(&self, bucket: &str, prefix: &str) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.push((bucket.to_owned(), prefix.to_owned()));
    }

    /// Whether a CDN serves this object. S3 tells those who may not list the bucket of no object that it is missing.
    fn is_served(&self, bucket: &str, key: &str) -> S3Result<bool> {
        let served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let covers = served.iter().any(|(name, prefix)| name == bucket && key.starts_with(prefix));
        Ok(covers && self.has_object(bucket, key)?)
    }

    fn key(&self, bucket: &str) -> Option<String> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(bucket).cloned()
    }

    fn has_object(&self, bucket: &str, key: &str) -> S3Result<bool> {
        Ok(index::object(&self.index.lock(), bucket, key).map_err(internal)?.is_some())
    }

    fn check_bucket(&self, name: &str) -> S3Result<()> {
        if index::has_bucket(&self.index.lock(), name).map_err(internal)? {
            Ok(())
        } else {
            Err(s3_error!(NoSuchBucket, "The specified bucket does not exist"))
        }
    }
}

/// A failure of the stand-in itself.
fn internal(error: impl std::error::Error + Send + Sync + 'static) -> s3s::S3Error {
    s3s::S3Error::internal_error(error)
}
