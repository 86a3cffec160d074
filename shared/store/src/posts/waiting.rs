//! The `waiting` index: an account's targets that wait for their turn or, as drafts, for their caller's word, and
//! nothing else. A draft of an earlier version is not in it until it is changed.

use aws_sdk_dynamodb::types::AttributeValue;
use slipway_domain::{AccountId, PostId, TargetState};

use super::{Posts, TargetRecord, key_of};
use crate::StoreError;
use crate::item::{Item, text};
use crate::pages::behind;

/// The index's key attribute: a target has it while it waits.
pub(super) const ATTRIBUTE: &str = "waits_for";

/// The account for which a target waits, or is a draft; nothing if it is neither.
pub(super) fn waits_for(target: &TargetRecord) -> Option<AttributeValue> {
    let waits = target.state.is_waiting() || matches!(target.state, TargetState::Draft);
    waits.then(|| text(target.account.as_str()))
}

/// Where to go on in an account's waiting targets.
#[derive(Debug, Clone)]
pub struct WaitingCursor(Item);

/// A part of an account's waiting targets.
#[derive(Debug, Clone)]
pub struct WaitingPage {
    /// The posts whose target for this account waits, or is a draft.
    pub posts: Vec<PostId>,
    /// Where to go on, if there is more.
    pub next: Option<WaitingCursor>,
}

impl Posts {
    /// Up to `most` posts that wait for this account, or are drafts for it, of any tenant. The index lags: read the
    /// target itself before acting, and do not take nothing found for proof.
    pub async fn waiting_for(
        &self,
        account: &AccountId,
        after: Option<WaitingCursor>,
        most: i32,
    ) -> Result<WaitingPage, StoreError> {
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("waiting")
            .key_condition_expression("#account = :account")
            .expression_attribute_names("#account", ATTRIBUTE)
            .expression_attribute_values(":account", text(account.as_str()))
            .limit(most)
            .set_exclusive_start_key(after.map(|cursor| cursor.0))
            .send()
            .await?;
        let keys = page.items.unwrap_or_default();
        let posts = keys.iter().filter_map(key_of).map(|(post, _)| post).collect();
        let next = behind(page.last_evaluated_key).map(WaitingCursor);
        Ok(WaitingPage { posts, next })
    }
}
