//! Accounts with a post that is due before the next runs of this function.

use std::collections::BTreeSet;

use jiff::Timestamp;
use slipway_domain::schedule::TOKENS_AHEAD;
use slipway_domain::{AccountId, TenantId};
use slipway_store::accounts::{AccountRecord, AccountStatus};
use slipway_store::posts::Posts;

/// The most targets that are read, a shard. What is beyond them renews its token when it is used.
const MOST: usize = 1_000;

/// The accounts of posts that are due soon, and how much could not be read. A post that is handed over already is not
/// among them: its worker renews the token by itself.
pub(crate) async fn accounts(posts: &Posts, now: Timestamp) -> (BTreeSet<(TenantId, AccountId)>, usize) {
    match posts.beginning(now + TOKENS_AHEAD, MOST).await {
        Ok(due) => (due.into_iter().filter_map(|target| Some((target.tenant?, target.account))).collect(), 0),
        Err(error) => {
            tracing::error!(%error, "posts that are due soon could not be read");
            (BTreeSet::new(), 1)
        }
    }
}

/// Whether the account's access token may end before its post is due.
pub(crate) fn ends_before(account: &AccountRecord, now: Timestamp) -> bool {
    account.status == AccountStatus::Active && account.tokens.access_expires_at <= now + TOKENS_AHEAD
}
