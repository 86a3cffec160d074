//! Guards: what a request is known by if it comes again. A guard is written in the transaction that makes what the
//! request asks for, into the same table, so that neither is there without the other, wherever a process dies.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | guard against a repeated request | `GUARD#{kind}#{name}` | `GUARD` |
//!
//! The table's time-to-live removes guards that have expired.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_dynamo::{to_attribute_value, to_item};
use slipway_domain::Hidden;

use crate::conflicts::despite_conflicts;
use crate::item::{Item, get, key, read, seconds, text};
use crate::transact::{did_not_hold, met, try_transact};
use crate::{Epoch, StoreError, Write};

/// One way in which a request may be the repeat of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// What it protects from.
    pub kind: GuardKind,
    /// What makes two requests the same, such as a hash; unique within kind and tenant.
    pub name: String,
    /// The route of the request, if the name says nothing of it. Guards of an earlier version have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// What must be equal besides the name, such as a hash of the body.
    pub fingerprint: String,
    /// Until when. Also the item's TTL; TTL deletes late, so it is checked, too.
    pub expires_at: Epoch,
    /// The id of what came of the first request.
    #[serde(rename = "post")]
    pub made: String,
    /// A name that no other request has, where `made` does not tell requests apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<String>,
    /// The first request's answer, to be given again, unless it is made again out of what was made.
    pub answer: Option<Hidden<String>>,
    /// The status of that answer, where it is not the one that the route has for success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// What a guard protects from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardKind {
    /// The same `Idempotency-Key`.
    IdempotencyKey,
    /// The same body with the same API key, moments apart: a client's own retry.
    SameRequest,
    /// The same account, media and text within a day.
    SameContent,
}

/// Why a request was not carried out, although nothing is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeated {
    /// It is the repeat of an earlier request, which left this guard.
    Of(Box<Guard>),
    /// A twin is being written at this very moment.
    Busy,
}

/// The guards in one table.
#[derive(Debug, Clone)]
pub struct Guards {
    client: Client,
    table: String,
}

/// What came in the way of a guarded transaction.
#[derive(Debug)]
pub(crate) enum Hindrance {
    /// A guard.
    Repeated(Repeated),
    /// The conditions of other items. There is a reason for each of those, in their order.
    Reasons(Vec<CancellationReason>),
}

impl Guards {
    /// Those of this table.
    pub(crate) fn of(client: &Client, table: &str) -> Self {
        Self { client: client.clone(), table: table.to_owned() }
    }

    /// The guard that stands under this one's kind and name, if it has not expired.
    pub async fn standing(&self, guard: &Guard, now: Timestamp) -> Result<Option<Guard>, StoreError> {
        let found: Option<Guard> = get(&self.client, &self.table, guard.key()).await?.map(read).transpose()?;
        Ok(found.filter(|guard| guard.expires_at > Epoch::from(now)))
    }

    /// Writes a guard by itself, before what its request makes in many transactions of their own.
    pub async fn begin(&self, guard: &Guard, now: Timestamp) -> Result<Write<(), Repeated>, StoreError> {
        Ok(match self.transact([guard], Vec::new(), now).await? {
            Write::Done(()) => Write::Done(()),
            Write::Refused(Hindrance::Repeated(repeated)) => Write::Refused(repeated),
            Write::Refused(Hindrance::Reasons(_)) => Write::Refused(Repeated::Busy),
        })
    }

    /// Writes the answer into the guard of a request that has begun before, unless it has one: of twins the first answer
    /// is the one that holds.
    pub async fn end(&self, guard: &Guard, now: Timestamp) -> Result<Write<(), Repeated>, StoreError> {
        let mut item: Item = to_item(guard)?;
        item.extend(guard.key());
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let put = put
            .condition_expression(
                "attribute_not_exists(pk) OR expires_at <= :now OR (fingerprint = :fingerprint AND NOT attribute_type(answer, :text))",
            )
            .expression_attribute_values(":now", seconds(now))
            .expression_attribute_values(":fingerprint", text(&guard.fingerprint))
            .expression_attribute_values(":text", text("S"))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(Write::Done(())) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(met)) => match &met.item {
                Some(item) => Ok(Write::Refused(Repeated::Of(Box::new(read(item.clone())?)))),
                None => Ok(Write::Refused(Repeated::Busy)),
            },
            _ => Err(error.into()),
        }
    }

    /// Writes these items and their guards, in one transaction or not at all. The first guard that stands decides.
    pub(crate) async fn transact<'a>(
        &self,
        guards: impl IntoIterator<Item = &'a Guard>,
        items: Vec<TransactWriteItem>,
        now: Timestamp,
    ) -> Result<Write<(), Hindrance>, StoreError> {
        self.transact_made(guards, || Ok(items.clone()), now).await
    }

    /// [`transact`](Self::transact) of items that are made again for each try, which costs less than to copy them for the
    /// first one.
    pub(crate) async fn transact_made<'a>(
        &self,
        guards: impl IntoIterator<Item = &'a Guard>,
        items: impl Fn() -> Result<Vec<TransactWriteItem>, StoreError> + Sync,
        now: Timestamp,
    ) -> Result<Write<(), Hindrance>, StoreError> {
        let guards: Vec<_> = guards.into_iter().collect();
        let once = || async {
            let mut all = guards.iter().map(|guard| self.put(guard, now)).collect::<Result<Vec<_>, _>>()?;
            all.extend(items()?);
            try_transact(&self.client, all).await
        };
        let mut reasons = match despite_conflicts(once).await {
            Ok(Write::Done(())) => return Ok(Write::Done(())),
            Ok(Write::Refused(reasons)) => reasons,
            Err(StoreError::Busy(_)) if !guards.is_empty() => {
                return Ok(Write::Refused(Hindrance::Repeated(Repeated::Busy)));
            }
            Err(error) => return Err(error),
        };
        let rest = reasons.split_off(guards.len().min(reasons.len()));
        for (guard, reason) in guards.iter().zip(&reasons).filter(|(_, reason)| did_not_hold(reason)) {
            if let Some(item) = met(reason) {
                let standing: Guard = read(item.clone())?;
                // An SDK retry after a lost answer meets its own write: that is no repeat.
                if standing.made == guard.made && standing.attempt == guard.attempt {
                    return Ok(Write::Done(()));
                }
                return Ok(Write::Refused(Hindrance::Repeated(Repeated::Of(Box::new(standing)))));
            }
        }
        Ok(Write::Refused(Hindrance::Reasons(rest)))
    }

    fn put(&self, guard: &Guard, now: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let mut item: Item = to_item(guard)?;
        item.extend(guard.key());
        // What a post is made of is its own: it may be written again by a change of the post.
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(
                "attribute_not_exists(pk) OR expires_at <= :now OR (kind = :content AND post = :made)",
            )
            .expression_attribute_values(":now", seconds(now))
            .expression_attribute_values(":content", to_attribute_value(GuardKind::SameContent)?)
            .expression_attribute_values(":made", text(&guard.made))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

impl Guard {
    fn key(&self) -> Item {
        key_of(self.kind, &self.name)
    }
}

/// The key of a guard.
pub(crate) fn key_of(kind: GuardKind, name: &str) -> Item {
    let kind = match kind {
        GuardKind::IdempotencyKey => "IDEMPOTENCY",
        GuardKind::SameRequest => "REQUEST",
        GuardKind::SameContent => "CONTENT",
    };
    key(format!("GUARD#{kind}#{name}"), "GUARD")
}
