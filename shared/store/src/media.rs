//! The media table: videos and photos, from the promise of an upload to the verdict about it.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | media | `TENANT#{tenant}` | `MED#{media}` |
//!
//! Ids sort by the time they were made, so a tenant's media is listed by time without an index. `expires_at` (epoch
//! seconds) is when DynamoDB may remove an item; it may be days late, so an item past it counts as gone.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use slipway_domain::{MediaId, TenantId};

use crate::StoreError;
use crate::posts::VideoType;

/// A video or photo, uploaded or about to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaRecord {
    /// Whose.
    pub tenant: TenantId,
    /// Its id.
    pub id: MediaId,
    /// What the caller calls it. Says nothing about the content.
    pub filename: String,
    /// What the caller says that it is. Says nothing about the content.
    pub declared_type: String,
    /// The size in bytes that the caller announced. S3 holds the caller to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared_size: Option<u64>,
    /// SHA-256 of the content in hex, if the caller announced it. S3 holds the caller to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The object's key in the media bucket.
    pub s3_key: String,
    /// What is known about the content.
    pub state: MediaState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its state changed last.
    pub updated_at: Timestamp,
    /// When it is forgotten, in epoch seconds.
    pub expires_at: i64,
}

/// What is known about the content of media.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum MediaState {
    /// Nothing was uploaded yet, or nobody has looked.
    Pending,
    /// TikTok would take it. Final: it is never looked at again.
    Ready {
        /// The object that was looked at.
        object: VerifiedObject,
        /// What it is.
        findings: Findings,
    },
    /// TikTok would refuse it.
    Failed {
        /// The object that was looked at.
        object: VerifiedObject,
        /// What it is, as far as could be told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        findings: Option<Findings>,
        /// Every reason; at least one.
        reasons: Vec<MediaReason>,
    },
}

/// An object as it was when it was looked at. Reads with this `ETag` as a condition get these very bytes or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedObject {
    /// Its `ETag`, as S3 writes it, quotes included.
    pub etag: String,
    /// Its size in bytes.
    pub size_bytes: u64,
}

/// What the headers of a file say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// The kind of file.
    pub media_type: MediaType,
    /// How long it plays, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Width as shown, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height as shown, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// The clockwise turn that a player applies, in degrees. Width and height are those after it.
    #[serde(default)]
    pub rotation: u16,
    /// Frames a second in the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_rate: Option<f64>,
    /// Whether frames last differently long.
    #[serde(default)]
    pub variable_frame_rate: bool,
    /// How the picture is coded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_codec: Option<String>,
    /// Whether there is sound.
    #[serde(default)]
    pub has_audio: bool,
}

impl Findings {
    /// How long it plays, in seconds.
    pub fn duration_seconds(&self) -> Option<f64> {
        self.duration_ms.map(|millis| Duration::from_millis(millis).as_secs_f64())
    }
}

/// The kind of a file, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaType {
    /// MP4.
    Mp4,
    /// Apple's `QuickTime`.
    QuickTime,
    /// WebM.
    WebM,
    /// Matroska beyond WebM.
    Matroska,
    /// A JPEG photo.
    Jpeg,
    /// A WebP photo.
    WebP,
}

impl MediaType {
    /// The content type that fits the content.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::QuickTime => "video/quicktime",
            Self::WebM => "video/webm",
            Self::Matroska => "video/x-matroska",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
        }
    }

    /// How it is sent to TikTok, if it is a video that TikTok takes.
    pub const fn video_type(self) -> Option<VideoType> {
        match self {
            Self::Mp4 => Some(VideoType::Mp4),
            Self::QuickTime => Some(VideoType::QuickTime),
            Self::WebM => Some(VideoType::WebM),
            Self::Matroska | Self::Jpeg | Self::WebP => None,
        }
    }
}

/// Why TikTok would refuse media.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaReason {
    /// A stable name for programs.
    pub code: String,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do about it.
    pub cure: String,
    /// What the file has, where that is a number or a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// What is allowed, where a rule says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Allowed>,
}

/// What a file has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Measured {
    /// A number, in the unit of what is allowed.
    Number(f64),
    /// A name.
    Text(String),
}

/// What a rule allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Allowed {
    /// Between two numbers, both included.
    Range {
        /// The least.
        min: f64,
        /// The most.
        max: f64,
        /// Of what.
        unit: String,
    },
    /// One of some names.
    OneOf(Vec<String>),
}

impl MediaState {
    /// How [`Ready`](Self::Ready) is written; conditions look for it.
    const READY: &str = "ready";

    /// The name that callers see.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready { .. } => Self::READY,
            Self::Failed { .. } => "failed",
        }
    }

    /// What the file is, as far as it is known.
    pub const fn findings(&self) -> Option<&Findings> {
        match self {
            Self::Pending => None,
            Self::Ready { findings, .. } => Some(findings),
            Self::Failed { findings, .. } => findings.as_ref(),
        }
    }

    /// The object that was looked at, if one was.
    pub const fn object(&self) -> Option<&VerifiedObject> {
        match self {
            Self::Pending => None,
            Self::Ready { object, .. } | Self::Failed { object, .. } => Some(object),
        }
    }

    /// Why TikTok would refuse it; empty unless it would.
    pub fn reasons(&self) -> &[MediaReason] {
        match self {
            Self::Pending | Self::Ready { .. } => &[],
            Self::Failed { reasons, .. } => reasons,
        }
    }

    /// When media in this state, made at `created_at`, is forgotten.
    ///
    /// The bucket removes objects 90 days after they were written, which is never before the record was made: so
    /// the record goes first, and no post is made of media whose object is gone.
    fn expiry(&self, created_at: Timestamp) -> i64 {
        let days = match self {
            Self::Pending => 2,
            Self::Failed { .. } => 7,
            Self::Ready { .. } => 90,
        };
        created_at.as_second().saturating_add(SignedDuration::from_hours(24 * days).as_secs())
    }
}

impl MediaRecord {
    /// New media of which nothing is known but what the caller says.
    pub fn new(tenant: TenantId, id: MediaId, filename: String, declared_type: String, now: Timestamp) -> Self {
        Self {
            s3_key: format!("media/{tenant}/{id}"),
            tenant,
            id,
            filename,
            declared_type,
            declared_size: None,
            sha256: None,
            expires_at: MediaState::Pending.expiry(now),
            state: MediaState::Pending,
            created_at: now,
            updated_at: now,
        }
    }

    /// The same media in another state.
    #[must_use]
    pub fn in_state(self, state: MediaState, now: Timestamp) -> Self {
        Self { expires_at: state.expiry(self.created_at), state, updated_at: now, ..self }
    }

    /// The size in bytes: the object's once it was looked at, before that what the caller announced.
    pub fn size_bytes(&self) -> Option<u64> {
        self.state.object().map(|object| object.size_bytes).or(self.declared_size)
    }
}

/// The media table.
#[derive(Debug, Clone)]
pub struct Media {
    client: Client,
    table: String,
}

/// A part of a tenant's media.
#[derive(Debug, Clone)]
pub struct MediaPage {
    /// The media, newest first.
    pub media: Vec<MediaRecord>,
    /// Where to go on, if there is more.
    pub next: Option<MediaId>,
}

/// How much a tenant keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Objects that were uploaded and looked at.
    pub count: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

type Item = HashMap<String, AttributeValue>;

impl Media {
    /// The table by its physical name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// The media as it is now, or nothing if this tenant has none of this id.
    pub async fn get(&self, tenant: &TenantId, id: &MediaId) -> Result<Option<MediaRecord>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(tenant, id)))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item.map(read).transpose()?.filter(is_current))
    }

    /// Keeps new media. Safe to run twice: media that is there already stays as it is.
    pub async fn put(&self, record: &MediaRecord) -> Result<(), StoreError> {
        let mut item: Item = serde_dynamo::to_item(record)?;
        item.extend(key(&record.tenant, &record.id));
        let sent = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await;
        match sent {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(error.into()),
            },
        }
    }

    /// Writes down what was found, unless the media is ready already: then somebody was first, and that stays.
    ///
    /// Answers the media as it then is, or nothing if it is gone. Safe to run twice and next to a twin.
    pub async fn mark_verified(
        &self,
        record: &MediaRecord,
        state: MediaState,
        now: Timestamp,
    ) -> Result<Option<MediaRecord>, StoreError> {
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(&record.tenant, &record.id)))
            .update_expression("SET #state = :state, updated_at = :now, expires_at = :expires_at")
            .condition_expression("attribute_exists(pk) AND #state.#name <> :ready")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":ready", AttributeValue::S(MediaState::READY.to_owned()))
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()))
            .expression_attribute_values(":expires_at", AttributeValue::N(state.expiry(record.created_at).to_string()))
            .expression_attribute_values(":state", serde_dynamo::to_attribute_value(&state)?)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let item = match sent {
            Ok(answer) => answer.attributes,
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(lost)) => lost.item.clone(),
                _ => return Err(error.into()),
            },
        };
        item.filter(|item| !item.is_empty()).map(read).transpose()
    }

    /// Up to `limit` media made before `before`, or the newest.
    pub async fn list(
        &self,
        tenant: &TenantId,
        before: Option<&MediaId>,
        limit: usize,
    ) -> Result<MediaPage, StoreError> {
        let mut media: Vec<MediaRecord> = Vec::new();
        // A sort key is only a place in the order: the media there may be gone by now.
        let mut start = before.map(|id| key(tenant, id));
        loop {
            let answer = self.query(tenant).scan_index_forward(false).set_exclusive_start_key(start).send().await?;
            for item in answer.items.unwrap_or_default() {
                let record = read(item)?;
                if !is_current(&record) {
                    continue;
                }
                if media.len() == limit {
                    let next = media.last().map(|last| last.id.clone());
                    return Ok(MediaPage { media, next });
                }
                media.push(record);
            }
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(MediaPage { media, next: None });
            }
        }
    }

    /// How much this tenant keeps: what was uploaded and looked at.
    pub async fn usage(&self, tenant: &TenantId) -> Result<Usage, StoreError> {
        let mut usage = Usage::default();
        let mut start = None;
        loop {
            let answer = self.query(tenant).set_exclusive_start_key(start).send().await?;
            for item in answer.items.unwrap_or_default() {
                let record = read(item)?;
                if let Some(object) = record.state.object().filter(|_| is_current(&record)) {
                    usage.count = usage.count.saturating_add(1);
                    usage.bytes = usage.bytes.saturating_add(object.size_bytes);
                }
            }
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(usage);
            }
        }
    }

    fn query(&self, tenant: &TenantId) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", AttributeValue::S(format!("TENANT#{tenant}")))
            .expression_attribute_values(":sk", AttributeValue::S("MED#".to_owned()))
            .consistent_read(true)
    }
}

fn key(tenant: &TenantId, id: &MediaId) -> Item {
    let text = |value: String| AttributeValue::S(value);
    Item::from([("pk".to_owned(), text(format!("TENANT#{tenant}"))), ("sk".to_owned(), text(format!("MED#{id}")))])
}

fn read(item: Item) -> Result<MediaRecord, StoreError> {
    Ok(serde_dynamo::from_item(item)?)
}

fn is_current(record: &MediaRecord) -> bool {
    record.expires_at > Timestamp::now().as_second()
}
