//! The media table, and records to put into it.

mod imports;
mod list;
mod removal;
mod usage;
mod uses;
mod verdicts;

use jiff::Timestamp;
use slipway_domain::{FileKind, MediaId, Plan, Plans, Reach, VideoCodec};
use slipway_store::Write;
use slipway_store::events::LogEntry;
use slipway_store::media::{
    Allowed, Findings, Measured, Media, MediaReason, MediaRecord, MediaRules, MediaState, ReasonCode, StoredObject,
    Usage,
};
use slipway_store::posts::Posts;
use workbench::Bench;

use crate::{bench, tenant};

pub(crate) struct Table {
    pub(crate) bench: Bench,
    pub(crate) media: Media,
    pub(crate) posts: Posts,
}

impl Table {
    pub(crate) async fn start() -> Self {
        let bench = bench().await;
        let (media, posts) = (bench.owner.media.clone(), bench.owner.posts.clone());
        Self { bench, media, posts }
    }

    /// The same tables for tenants of the hobby plan, who may keep 100,000,000 bytes.
    pub(crate) async fn start_with_hobby_plan() -> Self {
        let table = Self::start().await;
        let rules = MediaRules { plans: Plans::usual(Plan::Hobby), ..MediaRules::default() };
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
        self.media.get(&Reach::whole(&record.tenant), &record.id).await.unwrap()
    }

    /// How many media the tenant has, and their bytes.
    pub(crate) async fn usage(&self) -> (u64, u64) {
        let Usage { count, bytes } = self.media.usage(&tenant("ten_1")).await.unwrap();
        (count, bytes)
    }

    /// What the log holds, oldest first.
    pub(crate) async fn events(&self) -> Vec<LogEntry> {
        let mut events =
            self.bench.owner.events.list(&Reach::whole(&tenant("ten_1")), None, 100).await.unwrap().entries;
        events.reverse();
        events
    }
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
        video_codec: Some(VideoCodec::H264),
        has_audio: true,
    }
}

pub(crate) fn object(etag: &str, size_bytes: u64) -> StoredObject {
    StoredObject { etag: etag.to_owned(), size_bytes }
}

pub(crate) fn ready_of(etag: &str, size_bytes: u64) -> MediaState {
    MediaState::Ready { object: object(etag, size_bytes), findings: findings(), warnings: Vec::new() }
}

pub(crate) fn ready(etag: &str) -> MediaState {
    ready_of(etag, 4_000_000)
}

pub(crate) fn failed(etag: &str) -> MediaState {
    let reason = |measured, allowed| MediaReason {
        code: ReasonCode::FrameRateOutOfRange,
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
