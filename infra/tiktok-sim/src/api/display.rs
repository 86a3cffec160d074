//! `video/list` and `video/query`: the user's public videos.

use serde_json::{Map, Value, json};

use super::Caller;
use super::params::{self, Fields};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::Moment;
use crate::ledger::Medium;
use crate::publish::Publish;
use crate::scope::Scope;
use crate::world::World;

const FIELDS: [&str; 16] = [
    "id",
    "create_time",
    "cover_image_url",
    "share_url",
    "video_description",
    "duration",
    "height",
    "width",
    "title",
    "embed_html",
    "embed_link",
    "like_count",
    "comment_count",
    "share_count",
    "view_count",
    "is_aigc",
];
const DEFAULT_PAGE: i32 = 10;
const MAX_PAGE: i32 = 20;
const MAX_IDS: usize = 20;
/// Titles and descriptions are cut to this many characters.
const MAX_TITLE: usize = 150;

impl World {
    pub(super) fn video_list(&mut self, call: &Call, now: Moment) -> Result<Answer, Refusal> {
        let caller = self.enter(call, &[Scope::VideoList], now)?;
        let fields = params::query_fields(call, |name| FIELDS.contains(&name))?;
        let body = params::body(call)?;
        let body = Fields::of(&body)?;
        let page = body.small_integer("max_count")?.unwrap_or(DEFAULT_PAGE);
        if !(1..=MAX_PAGE).contains(&page) {
            return Err(Refusal::invalid(format!("max_count must be 1 to {MAX_PAGE}")));
        }
        let cursor = body.integer("cursor")?.and_then(|cursor| u64::try_from(cursor).ok()).filter(|cursor| *cursor > 0);
        let mut before = self.public_videos(&caller);
        before.retain(|video| cursor.is_none_or(|cursor| video.posted.millis() < cursor));
        before.sort_by_key(|video| std::cmp::Reverse(video.posted));
        let page = usize::try_from(page).unwrap_or(0);
        let has_more = before.len() > page;
        before.truncate(page);
        let cursor = before.last().map_or(cursor.unwrap_or(now.millis()), |video| video.posted.millis());
        let videos: Vec<Value> = before.iter().map(|video| video.show(&fields)).collect();
        let data = json!({"videos": videos, "cursor": cursor, "has_more": has_more});
        Ok(Answer::ok(Some(data), &mut self.ids, now))
    }

    pub(super) fn video_query(&mut self, call: &Call, now: Moment) -> Result<Answer, Refusal> {
        let caller = self.enter(call, &[Scope::VideoList], now)?;
        let fields = params::query_fields(call, |name| FIELDS.contains(&name))?;
        let body = params::body(call)?;
        let ids = Fields::of(&body)?.object("filters")?.texts("video_ids")?;
        if !(1..=MAX_IDS).contains(&ids.len()) {
            return Err(Refusal::invalid(format!("video_ids must hold 1 to {MAX_IDS} ids")));
        }
        let own = self.public_videos(&caller);
        let wanted = own.iter().filter(|video| ids.contains(&video.post_id.to_string().as_str()));
        let videos: Vec<Value> = wanted.map(|video| video.show(&fields)).collect();
        Ok(Answer::ok(Some(json!({"videos": videos})), &mut self.ids, now))
    }

    fn public_videos(&self, caller: &Caller) -> Vec<Video<'_>> {
        let username = self.user(&caller.open_id).map_or("", |user| user.username.as_str());
        let own = self
            .publishes
            .iter()
            .filter(|publish| publish.record.open_id == caller.open_id && publish.record.medium == Medium::Video);
        let videos = own.flat_map(|publish| {
            let posted = publish.record.published_at.unwrap_or(publish.record.created_at);
            let ids = publish.record.public_post_ids.iter();
            ids.map(move |post_id| Video { publish, username, base: &self.base, post_id: *post_id, posted })
        });
        videos.collect()
    }
}

/// One public video.
struct Video<'a> {
    publish: &'a Publish,
    username: &'a str,
    base: &'a str,
    post_id: u64,
    posted: Moment,
}

impl Video<'_> {
    fn show(&self, fields: &[&str]) -> Value {
        fields.iter().map(|name| ((*name).to_owned(), self.field(name))).collect::<Map<String, Value>>().into()
    }

    fn field(&self, name: &str) -> Value {
        let record = &self.publish.record;
        let (width, height) = record.picture.unwrap_or_default();
        let share_url = format!("https://www.tiktok.com/@{}/video/{}", self.username, self.post_id);
        match name {
            "id" => json!(self.post_id.to_string()),
            "create_time" => json!(self.posted.seconds()),
            "cover_image_url" => json!(format!("{}/_sim/cover/{}.jpeg", self.base, self.post_id)),
            "share_url" => json!(share_url),
            "title" | "video_description" => {
                let caption = record.post_info.get("title").and_then(Value::as_str).unwrap_or_default();
                json!(caption.chars().take(MAX_TITLE).collect::<String>())
            }
            "duration" => json!(record.duration_ms.unwrap_or_default() / 1000),
            "height" => json!(height),
            "width" => json!(width),
            "embed_html" => json!(format!("<blockquote class=\"tiktok-embed\" cite=\"{share_url}\"></blockquote>")),
            "embed_link" => json!(format!("https://www.tiktok.com/player/v1/{}", self.post_id)),
            "is_aigc" => json!(self.publish.is_aigc),
            _ => json!(0),
        }
    }
}
