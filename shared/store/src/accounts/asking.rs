//! Asking TikTok about an account: one at a time over all processes, and not too often.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;
use serde_dynamo::to_attribute_value;

use super::{AccountRecord, Accounts, CachedCreatorInfo, CreatorRefused, written};
use crate::item::milliseconds;
use crate::{Stale, StoreError, Write};

/// What TikTok is asked about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// What its creator may post.
    CreatorInfo,
    /// Its profile and its latest videos.
    Sync,
}

/// TikTok's answer to a creator info query, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreatorAnswer {
    /// What the creator may post.
    Told(CachedCreatorInfo),
    /// That the creator, or the app, may not post.
    Refused(CreatorRefused),
}

impl Question {
    const fn attribute(self) -> &'static str {
        match self {
            Self::CreatorInfo => "creator_free_at",
            Self::Sync => "sync_free_at",
        }
    }

    /// When it may be asked again about this account.
    pub const fn free_at(self, account: &AccountRecord) -> Option<Timestamp> {
        match self {
            Self::CreatorInfo => account.creator_free_at,
            Self::Sync => account.sync_free_at,
        }
    }
}

impl Accounts {
    /// Asks to be the only one who asks TikTok this until then. Refused with the account as it is now if somebody else
    /// does, or did so a moment ago.
    pub async fn begin_asking(
        &self,
        account: &AccountRecord,
        question: Question,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Write<AccountRecord>, StoreError> {
        let free_at = question.attribute();
        let update = self
            .update(account)
            .set(free_at, milliseconds(until))
            .when("attribute_exists(pk)")
            .when(&format!("(attribute_not_exists(#{free_at}) OR #{free_at} <= :now)"))
            .with(":now", milliseconds(now));
        written(update.send(&self.client, ReturnValue::AllNew).await?)
    }

    /// Says that the question may be asked again from then on. Refused if the account is gone.
    pub async fn end_asking(
        &self,
        account: &AccountRecord,
        question: Question,
        again_at: Timestamp,
    ) -> Result<Write<(), Stale>, StoreError> {
        let update = self.update(account).set(question.attribute(), milliseconds(again_at));
        Ok(update.when("attribute_exists(pk)").send(&self.client, ReturnValue::None).await?.bare())
    }

    /// Keeps what TikTok reported about the creator, and says that it may be asked again from then on. Refused if the account
    /// is gone.
    pub async fn keep_creator_answer(
        &self,
        account: &AccountRecord,
        answer: &CreatorAnswer,
        again_at: Timestamp,
    ) -> Result<Write<(), Stale>, StoreError> {
        let free_at = Question::CreatorInfo.attribute();
        let update = self.update(account).set(free_at, milliseconds(again_at));
        let update = match answer {
            CreatorAnswer::Told(info) => {
                update.set("creator_info", to_attribute_value(info)?).remove("creator_refused")
            }
            // What was reported before still says how long a video may be.
            CreatorAnswer::Refused(refused) => update.set("creator_refused", to_attribute_value(refused)?),
        };
        Ok(update.when("attribute_exists(pk)").send(&self.client, ReturnValue::None).await?.bare())
    }
}
