//! A worker, a creator, and what TikTok has seen of them.

use std::ops::Deref;
use std::time::Duration;

use aws_lambda_events::event::sqs::SqsMessage;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use slipway_contract::queue::{TargetRef, TransferMessage};
use slipway_domain::{ChunkPlan, PaceLimits, TargetState};
use slipway_runtime::Deadline;
use slipway_store::accounts::AccountRecord;
use slipway_store::posts::{Change, MediaRef, TargetRecord};
use slipway_worker::{ClaimTime, Handled};
use tiktok_sim::{Config, Endpoint, PublishRecord};
use transfer::Transfer;
use workbench::{Bench, chunks, until, video_of};

/// The queue that the worker's messages come from.
pub(crate) const TRANSFERS: &str = "TransfersQueue";
/// What TikTok takes for a chunk of several, and a little more.
pub(crate) const CHUNK: u64 = 5_300_000;

/// Everything around one worker.
pub(crate) struct World {
    bench: Bench,
    pub(crate) account: AccountRecord,
    pub(crate) worker: Transfer,
}

impl Deref for World {
    type Target = Bench;

    fn deref(&self) -> &Bench {
        &self.bench
    }
}

impl World {
    /// A worker whose claim time is so long that no test sees its end.
    pub(crate) async fn new() -> Self {
        Self::with_claim_time(Duration::from_mins(1)).await
    }

    /// A worker with this claim time.
    pub(crate) async fn with_claim_time(claim_time: Duration) -> Self {
        // How long TikTok takes after the last byte is nobody's race: these tests are about what comes before.
        let tiktok = Config { processing_delay: Duration::from_hours(1), ..Config::default() };
        let bench = Bench::with("TransferFunction", tiktok).await;
        let account = bench.connect().await;
        let worker = Transfer {
            pull_domain: "media.slipway.example".parse().expect("a domain"),
            test_pull_base: "".parse().expect("none"),
            posts: bench.role.posts.clone(),
            accounts: bench.role.accounts.clone(),
            media: bench.role.media.clone(),
            tokens: bench.role.tokens.clone(),
            limits: PaceLimits::default(),
            vault: bench.role.vault.clone(),
            tiktok: bench.client.clone(),
            bucket: bench.role.bucket.clone(),
            transfers: bench.queue(TRANSFERS),
            status_checks: bench.queue("StatusChecksQueue"),
            first_check: Duration::from_secs(30),
            claim_time: ClaimTime(claim_time),
        };
        Self { bench, account, worker }
    }

    /// A small video that is queued, and its bytes.
    pub(crate) async fn small(&self) -> (TargetRecord, Vec<u8>) {
        let bytes = video_of(200_000, 1);
        let target = self.queued(&self.account, &self.video(bytes.clone()).await).await;
        (target, bytes)
    }

    /// A small video in the bucket, its plan of one chunk, and its bytes.
    pub(crate) async fn whole(&self) -> (MediaRef, ChunkPlan, Vec<u8>) {
        let bytes = video_of(200_000, 1);
        (self.video(bytes.clone()).await, chunks(200_000, 200_000), bytes)
    }

    /// A video of so many chunks in the bucket, its plan and its bytes.
    pub(crate) async fn large(&self, count: u64) -> (MediaRef, ChunkPlan, Vec<u8>) {
        let size = count * CHUNK;
        let bytes = video_of(usize::try_from(size).unwrap(), 1);
        (self.video(bytes.clone()).await, chunks(size, CHUNK), bytes)
    }

    /// A message about this target, as Lambda hands it out.
    pub(crate) async fn message(&self, target: &TargetRecord) -> (TransferMessage, SqsMessage) {
        let message = TransferMessage { target: target_ref(target) };
        let body = serde_json::to_string(&message).unwrap();
        (message, self.hand_out(TRANSFERS, &body).await)
    }

    /// One step on a message about this target, with all the time there is.
    pub(crate) async fn step(&self, target: &TargetRecord) -> Handled {
        self.step_within(target, Duration::from_mins(5)).await
    }

    /// One step on a message about this target, which Lambda ends after this long.
    pub(crate) async fn step_within(&self, target: &TargetRecord, left: Duration) -> Handled {
        let (message, record) = self.message(target).await;
        let step = self.worker.step(message, &record, Deadline::after(left));
        tokio::time::timeout(Duration::from_mins(1), step).await.expect("the step ends")
    }

    /// Waits until TikTok has met so many calls of this endpoint.
    pub(crate) async fn until_called(&self, endpoint: Endpoint, times: usize) {
        until("TikTok is called", async || self.calls(endpoint) >= times).await;
    }

    /// How often this endpoint was called.
    pub(crate) fn calls(&self, endpoint: Endpoint) -> usize {
        self.tiktok.ledger().requests_to(endpoint).len()
    }

    /// The ranges of the chunks that were sent to TikTok, as they were announced.
    pub(crate) fn sent_ranges(&self) -> Vec<String> {
        let ledger = self.tiktok.ledger();
        ledger.requests_to(Endpoint::Upload).iter().filter_map(|put| put.content_range.clone()).collect()
    }

    /// What TikTok has of this target's publish.
    pub(crate) fn publish(&self, target: &TargetRecord) -> PublishRecord {
        let id = target.state.publish_id().unwrap();
        self.tiktok.ledger().publish(id.as_str()).unwrap().clone()
    }

    /// Lets another worker take the target, as it stands, for a minute.
    pub(crate) async fn taken_by_another(&self, target: &TargetRecord) -> TargetRecord {
        let state = self.now(target).await.state;
        let now = Timestamp::now();
        self.write(target, Change::to(state, now).held_until(now + SignedDuration::from_mins(1))).await
    }

    /// The messages that the worker sent to go on in another invocation, besides `handed_out` that the test put there.
    pub(crate) fn handed_over(&self, handed_out: usize) -> Vec<Value> {
        self.messages(TRANSFERS).split_off(handed_out)
    }
}

/// How a message names this target.
pub(crate) fn target_ref(target: &TargetRecord) -> TargetRef {
    target.target()
}

/// How a chunk is announced.
pub(crate) fn range(plan: &ChunkPlan, index: u64) -> String {
    let range = plan.chunk(index).unwrap();
    format!("bytes {}-{}/{}", range.first, range.last, plan.size())
}

/// How many bytes our record says that TikTok has.
pub(crate) fn noted(target: &TargetRecord) -> u64 {
    let TargetState::Uploading { sent, .. } = &target.state else { panic!("{:?}", target.state) };
    *sent
}
