//! What the rules find.

use crate::media::TooLong;
use crate::{BrandedContentIsPrivate, MediaKind, NoSuchScript, PrivacyLevel, TextTooLong};

/// Something that keeps a post from being published. `file` is the index of a file of the post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// There is no file.
    NoMedia,
    /// A file is of another kind than was said.
    AnotherKind {
        /// Which file.
        file: usize,
        /// What it is.
        found: MediaKind,
        /// What was said.
        wanted: MediaKind,
    },
    /// Videos and photos in one post.
    Mixed {
        /// The first file that is of another kind than those before.
        file: usize,
    },
    /// A video post has one video.
    SeveralVideos,
    /// More photos than TikTok takes in a post.
    TooManyPhotos {
        /// How many.
        count: usize,
    },
    /// The cover is none of the photos.
    CoverOutside {
        /// Which one was to be the cover, counted from 0.
        cover: u64,
        /// How many photos there are.
        count: usize,
    },
    /// TikTok fetches photos itself, and has no address here that it may fetch from.
    PhotosNotServed,
    /// TikTok is to fetch a video, and has no address here that it may fetch from.
    VideoNotPulled,
    /// A caption or a description is too long.
    Text(TextTooLong),
    /// A title is too long.
    Title(TextTooLong),
    /// The text of a post of test mode asks for an outcome that there is not.
    Script(NoSuchScript),
    /// Commercial content is declared, but not which.
    DisclosesNothing,
    /// Branded content for nobody but its creator.
    BrandedContentIsPrivate(BrandedContentIsPrivate),
    /// Nobody chose who may see the post.
    PrivacyRequired,
    /// The creator does not offer the level.
    PrivacyNotOffered {
        /// What was chosen.
        level: PrivacyLevel,
        /// What there is to choose from.
        offered: Vec<PrivacyLevel>,
    },
    /// A video plays longer than its creator may post.
    PlaysTooLong {
        /// Which file.
        file: usize,
        /// How long it plays, and may.
        too_long: TooLong,
    },
}

/// Something that keeps nothing from being published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Nobody chose who may see the post; this narrow level is taken.
    PrivacyAssumed(PrivacyLevel),
    /// A video misses its creator's limit by a rounding difference.
    MayPlayTooLong {
        /// Which file.
        file: usize,
        /// How long it plays, and may.
        too_long: TooLong,
    },
    /// A video has no title.
    TitleNotShown,
    /// The text chooses an outcome, which only test mode has.
    OutcomeOfTestMode,
    /// Settings that posts of this kind do not have.
    NotFor {
        /// What the post is.
        kind: MediaKind,
        /// The settings.
        settings: Vec<&'static str>,
    },
    /// Settings that TikTok drops from drafts for the inbox.
    DroppedFromDraft(Vec<&'static str>),
    /// What the creator's own settings forbid, although the post allows it.
    CreatorForbids(&'static str),
}
