//! TikTok's settings as callers send them: in up to three places, the later wins field by field.

use slipway_contract::Issue;
use slipway_contract::fields::Fields;
use slipway_domain::{Disclosure, Interactions, PostMode, PrivacyLevel};

/// What one place says.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Layer {
    privacy_level: Option<PrivacyLevel>,
    post_mode: Option<PostMode>,
    brand_content_toggle: Option<bool>,
    brand_organic_toggle: Option<bool>,
    disable_comment: Option<bool>,
    disable_duet: Option<bool>,
    disable_stitch: Option<bool>,
    is_aigc: Option<bool>,
    video_cover_timestamp_ms: Option<u32>,
    disclosure_on: Option<bool>,
    /// `disclosure.branded_content`, as far as given.
    pub branded_content: Option<bool>,
    /// `disclosure.paid_partnership`, as far as given.
    pub paid_partnership: Option<bool>,
}

/// What all places together say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings(Layer);

impl Layer {
    /// Reads one place. Problems and unknown fields are collected.
    pub fn read(fields: &Fields<'_>, unknown: &mut Vec<String>, issues: &mut Vec<Issue>) -> Self {
        let mut layer = Self::default();
        if let Some(text) = fields.text("privacy_level", issues) {
            match text.parse() {
                Ok(level) => layer.privacy_level = Some(level),
                Err(error) => {
                    let message = format!("{text:?} is no privacy level: {error}");
                    issues.push(Issue::invalid(
                        fields.path("privacy_level"),
                        message,
                        "Choose one of the creator's options; see GET /v1/accounts/{id}/creator-info.",
                    ));
                }
            }
        }
        match fields.text("post_mode", issues) {
            None => {}
            Some("direct" | "DIRECT_POST") => layer.post_mode = Some(PostMode::Direct),
            Some("inbox" | "MEDIA_UPLOAD") => layer.post_mode = Some(PostMode::Inbox),
            Some(other) => issues.push(Issue::invalid(
                fields.path("post_mode"),
                format!("{other:?} is no post mode"),
                "Send \"direct\" or \"inbox\".",
            )),
        }
        only(fields, "media_type", &["video", "VIDEO"], "only videos are published here", issues);
        only(fields, "transfer", &["upload"], "only uploads are made here, no pulls", issues);
        layer.brand_content_toggle = fields.flag("brand_content_toggle", issues);
        layer.brand_organic_toggle = fields.flag("brand_organic_toggle", issues);
        layer.disclosure_on = fields.flag("_disclosure_on", issues);
        layer.disable_comment = fields.flag("disable_comment", issues);
        layer.disable_duet = fields.flag("disable_duet", issues);
        layer.disable_stitch = fields.flag("disable_stitch", issues);
        layer.is_aigc = fields.flag("is_aigc", issues);
        fields.flag("auto_add_music", issues);
        fields.count("photo_cover_index", issues);
        if let Some(milliseconds) = fields.count("video_cover_timestamp_ms", issues) {
            // TikTok's field is an int32, so half of what fits here.
            match u32::try_from(milliseconds).ok().filter(|ms| i32::try_from(*ms).is_ok()) {
                Some(milliseconds) => layer.video_cover_timestamp_ms = Some(milliseconds),
                None => issues.push(Issue::invalid(
                    fields.path("video_cover_timestamp_ms"),
                    "the cover's time is too large",
                    "Send milliseconds from the start of the video.",
                )),
            }
        }
        if let Some(disclosure) = fields.object("disclosure", issues) {
            layer.branded_content = disclosure.flag("branded_content", issues);
            layer.paid_partnership = disclosure.flag("paid_partnership", issues);
            if let Some(own) = disclosure.flag("your_brand", issues) {
                layer.brand_organic_toggle = Some(own);
            }
            if layer.branded_content.is_some() || layer.paid_partnership.is_some() {
                layer.brand_content_toggle =
                    Some(layer.branded_content == Some(true) || layer.paid_partnership == Some(true));
            }
            unknown.extend(disclosure.unknown());
        }
        unknown.extend(fields.unknown());
        layer
    }
}

fn only(fields: &Fields<'_>, name: &'static str, allowed: &[&str], why: &str, issues: &mut Vec<Issue>) {
    if let Some(text) = fields.text(name, issues)
        && !allowed.contains(&text)
    {
        let cure = format!("Send {:?} or leave it out.", allowed[0]);
        issues.push(Issue::invalid(fields.path(name), format!("{name} can not be {text:?}: {why}"), cure));
    }
}

impl Settings {
    /// Adds a later place: what it says wins.
    pub fn add(&mut self, later: Layer) {
        let Self(sum) = self;
        sum.privacy_level = later.privacy_level.or(sum.privacy_level);
        sum.post_mode = later.post_mode.or(sum.post_mode);
        sum.brand_content_toggle = later.brand_content_toggle.or(sum.brand_content_toggle);
        sum.brand_organic_toggle = later.brand_organic_toggle.or(sum.brand_organic_toggle);
        sum.disable_comment = later.disable_comment.or(sum.disable_comment);
        sum.disable_duet = later.disable_duet.or(sum.disable_duet);
        sum.disable_stitch = later.disable_stitch.or(sum.disable_stitch);
        sum.is_aigc = later.is_aigc.or(sum.is_aigc);
        sum.video_cover_timestamp_ms = later.video_cover_timestamp_ms.or(sum.video_cover_timestamp_ms);
        sum.disclosure_on = later.disclosure_on.or(sum.disclosure_on);
    }

    /// The privacy level, if one was chosen.
    pub fn privacy_level(&self) -> Option<PrivacyLevel> {
        self.0.privacy_level
    }

    /// Direct post unless the inbox was asked for.
    pub fn post_mode(&self) -> PostMode {
        self.0.post_mode.unwrap_or(PostMode::Direct)
    }

    /// What was disclosed.
    pub fn disclosure(&self) -> Disclosure {
        Disclosure {
            brand_content_toggle: self.0.brand_content_toggle.unwrap_or(false),
            brand_organic_toggle: self.0.brand_organic_toggle.unwrap_or(false),
        }
    }

    /// The disclosure switch is on, but nothing is disclosed: TikTok wants at least one of the two boxes ticked.
    pub fn discloses_nothing(&self) -> bool {
        self.0.disclosure_on == Some(true) && self.disclosure() == Disclosure::default()
    }

    /// What viewers may not do; what was left out is forbidden.
    pub fn interactions(&self) -> Interactions {
        let off = Interactions::default();
        Interactions {
            disable_comment: self.0.disable_comment.unwrap_or(off.disable_comment),
            disable_duet: self.0.disable_duet.unwrap_or(off.disable_duet),
            disable_stitch: self.0.disable_stitch.unwrap_or(off.disable_stitch),
        }
    }

    /// Whether the video is labelled as made by AI.
    pub fn is_aigc(&self) -> bool {
        self.0.is_aigc.unwrap_or(false)
    }

    /// The cover's time in milliseconds.
    pub fn video_cover_timestamp_ms(&self) -> Option<u32> {
        self.0.video_cover_timestamp_ms
    }
}
