//! Bodies about posts.

use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};
use slipway_contract::Platform;
use slipway_domain::limits::{PHOTOS_PER_POST, PLATFORMS_PER_POST, TARGETS_PER_POST};
use slipway_domain::{Caption, Description, PrivacyLevel};

use super::accounts::{ACCOUNT_IF_ANY, BRAND_IF_ANY};

/// What may be said about who sees a post.
fn visibilities() -> Vec<Value> {
    let spellings = PrivacyLevel::spellings().into_iter().map(|(spelling, _)| Value::from(spelling));
    spellings.chain([Value::from(""), Value::Null]).collect()
}

/// A post to create. Name its accounts in `targets`, or, in the older dialect, in `account_id` or `account_ids`.
#[derive(JsonSchema)]
#[schemars(extend("anyOf" = [
    {"required": ["targets"], "properties": {"targets": {"type": "array", "minItems": 1}}},
    {"required": ["account_id"], "properties": {"account_id": {"type": "string", "minLength": 1}}},
    {"required": ["account_ids"], "properties": {"account_ids": {"type": "array", "minItems": 1}}},
    {"required": ["platforms"], "properties": {
        "platforms": {"type": "array", "minItems": 1}, "account_id": {"minLength": 1},
    }},
]))]
pub(crate) struct CreatePost {
    /// The caption of a video, of up to 2,200 UTF-16 units, or the description of photos, of up to 4,000. Most emoji
    /// count as 2. An empty one is no caption.
    #[schemars(length(max = Description::MAX_UTF16_UNITS))]
    text: Option<String>,
    /// The title of photos, of up to 90 UTF-16 units. A video has none: up to 2,200 are kept, and not shown. In a
    /// change of a post an empty one takes the title away.
    #[schemars(length(max = Caption::MAX_UTF16_UNITS))]
    title: Option<String>,
    /// The media, in order: one video or up to 35 photos. Wins over `media_ids`.
    #[schemars(length(max = PHOTOS_PER_POST))]
    media: Option<Vec<NewPostMedia>>,
    /// Ids of media, or public https addresses that are imported first.
    #[schemars(length(max = PHOTOS_PER_POST))]
    media_ids: Option<Vec<String>>,
    /// The accounts that publish the post, each with what is different for it.
    #[schemars(length(max = TARGETS_PER_POST))]
    targets: Option<Vec<NewTarget>>,
    /// One account, in the older dialect, which publishes at once unless `publish_now` is false. An empty text is left out
    /// beside other accounts, and otherwise nobody's: 404.
    account_id: Option<String>,
    /// Several accounts, in the older dialect.
    #[schemars(length(max = TARGETS_PER_POST))]
    account_ids: Option<Vec<String>>,
    /// The brand whose only account publishes the post, if no account is named.
    #[schemars(regex(pattern = BRAND_IF_ANY))]
    brand_id: Option<String>,
    /// The platforms; `tiktok` is the only one. Without an account it stands for the only connected account.
    #[schemars(length(max = PLATFORMS_PER_POST))]
    platforms: Option<Vec<Platform>>,
    /// Settings for TikTok, for all targets.
    platform_data: Option<ForTikTok>,
    /// The same in the older dialect, where commercial content is declared either way.
    platform_options: Option<PlatformOptions>,
    /// Who can see the post: `public`, `friends`, `followers` or `private`, or one of TikTok's privacy levels; in small
    /// letters or in capitals, and the words also with a capital first letter.
    #[schemars(extend("enum" = visibilities()))]
    visibility: Option<String>,
    /// Whether the post is published at once. Without this and without `scheduled_at` it is kept as a draft.
    publish_now: Option<bool>,
    /// When the post is published: a time up to a year ahead, with its offset.
    #[schemars(extend("anyOf" = [{"format": "date-time"}, {"const": ""}]))]
    scheduled_at: Option<String>,
    /// Publish even if the same was posted within the last 24 hours.
    skip_duplicate_check: Option<bool>,
    /// Has no effect: TikTok validates every post.
    skip_validation: Option<bool>,
    /// Not supported yet: a hosted page on which creators confirm.
    #[schemars(extend("enum" = [null, ""]))]
    confirm: Option<Value>,
}

/// Changes to a post. Fields that are left out stay as they are.
#[derive(JsonSchema)]
#[schemars(transform = as_a_change)]
pub(crate) struct PatchPost {
    /// The fields replace those of the post.
    #[schemars(flatten)]
    post: CreatePost,
    /// Whether the post is hidden: lists leave it out.
    hidden: Option<bool>,
}

/// A change names no account, since the post has some, and publishes nothing.
fn as_a_change(schema: &mut Schema) {
    schema.remove("anyOf");
    if let Some(publish_now) = schema.pointer_mut("/properties/publish_now").and_then(Value::as_object_mut) {
        publish_now.insert("enum".to_owned(), json!([false, null]));
        let about = "`false` takes the time of a scheduled post away. A change publishes nothing: that is \
                     POST /v1/posts/{id}/publish.";
        publish_now.insert("description".to_owned(), json!(about));
    }
    if let Some(time) = schema.pointer_mut("/properties/scheduled_at").and_then(Value::as_object_mut) {
        let about = "When the post is published: a time up to a year ahead, with its offset. Null takes the time away, an \
                     empty text leaves it as it is.";
        time.insert("description".to_owned(), json!(about));
    }
}

/// A file of a post.
#[derive(JsonSchema)]
pub(crate) struct NewPostMedia {
    /// `media_id`, or `url` for a public https address that is imported first.
    #[schemars(extend("enum" = ["media_id", "url", "", null]))]
    source_type: Option<String>,
    /// The media item's id, or the address.
    source: String,
    /// `video` or `photo`. A hint: the file's content decides.
    #[schemars(regex(pattern = r"^$|^(video|photo|image)(/|$)"))]
    r#type: Option<String>,
}

/// What one account publishes.
#[derive(JsonSchema)]
pub(crate) struct NewTarget {
    /// The account.
    account_id: String,
    /// A text for this account, as long as in the post. An empty one is no caption, whatever the post says.
    #[schemars(length(max = Description::MAX_UTF16_UNITS))]
    text: Option<String>,
    /// A title for this account, as long as in the post.
    #[schemars(length(max = Caption::MAX_UTF16_UNITS))]
    title: Option<String>,
    /// Media for this account. Wins over `media_ids`.
    #[schemars(length(max = PHOTOS_PER_POST))]
    media: Option<Vec<NewPostMedia>>,
    /// Media for this account, by their ids or addresses.
    #[schemars(length(max = PHOTOS_PER_POST))]
    media_ids: Option<Vec<String>>,
    /// A time for this account.
    #[schemars(extend("anyOf" = [{"format": "date-time"}, {"const": ""}]))]
    scheduled_at: Option<String>,
    /// Who can see it, as in the post.
    #[schemars(extend("enum" = visibilities()))]
    visibility: Option<String>,
    /// Settings for TikTok, directly or in `tiktok`.
    platform_data: Option<NewTargetData>,
}

/// Settings for TikTok for one account, directly or in `tiktok`.
#[derive(JsonSchema)]
pub(crate) struct NewTargetData {
    /// The settings.
    #[schemars(flatten)]
    flat: TikTokSettings,
    /// The same settings; these win.
    tiktok: Option<TikTokSettings>,
}

/// Settings by platform.
#[derive(JsonSchema)]
pub(crate) struct ForTikTok {
    /// Settings for TikTok.
    tiktok: Option<TikTokSettings>,
}

/// Settings by platform, in the older dialect.
#[derive(JsonSchema)]
pub(crate) struct PlatformOptions {
    /// Settings for TikTok.
    tiktok: DeclaredSettings,
}

/// Settings for TikTok that declare commercial content either way.
#[derive(JsonSchema)]
pub(crate) struct DeclaredSettings {
    /// The settings.
    #[schemars(flatten)]
    settings: TikTokSettings,
    /// Commercial content.
    disclosure: DeclaredDisclosure,
}

/// Settings for TikTok.
#[derive(JsonSchema)]
pub(crate) struct TikTokSettings {
    /// Who can see the post: one of the creator's `privacy_level_options`. It is never assumed to be public.
    privacy_level: Option<PrivacyLevel>,
    /// `direct` publishes the post; `inbox` sends a draft, which the creator finishes in TikTok's app.
    #[schemars(extend("enum" = ["direct", "inbox", "DIRECT_POST", "MEDIA_UPLOAD", "", null]))]
    post_mode: Option<String>,
    /// `video` or `photo`. A hint: the files' content decides.
    #[schemars(extend("enum" = ["video", "photo", "VIDEO", "PHOTO", "", null]))]
    media_type: Option<String>,
    /// Whether comments are off. True by default.
    disable_comment: Option<bool>,
    /// Whether duets are off. True by default.
    disable_duet: Option<bool>,
    /// Whether stitches are off. True by default.
    disable_stitch: Option<bool>,
    /// Whether the post is paid for by a third party that it promotes.
    brand_content_toggle: Option<bool>,
    /// Whether the post promotes the creator's own business.
    brand_organic_toggle: Option<bool>,
    /// Commercial content, in the words of the older dialect.
    disclosure: Option<DisclosureWords>,
    /// The creator's switch for commercial content: when it is on, one of the toggles must be, too.
    _disclosure_on: Option<bool>,
    /// Whether the post is labelled as made by AI.
    is_aigc: Option<bool>,
    /// The time of the video's frame that is its cover, in milliseconds.
    #[schemars(range(max = 2_147_483_647))]
    video_cover_timestamp_ms: Option<u32>,
    /// Which photo is the cover, counted from 0.
    #[schemars(range(max = u64::MAX))]
    photo_cover_index: Option<u64>,
    /// Whether TikTok adds music to photos.
    auto_add_music: Option<bool>,
    /// `upload` sends the video to TikTok; `pull` has TikTok fetch it.
    #[schemars(extend("enum" = ["upload", "pull", "", null]))]
    transfer: Option<String>,
}

/// Commercial content.
#[derive(JsonSchema)]
pub(crate) struct DisclosureWords {
    /// Sets `brand_content_toggle`.
    branded_content: Option<bool>,
    /// Sets `brand_content_toggle`, too.
    paid_partnership: Option<bool>,
    /// Sets `brand_organic_toggle`.
    your_brand: Option<bool>,
}

/// Commercial content, declared either way.
#[derive(JsonSchema)]
pub(crate) struct DeclaredDisclosure {
    /// Sets `brand_content_toggle`.
    branded_content: bool,
    /// Sets `brand_content_toggle`, too.
    paid_partnership: bool,
    /// Sets `brand_organic_toggle`.
    your_brand: Option<bool>,
}

/// How duplicates are treated.
#[derive(JsonSchema)]
pub(crate) struct PublishAtOnce {
    /// Publish even if the same was posted within the last 24 hours.
    skip_duplicate_check: Option<bool>,
}

/// What a person found on TikTok.
#[derive(JsonSchema)]
pub(crate) struct ResolvePost {
    /// Whether the post was found there.
    outcome: ResolveOutcome,
    /// Only the target of this account. By default all that are unconfirmed.
    #[schemars(regex(pattern = ACCOUNT_IF_ANY))]
    account_id: Option<String>,
}

/// What a person found on TikTok.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub(crate) enum ResolveOutcome {
    /// The post is there.
    Published,
    /// The post is not there.
    NotPublished,
}

/// No fields.
#[derive(JsonSchema)]
pub(crate) struct NoFields {}
