//! What can be known without TikTok is refused without TikTok, and a refusal leaves nothing behind.

use axum::body::Body;
use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_domain::{PostMode, PrivacyLevel, ReconnectReason};
use slipway_store::accounts::AccountRecord;
use tiktok_sim::{Config, User};
use workbench::{Answer, Caller, fixture};

use crate::world::{World, body, with};

/// A request, and how it has to be refused.
struct Case<'a> {
    name: &'static str,
    caller: &'a Caller,
    headers: &'static [(&'static str, &'static str)],
    body: String,
    refused: (u16, &'static str, &'static str),
}

/// A request of the owner's with a body that is refused with this status and code for this field.
fn case<'a>(
    world: &'a World,
    name: &'static str,
    refused: (u16, &'static str, &'static str),
    body: &Value,
) -> Case<'a> {
    Case { name, caller: &world.owner.caller, headers: &[], body: body.to_string(), refused }
}

/// Sends it; answers the refusal after a look at what else happened: nothing was written, and TikTok was asked about
/// creators this often and for nothing else.
async fn refuse(world: &World, case: &Case<'_>, asks: usize) -> Answer {
    world.bench.forget_creators().await;
    let (before, ledger) = (world.bench.traces().await, world.bench.tiktok.ledger());
    let mut request = case.caller.request("POST", "/v1/posts");
    for (name, value) in case.headers {
        request = request.header(*name, *value);
    }
    let asked = world.asked();
    let answer = Answer::to(&world.router, request.body(Body::from(case.body.clone())).unwrap()).await;
    let body = answer.json();
    let (name, (status, code, field)) = (case.name, case.refused);
    let told = (answer.status.as_u16(), answer.code(), body["error"]["meta"]["field"].as_str().unwrap_or_default());
    assert_eq!(told, (status, code.to_owned(), field), "{name}: {body:#}");
    assert_eq!(world.asked() - asked, asks, "{name}: calls of creator info");
    assert_eq!(world.bench.tiktok.ledger().requests.len() - ledger.requests.len(), asks, "{name}: all calls of TikTok");
    assert_eq!(world.bench.traces().await.since(&before), [""; 0], "{name}: what a refusal left behind");
    answer
}

/// A second account that is not as good as the first.
async fn bad_accounts(world: &World) -> [AccountRecord; 4] {
    let [lost, without_publish, without_upload, elsewhere] =
        [world.account().await, world.account().await, world.account().await, world.account().await];
    let reason = ReconnectReason::AccessRefused;
    let written = world.bench.owner.accounts.require_reconnect(&lost, reason, Timestamp::now()).await.unwrap();
    assert!(written.is_done());
    [
        lost,
        world.bench.leave_scopes(&without_publish, &["user.info.basic", "video.upload"]).await,
        world.bench.leave_scopes(&without_upload, &["user.info.basic", "video.publish"]).await,
        world.bench.put_into_brand(&elsewhere, "brand_b").await,
    ]
}

/// The same as a draft.
fn kept(body: Value) -> Value {
    with(body, &[("/publish_now", json!(false))])
}

/// The same with media that is to be imported for it.
fn imported(body: Value) -> Value {
    with(body, &[("/media_ids", json!(["https://example.com/video.mp4"]))])
}

const INVALID: &str = "validation.field_invalid";
const SECOND: &str = "targets[1].account_id";

#[tokio::test]
async fn a_wrong_account_is_refused_without_a_call_and_without_a_trace() {
    let world = World::start().await;
    let (owner, stranger) = (&world.owner, world.stranger().await);
    let [lost, without_publish, without_upload, elsewhere] = Box::pin(bad_accounts(&world)).await;
    let mine = world.bench.put_into_brand(&owner.account, "brand_a").await;
    let insider = world.bench.caller_with(&world.bench.tenant, &[], &["brand_a"]).await;
    // The first account is good, so that a call for it would show. Published at once, it would get the post alone.
    let two = |other: &AccountRecord| kept(body("Two", &owner.media, &[&mine, other]));
    let named = |id: &str| with(two(&lost), &[("/targets/1/account_id", json!(id))]);
    let inbox = with(two(&without_upload), &[("/platform_data/tiktok", json!({"post_mode": "inbox"}))]);
    let imported = imported(two(&lost));
    let reconnect = "account.reconnection_required";
    let mut cases = vec![
        case(&world, "lost, and media to import", (403, reconnect, SECOND), &imported),
        case(&world, "unknown", (404, "account.not_found", SECOND), &named("acc_00000000000000000000000000000000")),
        case(&world, "no id at all", (404, "account.not_found", SECOND), &named("sim.creator")),
        case(&world, "another tenant's", (404, "account.not_found", SECOND), &two(&stranger.account)),
        case(&world, "lost", (403, reconnect, SECOND), &two(&lost)),
        case(&world, "video.publish is not granted", (403, reconnect, SECOND), &two(&without_publish)),
        case(&world, "video.upload is not granted", (403, reconnect, SECOND), &inbox),
    ];
    let foreign = case(&world, "another brand's", (404, "account.not_found", SECOND), &two(&elsewhere));
    cases.push(Case { caller: &insider, ..foreign });
    for case in &cases {
        refuse(&world, case, 0).await;
    }
    // What was wrong was the account.
    World::made(&world.post(&owner.caller, &body("One", &owner.media, &[&mine])).await);
    World::made(&world.post(&owner.caller, &two(&elsewhere)).await);
    World::made(
        &world
            .post(
                &owner.caller,
                &with(
                    two(&without_publish),
                    &[("/platform_data/tiktok", json!({"post_mode": "inbox"})), ("/text", json!("Inbox"))],
                ),
            )
            .await,
    );
}

#[tokio::test]
async fn wrong_media_is_refused_without_a_call_and_without_a_trace() {
    let world = World::start().await;
    let (tenant, stranger) = (&world.bench.tenant, world.stranger().await);
    let announced = world.bench.announced(tenant).await;
    let slow = world.bench.uploaded(tenant, fixture("too_slow.mp4")).await;
    let of = |id: &str| with(world.owner.body("Media"), &[("/media_ids", json!([id]))]);
    let url = |url: &str| with(world.owner.body("Media"), &[("/media_ids", json!([url]))]);
    let (not_found, field) = ("media.not_found", "media_ids[0]");
    for case in [
        case(&world, "unknown", (404, not_found, field), &of("med_00000000000000000000000000000000")),
        case(&world, "no id at all", (404, not_found, field), &of("video.mp4")),
        case(&world, "another tenant's", (404, not_found, field), &of(stranger.media.id.as_str())),
        case(&world, "never uploaded", (400, INVALID, field), &of(announced.id.as_str())),
        case(&world, "one that TikTok refuses", (422, "publishing.media.rejected", field), &of(slow.id.as_str())),
        case(
            &world,
            "an address inside",
            (422, "publishing.media.unsupported_source", field),
            &url("https://127.0.0.1/a.mp4"),
        ),
    ] {
        refuse(&world, &case, 0).await;
    }
}

#[tokio::test]
async fn a_wrong_body_is_refused_without_a_call_and_without_a_trace() {
    let world = World::start().await;
    let owner = &world.owner;
    let good = owner.body("Good");
    let tiktok = |settings: Value| with(good.clone(), &[("/platform_data/tiktok", settings)]);
    let set = |name: &str, value: Value| with(good.clone(), &[(name, value)]);
    let twice = body("Both", &owner.media, &[&owner.account, &world.account().await]);
    let alone = json!({"text": "Which?", "platforms": ["tiktok"], "media_ids": [owner.media.id],
        "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}}, "publish_now": true});
    let privacy = "platform_data.tiktok.privacy_level";
    let mut cases = vec![
        case(
            &world,
            "no privacy",
            (400, "validation.field_required", "targets[0].platform_data.privacy_level"),
            &tiktok(json!({})),
        ),
        case(
            &world,
            "private and branded",
            (400, INVALID, privacy),
            &tiktok(json!({"privacy_level": "SELF_ONLY", "brand_content_toggle": true})),
        ),
        case(
            &world,
            "discloses nothing",
            (400, INVALID, "platform_data.tiktok._disclosure_on"),
            &tiktok(json!({"privacy_level": "SELF_ONLY", "_disclosure_on": true})),
        ),
        case(&world, "long text", (400, INVALID, "text"), &set("/text", json!("x".repeat(2201)))),
        case(
            &world,
            "long text for one",
            (400, INVALID, "targets[1].text"),
            &with(twice, &[("/targets/1/text", json!("x".repeat(2201)))]),
        ),
        case(&world, "the past", (400, INVALID, "scheduled_at"), &set("/scheduled_at", json!("2020-01-01T00:00:00Z"))),
        case(
            &world,
            "another platform",
            (400, "account.unsupported_platform", "platforms"),
            &set("/platforms", json!(["instagram"])),
        ),
        case(&world, "nobody", (400, "validation.field_required", "targets"), &set("/targets", json!([]))),
        case(&world, "one of two accounts", (400, INVALID, "platforms"), &alone),
        case(&world, "no media", (400, "platform.tiktok.media_required", "media_ids"), &set("/media_ids", json!([]))),
        case(
            &world,
            "the confirm page",
            (400, "validation.field_invalid", "confirm"),
            &set("/confirm", json!({"mode": "hosted"})),
        ),
    ];
    let strict = case(&world, "unknown field", (400, INVALID, "colour"), &set("/colour", json!("red")));
    cases.push(Case { headers: &[("prefer", "handling=strict")], ..strict });
    let unfit = case(&world, "empty key", (400, INVALID, "Idempotency-Key"), &good);
    cases.push(Case { headers: &[("idempotency-key", "")], ..unfit });
    let malformed = case(&world, "no JSON", (400, "validation.body_invalid", "body"), &good);
    cases.push(Case { body: "{".to_owned(), ..malformed });
    let readers = world.bench.caller_with(&world.bench.tenant, &["posts:read"], &[]).await;
    cases.push(Case { caller: &readers, ..case(&world, "no scope", (403, "auth.insufficient_scope", ""), &good) });
    for case in &cases {
        refuse(&world, case, 0).await;
    }
    World::made(&world.post(&owner.caller, &good).await);
}

#[tokio::test]
async fn what_only_tiktok_knows_is_asked_once_and_a_refusal_leaves_no_trace() {
    let world = World::with(Config { daily_post_cap: Some(3), ..Config::default() }).await;
    let owner = &world.owner;
    let of = async |user: User| {
        let user = world.bench.tiktok.add_user(user);
        world.bench.connect_user(&world.bench.tenant, &user).await
    };
    let private = of(User { private: true, ..User::default() }).await;
    let brief = of(User { max_video_post_duration_sec: 1, ..User::default() }).await;
    let banned = of(User { banned: true, ..User::default() }).await;
    let busy = of(User { posts_by_other_apps: 3, ..User::default() }).await;
    let two = |other: &AccountRecord, level: PrivacyLevel| {
        // Published at once, it would go to the first account alone.
        let body = kept(body("Two", &owner.media, &[&owner.account, other]));
        with(body, &[("/platform_data/tiktok/privacy_level", json!(level))])
    };
    let (public, level) = (PrivacyLevel::PublicToEveryone, "platform_data.tiktok.privacy_level");
    let limit = "platform.tiktok.rate_limit";
    for case in [
        case(
            &world,
            "a level that is not offered",
            (400, "validation.privacy_level_unsupported", level),
            &two(&private, public),
        ),
        case(
            &world,
            "too long for this creator",
            (422, "publishing.media.rejected", "media_ids[0]"),
            &two(&brief, public),
        ),
        case(&world, "banned, and media to import", (400, INVALID, SECOND), &imported(two(&banned, public))),
        case(&world, "banned", (400, INVALID, SECOND), &two(&banned, public)),
    ] {
        let refused = refuse(&world, &case, 2).await;
        assert!(!refused.headers.contains_key("retry-after"), "{}", case.name);
    }
    // A cap of the day keeps out what is to be published now, and nothing that is for later.
    let now = body("Busy", &owner.media, &[&busy]);
    let refused = refuse(&world, &case(&world, "the daily cap", (429, limit, "targets[0].account_id"), &now), 1).await;
    assert!(refused.headers.contains_key("retry-after"));
    World::made(&world.post(&owner.caller, &kept(now)).await);
    // Nor is it asked more often where all is well, or at all for drafts in the inbox.
    let third = world.account().await;
    let inbox = json!({"tiktok": {"post_mode": PostMode::Inbox}});
    let all = body("All", &owner.media, &[&owner.account, &third, &third]);
    for (body, asks) in [(all.clone(), 2), (with(all, &[("/platform_data", inbox), ("/text", json!("Inbox"))]), 0)] {
        world.bench.forget_creators().await;
        let asked = world.asked();
        World::made(&world.post(&owner.caller, &body).await);
        assert_eq!(world.asked() - asked, asks);
    }
    // A repeat is known before anybody is asked, and what was posted lately before it is posted again.
    let first = owner.body("Once");
    World::made(&world.post(&owner.caller, &first).await);
    let asked = world.asked();
    assert!(world.post(&owner.caller, &first).await.is_replayed());
    assert_eq!(world.asked(), asked);
}
