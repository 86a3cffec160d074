//! An account's pace: written together with what it counts, so that nothing begins uncounted.

use aws_sdk_dynamodb::types::{ReturnValue, TransactWriteItem};
use jiff::Timestamp;
use serde_dynamo::to_attribute_value;
use slipway_domain::{AccountId, Line, Pace, TenantId};

use super::{AccountRecord, Accounts, written};
use crate::item::number;
use crate::update::Update;
use crate::{Stale, StoreError, Write};

/// How often a line is changed that others stand in at the same moment.
const TRIES: u32 = 5;

/// The write of what an account's record says of its line, its pace or its unanswered pulls, as a part of the transaction
/// that begins what it counts.
#[derive(Debug, Clone)]
pub struct PaceWrite {
    pub(crate) account: AccountId,
    pub(crate) item: TransactWriteItem,
}

impl Accounts {
    /// The write that lets `pace` follow the one that `account` shows, if nobody has changed that since.
    pub fn pace_write(&self, account: &AccountRecord, pace: &Pace) -> Result<PaceWrite, StoreError> {
        let item = self.pace_update(account, pace)?.in_transaction()?;
        Ok(PaceWrite { account: account.id.clone(), item })
    }

    /// Lets `pace` follow the one that `account` shows, if nobody has changed that since.
    pub async fn keep_pace(&self, account: &AccountRecord, pace: &Pace) -> Result<Write<AccountRecord>, StoreError> {
        written(self.pace_update(account, pace)?.send(&self.client, ReturnValue::AllNew).await?)
    }

    /// Gives a place back that will not be used, such as a cancelled post's. Where others write again and again this is
    /// refused, and the place stays taken, which costs a place and nothing else.
    pub async fn give_back(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        line: Line,
        place: Timestamp,
    ) -> Result<Write<(), Stale>, StoreError> {
        self.change_pace(tenant, account, |pace| pace.give_back(line, place)).await
    }

    /// Says that the creator has posted a draft, so that TikTok takes another one. Where others write again and again this
    /// is refused, which costs a place for a day.
    pub async fn draft_was_posted(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Write<(), Stale>, StoreError> {
        self.change_pace(tenant, account, |pace| pace.draft_was_posted(now)).await
    }

    async fn change_pace(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        change: impl Fn(&mut Pace),
    ) -> Result<Write<(), Stale>, StoreError> {
        for _ in 0..TRIES {
            let Some(account) = self.read_account(tenant, account).await? else { break };
            let mut next = account.pace.clone();
            change(&mut next);
            if next == account.pace || self.keep_pace(&account, &next).await?.is_done() {
                return Ok(Write::Done(()));
            }
        }
        Ok(Write::Refused(Stale))
    }

    fn pace_update(&self, account: &AccountRecord, pace: &Pace) -> Result<Update, StoreError> {
        let update = self
            .update(account)
            .set("pace", to_attribute_value(pace)?)
            .set("pace_version", number(account.pace_version + 1));
        // An account that was disconnected must not come back as a pace alone.
        Ok(match account.pace_version {
            0 => update.when("attribute_exists(pk) AND attribute_not_exists(#pace_version)"),
            seen => update.when("#pace_version = :seen_pace").with(":seen_pace", number(seen)),
        })
    }
}
