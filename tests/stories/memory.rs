//! Memory does not grow with the video.

use crate::support::{World, sha256, video_of};

/// Design budget for the transfer process, in bytes; a debug build stays well inside it.
const BUDGET: u64 = 64 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_of_a_gigabyte_needs_no_more_memory_than_one_of_50_mb() {
    let world = World::new().await;
    let mut peaks = Vec::new();
    for size in [50_000_000, 1_000_000_000] {
        let video = video_of(size);
        let hash = sha256(&video);
        let media = world.upload(video).await;
        let id = world.publish(&media).await;
        world.until_post(&id, "published").await;
        let ledger = world.tiktok.ledger();
        assert!(ledger.published().iter().any(|publish| publish.sha256.as_deref() == Some(&hash)), "{size} bytes");
        peaks.push(world.stack.max_memory("TransferFunction").unwrap());
    }
    let mib = |bytes: u64| bytes / 1024 / 1024;
    println!("peak memory of transfer: {} MiB for 50 MB, {} MiB for 1 GB", mib(peaks[0]), mib(peaks[1]));
    assert!(peaks[1] <= BUDGET, "{} MiB", mib(peaks[1]));
}
