//! The sweep under test, and targets in every state there is.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::{
    ChunkPlan, CopyKey, DeferReason, Evidence, Failure, PublishId, Pull, Sealed, TargetState, TargetState as S,
    TenantId,
};
use slipway_store::accounts::AccountRecord;
use slipway_store::posts::{Change, MediaRef, TargetRecord};
use sweep::{Sweep, Swept};
use workbench::{Bench, Sent};

/// The queues that the sweep can send to.
const QUEUES: [&str; 3] = ["TransfersQueue", "StatusChecksQueue", "ImportsQueue"];

/// The posts' sweep over a deployment of its own.
pub(crate) struct World {
    pub(crate) bench: Bench,
    pub(crate) sweep: Sweep,
    account: AccountRecord,
    media: MediaRef,
}

/// When what is under test is due. Whole seconds: so are the times in the index. Long ago: no file can still come.
pub(crate) fn due() -> Timestamp {
    "2024-11-22T12:00:00Z".parse().unwrap()
}

pub(crate) fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// A deadline that no test reaches.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_mins(5)
}

impl World {
    pub(crate) async fn start() -> Self {
        let bench = Box::pin(Bench::of("SweepFunction")).await;
        let sweep = Sweep {
            posts: bench.role.posts.clone(),
            transfers: bench.queue("TransfersQueue"),
            status_checks: bench.queue("StatusChecksQueue"),
        };
        let (account, media) = (bench.connect().await, bench.video(vec![7; 100]).await);
        Self { bench, sweep, account, media }
    }

    /// A target in this state, which the sweep is to look at at [`due`].
    pub(crate) async fn due_in(&self, state: TargetState) -> TargetRecord {
        let target = self.bench.queued(&self.account, &self.media).await;
        let before = due() - SignedDuration::from_hours(1);
        self.bench.write(&target, Change::to(state, before).due(due())).await
    }

    /// A target that waits for its own time, since the day before.
    pub(crate) async fn waiting(&self, state: TargetState) -> TargetRecord {
        let target = self.bench.queued(&self.account, &self.media).await;
        self.bench.write(&target, Change::to(state, due() - SignedDuration::from_hours(24))).await
    }

    /// The same of another tenant.
    pub(crate) async fn waiting_of(&self, tenant: &TenantId, state: TargetState) -> TargetRecord {
        let queued = TargetState::Queued { attempt: 0 };
        let target = self.bench.target_of(tenant, &self.account, &self.media, queued).await;
        self.bench.write(&target, Change::to(state, due() - SignedDuration::from_hours(24))).await
    }

    /// A queued target of this tenant that nobody has worked on by then.
    pub(crate) async fn left_behind_of(&self, tenant: &TenantId, at: Timestamp) -> TargetRecord {
        let queued = TargetState::Queued { attempt: 0 };
        let target = self.bench.target_of(tenant, &self.account, &self.media, queued).await;
        self.bench.write(&target, Change::to(target.state.clone(), due() - SignedDuration::from_hours(1)).due(at)).await
    }

    /// A run at that time, which nothing but faults and time can stop.
    pub(crate) async fn run(&self, now: Timestamp) -> Swept {
        self.sweep.run(now, soon()).await.unwrap()
    }

    /// All messages that were sent so far, by their queues' logical ids.
    pub(crate) fn sent(&self) -> Vec<(&'static str, Sent)> {
        sent(&self.bench)
    }

    /// Forgets the messages that were sent so far.
    pub(crate) fn forget_messages(&self) {
        for queue in QUEUES {
            self.bench.deployment.aws().sqs().purge(self.bench.deployment.queue(queue).unwrap()).unwrap();
        }
    }
}

/// All messages that stand in a queue, by their queues' logical ids.
pub(crate) fn sent(bench: &Bench) -> Vec<(&'static str, Sent)> {
    QUEUES.iter().flat_map(|queue| bench.sent(queue).into_iter().map(|message| (*queue, message))).collect()
}

/// A message that can be received at once, in the tenant's own group: no tenant holds up another.
pub(crate) fn message(tenant: &TenantId, body: Value) -> Sent {
    Sent { body, group: Some(tenant.to_string()), delay: Duration::ZERO }
}

/// Where a target is set going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wakes {
    /// Somebody moves its bytes.
    Transfer,
    /// Somebody asks TikTok.
    StatusCheck,
    /// Nobody: nothing is expected of it.
    Nobody,
}

impl Wakes {
    /// The message that sets it going the n-th time, from 0, with its queue.
    pub(crate) fn message(self, target: &TargetRecord, n: u32) -> Vec<(&'static str, Sent)> {
        let who = json!({ "tenant": target.tenant, "post": target.post, "account": target.account });
        let (queue, body) = match self {
            Self::Transfer => ("TransfersQueue", json!({ "target": who })),
            Self::StatusCheck => ("StatusChecksQueue", json!({ "target": who, "look": n })),
            Self::Nobody => return Vec::new(),
        };
        vec![(queue, message(&target.tenant, body))]
    }
}

/// What a state is to the sweep.
pub(crate) struct Row {
    pub(crate) state: TargetState,
    /// When the sweep looks at a target that goes into this state at [`due`], of itself.
    pub(crate) due_at: Option<Timestamp>,
    /// Who is set going when the sweep looks, be it of itself or because somebody has asked for it.
    pub(crate) wakes: Wakes,
}

/// A row for every state.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![row(S::Draft)];
    while let Some(next) = rows.last().and_then(|last| next(&last.state)) {
        rows.push(row(next));
    }
    rows
}

/// One of each state, one after the other. Without an exhaustive match a new state would be left out.
fn next(state: &TargetState) -> Option<TargetState> {
    let publish_id = PublishId::new("v_pub_file~v2-1.1");
    let at = due() - SignedDuration::from_hours(1);
    Some(match state {
        S::Draft => S::Scheduled { at: due() + SignedDuration::from_hours(7) },
        S::Scheduled { .. } => S::Queued { attempt: 2 },
        S::Queued { .. } => S::Initialising { attempt: 2 },
        S::Initialising { .. } => S::Uploading {
            attempt: 2,
            publish_id,
            upload_url: Sealed::from_stored("sealed"),
            expires_at: at,
            plan: ChunkPlan::for_size(100).unwrap(),
            sent: 0,
            last_chunk_unsent: false,
        },
        S::Uploading { .. } => {
            let (copies, called_at) = (vec![CopyKey::new("4f1c", "mp4")], at);
            S::Pulling { pull: Pull { attempt: 2, copies, called_at, revoked_at: None, fetched: 0 } }
        }
        S::Pulling { pull } if pull.revoked_at.is_none() => {
            S::Pulling { pull: Pull { revoked_at: Some(at), ..pull.clone() } }
        }
        S::Pulling { .. } => S::Processing { publish_id, since: at, pull: None },
        S::Processing { .. } => S::InInbox { publish_id, since: at },
        S::InInbox { .. } => S::Published { publish_id: Some(publish_id), at, post_ids: Vec::new() },
        S::Published { .. } => S::Failed { publish_id: None, at, failure: Failure::GaveUp },
        S::Failed { .. } => {
            let evidence = Evidence { sent: 100, last_status: None };
            S::Unconfirmed { publish_id: Some(publish_id), at, evidence }
        }
        S::Unconfirmed { .. } => {
            S::Deferred { attempt: 2, until: due() + SignedDuration::from_hours(5), why: DeferReason::CreatorCap }
        }
        S::Deferred { .. } => S::Cancelled,
        S::Cancelled => return None,
    })
}

fn row(state: TargetState) -> Row {
    let (due_at, wakes) = match &state {
        S::Scheduled { at } => (Some(*at), Wakes::Transfer),
        S::Deferred { until, .. } => (Some(*until), Wakes::Transfer),
        S::Queued { .. } | S::Initialising { .. } | S::Uploading { .. } => (Some(due() + seconds(30)), Wakes::Transfer),
        S::Pulling { pull } => {
            let until = pull.revoked_at.map(|at| at + SignedDuration::from_mins(70));
            (Some(until.unwrap_or(due() + seconds(30))), Wakes::Transfer)
        }
        S::Processing { .. } => (Some(due() + seconds(120)), Wakes::StatusCheck),
        // Only as long as public ids are looked for, which publish-status asks for.
        S::InInbox { .. } | S::Published { .. } => (None, Wakes::StatusCheck),
        S::Draft | S::Failed { .. } | S::Unconfirmed { .. } | S::Cancelled => (None, Wakes::Nobody),
    };
    Row { state, due_at, wakes }
}
