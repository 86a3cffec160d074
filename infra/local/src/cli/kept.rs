//! What a data folder remembers for the command line: the key and the account.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::run_error::RunError;

const STEP: &str = "opening the data folder";

/// The folder of `--data`, for this process alone, and what it remembers. Without a folder nothing is remembered.
pub(crate) struct Kept {
    folder: Option<PathBuf>,
    remembered: Mutex<Remembered>,
    /// Held while the process lives.
    _lock: Option<File>,
}

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
        let Some(folder) = folder else {
            return Ok(Self { folder: None, remembered: Mutex::default(), _lock: None });
        };
        let cure = format!("choose another folder with --data, or see to it that {} can be written", folder.display());
        let failed = |error: io::Error| RunError::new(STEP, format!("{}: {error}", folder.display()), &cure);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let lock = File::create(folder.join("lock")).map_err(failed)?;
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
        Ok(Self { folder: Some(folder.to_owned()), remembered: Mutex::new(remembered), _lock: Some(lock) })
    }

    /// A place in the folder.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(name))
    }

    /// What is remembered.
    pub(crate) fn remembered(&self) -> Remembered {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers something else, over restarts if there is a folder.
    pub(crate) fn remember(&self, change: impl FnOnce(&mut Remembered)) -> Result<(), RunError> {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut remembered);
        let Some(folder) = &self.folder else { return Ok(()) };
        write(folder, &remembered).map_err(|error| {
            RunError::new(
                "remembering the key and the account",
                error,
                "make room in the data folder, then start again",
            )
        })
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
