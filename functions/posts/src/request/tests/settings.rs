//! TikTok's settings from up to four places, and disclosure under its two names.

use serde_json::{Value, json};
use slipway_domain::{MediaKind, PostMode, PrivacyLevel};

use super::{accepted, newer, older, problems, with};

const DISCLOSURE: &str = "platform_options.tiktok.disclosure";

#[test]
fn the_later_place_wins_field_by_field() {
    // Each place says one thing more than the next: what the next is silent about stays.
    let options = json!({
        "privacy_level": "PUBLIC_TO_EVERYONE", "disable_comment": false, "disable_duet": false, "disable_stitch": false,
        "disclosure": {"branded_content": false, "paid_partnership": false},
    });
    let data = json!({"privacy_level": "MUTUAL_FOLLOW_FRIENDS", "disable_comment": true, "is_aigc": true});
    let flat = json!({"privacy_level": "FOLLOWER_OF_CREATOR", "disable_duet": true, "is_aigc": false});
    let nested = json!({"privacy_level": "SELF_ONLY", "disable_stitch": true});
    let mut both = flat.clone();
    both["tiktok"] = nested.clone();
    let (all, none) = (json!({"tiktok": options}), Value::Null);
    let shared = json!({"tiktok": data});
    for (options, data, target, level, field, interactions, is_aigc) in [
        (&all, &none, none.clone(), "PUBLIC_TO_EVERYONE", "platform_options.tiktok", [false, false, false], false),
        (&all, &shared, none.clone(), "MUTUAL_FOLLOW_FRIENDS", "platform_data.tiktok", [true, false, false], true),
        (&all, &shared, flat.clone(), "FOLLOWER_OF_CREATOR", "targets[0].platform_data", [true, true, false], false),
        (&all, &shared, both, "SELF_ONLY", "targets[0].platform_data.tiktok", [true, true, true], false),
        (
            &all,
            &shared,
            json!({"tiktok": nested}),
            "SELF_ONLY",
            "targets[0].platform_data.tiktok",
            [true, false, true],
            true,
        ),
        (&none, &none, flat, "FOLLOWER_OF_CREATOR", "targets[0].platform_data", [true, true, true], false),
    ] {
        let changes = [
            ("/platform_options", options.clone()),
            ("/platform_data", data.clone()),
            ("/targets/0/platform_data", target.clone()),
        ];
        let post = accepted(&with(newer(), &changes));
        let target_request = &post.targets[0];
        let settings = &target_request.settings;
        assert_eq!(settings.choices().privacy_level, Some(level.parse().unwrap()), "{target}");
        assert_eq!(target_request.privacy_field, format!("{field}.privacy_level"), "{target}");
        let said = settings.choices().interactions();
        assert_eq!([said.disable_comment, said.disable_duet, said.disable_stitch], interactions, "{target}");
        assert_eq!(settings.choices().is_aigc.unwrap_or(false), is_aigc, "{target}");
    }
}

#[test]
fn what_nobody_says_is_the_careful_choice() {
    let settings = accepted(&with(newer(), &[("/targets/0/platform_data", Value::Null)])).targets.remove(0).settings;
    assert_eq!(settings.choices().privacy_level, None, "never filled in here");
    assert_eq!(settings.choices().post_mode(), PostMode::Direct);
    let said = settings.choices().interactions();
    assert!(said.disable_comment && said.disable_duet && said.disable_stitch);
    assert_eq!(settings.choices().is_aigc, None);
    assert_eq!(settings.choices().video_cover_timestamp_ms, None);
}

#[test]
fn a_missing_privacy_level_belongs_where_the_dialect_has_it() {
    for (body, field) in [
        (older(), "platform_options.tiktok.privacy_level"),
        (json!({"platforms": ["tiktok"], "media_ids": ["med_1"]}), "platform_data.tiktok.privacy_level"),
        (with(newer(), &[("/targets/0/platform_data", json!({}))]), "targets[0].platform_data.privacy_level"),
        (
            with(newer(), &[("/targets/0/platform_data", json!({"tiktok": {}}))]),
            "targets[0].platform_data.tiktok.privacy_level",
        ),
    ] {
        assert_eq!(accepted(&body).targets[0].privacy_field, field, "{body}");
    }
}

#[test]
fn both_dialects_names_of_the_post_mode_are_read() {
    for (name, mode) in [
        ("direct", PostMode::Direct),
        ("DIRECT_POST", PostMode::Direct),
        ("inbox", PostMode::Inbox),
        ("MEDIA_UPLOAD", PostMode::Inbox),
    ] {
        let body = with(newer(), &[("/targets/0/platform_data/post_mode", json!(name))]);
        assert_eq!(accepted(&body).targets[0].settings.choices().post_mode(), mode);
    }
}

#[test]
fn branded_content_is_either_of_the_two_booleans() {
    for (branded, paid) in [(false, false), (false, true), (true, false), (true, true)] {
        for own in [None, Some(false), Some(true)] {
            let mut disclosure = json!({"branded_content": branded, "paid_partnership": paid});
            if let Some(own) = own {
                disclosure["your_brand"] = json!(own);
            }
            let body = with(older(), &[("/platform_options/tiktok/disclosure", disclosure)]);
            let said = accepted(&body).targets[0].settings.choices().disclosure();
            assert_eq!(said.brand_content_toggle, branded || paid);
            assert_eq!(said.brand_organic_toggle, own == Some(true));
        }
    }
}

#[test]
fn with_platform_options_each_missing_boolean_is_named() {
    let branded = format!("{DISCLOSURE}.branded_content");
    let paid = format!("{DISCLOSURE}.paid_partnership");
    let required = "validation.field_required";
    let both = vec![(branded.clone(), required), (paid.clone(), required)];
    for (options, expected) in [
        (json!({}), both.clone()),
        (json!({"tiktok": null}), both.clone()),
        (json!({"tiktok": {}}), both.clone()),
        (json!({"tiktok": {"disclosure": {}}}), both.clone()),
        (json!({"tiktok": {"disclosure": {"branded_content": null, "paid_partnership": null}}}), both.clone()),
        (json!({"tiktok": {"disclosure": {"your_brand": true}}}), both),
        (json!({"tiktok": {"disclosure": {"branded_content": false}}}), vec![(paid, required)]),
        (json!({"tiktok": {"disclosure": {"paid_partnership": true}}}), vec![(branded.clone(), required)]),
        // What is of the wrong type is not missing, too.
        (
            json!({"tiktok": {"disclosure": {"branded_content": "no", "paid_partnership": true}}}),
            vec![(branded, "validation.field_invalid")],
        ),
        (json!({"tiktok": {"disclosure": true}}), vec![(DISCLOSURE.to_owned(), "validation.field_invalid")]),
        (json!({"tiktok": []}), vec![("platform_options.tiktok".to_owned(), "validation.field_invalid")]),
        (json!("tiktok"), vec![("platform_options".to_owned(), "validation.field_invalid")]),
    ] {
        for body in [older(), newer()] {
            let body = with(body, &[("/platform_options", options.clone())]);
            assert_eq!(problems(&body), expected, "{body}");
        }
    }
}

#[test]
fn without_platform_options_disclosure_may_be_left_out() {
    for body in [with(older(), &[("/platform_options", Value::Null)]), newer()] {
        let said = accepted(&body).targets[0].settings.choices().disclosure();
        assert!(!said.brand_content_toggle && !said.brand_organic_toggle);
    }
    let disclosure = json!({"tiktok": {"disclosure": {"paid_partnership": true}}});
    let said = accepted(&with(newer(), &[("/platform_data", disclosure)])).targets[0].settings.choices().disclosure();
    assert!(said.brand_content_toggle, "one of the two is enough in the newer dialect");
}

#[test]
fn a_declaration_made_twice_must_be_the_same() {
    let (invalid, disclosure) = ("validation.field_invalid", "/platform_options/tiktok/disclosure");
    for (toggle, branded, fits) in
        [(true, true, true), (false, false, true), (true, false, false), (false, true, false)]
    {
        let changes = [
            ("/platform_options/tiktok/brand_content_toggle", json!(toggle)),
            (disclosure, json!({"branded_content": branded, "paid_partnership": false})),
        ];
        let body = with(older(), &changes);
        if fits {
            assert_eq!(accepted(&body).targets[0].settings.choices().disclosure().brand_content_toggle, branded);
        } else {
            assert_eq!(problems(&body), [("platform_options.tiktok.brand_content_toggle".to_owned(), invalid)]);
        }
    }
    // In different places it is no contradiction: the later one wins.
    let body = with(older(), &[("/platform_data", json!({"tiktok": {"brand_content_toggle": true}}))]);
    assert!(accepted(&body).targets[0].settings.choices().disclosure().brand_content_toggle);
}

#[test]
fn a_setting_that_depends_on_others_is_told_by_its_own_path() {
    let tiktok = json!({"_disclosure_on": true, "photo_cover_index": 3});
    let settings =
        accepted(&with(newer(), &[("/platform_data", json!({"tiktok": tiktok}))])).targets.remove(0).settings;
    assert_eq!(settings.disclosure_field(), Some("platform_data.tiktok._disclosure_on"));
    assert_eq!(settings.cover_field(), Some("platform_data.tiktok.photo_cover_index"));
    let choices = settings.choices();
    assert_eq!((choices.disclosure_on, choices.photo_cover_index), (Some(true), Some(3)));
}

#[test]
fn what_a_post_is_may_be_said_in_either_spelling() {
    for (said, kind) in [
        ("video", MediaKind::Video),
        ("VIDEO", MediaKind::Video),
        ("photo", MediaKind::Photo),
        ("PHOTO", MediaKind::Photo),
    ] {
        let body = with(newer(), &[("/targets/0/platform_data/media_type", json!(said))]);
        assert_eq!(accepted(&body).targets[0].settings.choices().media_type, Some(kind));
    }
    let body = with(newer(), &[("/targets/0/platform_data/media_type", json!("carousel"))]);
    assert_eq!(problems(&body), [("targets[0].platform_data.media_type".to_owned(), "validation.field_invalid")]);
}

#[test]
fn the_covers_time_is_tiktoks_int32() {
    let cover = |value: Value| with(newer(), &[("/targets/0/platform_data/video_cover_timestamp_ms", value)]);
    for time in [0, 1500, i32::MAX] {
        let read = accepted(&cover(json!(time))).targets[0].settings.choices().video_cover_timestamp_ms;
        assert_eq!(read.map(i64::from), Some(i64::from(time)));
    }
    for wrong in [json!(2_147_483_648_u64), json!(u64::MAX), json!(-1), json!(1.5), json!("1")] {
        let field = "targets[0].platform_data.video_cover_timestamp_ms".to_owned();
        assert_eq!(problems(&cover(wrong)), [(field, "validation.field_invalid")]);
    }
}

#[test]
fn every_privacy_level_of_tiktoks_is_read_and_no_other() {
    let level = |level: &str| with(newer(), &[("/targets/0/platform_data/privacy_level", json!(level))]);
    for known in PrivacyLevel::ALL {
        assert_eq!(accepted(&level(known.as_str())).targets[0].settings.choices().privacy_level, Some(known));
    }
    // Blank is as if it were not there, as everywhere.
    assert_eq!(accepted(&level("")).targets[0].settings.choices().privacy_level, None);
    for unknown in ["public", "self_only", "SELF_ONLY ", &"x".repeat(100_000)] {
        let field = "targets[0].platform_data.privacy_level".to_owned();
        assert_eq!(problems(&level(unknown)), [(field, "validation.field_invalid")]);
    }
}

#[test]
fn a_visibility_is_a_privacy_level_and_settings_win_over_it() {
    let level = |body: &Value| accepted(body).targets[0].settings.choices().privacy_level.map(PrivacyLevel::as_str);
    let without = |word: &str| {
        let target = json!([{"account_id": "acc_1"}]);
        with(newer(), &[("/targets", target), ("/visibility", json!(word))])
    };
    for (word, expected) in [
        ("public", "PUBLIC_TO_EVERYONE"),
        ("connections_only", "MUTUAL_FOLLOW_FRIENDS"),
        ("followers", "FOLLOWER_OF_CREATOR"),
        ("Private", "SELF_ONLY"),
        ("SELF_ONLY", "SELF_ONLY"),
        ("FRIENDS", "MUTUAL_FOLLOW_FRIENDS"),
        ("public_to_everyone", "PUBLIC_TO_EVERYONE"),
    ] {
        assert_eq!(level(&without(word)), Some(expected), "{word}");
    }
    assert_eq!(level(&without("")), None);
    let own = json!([{"account_id": "acc_1", "visibility": "friends"}]);
    assert_eq!(level(&with(without("public"), &[("/targets", own)])), Some("MUTUAL_FOLLOW_FRIENDS"));
    assert_eq!(level(&with(newer(), &[("/visibility", json!("public"))])), Some("SELF_ONLY"), "the target says more");
    let options = json!({"tiktok": {"privacy_level": "FOLLOWER_OF_CREATOR"}});
    assert_eq!(level(&with(without("public"), &[("/platform_data", options)])), Some("FOLLOWER_OF_CREATOR"));
    for word in ["unlisted", "pUBLIC"] {
        assert_eq!(problems(&without(word)), [("visibility".to_owned(), "validation.field_invalid")], "{word}");
    }
    assert_eq!(accepted(&without("private")).targets[0].privacy_field, "visibility");
}
