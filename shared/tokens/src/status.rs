//! Asking for a post's status, no more often than TikTok allows.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{AccountId, PublishId, TenantId};
use slipway_store::Write;
use slipway_store::accounts::CallNotCounted;
use slipway_tiktok::{Client, StatusReport};

use crate::{CallError, Tokens};

/// What came of asking for a status.
#[derive(Debug)]
pub enum Asked {
    /// TikTok's answer.
    Said(StatusReport),
    /// Nobody was asked: the account's calls of this minute are made. There is room in so long.
    Full(Duration),
}

impl Tokens {
    /// Asks TikTok by this client for the status of a publish of this account, and counts that. An account that is not
    /// there any more is [`CallError::Gone`].
    pub async fn status(
        &self,
        tiktok: &Client,
        (tenant, account): (&TenantId, &AccountId),
        publish_id: &PublishId,
        now: Timestamp,
    ) -> Result<Asked, CallError> {
        let account = match self.inner.accounts.count_status_call(tenant, account, now).await? {
            Write::Done(account) => account,
            Write::Refused(CallNotCounted::Gone) => return Err(CallError::Gone),
            Write::Refused(CallNotCounted::Full(until)) => {
                let wait = until.duration_since(now).max(SignedDuration::from_secs(1));
                return Ok(Asked::Full(wait.unsigned_abs()));
            }
        };
        let tiktok = tiktok.of(tenant);
        self.call(&account, async |token| tiktok.status(&token, publish_id).await).await.map(Asked::Said)
    }
}
