//! What outlives the program, in small files: which upload a file belongs to, and which post was asked for.
//!
//! A file is replaced as a whole or not at all. Each has a lock, so that two runs do not do the same work side by side.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::problem::Problem;

/// Everything that is noted here is worthless after a week: uploads end after two days, idempotency keys after one.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// The folder.
pub(crate) struct State {
    folder: PathBuf,
}

/// What is noted about one thing. Nobody else changes it while this lives.
pub(crate) struct Slot {
    path: PathBuf,
    _lock: File,
}

impl State {
    /// The folder of `SLIPWAY_STATE_DIR`, or of the XDG rules. Old notes are removed.
    pub(crate) fn open() -> Result<Self, Problem> {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = set("SLIPWAY_STATE_DIR")
            // A relative path there is to be ignored: XDG Base Directory Specification, "Basics".
            .or_else(|| Some(set("XDG_STATE_HOME").filter(|path| path.is_absolute())?.join("slipway")))
            .or_else(|| Some(set("HOME")?.join(".local/state/slipway")))
            .ok_or_else(|| {
                Problem::usage("there is no home folder to note unfinished work in; set SLIPWAY_STATE_DIR")
            })?;
        Self::at(folder)
    }

    fn at(folder: PathBuf) -> Result<Self, Problem> {
        fs::create_dir_all(&folder).map_err(|error| unusable(&folder, &error))?;
        let state = Self { folder };
        // Old notes are in nobody's way.
        let _ = state.remove_old();
        Ok(state)
    }

    /// The note of this kind about whatever these parts name.
    pub(crate) fn slot(&self, kind: &str, parts: &[&[u8]]) -> Result<Slot, Problem> {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let name = hex::encode(hash.finalize());
        let path = self.folder.join(format!("{kind}-{}.json", name.get(..32).unwrap_or(&name)));
        let locked = path.with_extension("lock");
        let lock =
            File::options().create(true).append(true).open(&locked).map_err(|error| unusable(&locked, &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Slot { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(Problem::failure("another slipway is at work on the same; wait for it, or end it"))
            }
            Err(TryLockError::Error(error)) => Err(unusable(&locked, &error)),
        }
    }

    fn remove_old(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let old = SystemTime::now().duration_since(entry.metadata()?.modified()?).is_ok_and(|age| age > KEPT);
            // Locks stay: one that is removed while it is held would let a second run in.
            if old && entry.path().extension().is_some_and(|ending| ending == "json") {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

impl Slot {
    /// What is noted. A note that can't be read is none: it was written by another version.
    pub(crate) fn load<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&fs::read(&self.path).ok()?).ok()
    }

    /// Notes this, on the disk before it returns.
    pub(crate) fn save(&self, note: &impl Serialize) -> Result<(), Problem> {
        self.write(note).map_err(|error| unusable(&self.path, &error))
    }

    fn write(&self, note: &impl Serialize) -> io::Result<()> {
        let new = self.path.with_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(note)?)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)
    }

    /// Forgets it.
    pub(crate) fn clear(&self) -> Result<(), Problem> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unusable(&self.path, &error)),
            _ => Ok(()),
        }
    }
}

fn unusable(path: &Path, error: &io::Error) -> Problem {
    Problem::failure(format!("can't note unfinished work in {}: {error}; set SLIPWAY_STATE_DIR", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> (tempfile::TempDir, State) {
        let folder = tempfile::tempdir().unwrap();
        let state = State::at(folder.path().join("a/b")).unwrap();
        (folder, state)
    }

    #[test]
    fn a_note_is_found_again_under_its_own_name_only() {
        let (_folder, state) = state();
        let slot = state.slot("upload", &[b"ab", b"c"]).unwrap();
        assert_eq!(slot.load::<u64>(), None);
        slot.save(&7_u64).unwrap();
        assert_eq!(slot.load(), Some(7_u64));
        for (kind, parts) in [("upload", [&b"a"[..], b"bc"]), ("post", [b"ab", b"c"])] {
            assert_eq!(state.slot(kind, &parts).unwrap().load::<u64>(), None, "{kind}");
        }
        slot.clear().unwrap();
        slot.clear().unwrap();
        assert_eq!(slot.load::<u64>(), None);
    }

    #[test]
    fn two_runs_do_not_work_on_the_same() {
        let (_folder, state) = state();
        let slot = state.slot("upload", &[b"a"]).unwrap();
        assert!(state.slot("upload", &[b"a"]).is_err());
        drop(slot);
        assert!(state.slot("upload", &[b"a"]).is_ok());
    }

    #[test]
    fn a_note_that_can_not_be_read_is_none() {
        let (_folder, state) = state();
        let slot = state.slot("upload", &[b"a"]).unwrap();
        for text in ["", "{", "\"text\""] {
            fs::write(&slot.path, text).unwrap();
            assert_eq!(slot.load::<u64>(), None, "{text}");
        }
    }

    #[test]
    fn what_is_older_than_a_week_is_forgotten() {
        let (_folder, state) = state();
        let (old, new) = (state.slot("upload", &[b"old"]).unwrap(), state.slot("upload", &[b"new"]).unwrap());
        old.save(&1_u64).unwrap();
        new.save(&2_u64).unwrap();
        let long_ago = SystemTime::now() - KEPT - Duration::from_mins(1);
        File::options().write(true).open(&old.path).unwrap().set_modified(long_ago).unwrap();
        let state = State::at(state.folder).unwrap();
        assert_eq!((old.load::<u64>(), new.load::<u64>()), (None, Some(2)));
        drop((old, new));
        assert_eq!(state.slot("upload", &[b"new"]).unwrap().load(), Some(2_u64));
    }
}
