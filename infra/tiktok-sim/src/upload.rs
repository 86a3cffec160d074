//! Chunk PUTs: streamed, hashed as they pass, and counted only when whole.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::answer::Answer;
use crate::call::{Broken, Call};
use crate::clock::Moment;
use crate::config::ProgressHeader;
use crate::content_range::ContentRange;
use crate::fault::Plan;
use crate::form::param;
use crate::ledger::{ByteCount, ChunkRecord, PublishState};
use crate::media::Probe;
use crate::publish::Publish;
use crate::shared::Shared;
use crate::world::World;

const CONTENT_TYPES: [&str; 3] = ["video/mp4", "video/quicktime", "video/webm"];
/// How long an answer waits for its webhook to overtake it, in real time.
const WEBHOOK_FIRST_WAIT: Duration = Duration::from_secs(15);

/// A PUT that may go on: the state at the last good boundary, to be taken back when all bytes are there.
struct Ticket {
    publish_id: String,
    range: ContentRange,
    hasher: Sha256,
    probe: Probe,
}

/// Answers a chunk PUT. Refusals come after the body was read, so that a client busy sending sees them.
pub(crate) async fn put(shared: &Arc<Shared>, call: &Call, body: Incoming, plan: &Plan) -> Result<Answer, Broken> {
    let (ticket, received) = {
        let mut world = shared.world();
        let now = world.settle();
        let received = world.upload_target(&call.query).map(|publish| publish.record.bytes_received.clone());
        (world.open_chunk(call, now), received.unwrap_or_default())
    };
    let mut ticket = match ticket {
        Ok(ticket) => ticket,
        Err(status) => {
            read(body, plan, &received, None).await?;
            return Ok(shared.world().upload_answer(call, status));
        }
    };
    read(body, plan, &received, Some(&mut ticket)).await?;
    let publish_id = ticket.publish_id.clone();
    let status = {
        let mut world = shared.world();
        let now = world.settle();
        let status = world.close_chunk(ticket, now);
        if status == StatusCode::CREATED && plan.marks.webhook_first {
            world.verdict(&publish_id, now);
        }
        status
    };
    if plan.marks.webhook_first {
        shared.changed.notify_one();
        // If the receiver never answers, the upload still must.
        let _ = tokio::time::timeout(WEBHOOK_FIRST_WAIT, webhooks_tried(shared, &publish_id)).await;
    }
    Ok(shared.world().upload_answer(call, status))
}

/// Reads the body of a PUT that a fault refuses, so that a client busy sending sees the answer.
pub(crate) async fn drain(shared: &Shared, call: &Call, body: Incoming, plan: &Plan) -> Result<(), Broken> {
    let received = shared.world().upload_target(&call.query).map(|publish| publish.record.bytes_received.clone());
    read(body, plan, &received.unwrap_or_default(), None).await
}

async fn webhooks_tried(shared: &Shared, publish_id: &str) {
    loop {
        let attempted = shared.attempted.notified();
        tokio::pin!(attempted);
        attempted.as_mut().enable();
        if shared.world().deliveries.all_tried(publish_id) {
            return;
        }
        attempted.await;
    }
}

/// Reads the whole body at the pace and to the point the faults allow.
async fn read(
    mut body: Incoming,
    plan: &Plan,
    received: &ByteCount,
    mut ticket: Option<&mut Ticket>,
) -> Result<(), Broken> {
    let started = Instant::now();
    let mut read = 0_u64;
    loop {
        if plan.cut_in_body.is_some_and(|limit| read >= limit) {
            return Err(Broken::ByFault);
        }
        let Some(frame) = body.frame().await else { break };
        let Ok(data) = frame.map_err(|_| Broken::ByClient)?.into_data() else { continue };
        read += data.len() as u64;
        received.add(data.len() as u64);
        if let Some(ticket) = ticket.as_deref_mut() {
            ticket.hasher.update(&data);
            ticket.probe.feed(&data);
        }
        if let Some(pace) = plan.bytes_per_second {
            let due = Duration::from_millis(read.saturating_mul(1000) / pace);
            tokio::time::sleep_until(started + due).await;
        }
    }
    Ok(())
}

impl World {
    /// The publish behind an upload URL's query.
    pub(crate) fn upload_target(&self, query: &[(String, String)]) -> Option<&Publish> {
        let (id, token) = (param(query, "upload_id")?, param(query, "upload_token")?);
        let is_it =
            |publish: &&Publish| publish.upload.as_ref().is_some_and(|task| task.id == id && task.token == token);
        self.publishes.iter().rev().find(is_it)
    }

    /// Checks a PUT before its body: the task, its age, the headers, then the range against the progress.
    fn open_chunk(&self, call: &Call, now: Moment) -> Result<Ticket, StatusCode> {
        let publish = self.upload_target(&call.query).ok_or(StatusCode::NOT_FOUND)?;
        let upload = publish.upload.as_ref().ok_or(StatusCode::NOT_FOUND)?;
        check_task(publish, upload.expires_at, now)?;
        if !CONTENT_TYPES.contains(&call.content_type().as_str()) {
            return Err(StatusCode::BAD_REQUEST);
        }
        let Some(value) = call.header(header::CONTENT_RANGE) else {
            // As met in practice; TikTok's guide says 400.
            return Err(StatusCode::RANGE_NOT_SATISFIABLE);
        };
        let range = ContentRange::parse(value).ok_or(StatusCode::BAD_REQUEST)?;
        let length = call.header(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
        if length != Some(range.length()) {
            return Err(StatusCode::BAD_REQUEST);
        }
        let plan = upload.plan;
        let stored = publish.record.bytes_stored;
        let is_last = publish.record.chunks.len() as u64 + 1 == plan.total_chunk_count;
        let wanted = if is_last { plan.video_size - stored } else { plan.chunk_size };
        if range.first != stored || range.length() != wanted || range.total != plan.video_size {
            return Err(StatusCode::RANGE_NOT_SATISFIABLE);
        }
        let (hasher, probe) = (upload.hasher.clone(), publish.probe.clone());
        Ok(Ticket { publish_id: publish.record.publish_id.clone(), range, hasher, probe })
    }

    /// All bytes of a chunk are there. If a twin was faster or the task ended meanwhile, they do not count.
    fn close_chunk(&mut self, ticket: Ticket, now: Moment) -> StatusCode {
        let Some(publish) = self.publish_mut(&ticket.publish_id) else { return StatusCode::NOT_FOUND };
        let Some(expires_at) = publish.upload.as_ref().map(|upload| upload.expires_at) else {
            return StatusCode::NOT_FOUND;
        };
        if let Err(status) = check_task(publish, expires_at, now) {
            return status;
        }
        if publish.record.bytes_stored != ticket.range.first {
            return StatusCode::RANGE_NOT_SATISFIABLE;
        }
        let Some(upload) = &mut publish.upload else { return StatusCode::NOT_FOUND };
        upload.hasher = ticket.hasher;
        let (first, last) = (ticket.range.first, ticket.range.last);
        publish.probe = ticket.probe;
        publish.record.bytes_stored += ticket.range.length();
        publish.record.chunks.push(ChunkRecord { first, last, at: now });
        if publish.record.bytes_stored < upload.plan.video_size {
            return StatusCode::PARTIAL_CONTENT;
        }
        publish.record.sha256 = Some(hex::encode(upload.hasher.clone().finalize()));
        self.transferred(&ticket.publish_id, now);
        StatusCode::CREATED
    }

    /// The answer to a PUT. It carries the progress, except where there is no task.
    fn upload_answer(&mut self, call: &Call, status: StatusCode) -> Answer {
        let code = if status.is_success() { "ok" } else { status.canonical_reason().unwrap_or_default() };
        let mut answer = if status.is_success() {
            Answer::new(status, code, "application/octet-stream", Bytes::new())
        } else {
            Answer::json(status, code, &json!({"message": code}))
        };
        let now = self.settle();
        if let Ok(value) = HeaderValue::from_str(&self.ids.log_id(now)) {
            answer.headers.push((HeaderName::from_static("x-tt-logid"), value));
        }
        let Some(publish) = self.upload_target(&call.query) else { return answer };
        let (stored, plan) = (publish.record.bytes_stored, publish.record.plan);
        let shown = match self.config.progress {
            ProgressHeader::Count => stored,
            ProgressHeader::LastIndex => stored.saturating_sub(1),
        };
        let total = plan.map_or(0, |plan| plan.video_size);
        if let Ok(value) = HeaderValue::from_str(&format!("bytes 0-{shown}/{total}")) {
            answer.headers.push((header::CONTENT_RANGE, value));
        }
        answer.about(publish.record.publish_id.clone())
    }
}

/// 404 once all parts are in or the publish is over, 403 once the URL is too old.
fn check_task(publish: &Publish, expires_at: Moment, now: Moment) -> Result<(), StatusCode> {
    match publish.record.state {
        PublishState::Uploading | PublishState::Failed(_) if now >= expires_at && publish.record.sha256.is_none() => {
            Err(StatusCode::FORBIDDEN)
        }
        PublishState::Uploading => Ok(()),
        _ => Err(StatusCode::NOT_FOUND),
    }
}
