//! Downloads: TikTok fetches media from the app's own URLs, without following redirects.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use url::Url;

use crate::ledger::{FailReason, Medium, PhotoRecord, PublishState};
use crate::loopback::is_loopback;
use crate::media::{self, Probe};
use crate::shared::Shared;

const MAX_PHOTO_BYTES: u64 = 20_000_000;
const MAX_VIDEO_BYTES: u64 = 4_294_967_296;
const HEAD_BYTES: usize = 12;

/// Why a download stopped.
enum Stopped {
    /// The publish ended meanwhile: cancelled, or out of time.
    Over,
    Failed(FailReason),
}

/// One download as it runs.
struct Download {
    bytes: u64,
    hasher: Sha256,
    probe: Probe,
    head: Vec<u8>,
}

/// Fetches all media of a publish, then lets processing start, or fails it.
pub(crate) async fn pull(shared: Arc<Shared>, publish_id: String) {
    let Some((urls, medium)) =
        shared.world().publish(&publish_id).map(|publish| (publish.urls.clone(), publish.record.medium))
    else {
        return;
    };
    let mut result = Ok(());
    for url in urls {
        result = match fetch(&shared, &publish_id, &url, medium).await {
            Ok(download) => keep(&shared, &publish_id, url, medium, download),
            Err(stopped) => Err(stopped),
        };
        if result.is_err() {
            break;
        }
    }
    let mut world = shared.world();
    let now = world.settle();
    match result {
        Ok(()) => world.transferred(&publish_id, now),
        Err(Stopped::Failed(reason)) => world.fail(&publish_id, reason, now),
        Err(Stopped::Over) => {}
    }
    drop(world);
    shared.changed.notify_one();
}

async fn fetch(shared: &Shared, publish_id: &str, url: &str, medium: Medium) -> Result<Download, Stopped> {
    let (trouble, most) = match medium {
        Medium::Video => (Stopped::Failed(FailReason::VideoPull), MAX_VIDEO_BYTES),
        Medium::Photo => (Stopped::Failed(FailReason::PhotoPull), MAX_PHOTO_BYTES),
    };
    let pace = shared.world().config.pull_bytes_per_second;
    let Some(target) = target(shared, url) else { return Err(trouble) };
    let Ok(mut response) = shared.http.get(target).send().await else { return Err(trouble) };
    if response.status() != StatusCode::OK {
        return Err(trouble);
    }
    let started = Instant::now();
    let mut download = Download { bytes: 0, hasher: Sha256::new(), probe: Probe::default(), head: Vec::new() };
    loop {
        let Ok(chunk) = response.chunk().await else { return Err(trouble) };
        let Some(chunk) = chunk else { return Ok(download) };
        download.take(&chunk);
        {
            let mut world = shared.world();
            let Some(publish) = world.publish_mut(publish_id) else { return Err(Stopped::Over) };
            if publish.record.state != PublishState::Downloading {
                return Err(Stopped::Over);
            }
            publish.record.bytes_stored += chunk.len() as u64;
            publish.record.bytes_received.add(chunk.len() as u64);
        }
        if download.bytes > most {
            return Err(Stopped::Failed(FailReason::FileFormat));
        }
        if let Some(pace) = pace {
            let due = Duration::from_millis(download.bytes.saturating_mul(1000) / pace.max(1));
            tokio::time::sleep_until(started + due).await;
        }
    }
}

/// Where a URL is really fetched from: through the rewrites, and never from beyond this machine.
fn target(shared: &Shared, url: &str) -> Option<Url> {
    let world = shared.world();
    let rewritten =
        world.config.url_rewrites.iter().find_map(|(from, to)| Some(format!("{to}{}", url.strip_prefix(from)?)));
    Url::parse(rewritten.as_deref().unwrap_or(url)).ok().filter(is_loopback)
}

fn keep(shared: &Shared, publish_id: &str, url: String, medium: Medium, download: Download) -> Result<(), Stopped> {
    if medium == Medium::Photo && !media::is_photo(&download.head) {
        return Err(Stopped::Failed(FailReason::FileFormat));
    }
    let sha256 = hex::encode(download.hasher.finalize());
    let mut world = shared.world();
    let publish = world.publish_mut(publish_id).ok_or(Stopped::Over)?;
    if publish.record.state != PublishState::Downloading {
        return Err(Stopped::Over);
    }
    match medium {
        Medium::Video => {
            publish.probe = download.probe;
            publish.record.sha256 = Some(sha256);
        }
        Medium::Photo => publish.record.photos.push(PhotoRecord { url, bytes: download.bytes, sha256 }),
    }
    Ok(())
}

impl Download {
    fn take(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len() as u64;
        self.hasher.update(chunk);
        self.probe.feed(chunk);
        let missing = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend(chunk.iter().take(missing));
    }
}
