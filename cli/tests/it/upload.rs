//! `slipway upload`.

use std::sync::{Arc, Mutex};

use aws_stand_in::{Crash, Moment, PRESIGNED};
use serde_json::json;

use super::program::{Ended, interrupt, kill};
use super::world::{World, until};

/// Seven parts, the last a short one.
const SIZE: u64 = 6 * 33_554_432 + 1_000;

/// Whose calls count: those of the function, and of the program by the URLs that it gets. What else is at work meanwhile
/// does not matter.
const MEDIA: [&str; 2] = ["MediaFunction", PRESIGNED];

fn parts_sent(world: &World) -> u64 {
    world.stack.aws().request_counts().get("S3.UploadPart").copied().unwrap_or(0)
}

/// Starts an upload, one part after the other, that is interrupted while the third part is on its way.
async fn interrupted(world: &World, file: &str) -> Ended {
    // How many calls of AWS come before the first part; asked twice, because a first call is not like the others.
    let wanted = json!({"filename": "other.mp4", "content_type": "video/mp4", "size_bytes": SIZE});
    let mut before = 0;
    for _ in 0..2 {
        world.stack.aws().crash_at_call_of(&MEDIA, u64::MAX, Moment::Before, Arc::new(|| Box::pin(async {})));
        world.post("/v1/media/upload-url", &wanted).await;
        before = world.stack.aws().calls_since_crash_was_planned();
    }
    let running = Arc::new(Mutex::new(None));
    let target = Arc::clone(&running);
    world.stack.aws().crash_at_call_of(
        &MEDIA,
        before + 3,
        Moment::Before,
        Arc::new(move || {
            let target = Arc::clone(&target);
            Box::pin(async move { interrupt(until("the program runs", || *target.lock().unwrap()).await) })
        }),
    );
    let program = world.slipway(&["upload", file, "--parallel", "1"]).start();
    *running.lock().unwrap() = Some(program.pid());
    program.end().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_was_interrupted_goes_on_where_it_stopped() {
    let world = World::new().await;
    let video = world.video("video.mp4", SIZE);
    let file = video.to_str().unwrap();
    let stopped = interrupted(&world, file).await.expect(130);
    assert!(stopped.err.contains("Run the same command again"), "{}", stopped.err);
    assert_eq!(stopped.out, "");

    world.stack.aws().reset_counts();
    let resumed = world.slipway(&["upload", file]).run().await.expect(0);
    assert!(resumed.err.contains("Resuming: 67.1 MB of 201.3 MB are there"), "{}", resumed.err);
    assert_eq!(parts_sent(&world), 5, "what had arrived is not sent again");
    let media = world.get(&format!("/v1/media/{}", resumed.result())).await;
    assert_eq!(media["status"], "ready", "{media:#}");
    assert!(world.content(resumed.result()).await == std::fs::read(&video).unwrap(), "the bytes are identical");

    world.stack.aws().reset_counts();
    let again = world.slipway(&["upload", file]).run().await.expect(0);
    assert_eq!((again.result(), parts_sent(&world)), (resumed.result(), 0), "nothing is left to send");
}

/// Kills the program at each call that its upload makes AWS do, before or after the call took effect.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_anywhere_and_run_again_an_upload_arrives_whole() {
    let world = World::new().await;
    let size = 33_554_432 + 1_000;
    let mut killed = 0;
    for call in 1.. {
        let moment = if call % 2 == 0 { Moment::Before } else { Moment::After };
        let video = world.video(&format!("{call}.mp4"), size);
        let file = video.to_str().unwrap();
        let target = Arc::new(Mutex::new(None));
        let running = Arc::clone(&target);
        let strike: Crash = Arc::new(move || {
            let target = Arc::clone(&target);
            Box::pin(async move { kill(until("the program runs", || *target.lock().unwrap()).await) })
        });
        world.stack.aws().crash_at_call_of(&MEDIA, call, moment, strike);
        let program = world.slipway(&["upload", file, "--parallel", "1"]).start();
        *running.lock().unwrap() = Some(program.pid());
        let mut ended = program.end().await;
        // Later calls are not the program's, and its id may be another one's by then.
        world.stack.aws().crash_at_call_of(&MEDIA, u64::MAX, Moment::Before, Arc::new(|| Box::pin(async {})));
        let whole = ended.code.is_some();
        if !whole {
            killed += 1;
            ended = world.slipway(&["upload", file]).run().await;
        }
        let ended = ended.expect(0);
        assert!(world.content(ended.result()).await == std::fs::read(&video).unwrap(), "identical, killed at {call}");
        if whole {
            break;
        }
    }
    assert!(killed >= 6, "key, upload, record, two parts, completion: {killed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_has_changed_is_sent_from_its_start() {
    let world = World::new().await;
    let video = world.video("video.mp4", SIZE);
    let file = video.to_str().unwrap();
    interrupted(&world, file).await.expect(130);
    world.video("video.mp4", SIZE - 500);
    world.stack.aws().reset_counts();
    let second = world.slipway(&["upload", file]).run().await.expect(0);
    assert!(second.err.contains("has changed"), "{}", second.err);
    assert_eq!(parts_sent(&world), 7);
    assert_eq!(world.stack.aws().request_counts().get("S3.AbortMultipartUpload"), Some(&1), "the old one is given up");
    assert!(world.content(second.result()).await == std::fs::read(&video).unwrap(), "the bytes are identical");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resuming_can_be_declined() {
    let world = World::new().await;
    let video = world.video("video.mp4", SIZE);
    let file = video.to_str().unwrap();
    interrupted(&world, file).await.expect(130);
    world.stack.aws().reset_counts();
    let second = world.slipway(&["upload", file, "--no-resume"]).run().await.expect(0);
    assert_eq!(parts_sent(&world), 7);
    assert_eq!(world.stack.aws().request_counts().get("S3.AbortMultipartUpload"), Some(&1));
    assert!(!second.err.contains("Resuming"), "{}", second.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_that_does_not_get_through_is_sent_again() {
    let world = World::new().await;
    let video = world.video("video.mp4", SIZE);
    world.stack.aws().fail_next("S3.UploadPart", 2, 503);
    world.stack.aws().lose_next_answer("S3.UploadPart", 1);
    // As if the URL had expired: only a new one helps.
    world.stack.aws().fail_next("S3.UploadPart", 1, 403);
    let sent = world.slipway(&["upload", video.to_str().unwrap()]).run().await.expect(0);
    assert_eq!(parts_sent(&world), 7 + 4);
    assert!(sent.err.contains("trying again"), "{}", sent.err);
    assert!(world.content(sent.result()).await == std::fs::read(&video).unwrap(), "the bytes are identical");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_tiktok_would_not_take_is_refused_with_every_cure() {
    let world = World::new().await;
    let file = world.file("notes.mp4", b"these are only words");
    let refused = world.slipway(&["upload", file.to_str().unwrap(), "--json"]).run().await.expect(3);
    let media = refused.event("rejected")["media"].clone();
    assert_eq!(media["status"], "failed");
    for reason in media["reasons"].as_array().unwrap() {
        for part in ["message", "cure"] {
            assert!(refused.err.contains(reason[part].as_str().unwrap()), "{part}: {}", refused.err);
        }
    }
    assert_eq!(refused.event("error")["kind"], "refused");
}

/// Memory is what one buffer a part needs, whatever the size of the file.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_does_not_grow_with_the_file() {
    let world = World::new().await;
    let mut peaks = Vec::new();
    for size in [40_000_000, 1_000_000_000] {
        let video = world.video(&format!("{size}.mp4"), size);
        let program = world.slipway(&["upload", video.to_str().unwrap()]).start();
        let status = format!("/proc/{}/status", program.pid().as_raw_nonzero());
        let mut ending = Box::pin(program.end());
        let mut peak = 0;
        let ended = loop {
            tokio::select! {
                ended = &mut ending => break ended,
                () = tokio::time::sleep(std::time::Duration::from_millis(20)) => {
                    let status = std::fs::read_to_string(&status).unwrap_or_default();
                    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
                    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
                    peak = peak.max(kib.unwrap_or(0));
                }
            }
        };
        ended.expect(0);
        peaks.push(peak);
    }
    println!("peak memory of slipway upload: {} KiB for 40 MB, {} KiB for 1 GB", peaks[0], peaks[1]);
    assert!(peaks[0] > 0 && peaks[1] < 48 * 1024, "{peaks:?} KiB");
}
