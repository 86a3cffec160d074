//! The words for each problem and each warning.

use jiff::Timestamp;
use serde_json::json;
use slipway_contract::diagnostics::UnknownFields;
use slipway_domain::media::TooLong;
use slipway_domain::{BrandedContentIsPrivate, Caption, PhotoTitle, Script};
use slipway_fetch::TrustedOrigins;

use super::*;

fn target() -> TargetRequest {
    let body = json!({
        "title": "T", "media_ids": ["med_1", "med_2"],
        "platform_data": {"tiktok": {"photo_cover_index": 9, "_disclosure_on": true, "privacy_level": "SELF_ONLY", "transfer": "pull"}},
        "targets": [{"account_id": "acc_1", "text": "x"}],
    });
    let object = body.as_object().unwrap();
    let read = crate::request::read(object, Timestamp::UNIX_EPOCH, &TrustedOrigins::none(), UnknownFields::Warn);
    read.unwrap().targets.remove(0)
}

#[test]
fn each_problem_names_its_field_its_code_and_what_was_measured() {
    let (video, photo) = (MediaKind::Video, MediaKind::Photo);
    let offered = vec![PrivacyLevel::SelfOnly];
    let too_long = TooLong::of(Some(61_500), Some(60)).unwrap();
    let [first, second, level] = ["media_ids[0]", "media_ids[1]", "platform_data.tiktok.privacy_level"];
    let (mixing, invalid) = ("publishing.media.mixing_unsupported", "validation.field_invalid");
    let mismatch = "validation.media_type_mismatch";
    let nothing = json!([null, null]);
    for (problem, field, code, compared) in [
        (Problem::NoMedia, "media_ids", "platform.tiktok.media_required", nothing.clone()),
        (Problem::AnotherKind { file: 1, found: video, wanted: photo }, second, mismatch, json!(["video", "photo"])),
        (Problem::Mixed { file: 1 }, second, mixing, nothing.clone()),
        (Problem::SeveralVideos, second, mixing, json!([2, 1])),
        (Problem::TooManyPhotos { count: 36 }, "media_ids", invalid, json!([36, 35])),
        (
            Problem::CoverOutside { cover: 9, count: 2 },
            "platform_data.tiktok.photo_cover_index",
            invalid,
            json!([9, 1]),
        ),
        (Problem::PhotosNotServed, first, "publishing.media.unsupported_source", nothing.clone()),
        (Problem::VideoNotPulled, "platform_data.tiktok.transfer", invalid, nothing.clone()),
        (Problem::Text(Caption::parse("a".repeat(2201)).unwrap_err()), "targets[0].text", invalid, json!([2201, 2200])),
        (Problem::Script("x".parse::<Script>().unwrap_err()), "targets[0].text", invalid, nothing.clone()),
        (Problem::Title(PhotoTitle::parse("a".repeat(91)).unwrap_err()), "title", invalid, json!([91, 90])),
        (Problem::DisclosesNothing, "platform_data.tiktok._disclosure_on", invalid, nothing.clone()),
        (Problem::BrandedContentIsPrivate(BrandedContentIsPrivate), level, invalid, nothing.clone()),
        (Problem::PrivacyRequired, level, "validation.field_required", nothing),
        (
            Problem::PrivacyNotOffered { level: PrivacyLevel::PublicToEveryone, offered },
            level,
            "validation.privacy_level_unsupported",
            json!(["PUBLIC_TO_EVERYONE", ["SELF_ONLY"]]),
        ),
        (Problem::PlaysTooLong { file: 0, too_long }, first, "publishing.media.rejected", json!([61.5, 60])),
    ] {
        let issue = issue(&problem, &target());
        assert_eq!((issue.field.as_str(), issue.code.as_str()), (field, code), "{problem:?}");
        let found = issue.compared.unwrap_or_default();
        assert_eq!(json!([found.measured, found.allowed]), compared, "{problem:?}");
        assert!(issue.cure.ends_with('.') && !issue.message.is_empty(), "{problem:?}");
    }
}

#[test]
fn each_warning_says_what_it_is_about() {
    let too_long = TooLong::of(Some(60_030), Some(60)).unwrap();
    for (found, begins) in [
        (Warning::PrivacyAssumed(PrivacyLevel::SelfOnly), "platform_data.tiktok.privacy_level was not given"),
        (Warning::MayPlayTooLong { file: 0, too_long }, "TikTok may refuse med_1."),
        (Warning::TitleNotShown, "title is not shown"),
        (Warning::NotFor { kind: MediaKind::Photo, settings: vec!["disable_duet"] }, "disable_duet: no effect"),
        (Warning::DroppedFromDraft(vec!["privacy_level", "is_aigc"]), "privacy_level, is_aigc: no effect with"),
        (Warning::CreatorForbids("duets"), "acc_1: the creator allows no duets"),
    ] {
        let told = warning(&found, &target(), &[&"med_1".parse().unwrap()]);
        assert!(told.starts_with(begins) && told.ends_with('.'), "{told}");
    }
}
