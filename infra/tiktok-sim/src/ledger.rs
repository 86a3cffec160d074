//! What the simulator saw and did, for tests to read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::clock::Moment;
use crate::endpoint::Endpoint;
use crate::scope::Scope;
use crate::user::Privacy;

/// A snapshot of everything that happened since the start or the last reset.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ledger {
    /// The simulated time of the snapshot.
    pub now: Moment,
    /// Every request, oldest first.
    pub requests: Vec<RequestRecord>,
    /// Every publish that an init created, oldest first.
    pub publishes: Vec<PublishRecord>,
    /// Every visit of the authorization page that was in order, oldest first.
    pub authorizations: Vec<AuthorizationRecord>,
    /// Every grant of a user to the app, oldest first.
    pub grants: Vec<GrantRecord>,
    /// Every webhook, oldest first.
    pub webhooks: Vec<WebhookRecord>,
}

impl Ledger {
    /// The publishes that became a post: the truth about "exactly once".
    pub fn published(&self) -> Vec<&PublishRecord> {
        self.publishes.iter().filter(|publish| publish.published_count > 0).collect()
    }

    /// The publish of that id.
    pub fn publish(&self, publish_id: &str) -> Option<&PublishRecord> {
        self.publishes.iter().find(|publish| publish.publish_id == publish_id)
    }

    /// The requests to one endpoint.
    pub fn requests_to(&self, endpoint: Endpoint) -> Vec<&RequestRecord> {
        self.requests.iter().filter(|request| request.endpoint == endpoint).collect()
    }

    /// The webhooks of one event name.
    pub fn webhooks_of(&self, event: &str) -> Vec<&WebhookRecord> {
        self.webhooks.iter().filter(|webhook| webhook.event == event).collect()
    }

    /// The latest grant of a user that still stands.
    pub fn grant_of(&self, open_id: &str) -> Option<&GrantRecord> {
        self.grants.iter().rev().find(|grant| grant.open_id == open_id && !grant.revoked)
    }
}

/// One request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RequestRecord {
    /// When it arrived.
    pub at: Moment,
    /// Where to.
    pub endpoint: Endpoint,
    /// The method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// On whose behalf, if that could be told.
    pub open_id: Option<String>,
    /// The publish it was about or created.
    pub publish_id: Option<String>,
    /// `Content-Range` of a chunk PUT.
    pub content_range: Option<String>,
    /// Names of the faults that acted on it.
    pub faults: Vec<String>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Still running, or the client went away.
    Unanswered,
    /// The connection was closed by a fault.
    Cut,
    /// Answered.
    Answered {
        /// HTTP status.
        status: u16,
        /// `error.code` (`ok` for success), or the OAuth error.
        code: String,
    },
}

/// Whether a publish posts by itself or lands in the creator's inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Direct post.
    Direct,
    /// Draft in the inbox.
    Inbox,
}

/// What is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// One video.
    Video,
    /// Photos.
    Photo,
}

/// Where the media comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Source {
    /// The app sends chunks.
    FileUpload,
    /// TikTok downloads.
    PullFromUrl,
}

/// One publish, from init to its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PublishRecord {
    /// TikTok's id of it.
    pub publish_id: String,
    /// The creator.
    pub open_id: String,
    /// Direct or draft.
    pub mode: Mode,
    /// Video or photos.
    pub medium: Medium,
    /// Upload or download.
    pub source: Source,
    /// The whole init body, as received.
    pub request: Value,
    /// The `post_info` that took effect: as received, or `null` for video drafts, which drop it.
    pub post_info: Value,
    /// The privacy level of a direct post.
    pub privacy_level: Option<Privacy>,
    /// The plan given at init; only uploads have one.
    pub plan: Option<ChunkPlan>,
    /// Chunks stored, in order.
    pub chunks: Vec<ChunkRecord>,
    /// Bytes of complete chunks, or bytes downloaded.
    pub bytes_stored: u64,
    /// Body bytes that arrived, those of refused and broken PUTs included.
    pub bytes_received: ByteCount,
    /// Lower-case hex SHA-256 of the media, once it is complete.
    pub sha256: Option<String>,
    /// Photos downloaded.
    pub photos: Vec<PhotoRecord>,
    /// Length of the video, where it could be read.
    pub duration_ms: Option<u64>,
    /// Width and height of the video in pixels, where they could be read.
    pub picture: Option<(u32, u32)>,
    /// Where it stands.
    pub state: PublishState,
    /// Whether a fault keeps it in processing.
    pub stuck: bool,
    /// Ids of the posts made of it, public or not.
    pub post_ids: Vec<u64>,
    /// Ids visible to the public.
    pub public_post_ids: Vec<u64>,
    /// How many posts were made of it: 0 or 1 for direct posts.
    pub published_count: u32,
    /// When init was accepted.
    pub created_at: Moment,
    /// When the media was complete.
    pub transferred_at: Option<Moment>,
    /// When it was first posted.
    pub published_at: Option<Moment>,
}

/// A publish's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublishState {
    /// Chunks are awaited.
    Uploading,
    /// TikTok downloads.
    Downloading,
    /// The media is complete, the verdict is awaited.
    Processing,
    /// The draft is in the creator's inbox.
    Inbox,
    /// Posted.
    Complete,
    /// Failed.
    Failed(FailReason),
}

/// The three numbers of an upload's init.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkPlan {
    /// Bytes of the whole file.
    pub video_size: u64,
    /// Bytes of every chunk but the last.
    pub chunk_size: u64,
    /// Number of chunks.
    pub total_chunk_count: u64,
}

/// One chunk that was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkRecord {
    /// First byte.
    pub first: u64,
    /// Last byte, inclusive.
    pub last: u64,
    /// When its last byte arrived.
    pub at: Moment,
}

/// One photo that was downloaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoRecord {
    /// The URL as the app gave it.
    pub url: String,
    /// Its bytes.
    pub bytes: u64,
    /// Lower-case hex SHA-256.
    pub sha256: String,
}

/// One visit of the authorization page. Both secrets are in clear, so that tests can look for leaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRecord {
    /// The app's state.
    pub state: String,
    /// The code that the app was given, if the user consented.
    pub code: Option<String>,
}

/// The tokens of one user's consent. The tokens are in clear, so that tests can look for leaks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GrantRecord {
    /// The user.
    pub open_id: String,
    /// What was granted.
    pub scopes: Vec<Scope>,
    /// When the user consented.
    pub granted_at: Moment,
    /// Every access token handed out, with its expiry.
    pub access_tokens: Vec<AccessTokenRecord>,
    /// The refresh token that works now.
    pub refresh_token: String,
    /// Its end.
    pub refresh_expires_at: Moment,
    /// Refresh tokens that were rotated away.
    pub spent_refresh_tokens: Vec<String>,
    /// Successful refreshes.
    pub refreshes: u64,
    /// Whether app or user ended it.
    pub revoked: bool,
}

/// One access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenRecord {
    /// The token.
    pub token: String,
    /// Its end.
    pub expires_at: Moment,
}

/// One webhook, with all its deliveries.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebhookRecord {
    /// Event name.
    pub event: String,
    /// The user.
    pub user_openid: String,
    /// The publish, for posting events.
    pub publish_id: Option<String>,
    /// The body, byte for byte.
    pub body: String,
    /// When the event happened.
    pub created_at: Moment,
    /// Every attempt, oldest first.
    pub attempts: Vec<AttemptRecord>,
    /// Where it stands.
    pub state: WebhookState,
}

/// Where a webhook stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// To be tried (again).
    Pending,
    /// Answered with 200.
    Delivered,
    /// Given up after the retry window.
    Dropped,
    /// Kept back by a fault.
    Withheld,
    /// There was no callback URL when it happened.
    NoCallback,
}

/// One attempt to deliver a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// When, on the simulated clock.
    pub at: Moment,
    /// The receiver's status, if it answered.
    pub status: Option<u16>,
}

/// A running count of bytes that transfers add to without locking the world.
#[derive(Clone, Debug, Default)]
pub struct ByteCount(Arc<AtomicU64>);

impl ByteCount {
    /// The count so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A count that no longer moves, for a snapshot.
    pub(crate) fn frozen(&self) -> Self {
        Self(Arc::new(AtomicU64::new(self.get())))
    }
}

impl Serialize for ByteCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ByteCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(|count| Self(Arc::new(AtomicU64::new(count))))
    }
}

macro_rules! fail_reasons {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// Why a publish failed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum FailReason { $($(#[$doc])* #[serde(rename = $name)] $variant),+ }

        impl FailReason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

fail_reasons! {
    /// Format unsupported.
    FileFormat = "file_format_check_failed",
    /// Duration out of bounds.
    Duration = "duration_check_failed",
    /// Frame rate out of bounds.
    FrameRate = "frame_rate_check_failed",
    /// Picture size out of bounds.
    PictureSize = "picture_size_check_failed",
    /// A part of TikTok was unavailable.
    Internal = "internal",
    /// Connection error or one-hour limit on a video download.
    VideoPull = "video_pull_failed",
    /// The same for photos.
    PhotoPull = "photo_pull_failed",
    /// The developer cancelled.
    Cancelled = "publish_cancelled",
    /// The creator withdrew access meanwhile.
    AuthRemoved = "auth_removed",
    /// Too many API posts in 24 hours.
    TooManyPosts = "spam_risk_too_many_posts",
    /// The creator is banned.
    Banned = "spam_risk_user_banned_from_posting",
    /// The caption was judged risky.
    RiskyText = "spam_risk_text",
    /// The request was judged risky.
    Risky = "spam_risk",
}
