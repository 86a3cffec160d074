//! A function under test, an account, and targets that wait for TikTok's outcome.

use std::time::Duration;

use aws_lambda_events::event::sqs::SqsMessage;
use jiff::{SignedDuration, Timestamp};
use publish_status::{Message, PublishStatus};
use serde_json::{Value, json};
use slipway_contract::queue::TargetRef;
use slipway_domain::{
    ChunkPlan, OpenId, PostMode, PrivacyLevel, PublishId, Sealed, TargetState, VideoId, VideoSettings,
};
use slipway_store::accounts::AccountRecord;
use slipway_store::posts::TargetRecord;
use slipway_worker::Handled;
use tiktok_sim::{Config, Endpoint, MediaCheck, RateLimits};
use workbench::{Bench, private_video};

pub(crate) const CHECKS: &str = "StatusChecksQueue";
pub(crate) const EVENTS: &str = "TikTokEventsQueue";
pub(crate) const TRANSFERS: &str = "TransfersQueue";

/// When the first look at a small video is due.
pub(crate) const FIRST_CHECK: Duration = Duration::from_secs(30);
/// The size of videos whose size does not matter.
pub(crate) const SIZE: u64 = 1000;

pub(crate) struct World {
    pub(crate) bench: Bench,
    pub(crate) status: PublishStatus,
    pub(crate) account: AccountRecord,
}

impl World {
    pub(crate) async fn start() -> Self {
        let no_limits = RateLimits { status_fetch: None, init: None, ..RateLimits::default() };
        // TikTok decides at once.
        let media_check = MediaCheck::Off;
        let tiktok =
            Config { processing_delay: Duration::ZERO, rate_limits: no_limits, media_check, ..Config::default() };
        let bench = Bench::with("PublishStatusFunction", tiktok).await;
        let status = PublishStatus {
            bucket: bench.role.bucket.clone(),
            posts: bench.role.posts.clone(),
            events: bench.role.webhooks.events().clone(),
            accounts: bench.role.accounts.clone(),
            tokens: bench.role.tokens.clone(),
            tiktok: bench.client.clone(),
            status_checks: bench.queue(CHECKS),
            tiktok_events: bench.queue(EVENTS),
            transfers: bench.queue(TRANSFERS),
            first_check: FIRST_CHECK,
        };
        let account = bench.connect().await;
        Self { bench, status, account }
    }

    /// From now on TikTok gives each question about a publish this answer's data.
    pub(crate) async fn tiktok_says(&mut self, data: Value) {
        let error = json!({"code": "ok", "message": "", "log_id": "L"});
        self.status.tiktok = self.bench.answering(200, None, &json!({"data": data, "error": error})).await;
    }

    /// A target in this state that is published with these settings.
    pub(crate) async fn target_with(&self, state: TargetState, settings: VideoSettings) -> TargetRecord {
        self.bench.target_with(&self.account, &self.bench.absent_video(SIZE), state, settings).await
    }

    /// A target in this state.
    pub(crate) async fn target(&self, state: TargetState) -> TargetRecord {
        self.target_with(state, private_video()).await
    }

    /// A target of which TikTok has every byte.
    pub(crate) async fn processing(&self) -> TargetRecord {
        self.target(processing("p")).await
    }

    /// A target of a publish that exists at TikTok, of which nothing was sent: TikTok waits for bytes.
    pub(crate) async fn waiting_at_tiktok(&self) -> TargetRecord {
        let init = self.bench.opened(&self.account, &private_video(), SIZE).await;
        self.target(processing(init.publish_id.as_str())).await
    }

    /// The target's next look, number `look`, as of `now`.
    pub(crate) async fn look_at(&self, target: &TargetRecord, look: u32, now: Timestamp) -> Handled {
        let body = json!({"target": reference(target), "look": look});
        let record = self.bench.hand_out(CHECKS, &body).await;
        let outcome = self.step(&record, now).await;
        self.bench.deployment.aws().sqs().delete(self.queue_name(CHECKS), &record.receipt_handle.unwrap()).unwrap();
        outcome
    }

    /// The target's first look, now.
    pub(crate) async fn look(&self, target: &TargetRecord) -> Handled {
        self.look_at(target, 0, Timestamp::now()).await
    }

    /// A webhook of TikTok's about a publish arrives, as of `now`.
    pub(crate) async fn told_at(&self, event: &str, publish_id: &str, more: Value, now: Timestamp) -> Handled {
        let mut content = json!({"publish_id": publish_id, "publish_type": "DIRECT_PUBLISH"});
        content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let body = notification(event, &self.account.open_id, now, &content);
        let record = self.bench.hand_out(EVENTS, &json!({"body": body})).await;
        self.step(&record, now).await
    }

    /// A webhook of TikTok's about a publish arrives now.
    pub(crate) async fn told(&self, event: &str, publish_id: &str, more: Value) -> Handled {
        self.told_at(event, publish_id, more, Timestamp::now()).await
    }

    /// The function's step for a message as it came out of its queue.
    pub(crate) async fn step(&self, record: &SqsMessage, now: Timestamp) -> Handled {
        let message: Message = serde_json::from_str(record.body.as_deref().unwrap()).unwrap();
        self.status.step(message, record, now).await
    }

    pub(crate) async fn now(&self, target: &TargetRecord) -> TargetRecord {
        self.bench.now(target).await
    }

    /// Nothing was written to the target since.
    pub(crate) async fn assert_untouched(&self, target: &TargetRecord, what: &str) {
        assert_eq!(self.now(target).await, *target, "{what}");
    }

    /// How often the simulated TikTok was asked what became of a publish.
    pub(crate) fn asked(&self) -> usize {
        self.bench.tiktok.ledger().requests_to(Endpoint::StatusFetch).len()
    }

    pub(crate) fn queue_name(&self, queue: &str) -> &str {
        self.bench.deployment.queue(queue).unwrap()
    }
}

/// Of which TikTok has so many bytes.
pub(crate) fn uploading(publish_id: &str, attempt: u32, sent: u64) -> TargetState {
    TargetState::Uploading {
        attempt,
        publish_id: PublishId::new(publish_id),
        upload_url: Sealed::from_stored("sealed"),
        expires_at: Timestamp::now() + SignedDuration::from_mins(50),
        plan: ChunkPlan::for_size(SIZE).unwrap(),
        sent,
        last_chunk_unsent: false,
    }
}

/// A state whose bytes have all arrived, just now.
pub(crate) fn processing(publish_id: &str) -> TargetState {
    processing_since(publish_id, Timestamp::now())
}

pub(crate) fn processing_since(publish_id: &str, since: Timestamp) -> TargetState {
    TargetState::Processing { publish_id: PublishId::new(publish_id), since, pull: None }
}

pub(crate) fn published(publish_id: &str, at: Timestamp, post_ids: &[&str]) -> TargetState {
    let post_ids = post_ids.iter().copied().map(VideoId::new).collect();
    TargetState::Published { publish_id: Some(PublishId::new(publish_id)), at, post_ids }
}

pub(crate) fn in_inbox(publish_id: &str, since: Timestamp) -> TargetState {
    TargetState::InInbox { publish_id: PublishId::new(publish_id), since }
}

pub(crate) fn public_video() -> VideoSettings {
    VideoSettings { privacy_level: Some(PrivacyLevel::PublicToEveryone), ..private_video() }
}

pub(crate) fn draft() -> VideoSettings {
    VideoSettings { post_mode: PostMode::Inbox, privacy_level: None, ..private_video() }
}

/// A webhook's body as TikTok writes it: the content is JSON text inside the JSON.
pub(crate) fn notification(event: &str, open_id: &OpenId, at: Timestamp, content: &Value) -> String {
    json!({
        "client_key": "awsimulatedkey01",
        "event": event,
        "create_time": at.as_second(),
        "user_openid": open_id,
        "content": content.to_string(),
    })
    .to_string()
}

pub(crate) fn reference(target: &TargetRecord) -> TargetRef {
    target.target()
}

/// How long after `now` the sweep has to look at the target.
pub(crate) fn due_in(target: &TargetRecord, now: Timestamp) -> Option<SignedDuration> {
    target.due_at.map(|at| SignedDuration::from_secs(at.as_second() - now.as_second()))
}
