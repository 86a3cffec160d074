//! `slipway publish` and `slipway validate`: what is to be published, and how.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use jiff::Timestamp;

use super::How;
use crate::id::MediaId;
use crate::when;

const PUBLISH_EXAMPLES: &str = "\
Examples:
  slipway publish video.mp4 --account @anna --caption 'Hello #slipway' --privacy private
  slipway publish med_… --caption 'Later' --privacy public --at 'tomorrow 18:00'
  slipway publish video.mp4 --caption 'Not yet' --privacy friends --draft
  slipway publish video.mp4 --caption 'Finish it in the app' --draft-to-inbox
  slipway publish --photo 1.jpg --photo 2.jpg --caption 'Our trip' --title 'Day one' --privacy friends";

const VALIDATE_EXAMPLES: &str = "\
Examples:
  slipway validate video.mp4 --account @anna --caption 'Hello #slipway' --privacy private
  slipway validate med_… --caption 'Later' --privacy public --at 'tomorrow 18:00' --json

The exit code is 0 if nothing stands against it, and 3 if something does.";

/// `slipway publish`.
#[derive(Debug, clap::Args)]
#[command(after_help = PUBLISH_EXAMPLES)]
pub(crate) struct Publish {
    #[command(flatten)]
    pub(crate) wanted: Wanted,

    /// Do not follow the post
    #[arg(long)]
    pub(crate) no_wait: bool,

    #[command(flatten)]
    pub(crate) how: How,
}

/// `slipway validate`.
#[derive(Debug, clap::Args)]
#[command(after_help = VALIDATE_EXAMPLES)]
pub(crate) struct Validate {
    #[command(flatten)]
    pub(crate) wanted: Wanted,

    #[command(flatten)]
    pub(crate) how: How,
}

/// A post that is wanted.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Wanted {
    /// The video: a file, or the id of media that is uploaded already, med_…
    #[arg(value_name = "FILE|MEDIA_ID", required_unless_present = "photo", conflicts_with = "photo")]
    what: Option<String>,

    /// A photo instead of a video, as a file or media id; given several times, they are shown in this order
    #[arg(long, value_name = "FILE|MEDIA_ID", help_heading = "Photos")]
    photo: Vec<String>,

    /// The photos' title
    #[arg(long, value_name = "TEXT", conflicts_with = "what", help_heading = "Photos")]
    pub(crate) title: Option<String>,

    /// Which photo is the cover, from 1; the first one if left out
    #[arg(long, value_name = "N", conflicts_with = "what", value_parser = clap::value_parser!(u8).range(1..=35), help_heading = "Photos")]
    pub(crate) cover: Option<u8>,

    /// Have TikTok add music to the photos
    #[arg(long, conflicts_with = "what", help_heading = "Photos")]
    pub(crate) music: bool,

    /// Account id or username; may be left out if there is only one account
    #[arg(long)]
    pub(crate) account: Option<String>,

    /// The caption, with #hashtags and @mentions
    #[arg(long, value_name = "TEXT")]
    pub(crate) caption: String,

    /// Who may see the post; must be one of what the creator offers, and is never assumed
    #[arg(long, value_enum, value_name = "LEVEL", conflicts_with = "draft_to_inbox")]
    pub(crate) privacy: Option<Privacy>,

    /// Put it into the creator's inbox in TikTok's app, to be finished and posted there
    #[arg(long)]
    pub(crate) draft_to_inbox: bool,

    /// Declare a paid partnership: somebody else's brand is promoted
    #[arg(long, help_heading = "What the post declares")]
    pub(crate) branded: bool,

    /// Declare promotion of the creator's own brand
    #[arg(long, help_heading = "What the post declares")]
    pub(crate) own_brand: bool,

    /// Declare content made by AI
    #[arg(long, help_heading = "What the post declares")]
    pub(crate) ai_generated: bool,

    /// Allow comments; they are off otherwise
    #[arg(long, help_heading = "What others may do")]
    pub(crate) allow_comments: bool,

    /// Allow duets; they are off otherwise
    #[arg(long, conflicts_with = "photo", help_heading = "What others may do")]
    pub(crate) allow_duets: bool,

    /// Allow stitches; they are off otherwise
    #[arg(long, conflicts_with = "photo", help_heading = "What others may do")]
    pub(crate) allow_stitches: bool,

    /// Publish at this time instead of now, such as "tomorrow 18:00", "2026-12-24 18:00" or 2026-12-24T18:00:00Z; the
    /// program does not wait for it
    #[arg(long, value_name = "TIME", value_parser = when::read, help_heading = "When")]
    pub(crate) at: Option<Timestamp>,

    /// Keep it with Slipway as a draft, to be published later
    #[arg(long, conflicts_with = "at", help_heading = "When")]
    pub(crate) draft: bool,

    /// Post it even if the same media and caption went to this account within a day
    #[arg(long)]
    pub(crate) again: bool,
}

/// TikTok's privacy levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Privacy {
    /// Everyone
    #[value(alias = "PUBLIC_TO_EVERYONE")]
    Public,
    /// People who follow each other
    #[value(alias = "MUTUAL_FOLLOW_FRIENDS")]
    Friends,
    /// Followers, of a private account
    #[value(alias = "FOLLOWER_OF_CREATOR")]
    Followers,
    /// The creator alone
    #[value(alias = "SELF_ONLY")]
    Private,
}

impl Privacy {
    /// TikTok's and the API's name.
    pub(crate) const fn level(self) -> &'static str {
        match self {
            Self::Public => "PUBLIC_TO_EVERYONE",
            Self::Friends => "MUTUAL_FOLLOW_FRIENDS",
            Self::Followers => "FOLLOWER_OF_CREATOR",
            Self::Private => "SELF_ONLY",
        }
    }

    /// What to write on the command line for a level of the API; a level that is not known here stays as it is.
    pub(crate) fn flag(level: &str) -> String {
        let known = Self::value_variants().iter().find(|privacy| privacy.level() == level);
        known.and_then(Self::to_possible_value).map_or_else(|| level.to_owned(), |value| value.get_name().to_owned())
    }
}

impl Wanted {
    /// What the post is made of, in its order: one video, or photos.
    pub(crate) fn media(&self) -> Vec<What> {
        self.what.iter().chain(&self.photo).map(|text| What::read(text)).collect()
    }

    /// What can't be meant, as far as the command line tells by itself.
    pub(crate) fn mistake(&self) -> Option<String> {
        let photos = self.photo.len();
        if let Some(cover) = self.cover.filter(|cover| usize::from(*cover) > photos) {
            let there =
                if photos == 1 { "there is one photo".to_owned() } else { format!("there are {photos} photos") };
            return Some(format!("--cover {cover}: {there}, counted from 1"));
        }
        if let Some(photo) = self.what.as_deref().filter(|file| ends_with(file, &["jpg", "jpeg", "webp", "png"])) {
            return Some(format!("{photo} is a photo; give it as --photo {photo}"));
        }
        let video = self.photo.iter().find(|file| ends_with(file, &["mp4", "m4v", "mov", "qt", "webm"]))?;
        Some(format!("{video} is no photo; give a video without --photo"))
    }

    /// Whether it is a post of photos.
    pub(crate) fn is_of_photos(&self) -> bool {
        !self.photo.is_empty()
    }
}

fn ends_with(file: &str, endings: &[&str]) -> bool {
    let ending = Path::new(file).extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| endings.iter().any(|known| known.eq_ignore_ascii_case(ending)))
}

/// What to upload or publish.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Media that is there.
    Media(MediaId),
    /// A file to upload.
    File(PathBuf),
}

impl What {
    /// What looks like a media id is one; a file that is called so is written with `./`.
    pub(crate) fn read(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::File(PathBuf::from(text)), Self::Media)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_media_id_is_one() {
        assert_eq!(What::read("med_01abc"), What::Media("med_01abc".parse().unwrap()));
        for file in ["./med_01abc", "med_01abc.mp4", "video.mp4", "med_", "Übung.mov"] {
            assert_eq!(What::read(file), What::File(PathBuf::from(file)));
        }
    }
}
