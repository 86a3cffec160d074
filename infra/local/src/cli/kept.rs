//! What a data folder remembers for the command line: the key and the account.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::run_error::RunError;

const STEP: &str = "opening the data folder";

/// The folder of `--data`, for this process alone, and what it remembers. Without one it is a folder that goes with the
/// session.
pub(crate) struct Kept {
    folder: PathBuf,
    remembered: Mutex<Remembered>,
    /// Held while the process lives.
    _lock: File,
    passing: Option<Passing>,
}

/// A folder that goes with the session. Dropped, it is gone; if the process is killed, the next session removes it.
struct Passing {
    folder: PathBuf,
    stays: bool,
}

/// What the names of such folders begin with.
const PASSING: &str = "slipway-local-";
/// The file whose lock says that a folder is in use.
const LOCK: &str = "lock";

/// What is remembered.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// The API key, in clear: this is a development stack, and the file is readable by its owner only.
    pub(crate) api_key: Option<String>,
    /// The account's id.
    pub(crate) account_id: Option<String>,
}

impl Kept {
    /// Opens the folder, and makes it if it is not there.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self, RunError> {
        let Some(folder) = folder else { return Self::for_this_session(&std::env::temp_dir()) };
        let cure = format!("choose another folder with --data, or see to it that {} can be written", folder.display());
        let failed = |error: io::Error| RunError::new(STEP, format!("{}: {error}", folder.display()), &cure);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let lock = File::create(folder.join(LOCK)).map_err(failed)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => {
                let problem = format!("another local stack uses {}", folder.display());
                RunError::new(STEP, problem, "stop that one, or choose another folder with --data")
            }
            TryLockError::Error(error) => failed(error),
        })?;
        let remembered = match std::fs::read(folder.join(FILE)) {
            // A file that can't be read is as good as none: a new key is made.
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Remembered::default(),
            Err(error) => return Err(failed(error)),
        };
        Ok(Self { folder: folder.to_owned(), remembered: Mutex::new(remembered), _lock: lock, passing: None })
    }

    fn for_this_session(parent: &Path) -> Result<Self, RunError> {
        remove_passed(parent);
        let failed = |error: io::Error| {
            RunError::new(STEP, format!("{}: {error}", parent.display()), "name another folder with --data")
        };
        let folder = tempfile::Builder::new().prefix(PASSING).tempdir_in(parent).map_err(failed)?.keep();
        let passing = Passing { folder: folder.clone(), stays: false };
        // It has its name only once it is held, so that nobody takes the folder for one that was left behind.
        let unnamed = folder.join("lock.new");
        let lock = File::create(&unnamed).map_err(failed)?;
        lock.lock().and_then(|()| std::fs::rename(&unnamed, folder.join(LOCK))).map_err(failed)?;
        Ok(Self { folder, remembered: Mutex::default(), _lock: lock, passing: Some(passing) })
    }

    /// Leaves a folder of this session for whoever wants to read its log. The next session removes it.
    pub(crate) fn stay(&mut self) {
        if let Some(passing) = &mut self.passing {
            passing.stays = true;
        }
    }

    /// A place in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What is remembered.
    pub(crate) fn remembered(&self) -> Remembered {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers something else.
    pub(crate) fn remember(&self, change: impl FnOnce(&mut Remembered)) -> Result<(), RunError> {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut remembered);
        write(&self.folder, &remembered).map_err(|error| {
            RunError::new(
                "remembering the key and the account",
                error,
                "make room in the data folder, then start again",
            )
        })
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        if !self.stays {
            // What can't be removed now is removed by the next session.
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Removes what sessions before have left: those of our folders whose lock nobody holds.
fn remove_passed(parent: &Path) {
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PASSING));
        let lock = File::options().write(true).open(entry.path().join(LOCK));
        if is_ours && lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

const FILE: &str = "local.json";

/// Replaced as a whole, so that a crash leaves the old or the new one.
fn write(folder: &Path, remembered: &Remembered) -> io::Result<()> {
    let new = folder.join("local.json.new");
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(&serde_json::to_vec_pretty(remembered)?)?;
    file.sync_all()?;
    std::fs::rename(new, folder.join(FILE))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_restart_finds_what_was_remembered_and_nobody_else_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::open(Some(folder.path())).unwrap();
        assert!(kept.remembered().api_key.is_none());
        kept.remember(|kept| kept.api_key = Some("slip_live_x".to_owned())).unwrap();
        kept.remember(|kept| kept.account_id = Some("acc_x".to_owned())).unwrap();
        drop(kept);
        let again = Kept::open(Some(folder.path())).unwrap().remembered();
        assert_eq!((again.api_key.as_deref(), again.account_id.as_deref()), (Some("slip_live_x"), Some("acc_x")));
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }

    #[test]
    fn what_goes_with_a_session_is_removed_by_it_or_by_the_next_one() {
        let parent = tempfile::tempdir().unwrap();
        let folder = |name: &str, lock: bool| {
            let folder = parent.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            lock.then(|| File::create(folder.join(LOCK)).unwrap())
        };
        folder("slipway-local-killed", true);
        folder("slipway-local-not-held-yet", false);
        folder("elsewhere", true);
        let held = folder("slipway-local-alive", true).unwrap();
        held.lock().unwrap();
        remove_passed(parent.path());
        let mut left: Vec<_> = std::fs::read_dir(&parent).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["elsewhere", "slipway-local-alive", "slipway-local-not-held-yet"]);

        let mut kept = Kept::for_this_session(parent.path()).unwrap();
        let folder = kept.path("");
        assert!(folder.join(LOCK).exists());
        kept.stay();
        drop(kept);
        assert!(folder.exists(), "its log may be read");
        let kept = Kept::for_this_session(parent.path()).unwrap();
        assert!(!folder.exists(), "until the next session");
        let folder = kept.path("");
        drop(kept);
        assert!(!folder.exists());
    }

    #[test]
    fn two_stacks_do_not_share_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = Kept::open(Some(folder.path())).unwrap();
        let said = Kept::open(Some(folder.path())).err().unwrap().to_string();
        assert!(said.contains("another local stack uses"), "{said}");
        drop(first);
        assert!(Kept::open(Some(folder.path())).is_ok());
    }

    #[test]
    fn a_file_that_can_not_be_read_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        assert!(Kept::open(Some(folder.path())).unwrap().remembered().api_key.is_none());
    }

    #[test]
    fn a_folder_that_can_not_be_made_is_one_sentence() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let said = Kept::open(Some(&file.path().join("inside"))).err().unwrap().to_string();
        assert!(said.starts_with("opening the data folder failed: ") && !said.contains('\n'), "{said}");
    }
}
