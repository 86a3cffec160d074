//! The `waiting` index: an account's targets that wait for their turn and, apart from them, its drafts, which wait for
//! their caller's word. A draft of an earlier version is not in it until it is changed.

use aws_sdk_dynamodb::types::AttributeValue;
use slipway_domain::{AccountId, PostId, TargetState};

use super::{Posts, TargetRecord, key_of};
use crate::StoreError;
use crate::item::{Item, text};
use crate::pages::Pages;

/// The index's key attribute: a target has it while it waits.
pub(super) const ATTRIBUTE: &str = "waits_for";

/// What waits for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// What begins by itself when its turn comes.
    ForItsTurn,
    /// Drafts.
    AsDraft,
}

impl Waiting {
    /// What a target in this state waits for, if it does.
    pub fn of(state: &TargetState) -> Option<Self> {
        match state {
            TargetState::Draft => Some(Self::AsDraft),
            state => state.is_waiting().then_some(Self::ForItsTurn),
        }
    }

    fn key(self, account: &AccountId) -> AttributeValue {
        match self {
            Self::ForItsTurn => text(account.as_str()),
            Self::AsDraft => text(format!("DRAFT#{account}")),
        }
    }
}

/// The index's key of a target; nothing if it waits for nothing.
pub(super) fn waits_for(target: &TargetRecord) -> Option<AttributeValue> {
    Waiting::of(&target.state).map(|waiting| waiting.key(&target.account))
}

/// Where to go on in an account's waiting targets.
#[derive(Debug, Clone)]
pub struct WaitingCursor(Item);

/// A part of an account's waiting targets.
#[derive(Debug, Clone)]
pub struct WaitingPage {
    /// The posts whose target for this account waits so.
    pub posts: Vec<PostId>,
    /// Where to go on, if there is more.
    pub next: Option<WaitingCursor>,
}

impl Posts {
    /// Up to `most` posts that wait for this account, of any tenant. The index lags: read the target itself before
    /// acting, and do not take nothing found for proof.
    pub async fn waiting_for(
        &self,
        (account, waiting): (&AccountId, Waiting),
        after: Option<WaitingCursor>,
        most: usize,
    ) -> Result<WaitingPage, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("waiting")
            .key_condition_expression("#account = :account")
            .expression_attribute_names("#account", ATTRIBUTE)
            .expression_attribute_values(":account", waiting.key(account));
        let mut pages = Pages::behind(query, after.map(|cursor| cursor.0));
        let keys = pages.next_of(most).await?.items.unwrap_or_default();
        let posts = keys.iter().filter_map(key_of).map(|(post, _)| post).collect();
        let next = pages.rest().map(WaitingCursor);
        Ok(WaitingPage { posts, next })
    }
}
