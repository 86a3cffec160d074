//! `video/init` and `inbox/video/init`: a video as direct post or as draft.

use serde_json::{Value, json};

use super::params::{self, Fields};
use super::{Caller, ownership};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::Moment;
use crate::ledger::{ChunkPlan, Medium, Mode};
use crate::publish::{NewPublish, Transfer};
use crate::scope::Scope;
use crate::world::World;

const MAX_CAPTION_UNITS: usize = 2200;
const MAX_CHUNKS: u64 = 1000;
/// 4 GB in the larger reading.
const MAX_VIDEO_BYTES: u64 = 4_294_967_296;

impl World {
    pub(super) fn video_init(&mut self, call: &Call, now: Moment) -> Result<Answer, Refusal> {
        let caller = self.enter(call, &[Scope::VideoPublish], now)?;
        let request = params::body(call)?;
        let fields = Fields::of(&request)?;
        let post_info = fields.object("post_info")?;
        post_info.short_text("title", MAX_CAPTION_UNITS)?;
        for flag in ["disable_duet", "disable_stitch", "disable_comment", "brand_organic_toggle"] {
            post_info.flag(flag)?;
        }
        post_info.small_integer("video_cover_timestamp_ms")?;
        let is_aigc = post_info.flag("is_aigc")?;
        let level = brand_allows(post_info)?;
        let transfer = video_source(fields)?;
        self.owns(&transfer)?;
        self.may_post_directly(&caller, now)?;
        let privacy = Some(self.privacy(&caller, level)?);
        let post_info = request["post_info"].clone();
        let (mode, medium) = (Mode::Direct, Medium::Video);
        let new = NewPublish { open_id: caller.open_id, mode, medium, request, post_info, privacy, is_aigc, transfer };
        Ok(self.accepted(new, now))
    }

    /// A draft takes the source only: whatever is said about the post is dropped without a word.
    pub(super) fn inbox_video_init(&mut self, call: &Call, now: Moment) -> Result<Answer, Refusal> {
        let caller = self.enter(call, &[Scope::VideoUpload], now)?;
        let request = params::body(call)?;
        let transfer = video_source(Fields::of(&request)?)?;
        self.owns(&transfer)?;
        self.may_send_draft(&caller, now)?;
        let Caller { open_id, .. } = caller;
        let (mode, medium, post_info) = (Mode::Inbox, Medium::Video, Value::Null);
        let new = NewPublish { open_id, mode, medium, request, post_info, privacy: None, is_aigc: false, transfer };
        Ok(self.accepted(new, now))
    }

    /// Creates the publish and answers with its id and upload URL.
    pub(super) fn accepted(&mut self, new: NewPublish, now: Moment) -> Answer {
        let (publish_id, upload_url) = self.accept(new, now);
        let mut data = json!({"publish_id": publish_id});
        if let Some(upload_url) = upload_url {
            data["upload_url"] = json!(upload_url);
        }
        Answer::ok(Some(data), &mut self.ids, now).about(publish_id)
    }

    /// Every URL to download from has to be under a verified property.
    pub(super) fn owns(&self, transfer: &Transfer) -> Result<(), Refusal> {
        let Transfer::Pull(urls) = transfer else { return Ok(()) };
        for url in urls {
            if !ownership::is_verified(&self.config.url_properties, &ownership::parse(url)?) {
                return Err(Refusal::UrlOwnership);
            }
        }
        Ok(())
    }
}

/// Where the video comes from.
fn video_source(fields: Fields<'_>) -> Result<Transfer, Refusal> {
    let source = fields.object("source_info")?;
    match source.required_text("source")? {
        "FILE_UPLOAD" => {
            let size = |name| source.required_integer(name).map(|number| u64::try_from(number).unwrap_or(0));
            let plan = ChunkPlan {
                video_size: size("video_size")?,
                chunk_size: size("chunk_size")?,
                total_chunk_count: size("total_chunk_count")?,
            };
            check_plan(plan)?;
            Ok(Transfer::Upload(plan))
        }
        "PULL_FROM_URL" => {
            let url = source.required_text("video_url")?;
            ownership::parse(url)?;
            Ok(Transfer::Pull(vec![url.to_owned()]))
        }
        other => Err(Refusal::invalid(format!("source {other} is invalid"))),
    }
}

/// The privacy level as given. Branded content can not be private.
pub(super) fn brand_allows(post_info: Fields<'_>) -> Result<Option<&str>, Refusal> {
    let level = post_info.text("privacy_level")?;
    if post_info.flag("brand_content_toggle")? && level == Some("SELF_ONLY") {
        return Err(Refusal::invalid("Branded content visibility can not be private"));
    }
    Ok(level)
}

/// The strict reading of the guide's "5 MB" and "64 MB": valid whether a megabyte is 1,000,000 or 1,048,576 bytes.
const SMALLEST_CHUNK: u64 = 5_242_880;
const LARGEST_CHUNK: u64 = 64_000_000;

/// The chunk rules: floor division, one chunk only if it is the whole file, 1 to 1000 chunks, sizes within the limits.
fn check_plan(plan: ChunkPlan) -> Result<(), Refusal> {
    let ChunkPlan { video_size, chunk_size, total_chunk_count } = plan;
    if !(1..=MAX_VIDEO_BYTES).contains(&video_size) {
        return Err(Refusal::invalid("The video size is invalid"));
    }
    if chunk_size == 0 {
        return Err(Refusal::invalid("The chunk size is invalid"));
    }
    if total_chunk_count != video_size / chunk_size || !(1..=MAX_CHUNKS).contains(&total_chunk_count) {
        return Err(Refusal::invalid("The total chunk count is invalid"));
    }
    let fits = match total_chunk_count {
        1 => chunk_size == video_size && video_size <= LARGEST_CHUNK,
        _ => (SMALLEST_CHUNK..=LARGEST_CHUNK).contains(&chunk_size),
    };
    if fits { Ok(()) } else { Err(Refusal::invalid("The chunk size is invalid")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chunk_rules_hold_at_every_edge() {
        let (ok, size, count) = (None, Some("The chunk size is invalid"), Some("The total chunk count is invalid"));
        let cases = [
            (50_000_123, 10_000_000, 5, ok),
            (50_000_123, 10_000_000, 6, count),
            (4_194_304, 4_194_304, 1, ok),
            (1, 1, 1, ok),
            (4_194_304, 4_000_000, 1, size),
            (64_000_000, 64_000_000, 1, ok),
            (64_000_001, 64_000_001, 1, size),
            (67_108_864, 67_108_864, 1, size),
            (67_108_865, 67_108_865, 1, size),
            (94_000_000, 64_000_000, 1, size),
            (10_485_760, 5_242_880, 2, ok),
            (10_485_758, 5_242_879, 2, size),
            (9_999_998, 4_999_999, 2, size),
            (128_000_000, 64_000_000, 2, ok),
            (128_000_002, 64_000_001, 2, size),
            (10, 0, 1, size),
            (5_242_880_000, 5_242_880, 1000, Some("The video size is invalid")),
            (4_294_967_296, 64_000_000, 67, ok),
            (0, 1, 0, Some("The video size is invalid")),
            (5, 10, 0, count),
        ];
        for (video_size, chunk_size, total_chunk_count, expected) in cases {
            let plan = ChunkPlan { video_size, chunk_size, total_chunk_count };
            assert_eq!(check_plan(plan).err(), expected.map(Refusal::invalid), "{plan:?}");
        }
    }
}
