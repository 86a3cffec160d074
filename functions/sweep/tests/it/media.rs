//! Media whose time has come, in every state, needed by posts in every state.

use std::sync::Arc;
use std::time::Instant;

use aws_stand_in::Meanwhile;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_domain::{FileKind, MediaId, Reach, TargetState, UploadId};
use slipway_store::Epoch;
use slipway_store::Write;
use slipway_store::media::{
    Findings, Import, MediaReason, MediaRecord, MediaState, MultipartUpload, ReasonCode, SourceUrl, StoredObject,
};
use slipway_store::posts::Change;
use sweep::media::{MediaSweep, Swept};
use workbench::Bench;

use crate::support::{due, message, rows, seconds, sent, soon};

const NONE_DUE: Swept = Swept { due: 0, deleted: 0, failed: 0 };
const LEFT: Swept = Swept { due: 1, deleted: 0, failed: 0 };
const DELETED: Swept = Swept { due: 1, deleted: 1, failed: 0 };
const FAILED: Swept = Swept { due: 1, deleted: 0, failed: 1 };

/// The media's sweep over a deployment of its own.
struct World {
    bench: Bench,
    sweep: MediaSweep,
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

impl World {
    async fn start() -> Self {
        let bench = Bench::of("SweepFunction").await;
        let sweep = MediaSweep {
            media: bench.role.media.clone(),
            posts: bench.role.posts.clone(),
            bucket: bench.role.bucket.clone(),
            imports: bench.queue("ImportsQueue"),
        };
        Self { bench, sweep }
    }

    /// Media that was made at [`due`], with its object in the bucket, not kept yet.
    async fn media(&self, state: MediaState) -> MediaRecord {
        let id = self.bench.video(vec![7; 100]).await.id;
        self.of(id, state)
    }

    fn of(&self, id: MediaId, state: MediaState) -> MediaRecord {
        let tenant = self.bench.tenant.clone();
        let record = MediaRecord::new(tenant, id, "a.mp4".to_owned(), "video/mp4".to_owned(), due());
        MediaRecord { state, ..record }
    }

    async fn keep(&self, record: &MediaRecord) {
        assert_eq!(self.bench.owner.media.put(record).await.unwrap(), Write::Done(()));
    }

    async fn now(&self, record: &MediaRecord) -> Option<MediaRecord> {
        self.bench.owner.media.get_also_deleting(&Reach::whole(&record.tenant), &record.id).await.unwrap()
    }

    async fn due_at(&self, record: &MediaRecord) -> Option<Epoch> {
        self.now(record).await.map(|record| record.due_at)
    }

    async fn has_object(&self, record: &MediaRecord) -> bool {
        self.bench.owner.bucket.object(&record.s3_key).head().await.unwrap().is_some()
    }

    async fn run(&self, now: Timestamp) -> Swept {
        self.sweep.run(now, soon()).await.unwrap()
    }

    /// It is there until that time, and is deleted then, with its object.
    async fn goes_at(&self, record: &MediaRecord, end: Timestamp) {
        assert_eq!(self.run(end - seconds(1)).await, NONE_DUE, "{record:?}");
        assert!(self.has_object(record).await, "{record:?}");
        assert_eq!(self.run(end).await, DELETED, "{record:?}");
        assert_eq!((self.now(record).await, self.has_object(record).await), (None, false), "{record:?}");
    }
}

/// Every state, with how long media is kept in it that no post was made of.
fn states() -> Vec<(MediaState, SignedDuration)> {
    let object = StoredObject { etag: "\"e\"".to_owned(), size_bytes: 100 };
    let findings = Findings::of(FileKind::Mp4);
    let (text, code) = (|| "some text".to_owned(), ReasonCode::NotMedia);
    let reasons = vec![MediaReason { code, message: text(), cure: text(), measured: None, allowed: None }];
    let mut states = vec![MediaState::Pending];
    // Exhaustive, so that a new state is not left out.
    while let Some(next) = states.last().and_then(|last| match last {
        MediaState::Pending => {
            let warnings = Vec::new();
            Some(MediaState::Ready { object: object.clone(), findings: findings.clone(), warnings })
        }
        MediaState::Ready { .. } => Some(MediaState::Failed { object: None, findings: None, reasons: reasons.clone() }),
        MediaState::Failed { .. } => None,
    }) {
        states.push(next);
    }
    let kept = |state: &MediaState| match state {
        MediaState::Pending => hours(48),
        MediaState::Ready { .. } => hours(90 * 24),
        MediaState::Failed { .. } => hours(7 * 24),
    };
    states.into_iter().map(|state| (state.clone(), kept(&state))).collect()
}

fn import() -> Import {
    Import::from_url(SourceUrl::new("https://example.com/video.mp4".to_owned()))
}

#[tokio::test]
async fn media_that_no_post_needs_goes_at_its_end_and_not_before() {
    let world = World::start().await;
    for (state, kept) in states() {
        for import in [None, Some(import())] {
            if import.is_some() && state == MediaState::Pending {
                continue; // the sweep sets it going
            }
            let early = due() + hours(1);
            let record = MediaRecord { due_at: early.into(), import, ..world.media(state.clone()).await };
            world.keep(&record).await;
            // Whoever has it checked too early learns when its time is over.
            assert_eq!(world.run(early).await, LEFT, "{state:?}");
            assert_eq!(world.due_at(&record).await, Some(Epoch::from(due() + kept)), "{state:?}");
            world.goes_at(&record, due() + kept).await;
            assert_eq!(sent(&world.bench), [], "{state:?}");
        }
    }
}

#[tokio::test]
async fn an_import_is_set_going_until_it_is_too_old() {
    let world = World::start().await;
    let record = world.media(MediaState::Pending).await.imported_from(import(), due());
    world.keep(&record).await;
    let body = json!({ "tenant": record.tenant, "media": record.id });
    let message = [("ImportsQueue", message(&record.tenant, body))];
    assert_eq!(world.run(due() + seconds(29)).await, NONE_DUE);
    let mut now = due() + seconds(30);
    for n in 0..3 {
        assert_eq!(world.run(now).await, LEFT, "for the {n}th time");
        assert_eq!(sent(&world.bench), message, "for the {n}th time");
        assert_eq!(world.due_at(&record).await, Some(Epoch::from(now + seconds(600))), "for the {n}th time");
        assert_eq!(world.run(now + seconds(599)).await, NONE_DUE, "for the {n}th time");
        let queue = world.bench.deployment.queue("ImportsQueue").unwrap();
        world.bench.deployment.aws().sqs().purge(queue).unwrap();
        now += seconds(600);
    }
    // A message that was not sent is sent the next time.
    world.bench.deployment.aws().fail_next("SQS.SendMessage", 3, 503);
    assert_eq!((world.run(now).await, sent(&world.bench)), (FAILED, vec![]));
    assert_eq!(world.run(now + seconds(599)).await, NONE_DUE);
    let last = due() + hours(48) - seconds(1);
    assert_eq!((world.run(last).await, sent(&world.bench)), (LEFT, message.to_vec()));
    world.goes_at(&record, last + seconds(600)).await;
    assert_eq!(sent(&world.bench).len(), 1, "it is not imported any more");
}

#[tokio::test]
async fn an_import_that_can_not_be_put_off_is_not_set_going_either() {
    let world = World::start().await;
    let record = world.media(MediaState::Pending).await.imported_from(import(), due());
    world.keep(&record).await;
    world.bench.deployment.aws().fail_next("DynamoDB.UpdateItem", 3, 503);
    let now = due() + seconds(30);
    assert_eq!((world.run(now).await, sent(&world.bench)), (FAILED, vec![]));
    // It is tried again, with one message.
    assert_eq!((world.run(now + seconds(600)).await, sent(&world.bench).len()), (LEFT, 1));
}

#[tokio::test]
async fn media_is_kept_while_a_post_needs_it_and_for_a_week_afterwards() {
    let world = World::start().await;
    let account = world.bench.connect().await;
    let long_after = due() + hours(200 * 24);
    let ended_at = due() - hours(1);
    for row in rows() {
        let name = row.state.name().as_str();
        let video = world.bench.video(vec![7; 100]).await;
        let target = world.bench.queued(&account, &video).await;
        world.bench.write(&target, Change::to(row.state, ended_at)).await;
        let ready = states().remove(1).0;
        let posts = [target.post.clone()].into();
        let record = MediaRecord { posts, due_at: due().into(), ..world.of(video.id, ready) };
        world.keep(&record).await;

        let has_ended = ["in_inbox", "published", "failed", "unconfirmed", "cancelled"].contains(&name);
        if has_ended {
            assert_eq!(world.run(due()).await, LEFT, "{name}");
            let now = world.now(&record).await.unwrap();
            assert_eq!((now.posts.len(), now.last_use_ended_at), (0, Some(ended_at)), "{name}");
            world.goes_at(&record, ended_at + hours(7 * 24)).await;
        } else {
            for now in [due(), long_after] {
                assert_eq!(world.run(now).await, LEFT, "{name}");
                let found = world.now(&record).await.unwrap();
                assert_eq!((found.posts, found.due_at), (record.posts.clone(), Epoch::from(now + hours(24))), "{name}");
            }
            assert!(world.has_object(&record).await, "{name}");
            world.bench.write(&target, Change::to(TargetState::Cancelled, ended_at)).await;
            assert_eq!(world.run(long_after + hours(24)).await, DELETED, "{name}");
        }
        assert_eq!(sent(&world.bench), [], "{name}");
    }
}

#[tokio::test]
async fn a_deletion_that_nobody_finished_is_finished_a_minute_later() {
    let world = World::start().await;
    for (state, _) in states() {
        let record = MediaRecord { import: Some(import()), ..world.media(state).await };
        world.keep(&record).await;
        world.bench.owner.media.mark_deleting(&record, due()).await.unwrap().done().unwrap();
        world.goes_at(&record, due() + seconds(60)).await;
    }
    assert_eq!(sent(&world.bench), []);
}

#[tokio::test]
async fn media_that_cannot_be_deleted_now_does_not_hold_up_the_rest() {
    let world = World::start().await;
    let upload = MultipartUpload { upload_id: UploadId::new("over"), part_size: 5 };
    let in_parts = MediaRecord { multipart: Some(upload), ..world.media(MediaState::Pending).await };
    let records = [in_parts, world.media(MediaState::Pending).await];
    for record in &records {
        world.keep(record).await;
    }
    let end = due() + hours(48);
    let out_of_time = world.sweep.run(end, Instant::now()).await.unwrap();
    assert_eq!(out_of_time, Swept { due: 2, deleted: 0, failed: 0 });
    world.bench.deployment.aws().fail_next("S3.AbortMultipartUpload", 3, 503);
    assert_eq!(world.run(end).await, Swept { due: 2, deleted: 1, failed: 1 });
    assert_eq!(world.run(end + seconds(599)).await, NONE_DUE);
    assert_eq!(world.run(end + seconds(600)).await, DELETED);
    for record in &records {
        assert_eq!((world.now(record).await, world.has_object(record).await), (None, false));
    }
}

#[tokio::test]
async fn media_that_was_put_off_since_the_index_was_read_is_left_alone() {
    let world = World::start().await;
    let record = world.media(MediaState::Pending).await;
    world.keep(&record).await;
    let (media, who, end) = (world.bench.owner.media.clone(), record.clone(), due() + hours(48));
    let twin: Meanwhile = Arc::new(move || {
        let (media, who) = (media.clone(), who.clone());
        Box::pin(async move {
            media.put_off(&who.tenant, &who.id, end + seconds(1)).await.unwrap().done().unwrap();
        })
    });
    world.bench.deployment.aws().before_next("DynamoDB.GetItem", 1, twin);
    assert_eq!(world.run(end).await, LEFT);
    world.goes_at(&record, end + seconds(1)).await;
}
