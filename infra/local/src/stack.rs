//! Puts the parts together as the template says.

mod environment;
mod options;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_stand_in::AwsStandIn;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value as Json;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

pub use options::StackOptions;

use crate::build::{self, Binaries};
use crate::gateway::{Gateway, Route, Routes};
use crate::lambda::{Lambda, Launcher};
use crate::logs::Logs;
use crate::mappings::Mapping;
use crate::schedules::Schedule;
use crate::streams::StreamSource;
use crate::template::{Function, Trigger};
use crate::{BuildError, Deployment, InvokeError, LogLine, StartError};

/// The binary through which functions are started.
const LEASH: &str = "slipway-leash";

/// A running local stack. Dropping it ends everything it started; [`Stack::shutdown`] also waits for the end.
pub struct Stack {
    // Fields are dropped in this order: first who calls the functions, then the functions, then what they call.
    tasks: JoinSet<()>,
    lambda: Arc<Lambda>,
    deployment: Deployment,
    binaries: Binaries,
    schedules: Vec<Schedule>,
    api_url: String,
    logs: Logs,
}

impl Stack {
    /// Starts everything the template declares.
    ///
    /// Comes back when the API answers. If no folder with binaries is given, the first call of a process has cargo
    /// build them, which may take minutes.
    ///
    /// # Errors
    /// Nothing is left running after an error.
    pub async fn start(options: StackOptions) -> Result<Self, StartError> {
        let logs = Logs::new(options.log.clone());
        let listener = listen(options.port).await?;
        let address = listener.local_addr().map_err(|source| StartError::Listen { port: options.port, source })?;
        let api_url = format!("http://{address}");

        let parameters = options.parameters.iter();
        let parameters = parameters.map(|(name, value)| (name.clone(), value.replace("{api_url}", &api_url)));
        let deployment =
            Deployment::make(&options.template, &parameters.collect(), &api_url, options.data.clone()).await?;
        let aws = deployment.aws();
        let denials = logs.clone();
        // The function may keep it to itself.
        aws.on_denial(move |denial| denials.platform(&denial.principal, None, format!("Access denied. {denial}")));
        let functions = options.adjusted(deployment.functions().to_vec())?;

        let binaries = match &options.bin_dir {
            Some(folder) => Binaries::Folder(folder.clone()),
            None => build::build().await?,
        };
        let specs = functions.iter().map(|function| environment::spec(function, &options, &binaries, &deployment));
        let specs = specs.collect::<Result<Vec<_>, _>>()?;
        let launcher = Launcher::new(binaries.find_own(LEASH)?).map_err(StartError::Thread)?;
        let lambda = Arc::new(Lambda::new(specs, launcher, &logs));

        let mut tasks = JoinSet::new();
        let gateway = Gateway {
            api_id: deployment.api().map_or_else(|| "local".to_owned(), |api| api.logical_id.clone()),
            routes: Routes::new(routes(&functions)),
            cors: deployment.api().and_then(|api| api.cors.clone()),
            lambda: Arc::clone(&lambda),
            logs: logs.clone(),
        };
        tasks.spawn(Arc::new(gateway).serve(listener));
        for mapping in mappings(&functions, &deployment, options.instances) {
            tasks.spawn(Arc::new(mapping).run(aws.sqs().clone(), Arc::clone(&lambda), logs.clone()));
        }
        for source in streams(&functions, options.data.as_deref()) {
            tasks.spawn(source.run(aws.clone(), Arc::clone(&lambda), logs.clone()));
        }
        let schedules = schedules(&functions, aws.region());
        if options.schedules {
            for schedule in schedules.iter().filter(|schedule| schedule.trigger.enabled) {
                tasks.spawn(schedule.clone().run(Arc::clone(&lambda), logs.clone()));
            }
        }
        Ok(Self { tasks, lambda, deployment, binaries, schedules, api_url, logs })
    }

    /// The API's base URL, such as `http://127.0.0.1:8787`.
    pub fn api_url(&self) -> String {
        self.api_url.clone()
    }

    /// A program of the build that the functions are of.
    pub fn program(&self, name: &str) -> Result<PathBuf, BuildError> {
        self.binaries.find_own(name)
    }

    /// The stand-ins for S3, DynamoDB, SQS and KMS.
    pub fn aws(&self) -> &AwsStandIn {
        self.deployment.aws()
    }

    /// Invokes a function directly, by its logical id, and waits for its answer.
    pub async fn invoke(&self, function: &str, event: Json) -> Result<Json, InvokeError> {
        self.invoke_raw(function, Bytes::from(event.to_string())).await
    }

    async fn invoke_raw(&self, function: &str, event: Bytes) -> Result<Json, InvokeError> {
        let answer = self.lambda.invoke(function, event).await?;
        serde_json::from_slice(&answer).map_err(|error| InvokeError::NotJson { problem: error.to_string() })
    }

    /// Runs a function's schedules once, now, and tells the answer of each. Works with paused schedules, too.
    pub async fn run_schedule(&self, function: &str) -> Result<Vec<Json>, InvokeError> {
        let mut answers = Vec::new();
        for schedule in self.schedules.iter().filter(|schedule| schedule.function == function) {
            answers.push(self.invoke_raw(function, schedule.payload(Timestamp::now())).await?);
        }
        if answers.is_empty() {
            return Err(InvokeError::NoSuchFunction { function: format!("{function} with a schedule") });
        }
        Ok(answers)
    }

    /// Kills all processes of a function by SIGKILL, as a crash would, and waits until they are gone. Says how many
    /// there were. What they were doing fails; the next call starts a new process.
    pub async fn kill(&self, function: &str) -> Result<usize, InvokeError> {
        self.lambda.kill(function).await
    }

    /// The processes of a function that live now.
    pub fn pids(&self, function: &str) -> Result<Vec<u32>, InvokeError> {
        self.lambda.pids(function)
    }

    /// Whether no function runs at this moment: then nothing happens until somebody calls the API, a queue has a message
    /// to deliver, or a schedule fires.
    pub fn is_idle(&self) -> bool {
        self.lambda.is_idle()
    }

    /// The most memory that any process of a function held at the end of a call, in bytes. 0 before the first call, and
    /// on systems without /proc.
    pub fn max_memory(&self, function: &str) -> Result<u64, InvokeError> {
        self.lambda.max_memory(function)
    }

    /// All log lines from now on. They pile up until they are read or the receiver is dropped.
    pub fn logs(&self) -> mpsc::UnboundedReceiver<LogLine> {
        self.logs.subscribe()
    }

    /// What the template declares, as it stands here.
    pub const fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// Name of a queue in SQS, by its logical id.
    pub fn queue(&self, logical_id: &str) -> Option<&str> {
        self.deployment.queue(logical_id)
    }

    /// Name of a table in DynamoDB, by its logical id.
    pub fn table(&self, logical_id: &str) -> Option<&str> {
        self.deployment.table(logical_id)
    }

    /// Name of a bucket in S3, by its logical id.
    pub fn bucket(&self, logical_id: &str) -> Option<&str> {
        self.deployment.bucket(logical_id)
    }

    /// ARN of a key in KMS, by its logical id.
    pub fn key(&self, logical_id: &str) -> Option<&str> {
        self.deployment.key(logical_id)
    }

    /// Ends everything and waits until no process is left.
    pub async fn shutdown(mut self) {
        self.tasks.shutdown().await;
        self.lambda.stop().await;
        self.deployment.aws().shutdown().await;
    }
}

async fn listen(port: u16) -> Result<TcpListener, StartError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortInUse { port },
        _ => StartError::Listen { port, source },
    })
}

fn routes(functions: &[Function]) -> Vec<Route> {
    let routes = functions.iter().flat_map(|function| function.triggers.iter().map(move |trigger| (function, trigger)));
    let routes = routes.filter_map(|(function, trigger)| match trigger {
        Trigger::Http(route) => {
            Some(Route { key: route.route_key.clone(), function: function.logical_id.clone(), timeout: route.timeout })
        }
        Trigger::Queue(_) | Trigger::Stream(_) | Trigger::Schedule(_) => None,
    });
    routes.collect()
}

fn mappings(functions: &[Function], deployment: &Deployment, instances: usize) -> Vec<Mapping> {
    let mut mappings = Vec::new();
    for function in functions {
        for trigger in &function.triggers {
            let Trigger::Queue(trigger) = trigger else { continue };
            let queue = deployment.queues().find(|queue| queue.arn == trigger.queue_arn);
            let Some(queue) = queue.filter(|_| trigger.enabled) else { continue };
            let at_once = trigger.maximum_concurrency.and_then(|most| usize::try_from(most).ok()).unwrap_or(instances);
            mappings.push(Mapping {
                function: function.logical_id.clone(),
                queue: queue.name.clone(),
                queue_arn: queue.arn.clone(),
                region: deployment.aws().region().to_owned(),
                batch_size: usize::try_from(trigger.batch_size).unwrap_or(usize::MAX),
                batching_window: trigger.batching_window,
                concurrency: at_once.min(instances),
                reports_failures: trigger.reports_failures,
            });
        }
    }
    mappings
}

fn streams(functions: &[Function], data: Option<&Path>) -> Vec<StreamSource> {
    let triggers =
        functions.iter().flat_map(|function| function.triggers.iter().map(move |trigger| (function, trigger)));
    let streams = triggers.filter_map(|(function, trigger)| match trigger {
        Trigger::Stream(stream) if stream.enabled => {
            Some(StreamSource::new(&function.logical_id, stream.clone(), data))
        }
        _ => None,
    });
    streams.collect()
}

fn schedules(functions: &[Function], region: &str) -> Vec<Schedule> {
    let mut schedules = Vec::new();
    for function in functions {
        for trigger in &function.triggers {
            if let Trigger::Schedule(trigger) = trigger {
                let (function, region) = (function.logical_id.clone(), region.to_owned());
                schedules.push(Schedule { function, region, trigger: trigger.clone() });
            }
        }
    }
    schedules
}
