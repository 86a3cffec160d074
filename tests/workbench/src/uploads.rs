//! Uploads that a worker before the one under test began.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use serde_json::json;
use slipway_domain::{ChunkPlan, FileKind, TargetState};
use slipway_store::accounts::AccountRecord;
use slipway_store::posts::{Change, MediaRef, TargetRecord};
use slipway_tiktok::ChunkAnswer;
use slipway_vault::Context;

use crate::Bench;
use crate::targets::video_settings;

/// An upload as its target's record tells of it.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Which init it was, from 1.
    pub attempt: u32,
    /// How the file is cut.
    pub plan: ChunkPlan,
    /// The bytes that TikTok has, if the record is right.
    pub sent: u64,
    /// Whether the record says that the last chunk was certainly never sent.
    pub last_chunk_unsent: bool,
    /// How long the upload URL lives still; negative if its time is over.
    pub expires_in: SignedDuration,
    /// Where the bytes go instead of to the simulator: a host whose answers the test chooses.
    pub host: Option<String>,
}

impl Begun {
    /// A first upload, ten minutes old, of which nothing was sent.
    pub fn of(plan: ChunkPlan) -> Self {
        Self {
            attempt: 1,
            plan,
            sent: 0,
            last_chunk_unsent: false,
            expires_in: SignedDuration::from_mins(50),
            host: None,
        }
    }
}

/// A plan with chunks of this size, which is also for files that would be sent in one.
pub fn chunks(size_bytes: u64, chunk_size: u64) -> ChunkPlan {
    serde_json::from_value(json!({"size": size_bytes, "chunk_size": chunk_size})).expect("a plan within TikTok's rules")
}

impl Bench {
    /// A target whose upload a worker has begun, and which nobody holds any more. TikTok has nothing of it.
    pub async fn begun(&self, account: &AccountRecord, media: &MediaRef, upload: &Begun) -> TargetRecord {
        let target = self.queued(account, media).await;
        let (settings, plan) = (video_settings(&target).clone(), upload.plan);
        let called =
            self.owner.tokens.call(account, async |token| self.client.init_video(&token, &settings, &plan).await).await;
        let init = called.expect("TikTok takes the init");
        let url = upload.host.as_deref().unwrap_or_else(|| init.upload_url.expose());
        let now = Timestamp::now();
        let state = TargetState::Uploading {
            attempt: upload.attempt,
            upload_url: self.sealed(&target, url).await,
            publish_id: init.publish_id,
            expires_at: now + upload.expires_in,
            plan,
            sent: upload.sent,
            last_chunk_unsent: upload.last_chunk_unsent,
        };
        self.write(&target, Change::to(state, now)).await
    }

    /// Sends one chunk of these bytes to where the target's upload goes, as its worker would.
    pub async fn send_chunk(&self, target: &TargetRecord, index: u64, bytes: &[u8]) -> ChunkAnswer {
        let uploading = match &target.state {
            TargetState::Uploading { upload_url, plan, .. } => Some((upload_url, plan)),
            _ => None,
        };
        let (upload_url, plan) = uploading.expect("an upload is under way");
        let context = Context::of_upload_url(&target.tenant, &target.account);
        let url = self.owner.vault.open(&context, upload_url).await;
        let url = url.expect("it opens").expose_secret().to_owned();
        let url = self.client.upload_url(&url).expect("a URL to upload to");
        let range = plan.chunk(index).expect("a chunk of the plan");
        let place = |at: u64| usize::try_from(at).expect("a place in memory");
        let body = bytes[place(range.first)..=place(range.last)].to_vec();
        let answer = self.client.put_chunk(&url, range, plan.size(), FileKind::Mp4, body.into()).await;
        answer.expect("TikTok answers").0
    }

    /// Moves the time at which a target that could not be started is given up.
    pub async fn give_up_at(&self, target: &TargetRecord, at: Timestamp) -> TargetRecord {
        let key = [format!("POST#{}", target.post), format!("TARGET#{}", target.account)];
        self.set("PostsTable", key, "give_up_at", AttributeValue::S(at.to_string())).await;
        self.now(target).await
    }
}
