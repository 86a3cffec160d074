//! Counts what much media that is due at once costs, and how long another tenant's waits:
//! `cargo bench -p sweep --bench media_10k [media]`.
//!
//! The real step over all that the template declares; 10,000 media of one tenant by default, none of them needed by a post
//! any more, and one of another tenant that is due last. The counts do not depend on the machine, only the number of runs
//! does: a run ends after 45 seconds.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a program that prints its counts, or fails")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use jiff::{SignedDuration, Timestamp};
use slipway_domain::{FileKind, MediaId, Reach, TenantId};
use slipway_store::Write;
use slipway_store::media::{Findings, MediaRecord, MediaState, StoredObject};
use sweep::media::MediaSweep;
use workbench::{Bench, new_tenant, until};

/// How long a run of the function may begin something.
const RUN: Duration = Duration::from_secs(45);
/// How many are written at once.
const AT_ONCE: usize = 50;

#[tokio::main]
async fn main() {
    // `cargo test --all-targets` starts benches, too, and means only that they should start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let most = std::env::args().find_map(|argument| argument.parse::<u32>().ok()).unwrap_or(10_000);
    let bench = Bench::of("SweepFunction").await;
    let sweep = MediaSweep {
        media: bench.role.media.clone(),
        posts: bench.role.posts.clone(),
        bucket: bench.role.bucket.clone(),
        imports: bench.queue("ImportsQueue"),
    };
    let (now, begun) = (Timestamp::now(), Instant::now());
    let hour = SignedDuration::from_hours(1);
    let media: Vec<_> = (0..most).map(|number| unused(&bench.tenant, number, now - hour)).collect();
    for some in media.chunks(AT_ONCE) {
        join_all(some.iter().map(|record| keep(&bench, record))).await;
    }
    let other = unused(&new_tenant(), most, now);
    keep(&bench, &other).await;
    println!("{most} media and one kept in {:?}", begun.elapsed());
    measure(&bench, &sweep, usize::try_from(most).expect("a count") + 1, &other, now).await;
}

/// Media that is kept no longer, and is checked then.
fn unused(tenant: &TenantId, number: u32, due: Timestamp) -> MediaRecord {
    let (name, declared_type) = ("a.mp4".to_owned(), "video/mp4".to_owned());
    let id: MediaId = format!("med_{number}").parse().expect("an id");
    let record = MediaRecord::new(tenant.clone(), id, name, declared_type, due - SignedDuration::from_hours(2_400));
    let object = StoredObject { etag: "\"e\"".to_owned(), size_bytes: 100 };
    let state = MediaState::Ready { object, findings: Findings::of(FileKind::Mp4), warnings: Vec::new() };
    MediaRecord { state, due_at: due.into(), ..record }
}

async fn keep(bench: &Bench, record: &MediaRecord) {
    assert_eq!(bench.owner.media.put(record).await.expect("the table answers"), Write::Done(()));
}

async fn measure(bench: &Bench, sweep: &MediaSweep, all: usize, other: &MediaRecord, now: Timestamp) {
    let aws = bench.deployment.aws();
    aws.reset_counts();
    let (mut runs, mut deleted, mut looks) = (0_u32, 0, 0_u64);
    let begun = Instant::now();
    let work = async {
        while deleted < all {
            let swept = sweep.run(now, Instant::now() + RUN).await.expect("the index is read");
            assert!(swept.failed == 0 && swept.deleted > 0, "{swept:?}");
            runs += 1;
            deleted += swept.deleted;
        }
    };
    let gone = async {
        until("the other tenant's media is deleted", async || {
            looks += 1;
            let found = bench.owner.media.get_also_deleting(&Reach::whole(&other.tenant), &other.id).await;
            found.expect("the table answers").is_none()
        })
        .await;
        aws.request_counts().get("S3.DeleteObject").copied().unwrap_or_default()
    };
    let ((), place) = join(work, gone).await;
    println!("{deleted} deleted in {runs} runs and {:?}", begun.elapsed());
    let mut counts: BTreeMap<String, u64> = aws.request_counts();
    if let Some(count) = counts.get_mut("DynamoDB.GetItem") {
        *count -= looks;
    }
    for (operation, count) in counts {
        println!("  {operation}: {count}");
    }
    println!("  the other tenant's was gone when {place} objects were deleted");
}
