//! `status/fetch` and `cancel`.

use serde_json::json;

use super::Caller;
use super::params::{self, Fields};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::Moment;
use crate::ledger::{FailReason, PublishState, Source};
use crate::publish::Publish;
use crate::scope::Scope;
use crate::world::World;

const EITHER: [Scope; 2] = [Scope::VideoUpload, Scope::VideoPublish];

impl World {
    pub(super) fn status_fetch(&mut self, call: &Call, now: Moment) -> Result<Answer, Refusal> {
        let caller = self.enter(call, &EITHER, now)?;
        let record = &self.own_publish(call, &caller)?.record;
        let status = match (record.state, record.source) {
            (PublishState::Uploading | PublishState::Processing, Source::FileUpload) => "PROCESSING_UPLOAD",
            (PublishState::Uploading | PublishState::Downloading | PublishState::Processing, _) => {
                "PROCESSING_DOWNLOAD"
            }
            (PublishState::Inbox, _) => "SEND_TO_USER_INBOX",
            (PublishState::Complete, _) => "PUBLISH_COMPLETE",
            (PublishState::Failed(_), _) => "FAILED",
        };
        // The misspelling is TikTok's.
        let mut data = json!({"status": status, "publicaly_available_post_id": record.public_post_ids});
        if let PublishState::Failed(reason) = record.state {
            data["fail_reason"] = json!(reason.name());
        }
        let progress = match record.source {
            Source::FileUpload => "uploaded_bytes",
            Source::PullFromUrl => "downloaded_bytes",
        };
        data[progress] = json!(record.bytes_stored);
        Ok(Answer::ok(Some(data), &mut self.ids, now))
    }

    /// Works on downloads in progress only; an upload is cancelled by stopping.
    pub(super) fn cancel(&mut self, call: &Call, now: Moment) -> Result<Answer, Refusal> {
        let caller = self.enter(call, &EITHER, now)?;
        let record = &self.own_publish(call, &caller)?.record;
        if record.state != PublishState::Downloading {
            return Err(Refusal::PublishNotCancellable);
        }
        let publish_id = record.publish_id.clone();
        self.fail(&publish_id, FailReason::Cancelled, now);
        Ok(Answer::ok(None, &mut self.ids, now))
    }

    fn own_publish(&self, call: &Call, caller: &Caller) -> Result<&Publish, Refusal> {
        let body = params::body(call)?;
        let publish_id = Fields::of(&body)?.required_text("publish_id")?;
        let publish = self.publish(publish_id).ok_or(Refusal::InvalidPublishId)?;
        if publish.record.open_id == caller.open_id { Ok(publish) } else { Err(Refusal::TokenNotAuthorizedForPublish) }
    }
}
