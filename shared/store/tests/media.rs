//! The media table on DynamoDB's stand-in.

#![expect(clippy::unwrap_used, reason = "all of this crate is tests, its helpers too")]

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_stand_in::{AwsStandIn, Options};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_domain::{MediaId, TenantId};
use slipway_store::media::{
    Allowed, Findings, Measured, Media, MediaReason, MediaRecord, MediaState, MediaType, MultipartUpload, Usage,
    VerifiedObject,
};
use slipway_store::posts::VideoType;

struct Table {
    aws: AwsStandIn,
    media: Media,
}

impl Table {
    async fn start() -> Self {
        let aws = AwsStandIn::start(Options::default()).await.unwrap();
        let definition = json!({
            "TableName": "media",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        });
        aws.create_table(definition, Some("expires_at")).await.unwrap();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region()))
            .credentials_provider(Credentials::new(aws.access_key_id(), aws.secret_access_key(), None, None, "test"))
            .endpoint_url(aws.endpoint())
            .build();
        Self { media: Media::new(aws_sdk_dynamodb::Client::from_conf(config), "media".to_owned()), aws }
    }
}

fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

fn id(name: &str) -> MediaId {
    name.parse().unwrap()
}

fn pending(owner: &str, name: &str) -> MediaRecord {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    MediaRecord::new(tenant(owner), id(name), "a.mp4".to_owned(), "video/mp4".to_owned(), now)
}

fn findings() -> Findings {
    Findings {
        media_type: MediaType::Mp4,
        duration_ms: Some(1500),
        width: Some(360),
        height: Some(640),
        rotation: 90,
        frame_rate: Some(29.97),
        variable_frame_rate: true,
        video_codec: Some("h264".to_owned()),
        has_audio: true,
    }
}

fn object(etag: &str) -> VerifiedObject {
    VerifiedObject { etag: etag.to_owned(), size_bytes: 4_000_000_000 }
}

fn ready(etag: &str) -> MediaState {
    MediaState::Ready { object: object(etag), findings: findings() }
}

fn failed(etag: &str) -> MediaState {
    let reason = |measured, allowed| MediaReason {
        code: "some_code".to_owned(),
        message: "Some message".to_owned(),
        cure: "Some cure.".to_owned(),
        measured,
        allowed,
    };
    let range = Allowed::Range { min: 23.0, max: 60.0, unit: "frames a second".to_owned() };
    let names = Allowed::OneOf(vec!["h264".to_owned()]);
    MediaState::Failed {
        object: Some(object(etag)),
        findings: None,
        reasons: vec![
            reason(Some(Measured::Number(15.5)), Some(range)),
            reason(Some(Measured::Text("apcn".to_owned())), Some(names)),
            reason(None, None),
        ],
    }
}

#[tokio::test]
async fn a_record_comes_back_as_it_was_kept_in_every_state() {
    let table = Table::start().await;
    for (name, state) in [("med_1", MediaState::Pending), ("med_2", ready("\"e\"")), ("med_3", failed("\"e\""))] {
        let record = MediaRecord {
            declared_size: Some(7),
            sha256: Some("ab".to_owned()),
            multipart: Some(MultipartUpload { upload_id: "up_1".to_owned(), part_size: 33_554_432 }),
            ..pending("ten_1", name).in_state(state, Timestamp::now())
        };
        table.media.put(&record).await.unwrap();
        assert_eq!(table.media.get(&record.tenant, &record.id).await.unwrap(), Some(record));
    }
    assert_eq!(table.media.get(&tenant("ten_2"), &id("med_1")).await.unwrap(), None);
}

#[tokio::test]
async fn keeping_it_twice_changes_nothing() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1");
    table.media.put(&record).await.unwrap();
    let verified = table.media.mark_verified(&record, ready("\"e\""), Timestamp::now()).await.unwrap();
    table.media.put(&record).await.unwrap();
    assert_eq!(table.media.get(&record.tenant, &record.id).await.unwrap(), verified);
}

#[tokio::test]
async fn what_is_ready_stays_as_it_is() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1");
    table.media.put(&record).await.unwrap();
    let mark = async |state| table.media.mark_verified(&record, state, Timestamp::now()).await.unwrap().unwrap();
    assert_eq!(mark(failed("\"1\"")).await.state, failed("\"1\""));
    assert_eq!(mark(failed("\"2\"")).await.state, failed("\"2\""));
    assert_eq!(mark(ready("\"3\"")).await.state, ready("\"3\""));
    for late in [failed("\"4\""), ready("\"5\"")] {
        assert_eq!(mark(late).await.state, ready("\"3\""));
    }
}

#[tokio::test]
async fn of_many_at_once_one_verdict_counts_and_all_learn_it() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1");
    table.media.put(&record).await.unwrap();
    let marks = (0..8).map(|n| table.media.mark_verified(&record, ready(&format!("\"{n}\"")), Timestamp::now()));
    let answers: Vec<_> = join_all(marks).await.into_iter().map(|answer| answer.unwrap().unwrap()).collect();
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:#?}");
}

#[tokio::test]
async fn a_verdict_on_media_that_is_gone_makes_none() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1");
    assert_eq!(table.media.mark_verified(&record, ready("\"e\""), Timestamp::now()).await.unwrap(), None);
    assert_eq!(table.media.get(&record.tenant, &record.id).await.unwrap(), None);
}

#[tokio::test]
async fn only_media_that_nobody_has_looked_at_is_forgotten_and_twice_is_as_once() {
    let table = Table::start().await;
    let forget = async |name| table.media.forget_pending(&tenant("ten_1"), &id(name)).await.unwrap();
    for (name, state, forgotten) in
        [("med_1", MediaState::Pending, true), ("med_2", ready("\"e\""), false), ("med_3", failed("\"e\""), false)]
    {
        table.media.put(&pending("ten_1", name).in_state(state, Timestamp::now())).await.unwrap();
        assert_eq!((forget(name).await, forget(name).await), (forgotten, forgotten), "{name}");
        assert_eq!(table.media.get(&tenant("ten_1"), &id(name)).await.unwrap().is_none(), forgotten, "{name}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_verdict_is_made_good_by_the_repetition() {
    let table = Table::start().await;
    let record = pending("ten_1", "med_1");
    table.media.put(&record).await.unwrap();
    table.aws.lose_next_answer("DynamoDB.UpdateItem", 1);
    let verified = table.media.mark_verified(&record, ready("\"e\""), Timestamp::now()).await.unwrap().unwrap();
    assert_eq!(verified.state, ready("\"e\""));
}

#[tokio::test]
async fn media_past_its_time_is_gone_before_it_is_removed() {
    let table = Table::start().await;
    let old = Timestamp::now() - SignedDuration::from_hours(24 * 3);
    let forgotten =
        MediaRecord { expires_at: (old + SignedDuration::from_hours(48)).as_second(), ..pending("ten_1", "med_1") };
    table.media.put(&forgotten).await.unwrap();
    assert_eq!(table.media.get(&forgotten.tenant, &forgotten.id).await.unwrap(), None);
    assert!(table.media.list(&forgotten.tenant, None, 10).await.unwrap().media.is_empty());
    let record = pending("ten_1", "med_2");
    let kept = record.clone().in_state(ready("\"e\""), Timestamp::now());
    assert_eq!(record.expires_at - record.created_at.as_second(), 2 * 24 * 3600);
    assert_eq!(kept.expires_at - kept.created_at.as_second(), 90 * 24 * 3600);
}

#[tokio::test]
async fn a_page_says_whether_there_is_more() {
    let table = Table::start().await;
    for name in ["med_1", "med_2", "med_3", "med_4"] {
        table.media.put(&pending("ten_1", name)).await.unwrap();
    }
    table.media.put(&pending("ten_2", "med_9")).await.unwrap();
    let page = async |before: Option<&str>, limit| {
        let page = table.media.list(&tenant("ten_1"), before.map(id).as_ref(), limit).await.unwrap();
        let names: Vec<_> = page.media.iter().map(|record| record.id.to_string()).collect();
        (names.join(" "), page.next.map(|next| next.to_string()))
    };
    assert_eq!(page(None, 3).await, ("med_4 med_3 med_2".to_owned(), Some("med_2".to_owned())));
    assert_eq!(page(Some("med_2"), 3).await, ("med_1".to_owned(), None));
    assert_eq!(page(None, 4).await, ("med_4 med_3 med_2 med_1".to_owned(), None));
    assert_eq!(page(Some("med_1"), 4).await, (String::new(), None));
}

#[tokio::test]
async fn usage_counts_what_was_uploaded() {
    let table = Table::start().await;
    assert_eq!(table.media.usage(&tenant("ten_1")).await.unwrap(), Usage::default());
    for (name, state) in [("med_1", MediaState::Pending), ("med_2", ready("\"e\"")), ("med_3", failed("\"e\""))] {
        table.media.put(&pending("ten_1", name).in_state(state, Timestamp::now())).await.unwrap();
    }
    let usage = table.media.usage(&tenant("ten_1")).await.unwrap();
    assert_eq!(usage, Usage { count: 2, bytes: 8_000_000_000 });
}

#[test]
fn only_what_tiktok_takes_as_a_video_has_a_video_type() {
    for (media_type, video_type) in [
        (MediaType::Mp4, Some(VideoType::Mp4)),
        (MediaType::QuickTime, Some(VideoType::QuickTime)),
        (MediaType::WebM, Some(VideoType::WebM)),
        (MediaType::Matroska, None),
        (MediaType::Jpeg, None),
        (MediaType::WebP, None),
    ] {
        assert_eq!(media_type.video_type(), video_type, "{media_type:?}");
    }
}
