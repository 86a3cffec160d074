//! Bodies with problems: each is named with its path and its code, all of them at once.

use proptest::prelude::*;
use serde_json::{Value, json};
use slipway_contract::diagnostics::UnknownFields;
use slipway_domain::limits::TARGETS_PER_POST;

use super::{accepted, newer, older, problems, tried, with};

const INVALID: &str = "validation.field_invalid";
const REQUIRED: &str = "validation.field_required";

#[track_caller]
fn only_problem(body: &Value, field: &str, code: &str) {
    assert_eq!(problems(body), [(field.to_owned(), code)], "{body}");
}

#[test]
fn every_field_of_the_wrong_type_is_named_by_its_path() {
    let wrong = [json!(5), json!(true), json!("x"), json!([]), json!({})];
    let fields: [(&str, &str, &[usize]); 21] = [
        // What it is, and which of the above are right for it.
        ("/text", "text", &[2]),
        ("/title", "title", &[2]),
        ("/account_id", "account_id", &[2]),
        ("/account_ids", "account_ids", &[3]),
        ("/platforms", "platforms", &[3]),
        ("/media_ids", "media_ids", &[3]),
        ("/media", "media", &[3]),
        ("/platform_options", "platform_options", &[4]),
        ("/platform_options/tiktok", "platform_options.tiktok", &[4]),
        ("/platform_options/tiktok/disclosure", "platform_options.tiktok.disclosure", &[4]),
        ("/platform_options/tiktok/privacy_level", "platform_options.tiktok.privacy_level", &[2]),
        ("/platform_options/tiktok/post_mode", "platform_options.tiktok.post_mode", &[2]),
        ("/platform_options/tiktok/is_aigc", "platform_options.tiktok.is_aigc", &[1]),
        ("/platform_options/tiktok/disable_duet", "platform_options.tiktok.disable_duet", &[1]),
        ("/platform_options/tiktok/video_cover_timestamp_ms", "platform_options.tiktok.video_cover_timestamp_ms", &[0]),
        ("/platform_data", "platform_data", &[4]),
        ("/publish_now", "publish_now", &[1]),
        ("/scheduled_at", "scheduled_at", &[2]),
        ("/skip_duplicate_check", "skip_duplicate_check", &[1]),
        ("/skip_validation", "skip_validation", &[1]),
        ("/targets", "targets", &[3]),
    ];
    for (pointer, field, right) in fields {
        for (index, value) in wrong.iter().enumerate().filter(|(index, _)| !right.contains(index)) {
            let body = with(older(), &[(pointer, value.clone())]);
            assert_eq!(problems(&body)[0], (field.to_owned(), INVALID), "{index}: {body}");
            assert_eq!(problems(&body).len(), 1, "{body}");
        }
    }
}

#[test]
fn entries_of_the_wrong_type_are_named_by_their_index() {
    for (pointer, value, field) in [
        ("/account_ids", json!(["acc_1", 7]), "account_ids[1]"),
        ("/platforms", json!([null]), "platforms[0]"),
        ("/media_ids", json!([["med_1"]]), "media_ids[0]"),
        ("/media", json!(["med_1"]), "media[0]"),
        ("/media", json!([{"source": 1}]), "media[0].source"),
        ("/media", json!([{"source": "med_1", "type": 1}]), "media[0].type"),
        ("/media", json!([{"source": "med_1", "source_type": 1}]), "media[0].source_type"),
        ("/targets", json!([{"account_id": "acc_1"}, "acc_2"]), "targets[1]"),
        ("/targets", json!([{"account_id": 1}]), "targets[0].account_id"),
        ("/targets", json!([{"account_id": "acc_1", "text": 1}]), "targets[0].text"),
        ("/targets", json!([{"account_id": "acc_1", "media_ids": "med_1"}]), "targets[0].media_ids"),
        ("/targets", json!([{"account_id": "acc_1", "platform_data": 1}]), "targets[0].platform_data"),
        (
            "/targets",
            json!([{"account_id": "acc_1", "platform_data": {"tiktok": 1}}]),
            "targets[0].platform_data.tiktok",
        ),
        (
            "/targets",
            json!([{"account_id": "acc_1", "platform_data": {"disable_stitch": "true"}}]),
            "targets[0].platform_data.disable_stitch",
        ),
    ] {
        only_problem(&with(older(), &[(pointer, value)]), field, INVALID);
    }
}

#[test]
fn all_problems_come_at_once() {
    let body = json!({
        "text": 1,
        "publish_now": "yes",
        "scheduled_at": "tomorrow",
        "media_ids": ["video.mp4"],
        "platforms": ["tiktok", "myspace"],
        "platform_options": {"tiktok": {"privacy_level": "all", "disclosure": {"branded_content": true}}},
        "targets": [
            {"text": "a".repeat(2201)},
            {"account_id": "someone", "platform_data": {"tiktok": {"is_aigc": 1}}, "scheduled_at": "2020-01-01T00:00:00Z"},
        ],
    });
    let mut found = problems(&body);
    found.sort();
    let expected = [
        ("media_ids[0]", "media.not_found"),
        ("platform_options.tiktok.disclosure.paid_partnership", REQUIRED),
        ("platform_options.tiktok.privacy_level", INVALID),
        ("platforms", "account.unsupported_platform"),
        ("publish_now", INVALID),
        ("scheduled_at", INVALID),
        ("targets[0].account_id", REQUIRED),
        ("targets[0].text", INVALID),
        ("targets[1].account_id", "account.not_found"),
        ("targets[1].platform_data.tiktok.is_aigc", INVALID),
        ("targets[1].scheduled_at", INVALID),
        ("text", INVALID),
    ];
    assert_eq!(found, expected.map(|(field, code)| (field.to_owned(), code)));
}

#[test]
fn somebody_must_be_named() {
    let nobody = json!({"text": "Hello", "media_ids": ["med_1"]});
    only_problem(&nobody, "targets", REQUIRED);
    for empty in ["/targets", "/account_ids", "/platforms"] {
        only_problem(&with(nobody.clone(), &[(empty, json!([]))]), "targets", REQUIRED);
    }
    assert_eq!(
        problems(&json!({})),
        [("targets".to_owned(), REQUIRED), ("media_ids".to_owned(), "platform.tiktok.media_required")]
    );
    only_problem(&with(newer(), &[("/targets", json!([{}]))]), "targets[0].account_id", REQUIRED);
}

#[test]
fn only_tiktok_is_served() {
    for platforms in
        [json!(["instagram"]), json!(["tiktok", "instagram"]), json!(["TikTok"]), json!(["x".repeat(9999)])]
    {
        only_problem(&with(older(), &[("/platforms", platforms.clone())]), "platforms", "account.unsupported_platform");
        let alone = json!({"text": "Hello", "media_ids": ["med_1"], "platforms": platforms});
        only_problem(&alone, "platforms", "account.unsupported_platform");
    }
}

#[test]
fn ids_of_another_form_are_as_unknown_as_any() {
    for id in ["", "acc_", "acc-1", "post_1", "acc_é", "acc_1/../acc_2", &"acc_1".repeat(10_000)] {
        only_problem(&with(older(), &[("/account_id", json!(id))]), "account_id", "account.not_found");
        let targets = json!([{"account_id": id}]);
        only_problem(&with(newer(), &[("/targets", targets)]), "targets[0].account_id", "account.not_found");
    }
    for id in ["", "med_", "video.mp4", "acc_1", "ftp://example.com/video.mp4"] {
        only_problem(&with(older(), &[("/media_ids", json!([id]))]), "media_ids[0]", "media.not_found");
    }
}

#[test]
fn a_post_has_media_that_can_be_named() {
    let required = "platform.tiktok.media_required";
    only_problem(&with(older(), &[("/media_ids", Value::Null)]), "media_ids", required);
    only_problem(&with(older(), &[("/media_ids", json!([]))]), "media_ids", required);
    let targets = json!([{"account_id": "acc_1"}, {"account_id": "acc_2"}]);
    only_problem(&with(newer(), &[("/media_ids", Value::Null), ("/targets", targets)]), "media_ids", required);
    // Each file is told by itself.
    let two = with(older(), &[("/media_ids", json!(["med_1", "file.mp4", "video.mp4"]))]);
    let unknown = |index: usize| (format!("media_ids[{index}]"), "media.not_found");
    assert_eq!(problems(&two), [unknown(1), unknown(2)]);
    let url = "publishing.media.unsupported_source";
    for address in
        ["http://example.com/video.mp4", "HTTPS://127.0.0.1/", "https://0xa9fea9fe/", "https://user@example.com/"]
    {
        only_problem(&with(older(), &[("/media_ids", json!([address]))]), "media_ids[0]", url);
        only_problem(&with(newer(), &[("/targets/0/media_ids", json!([address]))]), "targets[0].media_ids[0]", url);
        let by_url = json!([{"source_type": "url", "source": address}]);
        only_problem(&with(older(), &[("/media", by_url)]), "media[0].source", url);
    }
    for address in ["med_1", "ftp://example.com/video.mp4", "video.mp4", ""] {
        let by_url = json!([{"source_type": "url", "source": address}]);
        only_problem(&with(older(), &[("/media", by_url)]), "media[0].source", url);
    }
    only_problem(&with(older(), &[("/media", json!([{}]))]), "media[0].source", REQUIRED);
    let base64 = json!([{"source_type": "base64", "source": "AAAA"}]);
    only_problem(&with(older(), &[("/media", base64)]), "media[0].source_type", INVALID);
}

#[test]
fn what_is_no_type_of_media_is_refused() {
    for kind in ["clip", "videos", "photos", "imagery"] {
        let by_url = json!([{"source_type": "url", "source": "https://example.com/a.jpg", "type": kind}]);
        only_problem(&with(older(), &[("/media", by_url)]), "media[0].type", INVALID);
        let by_id = json!([{"source": "med_1", "type": kind}]);
        only_problem(&with(newer(), &[("/targets/0/media", by_id)]), "targets[0].media[0].type", INVALID);
    }
    for kind in ["video", "video/mp4", "photo", "image", "image/jpeg", ""] {
        accepted(&with(older(), &[("/media", json!([{"source": "med_1", "type": kind}]))]));
    }
}

#[test]
fn a_text_that_is_too_long_even_for_photos_says_where_it_is() {
    for text in ["a".repeat(4001), format!("{}a", "😀".repeat(2000)), "x".repeat(900_000)] {
        only_problem(&with(older(), &[("/text", json!(text))]), "text", INVALID);
        only_problem(&with(newer(), &[("/targets/0/text", json!(text))]), "targets[0].text", INVALID);
        let own = [("/text", json!(text)), ("/targets/0/text", json!("short"))];
        only_problem(&with(newer(), &own), "text", INVALID);
        only_problem(&with(older(), &[("/title", json!(text))]), "title", INVALID);
        only_problem(&with(newer(), &[("/targets/0/title", json!(text))]), "targets[0].title", INVALID);
    }
}

#[test]
fn with_other_problems_a_text_is_judged_by_what_the_media_seems_to_be() {
    let wrong = ("/publish_now", json!("yes"));
    let long = ("/text", json!("a".repeat(2201)));
    let both = [("publish_now".to_owned(), INVALID), ("text".to_owned(), INVALID)];
    assert_eq!(problems(&with(older(), &[wrong.clone(), long.clone()])), both);
    for photos in [
        ("/media_ids", json!(["med_1", "med_2"])),
        ("/media_ids", json!(["https://example.com/a.jpg"])),
        ("/media", json!([{"source": "med_1", "type": "photo"}])),
        ("/platform_options/tiktok/media_type", json!("photo")),
    ] {
        let body = with(older(), &[wrong.clone(), long.clone(), photos]);
        only_problem(&body, "publish_now", INVALID);
    }
    let own = [("/text", json!("a".repeat(2201))), ("/targets/0/text", json!("short"))];
    only_problem(&with(newer(), &own), "text", INVALID);
    let body = with(older(), &[("/text", json!("a".repeat(4001))), ("/media_ids", json!(["med_1", "med_2"]))]);
    assert!(tried(&body).unwrap_err()[0].message.contains("the description has 4001"));
}

#[test]
fn times_must_lie_ahead_but_not_too_far() {
    for time in [
        "tomorrow",
        "2026-12-24T18:00:00+01:00[America/New_York]",
        "2026-12-24T18:00:00+24:00",
        "2026-12-24",
        "2026-12-24T18:00:00",
        "1700000000",
        "2026-11-22T11:58:59Z",
        "1970-01-01T00:00:00Z",
        "2027-11-22T12:00:01Z",
        "9999-12-30T00:00:00Z",
    ] {
        only_problem(&with(older(), &[("/scheduled_at", json!(time))]), "scheduled_at", INVALID);
        let target = [("/targets/0/scheduled_at", json!(time))];
        only_problem(&with(newer(), &target), "targets[0].scheduled_at", INVALID);
    }
    let both = [("/publish_now", json!(true)), ("/scheduled_at", json!("2026-12-24T18:00:00Z"))];
    only_problem(&with(older(), &both), "scheduled_at", INVALID);
}

#[test]
fn what_is_not_offered_is_refused_instead_of_ignored() {
    let tiktok = |name: &str, value: &str| with(newer(), &[("/platform_data", json!({"tiktok": {name: value}}))]);
    only_problem(&tiktok("transfer", "push"), "platform_data.tiktok.transfer", INVALID);
    only_problem(&tiktok("post_mode", "story"), "platform_data.tiktok.post_mode", INVALID);
    let confirm = json!({"mode": "hosted", "return_url": "https://example.com"});
    only_problem(&with(older(), &[("/confirm", confirm)]), "confirm", INVALID);
}

#[test]
fn lists_that_are_too_long_are_refused_unread() {
    let many = |count: usize| (0..count).map(|index| format!("acc_{index}")).collect::<Vec<_>>();
    let targets = |count: usize| many(count).into_iter().map(|id| json!({"account_id": id})).collect::<Vec<_>>();
    assert!(
        tried(&with(older(), &[("/account_id", json!("acc_0")), ("/account_ids", json!(many(TARGETS_PER_POST)))]))
            .is_ok()
    );
    assert!(tried(&with(newer(), &[("/targets", json!(targets(TARGETS_PER_POST)))])).is_ok());
    only_problem(&with(older(), &[("/account_ids", json!(many(TARGETS_PER_POST + 1)))]), "account_ids", INVALID);
    only_problem(&with(newer(), &[("/targets", json!(targets(TARGETS_PER_POST + 1)))]), "targets", INVALID);
    only_problem(&with(older(), &[("/media_ids", json!(vec!["med_1"; 50_000]))]), "media_ids", INVALID);
    only_problem(&with(older(), &[("/media", json!(vec![json!({}); 50_000]))]), "media", INVALID);
    only_problem(&with(older(), &[("/platforms", json!(vec!["x"; 50_000]))]), "platforms", INVALID);
    // Together they are too many, too.
    let others: Vec<_> = (0..TARGETS_PER_POST).map(|index| format!("acc_other{index}")).collect();
    let body = with(newer(), &[("/targets", json!(targets(TARGETS_PER_POST))), ("/account_ids", json!(others))]);
    only_problem(&body, "account_ids", INVALID);
    only_problem(
        &with(newer(), &[("/targets", json!(targets(TARGETS_PER_POST))), ("/account_id", json!("acc_x"))]),
        "targets",
        INVALID,
    );
}

#[test]
fn null_characters_are_refused_wherever_they_are() {
    for (pointer, field) in [
        ("/text", "text"),
        ("/title", "title"),
        ("/account_id", "account_id"),
        ("/scheduled_at", "scheduled_at"),
        ("/platform_options/tiktok/privacy_level", "platform_options.tiktok.privacy_level"),
    ] {
        only_problem(&with(older(), &[(pointer, json!("a\u{0}b"))]), field, INVALID);
    }
    only_problem(&with(older(), &[("/media_ids", json!(["med_1\u{0}"]))]), "media_ids[0]", INVALID);
}

/// Any JSON, with field names that mean something here.
fn anything() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "text",
        "title",
        "account_id",
        "account_ids",
        "targets",
        "media",
        "media_ids",
        "platforms",
        "platform_options",
        "platform_data",
        "tiktok",
        "disclosure",
        "branded_content",
        "privacy_level",
        "publish_now",
        "scheduled_at",
        "source",
        "source_type",
        "confirm",
        "x",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec!["tiktok", "acc_1", "med_1", "SELF_ONLY", "2026-11-23T00:00:00Z", "url"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..8)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_sent_is_either_a_post_with_targets_or_refused_with_reasons(body in anything()) {
        let Some(object) = body.as_object() else { return Ok(()) };
        match super::read(object, super::now(), &slipway_fetch::TrustedOrigins::none(), UnknownFields::Warn) {
            Ok(post) => {
                prop_assert!((1..=TARGETS_PER_POST).contains(&post.targets.len()));
                let named = post.targets.iter().filter_map(|target| target.account.as_ref());
                let accounts: std::collections::BTreeSet<_> = named.collect();
                prop_assert!(accounts.len() == post.targets.len() || post.targets.len() == 1);
            }
            Err(refused) => prop_assert!(!refused.issues.is_empty()),
        }
    }
}
