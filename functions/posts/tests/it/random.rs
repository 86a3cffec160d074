//! Bodies that make little sense, and bodies that nearly do: none is our fault, none that is refused leaves a trace, and
//! validation says of each what creating a post does.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use slipway_domain::{MediaId, TargetState};
use workbench::{Spoken, fixture};

use crate::acts::failed;
use crate::world::World;

/// What bodies are made of.
const NAMES: [&str; 39] = [
    "text",
    "title",
    "media",
    "media_ids",
    "source",
    "source_type",
    "type",
    "targets",
    "account_id",
    "account_ids",
    "platforms",
    "brand_id",
    "platform_options",
    "platform_data",
    "tiktok",
    "disclosure",
    "branded_content",
    "paid_partnership",
    "your_brand",
    "privacy_level",
    "post_mode",
    "media_type",
    "transfer",
    "brand_content_toggle",
    "brand_organic_toggle",
    "_disclosure_on",
    "disable_comment",
    "disable_duet",
    "is_aigc",
    "video_cover_timestamp_ms",
    "photo_cover_index",
    "auto_add_music",
    "publish_now",
    "scheduled_at",
    "skip_duplicate_check",
    "skip_validation",
    "confirm",
    "hidden",
    "outcome",
];

#[tokio::test]
async fn no_body_is_our_fault_and_no_refused_one_leaves_a_trace() {
    let world = World::start().await;
    let draft = world.post_in(TargetState::Draft).await.post;
    let failed = world.post_in(failed()).await.post;
    for (method, path) in [
        ("POST", "/v1/posts".to_owned()),
        ("POST", "/v1/posts/validate".to_owned()),
        ("POST", "/v1/posts/import".to_owned()),
        ("PATCH", format!("/v1/posts/{draft}")),
        ("POST", format!("/v1/posts/{failed}/resolve")),
        ("POST", format!("/v1/posts/{draft}/publish")),
        ("POST", format!("/v1/posts/{failed}/retry")),
        ("POST", format!("/v1/posts/{draft}/cancel")),
    ] {
        let route = Spoken { method, path: &path, names: &NAMES };
        world.bench.nothing_is_our_fault(&world.router, &world.owner.caller, route).await;
    }
}

/// A file whose cells are right or nearly so, or of any bytes.
fn table(account: &str, media: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let header = select(vec![
        "text,account_ids,media_ids,visibility,scheduled_at",
        "TEXT,account_ids,media_url,visibility,platform_data",
        "account_ids",
        "text,nonsense",
    ]);
    let (account, media) = (account.to_owned(), media.to_owned());
    let cell = prop_oneof![
        4 => Just(account),
        4 => Just(media),
        2 => select(vec!["private", "SELF_ONLY", "public", "", "|", "\"", "2027-01-01T00:00:00Z", "{}", "\u{0}", "\u{feff}"])
            .prop_map(str::to_owned),
        1 => ".{0,20}",
    ];
    let rows = proptest::collection::vec(proptest::collection::vec(cell, 1..7), 0..6);
    let tail = proptest::collection::vec(any::<u8>(), 0..12);
    (header, rows, tail).prop_map(|(header, rows, tail)| {
        let lines = rows.into_iter().map(|row| row.join(","));
        let mut file = std::iter::once(header.to_owned()).chain(lines).collect::<Vec<_>>().join("\n").into_bytes();
        file.extend(tail);
        file
    })
}

#[tokio::test]
async fn no_file_of_posts_is_our_fault_and_no_refused_one_leaves_a_trace() {
    const CASES: u32 = 60;
    let world = World::start().await;
    let tables = table(world.owner.account.id.as_str(), world.owner.media.id.as_str());
    let mut runner = TestRunner::deterministic();
    let (mut refused, mut read) = (0, 0);
    for _ in 0..CASES {
        let file = tables.new_tree(&mut runner).unwrap().current();
        let before = world.bench.traces().await;
        let answer = world.import(&world.owner.caller, "", None, &file).await;
        let said = String::from_utf8_lossy(&file).into_owned();
        assert!(matches!(answer.status.as_u16(), 200 | 400), "{said}: {:#}", answer.json());
        if answer.status == 400 {
            refused += 1;
            assert_eq!(world.bench.traces().await.since(&before), [""; 0], "{said}");
        } else {
            let told = answer.json();
            let counts = ["total_rows", "created", "failed"].map(|name| told[name].as_u64().unwrap());
            assert_eq!(counts[0], counts[1] + counts[2], "{said}: {told:#}");
            read += 1;
        }
    }
    assert!(refused >= 5 && read >= 20, "{refused} refused, {read} read");
}

/// A body in either dialect whose parts are right or nearly so.
fn nearly_right(account: &str, other: &str, video: &str, photos: [&str; 2]) -> impl Strategy<Value = Value> + use<> {
    let named = prop_oneof![4 => Just(json!(account)), 4 => Just(json!(other)), 1 => Just(json!("acc_nobody")), 1 => Just(Value::Null)];
    let level = select(vec!["SELF_ONLY", "PUBLIC_TO_EVERYONE", "FOLLOWER_OF_CREATOR", "NOBODY"]);
    let flag = || proptest::option::of(any::<bool>());
    let settings = (proptest::option::weighted(0.8, level), flag(), flag(), flag(), select(vec!["direct", "inbox"]));
    let when = select(vec![
        json!(null),
        json!(null),
        json!(null),
        json!("2026-12-24T18:00:00Z"),
        json!("2020-01-01T00:00:00Z"),
        json!("soon"),
    ]);
    let media = prop_oneof![
        6 => Just(json!([video])),
        6 => Just(json!(photos)),
        1 => Just(json!([photos[1]])),
        1 => Just(json!([photos[0], video])),
        1 => Just(json!([])),
        1 => Just(json!(["med_nothing"])),
    ];
    let photo =
        (proptest::option::weighted(0.3, select(vec!["video", "photo"])), proptest::option::of(0..3_u8), flag());
    let text = prop_oneof![8 => "[a-z]{1,12}", 1 => Just("x".repeat(2300)), 1 => Just("x".repeat(4100))];
    let title = prop_oneof![4 => Just(None), 4 => Just(Some("t".to_owned())), 1 => Just(Some("t".repeat(91)))];
    let second = proptest::option::weighted(0.9, select(vec![json!(account), json!(other), json!("acc_nobody")]));
    let parts = (text, title, media, (named, second), settings, photo, any::<[bool; 3]>(), when);
    parts.prop_map(|(text, title, media, (account, second), settings, (kind, cover, music), [older, now, skip], when)| {
        let (level, branded, organic, comment, mode) = settings;
        let mut tiktok = Map::new();
        tiktok.insert("post_mode".to_owned(), json!(mode));
        for (name, value) in [
            ("privacy_level", level.map(Value::from)),
            ("brand_content_toggle", branded.map(Value::from)),
            ("brand_organic_toggle", organic.map(Value::from)),
            ("disable_comment", comment.map(Value::from)),
            ("media_type", kind.map(Value::from)),
            ("photo_cover_index", cover.map(Value::from)),
            ("auto_add_music", music.map(Value::from)),
        ] {
            tiktok.extend(value.map(|value| (name.to_owned(), value)));
        }
        let mut body = json!({"text": text, "title": title, "media_ids": media, "skip_duplicate_check": skip, "platform_data": {"tiktok": tiktok}});
        if older {
            body["account_id"] = account;
            body["publish_now"] = json!(now);
        } else {
            body["targets"] = json!([{"account_id": account, "scheduled_at": when}]);
            // Two targets at once now and then, of which one may be for the same account, or for nobody.
            if let Some(second) = second.filter(|_| now && !skip) {
                body["publish_now"] = json!(true);
                body["targets"] = json!([{"account_id": account}, {"account_id": second, "text": "Own"}]);
                body["platform_data"]["tiktok"]["privacy_level"] = json!("SELF_ONLY");
            }
        }
        body
    })
}

#[tokio::test]
async fn validation_and_creation_agree_on_every_body() {
    const CASES: u32 = 200;
    let world = World::start().await;
    let other = world.account().await;
    let photo = async |name: &str| world.bench.uploaded(&world.bench.tenant, fixture(name)).await.id;
    let photos = [photo("photo.jpg").await, photo("photo.webp").await];
    let photos = photos.each_ref().map(MediaId::as_str);
    let video = world.owner.media.id.as_str();
    let bodies = nearly_right(world.owner.account.id.as_str(), other.id.as_str(), video, photos);
    let mut runner = TestRunner::deterministic();
    let (mut made, mut refused, mut photos_made, mut partial) = (0, 0, 0, 0);
    for _ in 0..CASES {
        let body = bodies.new_tree(&mut runner).unwrap().current();
        let before = world.bench.traces().await;
        let validated = world.owner.caller.call(&world.router, "POST", "/v1/posts/validate", Some(&body)).await;
        let validated = validated.expect(200);
        // What TikTok reports about a creator is kept for a minute, and nothing else is.
        let accounts = world.bench.deployment.table("AccountsTable").unwrap();
        let mut traces = world.bench.traces().await.since(&before);
        traces.retain(|trace| !trace.contains(accounts));
        assert_eq!(traces, [""; 0], "validation wrote something: {body}");
        let created = world.post(&world.owner.caller, &body).await;
        let is_made = created.status == 201;
        assert_eq!(validated["valid"], json!(is_made), "{body}: {validated:#} {:#}", created.json());
        if is_made {
            made += 1;
            photos_made += usize::from(created.json()["targets"][0]["media_type"] == "photo");
            continue;
        }
        let codes: Vec<_> = validated["errors"].as_array().unwrap().iter().map(|error| &error["code"]).collect();
        let answer = created.json();
        let told = if created.status == 207 {
            partial += 1;
            let errors = answer["targets"].as_array().unwrap().iter().map(|target| &target["error"]["code"]);
            errors.filter(|code| code.is_string()).collect()
        } else {
            refused += 1;
            vec![&answer["error"]["code"]]
        };
        assert!(!told.is_empty(), "{body}: {answer:#}");
        for code in told {
            assert!(codes.contains(&code), "{body}: {code} is not among {codes:?}");
        }
    }
    let counts = format!("{made} made, {photos_made} of them of photos, {partial} in part, {refused} refused");
    assert!(made >= 20 && refused >= 20 && photos_made >= 5 && partial >= 3, "{counts}");
}
