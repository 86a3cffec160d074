//! Media that a worker fetches from somebody else's server: who is at it, and what it has begun.

use std::collections::BTreeSet;
use std::fmt;

use aws_sdk_dynamodb::types::{ReturnValue, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_domain::schedule::GRACE;
use slipway_domain::{PostId, UploadId, WorkerId};

use super::storage_count::Delta;
use super::{Media, MediaRecord, MediaState};
use crate::item::{read, seconds, text};
use crate::{Conflict, StoreError, Write};

/// Where media is fetched from. It may hold a signature, so it is never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceUrl(String);

impl SourceUrl {
    /// An address that was checked.
    pub const fn new(url: String) -> Self {
        Self(url)
    }

    /// The address in clear: for reading and calling it, for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SourceUrl(..)")
    }
}

/// How the import of media stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Where the file is.
    pub url: SourceUrl,
    /// How often a worker has begun.
    #[serde(default)]
    pub tries: u32,
    /// Which worker is at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ImportClaim>,
    /// S3's id of the upload that the last worker began, whatever became of it. It is written before the first part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_id: Option<UploadId>,
}

impl Import {
    /// An import that nobody has begun.
    pub const fn from_url(url: SourceUrl) -> Self {
        Self { url, tries: 0, claim: None, upload_id: None }
    }

    pub(super) fn is_held_by(&self, worker: &WorkerId) -> bool {
        self.claim.as_ref().is_some_and(|claim| claim.worker == *worker)
    }
}

/// A worker's hold on an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportClaim {
    /// A name that no other worker, and no other try of the same one, has.
    pub worker: WorkerId,
    /// Until when there is no need to wonder whether it lives.
    pub until: Timestamp,
}

impl ImportClaim {
    /// When the sweep looks whether whoever holds it lives.
    fn is_checked_at(&self) -> Timestamp {
        self.until.saturating_add(GRACE).unwrap_or(Timestamp::MAX)
    }
}

/// On what condition an import is written.
#[derive(Debug, Clone, Copy)]
enum If<'a> {
    /// The media is as it was read.
    Unchanged,
    /// This worker holds it.
    HeldBy(&'a WorkerId),
}

impl Media {
    /// The writes that make media to be imported for a post, as a part of a transaction.
    pub(crate) fn import_in_transaction(
        &self,
        imports: &[MediaRecord],
        post: &PostId,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let Some(first) = imports.first() else { return Ok(Vec::new()) };
        let mut items = Vec::with_capacity(imports.len().saturating_add(1));
        for record in imports {
            let posts = BTreeSet::from([post.clone()]);
            items.push(self.put_in_transaction(&MediaRecord { posts, ..record.clone() })?);
        }
        // How large they are will be counted when it is known.
        let count = i64::try_from(imports.len()).unwrap_or(i64::MAX);
        items.extend(self.count(&first.tenant, Delta { count, before: 0, after: 0, plan: first.plan })?);
        Ok(items)
    }

    /// Claims an import for `claim.worker`, if the media is still as it was read.
    pub async fn claim_import(
        &self,
        record: &MediaRecord,
        claim: ImportClaim,
    ) -> Result<Write<MediaRecord>, StoreError> {
        let Some(import) = record.import.clone() else { return Ok(no_import(record)) };
        let (due, worker) = (claim.is_checked_at(), claim.worker.clone());
        let next = Import { tries: import.tries.saturating_add(1), claim: Some(claim), ..import };
        self.write_import(record, next, If::Unchanged, &worker, due).await
    }

    /// Writes what the holder knows by now, and until when it holds on. It is refused if it holds no longer, because
    /// another worker took over, or the media was verified or deleted.
    pub async fn hold_import(
        &self,
        record: &MediaRecord,
        upload_id: Option<UploadId>,
        claim: ImportClaim,
    ) -> Result<Write<MediaRecord>, StoreError> {
        let Some(import) = record.import.clone() else { return Ok(no_import(record)) };
        let (due, worker) = (claim.is_checked_at(), claim.worker.clone());
        let next = Import { claim: Some(claim), upload_id, ..import };
        self.write_import(record, next, If::HeldBy(&worker), &worker, due).await
    }

    /// Releases an import; the sweep requeues it at `due` if nothing happens before. It is refused if `worker` did not
    /// hold it.
    pub async fn release_import(
        &self,
        record: &MediaRecord,
        worker: &WorkerId,
        due: Timestamp,
    ) -> Result<Write<MediaRecord>, StoreError> {
        let Some(import) = record.import.clone() else { return Ok(no_import(record)) };
        self.write_import(record, Import { claim: None, ..import }, If::HeldBy(worker), worker, due).await
    }

    async fn write_import(
        &self,
        record: &MediaRecord,
        next: Import,
        condition: If<'_>,
        worker: &WorkerId,
        due: Timestamp,
    ) -> Result<Write<MediaRecord>, StoreError> {
        let update = match condition {
            If::Unchanged => self.update_unchanged(record),
            If::HeldBy(worker) => {
                let held = "attribute_not_exists(deleting_since) AND #import.#claim.#worker = :worker";
                self.update(record).when(held).with(":worker", text(worker.as_str()))
            }
        };
        let update = update
            .set("import", serde_dynamo::to_attribute_value(&next)?)
            .set("due_at", seconds(due))
            .increment("version")
            .when("#state.#name = :pending")
            .with(":pending", text(MediaState::PENDING));
        let met = match update.send(&self.client, ReturnValue::AllNew).await? {
            Write::Done(item) => return read(item).map(Write::Done),
            Write::Refused(met) => met,
        };
        // An SDK retry after a lost answer meets its own write: that is a win.
        let now: Option<MediaRecord> = met.map(read).transpose()?;
        let own = now.as_ref().is_some_and(|now| {
            let same = now.import.as_ref() == Some(&next) && now.state == MediaState::Pending;
            same && (next.is_held_by(worker) || next.claim.is_none())
        });
        Ok(match now {
            Some(now) if own => Write::Done(now),
            now => Write::Refused(now.into()),
        })
    }
}

/// What was not imported can't be claimed.
fn no_import(record: &MediaRecord) -> Write<MediaRecord> {
    Write::Refused(Conflict::Changed(Box::new(record.clone())))
}
