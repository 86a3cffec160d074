//! Where the functions' binaries are: a given folder, or what cargo has just built.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::{env, io};

use serde::Deserialize;
use tokio::process::Command;
use tokio::sync::OnceCell;

/// The workspace's manifest, from where this package was compiled.
const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");

/// Binaries by name.
#[derive(Clone, Debug)]
pub(crate) enum Binaries {
    /// What cargo said it built.
    Built(BTreeMap<String, PathBuf>),
    /// A folder that holds them.
    Folder(PathBuf),
}

/// Why there are no binaries.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// cargo can't be started.
    #[error("cannot run {}: {source}", cargo.display())]
    Cargo {
        /// The program that was tried.
        cargo: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The build failed; cargo has said why on standard error.
    #[error("building the functions failed ({0}); cargo said why above")]
    Failed(ExitStatus),
    /// There is no binary of that name.
    #[error("there is no binary {name} in {place}")]
    Missing {
        /// The binary's name.
        name: String,
        /// Where it was looked for.
        place: String,
    },
}

static BUILT: OnceCell<Binaries> = OnceCell::const_new();

/// Builds all binaries of the workspace in the profile that this program was built in. Once a process: later calls
/// answer at once. cargo's own messages go to standard error.
pub(crate) async fn build() -> Result<Binaries, BuildError> {
    BUILT.get_or_try_init(run_cargo).await.cloned()
}

async fn run_cargo() -> Result<Binaries, BuildError> {
    let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let mut command = Command::new(&cargo);
    command
        .args(["build", "--workspace", "--bins", "--message-format", "json-render-diagnostics"])
        .args(["--manifest-path", MANIFEST])
        .args(profile(env::current_exe().ok().as_deref()))
        // cargo looks for .cargo/config.toml from where it runs, not from where the manifest is.
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let cannot_run = |source| BuildError::Cargo { cargo: cargo.clone(), source };
    // Not `output`, which would also swallow what cargo has to say.
    let child = command.spawn().map_err(cannot_run)?;
    let output = child.wait_with_output().await.map_err(cannot_run)?;
    if !output.status.success() {
        return Err(BuildError::Failed(output.status));
    }
    Ok(Binaries::Built(executables(&String::from_utf8_lossy(&output.stdout))))
}

/// cargo's arguments for the profile whose folder holds this program.
fn profile(program: Option<&Path>) -> Vec<String> {
    let folder = program.and_then(beside).and_then(|folder| folder.file_name()?.to_str().map(str::to_owned));
    match folder.as_deref() {
        Some("debug") | None => vec![],
        Some(profile) => vec!["--profile".to_owned(), profile.to_owned()],
    }
}

/// The folder with the binaries of the build that a program belongs to: its own, or the one above for tests and
/// examples.
fn beside(program: &Path) -> Option<PathBuf> {
    let folder = program.parent()?;
    let inner = matches!(folder.file_name()?.to_str(), Some("deps" | "examples"));
    Some(if inner { folder.parent()? } else { folder }.to_owned())
}

#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Name and place of each executable among cargo's messages.
fn executables(messages: &str) -> BTreeMap<String, PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok());
    let artifacts = messages.filter(|message| message.reason == "compiler-artifact");
    artifacts.filter_map(|message| Some((message.target?.name, message.executable?))).collect()
}

impl Binaries {
    /// The path of a function's binary.
    pub(crate) fn find(&self, name: &str) -> Result<PathBuf, BuildError> {
        let missing = |place: String| BuildError::Missing { name: name.to_owned(), place };
        match self {
            Self::Built(paths) => paths.get(name).cloned().ok_or_else(|| missing("the workspace".to_owned())),
            Self::Folder(folder) => {
                let path = folder.join(name);
                if path.is_file() { Ok(path) } else { Err(missing(folder.display().to_string())) }
            }
        }
    }

    /// The path of a binary of our own, which a folder of functions may lack: then the one of our own build.
    pub(crate) fn find_own(&self, name: &str) -> Result<PathBuf, BuildError> {
        let own = || Self::Folder(env::current_exe().ok().as_deref().and_then(beside)?).find(name).ok();
        self.find(name).or_else(|missing| own().ok_or(missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_the_one_of_the_folder() {
        for (program, arguments) in [
            ("/t/debug/slipway-local", vec![]),
            ("/t/debug/deps/stories-1a2b", vec![]),
            ("/t/release/slipway-local", vec!["--profile", "release"]),
            ("/t/x86_64-unknown-linux-gnu/bench/deps/b-1", vec!["--profile", "bench"]),
        ] {
            assert_eq!(profile(Some(Path::new(program))), arguments, "{program}");
        }
        assert!(profile(None).is_empty());
    }

    #[test]
    fn executables_are_read_from_cargos_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"serde","kind":["lib"]},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"posts","kind":["bin"]},"executable":"/t/debug/posts"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
            "\nnot json\n",
        );
        assert_eq!(executables(messages), BTreeMap::from([("posts".to_owned(), PathBuf::from("/t/debug/posts"))]));
    }

    #[test]
    fn a_missing_binary_is_named_with_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("posts"), "").unwrap();
        let binaries = Binaries::Folder(folder.path().to_owned());
        assert_eq!(binaries.find("posts").unwrap(), folder.path().join("posts"));
        let error = binaries.find("transfer").unwrap_err().to_string();
        assert_eq!(error, format!("there is no binary transfer in {}", folder.path().display()));
    }
}
