//! `content/init`: photos, which TikTok always downloads, as direct post or as draft.

use serde_json::Value;

use super::init::brand_allows;
use super::ownership;
use super::params::{self, Fields};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::Moment;
use crate::ledger::{Medium, Mode};
use crate::publish::{NewPublish, Transfer};
use crate::scope::Scope;
use crate::world::World;

const MAX_TITLE_UNITS: usize = 90;
const MAX_DESCRIPTION_UNITS: usize = 4000;
const MAX_PHOTOS: usize = 35;

impl World {
    pub(super) fn content_init(&mut self, call: &Call, now: Moment) -> Result<Answer, Refusal> {
        let caller = self.enter(call, scopes_for(call), now)?;
        let request = params::body(call)?;
        let fields = Fields::of(&request)?;
        if fields.required_text("media_type")? != "PHOTO" {
            return Err(Refusal::invalid("media_type must be PHOTO"));
        }
        let mode = match fields.required_text("post_mode")? {
            "DIRECT_POST" => Mode::Direct,
            "MEDIA_UPLOAD" => Mode::Inbox,
            other => return Err(Refusal::invalid(format!("post_mode {other} is invalid"))),
        };
        let is_aigc = fields.flag("is_aigc")?;
        let post_info = fields.object("post_info")?;
        post_info.short_text("title", MAX_TITLE_UNITS)?;
        post_info.short_text("description", MAX_DESCRIPTION_UNITS)?;
        for flag in ["disable_comment", "auto_add_music", "brand_organic_toggle", "brand_content_toggle"] {
            post_info.flag(flag)?;
        }
        let level = match mode {
            Mode::Direct => brand_allows(post_info)?,
            Mode::Inbox => None,
        };
        let transfer = photo_source(fields)?;
        self.owns(&transfer)?;
        let privacy = match mode {
            Mode::Direct => {
                self.may_post_directly(&caller, now)?;
                Some(self.privacy(&caller, level)?)
            }
            Mode::Inbox => {
                if self.not_banned(&caller)?.app_too_old {
                    return Err(Refusal::AppVersion);
                }
                self.may_send_draft(&caller, now)?;
                None
            }
        };
        let (open_id, post_info, medium) = (caller.open_id, request["post_info"].clone(), Medium::Photo);
        Ok(self.accepted(NewPublish { open_id, mode, medium, request, post_info, privacy, is_aigc, transfer }, now))
    }
}

/// Each mode has its own scope. A body that does not tell the mode is refused later, for what is wrong with it.
fn scopes_for(call: &Call) -> &'static [Scope] {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    match body.get("post_mode").and_then(Value::as_str) {
        Some("DIRECT_POST") => &[Scope::VideoPublish],
        Some("MEDIA_UPLOAD") => &[Scope::VideoUpload],
        _ => &[Scope::VideoPublish, Scope::VideoUpload],
    }
}

fn photo_source(fields: Fields<'_>) -> Result<Transfer, Refusal> {
    let source = fields.object("source_info")?;
    if source.required_text("source")? != "PULL_FROM_URL" {
        return Err(Refusal::invalid("source must be PULL_FROM_URL"));
    }
    let urls = source.texts("photo_images")?;
    if !(1..=MAX_PHOTOS).contains(&urls.len()) {
        return Err(Refusal::invalid(format!("photo_images must hold 1 to {MAX_PHOTOS} URLs")));
    }
    let cover = source.required_integer("photo_cover_index")?;
    if usize::try_from(cover).map_or(true, |cover| cover >= urls.len()) {
        return Err(Refusal::invalid("photo_cover_index is out of range"));
    }
    for url in &urls {
        ownership::parse(url)?;
    }
    Ok(Transfer::Pull(urls.into_iter().map(str::to_owned).collect()))
}
