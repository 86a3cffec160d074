use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use super::StartError;
use crate::template::Function;
use crate::{LogSink, TEMPLATE};

/// How to start a [`super::Stack`]. The default suits a test: any free port, nothing kept, the project's own template.
#[derive(Clone)]
pub struct StackOptions {
    /// The template to run.
    pub template: PathBuf,
    /// Port of the HTTP API on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// Folder in which S3, DynamoDB, SQS and KMS keep their state; without one it is gone with the stack.
    pub data: Option<PathBuf>,
    /// Values of the template's parameters. `{api_url}` in a value stands for the API's own base URL, which is known
    /// only once its port is, and `{copies_url}` for where what a CDN would serve is served.
    pub parameters: BTreeMap<String, String>,
    /// Time-outs of functions by logical id, instead of the template's.
    pub timeouts: BTreeMap<String, Duration>,
    /// Folder with the functions' binaries; without one, cargo builds them.
    pub bin_dir: Option<PathBuf>,
    /// Takes the functions' output.
    pub log: LogSink,
    /// Whether schedules fire by themselves. [`super::Stack::run_schedule`] works either way.
    pub schedules: bool,
    /// The most processes of one function at one time; further calls wait in line.
    pub instances: usize,
    /// Kill a process that holds more than this share of its memory setting, as Lambda kills at 1.0. A debug build
    /// needs several times the memory of what is deployed; `None` never kills.
    pub memory_allowance: Option<f64>,
}

impl Default for StackOptions {
    fn default() -> Self {
        Self {
            template: PathBuf::from(TEMPLATE),
            port: 0,
            data: None,
            parameters: BTreeMap::new(),
            timeouts: BTreeMap::new(),
            bin_dir: None,
            log: LogSink::default(),
            schedules: true,
            instances: 8,
            memory_allowance: None,
        }
    }
}

impl StackOptions {
    /// The functions with the time-outs of these options.
    pub(super) fn adjusted(&self, mut functions: Vec<Function>) -> Result<Vec<Function>, StartError> {
        let mut unknown: BTreeSet<&str> = self.timeouts.keys().map(String::as_str).collect();
        for function in &mut functions {
            unknown.remove(function.logical_id.as_str());
            if let Some(timeout) = self.timeouts.get(&function.logical_id) {
                function.timeout = *timeout;
            }
        }
        match unknown.first() {
            Some(function) => Err(StartError::NoSuchFunction { function: (*function).to_owned() }),
            None => Ok(functions),
        }
    }
}
