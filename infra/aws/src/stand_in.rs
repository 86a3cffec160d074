//! Starting and holding a stand-in.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::crash::{Crash, Moment};
use crate::credentials::Credentials;
use crate::dynamodb::StreamRecord;
use crate::error::{StandInError, StartError};
use crate::iam::{Denial, Grant, Statement, Use};
use crate::ledger::Fault;
use crate::meanwhile::Meanwhile;
use crate::s3::CorsRule;
use crate::services::Services;
use crate::sqs::Sqs;
use crate::{REGION, endpoint};

/// How a stand-in is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Directory that keeps everything over restarts, made if need be; without one nothing survives.
    pub data: Option<PathBuf>,
    /// Port on 127.0.0.1; any free one by default.
    pub port: Option<u16>,
}

/// S3, `DynamoDB`, SQS and KMS on one loopback endpoint.
///
/// Cheap to clone. It stops serving with [`shutdown`](Self::shutdown) or when the last clone is dropped.
#[derive(Clone)]
pub struct AwsStandIn {
    inner: Arc<Inner>,
}

struct Inner {
    services: Arc<Services>,
    endpoint: String,
    stop: Arc<Notify>,
    server: Mutex<Option<JoinHandle<()>>>,
}

impl AwsStandIn {
    /// Starts serving. Returns once the endpoint accepts connections.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port.unwrap_or(0)));
        let listener = TcpListener::bind(address).await.map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => StartError::PortInUse(address.port()),
            _ => StartError::Io(error),
        })?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let services = Arc::new(Services::open(options.data.as_deref(), &endpoint)?);
        let stop = Arc::new(Notify::new());
        let server = tokio::spawn(endpoint::run(listener, Arc::clone(&services), Arc::clone(&stop)));
        Ok(Self { inner: Arc::new(Inner { services, endpoint, stop, server: Mutex::new(Some(server)) }) })
    }

    /// Stops serving: connections are cut, as they would be by a kill. Nothing answers any more when this returns.
    ///
    /// The data directory can be used again once the last clone of this and of its [`Sqs`] is dropped.
    pub async fn shutdown(&self) {
        let server = self.inner.server.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(server) = server {
            self.inner.stop.notify_one();
            // It ends either way; a panic in it is reported by its task.
            let _ = server.await;
        }
    }

    /// Every data key that KMS has handed out in clear since this was started, so that tests can look for leaks.
    pub fn data_keys(&self) -> Vec<Vec<u8>> {
        self.inner.services.kms.data_keys()
    }

    /// What `AWS_ENDPOINT_URL` must be.
    pub fn endpoint(&self) -> &str {
        &self.inner.endpoint
    }

    /// What `AWS_ACCESS_KEY_ID` must be for who may do everything.
    pub fn access_key_id(&self) -> &str {
        &self.inner.services.principals.root().access_key_id
    }

    /// What `AWS_SECRET_ACCESS_KEY` must be for who may do everything.
    pub fn secret_access_key(&self) -> &str {
        &self.inner.services.principals.root().secret_access_key
    }

    /// The keys of a principal, who may do what `policy` allows and nothing else. The same name has the same keys at each
    /// start over the same data; its policy is kept nowhere, and naming it again replaces it.
    pub fn principal(&self, name: &str, policy: Vec<Statement>) -> Credentials {
        self.inner.services.principals.issue(name, policy)
    }

    /// What principals did so far, each thing once.
    pub fn uses(&self) -> Vec<Use> {
        self.inner.services.principals.uses()
    }

    /// What the principals' policies grant and nobody has used so far.
    pub fn unused(&self) -> Vec<Grant> {
        self.inner.services.principals.unused()
    }

    /// What principals tried and were denied so far.
    pub fn denials(&self) -> Vec<Denial> {
        self.inner.services.principals.denials()
    }

    /// Tells `listener` of each denial from now on, which must not block. There is one listener at a time.
    pub fn on_denial(&self, listener: impl Fn(&Denial) + Send + Sync + 'static) {
        self.inner.services.principals.listen(Arc::new(listener));
    }

    /// What `AWS_REGION` must be.
    pub fn region(&self) -> &'static str {
        REGION
    }

    /// Creates a table from a `CreateTable` request and names the attribute that ends an item's life.
    ///
    /// Does nothing if the table is there already with the same keys and indexes; refuses if with others. Items are
    /// not deleted when their time has come: in AWS too it may take days, so code must look for itself.
    pub async fn create_table(&self, definition: Value, ttl_attribute: Option<&str>) -> Result<(), StandInError> {
        let tables = self.inner.services.dynamodb.clone();
        let ttl_attribute = ttl_attribute.map(str::to_owned);
        tokio::task::spawn_blocking(move || tables.ensure_table(&definition, ttl_attribute.as_deref()))
            .await
            .unwrap_or_else(|error| Err(StandInError::Table(error.to_string())))
    }

    /// Up to `limit` changes in a table's stream behind the one with this sequence number, or from the beginning.
    ///
    /// # Errors
    /// There is no such table, or it has no stream.
    pub async fn stream(
        &self,
        table: &str,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<StreamRecord>, StandInError> {
        let (tables, table) = (self.inner.services.dynamodb.clone(), table.to_owned());
        tokio::task::spawn_blocking(move || tables.stream(&table, after.as_deref(), limit))
            .await
            .unwrap_or_else(|error| Err(StandInError::Table(error.to_string())))
    }

    /// Creates a bucket. Does nothing if it is there already.
    pub fn create_bucket(&self, name: &str) -> Result<(), StandInError> {
        self.inner.services.s3.store().ensure_bucket(name)
    }

    /// Says which pages in browsers may call a bucket, and how. Without rules none may.
    pub fn set_bucket_cors(&self, name: &str, rules: Vec<CorsRule>) {
        self.inner.services.s3.store().set_cors(name, rules);
    }

    /// Takes an object away behind everybody's back, if there is one.
    ///
    /// # Errors
    /// The store failed.
    pub fn lose_object(&self, bucket: &str, key: &str) -> Result<(), StandInError> {
        self.inner.services.s3.store().lose(bucket, key)
    }

    /// Says with which key, named by its ARN, the objects of a bucket are sealed: who puts or gets them needs rights to
    /// it. Objects lie open all the same.
    pub fn set_bucket_key(&self, name: &str, key: &str) {
        self.inner.services.s3.store().set_key(name, key);
    }

    /// Has a CDN serve the objects of a bucket whose keys begin with `prefix`. What it would serve under its own name is
    /// at this address here, to whoever asks, and 403 where there is no object.
    pub fn serve_objects(&self, bucket: &str, prefix: &str) -> String {
        self.inner.services.s3.store().serve(bucket, prefix);
        format!("{}/{bucket}/", self.endpoint())
    }

    /// Creates a key and returns its ARN. Does nothing else if it is there already.
    pub fn create_key(&self, key_id: &str) -> Result<String, StandInError> {
        Ok(self.inner.services.kms.ensure_key(key_id)?)
    }

    /// The queues.
    pub fn sqs(&self) -> &Sqs {
        &self.inner.services.sqs
    }

    /// How often each operation was called over HTTP since the start or the last reset, by names such as
    /// `DynamoDB.UpdateItem`. Calls that SDKs repeat count each time; the in-process API does not count.
    pub fn request_counts(&self) -> BTreeMap<String, u64> {
        self.inner.services.ledger.counts()
    }

    /// How many items `DynamoDB` read since the start or the last reset: those of each query whether a filter takes them
    /// away or not, and one for each key that was asked for with `GetItem`. What writes look at does not count.
    pub fn items_read(&self) -> u64 {
        self.inner.services.ledger.items_read()
    }

    /// Bytes of objects that were asked for with `GetObject` since the start or the last reset.
    pub fn object_bytes_served(&self) -> u64 {
        self.inner.services.ledger.object_bytes_served()
    }

    /// Begins to count again.
    pub fn reset_counts(&self) {
        self.inner.services.ledger.reset_counts();
    }

    /// Lets the next `times` calls of `target` go wrong: an operation such as `DynamoDB.UpdateItem`, or a whole
    /// service such as `KMS`. SDKs repeat a call up to three times; plan that many to get past them.
    pub fn inject(&self, target: &str, times: u32, fault: Fault) {
        self.inner.services.ledger.plan(target, times, fault);
    }

    /// Refuses the next `times` calls of `target` with this HTTP status.
    pub fn fail_next(&self, target: &str, times: u32, status: u16) {
        self.inject(target, times, Fault::Status(status));
    }

    /// Carries out the next `times` calls of `target`, but cuts the connection instead of answering.
    pub fn lose_next_answer(&self, target: &str, times: u32) {
        self.inject(target, times, Fault::LostAnswer);
    }

    /// Counts calls of all services from now on, and at call number `call`, from 1, brings a crash about: `crash` is
    /// run, such as to kill the caller's process, and the call is not answered.
    pub fn crash_at(&self, call: u64, moment: Moment, crash: Crash) {
        self.inner.services.crash.arm(&[], call, moment, crash);
    }

    /// As [`crash_at`](Self::crash_at), but only calls of these principals count: whatever else is at work meanwhile, the
    /// crash comes at a call of theirs.
    pub fn crash_at_call_of(&self, principals: &[&str], call: u64, moment: Moment, crash: Crash) {
        self.inner.services.crash.arm(principals, call, moment, crash);
    }

    /// Right before each of the next `times` calls of `target`, an operation or a whole service, somebody else
    /// does `work`: the way to write between a caller's read and the write that follows it. Calls that `work` itself
    /// makes do not count. What was planned before is forgotten.
    pub fn before_next(&self, target: &str, times: u32, work: Meanwhile) {
        self.inner.services.interludes.plan(target, times, work);
    }

    /// At which call the planned crash came: its caller and its operation, such as `SweepFunction Query`.
    pub fn died_at(&self) -> Option<String> {
        self.inner.services.crash.died_at()
    }

    /// How many calls there were since the last crash was planned, of those that count for it.
    pub fn calls_since_crash_was_planned(&self) -> u64 {
        self.inner.services.crash.seen()
    }

    /// Forgets the planned faults that have not happened yet.
    pub fn clear_faults(&self) {
        self.inner.services.ledger.clear_faults();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(server) = self.server.lock().unwrap_or_else(PoisonError::into_inner).take() {
            server.abort();
        }
    }
}

impl std::fmt::Debug for AwsStandIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwsStandIn").field("endpoint", &self.inner.endpoint).finish_non_exhaustive()
    }
}
