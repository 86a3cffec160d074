//! A running stand-in with a client of each service.

use std::fmt::Debug;
use std::path::Path;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_stand_in::{AwsStandIn, Options, Statement};
use serde_json::{Value, json};

pub(crate) const BUCKET: &str = "media";

pub(crate) struct Stack {
    pub(crate) aws: AwsStandIn,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) kms: aws_sdk_kms::Client,
}

impl Stack {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn on(data: &Path) -> Self {
        Self::with(Options { data: Some(data.to_owned()), port: None }).await
    }

    /// Stops serving and releases the data directory.
    pub(crate) async fn stop(self) {
        self.aws.shutdown().await;
    }

    async fn with(options: Options) -> Self {
        let aws = AwsStandIn::start(options).await.unwrap();
        aws.create_bucket(BUCKET).unwrap();
        let config = config(&aws, aws.access_key_id(), aws.secret_access_key()).await;
        Self::of(aws, &config)
    }

    /// The same stand-in, as a principal with this policy sees it.
    pub(crate) async fn as_principal(&self, name: &str, policy: Vec<Statement>) -> Self {
        let keys = self.aws.principal(name, policy);
        let config = config(&self.aws, &keys.access_key_id, &keys.secret_access_key).await;
        Self::of(self.aws.clone(), &config)
    }

    fn of(aws: AwsStandIn, config: &SdkConfig) -> Self {
        Self {
            s3: aws_sdk_s3::Client::new(config),
            dynamodb: aws_sdk_dynamodb::Client::new(config),
            sqs: aws_sdk_sqs::Client::new(config),
            kms: aws_sdk_kms::Client::new(config),
            aws,
        }
    }

    /// Creates a queue with SQS's defaults and returns its URL.
    pub(crate) async fn queue(&self, name: &str) -> String {
        self.sqs.create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap()
    }
}

/// What an SDK reads from its environment, without retries so that each test sees each answer.
pub(crate) async fn config(aws: &AwsStandIn, key: &str, secret: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(aws.region()))
        .endpoint_url(aws.endpoint())
        .credentials_provider(Credentials::new(key, secret, None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .load()
        .await
}

/// The table of the tests: pk and sk, an index of keys only over `tenant` and `due_at`.
pub(crate) fn table() -> Value {
    json!({
        "TableName": "posts",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" },
            { "AttributeName": "sk", "AttributeType": "S" },
            { "AttributeName": "tenant", "AttributeType": "S" },
            { "AttributeName": "due_at", "AttributeType": "N" },
        ],
        "KeySchema": [
            { "AttributeName": "pk", "KeyType": "HASH" },
            { "AttributeName": "sk", "KeyType": "RANGE" },
        ],
        "GlobalSecondaryIndexes": [{
            "IndexName": "due",
            "KeySchema": [
                { "AttributeName": "tenant", "KeyType": "HASH" },
                { "AttributeName": "due_at", "KeyType": "RANGE" },
            ],
            "Projection": { "ProjectionType": "KEYS_ONLY" },
        }],
    })
}

/// The code of the error that a call was refused with.
pub(crate) fn code<T: Debug, E: ProvideErrorMetadata + Debug>(result: Result<T, SdkError<E>>) -> String {
    match result {
        Ok(answer) => panic!("not refused: {answer:?}"),
        Err(error) => match error.as_service_error().and_then(ProvideErrorMetadata::code) {
            Some(code) => code.to_owned(),
            None => panic!("refused without a code: {error:?}"),
        },
    }
}

/// The HTTP status that a call was refused with.
pub(crate) fn status<T: Debug, E: Debug>(result: Result<T, SdkError<E>>) -> u16 {
    result.unwrap_err().raw_response().expect("an answer").status().as_u16()
}

/// Bytes that are alike nowhere, so that a piece from the wrong place is noticed.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    })
    .take(length)
    .collect()
}
