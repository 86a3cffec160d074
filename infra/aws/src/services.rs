//! What is behind the endpoint.

use std::path::Path;
use std::sync::Arc;

use crate::crash::Planned;
use crate::credentials::Credentials;
use crate::dynamodb::DynamoDb;
use crate::error::StartError;
use crate::iam::Principals;
use crate::kms::Kms;
use crate::ledger::Ledger;
use crate::meanwhile::Interludes;
use crate::s3::{ObjectStore, S3};
use crate::sqs::Sqs;

/// Everything behind the endpoint.
pub(crate) struct Services {
    pub(crate) principals: Arc<Principals>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) crash: Planned,
    pub(crate) interludes: Arc<Interludes>,
    pub(crate) dynamodb: DynamoDb,
    pub(crate) sqs: Sqs,
    pub(crate) kms: Kms,
    pub(crate) s3: S3,
}

impl Services {
    /// Opens what is kept in the directory `data`, or begins with nothing.
    pub(crate) fn open(data: Option<&Path>, endpoint: &str) -> Result<Self, StartError> {
        if let Some(data) = data {
            std::fs::create_dir_all(data)?;
        }
        let file = |name: &str| data.map(|data| data.join(name));
        // First, because it locks the directory against another process.
        let kms = Kms::open(file("keys.sqlite").as_deref())?;
        let root = Credentials::load_or_create(file("credentials.json").as_deref())?;
        let principals = Arc::new(Principals::new(root));
        let ledger = Arc::new(Ledger::default());
        let interludes = Arc::new(Interludes::default());
        let store = ObjectStore::open(data, Arc::clone(&ledger))?;
        Ok(Self {
            dynamodb: DynamoDb::open(file("tables.sqlite").as_deref(), Arc::clone(&ledger))?,
            sqs: Sqs::open(file("queues.sqlite").as_deref(), endpoint)?,
            kms,
            s3: S3::new(store, Arc::clone(&principals), Arc::clone(&ledger), Arc::clone(&interludes)),
            principals,
            ledger,
            crash: Planned::default(),
            interludes,
        })
    }
}
