//! The processes of one function: warm ones are used again, several run when calls come at once.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use bytes::Bytes;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

use super::instance::{Instance, Report};
use super::{InvokeError, Launcher, PAYLOAD_LIMIT, Spec};
use crate::logs::{Logs, lock};

pub(super) struct Pool {
    spec: Spec,
    launcher: Arc<Launcher>,
    logs: Logs,
    /// One permit a process; calls wait here in the order in which they came.
    slots: Arc<Semaphore>,
    processes: Mutex<Processes>,
    /// The invocations that run. They live apart from their callers: a caller that gives up stops nothing.
    running: Mutex<JoinSet<()>>,
    max_memory: AtomicU64,
}

#[derive(Default)]
struct Processes {
    idle: Vec<Arc<Instance>>,
    all: Vec<Weak<Instance>>,
    stopped: bool,
}

impl Pool {
    pub(super) fn new(spec: Spec, launcher: Arc<Launcher>, logs: Logs) -> Self {
        let slots = Arc::new(Semaphore::new(spec.instances.max(1)));
        Self {
            spec,
            launcher,
            logs,
            slots,
            processes: Mutex::default(),
            running: Mutex::default(),
            max_memory: AtomicU64::new(0),
        }
    }

    pub(super) async fn invoke(self: &Arc<Self>, event: Bytes) -> Result<Bytes, InvokeError> {
        if event.len() > PAYLOAD_LIMIT {
            return Err(InvokeError::RequestTooLarge { size_bytes: event.len() });
        }
        let (answer, answered) = oneshot::channel();
        {
            let mut running = lock(&self.running);
            while running.try_join_next().is_some() {}
            let pool = Arc::downgrade(self);
            running.spawn(async move {
                let Some(pool) = pool.upgrade() else { return };
                // Nobody may be waiting any more; the work was done all the same.
                let _ = answer.send(pool.run(event).await);
            });
        }
        answered.await.unwrap_or(Err(InvokeError::Stopped))
    }

    pub(super) async fn room(&self) -> Result<(), InvokeError> {
        self.slots.acquire().await.map(drop).map_err(|_| InvokeError::Stopped)
    }

    async fn run(&self, event: Bytes) -> Result<Bytes, InvokeError> {
        let _slot = self.slots.acquire().await.map_err(|_| InvokeError::Stopped)?;
        let request_id = uuid::Uuid::now_v7().to_string();
        let (instance, first) = match self.take_idle() {
            Some(instance) => (instance, false),
            None => (self.start().await?, true),
        };
        let pid = instance.pid();
        self.log(pid, format!("START RequestId: {request_id} Version: $LATEST"));
        let report = instance.invoke(&self.spec, request_id.clone(), event, first).await;
        self.max_memory.fetch_max(report.peak_memory, Ordering::Relaxed);
        if let Err(error) = &report.outcome {
            self.log(pid, error.to_string());
        }
        self.log(pid, format!("END RequestId: {request_id}"));
        self.log(pid, self.report_line(&request_id, &report));
        if instance.is_alive() {
            let mut processes = lock(&self.processes);
            if !processes.stopped {
                processes.idle.push(instance);
            }
        }
        report.outcome
    }

    /// A warm process that still lives; the one used last, so that a quiet function keeps to one.
    fn take_idle(&self) -> Option<Arc<Instance>> {
        let mut processes = lock(&self.processes);
        while let Some(instance) = processes.idle.pop() {
            if instance.is_alive() {
                return Some(instance);
            }
        }
        None
    }

    async fn start(&self) -> Result<Arc<Instance>, InvokeError> {
        let instance = Arc::new(Instance::start(&self.spec, &self.launcher, &self.logs).await?);
        let mut processes = lock(&self.processes);
        if processes.stopped {
            return Err(InvokeError::Stopped);
        }
        processes.all.retain(|instance| instance.strong_count() > 0);
        processes.all.push(Arc::downgrade(&instance));
        Ok(instance)
    }

    fn alive(&self) -> Vec<Arc<Instance>> {
        let processes = lock(&self.processes);
        processes.all.iter().filter_map(Weak::upgrade).filter(|instance| instance.is_alive()).collect()
    }

    pub(super) fn pids(&self) -> Vec<u32> {
        self.alive().iter().map(|instance| instance.pid()).collect()
    }

    pub(super) async fn kill(&self) -> usize {
        let alive = self.alive();
        futures_util::future::join_all(alive.iter().map(|instance| instance.kill())).await;
        alive.len()
    }

    /// Whether no call of the function runs or waits.
    pub(super) fn is_idle(&self) -> bool {
        let mut running = lock(&self.running);
        while running.try_join_next().is_some() {}
        running.is_empty()
    }

    pub(super) fn max_memory(&self) -> u64 {
        self.max_memory.load(Ordering::Relaxed)
    }

    /// Fails what waits and what runs, and ends all processes.
    pub(super) async fn stop(&self) {
        self.slots.close();
        lock(&self.processes).stopped = true;
        self.kill().await;
        let mut running = std::mem::take(&mut *lock(&self.running));
        running.shutdown().await;
        lock(&self.processes).idle.clear();
    }

    /// Drops all processes without waiting for their end.
    pub(super) fn abandon(&self) {
        self.slots.close();
        lock(&self.running).abort_all();
        let mut processes = lock(&self.processes);
        processes.stopped = true;
        processes.idle.clear();
    }

    fn report_line(&self, request_id: &str, report: &Report) -> String {
        let milliseconds = report.duration.as_secs_f64() * 1000.0;
        let billed = report.duration.as_nanos().div_ceil(1_000_000);
        let mut line = format!(
            "REPORT RequestId: {request_id}\tDuration: {milliseconds:.2} ms\tBilled Duration: {billed} ms\t\
             Memory Size: {} MB\tMax Memory Used: {} MB",
            self.spec.memory_mb,
            report.peak_memory.div_ceil(1024 * 1024),
        );
        if let Some(init) = report.init {
            // Writing to a string can't fail.
            let _ = write!(line, "\tInit Duration: {:.2} ms", init.as_secs_f64() * 1000.0);
        }
        match &report.outcome {
            Err(InvokeError::TimedOut { .. }) => line.push_str("\tStatus: timeout"),
            Err(_) => line.push_str("\tStatus: error"),
            Ok(_) => {}
        }
        line
    }

    fn log(&self, pid: u32, text: String) {
        self.logs.platform(&self.spec.logical_id, Some(pid), text);
    }
}
