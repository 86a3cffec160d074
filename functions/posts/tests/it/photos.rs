//! Posts of photos: what is kept of them, what is refused, and what makes two of them the same.

use serde_json::{Value, json};
use slipway_domain::{Content, MediaKind, PostMode};
use slipway_store::media::MediaRecord;
use slipway_store::posts::TargetMedia;
use workbench::fixture;

use crate::world::{World, with};

const MIXING: &str = "publishing.media.mixing_unsupported";
const INVALID: &str = "validation.field_invalid";

async fn photos(world: &World) -> [MediaRecord; 3] {
    let of = async |name: &str| world.bench.uploaded(&world.bench.tenant, fixture(name)).await;
    [of("photo.jpg").await, of("photo.webp").await, of("photo_lossless.webp").await]
}

fn ids(media: &[&MediaRecord]) -> Value {
    media.iter().map(|media| json!(media.id)).collect()
}

/// A draft of these photos in the newer dialect.
fn draft(world: &World, media: &[&MediaRecord]) -> Value {
    json!({
        "text": "Three photos", "title": "A title", "media_ids": ids(media),
        "targets": [{"account_id": world.owner.account.id}],
        "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY", "photo_cover_index": 1}},
    })
}

#[tokio::test]
async fn both_dialects_make_the_same_post_of_photos() {
    let world = World::start().await;
    let [one, two, three] = photos(&world).await;
    let all = [&two, &one, &three];
    let settings = json!({
        "media_type": "photo", "privacy_level": "SELF_ONLY", "photo_cover_index": 2, "auto_add_music": true,
        "is_aigc": true, "disable_comment": false, "disable_duet": false,
        "disclosure": {"branded_content": false, "paid_partnership": false, "your_brand": true},
    });
    let listed: Value = all.iter().map(|media| json!({"source": media.id, "type": "photo"})).collect();
    let older = json!({
        "account_id": world.owner.account.id, "text": "Hello", "title": "A title", "media_ids": ids(&all),
        "platform_options": {"tiktok": settings}, "publish_now": false,
    });
    let newer = json!({
        "targets": [{
            "account_id": world.owner.account.id, "text": "Hello", "title": "A title", "media": listed,
            "platform_data": settings,
        }],
    });
    let mut kept = Vec::new();
    for body in [older, newer] {
        let answer = world.post(&world.owner.caller, &body).await;
        let shown = answer.expect(201).clone();
        let target = &shown["targets"][0];
        assert_eq!(shown["media_ids"], ids(&all), "{shown:#}");
        assert!(shown["media"].as_array().unwrap().iter().all(|media| media["type"] == "photo"), "{shown:#}");
        assert_eq!((&target["media_type"], &target["metadata"]["disable_comment"]), (&json!("photo"), &json!(false)));
        assert_eq!(target["metadata"].get("disable_duet"), None, "photos have no duets");
        let sizes: u64 = all.iter().filter_map(|media| media.size_bytes()).sum();
        assert_eq!(target["metadata"]["total_bytes"], json!(sizes));
        let warnings = shown["warnings"].as_array().unwrap();
        assert!(warnings.iter().any(|warning| warning.as_str().unwrap().starts_with("disable_duet: ")), "{warnings:?}");
        let post = world.kept(&world.bench.tenant, &World::made(&answer)).await;
        for media in all {
            assert!(world.bench.media_now(media).await.posts.contains(&post.post.id), "it is in use");
        }
        kept.push(post.targets[0].content.clone());
    }
    assert_eq!(kept[0], kept[1]);
    let Content::Photos { settings, media } = &kept[0] else { panic!("{kept:?}") };
    assert_eq!((settings.title.as_str(), settings.description.as_str(), media.cover()), ("A title", "Hello", 2));
    assert!(settings.auto_add_music && settings.is_aigc && settings.disclosure.brand_organic_toggle);
    assert!(media.images().iter().map(TargetMedia::id).eq(all.iter().map(|media| &media.id)));
}

#[tokio::test]
async fn what_is_wrong_with_photos_is_told_all_at_once_and_leaves_no_trace() {
    let world = World::start().await;
    let [one, two, _] = photos(&world).await;
    let png = world.bench.uploaded(&world.bench.tenant, [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 99]].concat()).await;
    let video = &world.owner.media;
    let good = draft(&world, &[&one, &two]);
    let set = |changes: &[(&str, Value)]| with(good.clone(), changes);
    let tiktok = |name: &str, value: Value| {
        let mut body = good.clone();
        body["platform_data"]["tiktok"][name] = value;
        body
    };
    let cover = "platform_data.tiktok.photo_cover_index";
    for (body, problems) in [
        (set(&[("/media_ids", ids(&[&one, video]))]), vec![("media_ids[1]", MIXING)]),
        (set(&[("/media_ids", ids(&[video, video]))]), vec![("media_ids[1]", MIXING)]),
        (set(&[("/media_ids", ids(&[&one, &png]))]), vec![("media_ids[1]", "validation.unsupported_photo_format")]),
        (
            tiktok("media_type", json!("video")),
            vec![
                ("media_ids[0]", "validation.media_type_mismatch"),
                ("media_ids[1]", "validation.media_type_mismatch"),
            ],
        ),
        (tiktok("photo_cover_index", json!(2)), vec![(cover, INVALID)]),
        (
            set(&[("/media_ids", json!([])), ("/media", json!([]))]),
            vec![("media_ids", "platform.tiktok.media_required")],
        ),
        (set(&[("/media_ids", json!(vec![json!(one.id); 36]))]), vec![("media_ids", INVALID)]),
        (
            set(&[("/media_ids", json!(["http://example.com/a.jpg", one.id, "https://127.0.0.1/b.jpg"]))]),
            vec![
                ("media_ids[0]", "publishing.media.unsupported_source"),
                ("media_ids[2]", "publishing.media.unsupported_source"),
            ],
        ),
        (
            with(
                tiktok("photo_cover_index", json!(99)),
                &[("/title", json!("t".repeat(91))), ("/platform_data/tiktok/privacy_level", Value::Null)],
            ),
            vec![
                ("targets[0].platform_data.privacy_level", "validation.field_required"),
                (cover, INVALID),
                ("title", INVALID),
            ],
        ),
        (set(&[("/text", json!("x".repeat(4001)))]), vec![("text", INVALID)]),
    ] {
        let before = world.bench.traces().await;
        let refused = world.post(&world.owner.caller, &body).await;
        let issues = refused.json()["error"]["meta"]["issues"].as_array().cloned().unwrap_or_default();
        let told: Vec<_> =
            issues.iter().map(|issue| (issue["field"].as_str().unwrap(), issue["code"].as_str().unwrap())).collect();
        assert_eq!(told, problems, "{body:#}\n{:#}", refused.json());
        assert_eq!(world.bench.traces().await.since(&before), [""; 0], "what a refusal left behind");
        let validated = world.owner.caller.call(&world.router, "POST", "/v1/posts/validate", Some(&body)).await;
        let codes: Vec<_> =
            validated.json()["errors"].as_array().unwrap().iter().map(|error| error["code"].clone()).collect();
        assert_eq!(codes, problems.iter().map(|(_, code)| json!(code)).collect::<Vec<_>>());
    }
    // A text that is too long for a video is not for photos.
    World::made(&world.post(&world.owner.caller, &set(&[("/text", json!("x".repeat(4000)))])).await);
    let answer = world.post(&world.owner.caller, &tiktok("photo_cover_index", json!(7))).await.json().clone();
    let issue = &answer["error"]["meta"]["issues"][0];
    assert_eq!((&issue["measured"], &issue["allowed"]), (&json!(7), &json!(1)), "{answer:#}");
}

#[tokio::test]
async fn without_a_verified_prefix_photos_are_refused_and_told_what_to_set_up() {
    let mut world = World::start().await;
    let constraints = async |world: &World| {
        let answer = world.owner.caller.get(&world.router, "/v1/posts/validate").await;
        answer.json()["data"]["tiktok"]["carousel"]["supported"].clone()
    };
    let [one, two, _] = photos(&world).await;
    assert_eq!(constraints(&world).await, json!(true));
    world.without_pulls();
    assert_eq!(constraints(&world).await, json!(false));
    let body = draft(&world, &[&one, &two]);
    let refused = world.post(&world.owner.caller, &body).await;
    refused.refused(422, "publishing.media.unsupported_source", "media_ids[0]");
    let message = refused.json()["error"]["message"].to_string();
    assert!(message.contains("operator"), "{message}");
    World::made(&world.post(&world.owner.caller, &with(world.owner.body("A video"), &[])).await);
}

#[tokio::test]
async fn the_same_photos_with_the_same_text_are_one_post_a_day() {
    let world = World::start().await;
    let [one, two, three] = photos(&world).await;
    let now = |media: &[&MediaRecord]| with(draft(&world, media), &[("/publish_now", json!(true))]);
    let first = now(&[&one, &two]);
    let id = World::made(&world.post(&world.owner.caller, &first).await);
    // Another cover is no other post, and neither are settings.
    let mut again = first.clone();
    again["platform_data"]["tiktok"]["photo_cover_index"] = json!(0);
    let refused = world.post(&world.owner.caller, &again).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]["meta"]["post_id"]), (409, &json!(id)));
    for other in [
        now(&[&two, &one]),
        now(&[&one, &two, &three]),
        now(&[&one]),
        with(first.clone(), &[("/text", json!("Another"))]),
        with(first.clone(), &[("/title", json!("Another"))]),
    ] {
        let mut other = other;
        other["platform_data"]["tiktok"]["photo_cover_index"] = json!(0);
        World::made(&world.post(&world.owner.caller, &other).await);
    }
}

#[tokio::test]
async fn a_draft_of_photos_is_changed_in_what_is_said_and_stays_in_the_rest() {
    let world = World::start().await;
    let [one, two, three] = photos(&world).await;
    let id = World::made(&world.post(&world.owner.caller, &draft(&world, &[&one, &two])).await);
    let path = format!("/v1/posts/{id}");
    let change_by = async |change: Value| world.owner.caller.call(&world.router, "PATCH", &path, Some(&change)).await;
    let content = async || world.kept(&world.bench.tenant, &id).await.targets[0].content.clone();
    change_by(json!({"text": "Changed"})).await.expect(200);
    let Content::Photos { settings, media } = content().await else { panic!() };
    assert_eq!((settings.description.as_str(), settings.title.as_str(), media.cover()), ("Changed", "A title", 1));
    change_by(json!({"media_ids": [three.id, one.id, two.id], "platform_data": {"tiktok": {"photo_cover_index": 0}}}))
        .await
        .expect(200);
    let Content::Photos { media, .. } = content().await else { panic!() };
    assert!(media.images().iter().map(TargetMedia::id).eq([&three.id, &one.id, &two.id]) && media.cover() == 0);
    // One photo is enough, but not with a cover that is not there.
    let refused =
        change_by(json!({"media_ids": [one.id], "platform_data": {"tiktok": {"photo_cover_index": 1}}})).await;
    refused.refused(400, INVALID, "platform_data.tiktok.photo_cover_index");
    // What was photos becomes a video once it is said to be one.
    let video = json!({"media_ids": [world.owner.media.id], "platform_data": {"tiktok": {"media_type": "video"}}});
    change_by(video).await.expect(200);
    assert_eq!(content().await.kind(), MediaKind::Video);
}

#[tokio::test]
async fn photos_at_addresses_are_imported_once_each() {
    let world = World::start().await;
    let body = json!({
        "text": "From afar", "publish_now": true,
        "media_ids": ["https://example.com/a.jpg", "https://example.com/b.jpg", "https://example.com/a.jpg"],
        "targets": [{"account_id": world.owner.account.id, "platform_data": {"post_mode": "inbox"}}],
    });
    let kept = world.kept(&world.bench.tenant, &World::made(&world.post(&world.owner.caller, &body).await)).await;
    let target = &kept.targets[0];
    assert_eq!((target.content.kind(), target.content.post_mode()), (MediaKind::Photo, PostMode::Inbox));
    assert_eq!((target.content.privacy_level(), target.awaited().count()), (None, 3));
    assert_eq!(kept.post.media_ids.len(), 2, "the same address is fetched once");
    assert_eq!(world.bench.messages("ImportsQueue").len(), 2);
}

#[tokio::test]
async fn a_post_that_is_too_large_for_one_write_is_refused_and_not_our_fault() {
    let world = World::start().await;
    let mut targets = Vec::new();
    for index in 0..32 {
        targets.push(json!({"account_id": format!("acc_{index}")}));
    }
    let addresses: Vec<_> = (0..35).map(|index| format!("https://example.com/{index}.jpg")).collect();
    let body = json!({
        "media_ids": addresses, "targets": targets, "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}},
    });
    let refused = world.post(&world.owner.caller, &body).await;
    let issues = refused.json()["error"]["meta"]["issues"].as_array().unwrap().clone();
    let large = issues.iter().find(|issue| issue["field"] == "targets").unwrap();
    assert_eq!((&large["measured"], &large["allowed"]), (&json!(103), &json!(100)), "{large:#}");
}
