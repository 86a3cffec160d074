//! What may be published: every rule about a post that follows from what is known. What has to be looked up or asked for
//! was so before; nothing here does.
//!
//! A rule finds a [`Problem`] or a [`Warning`], with what was measured and what is allowed. Their words for callers are
//! where callers are answered.

mod kind;
mod problem;
#[cfg(test)]
mod tests;
mod time;
mod wish;

pub use problem::{Problem, Warning};
pub use time::{BadTime, lies_ahead};
pub use wish::{Choices, Creator, File, Known, PrivacyRule, Wish};

use crate::media::TooLong;
use crate::scopes::tiktok::Scope;
use crate::{
    Caption, Carousel, Description, Interactions, MediaKind, MediaTransfer, Mode, NoCarousel, PhotoSettings,
    PhotoTitle, PostMode, PrivacyLevel, Script, VideoSettings,
};

/// What a wish may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What is to be sent, if nothing is wrong with it.
    pub settings: Option<Settings>,
    /// Everything that is wrong with it.
    pub problems: Vec<Problem>,
    /// What is assumed, or of no effect, or for TikTok to decide.
    pub warnings: Vec<Warning>,
}

/// What TikTok is told about a video, or about photos.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settings {
    /// A video.
    Video(VideoSettings),
    /// Photos, of which the one with this index is the cover.
    Photos(PhotoSettings, usize),
}

/// The scope that a creator must have granted for this way of posting.
pub const fn needed_scope(mode: PostMode) -> Scope {
    match mode {
        PostMode::Direct => Scope::VideoPublish,
        PostMode::Inbox => Scope::VideoUpload,
    }
}

/// Judges what one account is to publish, with all its problems at once.
///
/// As long as the creator was not asked, what the creator decides is not judged: whatever is found then is wrong in any
/// case.
pub fn judge(wish: &Wish<'_>, known: &Known<'_>) -> Judged {
    let mut judged = Judged { settings: None, problems: Vec::new(), warnings: Vec::new() };
    if known.files.is_empty() {
        judged.problems.push(Problem::NoMedia);
    }
    let kind = kind::of(wish, known, &mut judged.problems);
    disclosure(wish, &mut judged.problems);
    let privacy_level = privacy(wish, known.creator, &mut judged);
    let settings = match kind {
        MediaKind::Video => video(wish, known, privacy_level, &mut judged),
        MediaKind::Photo => photos(wish, known, privacy_level, &mut judged),
    };
    // A video has no title.
    let title = wish.title.filter(|_| kind == MediaKind::Photo).unwrap_or_default();
    let scripts = Script::in_texts(&[title.0, wish.text.0]);
    match known.mode {
        Mode::Test => judged.problems.extend(scripts.into_iter().filter_map(Result::err).map(Problem::Script)),
        Mode::Live if scripts.iter().any(Result::is_ok) => judged.warnings.push(Warning::OutcomeOfTestMode),
        Mode::Live => {}
    }
    without_effect(wish, kind, &mut judged.warnings);
    forbidden(wish, kind, known.creator, &mut judged.warnings);
    judged.settings = settings.filter(|_| judged.problems.is_empty());
    judged
}

/// TikTok's form wants at least one box ticked once commercial content is declared, and branded content not private.
fn disclosure(wish: &Wish<'_>, problems: &mut Vec<Problem>) {
    let disclosure = wish.choices.disclosure();
    if wish.choices.disclosure_on == Some(true) && disclosure == crate::Disclosure::default() {
        problems.push(Problem::DisclosesNothing);
    }
    if let Some(Err(private)) = wish.choices.privacy_level.map(|level| disclosure.check(level)) {
        problems.push(Problem::BrandedContentIsPrivate(private));
    }
}

/// The chosen level if the creator offers it. Where it may be left out, the narrowest one that will do: never a public
/// one.
fn privacy(wish: &Wish<'_>, creator: Option<&Creator>, judged: &mut Judged) -> Option<PrivacyLevel> {
    if wish.choices.post_mode() == PostMode::Inbox {
        return None; // the creator chooses in the app
    }
    let offered = creator.map(|creator| creator.privacy_level_options.as_slice());
    let lacks = |level| offered.filter(|offered| !offered.contains(&level));
    if let Some(level) = wish.choices.privacy_level {
        if let Some(offered) = lacks(level) {
            judged.problems.push(Problem::PrivacyNotOffered { level, offered: offered.to_vec() });
        }
        return Some(level);
    }
    // Branded content can not be private; friends is the narrowest level that is not.
    let branded = wish.choices.disclosure().brand_content_toggle;
    let narrowest = if branded { PrivacyLevel::MutualFollowFriends } else { PrivacyLevel::SelfOnly };
    if wish.privacy == PrivacyRule::Required || lacks(narrowest).is_some() {
        judged.problems.push(Problem::PrivacyRequired);
        return None;
    }
    judged.warnings.push(Warning::PrivacyAssumed(narrowest));
    Some(narrowest)
}

fn video(
    wish: &Wish<'_>,
    known: &Known<'_>,
    privacy_level: Option<PrivacyLevel>,
    judged: &mut Judged,
) -> Option<Settings> {
    if known.files.len() > 1 {
        judged.problems.push(Problem::SeveralVideos);
    }
    let transfer = wish.choices.transfer.unwrap_or(MediaTransfer::Upload);
    if transfer == MediaTransfer::Pull && !known.can_be_pulled {
        judged.problems.push(Problem::VideoNotPulled);
    }
    let longest = known.creator.and_then(|creator| creator.max_video_duration_sec);
    for (file, plays) in known.files.iter().enumerate() {
        match TooLong::of(plays.duration_ms, longest) {
            Some(too_long) if too_long.by_rounding => judged.warnings.push(Warning::MayPlayTooLong { file, too_long }),
            Some(too_long) => judged.problems.push(Problem::PlaysTooLong { file, too_long }),
            None => {}
        }
    }
    if wish.title.is_some_and(|title| !title.is_empty()) {
        judged.warnings.push(Warning::TitleNotShown);
    }
    let caption = Caption::parse(wish.text.0).map_err(|error| judged.problems.push(Problem::Text(error))).ok()?;
    let choices = wish.choices;
    Some(Settings::Video(VideoSettings {
        post_mode: choices.post_mode(),
        caption,
        privacy_level,
        disclosure: choices.disclosure(),
        interactions: choices.interactions(),
        is_aigc: choices.is_aigc.unwrap_or(false),
        video_cover_timestamp_ms: choices.video_cover_timestamp_ms,
        transfer,
    }))
}

fn photos(
    wish: &Wish<'_>,
    known: &Known<'_>,
    privacy_level: Option<PrivacyLevel>,
    judged: &mut Judged,
) -> Option<Settings> {
    let choices = wish.choices;
    if !known.can_be_pulled {
        judged.problems.push(Problem::PhotosNotServed);
    }
    let cover = choices.photo_cover_index.unwrap_or(0);
    let made = Carousel::new(known.files.iter().collect(), usize::try_from(cover).unwrap_or(usize::MAX));
    let made = made.map_err(|no| match no {
        NoCarousel::CoverOutside { count, .. } => judged.problems.push(Problem::CoverOutside { cover, count }),
        NoCarousel::TooMany { count } => judged.problems.push(Problem::TooManyPhotos { count }),
        NoCarousel::Empty => {} // said already
    });
    let description = Description::parse(wish.text.0).map_err(|error| judged.problems.push(Problem::Text(error)));
    let title = PhotoTitle::parse(wish.title.unwrap_or_default().0);
    let title = title.map_err(|error| judged.problems.push(Problem::Title(error)));
    let settings = PhotoSettings {
        post_mode: choices.post_mode(),
        title: title.ok()?,
        description: description.ok()?,
        privacy_level,
        disclosure: choices.disclosure(),
        disable_comment: choices.interactions().disable_comment,
        auto_add_music: choices.auto_add_music.unwrap_or(false),
        is_aigc: choices.is_aigc.unwrap_or(false),
    };
    Some(Settings::Photos(settings, made.ok()?.cover()))
}

/// What was chosen and changes nothing: the other kind of post has it, or TikTok drops it from drafts.
fn without_effect(wish: &Wish<'_>, kind: MediaKind, warnings: &mut Vec<Warning>) {
    let choices = wish.choices;
    let named = |settings: &[(&'static str, bool)]| -> Vec<_> {
        settings.iter().filter(|(_, is_said)| *is_said).map(|(name, _)| *name).collect()
    };
    let others = match kind {
        MediaKind::Video => named(&[
            ("auto_add_music", choices.auto_add_music == Some(true)),
            ("photo_cover_index", choices.photo_cover_index.is_some_and(|index| index > 0)),
        ]),
        MediaKind::Photo => named(&[
            ("disable_duet", choices.disable_duet.is_some()),
            ("disable_stitch", choices.disable_stitch.is_some()),
            ("video_cover_timestamp_ms", choices.video_cover_timestamp_ms.is_some()),
            ("transfer", choices.transfer == Some(MediaTransfer::Upload)),
        ]),
    };
    if !others.is_empty() {
        warnings.push(Warning::NotFor { kind, settings: others });
    }
    if choices.post_mode() == PostMode::Direct {
        return;
    }
    let video = kind == MediaKind::Video;
    let dropped = named(&[
        ("privacy_level", choices.privacy_level.is_some()),
        ("brand_content_toggle", choices.disclosure().brand_content_toggle),
        ("brand_organic_toggle", choices.disclosure().brand_organic_toggle),
        ("disable_comment", choices.disable_comment == Some(false)),
        ("disable_duet", video && choices.disable_duet == Some(false)),
        ("disable_stitch", video && choices.disable_stitch == Some(false)),
        ("is_aigc", video && choices.is_aigc == Some(true)),
        ("video_cover_timestamp_ms", video && choices.video_cover_timestamp_ms.is_some()),
        ("auto_add_music", !video && choices.auto_add_music == Some(true)),
    ]);
    if !dropped.is_empty() {
        warnings.push(Warning::DroppedFromDraft(dropped));
    }
}

/// What was allowed to viewers and the creator's own settings forbid.
fn forbidden(wish: &Wish<'_>, kind: MediaKind, creator: Option<&Creator>, warnings: &mut Vec<Warning>) {
    let Some(creator) = creator.filter(|_| wish.choices.post_mode() == PostMode::Direct) else { return };
    let Interactions { disable_comment, disable_duet, disable_stitch } = wish.choices.interactions();
    let video = kind == MediaKind::Video;
    for (what, is_off, is_forbidden) in [
        ("comments", disable_comment, creator.comment_disabled),
        ("duets", disable_duet || !video, creator.duet_disabled),
        ("stitches", disable_stitch || !video, creator.stitch_disabled),
    ] {
        if is_forbidden && !is_off {
            warnings.push(Warning::CreatorForbids(what));
        }
    }
}
