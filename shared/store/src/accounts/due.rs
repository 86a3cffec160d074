//! The `refresh_due` index: every account whose tokens can still be renewed, by the time of the next renewal.
//!
//! The index is sparse: an account that only its creator can repair is not in it, nor one that was forgotten.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::{SignedDuration, Timestamp};
use slipway_domain::{AccountId, TenantId};

use super::{AccountRecord, AccountStatus, Accounts, SealedTokens, read_keys, written};
use crate::item::{Item, number, text};
use crate::shards::Shards;
use crate::{Conflict, StoreError, Write};

/// How many partitions the index is spread over. A million accounts in daily use, renewed every two hours, are 300
/// writes a second over all of them.
pub const REFRESH_SHARDS: u8 = 8;

pub(super) const SHARDS: Shards = Shards::new("refresh", REFRESH_SHARDS);

/// An account counts as used lately for this long after its last use.
const USED_LATELY: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The access token of an account that was used lately is renewed at most this long before its end.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);
/// The refresh token is not kept alive more often than this, however little is left of its life.
const KEEP_ALIVE_AT_MOST_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// When tokens that were stored at `now` are to be renewed.
///
/// An account that was used lately gets a new access token shortly before the old one ends: ten minutes, or a tenth
/// of the time left to it if that is shorter. Every account is renewed at half of the time left to its refresh
/// token, which for TikTok's half year is three months before the end: where a renewal prolongs the refresh token it
/// never ends, and where it does not, the renewals before its end tell nothing worse than that it still works.
///
/// All from the lifetimes that TikTok answered with; it has changed them before. In whole seconds, as the index has
/// them, rounded down.
pub fn refresh_at(tokens: &SealedTokens, last_used_at: Timestamp, now: Timestamp) -> Timestamp {
    let left = |end: Timestamp| end.duration_since(now).max(SignedDuration::ZERO);
    let keep_alive = (left(tokens.refresh_expires_at) / 2).max(KEEP_ALIVE_AT_MOST_EVERY);
    let wait = if now.duration_since(last_used_at) < USED_LATELY {
        let access = left(tokens.access_expires_at);
        (access - (access / 10).min(AHEAD)).min(keep_alive)
    } else {
        keep_alive
    };
    let at = now.checked_add(wait).unwrap_or(Timestamp::MAX);
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// Part of a shard's accounts that are due, the longest overdue first. The index lags: read the account itself.
#[derive(Debug, Clone, Default)]
pub struct DueAccounts {
    /// The accounts.
    pub accounts: Vec<(TenantId, AccountId)>,
    /// Where to go on, if there may be more.
    pub next: Option<DueCursor>,
}

/// A place in a shard of the index.
#[derive(Debug, Clone)]
pub struct DueCursor(Item);

impl Accounts {
    /// Up to `most` accounts of this shard, from 0 to [`REFRESH_SHARDS`], that are due by `now`.
    pub async fn due_for_refresh(
        &self,
        shard: u8,
        now: Timestamp,
        most: i32,
        after: Option<DueCursor>,
    ) -> Result<DueAccounts, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("refresh_due")
            .key_condition_expression("refresh_shard = :shard AND refresh_at <= :now")
            .expression_attribute_values(":shard", text(SHARDS.name(shard)))
            .expression_attribute_values(":now", number(now.as_second()))
            .limit(most)
            .set_exclusive_start_key(after.map(|cursor| cursor.0))
            .send()
            .await?;
        let accounts = answer.items.unwrap_or_default().iter().map(read_keys).collect::<Result<_, _>>()?;
        Ok(DueAccounts { accounts, next: answer.last_evaluated_key.filter(|key| !key.is_empty()).map(DueCursor) })
    }

    /// Puts a renewal that failed off until `until`, and counts the failure. It is refused if the account was renewed,
    /// lost, forgotten or put off by another writer since `account` was read.
    pub async fn put_off_refresh(
        &self,
        account: &AccountRecord,
        until: Timestamp,
    ) -> Result<Write<AccountRecord>, StoreError> {
        let Some(seen) = account.refresh_at else {
            return Ok(Write::Refused(Conflict::Changed(Box::new(account.clone()))));
        };
        let update = self
            .update(account)
            .set("refresh_at", number(until.as_second()))
            .add("refresh_failures", number(1))
            .when("#version = :version AND #status.#name = :active AND #refresh_at = :seen")
            .with(":version", number(account.version))
            .with(":active", text(AccountStatus::ACTIVE))
            .with(":seen", number(seen.as_second()));
        written(update.send(&self.client, ReturnValue::AllNew).await?)
    }
}

#[cfg(test)]
mod tests {
    use slipway_domain::Sealed;

    use super::*;

    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;

    /// Seconds from now until the renewal.
    fn wait(access: i64, refresh: i64, idle: i64) -> i64 {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let after = |seconds| now + SignedDuration::from_secs(seconds);
        let tokens = SealedTokens {
            access: Sealed::from_stored("a".to_owned()),
            refresh: Sealed::from_stored("r".to_owned()),
            access_expires_at: after(access),
            refresh_expires_at: after(refresh),
        };
        refresh_at(&tokens, after(-idle), now).as_second() - now.as_second()
    }

    #[test]
    fn an_account_in_use_is_renewed_before_its_access_token_ends_and_an_idle_one_is_kept_alive() {
        for (access, refresh, idle, expected, why) in [
            (2 * HOUR, 180 * DAY, 0, 110 * MINUTE, "ten minutes before two hours are over"),
            (DAY, 365 * DAY, 0, DAY - 10 * MINUTE, "the lifetimes of other times"),
            (10 * MINUTE, 180 * DAY, DAY, 9 * MINUTE, "a short life: a tenth of it"),
            (2 * HOUR, 180 * DAY, 7 * DAY - 1, 110 * MINUTE, "used lately, just so"),
            (2 * HOUR, 180 * DAY, 7 * DAY, 90 * DAY, "idle: half of the refresh token's life"),
            (2 * HOUR, 60 * DAY, 30 * DAY, 30 * DAY, "thirty days before the end"),
            (2 * HOUR, 10 * DAY, 30 * DAY, 5 * DAY, "a life that renewals do not prolong"),
            (90 * DAY, 60 * DAY, 0, 30 * DAY, "used, but the refresh token ends first"),
            (2 * HOUR, HOUR, 30 * DAY, HOUR, "at its end it is tried, to learn how things stand"),
            (2 * HOUR, -DAY, 30 * DAY, HOUR, "and after it, not all the time"),
            (-HOUR, 180 * DAY, 0, 0, "overdue means now"),
        ] {
            assert_eq!(wait(access, refresh, idle), expected, "{why}");
        }
    }

    #[test]
    fn whatever_tiktok_answers_a_renewal_comes_before_both_ends_or_within_the_hour() {
        for access in [0, 1, 59, HOUR, DAY, 400 * DAY] {
            for refresh in [0, 1, 59, HOUR, DAY, 400 * DAY] {
                for idle in [0, DAY, 7 * DAY, 400 * DAY] {
                    let wait = wait(access, refresh, idle);
                    assert!((0..=refresh.max(HOUR)).contains(&wait), "{access} {refresh} {idle}: {wait}");
                    assert!(idle >= 7 * DAY || wait <= access, "{access} {refresh} {idle}: {wait}");
                }
            }
        }
    }
}
