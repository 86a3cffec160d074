//! Bodies about posts.

use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};
use slipway_contract::Platform;
use slipway_domain::PrivacyLevel;

/// The words for who sees a post, and TikTok's own, which are read in any case.
fn visibilities() -> Vec<Value> {
    let words = ["public", "friends", "connections_only", "followers", "private", "self_only", ""];
    let own = PrivacyLevel::ALL.map(|level| json!(level.as_str()));
    words.into_iter().map(Value::from).chain(own).chain([Value::Null]).collect()
}

/// A post to be created, in either dialect: name the accounts in `targets`, or in `account_id` or `account_ids`.
#[derive(JsonSchema)]
#[schemars(extend("anyOf" = [
    {"required": ["targets"]},
    {"required": ["account_id"]},
    {"required": ["account_ids"]},
    {"required": ["platforms"]},
]))]
pub(crate) struct CreatePost {
    /// The caption of a video, or the description of photos.
    text: Option<String>,
    /// The title of photos.
    title: Option<String>,
    /// The media, in their order. Wins over `media_ids`.
    media: Option<Vec<NewPostMedia>>,
    /// Ids of media, or public https addresses that are imported first.
    #[schemars(length(max = 35))]
    media_ids: Option<Vec<String>>,
    /// The accounts that publish it, each with what it says differently.
    #[schemars(length(max = 32))]
    targets: Option<Vec<NewTarget>>,
    /// One account: the older dialect, which publishes at once unless `publish_now` is false.
    account_id: Option<String>,
    /// Several accounts, in the older dialect.
    #[schemars(length(max = 32))]
    account_ids: Option<Vec<String>>,
    /// The brand whose only account is meant, where none is named.
    #[schemars(regex(pattern = r"^(brand_[0-9A-Za-z]{1,64})?$"))]
    brand_id: Option<String>,
    /// `tiktok` is the only one. Alone it stands for the only connected account.
    #[schemars(length(max = 10))]
    platforms: Option<Vec<Platform>>,
    /// What TikTok shall do, for all targets.
    platform_data: Option<ForTikTok>,
    /// The same in the older dialect; both booleans of `disclosure` must be there.
    platform_options: Option<ForTikTok>,
    /// Who sees it, in other words than TikTok's: `public`, `friends`, `followers` or `private`.
    #[schemars(extend("enum" = visibilities()))]
    visibility: Option<String>,
    /// Whether it is published at once. Without it and without `scheduled_at` it is kept as a draft.
    publish_now: Option<bool>,
    /// When it is published: a time ahead, up to a year, with its offset.
    #[schemars(extend("anyOf" = [{"format": "date-time"}, {"const": ""}]))]
    scheduled_at: Option<String>,
    /// Publish even if the same was posted lately.
    skip_duplicate_check: Option<bool>,
    /// Has no effect: TikTok validates every post.
    skip_validation: Option<bool>,
    /// There is no hosted page yet on which creators confirm; refused.
    #[schemars(extend("enum" = [null, ""]))]
    confirm: Option<Value>,
}

/// What of a post is to be changed. What is not said stays.
#[derive(JsonSchema)]
#[schemars(transform = no_account_needed)]
pub(crate) struct PatchPost {
    /// What is said here wins over what the post said.
    #[schemars(flatten)]
    post: CreatePost,
    /// Puts the post away: lists leave it out.
    hidden: Option<bool>,
}

/// A change names no account: the post has some.
fn no_account_needed(schema: &mut Schema) {
    schema.remove("anyOf");
}

/// A file of a post.
#[derive(JsonSchema)]
pub(crate) struct NewPostMedia {
    /// `media_id`, or `url` for a public https address that is imported first.
    #[schemars(extend("enum" = ["media_id", "url", "", null]))]
    source_type: Option<String>,
    /// The id, or the address.
    source: String,
    /// `video` or `photo`; the file decides.
    #[schemars(regex(pattern = r"^$|^(video|photo|image)(/|$)"))]
    r#type: Option<String>,
}

/// What one account shall publish.
#[derive(JsonSchema)]
pub(crate) struct NewTarget {
    /// The account.
    account_id: String,
    /// Its own text.
    text: Option<String>,
    /// Its own title.
    title: Option<String>,
    /// Its own media. Wins over `media_ids`.
    media: Option<Vec<NewPostMedia>>,
    /// Its own media, by their ids or addresses.
    #[schemars(length(max = 35))]
    media_ids: Option<Vec<String>>,
    /// Its own time.
    #[schemars(extend("anyOf" = [{"format": "date-time"}, {"const": ""}]))]
    scheduled_at: Option<String>,
    /// Who sees it, in other words than TikTok's.
    #[schemars(extend("enum" = visibilities()))]
    visibility: Option<String>,
    /// What TikTok shall do, here or in `tiktok`.
    platform_data: Option<NewTargetData>,
}

/// What TikTok shall do for one account, flat or in `tiktok`.
#[derive(JsonSchema)]
pub(crate) struct NewTargetData {
    /// The settings.
    #[schemars(flatten)]
    flat: TikTokSettings,
    /// The same; wins.
    tiktok: Option<TikTokSettings>,
}

/// Settings by platform.
#[derive(JsonSchema)]
pub(crate) struct ForTikTok {
    /// TikTok's.
    tiktok: Option<TikTokSettings>,
}

/// What TikTok shall do with a post.
#[derive(JsonSchema)]
pub(crate) struct TikTokSettings {
    /// One of the creator's `privacy_level_options`. Never assumed to be public.
    privacy_level: Option<PrivacyLevel>,
    /// `direct`, or `inbox`: the creator finishes the draft in TikTok's app.
    #[schemars(extend("enum" = ["direct", "inbox", "DIRECT_POST", "MEDIA_UPLOAD", "", null]))]
    post_mode: Option<String>,
    /// `video` or `photo`; what the files are decides.
    #[schemars(extend("enum" = ["video", "photo", "VIDEO", "PHOTO", "", null]))]
    media_type: Option<String>,
    /// Nobody may comment; true unless said.
    disable_comment: Option<bool>,
    /// Nobody may make duets; true unless said.
    disable_duet: Option<bool>,
    /// Nobody may stitch; true unless said.
    disable_stitch: Option<bool>,
    /// It promotes a third party, who pays for it.
    brand_content_toggle: Option<bool>,
    /// It promotes the creator's own business.
    brand_organic_toggle: Option<bool>,
    /// Commercial content in other words than TikTok's.
    disclosure: Option<DisclosureWords>,
    /// The creator's switch for commercial content: when it is on, one of the toggles must be, too.
    _disclosure_on: Option<bool>,
    /// It is labelled as made by AI.
    is_aigc: Option<bool>,
    /// The cover's time in a video, in milliseconds.
    #[schemars(range(max = 2_147_483_647))]
    video_cover_timestamp_ms: Option<u32>,
    /// Which photo is the cover, counted from 0.
    photo_cover_index: Option<u64>,
    /// TikTok adds music to photos.
    auto_add_music: Option<bool>,
    /// `upload`: the video is sent to TikTok; `pull`: TikTok fetches it.
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

/// Whether the same may be published twice.
#[derive(JsonSchema)]
pub(crate) struct PublishAtOnce {
    /// Publish even if the same was posted lately.
    skip_duplicate_check: Option<bool>,
}

/// What has become of a post.
#[derive(JsonSchema)]
pub(crate) struct ResolvePost {
    /// `published` or `not_published`.
    outcome: ResolveOutcome,
    /// The target of this account alone.
    account_id: Option<String>,
}

/// What a person found at TikTok.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub(crate) enum ResolveOutcome {
    /// It is there.
    Published,
    /// It is not.
    NotPublished,
}

/// No fields.
#[derive(JsonSchema)]
pub(crate) struct NoFields {}
