//! New tokens for an account, one refresher at a time over all processes.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::{SignedDuration, Timestamp};
use serde_dynamo::{from_attribute_value, to_attribute_value};
use slipway_domain::ReconnectReason;
use slipway_domain::scopes::tiktok::Scopes;

use super::due::{self, refresh_at};
use super::{AccountRecord, AccountStatus, Accounts, RefreshClaim, SealedTokens};
use super::{log_entries, written};
use crate::item::{milliseconds, number, read, seconds, text};
use crate::update::Update;
use crate::{Conflict, Stale, StoreError, Write};

/// The refresh claim is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    /// Whether somebody held it and died: TikTok may have rotated the tokens for them.
    pub interrupted: bool,
}

/// Why the refresh claim is not ours.
#[derive(Debug, Clone)]
pub enum NotClaimed {
    /// Somebody else is refreshing.
    Busy {
        /// When the claim ends if its holder has died.
        until: Timestamp,
    },
    /// There is nothing to refresh: the tokens are of another generation by now, only the creator can repair the
    /// account, or it is gone.
    Conflict(Conflict<AccountRecord>),
}

impl Accounts {
    /// Asks to be the only one who refreshes this generation of tokens. Asking again under the same name is safe.
    pub async fn claim_refresh(
        &self,
        account: &AccountRecord,
        claim: &RefreshClaim,
        now: Timestamp,
    ) -> Result<Write<Claimed, NotClaimed>, StoreError> {
        let update = fenced(self.update(account), account)
            .when(FREE_OR_OWN)
            .set("lease", to_attribute_value(claim)?)
            .with(":active", text(AccountStatus::ACTIVE))
            .with(":owner", text(&claim.owner))
            .with(":now", milliseconds(now));
        // Only the old claim is asked for: it shows whether a worker died holding it.
        match update.send(&self.client, ReturnValue::UpdatedOld).await? {
            Write::Done(mut replaced) => {
                let before: Option<RefreshClaim> = replaced.remove("lease").map(from_attribute_value).transpose()?;
                Ok(Write::Done(Claimed { interrupted: before.is_some_and(|before| before.owner != claim.owner) }))
            }
            Write::Refused(None) => Ok(Write::Refused(NotClaimed::Conflict(Conflict::Gone))),
            Write::Refused(Some(item)) => {
                let current: AccountRecord = read(item)?;
                Ok(Write::Refused(match &current.refresh_claim {
                    Some(held) if current.version == account.version && current.status == AccountStatus::Active => {
                        NotClaimed::Busy { until: held.until }
                    }
                    _ => NotClaimed::Conflict(Conflict::Changed(Box::new(current))),
                }))
            }
        }
    }

    /// Releases the claim after an attempt that certainly changed nothing at TikTok. Refused if it is another one's by now,
    /// or nobody's.
    pub async fn release_refresh(
        &self,
        account: &AccountRecord,
        claim: &RefreshClaim,
    ) -> Result<Write<(), Stale>, StoreError> {
        let update =
            self.update(account).remove("lease").when("#lease.#owner = :owner").with(":owner", text(&claim.owner));
        Ok(update.send(&self.client, ReturnValue::None).await?.bare())
    }

    /// Lets others try at once, but leaves the mark of an attempt whose outcome nobody knows. Refused if the claim is another
    /// one's by now, or nobody's.
    pub async fn abandon_refresh(
        &self,
        account: &AccountRecord,
        claim: &RefreshClaim,
        now: Timestamp,
    ) -> Result<Write<(), Stale>, StoreError> {
        let update = self
            .update(account)
            .set("lease.until", milliseconds(now - SignedDuration::from_millis(1)))
            .when("#lease.#owner = :owner")
            .with(":owner", text(&claim.owner));
        Ok(update.send(&self.client, ReturnValue::None).await?.bare())
    }

    /// Writes a new pair in the place of the generation that `account` shows, and ends whatever claim there is.
    ///
    /// Not conditional on the claim: whoever holds the new pair holds the only one that TikTok still takes, however
    /// long it was on its way. For the same reason it makes the account active: somebody may have met the old,
    /// rotated refresh token meanwhile and taken the account for lost.
    ///
    /// Renewing is not using: an account that nobody uses is from then on only kept alive.
    pub async fn rotate_tokens(
        &self,
        account: &AccountRecord,
        tokens: &SealedTokens,
        scopes: &Scopes,
        now: Timestamp,
    ) -> Result<Write<AccountRecord>, StoreError> {
        let update = fenced(self.update(account), account)
            .when("attribute_exists(pk)")
            .set("tokens", to_attribute_value(tokens)?)
            .set("scopes", to_attribute_value(scopes)?)
            .set("status", to_attribute_value(AccountStatus::Active)?)
            .set("version", number(account.version + 1))
            .set("updated_at", text(now.to_string()))
            .set("refresh_shard", text(due::SHARDS.of(account.id.as_str())))
            .set("refresh_at", seconds(refresh_at(tokens, account.last_used_at, now)))
            .remove("lease")
            .remove("refresh_failures");
        Ok(match written(update.send(&self.client, ReturnValue::AllNew).await?)? {
            // A repetition of a write whose answer was lost meets its own work.
            Write::Refused(Conflict::Changed(current)) if current.tokens == *tokens => Write::Done(*current),
            other => other,
        })
    }

    /// Says that only the creator can repair the account, if it counts as good and the tokens are still those that
    /// `account` shows. The first reason stays, and is recorded as an event once.
    pub async fn require_reconnect(
        &self,
        account: &AccountRecord,
        reason: ReconnectReason,
        now: Timestamp,
    ) -> Result<Write<AccountRecord>, StoreError> {
        let status = AccountStatus::ReconnectRequired { reason, since: now };
        let update = fenced(self.update(account), account)
            .when("#status.#name = :active")
            .with(":active", text(AccountStatus::ACTIVE))
            .set("status", to_attribute_value(&status)?)
            .set("updated_at", text(now.to_string()))
            .remove("lease")
            .remove("refresh_shard")
            .remove("refresh_at")
            .remove("refresh_failures");
        let mut items = vec![update.in_transaction()?];
        items.extend(self.log(&log_entries::lost(account, reason, now)?)?);
        if self.transact(items).await?.is_done() {
            return Ok(Write::Done(AccountRecord {
                status,
                updated_at: now,
                refresh_claim: None,
                refresh_at: None,
                refresh_failures: 0,
                ..account.clone()
            }));
        }
        Ok(Write::Refused(self.read_account(&account.tenant, &account.id).await?.into()))
    }
}

/// Without the status, everybody who waited for a refresh that was refused for good would try it again.
const FREE_OR_OWN: &str =
    "#status.#name = :active AND (attribute_not_exists(#lease) OR #lease.#until < :now OR #lease.#owner = :owner)";

/// Makes the update conditional on the generation that `account` shows.
fn fenced(update: Update, account: &AccountRecord) -> Update {
    update.when("#version = :seen").with(":seen", number(account.version))
}
