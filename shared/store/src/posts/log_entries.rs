//! What a post's life writes into its tenant's log, in the same transaction that makes it so: an entry is there exactly if
//! what it says has happened, whoever dies in between.

use aws_sdk_dynamodb::types::{ConditionCheck, TransactWriteItem};
use jiff::Timestamp;
use serde::Serialize;
use slipway_contract::event::{PostEventData, PostScheduledData};
use slipway_domain::post::{Told, counts, told};
use slipway_domain::{AccountId, BrandId, Chain, EventType, PostAct, PostId, PostStatus, TargetState, TenantId};

use super::{PostRecord, PostWithTargets, Posts, TargetRecord, pk, view};
use crate::StoreError;
use crate::events::{Events, Happened, LogEntry};
use crate::item::{key, number};
use crate::transact::unchanged;
use crate::update::Update;

/// The attribute of a post's item that counts its targets.
pub(super) const TARGET_COUNT: &str = "target_count";

/// A target before and after a change.
type Step<'a> = (Option<&'a TargetRecord>, Option<&'a TargetRecord>);

/// A change of a post, as it is told.
pub(super) struct Changed<'a> {
    pub(super) act: PostAct,
    pub(super) tenant: &'a TenantId,
    pub(super) post: &'a PostId,
    /// When the post is to be published, if that was asked for.
    pub(super) scheduled_at: Option<Timestamp>,
    /// All of its targets.
    pub(super) steps: Vec<Step<'a>>,
    /// What makes it this change and no other of the post.
    pub(super) occasion: String,
    pub(super) at: Timestamp,
}

impl Posts {
    /// The table that records what happens to posts. Whoever changes posts needs one.
    #[must_use]
    pub fn recording(self, events: Events) -> Self {
        Self { events: Some(events), ..self }
    }

    /// The writes that a transaction needs besides its own.
    pub(super) fn log(&self, entries: &[LogEntry]) -> Result<Vec<TransactWriteItem>, StoreError> {
        match &self.events {
            Some(log) => entries.iter().map(|entry| log.in_transaction(entry)).collect(),
            None if entries.is_empty() => Ok(Vec::new()),
            None => Err(StoreError::Misuse(Chain::of("posts are changed, and nobody records what that is told as"))),
        }
    }

    /// What has to be written together with this step of a worker's; nothing where the step is told to nobody. `alone`
    /// says whether the target counts as the post's only one: if that is wrong, the transaction fails.
    pub(super) async fn told_with(
        &self,
        read: &TargetRecord,
        next: &TargetRecord,
        also: Option<EventType>,
        alone: bool,
    ) -> Result<Option<Vec<TransactWriteItem>>, StoreError> {
        let (states, step) = ((Some(&read.state), Some(&next.state)), (Some(read), Some(next)));
        let is_told = also.is_some() || counts(states) || !told(PostAct::Progress, &[states]).is_empty();
        if !is_told {
            return Ok(None);
        }
        let whole = if alone { None } else { self.whole(&next.post).await? };
        let others = whole.iter().flat_map(|whole| &whole.targets).filter(|other| other.account != next.account);
        let mut steps: Vec<Step<'_>> = vec![step];
        steps.extend(others.map(|other| (Some(other), Some(other))));
        let changed = Changed {
            act: PostAct::Progress,
            tenant: &next.tenant,
            post: &next.post,
            scheduled_at: None,
            steps,
            occasion: format!("{} {}", next.account, next.version),
            at: next.updated_at,
        };
        let mut entries = changed.entries()?;
        if let Some(kind) = also {
            entries.push(changed.of_target(0, kind)?);
        }
        let mut items = self.log(&entries)?;
        match &whole {
            None => items.push(self.only_target(&next.post)?),
            Some(whole) if counts(states) => items.push(self.unchanged_since(&whole.post)?),
            Some(_) => {}
        }
        Ok(Some(items))
    }

    /// The condition that the post has one target.
    fn only_target(&self, post: &PostId) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(key(pk(post), "POST")))
            .condition_expression("#count = :one")
            .expression_attribute_names("#count", TARGET_COUNT)
            .expression_attribute_values(":one", number(1))
            .build()?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// The next revision of the post, if nobody has written one since it was read.
    fn unchanged_since(&self, read: &PostRecord) -> Result<TransactWriteItem, StoreError> {
        let update = Update::of(&self.table, key(pk(&read.id), "POST"))
            .set("revision", number(read.revision + 1))
            .when(&unchanged("revision", read.revision))
            .with(":read", number(read.revision));
        update.in_transaction()
    }
}

impl Changed<'_> {
    /// A post before and after what a caller did.
    pub(super) fn of_act<'a>(
        act: PostAct,
        before: Option<&'a PostWithTargets>,
        after: &'a PostRecord,
        targets: &'a [TargetRecord],
        at: Timestamp,
    ) -> Changed<'a> {
        let before = before.map_or(&[][..], |before| &before.targets);
        let now = |old: &TargetRecord| targets.iter().find(|target| target.account == old.account);
        let is_new = |target: &&TargetRecord| before.iter().all(|old| old.account != target.account);
        let mut steps: Vec<Step<'a>> = before.iter().map(|old| (Some(old), now(old))).collect();
        steps.extend(targets.iter().filter(is_new).map(|target| (None, Some(target))));
        let occasion = format!("revision {}", after.revision);
        Changed { act, tenant: &after.tenant, post: &after.id, scheduled_at: after.scheduled_at, steps, occasion, at }
    }

    /// Whether what is told of it depends on what the post's other targets are.
    pub(super) fn counts(&self) -> bool {
        self.states().into_iter().any(counts)
    }

    /// What is told of it.
    pub(super) fn entries(&self) -> Result<Vec<LogEntry>, StoreError> {
        let told = told(self.act, &self.states()).into_iter();
        told.map(|told| match told {
            Told::Target(index, kind) => self.of_target(index, kind),
            Told::Post(EventType::PostScheduled) => self.scheduled(),
            Told::Post(kind) => self.of_targets(kind, "", &self.shown()),
        })
        .collect()
    }

    fn states(&self) -> Vec<(Option<&TargetState>, Option<&TargetState>)> {
        let steps = self.steps.iter();
        steps.map(|(before, after)| (before.map(|target| &target.state), after.map(|target| &target.state))).collect()
    }

    /// The targets as they are afterwards; of a post that is forgotten, as they were.
    fn shown(&self) -> Vec<&TargetRecord> {
        let after: Vec<_> = self.steps.iter().filter_map(|(_, after)| *after).collect();
        if after.is_empty() { self.steps.iter().filter_map(|(before, _)| *before).collect() } else { after }
    }

    fn status(&self) -> PostStatus {
        PostStatus::of(self.shown().iter().map(|target| &target.state))
    }

    /// Of one target.
    fn of_target(&self, index: usize, kind: EventType) -> Result<LogEntry, StoreError> {
        let target = self.steps.get(index).and_then(|(before, after)| after.or(*before));
        self.of_targets(
            kind,
            target.map_or("", |target| target.account.as_str()),
            &target.into_iter().collect::<Vec<_>>(),
        )
    }

    fn of_targets(&self, kind: EventType, which: &str, targets: &[&TargetRecord]) -> Result<LogEntry, StoreError> {
        let results = targets.iter().map(|target| view::target(target)).collect();
        let data = PostEventData { post_id: self.post.clone(), status: self.status(), results };
        self.entry(kind, which, targets, &data)
    }

    fn scheduled(&self) -> Result<LogEntry, StoreError> {
        let targets = self.shown();
        let data = PostScheduledData {
            post_id: self.post.clone(),
            status: self.status(),
            scheduled_at: self.scheduled_at.map(Into::into),
            targets: targets.iter().map(|target| view::target(target)).collect(),
        };
        self.entry(EventType::PostScheduled, "", &targets, &data)
    }

    fn entry(
        &self,
        kind: EventType,
        which: &str,
        targets: &[&TargetRecord],
        data: &impl Serialize,
    ) -> Result<LogEntry, StoreError> {
        let accounts: Vec<AccountId> = targets.iter().map(|target| target.account.clone()).collect();
        let happened = Happened { kind, resource: self.post.to_string(), accounts, at: self.at };
        let occasion = format!("{} {} {which}", self.post, self.occasion);
        let entry = LogEntry::new(self.tenant.clone(), &occasion, happened, data)?;
        // If one target does not say it, the accounts are asked as long as they are there.
        let brands: Option<Vec<BrandId>> = targets.iter().map(|target| target.brand.clone()).collect();
        Ok(entry.of_brands(brands.unwrap_or_default()))
    }
}
