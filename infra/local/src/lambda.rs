//! Stands in for Lambda: each function's real binary in processes of its own, against a local Runtime API.

mod error;
mod instance;
mod launcher;
mod pool;
mod process;
mod runtime_api;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

pub use error::InvokeError;
pub(crate) use launcher::Launcher;
use pool::Pool;

use crate::logs::Logs;

/// The most bytes of an event and of a response: 6 MB and what Lambda allows on top.
pub const PAYLOAD_LIMIT: usize = 6_291_556;

/// What is needed to run one function.
pub(crate) struct Spec {
    /// Logical id, by which the stack's callers name the function.
    pub(crate) logical_id: String,
    pub(crate) arn: String,
    pub(crate) binary: PathBuf,
    pub(crate) memory_mb: u32,
    pub(crate) timeout: Duration,
    /// The whole environment of its processes but for the Runtime API's address.
    pub(crate) environment: BTreeMap<String, String>,
    /// The most processes at one time; further calls wait in line.
    pub(crate) instances: usize,
    /// Kill a process that holds more than this share of its memory setting.
    pub(crate) memory_allowance: Option<f64>,
}

/// All functions of a stack.
pub(crate) struct Lambda {
    pools: BTreeMap<String, Arc<Pool>>,
}

impl Lambda {
    pub(crate) fn new(functions: Vec<Spec>, launcher: Launcher, logs: &Logs) -> Self {
        let launcher = Arc::new(launcher);
        let pools = functions
            .into_iter()
            .map(|spec| (spec.logical_id.clone(), Arc::new(Pool::new(spec, Arc::clone(&launcher), logs.clone()))));
        Self { pools: pools.collect() }
    }

    /// Runs a function on an event and waits for its answer. A caller that stops waiting does not stop the function.
    pub(crate) async fn invoke(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        self.pool(function)?.invoke(event).await
    }

    /// Waits until a call of the function would not have to stand in line.
    pub(crate) async fn room(&self, function: &str) -> Result<(), InvokeError> {
        self.pool(function)?.room().await
    }

    /// Kills all processes of a function, waits until they are gone and says how many there were.
    pub(crate) async fn kill(&self, function: &str) -> Result<usize, InvokeError> {
        Ok(self.pool(function)?.kill().await)
    }

    /// The processes of a function that live now.
    pub(crate) fn pids(&self, function: &str) -> Result<Vec<u32>, InvokeError> {
        Ok(self.pool(function)?.pids())
    }

    /// Whether no function runs, and none is called for.
    pub(crate) fn is_idle(&self) -> bool {
        self.pools.values().all(|pool| pool.is_idle())
    }

    /// The most memory that any process of a function ever held, in bytes. 0 before the first call.
    pub(crate) fn max_memory(&self, function: &str) -> Result<u64, InvokeError> {
        Ok(self.pool(function)?.max_memory())
    }

    /// Fails all invocations and ends all processes.
    pub(crate) async fn stop(&self) {
        for pool in self.pools.values() {
            pool.stop().await;
        }
    }

    fn pool(&self, function: &str) -> Result<&Arc<Pool>, InvokeError> {
        self.pools.get(function).ok_or_else(|| InvokeError::NoSuchFunction { function: function.to_owned() })
    }
}

impl Drop for Lambda {
    /// A stack that is dropped and not shut down leaves nothing running either.
    fn drop(&mut self) {
        for pool in self.pools.values() {
            pool.abandon();
        }
    }
}
