//! Accounts with a post that is due before the next runs of this function.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{AccountId, TargetState, TenantId};
use slipway_store::accounts::{AccountRecord, AccountStatus};
use slipway_store::posts::Posts;

/// How far ahead posts are looked for: three runs, so that one that fails leaves two.
const AHEAD: SignedDuration = SignedDuration::from_mins(15);
/// The most targets that are looked at, a shard. What is beyond them renews its token when it is used.
const MOST: i32 = 100;

/// The accounts of posts that are due soon, and how much could not be read.
pub(crate) async fn accounts(posts: &Posts, now: Timestamp) -> (BTreeSet<(TenantId, AccountId)>, usize) {
    let mut found = BTreeSet::new();
    let due = match posts.due(now + AHEAD, MOST).await {
        Ok(due) => due,
        Err(error) => {
            tracing::error!(%error, "posts that are due soon could not be read");
            return (found, 1);
        }
    };
    let mut unread = 0;
    for target in due {
        match posts.target(&target.post, &target.account).await {
            // The others are being worked on, and renew their tokens by themselves.
            Ok(Some(target))
                if matches!(target.state, TargetState::Scheduled { .. } | TargetState::Deferred { .. }) =>
            {
                found.insert((target.tenant, target.account));
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(post.id = %target.post, %error, "a post that is due soon could not be read");
                unread += 1;
            }
        }
    }
    (found, unread)
}

/// Whether the account's access token may end before its post is due.
pub(crate) fn ends_before(account: &AccountRecord, now: Timestamp) -> bool {
    account.status == AccountStatus::Active && account.tokens.access_expires_at <= now + AHEAD
}
