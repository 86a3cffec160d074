//! What became of a publish, and calling it off.

use serde::{Deserialize, Serialize};
use slipway_domain::{FailReason, LogId, Outcome, PublishId, PublishStatus, VideoId};

use crate::answer::Answer;
use crate::paths::{CANCEL, STATUS};
use crate::{AccessToken, Client, Error, lenient};

/// TikTok's answer about one publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// Where it stands.
    pub status: PublishStatus,
    /// Why it failed, if it did and TikTok gives a reason.
    pub fail_reason: Option<FailReason>,
    /// The public posts, as text. Empty until moderation has passed, and for ever for posts that are not public.
    /// One draft can become several posts.
    pub post_ids: Vec<VideoId>,
    /// How many bytes of an upload have arrived.
    pub uploaded_bytes: Option<u64>,
    /// How many bytes TikTok has fetched.
    pub downloaded_bytes: Option<u64>,
    /// TikTok's log id of the call.
    pub log_id: Option<LogId>,
}

impl Client {
    /// Asks what became of a publish. 30 calls a minute and creator.
    pub async fn status(&self, token: &AccessToken, publish_id: &PublishId) -> Result<StatusReport, Error> {
        let request = self.post_json(STATUS, token, &ById { publish_id });
        let (data, log_id) = self.call_logged::<Data>(STATUS, request, Answer::data).await?;
        Ok(StatusReport { log_id, ..StatusReport::from(data) })
    }

    /// Calls off a download that is in progress, if TikTok still can. An upload is called off by not going on.
    /// Success only means that TikTok will try; the outcome is a failure with the reason `publish_cancelled`.
    pub async fn cancel(&self, token: &AccessToken, publish_id: &PublishId) -> Result<(), Error> {
        let request = self.post_json(CANCEL, token, &ById { publish_id });
        self.call(CANCEL, request, Answer::nothing).await
    }
}

impl StatusReport {
    /// What has become of the publish, if TikTok reports that it has come to something.
    pub fn outcome(&self) -> Option<Outcome> {
        match &self.status {
            PublishStatus::PublishComplete => Some(Outcome::Published(self.post_ids.clone())),
            PublishStatus::SendToUserInbox => Some(Outcome::InInbox),
            PublishStatus::Failed => Some(Outcome::Failed(self.fail_reason.clone().unwrap_or(FailReason::Internal))),
            PublishStatus::ProcessingUpload | PublishStatus::ProcessingDownload | PublishStatus::Unknown(_) => None,
        }
    }
}

#[derive(Serialize)]
struct ById<'a> {
    publish_id: &'a PublishId,
}

#[derive(Deserialize)]
struct Data {
    status: String,
    #[serde(default, deserialize_with = "lenient::text")]
    fail_reason: Option<String>,
    /// TikTok's own spelling.
    #[serde(default, deserialize_with = "lenient::ids")]
    publicaly_available_post_id: Vec<VideoId>,
    /// In case TikTok ever mends it.
    #[serde(default, deserialize_with = "lenient::ids")]
    publicly_available_post_id: Vec<VideoId>,
    #[serde(default, deserialize_with = "lenient::count")]
    uploaded_bytes: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    downloaded_bytes: Option<u64>,
}

impl From<Data> for StatusReport {
    fn from(data: Data) -> Self {
        let mut post_ids = data.publicaly_available_post_id;
        post_ids.extend(data.publicly_available_post_id);
        post_ids.sort();
        post_ids.dedup();
        Self {
            status: PublishStatus::from(data.status),
            fail_reason: data.fail_reason.map(FailReason::from),
            post_ids,
            uploaded_bytes: data.uploaded_bytes,
            downloaded_bytes: data.downloaded_bytes,
            log_id: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tests::answer;

    fn read(data: &str) -> StatusReport {
        let body = format!(r#"{{"data":{data},"error":{{"code":"ok","message":"","log_id":"L"}}}}"#);
        answer(200, &body)
            .data::<Data>()
            .map(|success| success.value.into())
            .map_err(|error| error.to_string())
            .unwrap()
    }

    #[test]
    fn the_documented_answer_is_read() {
        let report = read(
            r#"{"status":"FAILED","fail_reason":"picture_size_check_failed","publicaly_available_post_id":[],"uploaded_bytes":10000}"#,
        );
        assert_eq!(report.status, PublishStatus::Failed);
        assert_eq!(report.fail_reason, Some(FailReason::PictureSizeCheckFailed));
        assert_eq!((report.post_ids.len(), report.uploaded_bytes, report.downloaded_bytes), (0, Some(10_000), None));
    }

    #[test]
    fn post_ids_keep_their_digits_in_every_form() {
        for (data, expected) in [
            (
                r#"{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":[7678907398077074696]}"#,
                vec!["7678907398077074696"],
            ),
            (
                r#"{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":["7678907398077074696"]}"#,
                vec!["7678907398077074696"],
            ),
            (
                r#"{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":7678907398077074696}"#,
                vec!["7678907398077074696"],
            ),
            (
                r#"{"status":"PUBLISH_COMPLETE","publicly_available_post_id":[9,8],"publicaly_available_post_id":[8]}"#,
                vec!["8", "9"],
            ),
            (r#"{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":[0,"",null]}"#, vec![]),
            (r#"{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":null}"#, vec![]),
            (r#"{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":""}"#, vec![]),
            (r#"{"status":"PUBLISH_COMPLETE"}"#, vec![]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(VideoId::new).collect();
            assert_eq!(read(data).post_ids, expected, "{data}");
        }
    }

    #[test]
    fn an_odd_optional_field_does_not_hide_the_outcome() {
        let report =
            read(r#"{"status":"PUBLISH_COMPLETE","fail_reason":"","uploaded_bytes":null,"downloaded_bytes":"12"}"#);
        assert_eq!(report.status, PublishStatus::PublishComplete);
        assert_eq!((report.fail_reason, report.uploaded_bytes, report.downloaded_bytes), (None, None, Some(12)));
    }

    #[test]
    fn a_report_is_an_outcome_as_soon_as_the_publish_has_come_to_something() {
        for (data, expected) in [
            (
                r#"{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":["8"]}"#,
                Some(Outcome::Published(vec![VideoId::new("8")])),
            ),
            (r#"{"status":"SEND_TO_USER_INBOX"}"#, Some(Outcome::InInbox)),
            (
                r#"{"status":"FAILED","fail_reason":"picture_size_check_failed"}"#,
                Some(Outcome::Failed(FailReason::PictureSizeCheckFailed)),
            ),
            // TikTok names no reason: nobody's fault, as far as one can know.
            (r#"{"status":"FAILED"}"#, Some(Outcome::Failed(FailReason::Internal))),
            (r#"{"status":"PROCESSING_UPLOAD","uploaded_bytes":7}"#, None),
            (r#"{"status":"PROCESSING_DOWNLOAD"}"#, None),
            (r#"{"status":"REVIEWING"}"#, None),
        ] {
            assert_eq!(read(data).outcome(), expected, "{data}");
        }
    }
}
