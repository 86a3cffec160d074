#![doc = include_str!("../README.md")]

mod advice;
mod answer;
mod chunks;
mod claim;
mod defer;
mod failed_call;
mod initialise;
mod line;
mod media;
mod pull;
mod resume;
mod sender;
mod source;

use std::time::Duration;

use aws_lambda_events::event::sqs::SqsMessage;
use jiff::Timestamp;
use slipway_contract::queue::{StatusCheckMessage, TargetRef, TransferMessage};
use slipway_domain::schedule::{MESSAGE_COMES_EARLY, first_check, has_run_out, own_time, seconds_until};
use slipway_domain::{Chain, PaceLimits, TargetState};
use slipway_media::{Bucket, PullDomain, S3Error, TestPullBase};
use slipway_queue::{Queue, QueueError};
use slipway_runtime::Deadline;
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::{Name, Seconds};
use slipway_store::StoreError;
use slipway_store::accounts::Accounts;
use slipway_store::events::Events;
use slipway_store::media::Media;
use slipway_store::posts::{Posts, TargetRecord};
use slipway_tokens::{CallError, PaceConfig, Tokens, TokensConfig};
use slipway_vault::{Vault, VaultError};
use slipway_worker::{About, ClaimTime, Handled, Received, wait_for_claim};

use crate::claim::{Claim, Target};

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// Accounts, their tokens, and TikTok.
        pub tokens: TokensConfig,
        /// How many posts of an account may begin.
        pub pace: PaceConfig,
        /// The posts table.
        pub posts_table: Name = "POSTS_TABLE",
        /// The media table.
        pub media_table: Name = "MEDIA_TABLE",
        /// The media bucket.
        pub bucket: Name = "MEDIA_BUCKET",
        /// From where TikTok may fetch media.
        pub pull_domain: PullDomain = "PULL_DOMAIN",
        /// From where its double fetches it instead, on the local stack.
        pub test_pull_base: TestPullBase = "TEST_PULL_BASE_URL",
        /// Where the messages come from.
        pub transfers: Name = "TRANSFERS_QUEUE_URL",
        /// Where the outcome is asked for.
        pub status_checks: Name = "STATUS_CHECKS_QUEUE_URL",
        /// When the first status check of a small video is due.
        pub first_check: Seconds = "STATUS_FIRST_CHECK_SECONDS",
        /// How long a claim lasts without renewal.
        pub claim_time: Seconds = "TRANSFER_LEASE_SECONDS",
    }
}

/// Everything a step needs. Built once a process.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// The posts table.
    pub posts: Posts,
    /// The accounts table.
    pub accounts: Accounts,
    /// The media table, for videos that were still being fetched when their post was made.
    pub media: Media,
    /// Access tokens that are always fresh.
    pub tokens: Tokens,
    /// How many posts of an account may begin.
    pub limits: PaceLimits,
    /// Seals upload URLs.
    pub vault: Vault,
    /// TikTok.
    pub tiktok: slipway_tiktok::Client,
    /// The media bucket.
    pub bucket: Bucket,
    /// From where TikTok may fetch media.
    pub pull_domain: PullDomain,
    /// From where TikTok's double fetches it, if from somewhere else.
    pub test_pull_base: TestPullBase,
    /// Where a transfer goes on in another invocation.
    pub transfers: Queue,
    /// Where the outcome is asked for.
    pub status_checks: Queue,
    /// When the first status check of a small video is due.
    pub first_check: Duration,
    /// How long a claim lasts without renewal.
    pub claim_time: ClaimTime,
}

/// Why a step could not be finished here and now. The message comes back; the store says where to go on.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// DynamoDB failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// KMS failed, or a sealed value does not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// SQS failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// S3 failed.
    #[error(transparent)]
    S3(#[from] S3Error),
    /// TikTok could not be called in the account's name, or failed, for now.
    #[error(transparent)]
    Call(#[from] CallError),
    /// What TikTok gave us makes no sense.
    #[error("TikTok: {0}")]
    TikTok(#[source] Chain),
    /// Somebody else works on this target.
    #[error("another worker took over")]
    Fenced,
}

/// What follows when a step has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// There is nothing more to do here.
    Done,
    /// The target is ready for the next step.
    Next,
    /// The message comes back after this long.
    Again(Duration),
}

/// Why a step goes no further.
#[derive(Debug)]
enum Stop {
    /// It has ended, and this follows.
    With(Then),
    /// It could not be finished here and now.
    Failed(StepError),
}

impl<E: Into<StepError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Stop {
    fn followed_by(self) -> Result<Then, StepError> {
        match self {
            Self::With(then) => Ok(then),
            Self::Failed(error) => Err(error),
        }
    }
}

/// What is left at the last call, at most: for noting how far the transfer has come, and for handing over.
const FINISHING_UP: Duration = Duration::from_secs(4);

impl Transfer {
    /// Builds all clients. Calls nobody.
    pub fn new(aws: &SdkConfig, config: Config) -> Result<Self, slipway_tiktok::BuildError> {
        let (dynamodb, sqs) = (slipway_store::client(aws), slipway_queue::client(aws));
        let events = Events::new(dynamodb.clone(), config.tokens.events_table.clone().into_string());
        let tokens = Tokens::wired(aws, &dynamodb, config.tokens)?;
        Ok(Self {
            posts: Posts::new(dynamodb.clone(), config.posts_table.into_string()).recording(events),
            accounts: tokens.accounts().clone(),
            media: Media::new(dynamodb, config.media_table.into_string()),
            vault: tokens.vault().clone(),
            tiktok: tokens.app().clone(),
            limits: config.pace.into(),
            tokens,
            bucket: Bucket::new(aws, config.bucket.into_string()),
            pull_domain: config.pull_domain,
            test_pull_base: config.test_pull_base,
            transfers: Queue::new(sqs.clone(), config.transfers.into_string()),
            status_checks: Queue::new(sqs, config.status_checks.into_string()),
            first_check: config.first_check.0,
            claim_time: ClaimTime(config.claim_time.0),
        })
    }

    /// Works on one message until its target is done, is waiting, or the deadline is near.
    pub async fn step(&self, message: TransferMessage, record: &SqsMessage, deadline: Deadline) -> Handled {
        let TargetRef { tenant, post, account } = &message.target;
        tracing::info!(tenant.id = %tenant, post.id = %post, account.id = %account, "a message for a target");
        let receipt = record.receipt_handle.as_deref().unwrap_or_default();
        let stepped = self.run(&message.target, receipt, deadline).await;
        let about = About::target(post.as_str(), account.as_str());
        Handled::at_end(stepped, |error| matches!(error, StepError::Fenced), about)
    }

    async fn run(&self, target: &TargetRef, receipt: &str, deadline: Deadline) -> Result<Handled, StepError> {
        let Some(record) = self.posts.target(&target.post, &target.account).await? else {
            tracing::warn!(post.id = %target.post, "no such target; the message is dropped");
            return Ok(Handled::Done);
        };
        if record.tenant != target.tenant {
            tracing::error!(post.id = %target.post, "the message names another tenant; it is dropped");
            return Ok(Handled::Done);
        }
        if let Some(wait) = wait_for_claim(record.claimed_until) {
            return Ok(wait);
        }
        let message = Received { queue: &self.transfers, receipt };
        let record = Target::new(&self.posts, record, self.claim_time);
        let mut claim = Claim::new(record, message, self.claim_time, deadline).await;
        loop {
            let stepped = self.next(&mut claim).await;
            match stepped.or_else(Stop::followed_by)? {
                Then::Next => {}
                Then::Done => return Ok(Handled::Done),
                Then::Again(pause) if claim.record().claimed_until.is_some() => {
                    // Whoever takes the message up again, most likely we ourselves, need not wait for our claim.
                    return claim.again(pause, "trying again shortly").await;
                }
                Then::Again(pause) => return Ok(Handled::Again(pause)),
            }
        }
    }

    /// Takes the target one step further from the state in which it is.
    async fn next(&self, claim: &mut Claim<'_>) -> Result<Then, Stop> {
        let now = Timestamp::now();
        if let Some(wait) = not_yet(&claim.record().state, now) {
            return Ok(wait);
        }
        if let TargetState::Scheduled { at } = &claim.record().state
            && *at <= now
        {
            claim.enqueue()?;
        }
        if claim.record().is_awaiting() {
            let then = media::step(self, claim).await?;
            if then != Then::Next {
                return Ok(then);
            }
        }
        match &claim.record().state {
            waiting if own_time(waiting).is_some_and(|at| at > now) => Ok(Then::Done), // its message comes at its time
            TargetState::Queued { .. } | TargetState::Initialising { .. } | TargetState::Deferred { .. } => {
                initialise::step(self, claim).await
            }
            // Before anything that may fail for ever, such as a bucket that may not be read any more: from there it
            // goes back to the queue, where its own time runs out.
            TargetState::Uploading { expires_at, .. } if has_run_out(*expires_at, Timestamp::now()) => {
                resume::url_is_dead(self, claim).await
            }
            TargetState::Uploading { .. } => chunks::step(self, claim).await,
            TargetState::Pulling { .. } => pull::resume(self, claim).await,
            TargetState::Processing { .. } => {
                self.follow(claim.record()).await?;
                Ok(Then::Done)
            }
            TargetState::Draft
            | TargetState::Scheduled { .. }
            | TargetState::InInbox { .. }
            | TargetState::Published { .. }
            | TargetState::Failed { .. }
            | TargetState::Unconfirmed { .. }
            | TargetState::Cancelled => Ok(Then::Done),
        }
    }

    /// Has TikTok asked for its outcome when it is likely to have one.
    async fn follow(&self, record: &TargetRecord) -> Result<(), StepError> {
        let message = StatusCheckMessage { target: record.target(), look: 0 };
        let delay = first_check(self.first_check, record.tenant.mode(), record.size_bytes());
        Ok(self.status_checks.send(record.tenant.as_str(), &message, delay).await?)
    }

    /// Goes on in another invocation: the deadline is near.
    async fn hand_over(&self, claim: &mut Claim<'_>) -> Result<Then, Stop> {
        let target = claim.record().target();
        claim.hand_over(target.tenant.clone().as_str(), &TransferMessage { target }).await?;
        Ok(Then::Done)
    }
}

/// The longest pause between two tries in one invocation.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The message comes back if its target's time is only seconds away.
fn not_yet(state: &TargetState, now: Timestamp) -> Option<Then> {
    let wait = seconds_until(own_time(state)?, now);
    (!wait.is_zero() && wait <= MESSAGE_COMES_EARLY.unsigned_abs()).then_some(Then::Again(wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("TransferFunction");
    }
}
