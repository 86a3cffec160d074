//! Whatever is wished, known and offered: what is sent keeps every rule.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn flag() -> impl Strategy<Value = Option<bool>> {
    option::of(any::<bool>())
}

fn kind() -> impl Strategy<Value = Option<MediaKind>> {
    option::of(select(vec![MediaKind::Video, MediaKind::Photo]))
}

fn any_choices() -> impl Strategy<Value = Choices> {
    let mode = option::of(select(vec![PostMode::Direct, PostMode::Inbox]));
    let level = option::of(select(ALL.to_vec()));
    let flags = [flag(), flag(), flag(), flag(), flag(), flag(), flag(), flag()];
    let covers = (option::of(any::<u32>()), option::of(0..40_u64));
    let transfer = option::of(select(vec![MediaTransfer::Upload, MediaTransfer::Pull]));
    (kind(), mode, level, flags, covers, transfer).prop_map(
        |(media_type, post_mode, privacy_level, flags, covers, transfer)| {
            let [
                disclosure_on,
                brand_content_toggle,
                brand_organic_toggle,
                disable_comment,
                disable_duet,
                disable_stitch,
                is_aigc,
                auto_add_music,
            ] = flags;
            Choices {
                media_type,
                post_mode,
                privacy_level,
                disclosure_on,
                brand_content_toggle,
                brand_organic_toggle,
                disable_comment,
                disable_duet,
                disable_stitch,
                is_aigc,
                video_cover_timestamp_ms: covers.0,
                photo_cover_index: covers.1,
                auto_add_music,
                transfer,
            }
        },
    )
}

fn any_file() -> impl Strategy<Value = File> {
    (kind(), kind(), kind(), option::of(0..700_000_u64)).prop_map(|(kind, said, presumed, duration_ms)| File {
        kind,
        said,
        presumed,
        duration_ms,
    })
}

fn any_files() -> impl Strategy<Value = Vec<File>> {
    let count = prop_oneof![0..4_usize, 34..38_usize];
    count.prop_flat_map(|count| prop::collection::vec(any_file(), count))
}

fn any_creator() -> impl Strategy<Value = Creator> {
    (prop::collection::vec(select(ALL.to_vec()), 0..4), any::<[bool; 3]>(), option::of(0..700_u64)).prop_map(
        |(privacy_level_options, [comment_disabled, duet_disabled, stitch_disabled], max_video_duration_sec)| Creator {
            privacy_level_options,
            comment_disabled,
            duet_disabled,
            stitch_disabled,
            max_video_duration_sec,
        },
    )
}

proptest! {
    #[test]
    fn what_is_sent_keeps_every_rule(
        choices in any_choices(),
        files in any_files(),
        creator in any_creator(),
        narrowest in any::<bool>(),
        can_be_pulled in any::<bool>(),
        text in select(vec![0, 2200, 2201, 4000, 4001]),
        title in select(vec![0, 90, 91]),
    ) {
        let (text, title) = ("a".repeat(text), "a".repeat(title));
        let privacy = if narrowest { PrivacyRule::Narrowest } else { PrivacyRule::Required };
        let wish = Wish { text: Hidden(&text), title: Some(Hidden(&title)), choices: &choices, privacy };
        let before = judge(&wish, &Known { files: &files, creator: None, can_be_pulled, mode: Mode::Live });
        let after = judge(&wish, &Known { files: &files, creator: Some(&creator), can_be_pulled, mode: Mode::Live });
        for judged in [&before, &after] {
            prop_assert_eq!(judged.settings.is_some(), judged.problems.is_empty());
        }
        // What is wrong before the creator is asked is wrong in any case: it may be refused without asking.
        for problem in &before.problems {
            prop_assert!(after.problems.contains(problem), "{problem:?}");
        }
        let (level, disclosure) = match &after.settings {
            None => return Ok(()),
            Some(Settings::Video(video)) => {
                prop_assert!(files.len() == 1 && files[0].kind != Some(MediaKind::Photo));
                prop_assert!(text.len() <= 2200);
                (video.privacy_level, video.disclosure)
            }
            Some(Settings::Photos(photos, cover)) => {
                prop_assert!((1..=PHOTOS_PER_POST).contains(&files.len()) && *cover < files.len() && can_be_pulled);
                prop_assert!(files.iter().all(|file| file.kind != Some(MediaKind::Video)));
                prop_assert!(text.len() <= 4000 && title.len() <= 90);
                (photos.privacy_level, photos.disclosure)
            }
        };
        prop_assert_eq!(level.is_none(), choices.post_mode() == PostMode::Inbox);
        if let Some(level) = level {
            prop_assert!(creator.privacy_level_options.contains(&level));
            prop_assert!(level != PrivacyLevel::PublicToEveryone || choices.privacy_level == Some(level));
            prop_assert!(disclosure.check(level).is_ok());
        }
    }
}
