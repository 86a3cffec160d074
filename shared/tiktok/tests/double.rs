//! The double of TikTok, through the client: what it is asked never leaves the process.
#![expect(clippy::unwrap_used, reason = "what is not as a test needs it ends the test")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use secrecy::SecretString;
use slipway_domain::{
    Caption, ChunkPlan, Disclosure, FailReason, FileKind, Interactions, MediaTransfer, Mode, PostMode, PrivacyLevel,
    PublishId, Refusal, Script, TenantId, VideoSettings,
};
use slipway_tiktok::{
    AccessToken, CallTimeout, ChunkAnswer, Client, Config, Error, Init, Memory, PublishStatus, Remembered, Scope,
    Scopes,
};

const CALLBACK: &str = "https://api.example.com/oauth/callback/tiktok";

/// A memory in this process.
#[derive(Debug, Default)]
struct InProcess(Mutex<HashMap<(TenantId, String), String>>);

impl Memory for InProcess {
    fn recall<'a>(&'a self, space: &'a TenantId, name: &'a str) -> Remembered<'a, Option<String>> {
        let found = self.0.lock().unwrap().get(&(space.clone(), name.to_owned())).cloned();
        Box::pin(async { Ok(found) })
    }

    fn replace<'a>(
        &'a self,
        space: &'a TenantId,
        name: &'a str,
        before: Option<&'a str>,
        after: &'a str,
    ) -> Remembered<'a, bool> {
        let (mut notes, key) = (self.0.lock().unwrap(), (space.clone(), name.to_owned()));
        let stands = notes.get(&key).map(String::as_str) == before;
        if stands {
            notes.insert(key, after.to_owned());
        }
        Box::pin(async move { Ok(stands) })
    }
}

/// A client whose TikTok is nowhere.
fn app() -> Client {
    log_watch::start();
    Client::remembering(nowhere(), Arc::new(InProcess::default())).unwrap()
}

fn nowhere() -> Config {
    Config {
        auth_base: "http://127.0.0.1:1/".parse().unwrap(),
        api_base: "http://127.0.0.1:1/".parse().unwrap(),
        client_key: "key".to_owned(),
        client_secret: SecretString::from("verysecret"),
        call_timeout: CallTimeout::default(),
    }
}

fn space(name: &str) -> TenantId {
    format!("ten_{name}").parse::<TenantId>().unwrap().in_mode(Mode::Test)
}

fn settings(caption: &str) -> VideoSettings {
    VideoSettings {
        post_mode: PostMode::Direct,
        caption: Caption::parse(caption).unwrap(),
        privacy_level: Some(PrivacyLevel::PublicToEveryone),
        disclosure: Disclosure::default(),
        interactions: Interactions::default(),
        is_aigc: false,
        video_cover_timestamp_ms: None,
        transfer: MediaTransfer::Upload,
    }
}

/// The token of a creator of this name.
async fn token_of(tiktok: &Client, name: &str) -> AccessToken {
    let code = SecretString::from(format!("test.{name}"));
    tiktok.exchange_code(&code, CALLBACK).await.unwrap().access_token
}

async fn put(tiktok: &Client, init: &Init, plan: &ChunkPlan, index: u64) -> Result<ChunkAnswer, Error> {
    let range = plan.chunk(index).unwrap();
    let bytes = Bytes::from(vec![7; usize::try_from(range.len()).unwrap()]);
    tiktok.put_chunk(&init.upload_url, range, plan.size(), FileKind::Mp4, bytes.into()).await.map(|(answer, _)| answer)
}

/// Publishes a file of a byte, and says what became of it.
async fn publish(tiktok: &Client, token: &AccessToken, caption: &str) -> Result<(PublishId, PublishStatus), Error> {
    let plan = ChunkPlan::for_size(1).unwrap();
    let init = tiktok.init_video(token, &settings(caption), &plan).await?;
    put(tiktok, &init, &plan, 0).await?;
    Ok((init.publish_id.clone(), tiktok.status(token, &init.publish_id).await?.status))
}

#[tokio::test]
async fn consent_is_given_at_once_and_opens_an_account() {
    let tiktok = app().of(&space("1"));
    let url = tiktok.authorize_url(CALLBACK, &[Scope::VideoPublish], "st&te", true);
    assert_eq!(url.as_str(), format!("{CALLBACK}?code=test.creator&state=st%26te"));
    let grant = tiktok.exchange_code(&SecretString::from("test.alice"), CALLBACK).await.unwrap();
    assert!(Scope::known().all(|scope| grant.scopes.contains(&scope)));
    let user = tiktok.user_info(&grant.access_token, &grant.scopes).await.unwrap();
    assert_eq!((user.username.as_deref(), user.open_id), (Some("alice"), grant.open_id.clone()));
    let renewed = tiktok.refresh(&grant.refresh_token).await.unwrap();
    assert_eq!(renewed.open_id, grant.open_id);
    let other = app().of(&space("2")).exchange_code(&SecretString::from("test.alice"), CALLBACK).await.unwrap();
    assert_ne!(other.open_id, grant.open_id, "no creator is the same in two tenants");
    for code in ["", "alice", "test.", "test.Alice", "test.a b"] {
        let refused = tiktok.exchange_code(&SecretString::from(code), CALLBACK).await.unwrap_err();
        assert_eq!(refused.code_text(), Some("invalid_grant"), "{code}");
    }
    tiktok.revoke(&grant.access_token).await.unwrap();
}

#[tokio::test]
async fn a_creator_is_what_its_name_says() {
    let tiktok = app().of(&space("1"));
    let info = |name: &'static str| {
        let tiktok = tiktok.clone();
        async move { tiktok.creator_info(&token_of(&tiktok, name).await).await }
    };
    let plain = info("creator").await.unwrap();
    assert!(plain.privacy_level_options.contains(&PrivacyLevel::PublicToEveryone) && !plain.comment_disabled);
    assert!(!info("private").await.unwrap().privacy_level_options.contains(&PrivacyLevel::PublicToEveryone));
    assert!(info("silent").await.unwrap().stitch_disabled);
    assert_eq!(info("short").await.unwrap().max_video_duration_sec, Some(60));
    let banned = info("banned").await.unwrap_err();
    assert_eq!(banned.code_text(), Some("spam_risk_user_banned_from_posting"));
}

#[tokio::test]
async fn chunks_are_taken_in_order_and_the_last_one_publishes() {
    let tiktok = app().of(&space("1"));
    let token = token_of(&tiktok, "creator").await;
    let plan = ChunkPlan::for_size(65_000_000).unwrap();
    let init = tiktok.init_video(&token, &settings("Hello"), &plan).await.unwrap();
    let asked = async || tiktok.status(&token, &init.publish_id).await.unwrap();
    assert_eq!(put(&tiktok, &init, &plan, 1).await.unwrap(), ChunkAnswer::WrongPosition { reported: Some(0) });
    let first = plan.chunk(0).unwrap().len();
    assert_eq!(put(&tiktok, &init, &plan, 0).await.unwrap(), ChunkAnswer::Stored { reported: Some(first - 1) });
    assert_eq!(asked().await.uploaded_bytes, Some(first));
    let again = put(&tiktok, &init, &plan, 0).await.unwrap();
    assert_eq!(again, ChunkAnswer::WrongPosition { reported: Some(first - 1) }, "no byte counts twice");
    assert_eq!(asked().await.status, PublishStatus::ProcessingUpload);
    assert_eq!(put(&tiktok, &init, &plan, 1).await.unwrap(), ChunkAnswer::Complete);
    let report = asked().await;
    assert_eq!((report.status, report.post_ids.len()), (PublishStatus::PublishComplete, 1));
    assert_eq!(put(&tiktok, &init, &plan, 1).await.unwrap(), ChunkAnswer::UnknownUpload);
}

#[tokio::test]
async fn a_chunk_that_is_too_short_is_not_taken() {
    let tiktok = app().of(&space("1"));
    let token = token_of(&tiktok, "creator").await;
    let plan = ChunkPlan::for_size(10).unwrap();
    let init = tiktok.init_video(&token, &settings("Hello"), &plan).await.unwrap();
    let range = plan.chunk(0).unwrap();
    let short = tiktok.put_chunk(&init.upload_url, range, 10, FileKind::Mp4, Bytes::from_static(b"short").into());
    assert!(matches!(short.await, Err(Error::Transport { .. })));
    assert_eq!(tiktok.status(&token, &init.publish_id).await.unwrap().uploaded_bytes, Some(0));
}

#[tokio::test]
async fn every_reason_of_a_failure_can_be_asked_for() {
    let tiktok = app().of(&space("1"));
    let token = token_of(&tiktok, "creator").await;
    for reason in FailReason::known() {
        let mark = Script::Fails(reason.clone()).mark();
        let (publish_id, status) = publish(&tiktok, &token, &mark).await.unwrap();
        assert_eq!(status, PublishStatus::Failed, "{mark}");
        assert_eq!(tiktok.status(&token, &publish_id).await.unwrap().fail_reason, Some(reason));
    }
}

#[tokio::test]
async fn every_refusal_can_be_asked_for() {
    let tiktok = app().of(&space("1"));
    let token = token_of(&tiktok, "creator").await;
    for refusal in Refusal::ALL {
        let mark = Script::Refuses(refusal).mark();
        for _ in 0..2 {
            let refused = publish(&tiktok, &token, &mark).await.unwrap_err();
            assert_eq!(refused.code(), Some(&refusal.code()));
        }
    }
}

#[tokio::test]
async fn what_is_about_the_first_time_happens_once() {
    let tiktok = app().of(&space("1"));
    let token = token_of(&tiktok, "creator").await;
    for (mark, code) in [("[test:rate_limit]", "rate_limit_exceeded"), ("[test:server_error]", "internal_error")] {
        let refused = publish(&tiktok, &token, mark).await.unwrap_err();
        assert_eq!(refused.code_text(), Some(code));
        assert_eq!(publish(&tiktok, &token, mark).await.unwrap().1, PublishStatus::PublishComplete);
    }
    let plan = ChunkPlan::for_size(1).unwrap();
    let init = tiktok.init_video(&token, &settings("[test:upload_lost]"), &plan).await.unwrap();
    assert_eq!(put(&tiktok, &init, &plan, 0).await.unwrap(), ChunkAnswer::UnknownUpload);
    let report = tiktok.status(&token, &init.publish_id).await.unwrap();
    assert_eq!((report.status, report.uploaded_bytes), (PublishStatus::Failed, Some(0)));
    assert_eq!(publish(&tiktok, &token, "[test:upload_lost]").await.unwrap().1, PublishStatus::PublishComplete);
}

#[tokio::test]
async fn the_other_scripts_do_what_they_say() {
    let tiktok = app().of(&space("1"));
    let token = token_of(&tiktok, "creator").await;
    assert_eq!(publish(&tiktok, &token, "[test:stuck]").await.unwrap().1, PublishStatus::ProcessingUpload);
    let unknown = publish(&tiktok, &token, "[test:unknown_publish]").await.unwrap_err();
    assert!(unknown.is_unknown_publish(), "{unknown}");
    let (late, _) = publish(&tiktok, &token, "[test:late_public_id]").await.unwrap();
    assert_eq!(tiktok.status(&token, &late).await.unwrap().post_ids.len(), 1, "the second answer has it");
}

#[tokio::test]
async fn a_draft_does_what_its_text_says_although_tiktok_is_not_told_it() {
    let tiktok = app().of(&space("1"));
    let token = token_of(&tiktok, "creator").await;
    let plan = ChunkPlan::for_size(1).unwrap();
    for (caption, expected) in
        [("Hello", PublishStatus::SendToUserInbox), ("[test:spam_risk_text]", PublishStatus::Failed)]
    {
        let draft = VideoSettings { post_mode: PostMode::Inbox, privacy_level: None, ..settings(caption) };
        let init = tiktok.init_video(&token, &draft, &plan).await.unwrap();
        put(&tiktok, &init, &plan, 0).await.unwrap();
        assert_eq!(tiktok.status(&token, &init.publish_id).await.unwrap().status, expected, "{caption}");
    }
}

#[tokio::test]
async fn an_unknown_publish_is_known_as_long_as_bytes_are_missing() {
    let tiktok = app().of(&space("1"));
    let token = token_of(&tiktok, "creator").await;
    let plan = ChunkPlan::for_size(1).unwrap();
    let init = tiktok.init_video(&token, &settings("[test:unknown_publish]"), &plan).await.unwrap();
    assert_eq!(tiktok.status(&token, &init.publish_id).await.unwrap().status, PublishStatus::ProcessingUpload);
    put(&tiktok, &init, &plan, 0).await.unwrap();
    assert!(tiktok.status(&token, &init.publish_id).await.unwrap_err().is_unknown_publish());
}

#[tokio::test]
async fn a_creator_who_revokes_is_gone_until_they_consent_again() {
    let tiktok = app().of(&space("1"));
    let grant = tiktok.exchange_code(&SecretString::from("test.creator"), CALLBACK).await.unwrap();
    let token = &grant.access_token;
    let refused = publish(&tiktok, token, "[test:revoked_token]").await.unwrap_err();
    assert!(refused.is_token_refused(), "{refused}");
    assert!(tiktok.creator_info(token).await.unwrap_err().is_token_refused());
    assert_eq!(tiktok.refresh(&grant.refresh_token).await.unwrap_err().code_text(), Some("invalid_grant"));
    let other = token_of(&tiktok, "other").await;
    tiktok.creator_info(&other).await.unwrap();
    tiktok.creator_info(&token_of(&tiktok, "creator").await).await.unwrap();
}

#[tokio::test]
async fn nobody_asks_about_others_publishes() {
    let app = app();
    let tiktok = app.of(&space("1"));
    let token = token_of(&tiktok, "creator").await;
    let (publish_id, _) = publish(&tiktok, &token, "Hello").await.unwrap();
    let other = token_of(&tiktok, "other").await;
    let refused = tiktok.status(&other, &publish_id).await.unwrap_err();
    assert_eq!(refused.code_text(), Some("token_not_authorized_for_specified_publish_id"));
    let elsewhere = app.of(&space("2"));
    let theirs = token_of(&elsewhere, "creator").await;
    assert!(elsewhere.status(&theirs, &publish_id).await.unwrap_err().is_unknown_publish());
}

#[tokio::test]
async fn a_live_space_never_meets_the_double() {
    let app = app();
    let live = app.of(&space("1").owner());
    let failed = live.exchange_code(&SecretString::from("test.creator"), CALLBACK).await.unwrap_err();
    assert!(matches!(failed, Error::Transport { .. }), "it went to TikTok: {failed}");
    let failed = live.user_info(&AccessToken::new("act.test.creator"), &Scopes::default()).await.unwrap_err();
    assert!(matches!(failed, Error::Transport { .. }), "it went to TikTok: {failed}");
    let test = app.of(&space("1"));
    let plan = ChunkPlan::for_size(1).unwrap();
    let init = test.init_video(&token_of(&test, "creator").await, &settings("Hello"), &plan).await.unwrap();
    assert!(live.upload_url(init.upload_url.expose()).is_err(), "its bytes would go nowhere");
}

#[tokio::test]
async fn without_a_memory_the_double_fails_as_tiktok_does() {
    let tiktok = Client::new(nowhere()).unwrap().of(&space("1"));
    let failed = tiktok.creator_info(&AccessToken::new("act.test.creator")).await.unwrap_err();
    assert_eq!((failed.http_status(), failed.code_text()), (Some(500), Some("internal_error")));
}
