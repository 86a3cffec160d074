//! Counts what many targets of the same second cost, and how long another tenant's one waits:
//! `cargo bench -p sweep --bench due_10k [targets] [late]`.
//!
//! The real step over all that the template declares; 10,000 targets of one tenant by default, ten for each account, and
//! one of another tenant. Once in time, and once after an hour in which no sweep ran; with `late` only that. The counts do
//! not depend on the machine, only the number of runs does: a run ends after 45 seconds.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a program that prints its counts, or fails")]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{AccountId, PostId, TargetState, TenantId};
use slipway_store::posts::TargetMedia;
use sweep::Sweep;
use workbench::{Bench, Sent, creation, new_post, new_target, new_tenant, private_video};

/// How long a run of the function may begin something.
const RUN: Duration = Duration::from_secs(45);

#[tokio::main]
async fn main() {
    // `cargo test --all-targets` starts benches, too, and means only that they should start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let posts = std::env::args().find_map(|argument| argument.parse::<u64>().ok()).unwrap_or(10_000);
    let late = std::env::args().any(|argument| argument == "late");
    let ways = [("in time", SignedDuration::from_mins(-5)), ("an hour late", SignedDuration::from_hours(1))];
    for (name, first_run) in ways.into_iter().skip(usize::from(late)) {
        let bench = Bench::of("SweepFunction").await;
        let sweep = Sweep {
            posts: bench.role.posts.clone(),
            transfers: bench.queue("TransfersQueue"),
            status_checks: bench.queue("StatusChecksQueue"),
        };
        let at = Timestamp::now() + SignedDuration::from_hours(1);
        let other = schedule(&bench, posts, at).await;
        measure(name, &bench, &sweep, posts, at, at + first_run, &other).await;
    }
}

/// Schedules so many targets of one tenant, and one of another, which it answers. As many posts for ten accounts each as
/// it takes, ten of them for the same ten: a transaction for each target would take ten times as long.
async fn schedule(bench: &Bench, targets: u64, at: Timestamp) -> TenantId {
    let begun = Instant::now();
    for first in (0..targets).step_by(10) {
        let accounts = (first..targets.min(first + 10)).map(|number| first / 100 * 10 + number % 10);
        create(bench, &bench.tenant, first, accounts, at).await;
    }
    let other = new_tenant();
    create(bench, &other, targets, std::iter::once(targets), at).await;
    println!("{targets} targets and one scheduled in {:?}", begun.elapsed());
    other
}

/// A post of this tenant's for these accounts, which are on no record, since the sweep asks for none.
async fn create(bench: &Bench, tenant: &TenantId, id: u64, accounts: impl Iterator<Item = u64>, at: Timestamp) {
    let (now, media) = (Timestamp::now(), bench.absent_video(1_000_000));
    let id: PostId = format!("post_{id}").parse().expect("an id");
    let post = new_post(tenant, id, &media.id, now);
    let target = |number| {
        let account: AccountId = format!("acc_{number}").parse().expect("an id");
        let media = TargetMedia::Verified(media.clone());
        new_target(&post, &account, media, TargetState::Scheduled { at }, private_video())
    };
    let targets = accounts.map(target).collect();
    bench.create(&creation(post, targets), now).await;
}

async fn measure(
    name: &str,
    bench: &Bench,
    sweep: &Sweep,
    posts: u64,
    at: Timestamp,
    first_run: Timestamp,
    other: &TenantId,
) {
    let aws = bench.deployment.aws();
    aws.reset_counts();
    let (mut runs, mut repeated, mut known, mut found) = (0_i32, 0_usize, BTreeSet::new(), None);
    let mut ran = Duration::ZERO;
    // Nobody works on what was handed over: the next run hands it over again.
    while u64::try_from(known.len()).expect("a count") < posts + 1 {
        let now = first_run + SignedDuration::from_mins(1) * runs;
        runs += 1;
        let started = Instant::now();
        repeated += sweep.run(now, Instant::now() + RUN).await.expect("the index is read").requeued;
        ran += started.elapsed();
        let sent = bench.sent("TransfersQueue");
        let is_theirs = |sent: &Sent| sent.group.as_deref() == Some(other.as_str());
        if let Some(place) = sent.iter().position(is_theirs).filter(|_| found.is_none()) {
            let delay = sent.get(place).map(|sent| sent.delay).unwrap_or_default();
            found = Some((runs, place, now + SignedDuration::try_from(delay).expect("some minutes")));
        }
        known.extend(sent.iter().map(|sent| sent.body["target"].to_string()));
    }
    repeated -= known.len();
    println!("{name}: {} handed over in {runs} runs of {ran:?} in all, and {repeated} of them again", known.len());
    for (operation, count) in aws.request_counts() {
        println!("  {operation}: {count}");
    }
    let (run, place, comes) = found.expect("the other tenant's message");
    let late = comes.duration_since(at.max(first_run)).as_secs();
    println!(
        "  the other tenant's: message {} of all, in run {run}, {late} s after its time or the first run",
        place + 1
    );
}
