//! `creator_info/query`: what the creator allows now. Three refusals come with HTTP 200, on purpose.

use http::StatusCode;
use serde_json::json;

use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::Moment;
use crate::scope::Scope;
use crate::world::World;

impl World {
    pub(super) fn creator_info(&mut self, call: &Call, now: Moment) -> Result<Answer, Refusal> {
        let caller = self.enter(call, &[Scope::VideoPublish], now)?;
        if let Err(refusal) = self.may_post_directly(&caller, now) {
            // Without `data`, unlike other errors.
            let (code, log_id) = (refusal.code(), self.ids.log_id(now));
            let error = json!({"code": code, "message": "The creator can not post now.", "log_id": log_id});
            return Ok(Answer::json(StatusCode::OK, code, &json!({"error": error})));
        }
        let user = self.not_banned(&caller)?;
        let data = json!({
            "creator_avatar_url": format!("{}/_sim/avatar/{}.jpeg", self.base, caller.open_id),
            "creator_username": user.username,
            "creator_nickname": user.display_name,
            "privacy_level_options": user.privacy_options(),
            "comment_disabled": user.comment_disabled,
            "duet_disabled": user.private || user.duet_disabled,
            "stitch_disabled": user.private || user.stitch_disabled,
            "max_video_post_duration_sec": user.max_video_post_duration_sec,
        });
        Ok(Answer::ok(Some(data), &mut self.ids, now))
    }
}
