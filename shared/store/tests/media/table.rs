//! The tables under test, and records to put into them.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_stand_in::{AwsStandIn, Options};
use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_domain::{FileKind, MediaId, Plan, TenantId};
use slipway_store::Write;
use slipway_store::events::{Events, LogEntry};
use slipway_store::media::{
    Allowed, Findings, Measured, Media, MediaReason, MediaRecord, MediaRules, MediaState, Usage, VerifiedObject,
};
use slipway_store::posts::Posts;

pub(crate) struct Table {
    pub(crate) aws: AwsStandIn,
    pub(crate) media: Media,
    pub(crate) posts: Posts,
    events: Events,
}

fn definition(name: &str, keys: &[(&str, &str)], indexes: &[(&str, &str, &str)]) -> Value {
    let attributes: Vec<_> =
        keys.iter().map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind})).collect();
    let schema = |hash: &str, range: &str| json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}]);
    let indexes: Vec<_> = indexes
        .iter()
        .map(|(name, hash, range)| {
            let projection = json!({"ProjectionType": "KEYS_ONLY"});
            json!({"IndexName": name, "KeySchema": schema(hash, range), "Projection": projection})
        })
        .collect();
    let mut definition = json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes,
        "KeySchema": schema("pk", "sk"),
    });
    if !indexes.is_empty() {
        definition["GlobalSecondaryIndexes"] = indexes.into();
    }
    definition
}

impl Table {
    pub(crate) async fn start() -> Self {
        log_watch::start();
        let aws = AwsStandIn::start(Options::default()).await.unwrap();
        let keys = [("pk", "S"), ("sk", "S")];
        let due = [("pk", "S"), ("sk", "S"), ("due_shard", "S"), ("due_at", "N")];
        let by_due = [("due", "due_shard", "due_at")];
        aws.create_table(definition("media", &due, &by_due), None).await.unwrap();
        aws.create_table(definition("posts", &due, &by_due), None).await.unwrap();
        aws.create_table(definition("events", &keys, &[]), None).await.unwrap();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region()))
            .credentials_provider(Credentials::new(aws.access_key_id(), aws.secret_access_key(), None, None, "test"))
            .endpoint_url(aws.endpoint())
            .build();
        let client = Client::from_conf(config);
        let events = Events::new(client.clone(), "events".to_owned());
        Self {
            media: Media::new(client.clone(), "media".to_owned()).recording(events.clone()),
            posts: Posts::new(client, "posts".to_owned()),
            events,
            aws,
        }
    }

    /// The same tables for tenants of the hobby plan, who may keep 100,000,000 bytes.
    pub(crate) async fn start_with_hobby_plan() -> Self {
        let table = Self::start().await;
        let rules = MediaRules { plan: Plan::Hobby, ..MediaRules::default() };
        Self { media: table.media.ruled_by(rules), ..table }
    }

    /// Keeps media for which there is room.
    pub(crate) async fn put(&self, record: &MediaRecord) {
        assert_eq!(self.media.put(record).await.unwrap(), Write::Done(()));
    }

    /// Writes down what media for which there is room was found to be.
    pub(crate) async fn verify(&self, record: &MediaRecord, state: MediaState) -> MediaRecord {
        match self.media.mark_verified(record, state, Timestamp::now()).await.unwrap() {
            Write::Done(record) => record,
            other @ Write::Refused(_) => panic!("{other:?}"),
        }
    }

    pub(crate) async fn get(&self, record: &MediaRecord) -> Option<MediaRecord> {
        self.media.get(&record.tenant, &record.id).await.unwrap()
    }

    /// How many media the tenant has, and their bytes.
    pub(crate) async fn usage(&self) -> (u64, u64) {
        let Usage { count, bytes } = self.media.usage(&tenant("ten_1")).await.unwrap();
        (count, bytes)
    }

    /// What the log holds, oldest first.
    pub(crate) async fn events(&self) -> Vec<LogEntry> {
        let mut events = self.events.list(&tenant("ten_1"), None, 100).await.unwrap().entries;
        events.reverse();
        events
    }
}

pub(crate) fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

pub(crate) fn id(name: &str) -> MediaId {
    name.parse().unwrap()
}

pub(crate) fn pending(owner: &str, name: &str) -> MediaRecord {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    MediaRecord::new(tenant(owner), id(name), "a.mp4".to_owned(), "video/mp4".to_owned(), now)
}

pub(crate) fn findings() -> Findings {
    Findings {
        media_type: FileKind::Mp4,
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

pub(crate) fn object(etag: &str, size_bytes: u64) -> VerifiedObject {
    VerifiedObject { etag: etag.to_owned(), size_bytes }
}

pub(crate) fn ready_of(etag: &str, size_bytes: u64) -> MediaState {
    MediaState::Ready { object: object(etag, size_bytes), findings: findings() }
}

pub(crate) fn ready(etag: &str) -> MediaState {
    ready_of(etag, 4_000_000)
}

pub(crate) fn failed(etag: &str) -> MediaState {
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
        object: Some(object(etag, 4_000_000)),
        findings: None,
        reasons: vec![
            reason(Some(Measured::Number(15.5)), Some(range)),
            reason(Some(Measured::Text("apcn".to_owned())), Some(names)),
            reason(None, None),
        ],
    }
}
