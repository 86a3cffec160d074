//! What the double says became of a publish.

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use slipway_domain::{ApiErrorCode, FailReason, PublishStatus, Script};

use super::answers::Reply;
use super::creator::Creator;
use super::publish::{Publish, Source, note_of};
use super::requests::{ById, Received};
use super::{Double, Trouble};

#[derive(Serialize)]
struct Data {
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_reason: Option<FailReason>,
    #[serde(rename = "publicaly_available_post_id")]
    post_ids: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uploaded_bytes: Option<u64>,
}

const NOT_FOUND: Reply = Reply::error(400, ApiErrorCode::InvalidPublishId, "The publish_id does not exist.");

impl Double {
    pub(super) async fn status(&self, creator: &Creator, received: &Received) -> Result<Reply, Trouble> {
        let Some(ById { publish_id }) = received.json() else { return Ok(NOT_FOUND) };
        let name = note_of(&publish_id);
        let said = self.change(&name, |publish: &mut Publish| {
            if let Some(refusal) = not_of(creator, publish) {
                return (false, refusal);
            }
            let data = publish.state(&publish_id);
            let is_counted = publish.script == Some(Script::LatePublicId) && data.status == COMPLETE.as_str();
            publish.times_asked = publish.times_asked.saturating_add(u32::from(is_counted));
            (is_counted, Reply::data(&data))
        });
        Ok(said.await?.unwrap_or(NOT_FOUND))
    }

    /// Calls off what TikTok fetches, unless it has it.
    pub(super) async fn cancel(&self, creator: &Creator, received: &Received) -> Result<Reply, Trouble> {
        let Some(ById { publish_id }) = received.json() else { return Ok(NOT_FOUND) };
        let name = note_of(&publish_id);
        let said = self.change(&name, |publish: &mut Publish| {
            if let Some(refusal) = not_of(creator, publish) {
                return (false, refusal);
            }
            // Only of what never ends by itself there is something left to call off.
            if publish.script != Some(Script::Stuck) || publish.is_cancelled {
                return (
                    false,
                    Reply::error(400, ApiErrorCode::PublishNotCancellable, "The publish can not be cancelled."),
                );
            }
            publish.is_cancelled = true;
            (true, Reply::empty_data())
        });
        Ok(said.await?.unwrap_or(NOT_FOUND))
    }
}

const COMPLETE: PublishStatus = PublishStatus::PublishComplete;

fn not_of(creator: &Creator, publish: &Publish) -> Option<Reply> {
    const FOREIGN: &str = "The access token is not authorized for this publish_id.";
    if publish.creator != creator.0.as_str() {
        return Some(Reply::error(403, ApiErrorCode::TokenNotAuthorizedForPublishId, FOREIGN));
    }
    let is_there = !matches!(publish.source, Source::Upload { size, arrived, .. } if arrived < size);
    (publish.script == Some(Script::UnknownPublish) && is_there).then_some(NOT_FOUND)
}

impl Publish {
    /// Where it stands.
    fn state(&self, publish_id: &str) -> Data {
        let (status, fail_reason) = self.outcome();
        let is_shown = status == COMPLETE && self.is_public;
        let is_late = self.script == Some(Script::LatePublicId) && self.times_asked == 0;
        let uploaded_bytes = match self.source {
            Source::Upload { arrived, .. } => Some(arrived),
            Source::Pull { .. } => None,
        };
        let post_ids = if is_shown && !is_late { vec![public_id(publish_id)] } else { Vec::new() };
        Data { status: status.as_str().to_owned(), fail_reason, post_ids, uploaded_bytes }
    }

    fn outcome(&self) -> (PublishStatus, Option<FailReason>) {
        if self.is_cancelled {
            return (PublishStatus::Failed, Some(FailReason::PublishCancelled));
        }
        let at_work = match self.source {
            Source::Upload { is_lost: true, .. } => return (PublishStatus::Failed, Some(FailReason::Internal)),
            Source::Upload { size, arrived, .. } if arrived < size => return (PublishStatus::ProcessingUpload, None),
            Source::Pull { is_there: false, is_photos } => {
                let reason = if is_photos { FailReason::PhotoPullFailed } else { FailReason::VideoPullFailed };
                return (PublishStatus::Failed, Some(reason));
            }
            Source::Upload { .. } => PublishStatus::ProcessingUpload,
            Source::Pull { .. } => PublishStatus::ProcessingDownload,
        };
        match &self.script {
            Some(Script::Stuck) => (at_work, None),
            Some(Script::Fails(reason)) => (PublishStatus::Failed, Some(reason.clone())),
            _ if self.is_draft => (PublishStatus::SendToUserInbox, None),
            _ => (COMPLETE, None),
        }
    }
}

/// A post's id, as long as TikTok's are, the same whenever it is asked for.
fn public_id(publish_id: &str) -> String {
    let digits = Sha256::digest(publish_id.as_bytes()).into_iter().take(18).map(|byte| char::from(b'0' + byte % 10));
    std::iter::once('7').chain(digits).collect()
}
