//! The rules by tables, and what holds for every wish.

mod any;

use super::*;
use crate::Hidden;
use crate::limits::PHOTOS_PER_POST;

const ALL: [PrivacyLevel; 4] = PrivacyLevel::ALL;

fn creator(levels: &[PrivacyLevel]) -> Creator {
    Creator {
        privacy_level_options: levels.to_vec(),
        comment_disabled: false,
        duet_disabled: false,
        stitch_disabled: false,
        max_video_duration_sec: Some(60),
    }
}

fn file(kind: MediaKind) -> File {
    File { kind: Some(kind), ..File::default() }
}

fn private() -> Choices {
    Choices { privacy_level: Some(PrivacyLevel::SelfOnly), ..Choices::default() }
}

fn wish(choices: &Choices) -> Wish<'_> {
    Wish { text: Hidden("Hello"), title: None, choices, privacy: PrivacyRule::Required }
}

fn known(files: &[File]) -> Known<'_> {
    Known { files, creator: None, can_be_pulled: true, mode: Mode::Live }
}

#[test]
fn only_a_post_of_test_mode_may_not_ask_for_what_there_is_not() {
    for (mode, text, title, problems) in [
        (Mode::Test, "[test:stuck]", None, vec![]),
        (Mode::Test, "[test:nothing]", None, vec!["nothing"]),
        (Mode::Test, "Hello", Some("[test:nothing]"), vec!["nothing"]),
        (Mode::Live, "[test:nothing]", None, vec![]),
    ] {
        let (choices, files) = (private(), [file(MediaKind::Photo)]);
        let judged = judge(
            &Wish { text: Hidden(text), title: title.map(Hidden), ..wish(&choices) },
            &Known { mode, ..known(&files) },
        );
        let expected: Vec<_> =
            problems.iter().map(|name| Problem::Script(crate::NoSuchScript((*name).to_owned()))).collect();
        assert_eq!(judged.problems, expected, "{mode} {text}");
    }
    // Whoever has mixed up the keys is told, and whoever writes so is not.
    for (mode, text, is_told) in
        [(Mode::Live, "[test:stuck]", true), (Mode::Live, "[test:nothing]", false), (Mode::Test, "[test:stuck]", false)]
    {
        let (choices, files) = (private(), [file(MediaKind::Photo)]);
        let judged = judge(&Wish { text: Hidden(text), ..wish(&choices) }, &Known { mode, ..known(&files) });
        assert_eq!(judged.warnings.contains(&Warning::OutcomeOfTestMode), is_told, "{mode} {text}");
    }
}

#[test]
fn what_files_are_decides_and_what_is_said_must_fit() {
    use MediaKind::{Photo, Video};
    let is = |kind| file(kind);
    let comes = |presumed, said| File { said, presumed, ..File::default() };
    let another = |file, found, wanted| vec![Problem::AnotherKind { file, found, wanted }];
    for (files, said, kind, told) in [
        (vec![is(Video)], None, Video, vec![]),
        (vec![is(Photo)], None, Photo, vec![]),
        (vec![is(Photo)], Some(Photo), Photo, vec![]),
        (vec![is(Video)], Some(Photo), Video, another(0, Video, Photo)),
        (vec![is(Photo)], Some(Video), Photo, another(0, Photo, Video)),
        (vec![is(Photo), is(Photo)], None, Photo, vec![]),
        (vec![is(Photo), is(Video), is(Video)], None, Photo, vec![Problem::Mixed { file: 1 }]),
        (vec![is(Video), is(Photo)], None, Video, vec![Problem::Mixed { file: 1 }, Problem::SeveralVideos]),
        (vec![is(Video), is(Video)], None, Video, vec![Problem::SeveralVideos]),
        // What is still to come is what is said, or what several of them can only be, or what its name promises.
        (vec![comes(None, None)], None, Video, vec![]),
        (vec![comes(None, None)], Some(Photo), Photo, vec![]),
        (vec![comes(Some(Photo), None)], None, Photo, vec![]),
        (vec![comes(Some(Photo), None)], Some(Video), Video, vec![]),
        (vec![comes(None, Some(Photo))], None, Photo, vec![]),
        (vec![comes(None, Some(Photo))], Some(Video), Photo, another(0, Photo, Video)),
        (vec![comes(Some(Video), None), comes(None, None)], None, Photo, vec![]),
        (vec![comes(None, None), is(Video)], None, Video, vec![Problem::SeveralVideos]),
        (vec![], None, Video, vec![Problem::NoMedia]),
    ] {
        let choices = Choices { media_type: said, ..private() };
        let judged = judge(&wish(&choices), &known(&files));
        assert_eq!(judged.problems, told, "{files:?} {said:?}");
        let found = judged.settings.map(|settings| match settings {
            Settings::Video(_) => Video,
            Settings::Photos(..) => Photo,
        });
        assert_eq!(found, told.is_empty().then_some(kind), "{files:?} {said:?}");
    }
}

#[test]
fn photos_have_a_cover_among_them_and_somewhere_to_be_fetched_from() {
    for (count, cover, can_be_pulled, told) in [
        (1, None, true, vec![]),
        (35, Some(34), true, vec![]),
        (2, Some(2), true, vec![Problem::CoverOutside { cover: 2, count: 2 }]),
        (2, Some(u64::MAX), true, vec![Problem::CoverOutside { cover: u64::MAX, count: 2 }]),
        (36, None, true, vec![Problem::TooManyPhotos { count: 36 }]),
        (1, None, false, vec![Problem::PhotosNotServed]),
        (2, Some(9), false, vec![Problem::PhotosNotServed, Problem::CoverOutside { cover: 9, count: 2 }]),
    ] {
        let choices = Choices { photo_cover_index: cover, ..private() };
        let files = vec![file(MediaKind::Photo); count];
        let judged = judge(&wish(&choices), &Known { can_be_pulled, ..known(&files) });
        assert_eq!(judged.problems, told, "{count} {cover:?}");
    }
}

#[test]
fn what_tiktok_is_to_fetch_it_must_be_able_to_fetch() {
    use MediaTransfer::{Pull, Upload};
    for (kind, transfer, can_be_pulled, problems, warnings) in [
        (MediaKind::Video, None, false, vec![], 0),
        (MediaKind::Video, Some(Upload), false, vec![], 0),
        (MediaKind::Video, Some(Pull), true, vec![], 0),
        (MediaKind::Video, Some(Pull), false, vec![Problem::VideoNotPulled], 0),
        (MediaKind::Photo, Some(Pull), true, vec![], 0),
        (MediaKind::Photo, Some(Upload), true, vec![], 1),
        (MediaKind::Photo, None, false, vec![Problem::PhotosNotServed], 0),
    ] {
        let (choices, files) = (Choices { transfer, ..private() }, [file(kind)]);
        let judged = judge(&wish(&choices), &Known { can_be_pulled, ..known(&files) });
        assert_eq!((judged.problems, judged.warnings.len()), (problems, warnings), "{kind:?} {transfer:?}");
        if let Some(Settings::Video(video)) = judged.settings {
            assert_eq!(video.transfer, transfer.unwrap_or(Upload));
        }
    }
}

#[test]
fn a_video_may_not_play_longer_than_its_creator_may_post() {
    let (choices, creator) = (private(), creator(&ALL));
    for (duration_ms, warned, refused) in [
        (Some(60_000), false, false),
        (Some(60_030), true, false),
        (Some(60_499), true, false),
        (Some(60_500), false, true),
        (None, false, false),
    ] {
        let files = [File { duration_ms, ..file(MediaKind::Video) }];
        for creator in [None, Some(&creator)] {
            let judged = judge(&wish(&choices), &Known { creator, ..known(&files) });
            let asked = creator.is_some();
            assert_eq!(judged.warnings.len(), usize::from(warned && asked), "{duration_ms:?}");
            assert_eq!(judged.problems.len(), usize::from(refused && asked), "{duration_ms:?}");
        }
    }
}

#[test]
fn a_level_that_is_left_out_is_never_filled_in_with_a_public_one() {
    use PrivacyLevel::{FollowerOfCreator, MutualFollowFriends, PublicToEveryone, SelfOnly};
    let public = [PublicToEveryone, MutualFollowFriends, SelfOnly];
    let branded = Choices { brand_content_toggle: Some(true), ..Choices::default() };
    let plain = Choices::default();
    for (privacy, choices, offered, taken) in [
        (PrivacyRule::Narrowest, &plain, Some(&public[..]), Some(SelfOnly)),
        (PrivacyRule::Narrowest, &branded, Some(&public[..]), Some(MutualFollowFriends)),
        (PrivacyRule::Narrowest, &plain, None, Some(SelfOnly)),
        (PrivacyRule::Narrowest, &branded, None, Some(MutualFollowFriends)),
        (PrivacyRule::Narrowest, &plain, Some(&[PublicToEveryone][..]), None),
        (PrivacyRule::Narrowest, &branded, Some(&[PublicToEveryone, FollowerOfCreator, SelfOnly][..]), None),
        (PrivacyRule::Required, &plain, Some(&public[..]), None),
        (PrivacyRule::Required, &plain, None, None),
    ] {
        let creator = offered.map(creator);
        let files = [file(MediaKind::Video)];
        let judged = judge(&Wish { privacy, ..wish(choices) }, &Known { creator: creator.as_ref(), ..known(&files) });
        match taken {
            Some(level) => {
                assert_eq!((judged.problems, judged.warnings), (vec![], vec![Warning::PrivacyAssumed(level)]));
            }
            None => assert_eq!((judged.problems, judged.warnings), (vec![Problem::PrivacyRequired], vec![])),
        }
    }
}

#[test]
fn a_level_that_is_chosen_must_be_offered() {
    for level in ALL {
        for offered in ALL {
            let choices = Choices { privacy_level: Some(level), ..Choices::default() };
            for kind in [MediaKind::Video, MediaKind::Photo] {
                let (creator, files) = (creator(&[offered]), [file(kind)]);
                let judged = judge(&wish(&choices), &Known { creator: Some(&creator), ..known(&files) });
                let told = Problem::PrivacyNotOffered { level, offered: vec![offered] };
                assert_eq!(judged.problems, if level == offered { vec![] } else { vec![told] });
            }
        }
    }
}

#[test]
fn what_is_declared_must_fit_the_level() {
    let private_and_branded = || Problem::BrandedContentIsPrivate(crate::BrandedContentIsPrivate);
    let said = |level, on, branded, organic| Choices {
        privacy_level: level,
        disclosure_on: on,
        brand_content_toggle: branded,
        brand_organic_toggle: organic,
        ..Choices::default()
    };
    let (own, all) = (Some(PrivacyLevel::SelfOnly), Some(PrivacyLevel::PublicToEveryone));
    for (choices, told) in [
        (said(own, None, Some(true), None), vec![private_and_branded()]),
        (said(own, Some(true), None, None), vec![Problem::DisclosesNothing]),
        (said(own, Some(true), Some(false), None), vec![Problem::DisclosesNothing]),
        (said(own, Some(true), None, Some(true)), vec![]),
        (said(own, Some(false), None, None), vec![]),
        (said(all, None, Some(true), None), vec![]),
    ] {
        let files = [file(MediaKind::Photo)];
        assert_eq!(judge(&wish(&choices), &known(&files)).problems, told, "{choices:?}");
    }
}

#[test]
fn what_changes_nothing_is_told() {
    let inbox = Choices { post_mode: Some(PostMode::Inbox), ..Choices::default() };
    let (video, photo) = (MediaKind::Video, MediaKind::Photo);
    let not_for = |kind, settings: &[&'static str]| vec![Warning::NotFor { kind, settings: settings.to_vec() }];
    let dropped = |settings: &[&'static str]| vec![Warning::DroppedFromDraft(settings.to_vec())];
    for (kind, choices, told) in [
        (video, private(), vec![]),
        (video, Choices { auto_add_music: Some(false), photo_cover_index: Some(0), ..private() }, vec![]),
        (
            video,
            Choices { auto_add_music: Some(true), photo_cover_index: Some(1), ..private() },
            not_for(video, &["auto_add_music", "photo_cover_index"]),
        ),
        (
            photo,
            Choices { disable_duet: Some(true), disable_stitch: Some(false), ..private() },
            not_for(photo, &["disable_duet", "disable_stitch"]),
        ),
        (
            photo,
            Choices { video_cover_timestamp_ms: Some(1), ..private() },
            not_for(photo, &["video_cover_timestamp_ms"]),
        ),
        (video, inbox.clone(), vec![]),
        (
            video,
            Choices { privacy_level: Some(PrivacyLevel::SelfOnly), is_aigc: Some(true), ..inbox.clone() },
            dropped(&["privacy_level", "is_aigc"]),
        ),
        (
            video,
            Choices { disable_comment: Some(false), disable_duet: Some(true), ..inbox.clone() },
            dropped(&["disable_comment"]),
        ),
        // The label of AI is no part of what photo drafts drop.
        (photo, Choices { is_aigc: Some(true), ..inbox.clone() }, vec![]),
        (photo, Choices { auto_add_music: Some(true), ..inbox }, dropped(&["auto_add_music"])),
    ] {
        let files = [file(kind)];
        assert_eq!(judge(&wish(&choices), &known(&files)).warnings, told, "{choices:?}");
    }
}

#[test]
fn what_the_creator_forbids_is_told_to_those_who_allow_it() {
    let creator = Creator { comment_disabled: true, duet_disabled: true, ..creator(&ALL) };
    let allows =
        Choices { disable_comment: Some(false), disable_duet: Some(false), disable_stitch: Some(false), ..private() };
    let forbids = |what| Warning::CreatorForbids(what);
    for (kind, choices, told) in [
        (MediaKind::Video, &private(), vec![]),
        (MediaKind::Video, &allows, vec![forbids("comments"), forbids("duets")]),
        (MediaKind::Photo, &Choices { disable_comment: Some(false), ..private() }, vec![forbids("comments")]),
    ] {
        let files = [file(kind)];
        let judged = judge(&wish(choices), &Known { creator: Some(&creator), ..known(&files) });
        assert_eq!(judged.warnings, told, "{kind:?}");
    }
}

#[test]
fn texts_are_counted_in_utf16_units_and_by_what_the_post_is() {
    let choices = private();
    for (kind, text, title, told) in [
        (MediaKind::Video, 2200, 0, [false, false]),
        (MediaKind::Video, 2201, 0, [true, false]),
        (MediaKind::Photo, 4000, 90, [false, false]),
        (MediaKind::Photo, 4001, 91, [true, true]),
    ] {
        let files = [file(kind)];
        for (letter, units) in [("a", 1), ("😀", 2)] {
            let of = |count: usize| format!("{}{}", letter.repeat(count / units), "a".repeat(count % units));
            let (text, title) = (of(text), of(title));
            let wish = Wish { text: Hidden(&text), title: Some(Hidden(&title)), ..wish(&choices) };
            let problems = judge(&wish, &known(&files)).problems;
            let found = [
                problems.iter().any(|problem| matches!(problem, Problem::Text(_))),
                problems.iter().any(|problem| matches!(problem, Problem::Title(_))),
            ];
            assert_eq!((found, problems.len()), (told, told.iter().filter(|told| **told).count()), "{problems:?}");
        }
    }
}
