//! Starting a publish: direct posts and drafts for the inbox, uploaded by us or fetched by TikTok.

mod photos;

use serde::{Deserialize, Serialize};
use slipway_domain::{ChunkPlan, LogId, PostMode, PrivacyLevel, PublishId, VideoSettings};

use crate::answer::Success;
use crate::paths::{DIRECT, INBOX};
use crate::{AccessToken, Client, Error, UploadUrl};

/// A publish that TikTok has opened. Nothing appears before the last byte has arrived at the URL.
#[derive(Debug, Clone)]
pub struct Init {
    /// TikTok's id of this attempt.
    pub publish_id: PublishId,
    /// Where the bytes go, within one hour.
    pub upload_url: UploadUrl,
    /// TikTok's log id of the call.
    pub log_id: Option<LogId>,
}

impl Client {
    /// Opens a publish for a file that will be uploaded as planned.
    ///
    /// TikTok knows no idempotency key: repeated after a lost answer this opens a second one, which costs one of six
    /// calls a minute but posts nothing by itself. A direct post needs `video.publish` and a privacy level, a draft
    /// needs `video.upload`; TikTok drops all settings of drafts, so none are sent.
    pub async fn init_video(
        &self,
        token: &AccessToken,
        settings: &VideoSettings,
        plan: &ChunkPlan,
    ) -> Result<Init, Error> {
        let (endpoint, body) = request(settings, SourceInfo::upload(plan))?;
        let request = self.scripted(self.post_json(endpoint, token, &body), &[settings.caption.as_str()]);
        self.call(endpoint, request, |answer| {
            let mut success = answer.data::<Data>()?;
            let Data { publish_id, upload_url } = &mut success.value;
            match self.upload_url(upload_url) {
                Ok(upload_url) if !publish_id.is_empty() => {
                    let (publish_id, log_id) = (PublishId::new(std::mem::take(publish_id)), success.log_id.clone());
                    let value = Init { publish_id, upload_url, log_id };
                    Ok(Success { value, http_status: success.http_status, log_id: success.log_id })
                }
                checked => {
                    let why = checked.err().map_or_else(|| "publish_id is empty".to_owned(), |error| error.to_string());
                    Err(Error::Unreadable { endpoint, http_status: success.http_status, why, log_id: success.log_id })
                }
            }
        })
        .await
    }

    /// Has TikTok fetch a video from this address and publish it. Answers TikTok's ids of the publish and of the call.
    ///
    /// Unlike [`init_video`](Self::init_video) this publishes: TikTok needs nothing more from us. So after an error whose
    /// [outcome is unknown](Error::outcome_unknown) it must not simply be repeated. The address must be https, under a
    /// domain or prefix that is verified for the app, lead to no redirect, and answer for an hour.
    pub async fn pull_video(
        &self,
        token: &AccessToken,
        settings: &VideoSettings,
        address: &str,
    ) -> Result<(PublishId, Option<LogId>), Error> {
        let (endpoint, body) = request(settings, SourceInfo::Pull { source: PULL, video_url: address })?;
        self.begin_pull(endpoint, token, &body, &[settings.caption.as_str()]).await
    }

    /// Begins a publish that TikTok fetches by itself; its answer holds an id and nothing else.
    async fn begin_pull(
        &self,
        endpoint: &'static str,
        token: &AccessToken,
        body: &impl Serialize,
        texts: &[&str],
    ) -> Result<(PublishId, Option<LogId>), Error> {
        let request = self.scripted(self.post_json(endpoint, token, body), texts);
        self.call_logged(endpoint, request, |answer| {
            let success = answer.data::<PullData>()?;
            let Success { value: PullData { publish_id }, http_status, log_id } = success;
            if publish_id.is_empty() {
                let why = "publish_id is empty".to_owned();
                return Err(Error::Unreadable { endpoint, http_status, why, log_id });
            }
            Ok(Success { value: PublishId::new(publish_id), http_status, log_id })
        })
        .await
    }
}

#[derive(Deserialize)]
struct Data {
    publish_id: String,
    upload_url: String,
}

#[derive(Deserialize)]
struct PullData {
    publish_id: String,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    post_info: Option<PostInfo<'a>>,
    source_info: SourceInfo<'a>,
}

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "TikTok's own fields")]
struct PostInfo<'a> {
    privacy_level: PrivacyLevel,
    #[serde(skip_serializing_if = "str::is_empty")]
    title: &'a str,
    disable_duet: bool,
    disable_stitch: bool,
    disable_comment: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    video_cover_timestamp_ms: Option<i32>,
    // Marked required in the reference though TikTok's own samples omit them: always sent.
    brand_content_toggle: bool,
    brand_organic_toggle: bool,
    is_aigc: bool,
}

const PULL: &str = "PULL_FROM_URL";

#[derive(Serialize)]
#[serde(untagged)]
enum SourceInfo<'a> {
    Upload { source: &'static str, video_size: u64, chunk_size: u64, total_chunk_count: u64 },
    Pull { source: &'static str, video_url: &'a str },
}

impl SourceInfo<'_> {
    const fn upload(plan: &ChunkPlan) -> Self {
        Self::Upload {
            source: "FILE_UPLOAD",
            video_size: plan.size(),
            chunk_size: plan.chunk_size(),
            total_chunk_count: plan.count(),
        }
    }
}

fn request<'a>(settings: &'a VideoSettings, source_info: SourceInfo<'a>) -> Result<(&'static str, Body<'a>), Error> {
    match settings.post_mode {
        PostMode::Inbox => Ok((INBOX, Body { post_info: None, source_info })),
        PostMode::Direct => Ok((DIRECT, Body { post_info: Some(post_info(settings)?), source_info })),
    }
}

/// Why a direct post is not sent without one.
const NEEDS_LEVEL: &str = "a direct post needs a privacy level";

fn post_info(settings: &VideoSettings) -> Result<PostInfo<'_>, Error> {
    let Some(privacy_level) = settings.privacy_level else {
        return Err(Error::Unsendable { why: NEEDS_LEVEL });
    };
    Ok(PostInfo {
        privacy_level,
        title: settings.caption.as_str(),
        disable_duet: settings.interactions.disable_duet,
        disable_stitch: settings.interactions.disable_stitch,
        disable_comment: settings.interactions.disable_comment,
        // TikTok takes a 32-bit number, and the first frame where the time makes no sense.
        video_cover_timestamp_ms: settings.video_cover_timestamp_ms.and_then(|ms| i32::try_from(ms).ok()),
        brand_content_toggle: settings.disclosure.brand_content_toggle,
        brand_organic_toggle: settings.disclosure.brand_organic_toggle,
        is_aigc: settings.is_aigc,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use slipway_domain::{Caption, Disclosure, Interactions, MediaTransfer};

    use super::*;

    fn settings(post_mode: PostMode) -> VideoSettings {
        VideoSettings {
            post_mode,
            caption: Caption::parse("Hello #world").unwrap(),
            privacy_level: Some(PrivacyLevel::SelfOnly),
            disclosure: Disclosure { brand_content_toggle: false, brand_organic_toggle: true },
            interactions: Interactions { disable_comment: false, ..Interactions::default() },
            is_aigc: true,
            video_cover_timestamp_ms: Some(1500),
            transfer: MediaTransfer::Upload,
        }
    }

    /// How a file is cut is not this module's business: a plan as it could have been stored.
    fn plan(size: u64, chunk_size: u64) -> ChunkPlan {
        serde_json::from_value(json!({"size": size, "chunk_size": chunk_size})).unwrap()
    }

    fn sent(settings: &VideoSettings, plan: ChunkPlan) -> (&'static str, serde_json::Value) {
        let (endpoint, body) = request(settings, SourceInfo::upload(&plan)).unwrap();
        (endpoint, serde_json::to_value(body).unwrap())
    }

    fn pulled(settings: &VideoSettings) -> (&'static str, serde_json::Value) {
        let source = SourceInfo::Pull { source: PULL, video_url: "https://media.example.com/pull/x.mp4" };
        let (endpoint, body) = request(settings, source).unwrap();
        (endpoint, serde_json::to_value(body).unwrap())
    }

    #[test]
    fn a_direct_post_carries_every_choice() {
        assert_eq!(
            sent(&settings(PostMode::Direct), plan(100_000_000, 32_000_000)),
            (
                "/v2/post/publish/video/init/",
                json!({
                    "post_info": {"privacy_level": "SELF_ONLY", "title": "Hello #world", "disable_duet": true, "disable_stitch": true,
                        "disable_comment": false, "video_cover_timestamp_ms": 1500, "brand_content_toggle": false,
                        "brand_organic_toggle": true, "is_aigc": true},
                    "source_info": {"source": "FILE_UPLOAD", "video_size": 100_000_000, "chunk_size": 32_000_000, "total_chunk_count": 3},
                })
            )
        );
    }

    #[test]
    fn what_is_not_chosen_is_left_out_but_for_the_brand_toggles() {
        let bare = VideoSettings {
            caption: Caption::default(),
            video_cover_timestamp_ms: None,
            disclosure: Disclosure::default(),
            ..settings(PostMode::Direct)
        };
        let (_, body) = sent(&bare, plan(1, 1));
        assert!(!body.to_string().contains("null"), "{body}");
        let info = body["post_info"].as_object().unwrap();
        assert!(!info.contains_key("title") && !info.contains_key("video_cover_timestamp_ms"));
        assert_eq!((&info["brand_content_toggle"], &info["brand_organic_toggle"]), (&json!(false), &json!(false)));
    }

    #[test]
    fn a_draft_carries_nothing_but_its_source() {
        let expected =
            json!({"source_info": {"source": "FILE_UPLOAD", "video_size": 7, "chunk_size": 7, "total_chunk_count": 1}});
        assert_eq!(sent(&settings(PostMode::Inbox), plan(7, 7)), ("/v2/post/publish/inbox/video/init/", expected));
    }

    #[test]
    fn what_tiktok_fetches_is_told_by_its_address_and_nothing_else_changes() {
        let source = json!({"source": "PULL_FROM_URL", "video_url": "https://media.example.com/pull/x.mp4"});
        let (endpoint, mut body) = pulled(&settings(PostMode::Direct));
        assert_eq!((endpoint, body["source_info"].take()), ("/v2/post/publish/video/init/", source.clone()));
        let (_, mut uploaded) = sent(&settings(PostMode::Direct), plan(7, 7));
        uploaded["source_info"].take();
        assert_eq!(body, uploaded);
        let draft = pulled(&settings(PostMode::Inbox));
        assert_eq!(draft, ("/v2/post/publish/inbox/video/init/", json!({"source_info": source})));
    }

    #[test]
    fn a_direct_post_without_a_privacy_level_is_not_sent() {
        let without = VideoSettings { privacy_level: None, ..settings(PostMode::Direct) };
        let Err(error) = request(&without, SourceInfo::upload(&plan(1, 1))) else { panic!("it must not be sent") };
        assert!(matches!(error, Error::Unsendable { .. }));
        assert!(!error.outcome_unknown());
    }
}
