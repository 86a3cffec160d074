//! One snapshot for each state of a target: what callers see of it.

use jiff::Timestamp;
use serde_json::{Map, json};
use slipway_contract::Time;
use slipway_domain::media::ReasonCode;
use slipway_domain::schedule::GIVE_UP_AFTER;
use slipway_domain::{
    ApiErrorCode, Caption, ChunkPlan, Content, DeferReason, Disclosure, Evidence, FailReason, Failure, FileKind,
    Interactions, LogId, MediaTransfer, PostMode, PrivacyLevel, PublishId, PublishStatus, Pull, Sealed, StatusWord,
    TargetState, VideoId, VideoSettings,
};

use crate::posts::{AwaitedMedia, MediaRef, PostRecord, PostWithTargets, TargetMedia, TargetRecord};

fn at(minute: u8) -> Timestamp {
    format!("2026-11-22T12:{minute:02}:00Z").parse().unwrap()
}

fn publish_id() -> PublishId {
    PublishId::new("v_pub_file~v2-1.123")
}

fn record(state: TargetState) -> TargetRecord {
    TargetRecord {
        tenant: "ten_1".parse().unwrap(),
        post: "post_1".parse().unwrap(),
        account: "acc_1".parse().unwrap(),
        brand: None,
        version: 7,
        state,
        content: Content::Video {
            settings: VideoSettings {
                post_mode: PostMode::Direct,
                caption: Caption::parse("Hello").unwrap(),
                privacy_level: Some(PrivacyLevel::SelfOnly),
                disclosure: Disclosure { brand_content_toggle: false, brand_organic_toggle: true },
                interactions: Interactions { disable_comment: false, disable_duet: true, disable_stitch: true },
                is_aigc: false,
                video_cover_timestamp_ms: None,
                transfer: MediaTransfer::Upload,
            },
            media: TargetMedia::Verified(MediaRef {
                id: "med_1".parse().unwrap(),
                s3_key: "media/ten_1/med_1".to_owned(),
                etag: "\"e\"".to_owned(),
                size_bytes: 1000,
                kind: FileKind::Mp4,
                warnings: vec!["TikTok may refuse med_1. It is odd.".to_owned()],
            }),
        },
        username: Some("creator".to_owned()),
        accepted_at: at(0),
        give_up_at: at(59),
        updated_at: at(9),
        place: None,
        claimed_until: None,
        due_at: None,
        requeues: 0,
        tiktok_status: None,
        guarded_by: None,
        former: Vec::new(),
        timeline: Vec::new(),
        has_siblings: false,
    }
}

fn post(states: impl IntoIterator<Item = TargetState>) -> PostWithTargets {
    let post = PostRecord {
        id: "post_1".parse().unwrap(),
        tenant: "ten_1".parse().unwrap(),
        text: "Hello".to_owned().into(),
        title: None,
        media_ids: vec!["med_1".parse().unwrap()],
        created_at: at(0),
        scheduled_at: None,
        warnings: vec!["visibility is not a known field; it was ignored.".to_owned()],
        retry_count: 0,
        hidden: false,
        request_guard: None,
        accepted: false,
        revision: 0,
    };
    PostWithTargets { post, targets: states.into_iter().map(record).collect() }
}

/// What a target looks like in each of these states, a line each, without what is the same in all of them.
fn seen(records: impl IntoIterator<Item = TargetRecord>) -> String {
    let line = |record: TargetRecord| {
        let view = super::target(&record);
        let all = json!(view.metadata);
        let metadata = ["state", "publish_id", "tiktok_status", "uploaded_bytes", "next_attempt_at", "waiting_for"];
        let metadata = metadata.into_iter().filter_map(|name| Some((name.to_owned(), all.get(name)?.clone())));
        let mut line = json!({
            "status": view.status,
            "platform_post_id": view.platform_post_id,
            "permalink": view.permalink,
            "published_at": view.published_at,
            "metadata": metadata.collect::<Map<_, _>>(),
        });
        line.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        line.to_string()
    };
    records.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Why it failed, in three lines: the codes, who can do something about it, and what.
fn told(state: TargetState) -> String {
    let view = super::target(&record(state));
    let Some(error) = view.error else { return format!("{}: no error", view.status) };
    let tiktok = (
        error.tiktok_code.map_or_else(String::new, String::from),
        error.tiktok_log_id.map_or_else(String::new, |id| id.to_string()),
    );
    format!(
        "{} {tiktok:?}\n  {}, by {}{}\n  {}",
        error.code.as_str(),
        error.category,
        error.caused_by,
        if error.retryable { ", worth a retry" } else { "" },
        error.message
    )
}

fn uploading(sent: u64) -> TargetState {
    TargetState::Uploading {
        attempt: 1,
        publish_id: publish_id(),
        upload_url: Sealed::from_stored("sealed-secret"),
        expires_at: at(59),
        plan: ChunkPlan::for_size(1000).unwrap(),
        sent,
        last_chunk_unsent: false,
    }
}

fn failed(failure: Failure) -> TargetState {
    TargetState::Failed { publish_id: None, at: at(5), failure }
}

#[test]
fn a_post_shows_every_field_that_clients_rely_on() {
    insta::assert_json_snapshot!(super::post(&post([TargetState::Queued { attempt: 0 }])), @r#"
    {
      "id": "post_1",
      "status": "publishing",
      "created_at": "2026-11-22T12:00:00.000Z",
      "updated_at": "2026-11-22T12:09:00.000Z",
      "text": "Hello",
      "title": null,
      "media": [
        {
          "source_type": "media_id",
          "source": "med_1",
          "type": "video"
        }
      ],
      "media_ids": [
        "med_1"
      ],
      "scheduled_at": null,
      "published_at": null,
      "retry_count": 0,
      "hidden": false,
      "targets": [
        {
          "platform": "tiktok",
          "status": "publishing",
          "account_id": "acc_1",
          "platform_post_id": null,
          "permalink": null,
          "published_at": null,
          "media_type": "video",
          "metadata": {
            "state": "queued",
            "uploaded_bytes": 0,
            "total_bytes": 1000,
            "post_mode": "direct",
            "privacy_level": "SELF_ONLY",
            "brand_content_toggle": false,
            "brand_organic_toggle": true,
            "disable_comment": false,
            "disable_duet": true,
            "disable_stitch": true,
            "is_aigc": false
          },
          "error": null
        }
      ],
      "warnings": [
        "visibility is not a known field; it was ignored.",
        "TikTok may refuse med_1. It is odd."
      ]
    }
    "#);
}

fn pull() -> Pull {
    Pull { attempt: 1, copies: Vec::new(), called_at: at(1), revoked_at: None, fetched: 0 }
}

#[test]
fn a_target_on_its_way_shows_how_far_it_is() {
    let states = [
        TargetState::Draft,
        TargetState::Scheduled { at: at(30) },
        TargetState::Queued { attempt: 0 },
        TargetState::Initialising { attempt: 1 },
        TargetState::Deferred { attempt: 1, until: at(10), why: DeferReason::RateLimited },
        TargetState::Deferred { attempt: 0, until: at(10), why: DeferReason::MediaImport },
        TargetState::Deferred { attempt: 0, until: at(10), why: DeferReason::OtherPull },
        uploading(640),
        TargetState::Pulling { pull: pull() },
        TargetState::Processing { publish_id: publish_id(), since: at(2), pull: None },
        TargetState::Processing { publish_id: publish_id(), since: at(2), pull: Some(Pull { fetched: 320, ..pull() }) },
    ];
    insta::assert_snapshot!(seen(states.map(record)), @r#"
    {"metadata":{"state":"draft","uploaded_bytes":0},"status":"pending"}
    {"metadata":{"state":"scheduled","uploaded_bytes":0},"status":"pending"}
    {"metadata":{"state":"queued","uploaded_bytes":0},"status":"publishing"}
    {"metadata":{"state":"initialising","uploaded_bytes":0},"status":"publishing"}
    {"metadata":{"next_attempt_at":"2026-11-22T12:10:00.000Z","state":"deferred","uploaded_bytes":0,"waiting_for":"TikTok's limit of calls a minute"},"status":"publishing"}
    {"metadata":{"next_attempt_at":"2026-11-22T12:10:00.000Z","state":"deferred","uploaded_bytes":0,"waiting_for":"the media, which is being imported"},"status":"publishing"}
    {"metadata":{"next_attempt_at":"2026-11-22T12:10:00.000Z","state":"deferred","uploaded_bytes":0,"waiting_for":"TikTok's answer about another post of this account"},"status":"publishing"}
    {"metadata":{"publish_id":"v_pub_file~v2-1.123","state":"uploading","uploaded_bytes":640},"status":"publishing"}
    {"metadata":{"state":"pulling","uploaded_bytes":0},"status":"publishing"}
    {"metadata":{"publish_id":"v_pub_file~v2-1.123","state":"processing","uploaded_bytes":1000},"status":"publishing"}
    {"metadata":{"publish_id":"v_pub_file~v2-1.123","state":"processing","uploaded_bytes":320},"status":"publishing"}
    "#);
}

#[test]
fn a_target_that_reached_tiktok_shows_where_it_is() {
    let published = |post_ids: &[&str]| TargetState::Published {
        publish_id: Some(publish_id()),
        at: at(5),
        post_ids: post_ids.iter().copied().map(VideoId::new).collect(),
    };
    let mut in_inbox = record(TargetState::InInbox { publish_id: publish_id(), since: at(5) });
    in_inbox.tiktok_status = Some(PublishStatus::SendToUserInbox.into());
    let mut nameless = record(published(&["7555555555555555555"]));
    nameless.username = None;
    let with_id = record(published(&["7555555555555555555"]));
    insta::assert_snapshot!(seen([record(published(&[])), with_id, nameless, in_inbox]), @r#"
    {"metadata":{"publish_id":"v_pub_file~v2-1.123","state":"published","uploaded_bytes":1000},"published_at":"2026-11-22T12:05:00.000Z","status":"published"}
    {"metadata":{"publish_id":"v_pub_file~v2-1.123","state":"published","uploaded_bytes":1000},"permalink":"https://www.tiktok.com/@creator/video/7555555555555555555","platform_post_id":"7555555555555555555","published_at":"2026-11-22T12:05:00.000Z","status":"published"}
    {"metadata":{"publish_id":"v_pub_file~v2-1.123","state":"published","uploaded_bytes":1000},"platform_post_id":"7555555555555555555","published_at":"2026-11-22T12:05:00.000Z","status":"published"}
    {"metadata":{"publish_id":"v_pub_file~v2-1.123","state":"in_inbox","tiktok_status":"SEND_TO_USER_INBOX","uploaded_bytes":1000},"published_at":"2026-11-22T12:05:00.000Z","status":"published"}
    "#);
}

#[test]
fn a_target_that_will_not_be_published_shows_why_and_what_to_do() {
    let evidence =
        |last_status: Option<PublishStatus>| Evidence { sent: 1000, last_status: last_status.map(StatusWord::Status) };
    let unconfirmed = |last_status| TargetState::Unconfirmed {
        publish_id: Some(publish_id()),
        at: at(5),
        evidence: evidence(last_status),
    };
    let refused =
        |code: &str| Failure::Refused { tiktok_code: ApiErrorCode::parse(code), log_id: Some(LogId::new("20261122")) };
    let states = [
        failed(Failure::PublishFailed { reason: FailReason::PictureSizeCheckFailed }),
        failed(Failure::PublishFailed { reason: FailReason::AuthRemoved }),
        failed(Failure::PublishFailed { reason: FailReason::SpamRiskTooManyPosts }),
        failed(Failure::PublishFailed { reason: FailReason::Other("brand_new".to_owned()) }),
        failed(refused("unaudited_client_can_only_post_to_private_accounts")),
        failed(refused("something_new")),
        failed(Failure::ReconnectionRequired),
        failed(Failure::MediaGone),
        failed(Failure::DeferredTooLong { why: DeferReason::CreatorCap }),
        failed(Failure::NoPullDomain),
        failed(Failure::GaveUp),
        failed(Failure::ResolvedAsNotPublished),
        unconfirmed(Some(PublishStatus::ProcessingUpload)),
        unconfirmed(None),
        TargetState::Unconfirmed { publish_id: None, at: at(5), evidence: Evidence { sent: 0, last_status: None } },
        TargetState::Cancelled,
    ];
    insta::assert_snapshot!(states.map(told).join("\n"), @r#"
    publishing.media.rejected ("picture_size_check_failed", "")
      validation, by user
      Each side of the picture must be between 360 and 4096 pixels. Re-encode the video.
    account.reconnection_required ("auth_removed", "")
      auth, by user, worth a retry
      The creator withdrew this app's access. Connect the account again, then retry the post with POST /v1/posts/{id}/retry.
    platform.tiktok.rate_limit ("spam_risk_too_many_posts", "")
      rate_limit, by platform, worth a retry
      The creator's daily cap for posts through APIs is reached. Retry it with POST /v1/posts/{id}/retry after 24 hours.
    platform.tiktok.api_error ("brand_new", "")
      platform, by platform
      TikTok refused the post for a reason that it does not document.
    platform.tiktok.api_error ("unaudited_client_can_only_post_to_private_accounts", "20261122")
      platform, by platform
      This TikTok app has not passed TikTok's audit: it may post only to private accounts, for the creator alone. Have the creator set the account to private and use SELF_ONLY, or pass the audit.
    platform.tiktok.api_error ("something_new", "20261122")
      platform, by platform
      TikTok refused the post. Its code says why.
    account.reconnection_required ("", "")
      auth, by user, worth a retry
      The creator's authorization is gone. Connect the account again, then retry the post with POST /v1/posts/{id}/retry.
    media.not_found ("", "")
      validation, by user
      The media was deleted or replaced before it could be sent. Upload it again and make a new post.
    publishing.delivery.timeout ("", "")
      rate_limit, by platform, worth a retry
      There was no room for a day: waiting for the creator's daily cap at TikTok. Retry it with POST /v1/posts/{id}/retry.
    resource.not_supported ("", "")
      system, by system, worth a retry
      TikTok can fetch media only from a domain that is verified for this app, and this installation has none. Its operator sets one up with PullDomain; see docs/deploying.md.
    publishing.delivery.timeout ("", "")
      system, by system, worth a retry
      The video could not be handed to TikTok; nothing was published. Retry it with POST /v1/posts/{id}/retry.
    publishing.delivery.unconfirmed ("", "")
      platform, by platform, worth a retry
      It was looked up and is not on TikTok. Retry it with POST /v1/posts/{id}/retry.
    publishing.delivery.unconfirmed ("PROCESSING_UPLOAD", "")
      platform, by platform
      TikTok has 1000 of 1000 bytes, but reported no outcome (last status: PROCESSING_UPLOAD). Look at the account on TikTok, then say what is there with POST /v1/posts/{id}/resolve.
    publishing.delivery.unconfirmed ("", "")
      platform, by platform
      TikTok has 1000 of 1000 bytes, but reported no outcome (last status: none). Look at the account on TikTok, then say what is there with POST /v1/posts/{id}/resolve.
    publishing.delivery.unconfirmed ("", "")
      platform, by platform
      TikTok was told to fetch the media, but its answer was lost, and nothing was heard since. Look at the account on TikTok, then say what is there with POST /v1/posts/{id}/resolve.
    failed: no error
    "#);
}

#[test]
fn a_post_is_published_when_its_last_target_is() {
    let published =
        |minute| TargetState::Published { publish_id: Some(publish_id()), at: at(minute), post_ids: Vec::new() };
    let in_inbox = TargetState::InInbox { publish_id: publish_id(), since: at(6) };
    for (states, status, published_at) in [
        (vec![published(3), published(4)], "published", Some(at(4))),
        (vec![published(3), in_inbox], "published", Some(at(6))),
        (vec![published(3), failed(Failure::GaveUp)], "partial", Some(at(3))),
        (vec![published(3), uploading(0)], "publishing", None),
        (vec![failed(Failure::GaveUp)], "failed", None),
        (vec![TargetState::Draft], "draft", None),
    ] {
        let view = json!(super::post(&post(states)));
        assert_eq!((&view["status"], &view["published_at"]), (&json!(status), &json!(published_at.map(Time::from))));
    }
}

#[test]
fn nothing_sealed_is_shown() {
    let view = json!(super::post(&post([uploading(0)]))).to_string();
    assert!(!view.contains("sealed-secret") && !view.contains("s3_key") && !view.contains("ten_1"), "{view}");
}

#[test]
fn a_target_whose_media_did_not_come_shows_the_medias_reason() {
    let rejected = Failure::MediaRejected {
        code: ReasonCode::ImportNotMedia,
        message: "The address answers with a page. Send the address of the file itself.".to_owned(),
    };
    let late = Failure::DeferredTooLong { why: DeferReason::MediaImport };
    insta::assert_snapshot!([failed(rejected), failed(late)].map(told).join("\n"), @r#"
    publishing.media.rejected ("", "")
      validation, by user
      The address answers with a page. Send the address of the file itself. (import_not_media)
    publishing.delivery.timeout ("", "")
      system, by system
      The media was not imported within a day; nothing was published. Upload the file and make a new post.
    "#);
}

#[test]
fn a_target_that_waited_too_long_says_for_how_long() {
    assert_eq!(GIVE_UP_AFTER.as_hours(), 24);
    for (why, words) in [(DeferReason::MediaImport, "within a day"), (DeferReason::CreatorCap, "for a day")] {
        let message = super::failed(&Failure::DeferredTooLong { why }).message;
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_target_that_waits_for_its_media_has_no_size_yet() {
    let awaited = AwaitedMedia { awaited: "med_1".parse().unwrap(), max_duration_sec: Some(60) };
    let mut waiting = record(TargetState::Queued { attempt: 0 });
    waiting.content.media_mut()[0] = TargetMedia::Awaited(awaited);
    let view = super::target(&waiting);
    assert_eq!((view.status.as_str(), view.metadata.total_bytes), ("publishing", 0));
}
