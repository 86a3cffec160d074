//! Who, what and when, in both dialects.

use serde_json::{Value, json};
use slipway_domain::MediaKind;

use super::{accepted, newer, now, older, unknown_fields, with};
use crate::request::{Dialect, MediaSource, When};

#[test]
fn the_dialect_is_older_where_accounts_or_options_replace_targets() {
    let options = older()["platform_options"].clone();
    for (changes, dialect) in [
        (vec![], Dialect::Older),
        (vec![("/platform_options", Value::Null)], Dialect::Older),
        (vec![("/account_id", Value::Null), ("/account_ids", json!(["acc_1"]))], Dialect::Older),
        (vec![("/account_id", Value::Null)], Dialect::Older),
        (vec![("/targets", json!([]))], Dialect::Older),
        (vec![("/account_id", Value::Null), ("/platform_options", Value::Null)], Dialect::Newer),
        (
            vec![("/account_id", Value::Null), ("/account_ids", json!([])), ("/platform_options", Value::Null)],
            Dialect::Newer,
        ),
        (vec![("/targets", json!([{"account_id": "acc_2"}]))], Dialect::Newer),
    ] {
        assert_eq!(accepted(&with(older(), &changes)).dialect, dialect, "{changes:?}");
    }
    assert_eq!(accepted(&newer()).dialect, Dialect::Newer);
    assert_eq!(accepted(&with(newer(), &[("/platform_options", options)])).dialect, Dialect::Newer);
}

#[test]
fn all_named_accounts_become_targets_each_once() {
    for (body, accounts) in [
        (with(older(), &[("/account_ids", json!(["acc_2", "acc_1", "acc_2"]))]), vec!["acc_1", "acc_2"]),
        (with(older(), &[("/account_id", Value::Null), ("/account_ids", json!(["acc_2"]))]), vec!["acc_2"]),
        (with(newer(), &[("/account_id", json!("acc_2"))]), vec!["acc_1", "acc_2"]),
        (with(newer(), &[("/account_id", json!("acc_1"))]), vec!["acc_1"]),
        (with(newer(), &[("/account_ids", json!(["acc_3", "acc_1", "acc_2"]))]), vec!["acc_1", "acc_3", "acc_2"]),
        (with(newer(), &[("/targets", json!([])), ("/account_id", json!("acc_1"))]), vec!["acc_1"]),
    ] {
        let post = accepted(&body);
        let found: Vec<_> = post.targets.iter().map(|target| target.account.as_ref().unwrap().as_str()).collect();
        assert_eq!(found, accounts, "{body}");
        assert!(post.warnings.is_empty(), "{:?}", post.warnings);
    }
}

#[test]
fn what_a_target_says_wins_over_the_same_account_named_elsewhere() {
    let body = with(newer(), &[("/account_id", json!("acc_1")), ("/targets/0/text", json!("mine"))]);
    let post = accepted(&body);
    assert_eq!(post.targets.len(), 1);
    assert_eq!(post.targets[0].text.value.as_str(), "mine");
    assert_eq!(post.text.as_str(), "Hello");
}

#[test]
fn a_second_target_of_an_account_is_left_out_with_a_warning() {
    let targets = json!([{"account_id": "acc_1", "text": "one"}, {"account_id": "acc_1", "text": "two"}]);
    let post = accepted(&with(newer(), &[("/targets", targets)]));
    assert_eq!(post.targets.len(), 1);
    assert_eq!(post.targets[0].text.value.as_str(), "one");
    assert_eq!(
        post.warnings,
        ["targets[1].account_id names the same account as targets[0].account_id; it was ignored."]
    );
}

#[test]
fn platforms_alone_mean_the_only_account() {
    let body = json!({"platforms": ["tiktok"], "text": "Hello", "media_ids": ["med_1"]});
    let post = accepted(&body);
    assert_eq!(post.dialect, Dialect::Newer);
    assert_eq!(post.targets.len(), 1);
    assert_eq!(post.targets[0].account, None);
    assert_eq!(post.targets[0].account_field, "platforms");
    assert_eq!(post.targets[0].when, When::Never);
    let body = with(older(), &[("/account_id", Value::Null)]);
    assert_eq!(accepted(&body).targets[0].when, When::Now, "with the older dialect's options it is published");
}

#[test]
fn only_the_older_dialect_publishes_without_being_told() {
    let later = "2026-12-24T18:00:00Z";
    let at = When::At(later.parse().unwrap());
    for (body, changes, when) in [
        (older(), vec![], When::Now),
        (older(), vec![("/publish_now", json!(true))], When::Now),
        (older(), vec![("/publish_now", json!(false))], When::Never),
        (older(), vec![("/scheduled_at", json!(later))], at),
        (older(), vec![("/scheduled_at", json!("2026-12-24T19:00:00+01:00"))], at),
        (newer(), vec![], When::Never),
        (newer(), vec![("/publish_now", json!(true))], When::Now),
        (newer(), vec![("/publish_now", json!(false))], When::Never),
        (newer(), vec![("/scheduled_at", json!(later))], at),
        (older(), vec![("/publish_now", json!(false)), ("/scheduled_at", json!(later))], When::Never),
        (newer(), vec![("/publish_now", json!(false)), ("/scheduled_at", json!(later))], When::Never),
        (newer(), vec![("/publish_now", json!(false)), ("/targets/0/scheduled_at", json!(later))], When::Never),
        (newer(), vec![("/targets/0/scheduled_at", json!(later))], at),
        (newer(), vec![("/publish_now", json!(true)), ("/targets/0/scheduled_at", json!(later))], at),
        (
            newer(),
            vec![("/scheduled_at", json!("2026-11-22T11:59:00Z"))],
            When::At("2026-11-22T11:59:00Z".parse().unwrap()),
        ),
        (
            newer(),
            vec![("/scheduled_at", json!("2027-11-22T12:00:00Z"))],
            When::At("2027-11-22T12:00:00Z".parse().unwrap()),
        ),
    ] {
        assert_eq!(accepted(&with(body, &changes)).targets[0].when, when, "{changes:?}");
    }
}

#[test]
fn a_time_beside_the_wish_for_a_draft_is_not_ignored_in_silence() {
    let (draft, at) = (("/publish_now", json!(false)), json!("2026-12-24T18:00:00Z"));
    for (pointer, field) in [("/scheduled_at", "scheduled_at"), ("/targets/0/scheduled_at", "targets[0].scheduled_at")]
    {
        let body = with(newer(), &[draft.clone(), (pointer, at.clone())]);
        let warnings = accepted(&body).warnings;
        assert!(warnings[0].starts_with(&format!("{field} stands beside publish_now: false")), "{warnings:?}");
        assert_eq!(unknown_fields(&body), [field], "a strict caller is refused for it");
    }
    assert_eq!(accepted(&with(newer(), &[draft])).warnings, [""; 0]);
}

#[test]
fn each_target_may_have_its_own_text_video_and_time() {
    let targets = json!([
        {"account_id": "acc_1"},
        {"account_id": "acc_2", "text": "two", "media_ids": ["med_2"], "scheduled_at": "2026-11-22T13:00:00Z"},
        {"account_id": "acc_3", "text": "", "media": [{"source": "med_3"}]},
    ]);
    let post = accepted(&with(newer(), &[("/targets", targets), ("/publish_now", json!(true))]));
    let said: Vec<_> = post
        .targets
        .iter()
        .map(|target| {
            (target.text.value.as_str(), target.media[0].source.as_str(), target.media[0].field.as_str(), target.when)
        })
        .collect();
    let one_hour_later = When::At("2026-11-22T13:00:00Z".parse().unwrap());
    assert_eq!(
        said,
        [
            ("Hello", "med_1", "media_ids[0]", When::Now),
            ("two", "med_2", "targets[1].media_ids[0]", one_hour_later),
            ("", "med_3", "targets[2].media[0].source", When::Now),
        ]
    );
}

#[test]
fn media_wins_over_media_ids() {
    for (media, field) in [
        (json!([{"source_type": "media_id", "source": "med_2", "type": "video"}]), "media[0].source"),
        (json!([{"source": "med_2"}]), "media[0].source"),
    ] {
        let post = accepted(&with(older(), &[("/media", media)]));
        assert_eq!(
            (post.targets[0].media[0].source.as_str(), post.targets[0].media[0].field.as_str()),
            ("med_2", field)
        );
    }
    assert_eq!(accepted(&with(older(), &[("/media", json!([]))])).targets[0].media[0].source.as_str(), "med_1");
}

#[test]
fn an_address_may_stand_wherever_media_may() {
    const URL: &str = "https://example.com/video.mp4?signature=1";
    let by_url = json!([{"source_type": "url", "source": URL}]);
    for (body, field) in [
        (with(older(), &[("/media_ids", json!([URL]))]), "media_ids[0]"),
        (with(older(), &[("/media", by_url.clone())]), "media[0].source"),
        (with(newer(), &[("/media_ids", json!([URL]))]), "media_ids[0]"),
        (with(newer(), &[("/targets/0/media", by_url)]), "targets[0].media[0].source"),
        (with(newer(), &[("/targets/0/media", json!([{"source": URL}]))]), "targets[0].media[0].source"),
    ] {
        let post = accepted(&body);
        assert!(matches!(post.targets[0].media[0].source, MediaSource::Url(_)), "{body:#}");
        assert_eq!((post.targets[0].media[0].source.as_str(), post.targets[0].media[0].field.as_str()), (URL, field));
        assert!(!format!("{post:?}").contains("signature"), "it may be signed, so it is not shown");
    }
}

#[test]
fn a_text_that_fits_photos_is_kept_verbatim() {
    for text in [String::new(), "a".repeat(4000), "😀".repeat(2000), format!("{}é\n#x", "😀".repeat(1998))] {
        for body in [with(older(), &[("/text", json!(text))]), with(newer(), &[("/targets/0/text", json!(text))])] {
            assert_eq!(accepted(&body).targets[0].text.value.as_str(), text);
        }
    }
}

#[test]
fn several_media_are_kept_in_their_order_with_what_was_said_about_each() {
    let list = json!([
        {"source": "med_2", "type": "photo"},
        {"source": "https://example.com/a.jpg", "source_type": "url", "type": "image/jpeg"},
        {"source": "med_1"},
    ]);
    let ids = json!(["med_2", "https://example.com/a.jpg", "med_1"]);
    for (pointer, list, kind) in [("/media", list, Some(MediaKind::Photo)), ("/media_ids", ids, None)] {
        let post = accepted(&with(older(), &[(pointer, list)]));
        let media = &post.targets[0].media;
        let sources: Vec<_> = media.iter().map(|media| media.source.as_str()).collect();
        assert_eq!(sources, ["med_2", "https://example.com/a.jpg", "med_1"]);
        assert_eq!([media[0].kind, media[1].kind, media[2].kind], [kind, kind, None]);
    }
}

#[test]
fn a_targets_own_title_wins_over_the_shared_one() {
    let targets = json!([{"account_id": "acc_1"}, {"account_id": "acc_2", "title": "two"}]);
    let post = accepted(&with(newer(), &[("/title", json!("all")), ("/targets", targets)]));
    let titles: Vec<_> = post.targets.iter().map(|target| target.title.as_ref().unwrap()).collect();
    assert_eq!([titles[0].value.as_str(), titles[1].value.as_str()], ["all", "two"]);
    assert_eq!([titles[0].field.as_str(), titles[1].field.as_str()], ["title", "targets[1].title"]);
}

#[test]
fn unknown_fields_are_named_by_their_paths_wherever_they_are() {
    let body = json!({
        "text": "Hello",
        "first_comment": "First",
        "media": [{"source": "med_1", "alt": "x"}],
        "platform_options": {
            "youtube": {},
            "tiktok": {"disclosure": {"branded_content": true, "paid_partnership": true, "sponsor": "x"}, "speed": 2},
        },
        "platform_data": {"instagram": {}, "tiktok": {"colour": "red"}},
        "targets": [{"account_id": "acc_1", "page_id": "1", "platform_data": {"a": 1, "tiktok": {"b": 1}}}],
    });
    let mut unknown = unknown_fields(&body);
    unknown.sort();
    assert_eq!(
        unknown,
        [
            "first_comment",
            "media[0].alt",
            "platform_data.instagram",
            "platform_data.tiktok.colour",
            "platform_options.tiktok.disclosure.sponsor",
            "platform_options.tiktok.speed",
            "platform_options.youtube",
            "targets[0].page_id",
            "targets[0].platform_data.a",
            "targets[0].platform_data.tiktok.b",
        ]
    );
}

#[test]
fn every_documented_field_is_known() {
    let tiktok = json!({
        "privacy_level": "PUBLIC_TO_EVERYONE", "media_type": "video", "post_mode": "direct",
        "brand_content_toggle": true, "brand_organic_toggle": true, "_disclosure_on": true, "disable_comment": true,
        "disable_duet": true, "disable_stitch": true, "is_aigc": true, "video_cover_timestamp_ms": 0,
        "photo_cover_index": 0, "auto_add_music": true, "transfer": "upload",
        "disclosure": {"branded_content": true, "paid_partnership": false, "your_brand": true},
    });
    let body = json!({
        "text": "a", "title": "b", "visibility": "public", "media": [{"source_type": "media_id", "source": "med_1", "type": "video"}],
        "media_ids": ["med_1"], "platform_data": {"tiktok": tiktok}, "platform_options": {"tiktok": tiktok},
        "platforms": ["tiktok"], "account_id": "acc_2", "account_ids": ["acc_3"],
        "scheduled_at": now().to_string(), "skip_duplicate_check": true, "skip_validation": false,
        "targets": [{
            "account_id": "acc_1", "text": "a", "title": "b", "media": [{"source": "med_1"}], "media_ids": ["med_1"],
            "scheduled_at": now().to_string(), "platform_data": {"tiktok": tiktok},
        }],
    });
    let post = accepted(&body);
    assert_eq!(unknown_fields(&body), [""; 0]);
    let at_once = with(body, &[("/scheduled_at", Value::Null), ("/publish_now", json!(true))]);
    assert_eq!(unknown_fields(&at_once), [""; 0]);
    assert!(post.skip_duplicate_check);
    assert_eq!(post.title, Some("b".to_owned().into()));
}

#[test]
fn what_a_low_code_tool_leaves_blank_is_left_out() {
    let blank = json!("");
    let fields = ["/title", "/scheduled_at", "/publish_now", "/account_ids", "/targets", "/platform_data", "/media"];
    let changes = fields.map(|field| (field, blank.clone()));
    assert_eq!(accepted(&with(older(), &changes)), accepted(&older()));
    let fields =
        ["/account_id", "/account_ids", "/platforms", "/platform_options", "/scheduled_at", "/targets/0/title"];
    let changes: Vec<_> = fields.iter().map(|field| (*field, blank.clone())).collect();
    assert_eq!(accepted(&with(newer(), &changes)), accepted(&newer()));
    let own = ["/targets/0/scheduled_at", "/targets/0/media_ids", "/targets/0/platform_data/post_mode"];
    assert_eq!(accepted(&with(newer(), &own.map(|field| (field, blank.clone())))), accepted(&newer()));
}

#[test]
fn what_has_no_effect_is_told() {
    let warnings = accepted(&with(older(), &[("/skip_validation", json!(true))])).warnings;
    assert!(warnings[0].starts_with("skip_validation has no effect"), "{warnings:?}");
    assert_eq!(accepted(&with(older(), &[("/title", json!(""))])).targets[0].title, None);
}
