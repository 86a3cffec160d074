//! The client over a real socket, where it matters what goes over the wire and when.
#![expect(clippy::unwrap_used, reason = "what is not as a test needs it ends the test")]

mod server;

use std::io;

use futures_util::stream;
use reqwest::Body;
use secrecy::SecretString;
use server::{Request, Server};
use slipway_domain::{
    ByteRange, Caption, ChunkPlan, Disclosure, FileKind, Interactions, LogId, MediaTransfer, PostMode, PrivacyLevel,
    PublishId, VideoId, VideoSettings,
};
use slipway_tiktok::{
    AccessToken, CallTimeout, ChunkAnswer, Class, Client, Config, Error, PublishStatus, RefreshToken, Scopes,
    TransportKind, UploadUrl,
};

fn client(base: &str) -> Client {
    log_watch::start();
    Client::new(Config {
        auth_base: base.parse().unwrap(),
        api_base: base.parse().unwrap(),
        client_key: "the-key".to_owned(),
        client_secret: SecretString::from("the-secret"),
        call_timeout: CallTimeout::default(),
    })
    .unwrap()
}

fn upload_url(client: &Client, base: &str) -> UploadUrl {
    client.upload_url(&format!("{base}/video/?upload_id=1&upload_token=topsecret")).unwrap()
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|index| u8::try_from(index % 251).unwrap()).collect()
}

/// A body of which nobody knows the length beforehand.
fn streamed(data: &[u8]) -> Body {
    let chunks: Vec<_> = data.chunks(10_007).map(|chunk| Ok::<_, io::Error>(chunk.to_vec())).collect();
    Body::wrap_stream(stream::iter(chunks))
}

/// Bytes without end, as fast as they are taken.
fn endless() -> Body {
    Body::wrap_stream(stream::repeat_with(|| Ok::<_, io::Error>(vec![7_u8; 64 * 1024])))
}

#[tokio::test]
async fn a_chunk_goes_out_with_its_exact_length_and_without_a_token() {
    let server = Server::start(async |mut request: Request| {
        let body = request.body().await;
        let headers = [("Content-Range", "bytes 0-400000/1000000"), ("X-Tt-Logid", "L1")];
        request.answer(206, &headers, "").await;
        (request.head, body)
    })
    .await;
    let client = client(&server.base);
    let data = bytes(200_000);
    let range = ByteRange { first: 200_000, last: 399_999 };
    let answer =
        client.put_chunk(&upload_url(&client, &server.base), range, 1_000_000, FileKind::Mp4, streamed(&data)).await;
    assert_eq!(answer.unwrap(), (ChunkAnswer::Stored { reported: Some(400_000) }, Some(LogId::new("L1"))));

    let (head, body) = server.seen().await;
    assert!(head.starts_with("put /video/?upload_id=1&upload_token=topsecret http/1.1\r\n"), "{head}");
    for header in ["content-length: 200000", "content-range: bytes 200000-399999/1000000", "content-type: video/mp4"] {
        assert_eq!(head.matches(header).count(), 1, "{header} in {head}");
    }
    assert!(!head.contains("transfer-encoding") && !head.contains("authorization"), "{head}");
    assert!(body == data, "every byte arrives as it was");
}

#[tokio::test]
async fn a_refusal_before_the_body_is_read_is_understood() {
    let (understood, ends) = tokio::sync::oneshot::channel::<()>();
    let server = Server::start(async move |mut request: Request| {
        request.answer(416, &[("Content-Range", "bytes 0-64000000/4000000000"), ("Connection", "close")], "").await;
        // The connection stays open and nothing more is read: the client has to stop by itself.
        let _ = ends.await;
        (request.head, vec![])
    })
    .await;
    let client = client(&server.base);
    let range = ByteRange { first: 0, last: 63_999_999 };
    let answer = client
        .put_chunk(&upload_url(&client, &server.base), range, 4_000_000_000, FileKind::QuickTime, endless())
        .await;
    assert_eq!(answer.unwrap().0, ChunkAnswer::WrongPosition { reported: Some(64_000_000) });
    drop(understood);
    assert!(server.seen().await.0.contains("content-length: 64000000"));
}

#[tokio::test]
async fn a_connection_that_is_cut_inside_a_chunk_leaves_the_outcome_open() {
    let server = Server::start(async |mut request: Request| {
        request.read_some(100_000).await;
        (request.head, vec![])
    })
    .await;
    let client = client(&server.base);
    let range = ByteRange { first: 0, last: 63_999_999 };
    let error = client
        .put_chunk(&upload_url(&client, &server.base), range, 64_000_000, FileKind::WebM, endless())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Transport { kind: TransportKind::Cut, .. }), "{error:?}");
    assert!(matches!(error.class(), Class::After(_)));
    assert!(error.outcome_unknown());
    assert!(!format!("{error} {error:?}").contains("topsecret"), "{error:?}");
}

#[tokio::test]
async fn a_source_that_has_not_the_announced_bytes_is_not_sent_as_if_it_had() {
    let range = ByteRange { first: 0, last: 99_999 };
    let failing = || Body::wrap_stream(stream::iter([Ok(bytes(1000)), Err(io::Error::other("the store is gone"))]));
    let two = |first, second| Body::wrap_stream(stream::iter([Ok::<_, io::Error>(bytes(first)), Ok(bytes(second))]));
    for (body, why) in [
        (streamed(&bytes(99_999)), "1 bytes early"),
        (streamed(&bytes(100_001)), "more bytes"),
        (Body::from(bytes(150_000)), "more bytes"),
        (two(100_000, 1), "more bytes"),
        (Body::from(Vec::new()), "100000 bytes early"),
        (failing(), "the source failed"),
    ] {
        let server = Server::start(async |mut request: Request| {
            let body = request.read_some(100_000).await;
            (request.head, body)
        })
        .await;
        let client = client(&server.base);
        let error = client
            .put_chunk(&upload_url(&client, &server.base), range, 100_000, FileKind::Mp4, body)
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Transport { kind: TransportKind::Body, .. }), "{why}: {error:?}");
        let mut texts = vec![error.to_string()];
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            texts.push(cause.to_string());
            source = cause.source();
        }
        assert!(texts.iter().any(|text| text.contains(why)), "{why}: {texts:?}");
        assert!(server.seen().await.1.len() < 100_000, "{why}: TikTok must not get a whole chunk");
    }
}

#[tokio::test]
async fn a_call_that_never_connected_can_not_have_taken_effect() {
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let error = client(&nobody).creator_info(&AccessToken::new("act.1")).await.unwrap_err();
    assert!(matches!(error, Error::Transport { kind: TransportKind::Connect, .. }), "{error:?}");
    assert!(!error.outcome_unknown());
    assert!(matches!(error.class(), Class::After(_)));
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_the_outcome_open() {
    let server = Server::start(async |mut request: Request| {
        let body = request.body().await;
        (request.head, body)
    })
    .await;
    let error = client(&server.base).refresh(&RefreshToken::new("rft.topsecret")).await.unwrap_err();
    assert!(error.outcome_unknown(), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("topsecret"));
    let (head, body) = server.seen().await;
    assert!(head.contains("content-type: application/x-www-form-urlencoded"), "{head}");
    assert_eq!(
        String::from_utf8(body).unwrap(),
        "client_key=the-key&client_secret=the-secret&grant_type=refresh_token&refresh_token=rft.topsecret"
    );
}

#[tokio::test]
async fn a_code_with_odd_characters_is_form_encoded_once() {
    let server = Server::start(async |mut request: Request| {
        let body = request.body().await;
        let grant = r#"{"access_token":"a","expires_in":7200,"open_id":"o","refresh_expires_in":9,"refresh_token":"r","scope":"video.list"}"#;
        request.answer(200, &[], grant).await;
        (request.head, body)
    })
    .await;
    let grant =
        client(&server.base).exchange_code(&SecretString::from("a*b!c+d%2A"), "https://x.example/cb").await.unwrap();
    assert_eq!(grant.scopes, Scopes::parse("video.list"));
    let (_, body) = server.seen().await;
    let fields: Vec<_> = url::form_urlencoded::parse(&body).into_owned().collect();
    assert!(fields.contains(&("code".to_owned(), "a*b!c+d%2A".to_owned())), "{fields:?}");
    assert!(fields.contains(&("redirect_uri".to_owned(), "https://x.example/cb".to_owned())), "{fields:?}");
}

fn settings() -> VideoSettings {
    VideoSettings {
        post_mode: PostMode::Direct,
        caption: Caption::default(),
        privacy_level: Some(PrivacyLevel::SelfOnly),
        disclosure: Disclosure::default(),
        interactions: Interactions::default(),
        is_aigc: false,
        video_cover_timestamp_ms: None,
        transfer: MediaTransfer::Upload,
    }
}

#[tokio::test]
async fn a_pull_is_known_by_its_id_or_nobody_knows_what_came_of_it() {
    for (data, known) in
        [(r#"{"publish_id":"v_pub_url~v2-1.5"}"#, true), (r#"{"publish_id":""}"#, false), ("{}", false)]
    {
        let answer = format!(r#"{{"data":{data},"error":{{"code":"ok","log_id":"L"}}}}"#);
        let server = Server::start(async move |mut request: Request| {
            let body = request.body().await;
            request.answer(200, &[("Content-Type", "application/json")], &answer).await;
            (request.head, body)
        })
        .await;
        let (token, client) = (AccessToken::new("act.1"), client(&server.base));
        match client.pull_video(&token, &settings(), "https://media.example.com/pull/x.mp4").await {
            Ok((publish_id, _)) => assert!(known && publish_id == PublishId::new("v_pub_url~v2-1.5"), "{data}"),
            Err(error) => assert!(!known && error.outcome_unknown(), "{data}: {error}"),
        }
        let (head, body) = server.seen().await;
        assert!(head.starts_with("post /v2/post/publish/video/init/ http/1.1\r\n"), "{head}");
        let source = serde_json::from_slice::<serde_json::Value>(&body).unwrap()["source_info"].take();
        assert_eq!(source["video_url"], "https://media.example.com/pull/x.mp4");
    }
}

#[tokio::test]
async fn an_init_goes_to_the_documented_path_and_its_url_is_checked() {
    for (upload_url, good) in
        [("http://127.0.0.1:1/up?t=topsecret", true), ("http://169.254.169.254/?t=topsecret", false)]
    {
        let answer = format!(
            r#"{{"data":{{"publish_id":"v_pub_file~v2-1.5","upload_url":"{upload_url}"}},"error":{{"code":"ok","log_id":"L"}}}}"#
        );
        let server = Server::start(async move |mut request: Request| {
            let body = request.body().await;
            request.answer(200, &[("Content-Type", "application/json")], &answer).await;
            (request.head, body)
        })
        .await;
        let settings = settings();
        let plan = ChunkPlan::for_size(10).unwrap();
        match client(&server.base).init_video(&AccessToken::new("act.1"), &settings, &plan).await {
            Ok(init) => {
                assert!(good);
                assert_eq!(init.publish_id, PublishId::new("v_pub_file~v2-1.5"));
                assert_eq!(init.log_id.as_ref().map(LogId::as_str), Some("L"));
                assert!(!format!("{init:?}").contains("topsecret"));
            }
            Err(error) => {
                assert!(!good, "{error}");
                assert!(matches!(error, Error::Unreadable { .. }));
                assert!(!format!("{error} {error:?}").contains("topsecret"));
            }
        }
        let (head, body) = server.seen().await;
        assert!(head.starts_with("post /v2/post/publish/video/init/ http/1.1\r\n"), "{head}");
        assert!(head.contains("authorization: bearer act.1"), "{head}");
        assert!(head.contains("content-type: application/json; charset=utf-8"), "{head}");
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&body).unwrap()["source_info"]["video_size"], 10);
    }
}

#[tokio::test]
async fn a_status_is_asked_for_by_publish_id() {
    let server = Server::start(async |mut request: Request| {
        let body = request.body().await;
        let answer = r#"{"data":{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":[7678907398077074696]},"error":{"code":"ok"}}"#;
        request.answer(200, &[], answer).await;
        (request.head, body)
    })
    .await;
    let report = client(&server.base).status(&AccessToken::new("act.1"), &PublishId::new("v_1")).await.unwrap();
    assert_eq!(
        (report.status, report.post_ids),
        (PublishStatus::PublishComplete, vec![VideoId::new("7678907398077074696")])
    );
    assert_eq!(server.seen().await.1, br#"{"publish_id":"v_1"}"#);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_a_flood_is_not_read() {
    let server = Server::start(async |mut request: Request| {
        request.answer(302, &[("Location", "http://127.0.0.1:1/elsewhere")], "").await;
        (request.head, vec![])
    })
    .await;
    let error = client(&server.base)
        .user_info(&AccessToken::new("act.1"), &Scopes::parse("user.info.basic"))
        .await
        .unwrap_err();
    assert_eq!(error.http_status(), Some(302));
    assert!(server.seen().await.0.starts_with("get /v2/user/info/?fields=open_id,union_id,"));

    let server = Server::start(async |mut request: Request| {
        request.answer(200, &[], &format!("\"{}\"", "x".repeat(1024 * 1024))).await;
        (request.head, vec![])
    })
    .await;
    let error = client(&server.base).creator_info(&AccessToken::new("act.1")).await.unwrap_err();
    assert!(matches!(&error, Error::Unreadable { why, .. } if why.contains("1 MiB")), "{error:?}");
}
