//! TikTok's settings as callers send them: in several places, the later wins field by field.

use slipway_contract::fields::{Fields, quoted};
use slipway_contract::{Diagnostics, Issue};
use slipway_domain::rules::Choices;
use slipway_domain::{MediaKind, MediaTransfer, PostMode, PrivacyLevel};

use super::{Said, visibility};

/// What one place says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layer {
    media_type: Option<MediaKind>,
    privacy_level: Option<Said<PrivacyLevel>>,
    post_mode: Option<PostMode>,
    brand_content_toggle: Option<bool>,
    brand_organic_toggle: Option<bool>,
    disable_comment: Option<bool>,
    disable_duet: Option<bool>,
    disable_stitch: Option<bool>,
    is_aigc: Option<bool>,
    video_cover_timestamp_ms: Option<u32>,
    photo_cover_index: Option<Said<u64>>,
    auto_add_music: Option<bool>,
    disclosure_on: Option<Said<bool>>,
    transfer: Option<Said<MediaTransfer>>,
}

impl Layer {
    /// What the word `visibility` beside the settings says. What the settings themselves say wins over it.
    pub(super) fn visibility(fields: &Fields<'_>, issues: &mut Vec<Issue>) -> Self {
        Self { privacy_level: visibility::read(fields, issues), ..Self::default() }
    }
}

/// What all places together say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings(Layer);

impl Layer {
    /// Reads one place. Problems and unknown fields are noted.
    pub fn read(fields: &Fields<'_>, noted: &mut Diagnostics) -> Self {
        let issues = &mut noted.issues;
        let mut layer = Self {
            media_type: media_type(fields, issues),
            privacy_level: privacy_level(fields, issues),
            post_mode: post_mode(fields, issues),
            brand_content_toggle: fields.flag("brand_content_toggle", issues),
            brand_organic_toggle: fields.flag("brand_organic_toggle", issues),
            disable_comment: fields.flag("disable_comment", issues),
            disable_duet: fields.flag("disable_duet", issues),
            disable_stitch: fields.flag("disable_stitch", issues),
            is_aigc: fields.flag("is_aigc", issues),
            video_cover_timestamp_ms: cover(fields, issues),
            photo_cover_index: fields
                .count("photo_cover_index", issues)
                .map(|value| Said { value, field: fields.path("photo_cover_index") }),
            auto_add_music: fields.flag("auto_add_music", issues),
            disclosure_on: fields
                .flag("_disclosure_on", issues)
                .map(|value| Said { value, field: fields.path("_disclosure_on") }),
            transfer: transfer(fields, issues),
        };
        if let Some(disclosure) = fields.object("disclosure", issues) {
            let branded = disclosure.flag("branded_content", issues);
            let paid = disclosure.flag("paid_partnership", issues);
            let either = branded.or(paid).map(|_| branded == Some(true) || paid == Some(true));
            let own = disclosure.flag("your_brand", issues);
            agree(fields, "brand_content_toggle", &mut layer.brand_content_toggle, either, issues);
            agree(fields, "brand_organic_toggle", &mut layer.brand_organic_toggle, own, issues);
            noted.unknown(&disclosure);
        }
        noted.unknown(fields);
        layer
    }
}

/// `disclosure` and the toggle are two names of one declaration: said both ways at one place, it must be the same.
fn agree(
    fields: &Fields<'_>,
    name: &'static str,
    toggle: &mut Option<bool>,
    disclosed: Option<bool>,
    issues: &mut Vec<Issue>,
) {
    if toggle.zip(disclosed).is_some_and(|(toggle, disclosed)| toggle != disclosed) {
        let message = format!("{name} and disclosure contradict each other");
        issues.push(Issue::invalid(fields.path(name), message, "Send one of the two, or both with the same meaning."));
    }
    *toggle = disclosed.or(*toggle);
}

fn privacy_level(fields: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<Said<PrivacyLevel>> {
    let (text, field) = (fields.filled("privacy_level", issues)?, fields.path("privacy_level"));
    match text.parse() {
        Ok(value) => Some(Said { value, field }),
        Err(error) => {
            let message = format!("{} is no privacy level: {error}", quoted(text));
            let cure = "Choose one of the creator's options; see GET /v1/accounts/{id}/creator-info.";
            issues.push(Issue::invalid(field, message, cure));
            None
        }
    }
}

fn media_type(fields: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<MediaKind> {
    match fields.filled("media_type", issues)? {
        "video" | "VIDEO" => Some(MediaKind::Video),
        "photo" | "PHOTO" => Some(MediaKind::Photo),
        other => {
            let message = format!("{} is no type of media", quoted(other));
            issues.push(Issue::invalid(fields.path("media_type"), message, "Send \"video\" or \"photo\"."));
            None
        }
    }
}

fn post_mode(fields: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<PostMode> {
    match fields.filled("post_mode", issues)? {
        "direct" | "DIRECT_POST" => Some(PostMode::Direct),
        "inbox" | "MEDIA_UPLOAD" => Some(PostMode::Inbox),
        other => {
            let message = format!("{} is no post mode", quoted(other));
            issues.push(Issue::invalid(fields.path("post_mode"), message, "Send \"direct\" or \"inbox\"."));
            None
        }
    }
}

fn transfer(fields: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<Said<MediaTransfer>> {
    let field = fields.path("transfer");
    let value = match fields.filled("transfer", issues)? {
        "upload" => MediaTransfer::Upload,
        "pull" => MediaTransfer::Pull,
        other => {
            let message = format!("{} is no way to TikTok", quoted(other));
            issues.push(Issue::invalid(field, message, "Send \"upload\" or \"pull\"."));
            return None;
        }
    };
    Some(Said { value, field })
}

/// The cover's time. TikTok's field is an int32, so half of what fits here.
fn cover(fields: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<u32> {
    let milliseconds = fields.count("video_cover_timestamp_ms", issues)?;
    let fits = u32::try_from(milliseconds).ok().filter(|ms| i32::try_from(*ms).is_ok());
    if fits.is_none() {
        let cure = "Send milliseconds from the start of the video.";
        let field = fields.path("video_cover_timestamp_ms");
        issues.push(Issue::invalid(field, "the cover's time is too large", cure));
    }
    fits
}

impl Settings {
    /// What a body says for all its targets: `platform_options.tiktok` first, `platform_data.tiktok` wins over it.
    ///
    /// Who writes `platform_options` declares commercial content either way: both booleans are required.
    pub fn shared(root: &Fields<'_>, noted: &mut Diagnostics) -> Self {
        let mut settings = Self::default();
        settings.add(Layer::visibility(root, &mut noted.issues));
        if let Some(options) = root.object("platform_options", &mut noted.issues) {
            let tiktok = options.object("tiktok", &mut noted.issues);
            if let Some(tiktok) = &tiktok {
                settings.add(Layer::read(tiktok, noted));
            }
            let disclosure = tiktok.and_then(|tiktok| tiktok.object("disclosure", &mut Vec::new()));
            for name in ["branded_content", "paid_partnership"] {
                let given = disclosure.as_ref().is_some_and(|disclosure| disclosure.has(name));
                let field = format!("platform_options.tiktok.disclosure.{name}");
                if !given && !noted.refused(&field) {
                    let cure = "Send true or false: TikTok wants commercial content declared either way.";
                    noted.issues.push(Issue::required(field, cure));
                }
            }
            noted.unknown(&options);
        }
        if let Some(data) = root.object("platform_data", &mut noted.issues) {
            if let Some(tiktok) = data.object("tiktok", &mut noted.issues) {
                settings.add(Layer::read(&tiktok, noted));
            }
            noted.unknown(&data);
        }
        settings
    }

    /// Adds a later place: what it says wins.
    pub fn add(&mut self, later: Layer) {
        let Self(sum) = self;
        let earlier = std::mem::take(sum);
        *sum = Layer {
            media_type: later.media_type.or(earlier.media_type),
            privacy_level: later.privacy_level.or(earlier.privacy_level),
            post_mode: later.post_mode.or(earlier.post_mode),
            brand_content_toggle: later.brand_content_toggle.or(earlier.brand_content_toggle),
            brand_organic_toggle: later.brand_organic_toggle.or(earlier.brand_organic_toggle),
            disable_comment: later.disable_comment.or(earlier.disable_comment),
            disable_duet: later.disable_duet.or(earlier.disable_duet),
            disable_stitch: later.disable_stitch.or(earlier.disable_stitch),
            is_aigc: later.is_aigc.or(earlier.is_aigc),
            video_cover_timestamp_ms: later.video_cover_timestamp_ms.or(earlier.video_cover_timestamp_ms),
            photo_cover_index: later.photo_cover_index.or(earlier.photo_cover_index),
            auto_add_music: later.auto_add_music.or(earlier.auto_add_music),
            disclosure_on: later.disclosure_on.or(earlier.disclosure_on),
            transfer: later.transfer.or(earlier.transfer),
        };
    }

    /// Where the privacy level was chosen.
    pub fn privacy_field(&self) -> Option<&str> {
        self.0.privacy_level.as_ref().map(|said| said.field.as_str())
    }

    /// Where the cover of photos was chosen.
    pub fn cover_field(&self) -> Option<&str> {
        self.0.photo_cover_index.as_ref().map(|said| said.field.as_str())
    }

    /// Where the disclosure switch is.
    pub fn disclosure_field(&self) -> Option<&str> {
        self.0.disclosure_on.as_ref().map(|said| said.field.as_str())
    }

    /// What was chosen, for the rules.
    pub fn choices(&self) -> Choices {
        let said = &self.0;
        Choices {
            media_type: said.media_type,
            post_mode: said.post_mode,
            privacy_level: said.privacy_level.as_ref().map(|said| said.value),
            disclosure_on: said.disclosure_on.as_ref().map(|said| said.value),
            brand_content_toggle: said.brand_content_toggle,
            brand_organic_toggle: said.brand_organic_toggle,
            disable_comment: said.disable_comment,
            disable_duet: said.disable_duet,
            disable_stitch: said.disable_stitch,
            is_aigc: said.is_aigc,
            video_cover_timestamp_ms: said.video_cover_timestamp_ms,
            photo_cover_index: said.photo_cover_index.as_ref().map(|said| said.value),
            auto_add_music: said.auto_add_music,
            transfer: said.transfer.as_ref().map(|said| said.value),
        }
    }

    /// Where a pull was asked for.
    pub fn pull_field(&self) -> Option<&str> {
        self.0.transfer.as_ref().filter(|said| said.value == MediaTransfer::Pull).map(|said| said.field.as_str())
    }
}
