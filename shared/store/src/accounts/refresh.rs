//! New tokens for an account, one refresher at a time over all processes.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use jiff::Timestamp;

use super::due::{refresh_at, shard};
use super::{AccountRecord, AccountStatus, Accounts, Conditional, ReconnectReason, RefreshLease, SealedTokens};
use super::{account_sk, conditional, key, notes, number, tenant_pk, text};
use crate::StoreError;

/// What became of a write that was conditional on the tokens' generation.
#[derive(Debug, Clone)]
pub enum Fenced {
    /// Written; the account as it now is.
    Written(Box<AccountRecord>),
    /// Nothing was written: the tokens are of another generation by now. The account as it is.
    Moved(Box<AccountRecord>),
    /// Nothing was written: there is no such account any more.
    Gone,
}

/// What became of asking for the refresh lease.
#[derive(Debug, Clone)]
pub enum LeaseAnswer {
    /// It is ours.
    Acquired {
        /// Whether somebody held it and died: TikTok may have rotated the tokens for them.
        interrupted: bool,
    },
    /// Somebody else is refreshing.
    Busy {
        /// When the lease ends if its holder has died.
        until: Timestamp,
    },
    /// There is nothing to refresh: the tokens are of another generation by now, or only the creator can repair
    /// the account. The account as it is.
    Moved(Box<AccountRecord>),
    /// There is no such account any more.
    Gone,
}

impl Accounts {
    /// Asks to be the only one who refreshes this generation of tokens. Asking again under the same name is safe.
    pub async fn acquire_refresh_lease(
        &self,
        account: &AccountRecord,
        lease: &RefreshLease,
        now: Timestamp,
    ) -> Result<LeaseAnswer, StoreError> {
        let update = fenced(self.update(account), account, FREE_OR_OWN)
            .update_expression("SET #lease = :lease")
            // The old item tells whether somebody died with the lease in hand.
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllOld)
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_names("#until", "until")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":active", text(AccountStatus::ACTIVE))
            .expression_attribute_values(":lease", serde_dynamo::to_attribute_value(lease)?)
            .expression_attribute_values(":owner", text(&lease.owner))
            .expression_attribute_values(":now", number(now.as_millisecond()));
        match conditional(update).await? {
            Conditional::Held(item) => {
                let before = AccountRecord::read(item)?.lease;
                Ok(LeaseAnswer::Acquired { interrupted: before.is_some_and(|before| before.owner != lease.owner) })
            }
            Conditional::Lost(None) => Ok(LeaseAnswer::Gone),
            Conditional::Lost(Some(item)) => {
                let current = AccountRecord::read(item)?;
                match &current.lease {
                    Some(held) if current.version == account.version && current.status == AccountStatus::Active => {
                        Ok(LeaseAnswer::Busy { until: held.until })
                    }
                    _ => Ok(LeaseAnswer::Moved(Box::new(current))),
                }
            }
        }
    }

    /// Gives the lease back after an attempt that certainly changed nothing at TikTok.
    pub async fn release_refresh_lease(&self, account: &AccountRecord, lease: &RefreshLease) -> Result<(), StoreError> {
        let update = self
            .update(account)
            .update_expression("REMOVE #lease")
            .condition_expression("#lease.#owner = :owner")
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(&lease.owner));
        conditional(update).await.map(drop)
    }

    /// Lets others try at once, but leaves the mark of an attempt whose outcome nobody knows.
    pub async fn abandon_refresh_lease(
        &self,
        account: &AccountRecord,
        lease: &RefreshLease,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let update = self
            .update(account)
            .update_expression("SET #lease.#until = :now")
            .condition_expression("#lease.#owner = :owner")
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":owner", text(&lease.owner))
            .expression_attribute_values(":now", number(now.as_millisecond() - 1));
        conditional(update).await.map(drop)
    }

    /// Writes a new pair in the place of the generation that `account` shows, and ends whatever lease there is.
    ///
    /// Not conditional on the lease: whoever holds the new pair holds the only one that TikTok still takes, however
    /// long it was on its way. For the same reason it makes the account active: somebody may have met the old,
    /// rotated refresh token meanwhile and taken the account for lost.
    ///
    /// Renewing is not using: an account that nobody uses is from then on only kept alive.
    pub async fn rotate_tokens(
        &self,
        account: &AccountRecord,
        tokens: &SealedTokens,
        scopes: &std::collections::BTreeSet<String>,
        now: Timestamp,
    ) -> Result<Fenced, StoreError> {
        let update = fenced(self.update(account), account, "attribute_exists(pk)")
            .update_expression(
                "SET tokens = :tokens, scopes = :scopes, #status = :status, version = :next, updated_at = :now, \
                 refresh_shard = :shard, refresh_at = :refresh_at REMOVE #lease, refresh_failures",
            )
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":tokens", serde_dynamo::to_attribute_value(tokens)?)
            .expression_attribute_values(":scopes", serde_dynamo::to_attribute_value(scopes)?)
            .expression_attribute_values(":status", serde_dynamo::to_attribute_value(AccountStatus::Active)?)
            .expression_attribute_values(":next", number(account.version + 1))
            .expression_attribute_values(":shard", text(shard(&account.id)))
            .expression_attribute_values(
                ":refresh_at",
                number(refresh_at(tokens, account.last_used_at, now).as_second()),
            )
            .expression_attribute_values(":now", text(now.to_string()));
        Ok(match fenced_answer(update).await? {
            // A repetition of a write whose answer was lost meets its own work.
            Fenced::Moved(current) if current.tokens == *tokens => Fenced::Written(current),
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
    ) -> Result<Fenced, StoreError> {
        let status = AccountStatus::ReconnectRequired { reason, since: now };
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(&tenant_pk(&account.tenant), &account_sk(&account.id))))
            .condition_expression("version = :version AND #status.#name = :active")
            .update_expression(
                "SET #status = :status, updated_at = :now \
                 REMOVE #lease, refresh_shard, refresh_at, refresh_failures",
            )
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":version", number(account.version))
            .expression_attribute_values(":active", text(AccountStatus::ACTIVE))
            .expression_attribute_values(":status", serde_dynamo::to_attribute_value(&status)?)
            .expression_attribute_values(":now", text(now.to_string()))
            .build()
            .map_err(|error| StoreError::Record(error.to_string()))?;
        let mut items = vec![TransactWriteItem::builder().update(update).build()];
        items.extend(self.note(&notes::lost(account, reason, now))?);
        if self.transact(items).await? {
            let written = AccountRecord {
                status,
                updated_at: now,
                lease: None,
                refresh_at: None,
                refresh_failures: 0,
                ..account.clone()
            };
            return Ok(Fenced::Written(Box::new(written)));
        }
        let current = self.get(&account.tenant, &account.id).await?;
        Ok(current.map_or(Fenced::Gone, |current| Fenced::Moved(Box::new(current))))
    }
}

/// Without the status, everybody who waited for a refresh that was refused for good would try it again.
const FREE_OR_OWN: &str =
    "#status.#name = :active AND (attribute_not_exists(#lease) OR #lease.#until < :now OR #lease.#owner = :owner)";

/// Makes the update conditional on the generation that `account` shows, and on `also`.
fn fenced(update: UpdateItemFluentBuilder, account: &AccountRecord, also: &str) -> UpdateItemFluentBuilder {
    update
        .condition_expression(format!("version = :version AND {also}"))
        .expression_attribute_values(":version", number(account.version))
}

async fn fenced_answer(update: UpdateItemFluentBuilder) -> Result<Fenced, StoreError> {
    Ok(match conditional(update).await? {
        Conditional::Held(item) => Fenced::Written(Box::new(AccountRecord::read(item)?)),
        Conditional::Lost(Some(item)) => Fenced::Moved(Box::new(AccountRecord::read(item)?)),
        Conditional::Lost(None) => Fenced::Gone,
    })
}
