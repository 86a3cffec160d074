//! Posts that wait for an account that is gone: they fail now, and not only when they are due.

use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use slipway_domain::{AccountId, Event, Failure, PostId, TenantId};
use slipway_store::posts::{Change, NotAdvanced, Posts, TargetRecord, Waiting};
use slipway_store::{StoreError, Write};

/// What becomes of drafts for an account that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drafts {
    /// They stay: nobody has asked for them to be published, and they can be given another account.
    Stay,
    /// They fail, too: their brand goes, and their media with it.
    Fail,
}

impl Drafts {
    /// All that fails.
    const fn failing(self) -> &'static [Waiting] {
        match self {
            Self::Stay => &[Waiting::ForItsTurn],
            Self::Fail => &[Waiting::ForItsTurn, Waiting::AsDraft],
        }
    }
}

/// Posts read at once from the index.
const PAGE: usize = 100;
/// Posts worked on at the same time.
const AT_ONCE: usize = 8;
/// How often a post is tried again after a conflict with another writer.
const TRIES: u32 = 3;

/// Fails what waits for the account, which must be gone. Begins nothing after `until`. Answers whether it left nothing
/// that it knows of.
///
/// What it leaves (for want of time, by a fault, or because the index lags) fails when it is due: the transfer finds
/// no account. So nothing here fails a request. A draft that is left stays one.
pub async fn fail(posts: &Posts, tenant: &TenantId, account: &AccountId, drafts: Drafts, until: Instant) -> bool {
    let mut is_all = true;
    for waiting in drafts.failing() {
        is_all &= all(posts, tenant, account, *waiting, until).await;
    }
    is_all
}

async fn all(posts: &Posts, tenant: &TenantId, account: &AccountId, waiting: Waiting, until: Instant) -> bool {
    let (mut failed, mut left, mut after, mut is_read) = (0_usize, 0_usize, None, true);
    loop {
        let page = match posts.waiting_for((account, waiting), after.take(), PAGE).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(%error, account.id = %account, "waiting posts fail only when they are due");
                is_read = false;
                break;
            }
        };
        let mut ends = stream::iter(page.posts)
            .map(|post| async move {
                if Instant::now() < until {
                    one(posts, (tenant, account), &post, waiting).await.map(Some)
                } else {
                    Ok(None)
                }
            })
            .buffer_unordered(AT_ONCE);
        while let Some(end) = ends.next().await {
            match end {
                Ok(Some(End::Failed)) => failed += 1,
                Ok(Some(End::Other)) => {}
                Ok(Some(End::Contended) | None) => left += 1,
                Err(error) => {
                    tracing::warn!(%error, account.id = %account, "a waiting post fails only when it is due");
                    left += 1;
                }
            }
        }
        after = page.next;
        if after.is_none() || Instant::now() >= until {
            break;
        }
    }
    let more = after.is_some();
    tracing::info!(account.id = %account, failed, left, more, "failed what waited for an account that is gone");
    is_read && !more && left == 0
}

/// What became of a post's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It failed by this.
    Failed,
    /// It does not wait so any more. What is on its way by now is the transfer's.
    Other,
    /// Others change it again and again.
    Contended,
}

/// Fails a post's target for this account, which must be gone, if it still waits so.
pub async fn one(
    posts: &Posts,
    (tenant, account): (&TenantId, &AccountId),
    post: &PostId,
    waiting: Waiting,
) -> Result<End, StoreError> {
    let mut found = posts.target(post, account).await?;
    for _ in 0..TRIES {
        let is_ours = |target: &TargetRecord| target.tenant == *tenant && Waiting::of(&target.state) == Some(waiting);
        let Some(target) = found.filter(is_ours) else { return Ok(End::Other) };
        let at = Timestamp::now();
        let event = Event::Abandon { failure: Failure::AccountGone, at };
        let with = |change: Change| change.note("the account was disconnected", None);
        match posts.advance(&target, event, at, with).await? {
            Write::Done(_) => return Ok(End::Failed),
            Write::Refused(NotAdvanced::Refused(_)) => return Ok(End::Other),
            Write::Refused(NotAdvanced::Conflict(conflict)) => found = conflict.now(),
        }
    }
    Ok(End::Contended)
}
