//! What is asked for, and what is known about it.

use crate::{Disclosure, Hidden, Interactions, MediaKind, MediaTransfer, Mode, PostMode, PrivacyLevel};

/// What a caller asks for one account.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// A video's caption, or the photos' description.
    pub text: Hidden<&'a str>,
    /// The title, if one was given.
    pub title: Option<Hidden<&'a str>>,
    /// What was chosen.
    pub choices: &'a Choices,
    /// What becomes of a privacy level that nobody chose.
    pub privacy: PrivacyRule,
}

/// What becomes of a privacy level that nobody chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivacyRule {
    /// It is required.
    Required,
    /// The narrowest one that will do is taken.
    Narrowest,
}

/// What was chosen; nothing where nothing was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// Whether it is to be a video or photos.
    pub media_type: Option<MediaKind>,
    /// Direct post or inbox draft.
    pub post_mode: Option<PostMode>,
    /// Who may see it.
    pub privacy_level: Option<PrivacyLevel>,
    /// Whether commercial content is declared at all.
    pub disclosure_on: Option<bool>,
    /// Paid partnership for a third party.
    pub brand_content_toggle: Option<bool>,
    /// Promotes the creator's own business.
    pub brand_organic_toggle: Option<bool>,
    /// No comments.
    pub disable_comment: Option<bool>,
    /// No duets.
    pub disable_duet: Option<bool>,
    /// No stitches.
    pub disable_stitch: Option<bool>,
    /// Made by AI.
    pub is_aigc: Option<bool>,
    /// The cover's time in a video.
    pub video_cover_timestamp_ms: Option<u32>,
    /// Which photo is the cover, counted from 0.
    pub photo_cover_index: Option<u64>,
    /// Whether TikTok adds music to photos.
    pub auto_add_music: Option<bool>,
    /// How a video gets to TikTok.
    pub transfer: Option<MediaTransfer>,
}

/// What is known about it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Its files, in their order.
    pub files: &'a [File],
    /// The creator, if TikTok was asked and has answered.
    pub creator: Option<&'a Creator>,
    /// Whether TikTok may fetch files from here, as it does with photos.
    pub can_be_pulled: bool,
    /// Whether it is meant for TikTok or for its double.
    pub mode: Mode,
}

/// A file of a post.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct File {
    /// What it is by its content; nothing while it is still to come.
    pub kind: Option<MediaKind>,
    /// What the request says that it is.
    pub said: Option<MediaKind>,
    /// What its name promises, where nothing better is known.
    pub presumed: Option<MediaKind>,
    /// How long it plays, in milliseconds.
    pub duration_ms: Option<u64>,
}

/// What a creator allows right now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creator {
    /// The levels to choose from.
    pub privacy_level_options: Vec<PrivacyLevel>,
    /// Nobody may comment.
    pub comment_disabled: bool,
    /// Nobody may make duets.
    pub duet_disabled: bool,
    /// Nobody may stitch.
    pub stitch_disabled: bool,
    /// The longest video, in seconds; unknown if TikTok does not say.
    pub max_video_duration_sec: Option<u64>,
}

impl Choices {
    /// Direct post unless the inbox was asked for.
    pub fn post_mode(&self) -> PostMode {
        self.post_mode.unwrap_or(PostMode::Direct)
    }

    /// What was disclosed.
    pub fn disclosure(&self) -> Disclosure {
        Disclosure {
            brand_content_toggle: self.brand_content_toggle.unwrap_or(false),
            brand_organic_toggle: self.brand_organic_toggle.unwrap_or(false),
        }
    }

    /// What viewers may not do; what was left out is forbidden.
    pub fn interactions(&self) -> Interactions {
        let off = Interactions::default();
        Interactions {
            disable_comment: self.disable_comment.unwrap_or(off.disable_comment),
            disable_duet: self.disable_duet.unwrap_or(off.disable_duet),
            disable_stitch: self.disable_stitch.unwrap_or(off.disable_stitch),
        }
    }
}
