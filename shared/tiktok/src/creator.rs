//! Creator info: what a creator may post right now.

use serde::{Deserialize, Serialize};
use slipway_domain::{LogId, PrivacyLevel};

use crate::answer::Answer;
use crate::paths::CREATOR_INFO;
use crate::{AccessToken, ApiErrorCode, Client, Error, lenient};

/// What a creator may choose, for the next post only: TikTok wants it asked for before each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatorInfo {
    /// The picture; the URL lives for 2 hours.
    pub avatar_url: Option<String>,
    /// The unique handle, without `@`.
    pub username: Option<String>,
    /// The name that must be shown to whoever posts.
    pub nickname: Option<String>,
    /// The levels to choose from, in TikTok's order, which means nothing. Levels that Slipway does not know are left out.
    pub privacy_level_options: Vec<PrivacyLevel>,
    /// The creator allows nobody to comment.
    pub comment_disabled: bool,
    /// The creator allows nobody to make duets.
    pub duet_disabled: bool,
    /// The creator allows nobody to stitch.
    pub stitch_disabled: bool,
    /// The longest video this creator may post, in seconds; unknown if TikTok does not say.
    pub max_video_duration_sec: Option<u64>,
    /// TikTok's log id of the answer.
    pub log_id: Option<LogId>,
}

impl Client {
    /// Asks what the creator may post now. Needs `video.publish`.
    ///
    /// A creator or an app that can't post now is an [`Error::Api`] with the code that says why, though TikTok answers
    /// with HTTP 200.
    pub async fn creator_info(&self, token: &AccessToken) -> Result<CreatorInfo, Error> {
        let request = self.post_json(CREATOR_INFO, token, &Nothing {});
        let (data, log_id) = self.call_logged::<Data>(CREATOR_INFO, request, Answer::data).await?;
        Ok(CreatorInfo { log_id, ..data.into() })
    }
}

/// The body of a call that asks without saying anything.
#[derive(Serialize)]
struct Nothing {}

impl Error {
    /// A refusal of a creator info query that was kept: that the creator, or the app, may not post.
    pub fn creator_refused(code: ApiErrorCode, log_id: Option<LogId>) -> Self {
        Self::Api { endpoint: CREATOR_INFO, http_status: 200, code, message: String::new(), log_id, retry_after: None }
    }
}

#[derive(Deserialize)]
struct Data {
    #[serde(default, deserialize_with = "lenient::text")]
    creator_avatar_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    creator_username: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    creator_nickname: Option<String>,
    privacy_level_options: Vec<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    comment_disabled: Option<bool>,
    #[serde(default, deserialize_with = "lenient::flag")]
    duet_disabled: Option<bool>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stitch_disabled: Option<bool>,
    #[serde(default, deserialize_with = "lenient::count")]
    max_video_post_duration_sec: Option<u64>,
}

impl From<Data> for CreatorInfo {
    fn from(data: Data) -> Self {
        Self {
            avatar_url: data.creator_avatar_url,
            username: data.creator_username,
            nickname: data.creator_nickname,
            privacy_level_options: data.privacy_level_options.iter().filter_map(|level| level.parse().ok()).collect(),
            comment_disabled: data.comment_disabled.unwrap_or(false),
            duet_disabled: data.duet_disabled.unwrap_or(false),
            stitch_disabled: data.stitch_disabled.unwrap_or(false),
            max_video_duration_sec: data.max_video_post_duration_sec,
            log_id: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;
    use crate::answer::tests::answer;

    fn read(body: &str) -> Result<CreatorInfo, Error> {
        answer(200, body).data::<Data>().map(|success| success.value.into())
    }

    #[test]
    fn the_documented_answer_is_read() {
        let info = read(
            r#"{"data":{"creator_avatar_url":"https://lf16-tt4d.tiktokcdn.com/obj/x","creator_username":"tiktok",
            "creator_nickname":"TikTok Official","privacy_level_options":["PUBLIC_TO_EVERYONE","NEW_LEVEL","SELF_ONLY"],
            "comment_disabled":false,"duet_disabled":false,"stitch_disabled":true,"max_video_post_duration_sec":300},
            "error":{"code":"ok","message":"","log_id":"202210112248442CB9319E1FB30C1073F3"}}"#,
        )
        .unwrap();
        assert_eq!(info.nickname.as_deref(), Some("TikTok Official"));
        assert_eq!(info.privacy_level_options, [PrivacyLevel::PublicToEveryone, PrivacyLevel::SelfOnly]);
        assert_eq!(
            (info.comment_disabled, info.stitch_disabled, info.max_video_duration_sec),
            (false, true, Some(300))
        );
    }

    #[test]
    fn a_creator_who_can_not_post_now_is_an_error_though_http_says_200() {
        for (code, is_final) in [
            ("spam_risk_too_many_posts", false),
            ("spam_risk_user_banned_from_posting", true),
            ("reached_active_user_cap", false),
        ] {
            for body in [
                format!(r#"{{"error":{{"code":"{code}"}}}}"#),
                format!(r#"{{"data":{{}},"error":{{"code":"{code}"}}}}"#),
            ] {
                let error = read(&body).unwrap_err();
                assert_eq!(error.code_text(), Some(code));
                assert_eq!(error.class() == Class::Final, is_final, "{code}");
                assert!(!error.outcome_unknown());
            }
        }
    }
}
