//! Starts processes that do not outlive the stack.
//!
//! Dropping the stack kills its functions. Should the stack itself be killed, nobody is left to do so. A function
//! notices when it next talks to the Runtime API, but one that hangs in its work never does. So, on Linux, each is started
//! through `slipway-leash`, which asks the kernel to kill it together with its parent and then becomes the function.
//! To the kernel the parent is the *thread* that started the process; hence one thread for all starts, which ends
//! with the launcher.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc;

use tokio::process::{Child, Command};
use tokio::sync::oneshot;

struct Start {
    command: Command,
    started: oneshot::Sender<io::Result<Child>>,
}

/// Starts processes from one thread.
pub(crate) struct Launcher {
    leash: PathBuf,
    starts: mpsc::Sender<Start>,
}

impl Launcher {
    /// Must be called within a tokio runtime, which will look after the processes.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn new(leash: PathBuf) -> io::Result<Self> {
        let (starts, queue) = mpsc::channel::<Start>();
        let runtime = tokio::runtime::Handle::current();
        std::thread::Builder::new().name("launcher".to_owned()).spawn(move || {
            let _inside = runtime.enter();
            for mut start in queue {
                // If nobody waits any more, dropping the child kills it.
                let _ = start.started.send(start.command.spawn());
            }
        })?;
        Ok(Self { leash, starts })
    }

    /// Starts a program with exactly this environment and piped output, in a process group of its own, so that a
    /// Ctrl-C in the terminal reaches the stack alone, which then ends its functions in order.
    pub(super) async fn start(&self, program: &Path, environment: Vec<(String, String)>) -> io::Result<Child> {
        let mut command = Command::new(&self.leash);
        command
            .arg(std::process::id().to_string())
            .arg(program)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let (started, child) = oneshot::channel();
        let ended = || io::Error::other("the launcher has ended");
        self.starts.send(Start { command, started }).map_err(|_| ended())?;
        child.await.map_err(|_| ended())?
    }
}
