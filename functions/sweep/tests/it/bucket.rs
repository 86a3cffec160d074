//! The bucket compared with the table: whatever was put there counts or goes, whoever dies or writes in between.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use aws_stand_in::{Meanwhile, Moment};
use jiff::{SignedDuration, Timestamp};
use slipway_domain::EventType;
use slipway_domain::{Plan, Plans, Reach};
use slipway_media::Object;
use slipway_store::Write;
use slipway_store::media::{
    BucketRound, Import, MediaReason, MediaRecord, MediaRules, MediaState, MultipartUpload, ReasonCode, SourceUrl,
};
use sweep::bucket::{BucketSweep, Swept};
use tokio::sync::Notify;
use workbench::{Bench, fixture};

use crate::support::soon;

/// What a tenant may keep, in bytes.
const LIMIT: u64 = 100_000_000;

/// The bucket's sweep over a deployment of its own, for a tenant with the smallest plan.
struct World {
    bench: Bench,
    sweep: BucketSweep,
}

impl World {
    async fn start() -> Self {
        let bench = Bench::of("SweepFunction").await;
        let rules = MediaRules { plans: Plans::usual(Plan::Hobby), ..MediaRules::default() };
        let (media, bucket) = (bench.role.media.clone().ruled_by(rules), bench.role.bucket.clone());
        Self { bench, sweep: BucketSweep { media, bucket } }
    }

    /// A run of a new round.
    async fn run(&self) -> Swept {
        self.bench.owner.media.note_bucket_round(&BucketRound::default()).await.unwrap();
        self.sweep.run(Timestamp::now(), soon()).await.unwrap()
    }

    /// Media that was announced, and no more.
    async fn announced(&self) -> MediaRecord {
        self.keep(self.new_media()).await
    }

    /// New media that is not kept yet.
    fn new_media(&self) -> MediaRecord {
        let id = self.bench.absent_video(0).id;
        let (name, declared_type) = ("a.mp4".to_owned(), "video/mp4".to_owned());
        MediaRecord::new(self.bench.tenant.clone(), id, name, declared_type, Timestamp::now())
    }

    async fn keep(&self, record: MediaRecord) -> MediaRecord {
        assert_eq!(self.bench.owner.media.put(&record).await.unwrap(), Write::Done(()));
        record
    }

    /// Announces media until only this many bytes of the plan are left.
    async fn leave_room(&self, left: u64) {
        let size = LIMIT - left - self.used().await;
        self.keep(self.new_media().announced(Some(size))).await;
    }

    async fn ready(&self) -> MediaRecord {
        self.verified(fixture("index_first.mp4")).await
    }

    /// Media that was uploaded by a URL which takes file after file, and verified.
    async fn verified(&self, content: Vec<u8>) -> MediaRecord {
        let record = self.announced().await;
        self.put(&record, content).await;
        let (media, bucket) = (&self.bench.owner.media, &self.bench.owner.bucket);
        slipway_media::verify(media, bucket, &record).await.unwrap().done().unwrap()
    }

    async fn put(&self, record: &MediaRecord, content: Vec<u8>) {
        self.bench.put_object(&record.s3_key, content).await;
    }

    fn object<'a>(&'a self, record: &'a MediaRecord) -> Object<'a> {
        self.bench.owner.bucket.object(&record.s3_key)
    }

    async fn has_object(&self, record: &MediaRecord) -> bool {
        self.object(record).head().await.unwrap().is_some()
    }

    async fn now(&self, record: &MediaRecord) -> MediaRecord {
        self.bench.owner.media.get_also_deleting(&Reach::whole(&record.tenant), &record.id).await.unwrap().unwrap()
    }

    /// What the tenant's media take, in bytes.
    async fn used(&self) -> u64 {
        self.bench.owner.media.usage(&self.bench.tenant).await.unwrap().bytes
    }
}

const NOTHING: Swept = Swept { objects: 0, counted: 0, removed: 0, failed: 0 };

fn compared(objects: usize) -> Swept {
    Swept { objects, ..NOTHING }
}

fn reasons() -> Vec<MediaReason> {
    let (text, code) = (|| "import_timed_out".to_owned(), ReasonCode::ImportTimedOut);
    vec![MediaReason { code, message: text(), cure: text(), measured: None, allowed: None }]
}

#[tokio::test]
async fn a_file_that_nobody_had_verified_counts_as_it_is() {
    let world = World::start().await;
    let record = world.announced().await;
    world.put(&record, vec![7; 1000]).await;
    assert_eq!(world.used().await, 0);
    assert_eq!(world.run().await, Swept { counted: 1, ..compared(1) });
    assert_eq!((world.used().await, world.now(&record).await.state), (1000, MediaState::Pending));
    // Another one in its place, larger and smaller.
    for size in [3000, 200] {
        world.put(&record, vec![7; size]).await;
        world.run().await;
    }
    assert_eq!(world.used().await, 3000, "not less before it was verified: it was announced with no size");
    assert_eq!(world.run().await, compared(1));
}

#[tokio::test]
async fn what_is_on_record_costs_one_read_for_all_and_no_write() {
    let world = World::start().await;
    world.ready().await;
    world.verified(b"text".to_vec()).await;
    let sized = world.keep(world.new_media().announced(Some(100))).await;
    world.put(&sized, vec![7; 100]).await;
    world.bench.deployment.aws().reset_counts();
    assert_eq!(world.sweep.run(Timestamp::now(), soon()).await.unwrap(), compared(3));
    let calls = world.bench.deployment.aws().request_counts();
    let expected = ["DynamoDB.BatchGetItem", "DynamoDB.GetItem", "DynamoDB.UpdateItem", "S3.ListObjectsV2"];
    assert_eq!(calls.keys().collect::<Vec<_>>(), expected, "{calls:?}");
    assert!(calls.values().all(|count| *count == 1), "{calls:?}");
    // The next round has time.
    world.bench.deployment.aws().reset_counts();
    assert_eq!(world.sweep.run(Timestamp::now(), soon()).await.unwrap(), NOTHING);
    assert_eq!(world.bench.deployment.aws().request_counts().into_values().sum::<u64>(), 1);
}

#[tokio::test]
async fn a_replaced_file_counts_and_its_media_is_verified_again() {
    let world = World::start().await;
    for before in [fixture("index_first.mp4"), b"text".to_vec()] {
        let record = world.verified(before.clone()).await;
        let (used, size) = (world.used().await, before.len() as u64);
        let now = fixture("index_last.mp4");
        world.put(&record, now.clone()).await;
        let swept = world.run().await;
        assert_eq!((swept.counted, swept.removed, swept.failed), (1, 0, 0));
        assert_eq!(
            (world.used().await, world.now(&record).await.state),
            (used - size + now.len() as u64, MediaState::Pending)
        );
        let owner = &world.bench.owner;
        let verified = slipway_media::verify(&owner.media, &owner.bucket, &world.now(&record).await).await.unwrap();
        let verified = verified.done().unwrap();
        assert_eq!(verified.state.object().cloned(), world.object(&record).head().await.unwrap());
        assert_eq!(verified.state.as_str(), "ready");
        assert_eq!(world.run().await.counted, 0);
    }
}

#[tokio::test]
async fn what_the_plan_has_no_room_for_is_refused_and_goes() {
    let world = World::start().await;
    let ready = world.ready().await;
    world.leave_room(500).await;
    for record in [world.announced().await, ready.clone()] {
        let own = world.now(&record).await.charged_bytes;
        world.put(&record, vec![7; usize::try_from(own).unwrap() + 501]).await;
        assert_eq!(world.run().await.removed, 1);
        let now = world.now(&record).await;
        let MediaState::Failed { object: None, reasons, .. } = &now.state else { panic!("{:?}", now.state) };
        assert_eq!(reasons.iter().map(|reason| reason.code.as_str()).collect::<Vec<_>>(), ["storage_quota"]);
        assert_eq!((now.charged_bytes, world.has_object(&record).await), (0, false));
        // It is final: what comes after it goes, and nobody can verify it first.
        world.put(&record, fixture("vp8.webm")).await;
        let owner = &world.bench.owner;
        let verified = slipway_media::verify(&owner.media, &owner.bucket, &now).await.unwrap();
        assert!(!verified.is_done(), "{verified:?}");
        assert_eq!(world.run().await.removed, 1);
        assert_eq!(world.now(&record).await, now);
        assert!(!world.has_object(&record).await);
    }
    assert_eq!(world.used().await, LIMIT - 500 - ready.charged_bytes, "what was refused takes nothing");
    let log = world.bench.owner.events.list(&Reach::whole(&world.bench.tenant), None, 10).await.unwrap().entries;
    let failed = log.iter().filter(|entry| entry.kind == EventType::MediaFailed);
    assert_eq!(failed.count(), 2, "{log:#?}");
}

#[tokio::test]
async fn a_file_that_no_record_knows_goes_and_what_is_none_of_ours_stays() {
    let world = World::start().await;
    let key = world.bench.absent_video(0).s3_key;
    for key in [key.as_str(), "media/notes.txt", "backup/media/a"] {
        world.bench.put_object(key, vec![7; 10]).await;
    }
    assert_eq!(world.run().await, Swept { removed: 1, ..compared(2) });
    for (key, is_there) in [(key.as_str(), false), ("media/notes.txt", true), ("backup/media/a", true)] {
        assert_eq!(world.bench.owner.bucket.object(key).head().await.unwrap().is_some(), is_there, "{key}");
    }
}

#[tokio::test]
async fn a_file_that_comes_after_the_deletion_goes_before_its_record() {
    let world = World::start().await;
    let record = world.ready().await;
    let marked = world.bench.owner.media.mark_deleting(&record, Timestamp::now()).await.unwrap().done().unwrap();
    slipway_media::remove(&world.bench.owner.media, &world.bench.owner.bucket, &marked).await.unwrap();
    world.put(&record, vec![7; 1000]).await;
    assert_eq!(world.run().await, Swept { removed: 1, ..compared(1) });
    assert!(!world.has_object(&record).await);
    assert_eq!((world.used().await, world.now(&record).await.is_tombstone), (0, true));
}

#[tokio::test]
async fn what_a_failed_import_left_goes_and_one_under_way_is_left_to_its_worker() {
    let world = World::start().await;
    let import = || Import::from_url(SourceUrl::new("https://example.com/video.mp4".to_owned()));
    let failed = MediaState::Failed { object: None, findings: None, reasons: reasons() };
    let over = MediaRecord { state: failed.clone(), import: Some(import()), ..world.new_media() };
    let (over, under_way) = (world.keep(over).await, MediaRecord { import: Some(import()), ..world.new_media() });
    let under_way = world.keep(under_way).await;
    for record in [&over, &under_way] {
        world.put(record, vec![7; 1000]).await;
    }
    assert_eq!(world.run().await, Swept { removed: 1, ..compared(2) });
    assert_eq!((world.has_object(&over).await, world.has_object(&under_way).await), (false, true));
    assert_eq!((world.now(&over).await.state, world.now(&under_way).await), (failed, under_way));
}

#[tokio::test]
async fn parts_beside_a_whole_file_are_given_up() {
    let world = World::start().await;
    let record = world.new_media().announced(Some(1000));
    let upload_id = world.object(&record).begin(None).await.unwrap();
    let upload = MultipartUpload { upload_id: upload_id.clone(), part_size: 5 };
    let record = world.keep(MediaRecord { multipart: Some(upload), ..record }).await;
    let is_open = async || world.object(&record).parts(&upload_id).send().await.is_ok();
    assert_eq!((world.run().await, is_open().await), (NOTHING, true));
    world.put(&record, vec![7; 1000]).await;
    assert_eq!((world.run().await, is_open().await), (compared(1), false));
    assert_eq!(world.now(&record).await, record);
}

#[tokio::test]
async fn media_that_is_verified_while_it_is_compared_stays_verified() {
    let world = World::start().await;
    let record = world.ready().await;
    world.put(&record, fixture("index_last.mp4")).await;
    let (media, bucket, read) = (world.bench.owner.media.clone(), world.bench.owner.bucket.clone(), record.clone());
    let twin: Meanwhile = Arc::new(move || {
        let (media, bucket, read) = (media.clone(), bucket.clone(), read.clone());
        Box::pin(async move {
            assert!(slipway_media::verify(&media, &bucket, &read).await.unwrap().is_done());
        })
    });
    world.bench.deployment.aws().before_next("DynamoDB.TransactWriteItems", 1, twin);
    assert_eq!(world.run().await, compared(1));
    let now = world.now(&record).await;
    assert_eq!(now.state.as_str(), "ready");
    assert_eq!(now.state.object().cloned(), world.object(&record).head().await.unwrap());
    assert_eq!(world.used().await, now.charged_bytes);
}

#[tokio::test]
async fn nothing_is_begun_when_time_is_over_and_the_next_run_goes_on() {
    let world = World::start().await;
    let record = world.announced().await;
    world.put(&record, vec![7; 1000]).await;
    assert_eq!(world.sweep.run(Timestamp::now(), Instant::now()).await.unwrap(), NOTHING);
    assert_eq!(world.used().await, 0);
    let later = Timestamp::now() + SignedDuration::from_hours(1);
    assert_eq!(world.sweep.run(later, soon()).await.unwrap(), Swept { counted: 1, ..compared(1) });
}

#[tokio::test]
async fn a_run_compares_as_many_pages_as_it_has_time_for() {
    let world = World::start().await;
    // A page has a thousand objects. The last of all is of media that nobody had verified.
    for batch in 0..21 {
        let keys = (0..100).map(|number| format!("{}{batch:02}{number:02}.txt", MediaRecord::KEYS));
        let puts = keys.map(async |key| world.bench.put_object(&key, vec![7]).await);
        futures_util::future::join_all(puts).await;
    }
    let record = world.announced().await;
    world.put(&record, vec![7; 1000]).await;
    assert_eq!(world.sweep.run(Timestamp::now(), soon()).await.unwrap(), Swept { counted: 1, ..compared(2101) });
    assert_eq!(world.sweep.run(Timestamp::now(), soon()).await.unwrap(), NOTHING, "the round is over");
}

/// Every kind of object that is not as the table says, in one bucket.
async fn astray(world: &World) -> Vec<MediaRecord> {
    let (unverified, replaced, too_large) = (world.announced().await, world.ready().await, world.announced().await);
    let (deleted, unknown) = (world.ready().await, world.ready().await);
    let media = &world.bench.owner.media;
    for gone in [&deleted, &unknown] {
        let marked = media.mark_deleting(gone, Timestamp::now()).await.unwrap().done().unwrap();
        let made = if gone.id == unknown.id { Timestamp::UNIX_EPOCH } else { marked.created_at };
        let marked = MediaRecord { created_at: made, ..marked };
        media.forget(&marked, Timestamp::now()).await.unwrap().done().unwrap();
    }
    world.leave_room(30_000).await;
    for (record, size) in [(&unverified, 1000), (&replaced, 9000), (&too_large, 90_000), (&deleted, 10), (&unknown, 10)]
    {
        world.put(record, vec![7; size]).await;
    }
    vec![unverified, replaced, too_large, deleted, unknown]
}

#[tokio::test]
async fn a_comparison_killed_at_any_call_is_made_good_by_the_next_ones() {
    let mut world = World::start().await;
    let mut crashes = 0;
    for moment in [Moment::Before, Moment::After] {
        for call in 1.. {
            world.bench.tenant = format!("ten_{moment:?}{call}").parse().unwrap();
            let records = astray(&world).await;
            let died = killed_at(&world, call, moment).await;
            world.run().await;
            world.run().await;
            let there: Vec<_> = {
                let mut there = Vec::new();
                for record in &records {
                    there.push(world.has_object(record).await);
                }
                there
            };
            assert_eq!(there, [true, true, false, false, false], "{moment:?} call {call}");
            let counted = world.now(&records[0]).await.charged_bytes + world.now(&records[1]).await.charged_bytes;
            assert_eq!(counted, 10_000, "{moment:?} call {call}");
            assert_eq!(world.now(&records[2]).await.state.as_str(), "failed", "{moment:?} call {call}");
            let again = world.run().await;
            assert_eq!(again, compared(again.objects), "{moment:?} call {call}");
            if !died {
                break;
            }
            crashes += 1;
        }
    }
    println!("comparing was killed at {crashes} calls to AWS");
    assert!(crashes > 20, "{crashes}");
}

/// A run that is killed while it makes this call; answers whether it came to that call.
async fn killed_at(world: &World, call: u64, moment: Moment) -> bool {
    world.bench.owner.media.note_bucket_round(&BucketRound::default()).await.unwrap();
    let killed = Arc::new(Notify::new());
    let kill = Arc::clone(&killed);
    let crash = Arc::new(move || -> Pin<Box<dyn Future<Output = ()> + Send>> {
        kill.notify_one();
        Box::pin(async {})
    });
    world.bench.deployment.aws().crash_at(call, moment, crash);
    tokio::select! {
        biased;
        () = killed.notified() => true,
        _ = world.sweep.run(Timestamp::now(), soon()) => false,
    }
}
