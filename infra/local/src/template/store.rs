//! Queues, tables, buckets and keys.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::{Declared, TemplateError, loose};

/// A queue the template declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its key under `Resources`.
    pub logical_id: String,
    /// Its name in SQS.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// How long a received message stays invisible. SQS's default is 30 s.
    pub visibility_timeout: Duration,
    /// How long a new message stays invisible. SQS's default is none.
    pub delay: Duration,
    /// How long a message is kept. SQS's default is 4 days.
    pub retention: Duration,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
}

/// A queue's redrive policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// Name of the dead-letter queue.
    pub dead_letters: String,
    /// A message goes there instead of being received once more than this.
    pub max_receive_count: u32,
}

/// A table the template declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its key under `Resources`.
    pub logical_id: String,
    /// Its name in DynamoDB.
    pub name: String,
    /// The body of a `CreateTable` call.
    pub create: Json,
    /// The attribute that holds each item's time to live, if that is switched on.
    pub ttl_attribute: Option<String>,
}

/// A bucket the template declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its key under `Resources`.
    pub logical_id: String,
    /// Its name in S3.
    pub name: String,
    /// Which pages in browsers may call it, and how.
    pub cors: Vec<BucketCorsRule>,
    /// The ARN of the key that its objects are sealed with, if one of the template's.
    pub key: Option<String>,
}

/// A cross-origin rule of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct BucketCorsRule {
    /// Origins whose pages may call; `*` stands for any characters.
    pub allowed_origins: Vec<String>,
    /// Methods that they may use.
    pub allowed_methods: Vec<String>,
    /// Request headers that they may send; `*` stands for any characters.
    #[serde(default)]
    pub allowed_headers: Vec<String>,
    /// Response headers that they may read.
    #[serde(default)]
    pub exposed_headers: Vec<String>,
    /// How long a browser may remember the answer, in seconds.
    #[serde(default, deserialize_with = "loose::number")]
    pub max_age: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BucketProperties {
    cors_configuration: Option<BucketCors>,
    bucket_encryption: Option<BucketEncryption>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BucketEncryption {
    server_side_encryption_configuration: Vec<EncryptionRule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EncryptionRule {
    server_side_encryption_by_default: DefaultEncryption,
    // How often S3 itself asks for the key changes nothing about who may.
    #[serde(rename = "BucketKeyEnabled")]
    _bucket_key_enabled: Option<Json>,
}

#[derive(Deserialize)]
struct DefaultEncryption {
    #[serde(rename = "KMSMasterKeyID")]
    key: Option<String>,
    #[serde(rename = "SSEAlgorithm")]
    _algorithm: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BucketCors {
    cors_rules: Vec<BucketCorsRule>,
}

/// An encryption key the template declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its key under `Resources`.
    pub logical_id: String,
    /// Its key id in KMS.
    pub key_id: String,
    /// Its ARN.
    pub arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueueProperties {
    #[serde(default, deserialize_with = "loose::number")]
    visibility_timeout: Option<u32>,
    #[serde(default, deserialize_with = "loose::number")]
    delay_seconds: Option<u32>,
    #[serde(default, deserialize_with = "loose::number")]
    message_retention_period: Option<u32>,
    redrive_policy: Option<RedriveProperties>,
    #[serde(default, deserialize_with = "loose::flag")]
    fifo_queue: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedriveProperties {
    dead_letter_target_arn: String,
    #[serde(default, deserialize_with = "loose::number")]
    max_receive_count: Option<u32>,
}

pub(super) fn queue(declared: &Declared<'_>) -> Result<Queue, TemplateError> {
    let properties: QueueProperties = declared.properties(&[
        "VisibilityTimeout",
        "DelaySeconds",
        "MessageRetentionPeriod",
        "RedrivePolicy",
        "FifoQueue",
    ])?;
    if properties.fifo_queue == Some(true) {
        return Err(TemplateError::at(declared.place("FifoQueue"), "the local stack has standard queues only"));
    }
    let redrive = properties.redrive_policy.map(|policy| -> Result<_, TemplateError> {
        let max_receive_count = policy.max_receive_count;
        let max_receive_count = max_receive_count
            .ok_or_else(|| TemplateError::at(declared.place("RedrivePolicy"), "maxReceiveCount is missing"))?;
        let arn = policy.dead_letter_target_arn;
        let dead_letters = arn.rsplit(':').next().unwrap_or_default().to_owned();
        Ok(Redrive { dead_letters, max_receive_count })
    });
    let name = declared.name()?;
    let seconds = |value: Option<u32>, default: u32| Duration::from_secs(u64::from(value.unwrap_or(default)));
    Ok(Queue {
        logical_id: declared.logical_id.to_owned(),
        arn: super::queue_arn(&declared.resolver.names.region, &name),
        name,
        visibility_timeout: seconds(properties.visibility_timeout, 30),
        delay: seconds(properties.delay_seconds, 0),
        retention: seconds(properties.message_retention_period, 345_600),
        redrive: redrive.transpose()?,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLive {
    attribute_name: Option<String>,
    #[serde(default, deserialize_with = "loose::flag")]
    enabled: Option<bool>,
}

pub(super) fn table(declared: &Declared<'_>) -> Result<Table, TemplateError> {
    let name = declared.name()?;
    let mut create: Map<String, Json> = declared.properties(&[
        "AttributeDefinitions",
        "KeySchema",
        "BillingMode",
        "ProvisionedThroughput",
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
        "TimeToLiveSpecification",
        "StreamSpecification",
    ])?;
    // A template that says what the stream has switches it on.
    if let Some(stream) = create.get_mut("StreamSpecification").and_then(Json::as_object_mut) {
        stream.insert("StreamEnabled".to_owned(), Json::from(true));
    }
    let ttl: Option<TimeToLive> = create
        .remove("TimeToLiveSpecification")
        .map(|ttl| super::typed(ttl, &declared.place("TimeToLiveSpecification")))
        .transpose()?;
    create.insert("TableName".to_owned(), Json::from(name.as_str()));
    Ok(Table {
        logical_id: declared.logical_id.to_owned(),
        name,
        create: Json::Object(create),
        ttl_attribute: ttl.filter(|ttl| ttl.enabled == Some(true)).and_then(|ttl| ttl.attribute_name),
    })
}

pub(super) fn bucket(declared: &Declared<'_>) -> Result<Bucket, TemplateError> {
    let properties: BucketProperties = declared.properties(&["CorsConfiguration", "BucketEncryption"])?;
    let rules = properties.bucket_encryption.map(|encryption| encryption.server_side_encryption_configuration);
    let key = rules.into_iter().flatten().find_map(|rule| rule.server_side_encryption_by_default.key);
    Ok(Bucket {
        logical_id: declared.logical_id.to_owned(),
        name: declared.name()?,
        cors: properties.cors_configuration.map(|cors| cors.cors_rules).unwrap_or_default(),
        // A key may be named by its id or by its ARN.
        key: key.map(|key| {
            if key.starts_with("arn:") { key } else { super::Kind::Key.arn(&declared.resolver.names.region, &key) }
        }),
    })
}

pub(super) fn key(declared: &Declared<'_>) -> Result<Key, TemplateError> {
    let key_id = declared.name()?;
    let arn = super::Kind::Key.arn(&declared.resolver.names.region, &key_id);
    Ok(Key { logical_id: declared.logical_id.to_owned(), key_id, arn })
}
