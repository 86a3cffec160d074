//! Uploads the largest video in parts: `cargo bench -p stories --bench upload_4gb [bytes]`.
//!
//! Through the real function and the local stack, interrupted in the middle and resumed. Fails unless what S3 gives
//! back is what was sent, and unless memory stays flat. `--profile dev` builds sooner and takes longer.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a program that fails by panicking")]
#![expect(clippy::print_stdout, reason = "a program that prints what it measured")]

#[expect(dead_code, unused_imports, reason = "it needs a part of what stories are made of")]
#[path = "../stories/support/mod.rs"]
mod support;

use std::time::Instant;

use serde_json::Value;

use support::World;
use support::large::{LargeFile, begin, download, follow, put_half_a_part, put_parts};

/// What a process may grow by while 4 GB go through it, in bytes.
const GROWTH: u64 = 48 * 1024 * 1024;

#[tokio::main]
async fn main() {
    // `cargo test --all-targets` starts benches, too, and means only that they should start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let size = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(4_000_000_000);
    let world = World::new().await;
    // Warms what a process does once, in the size of one part.
    let small = upload(&world, LargeFile { size: 33_554_433 }).await;
    let before = memory(&world);
    println!("after 33,554,433 bytes: {}", shown(&before));
    let large = upload(&world, LargeFile { size }).await;
    let after = memory(&world);
    println!("after {size} bytes: {}", shown(&after));
    assert_ne!(small, large);
    for ((name, before), (_, after)) in before.iter().zip(&after) {
        assert!(after.saturating_sub(*before) <= GROWTH, "{name} grew from {before} to {after} bytes");
    }
    // Which removes the stand-in's files, too.
    drop(world);
}

/// Uploads the file, half of it, and then what is missing. Answers the media's id.
async fn upload(world: &World, file: LargeFile) -> String {
    let begun = begin(world, file).await;
    let parts = begun["parts"].as_array().expect("a file in parts");
    let (first, rest) = parts.split_at(parts.len() / 2);
    let started = Instant::now();
    put_parts(file, first).await;
    put_half_a_part(file, &rest[0]).await;
    world.stack.kill("MediaFunction").await.expect("the stack lives");
    let resumed = follow(world, "GET", &begun["resume_url"]).await.expect(200);
    let missing: Vec<&Value> =
        resumed["parts"].as_array().unwrap().iter().filter(|part| part["uploaded"] == false).collect();
    assert_eq!(missing.len(), rest.len(), "what was sent is not sent again");
    put_parts(file, missing).await;
    let (sent, started) = (started.elapsed(), Instant::now());
    let done = follow(world, "POST", &resumed["complete_url"]).await.expect(200);
    assert_eq!(done["status"], "ready", "{done:#}");
    let completed = started.elapsed();
    let (hash, length) = download(&done).await;
    assert_eq!((hash.as_str(), length), (file.sha256().as_str(), file.size), "it arrives identical");
    println!(
        "{} bytes in {} parts, {} of them after the interruption: sent in {sent:?}, completed and verified in \
         {completed:?}, SHA-256 of what arrived {hash}",
        file.size,
        parts.len(),
        rest.len()
    );
    done["id"].as_str().unwrap().to_owned()
}

/// The most memory that each process has held so far, in bytes.
fn memory(world: &World) -> Vec<(&'static str, u64)> {
    let of = |function: &'static str| (function, world.stack.max_memory(function).expect("a function of the template"));
    // The stack with its S3, TikTok and the client that uploads are threads of this very process.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let own =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse().ok());
    vec![of("MediaFunction"), of("WorkspaceFunction"), ("stack, S3 and client", own.unwrap_or(0) * 1024)]
}

fn shown(memory: &[(&str, u64)]) -> String {
    let shown = memory.iter().map(|(name, bytes)| format!("{name} {} MiB", bytes / 1024 / 1024));
    shown.collect::<Vec<_>>().join(", ")
}
