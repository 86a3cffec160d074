//! One snapshot for each shape of an answer.

use jiff::Timestamp;
use slipway_domain::schedule::CONSENT_WITHIN;
use slipway_domain::{ApiErrorCode, Pace, PaceLimits, PrivacyLevel, ReconnectReason, Sealed};
use slipway_store::Minute;
use slipway_store::accounts::{
    AccountRecord, AccountStatus, Authorization, Flow, InviteRecord, Profile, RedirectUriRecord, SealedTokens,
};
use slipway_tiktok::{CreatorInfo, Scope, Scopes, Video};

use crate::begun::Begun;
use crate::link::{Linked, Missing};

/// A time with more digits than callers are shown.
fn at(minute: u8) -> Timestamp {
    format!("2026-11-22T12:{minute:02}:00.0427Z").parse().unwrap()
}

fn account() -> AccountRecord {
    AccountRecord {
        tenant: "ten_1".parse().unwrap(),
        id: "acc_1".parse().unwrap(),
        open_id: slipway_domain::OpenId::new("open-1"),
        brand: Some("brand_1".parse().unwrap()),
        profile: Profile {
            username: Some("creator".to_owned()),
            display_name: Some("The Creator".to_owned()),
            avatar_url: Some("https://tiktok.example/avatar".to_owned()),
            follower_count: Some(4242),
            following_count: None,
            likes_count: Some(7),
            video_count: Some(3),
        },
        scopes: Scopes::from_iter([Scope::UserInfoBasic, Scope::VideoPublish]),
        status: AccountStatus::Active,
        tokens: SealedTokens {
            access: Sealed::from_stored("sealed-secret"),
            refresh: Sealed::from_stored("sealed-secret"),
            access_expires_at: at(30),
            refresh_expires_at: at(40),
        },
        version: 1,
        refresh_claim: None,
        status_minute: Minute::default(),
        status_calls: 0,
        creator_info: None,
        creator_refused: None,
        creator_free_at: None,
        synced_at: None,
        sync_free_at: None,
        pace: Pace::default(),
        pace_version: 0,
        pulls: Vec::new(),
        created_at: at(0),
        connected_at: at(10),
        updated_at: at(20),
        last_used_at: at(20),
        refresh_at: None,
        refresh_failures: 0,
        is_going: false,
    }
}

/// An account of which TikTok reported nothing and that can't be used.
fn lost() -> AccountRecord {
    let status = AccountStatus::ReconnectRequired { reason: ReconnectReason::DisconnectedByUser, since: at(20) };
    AccountRecord { brand: None, profile: Profile::default(), status, ..account() }
}

fn begun(flow: Flow) -> Begun {
    Begun {
        state: "our-state".to_owned(),
        auth_url: "https://www.tiktok.com/v2/auth/authorize/?state=our-state".parse().unwrap(),
        authorization: Authorization {
            tenant: "ten_1".parse().unwrap(),
            brand: None,
            flow,
            redirect_uri: "https://api.example.com/oauth/callback/tiktok".to_owned().into(),
            caller_state: Some("their-state".to_owned().into()),
            good_until: at(10),
        },
    }
}

#[test]
fn an_account_has_every_field_and_no_secret() {
    insta::assert_json_snapshot!(super::account(&account()), @r#"
    {
      "id": "acc_1",
      "platform": "tiktok",
      "name": "The Creator",
      "username": "creator",
      "brand_id": "brand_1",
      "status": "active",
      "reconnect_reason": null,
      "reconnect_message": null,
      "profile_picture_url": "https://tiktok.example/avatar",
      "platform_user_id": "open-1",
      "scopes": [
        "user.info.basic",
        "video.publish"
      ],
      "metadata": {
        "avatar_url": "https://tiktok.example/avatar",
        "follower_count": 4242,
        "video_count": 3,
        "likes_count": 7
      },
      "token": {
        "access_expires_at": "2026-11-22T12:30:00.042Z",
        "refresh_expires_at": "2026-11-22T12:40:00.042Z"
      },
      "created_at": "2026-11-22T12:00:00.042Z",
      "connected_at": "2026-11-22T12:10:00.042Z"
    }
    "#);
}

#[test]
fn an_account_that_must_be_connected_again_says_why_and_still_has_a_name() {
    insta::assert_json_snapshot!(super::account(&lost()), @r#"
    {
      "id": "acc_1",
      "platform": "tiktok",
      "name": "acc_1",
      "username": "acc_1",
      "brand_id": "brand_1",
      "status": "reconnect_required",
      "reconnect_reason": "disconnected_by_user",
      "reconnect_message": "The account's owner disconnected the app in TikTok.",
      "profile_picture_url": null,
      "platform_user_id": "open-1",
      "scopes": [
        "user.info.basic",
        "video.publish"
      ],
      "metadata": {},
      "token": {
        "access_expires_at": "2026-11-22T12:30:00.042Z",
        "refresh_expires_at": "2026-11-22T12:40:00.042Z"
      },
      "created_at": "2026-11-22T12:00:00.042Z",
      "connected_at": "2026-11-22T12:10:00.042Z"
    }
    "#);
}

#[test]
fn a_connection_that_was_begun_shows_the_state_that_will_come_back() {
    let callback = super::begun(&begun(Flow::Callback { return_to: None }), Vec::new());
    insta::assert_json_snapshot!(callback, @r#"
    {
      "auth_url": "https://www.tiktok.com/v2/auth/authorize/?state=our-state",
      "state": "their-state",
      "message": "Send the creator to auth_url. It is good for ten minutes and for one connection.",
      "expires_at": "2026-11-22T12:10:00.000Z",
      "warnings": []
    }
    "#);
    assert_eq!(super::begun(&begun(Flow::Proxy), Vec::new()).state.as_str(), "our-state");
}

#[test]
fn a_connection_that_was_begun_says_how_long_it_is_good() {
    let message = super::begun(&begun(Flow::Proxy), Vec::new()).message;
    assert_eq!((CONSENT_WITHIN.as_mins(), message.contains("ten minutes")), (10, true));
}

#[test]
fn an_account_that_was_connected_by_a_code_says_what_is_missing() {
    let linked = Linked { account: account(), missing: vec![Missing::Upload] };
    let warnings = vec!["x is not a known field; it was ignored.".to_owned()];
    insta::assert_json_snapshot!(super::connected(&linked, Some("order 7".to_owned().into()), warnings), @r#"
    {
      "account_id": "acc_1",
      "platform": "tiktok",
      "username": "creator",
      "display_name": "The Creator",
      "id": "acc_1",
      "name": "The Creator",
      "status": "active",
      "state": "order 7",
      "missing_scopes": [
        "video.upload"
      ],
      "warnings": [
        "x is not a known field; it was ignored.",
        "Uploading drafts was not allowed (video.upload): videos can't be sent to this account's inbox."
      ]
    }
    "#);
}

#[test]
fn a_creator_who_can_not_post_is_shown_as_before_without_choices() {
    let info = CreatorInfo {
        avatar_url: None,
        username: Some("creator".to_owned()),
        nickname: None,
        privacy_level_options: vec![PrivacyLevel::PublicToEveryone, PrivacyLevel::SelfOnly],
        comment_disabled: false,
        duet_disabled: true,
        stitch_disabled: false,
        max_video_duration_sec: Some(600),
        log_id: None,
    };
    let can_post = slipway_tokens::creator_view(info);
    insta::assert_json_snapshot!(can_post, @r#"
    {
      "platform": "tiktok",
      "nickname": "creator",
      "username": "creator",
      "avatar_url": null,
      "can_post": true,
      "max_video_duration_sec": 600,
      "privacy_level_options": [
        "PUBLIC_TO_EVERYONE",
        "SELF_ONLY"
      ],
      "interaction_settings": {
        "comment_disabled": false,
        "duet_disabled": true,
        "stitch_disabled": false
      }
    }
    "#);
    let code = ApiErrorCode::parse("the_code");
    insta::assert_json_snapshot!(super::can_not_post(&account(), Some(can_post), &code, "Why."), @r#"
    {
      "platform": "tiktok",
      "nickname": "creator",
      "username": "creator",
      "avatar_url": null,
      "can_post": false,
      "max_video_duration_sec": 600,
      "privacy_level_options": [],
      "interaction_settings": {
        "comment_disabled": false,
        "duet_disabled": true,
        "stitch_disabled": false
      },
      "tiktok_code": "the_code",
      "message": "Why."
    }
    "#);
    insta::assert_json_snapshot!(super::can_not_post(&account(), None, &code, "Why."), @r#"
    {
      "platform": "tiktok",
      "nickname": "The Creator",
      "username": "creator",
      "avatar_url": "https://tiktok.example/avatar",
      "can_post": false,
      "max_video_duration_sec": null,
      "privacy_level_options": [],
      "interaction_settings": {
        "comment_disabled": true,
        "duet_disabled": true,
        "stitch_disabled": true
      },
      "tiktok_code": "the_code",
      "message": "Why."
    }
    "#);
}

#[test]
fn limits_are_those_of_the_creator_or_of_everybody() {
    insta::assert_json_snapshot!(super::limits(PaceLimits::default(), Some(180)), @r#"
    {
      "posts_per_24_hours": 15,
      "posts_per_hour": 25,
      "pending_drafts_per_24_hours": 5,
      "inits_per_minute": 6,
      "status_checks_per_minute": 30,
      "creator_info_per_minute": 20,
      "caption_max_utf16_units": 2200,
      "video_max_bytes": 4000000000,
      "video_max_duration_sec": 180,
      "video_min_duration_sec": 1,
      "photo_max_bytes": 20000000,
      "photos_per_post": 35
    }
    "#);
    assert_eq!(super::limits(PaceLimits::default(), None).video_max_duration_sec, 600);
}

#[test]
fn a_summary_has_figures_and_videos() {
    let video: Video = serde_json::from_value(serde_json::json!({
        "id": "7555555555555555555", "create_time": 1_763_812_800, "share_url": "https://www.tiktok.com/@creator/video/7",
        "duration": 12, "like_count": 5,
    }))
    .unwrap();
    let videos = vec![super::video(video)];
    insta::assert_json_snapshot!(super::summary(&account(), videos, Some(at(20))), @r#"
    {
      "account_id": "acc_1",
      "platform": "tiktok",
      "name": "The Creator",
      "username": "creator",
      "display_name": "The Creator",
      "profile_picture_url": "https://tiktok.example/avatar",
      "status": "active",
      "follower_count": 4242,
      "following_count": null,
      "likes_count": 7,
      "video_count": 3,
      "videos": [
        {
          "platform_post_id": "7555555555555555555",
          "title": null,
          "description": null,
          "permalink": "https://www.tiktok.com/@creator/video/7",
          "cover_image_url": null,
          "duration_seconds": 12,
          "width": null,
          "height": null,
          "like_count": 5,
          "comment_count": null,
          "share_count": null,
          "view_count": null,
          "published_at": "2025-11-22T12:00:00.000Z"
        }
      ],
      "synced_at": "2026-11-22T12:20:00.042Z",
      "connected_at": "2026-11-22T12:10:00.042Z"
    }
    "#);
    insta::assert_json_snapshot!(super::synced(&account(), at(20), vec!["A warning.".to_owned()]), @r#"
    {
      "success": true,
      "account_id": "acc_1",
      "synced_at": "2026-11-22T12:20:00.042Z",
      "warnings": [
        "A warning."
      ]
    }
    "#);
}

#[test]
fn an_invite_shows_its_link_only_when_it_is_made() {
    let invite = InviteRecord {
        id: "inv_1".parse().unwrap(),
        tenant: "ten_1".parse().unwrap(),
        brand: "brand_1".parse().unwrap(),
        token_hash: InviteRecord::hash("abcdef-secret"),
        preview: "abcdef".to_owned(),
        created_at: at(0),
        good_until: at(30),
    };
    let base = "https://api.example.com";
    insta::assert_json_snapshot!(super::invite_made(base, &invite, "abcdef-secret".to_owned(), Vec::new()), @r#"
    {
      "id": "inv_1",
      "platform": "tiktok",
      "brand_id": "brand_1",
      "token": "abcdef-secret",
      "url": "https://api.example.com/invite/abcdef-secret",
      "is_active": true,
      "expires_at": "2026-11-22T12:30:00.042Z",
      "created_at": "2026-11-22T12:00:00.042Z",
      "message": "Send url to the creator. It is shown only now.",
      "warnings": []
    }
    "#);
    insta::assert_json_snapshot!(super::invite(base, &invite, at(30)), @r#"
    {
      "id": "inv_1",
      "platform": "tiktok",
      "brand_id": "brand_1",
      "token": "abcdef…",
      "url": "https://api.example.com/invite/abcdef…",
      "is_active": false,
      "expires_at": "2026-11-22T12:30:00.042Z",
      "created_at": "2026-11-22T12:00:00.042Z"
    }
    "#);
}

#[test]
fn a_redirect_uri_that_was_just_registered_has_warnings_too() {
    let label = Some("Staging".to_owned());
    let record = RedirectUriRecord::new(&"ten_1".parse().unwrap(), "https://app.example/done".to_owned(), label, at(0));
    insta::assert_json_snapshot!(super::redirect_uri_registered(&record, Vec::new()), @r#"
    {
      "id": "uri_8f30b4b832f9cb14d0cf9378eec98c14",
      "uri": "https://app.example/done",
      "label": "Staging",
      "created_at": "2026-11-22T12:00:00.042Z",
      "warnings": []
    }
    "#);
    let without_label = RedirectUriRecord { label: None, ..record };
    insta::assert_json_snapshot!(super::redirect_uri(&without_label).label, @"null");
}
