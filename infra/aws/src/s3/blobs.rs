//! Files of bytes: written once, never changed, and deleted when nobody reads them any more.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use uuid::Uuid;

/// The directory of all blobs.
#[derive(Debug)]
pub(super) struct Blobs {
    directory: PathBuf,
    held: Mutex<HashMap<String, Weak<Blob>>>,
}

/// A blob that can be read for as long as this is held, even if its object goes away meanwhile.
#[derive(Debug)]
pub(super) struct Blob {
    path: PathBuf,
    discarded: AtomicBool,
}

/// A blob being written. Dropped without [`keep`](Self::keep), its file is gone.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) file: tokio::fs::File,
    path: PathBuf,
    kept: bool,
}

impl Blobs {
    /// Opens the directory and deletes what is not among `named`: leftovers of uploads that a kill cut off.
    pub(super) fn open(directory: &Path, named: &HashSet<String>) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| named.contains(name)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(Self { directory: directory.to_owned(), held: Mutex::default() })
    }

    pub(super) async fn draft(&self) -> io::Result<Draft> {
        let name = Uuid::new_v4().simple().to_string();
        let path = self.directory.join(&name);
        let file = tokio::fs::File::create_new(&path).await?;
        Ok(Draft { name, file, path, kept: false })
    }

    /// Takes hold of the blob `name`. Call it under the same lock as the look-up in the index that named it.
    pub(super) fn hold(&self, name: &str) -> Arc<Blob> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(blob) = held.get(name).and_then(Weak::upgrade) {
            return blob;
        }
        held.retain(|_, blob| blob.strong_count() > 0);
        let blob = Arc::new(Blob { path: self.directory.join(name), discarded: AtomicBool::new(false) });
        held.insert(name.to_owned(), Arc::downgrade(&blob));
        blob
    }

    /// Deletes the blob `name`, which the index no longer names, once its last reader is done.
    pub(super) fn discard(&self, name: &str) {
        self.hold(name).discarded.store(true, Ordering::Release);
    }
}

impl Blob {
    pub(super) async fn open(&self) -> io::Result<tokio::fs::File> {
        tokio::fs::File::open(&self.path).await
    }
}

impl Drop for Blob {
    fn drop(&mut self) {
        if self.discarded.load(Ordering::Acquire) {
            remove(&self.path);
        }
    }
}

impl Draft {
    /// Lets the file stay. Call it once the index names it.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            remove(&self.path);
        }
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        // Nothing refers to the file; the next start tries again.
        tracing::warn!(%error, path = %path.display(), "a blob could not be deleted");
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn written(blobs: &Blobs, text: &str) -> String {
        let mut draft = blobs.draft().await.unwrap();
        draft.file.write_all(text.as_bytes()).await.unwrap();
        draft.file.flush().await.unwrap();
        let name = draft.name.clone();
        draft.keep();
        name
    }

    #[tokio::test]
    async fn a_discarded_blob_stays_readable_until_its_last_holder_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(directory.path(), &HashSet::new()).unwrap();
        let name = written(&blobs, "bytes").await;

        let held = blobs.hold(&name);
        blobs.discard(&name);
        let mut text = String::new();
        held.open().await.unwrap().read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "bytes");
        drop(held);
        assert!(!directory.path().join(&name).exists());
    }

    #[tokio::test]
    async fn an_abandoned_draft_leaves_nothing_and_a_start_sweeps_strays() {
        let directory = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(directory.path(), &HashSet::new()).unwrap();
        drop(blobs.draft().await.unwrap());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);

        let named = written(&blobs, "named").await;
        let orphan = written(&blobs, "orphan").await;
        Blobs::open(directory.path(), &HashSet::from([named.clone()])).unwrap();
        assert!(directory.path().join(named).exists());
        assert!(!directory.path().join(orphan).exists());
    }
}
