//! One process of a function, from its start to its end.

use std::net::Ipv4Addr;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::process::Child;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::runtime_api::{Job, RuntimeApi};
use super::{InvokeError, Launcher, Spec, process};
use crate::logs::{LogSource, Logs};

/// How long a process may take until it asks for its first event. Lambda gives 10 s; a debug build on a busy machine
/// may need longer to be loaded, and its start is no part of the function's own time.
const INIT_LIMIT: Duration = Duration::from_mins(1);

/// How often memory is checked where a limit is to be kept.
const MEMORY_CHECK: Duration = Duration::from_millis(100);

/// A process and its Runtime API. Dropping it kills the process.
pub(super) struct Instance {
    pid: u32,
    api: Arc<RuntimeApi>,
    jobs: mpsc::Sender<Job>,
    kill: Arc<Notify>,
    exit: watch::Receiver<Option<ExitStatus>>,
    started: Instant,
    _tasks: JoinSet<()>,
}

/// What an invocation took.
pub(super) struct Report {
    pub(super) outcome: Result<Bytes, InvokeError>,
    pub(super) duration: Duration,
    /// From the start of the process to its first event, if this was its first.
    pub(super) init: Option<Duration>,
    /// The most memory the process held so far, in bytes.
    pub(super) peak_memory: u64,
}

impl Instance {
    pub(super) async fn start(spec: &Spec, launcher: &Launcher, logs: &Logs) -> Result<Self, InvokeError> {
        let failed = |reason: String| InvokeError::Init { function: spec.logical_id.clone(), reason };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| failed(error.to_string()))?;
        let address = listener.local_addr().map_err(|error| failed(error.to_string()))?;
        let mut environment: Vec<_> = spec.environment.clone().into_iter().collect();
        environment.push(("AWS_LAMBDA_RUNTIME_API".to_owned(), address.to_string()));
        let started = Instant::now();
        let child = launcher.start(&spec.binary, environment).await;
        let mut child = child.map_err(|error| failed(error.to_string()))?;
        let pid = child.id().ok_or_else(|| failed("it ended at once".to_owned()))?;

        // These two end with the process, and not before: its last words matter most.
        if let Some(output) = child.stdout.take() {
            tokio::spawn(process::forward(output, spec.logical_id.clone(), pid, LogSource::Stdout, logs.clone()));
        }
        if let Some(output) = child.stderr.take() {
            tokio::spawn(process::forward(output, spec.logical_id.clone(), pid, LogSource::Stderr, logs.clone()));
        }
        let mut tasks = JoinSet::new();
        let (jobs, queue) = mpsc::channel(1);
        let api = RuntimeApi::new(spec.arn.clone(), queue);
        tasks.spawn(Arc::clone(&api).serve(listener));
        let kill = Arc::new(Notify::new());
        let (ended, exit) = watch::channel(None);
        tasks.spawn(keep(child, Arc::clone(&kill), ended));
        Ok(Self { pid, api, jobs, kill, exit, started, _tasks: tasks })
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    pub(super) fn is_alive(&self) -> bool {
        self.exit.borrow().is_none()
    }

    /// Ends the process at once and waits until it is gone.
    pub(super) async fn kill(&self) {
        self.kill.notify_one();
        self.ended().await;
    }

    /// Runs one event. One at a time: the pool sees to that.
    pub(super) async fn invoke(&self, spec: &Spec, request_id: String, event: Bytes, first: bool) -> Report {
        let (fetched, has_fetched) = oneshot::channel();
        let (answered, answer) = oneshot::channel();
        let job = Job { request_id: request_id.clone(), event, timeout: spec.timeout, fetched, answered };
        let begun = match self.hand_over(spec, job, has_fetched).await {
            Ok(begun) => begun,
            Err(error) => {
                return Report {
                    outcome: Err(error),
                    duration: Duration::ZERO,
                    init: None,
                    peak_memory: self.peak_memory(),
                };
            }
        };
        let outcome = tokio::select! {
            biased;
            Ok(outcome) = answer => outcome,
            status = self.ended() => Err(exited(request_id, status)),
            () = sleep_until(begun + spec.timeout) => Err(InvokeError::TimedOut { request_id, after: spec.timeout }),
            () = self.exceeds_memory(spec) => {
                let reason = "with error: signal: killed".to_owned();
                Err(InvokeError::Exited { request_id, reason })
            }
        };
        let (duration, peak_memory) = (begun.elapsed(), self.peak_memory());
        if matches!(outcome, Err(InvokeError::TimedOut { .. } | InvokeError::Exited { .. })) {
            self.kill().await;
        }
        Report { outcome, duration, init: first.then(|| begun - self.started), peak_memory }
    }

    /// Gives the process its event; the moment it fetched it.
    async fn hand_over(
        &self,
        spec: &Spec,
        job: Job,
        fetched: oneshot::Receiver<Instant>,
    ) -> Result<Instant, InvokeError> {
        let failed = |reason: String| InvokeError::Init { function: spec.logical_id.clone(), reason };
        let request_id = job.request_id.clone();
        if self.jobs.send(job).await.is_err() {
            return Err(InvokeError::Stopped);
        }
        tokio::select! {
            biased;
            Ok(begun) = fetched => Ok(begun),
            status = self.ended() => Err(match (self.api.init_error(), status) {
                (Some(reason), _) => failed(reason),
                (None, status) => exited(request_id, status),
            }),
            () = sleep(INIT_LIMIT) => {
                self.kill().await;
                Err(failed(format!("it did not ask for an event within {} s", INIT_LIMIT.as_secs())))
            }
        }
    }

    /// How the process ended, once it has. `None` if that can't be known.
    async fn ended(&self) -> Option<ExitStatus> {
        let mut exit = self.exit.clone();
        exit.wait_for(Option::is_some).await.ok().and_then(|status| *status)
    }

    /// Comes back once the process holds more memory than it may; never, where no limit is kept.
    async fn exceeds_memory(&self, spec: &Spec) {
        let Some(allowance) = spec.memory_allowance else { return std::future::pending().await };
        let limit = Duration::from_secs(u64::from(spec.memory_mb)).mul_f64(allowance).as_secs() * 1024 * 1024;
        while process::memory(self.pid).is_none_or(|memory| memory.resident <= limit) {
            sleep(MEMORY_CHECK).await;
        }
    }

    fn peak_memory(&self) -> u64 {
        process::memory(self.pid).map_or(0, |memory| memory.peak)
    }
}

fn exited(request_id: String, status: Option<ExitStatus>) -> InvokeError {
    match status {
        Some(status) => InvokeError::Exited { request_id, reason: process::ended(status) },
        None => InvokeError::Stopped,
    }
}

/// Holds the process until it ends, and reaps it.
async fn keep(mut child: Child, kill: Arc<Notify>, ended: watch::Sender<Option<ExitStatus>>) {
    loop {
        tokio::select! {
            status = child.wait() => {
                // An error would mean that somebody else reaped it: it has ended all the same.
                let _ = ended.send(status.ok());
                return;
            }
            () = kill.notified() => {
                // It fails only if the process has just ended by itself.
                let _ = child.start_kill();
            }
        }
    }
}
