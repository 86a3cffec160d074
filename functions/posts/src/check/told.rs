//! What the rules find, in words for callers.

#[cfg(test)]
mod tests;

use slipway_contract::{ErrorCode, Issue};
use slipway_domain::limits::PHOTOS_PER_POST;
use slipway_domain::rules::{Problem, Warning};
use slipway_domain::{MediaId, MediaKind, NoCarousel, PrivacyLevel};

use crate::request::{TargetRequest, no_media};
use crate::view::NO_PULL_DOMAIN;

/// What a caller is told about a problem of a target.
pub(super) fn issue(problem: &Problem, target: &TargetRequest) -> Issue {
    let file = |index: usize| target.media.get(index).map_or("media_ids", |media| media.field.as_str());
    match problem {
        Problem::NoMedia => no_media(),
        Problem::AnotherKind { file: index, found, wanted } => {
            let message = format!("this is a {}, and it was said to be a {}", found.as_str(), wanted.as_str());
            let issue =
                Issue::invalid(file(*index), message, "Send the other file, or say what it is with type in media.");
            issue.with_code(ErrorCode::MediaTypeMismatch).compared(found, wanted)
        }
        Problem::Mixed { file: index } => {
            let message = "a post has either one video or photos, not both";
            let issue = Issue::invalid(file(*index), message, "Send them as posts of their own.");
            issue.with_code(ErrorCode::MediaMixing)
        }
        Problem::SeveralVideos => {
            let message = "a TikTok video post has exactly one video";
            let issue = Issue::invalid(file(1), message, "Send one media id or one URL.");
            issue.with_code(ErrorCode::MediaMixing).compared(target.media.len(), 1)
        }
        Problem::TooManyPhotos { count } => {
            let message = NoCarousel::TooMany { count: *count }.to_string();
            let issue = Issue::invalid(file(PHOTOS_PER_POST), message, "Send fewer photos.");
            issue.compared(count, PHOTOS_PER_POST)
        }
        Problem::CoverOutside { cover, count } => {
            let field = target.settings.cover_field().unwrap_or("photo_cover_index");
            let message = format!("photo {cover} is none of the {count}: they are counted from 0");
            let last = count.saturating_sub(1);
            Issue::invalid(field, message, format!("Send 0 to {last}, or leave it out.")).compared(cover, last)
        }
        Problem::PhotosNotServed => {
            let message = format!("photos can't be published here. {}", NO_PULL_DOMAIN.trim_end_matches('.'));
            let cure = "Have the operator set PullDomain. Videos are published without it.";
            Issue::invalid(file(0), message, cure).with_code(ErrorCode::MediaUnsupportedSource)
        }
        Problem::VideoNotPulled => {
            let field = target.settings.pull_field().unwrap_or("transfer");
            let cure = "Leave it out to have the video sent to TikTok, or have the operator set PullDomain.";
            Issue::invalid(field, NO_PULL_DOMAIN, cure)
        }
        Problem::Text(error) => {
            let issue = Issue::invalid(&target.text.field, error.to_string(), "Shorten the text.");
            issue.compared(error.units, error.most)
        }
        Problem::Script(error) => {
            let cure = "Ask for one that GET /v1/test/outcomes lists, or write no [test:…].";
            Issue::invalid(&target.text.field, error.to_string(), cure)
        }
        Problem::Title(error) => {
            let field = target.title.as_ref().map_or("title", |title| title.field.as_str());
            Issue::invalid(field, error.to_string(), "Shorten the title.").compared(error.units, error.most)
        }
        Problem::DisclosesNothing => {
            let field = target.settings.disclosure_field().unwrap_or("_disclosure_on");
            let message = "commercial content is declared, but neither as your brand nor as branded content";
            Issue::invalid(field, message, "Set brand_organic_toggle or brand_content_toggle, or both.")
        }
        Problem::BrandedContentIsPrivate(error) => {
            Issue::invalid(&target.privacy_field, error.to_string(), "Choose a wider privacy_level.")
        }
        Problem::PrivacyRequired => {
            let cure = "Have the creator choose one of privacy_level_options; see GET /v1/accounts/{id}/creator-info.";
            Issue::required(&target.privacy_field, cure)
        }
        Problem::PrivacyNotOffered { level, offered } => {
            let list: Vec<_> = offered.iter().copied().map(PrivacyLevel::as_str).collect();
            let message = format!("the creator does not offer {level}");
            let issue = Issue::invalid(&target.privacy_field, message, format!("Choose one of {}.", list.join(", ")));
            issue.with_code(ErrorCode::PrivacyLevelUnsupported).compared(level, offered)
        }
        Problem::PlaysTooLong { file: index, too_long } => {
            let issue = Issue::invalid(file(*index), too_long.sentence(), "Send a shorter video.");
            issue.with_code(ErrorCode::MediaRejected).compared(too_long.plays_seconds(), too_long.longest_seconds())
        }
    }
}

/// What a caller is told about a warning. `media` are the files by their ids.
pub(super) fn warning(warning: &Warning, target: &TargetRequest, media: &[&MediaId]) -> String {
    match warning {
        Warning::PrivacyAssumed(level) => {
            format!("{} was not given; {level} is used. Give it to choose who sees the post.", target.privacy_field)
        }
        Warning::MayPlayTooLong { file, too_long } => match media.get(*file) {
            Some(id) => too_long.warning(id),
            None => too_long.sentence(),
        },
        Warning::TitleNotShown => {
            let field = target.title.as_ref().map_or("title", |title| title.field.as_str());
            format!("{field} is not shown: a TikTok video has its text alone.")
        }
        Warning::OutcomeOfTestMode => {
            "The text chooses an outcome of test mode, and your key is a live one: it is published as it stands."
                .to_owned()
        }
        Warning::NotFor { kind, settings } => {
            let others = match kind {
                MediaKind::Video => "only posts of photos have that",
                MediaKind::Photo => "only posts of a video have that",
            };
            format!("{}: no effect, {others}.", settings.join(", "))
        }
        Warning::DroppedFromDraft(settings) => {
            let list = settings.join(", ");
            format!("{list}: no effect with post_mode inbox, the creator chooses that in TikTok's app.")
        }
        Warning::CreatorForbids(what) => {
            let account = target.account.as_ref().map_or("the account", |account| account.as_str());
            format!("{account}: the creator allows no {what}, whatever the post says.")
        }
    }
}
