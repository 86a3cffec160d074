//! Beginning a publish at the double.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_domain::{ApiErrorCode, PrivacyLevel, Script};
use uuid::Uuid;

use super::answers::Reply;
use super::creator::Creator;
use super::memory::Forgetful;
use super::requests::{InitBody, Received};
use super::{BASE, Double};

/// How long an address that TikTok would fetch may take to answer.
const FETCH: Duration = Duration::from_secs(5);

/// A publish that was begun, as it is kept in mind.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Publish {
    /// Who posts.
    pub(super) creator: String,
    /// What is to become of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) script: Option<Script>,
    pub(super) source: Source,
    /// Whether it ends as a draft in the creator's inbox.
    pub(super) is_draft: bool,
    /// Whether everybody is to see it.
    pub(super) is_public: bool,
    /// How often it was asked for after it had been published.
    pub(super) times_asked: u32,
    /// Whether it was called off.
    pub(super) is_cancelled: bool,
}

/// Where the media of a publish comes from.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Source {
    /// It is uploaded.
    Upload {
        /// How many bytes there are.
        size: u64,
        /// How many of them have arrived.
        arrived: u64,
        /// Whether the upload is forgotten before its last byte.
        is_lost: bool,
    },
    /// TikTok fetches it.
    Pull {
        /// Whether these are photos.
        is_photos: bool,
        /// Whether all of it could be fetched.
        is_there: bool,
    },
}

#[derive(Serialize)]
struct Data {
    publish_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_url: Option<String>,
}

impl Double {
    /// Begins a publish of this creator, as its text says.
    pub(super) async fn begin(
        &self,
        creator: &Creator,
        endpoint: &str,
        received: &Received,
        now: Timestamp,
    ) -> Result<Reply, super::Trouble> {
        const INVALID: &str = "The request post info is empty or incorrect.";
        let Some(body) = received.json::<InitBody>() else {
            return Ok(Reply::error(400, ApiErrorCode::InvalidParams, INVALID));
        };
        let (script, text) = received.script().map_or((None, ""), |(script, text)| (Some(script), text));
        let is_first = match script {
            Some(Script::RateLimited | Script::ServerError | Script::UploadLost) => {
                self.is_first(creator, text).await?
            }
            _ => false,
        };
        match &script {
            Some(Script::RateLimited) if is_first => {
                return Ok(Reply::error(429, ApiErrorCode::RateLimitExceeded, "The API rate limit was exceeded."));
            }
            Some(Script::ServerError) if is_first => {
                return Ok(Reply::error(
                    500,
                    ApiErrorCode::InternalError,
                    "Something went wrong, please try again later.",
                ));
            }
            Some(Script::RevokedToken) => {
                self.revoke(creator).await?;
                return Ok(Reply::token_refused());
            }
            Some(Script::Refuses(refusal)) => {
                return Ok(Reply::error(403, refusal.code(), "Please review the integration guidelines."));
            }
            _ => {}
        }
        let is_lost = is_first && script == Some(Script::UploadLost);
        let Some(source) = self.source(&body, is_lost).await else {
            return Ok(Reply::error(400, ApiErrorCode::InvalidParams, "The source info is empty or incorrect."));
        };
        let is_draft = endpoint == crate::paths::INBOX || body.post_mode.as_deref() == Some("MEDIA_UPLOAD");
        let kind = match source {
            Source::Upload { .. } => "v_pub_file",
            Source::Pull { is_photos: false, .. } => "v_pub_url",
            Source::Pull { is_photos: true, .. } => "p_pub_url",
        };
        // The time, so that it sorts; what is random, so that nobody else has it.
        let publish_id = format!("{kind}~test.{}", Uuid::new_v7(uuid_time(now)).simple());
        let upload_url = matches!(source, Source::Upload { .. }).then(|| format!("{BASE}upload/{publish_id}"));
        let publish = Publish {
            creator: creator.0.to_string(),
            script,
            source,
            is_draft,
            is_public: body.post_info.privacy_level == Some(PrivacyLevel::PublicToEveryone),
            times_asked: 0,
            is_cancelled: false,
        };
        self.keep(&note_of(&publish_id), &publish).await?;
        Ok(Reply::data(&Data { publish_id, upload_url }))
    }

    /// Notes that a post with these texts is begun by this creator, and says whether it is for the first time.
    async fn is_first(&self, creator: &Creator, text: &str) -> Result<bool, Forgetful> {
        self.note_once(&format!("begun {} {text}", creator.0)).await
    }

    /// Where the media comes from, if the request says one of the two. What is to be fetched is looked for.
    async fn source(&self, body: &InitBody, is_lost: bool) -> Option<Source> {
        let source = &body.source_info;
        if let Some(size) = source.video_size {
            return Some(Source::Upload { size, arrived: 0, is_lost });
        }
        let is_photos = source.video_url.is_none();
        let addresses: Vec<_> = source.video_url.iter().chain(&source.photo_images).collect();
        if addresses.is_empty() {
            return None;
        }
        let found = join_all(addresses.into_iter().map(|address| self.answers(address))).await;
        Some(Source::Pull { is_photos, is_there: found.into_iter().all(|found| found) })
    }

    /// Whether the address gives something, of which one piece is read.
    async fn answers(&self, address: &str) -> bool {
        let Ok(mut response) = self.http.get(address).timeout(FETCH).send().await else { return false };
        response.status().is_success() && matches!(response.chunk().await, Ok(Some(_)))
    }
}

pub(super) fn note_of(publish_id: &str) -> String {
    format!("publish {publish_id}")
}

fn uuid_time(now: Timestamp) -> uuid::Timestamp {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    uuid::Timestamp::from_unix(uuid::NoContext, seconds, u32::try_from(now.subsec_nanosecond()).unwrap_or_default())
}
