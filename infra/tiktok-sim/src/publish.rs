//! A publish's life: transfer, processing, verdict, post, moderation; or the inbox; or failure.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::clock::Moment;
use crate::kept;
use crate::ledger::{ByteCount, ChunkPlan, FailReason, Medium, Mode, PublishRecord, PublishState, Source};
use crate::media::Probe;
use crate::user::Privacy;
use crate::world::{Event, Job, World};

/// Life of an upload URL.
const UPLOAD_URL_LIFETIME: Duration = Duration::from_hours(1);
/// TikTok gives up a download after one hour.
const PULL_TIME_LIMIT: Duration = Duration::from_hours(1);
/// Longest draft that can be sent, in seconds.
const MAX_DRAFT_SECONDS: u32 = 600;

/// A publish with what only the simulator needs to know of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Publish {
    pub record: PublishRecord,
    pub upload: Option<Upload>,
    pub urls: Vec<String>,
    pub probe: Probe,
    /// A verdict that a fault ordered.
    pub forced: Option<FailReason>,
    pub is_aigc: bool,
}

/// The upload task behind an upload URL.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub id: String,
    pub token: String,
    pub plan: ChunkPlan,
    pub expires_at: Moment,
    /// The hash at the last chunk boundary; a PUT works on a copy.
    #[serde(with = "kept::hasher")]
    pub hasher: Sha256,
}

/// What an accepted init asks for.
#[derive(Debug)]
pub(crate) struct NewPublish {
    pub open_id: String,
    pub mode: Mode,
    pub medium: Medium,
    pub request: Value,
    pub post_info: Value,
    pub privacy: Option<Privacy>,
    pub is_aigc: bool,
    pub transfer: Transfer,
}

/// How the media comes.
#[derive(Debug)]
pub(crate) enum Transfer {
    Upload(ChunkPlan),
    Pull(Vec<String>),
}

/// What happens to a publish outside the API, by the user's or TikTok's hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PublishCommand {
    /// TikTok gives the verdict FAILED now.
    Fail {
        /// The reason.
        reason: FailReason,
    },
    /// A stuck publish goes on and gets its verdict now.
    Unstick,
    /// The creator opens the inbox notification and posts the draft; may happen several times.
    PostDraft {
        /// Who may see the post.
        privacy_level: Privacy,
    },
    /// The posts become public, as the creator changed their visibility.
    MakePublic,
    /// The posts stop being public.
    MakePrivate,
    /// The upload URL expires now.
    ExpireUpload,
}

impl World {
    /// Creates the publish of an accepted init and returns its id and, for uploads, the URL.
    pub(crate) fn accept(&mut self, new: NewPublish, now: Moment) -> (String, Option<String>) {
        let (source, prefix) = match (&new.transfer, new.medium, new.mode) {
            (_, Medium::Photo, _) => (Source::PullFromUrl, "p_pub_url~"),
            (Transfer::Upload(_), _, Mode::Direct) => (Source::FileUpload, "v_pub_file~"),
            (Transfer::Upload(_), _, Mode::Inbox) => (Source::FileUpload, "v_inbox_file~"),
            (Transfer::Pull(_), _, Mode::Direct) => (Source::PullFromUrl, "v_pub_url~"),
            (Transfer::Pull(_), _, Mode::Inbox) => (Source::PullFromUrl, "v_inbox_url~"),
        };
        let publish_id = self.ids.publish_id(prefix);
        let (upload, urls, plan, lifetime) = match new.transfer {
            Transfer::Upload(plan) => {
                let expires_at = now.plus(UPLOAD_URL_LIFETIME);
                let (id, token) = (self.ids.post_id().to_string(), self.ids.text(48));
                let upload = Upload { id, token, plan, expires_at, hasher: Sha256::default() };
                (Some(upload), Vec::new(), Some(plan), UPLOAD_URL_LIFETIME)
            }
            Transfer::Pull(urls) => (None, urls, None, PULL_TIME_LIMIT),
        };
        let upload_url = upload
            .as_ref()
            .map(|upload| format!("{}/video/?upload_id={}&upload_token={}", self.base, upload.id, upload.token));
        let record = PublishRecord {
            publish_id: publish_id.clone(),
            open_id: new.open_id,
            mode: new.mode,
            medium: new.medium,
            source,
            request: new.request,
            post_info: new.post_info,
            privacy_level: new.privacy,
            plan,
            chunks: Vec::new(),
            bytes_stored: 0,
            bytes_received: ByteCount::default(),
            sha256: None,
            photos: Vec::new(),
            duration_ms: None,
            picture: None,
            state: if upload.is_some() { PublishState::Uploading } else { PublishState::Downloading },
            stuck: false,
            post_ids: Vec::new(),
            public_post_ids: Vec::new(),
            published_count: 0,
            created_at: now,
            transferred_at: None,
            published_at: None,
        };
        if upload.is_none() {
            self.outbox.push(Job::Pull { publish_id: publish_id.clone() });
        }
        let publish = Publish { record, upload, urls, probe: Probe::default(), forced: None, is_aigc: new.is_aigc };
        self.publishes.push(publish);
        self.at(now.plus(lifetime), Event::TransferDeadline { publish_id: publish_id.clone() });
        (publish_id, upload_url)
    }

    /// The media is complete: processing starts.
    pub(crate) fn transferred(&mut self, publish_id: &str, now: Moment) {
        let delay = self.config.processing_delay;
        let Some(publish) = self.publish_mut(publish_id) else { return };
        publish.record.state = PublishState::Processing;
        publish.record.transferred_at = Some(now);
        publish.record.duration_ms = publish.probe.duration_ms();
        publish.record.picture = publish.probe.picture();
        self.at(now.plus(delay), Event::Verdict { publish_id: publish_id.to_owned() });
    }

    /// Processing is over.
    pub(crate) fn verdict(&mut self, publish_id: &str, now: Moment) {
        let check = self.config.media_check;
        let Some(publish) = self.publish(publish_id) else { return };
        if publish.record.stuck || publish.record.state != PublishState::Processing {
            return;
        }
        let (open_id, mode) = (publish.record.open_id.clone(), publish.record.mode);
        let user = self.user(&open_id);
        let max_seconds = match (mode, user) {
            (Mode::Direct, Some(user)) => user.max_video_post_duration_sec,
            _ => MAX_DRAFT_SECONDS,
        };
        let media = match publish.record.medium {
            Medium::Video => publish.probe.verdict(check, max_seconds),
            Medium::Photo => None,
        };
        let removed = !self.grants.iter().any(|grant| grant.open_id == open_id && !grant.revoked);
        let banned = user.is_some_and(|user| user.banned);
        let reason = publish.forced.or(removed.then_some(FailReason::AuthRemoved));
        let reason = reason.or(media).or(banned.then_some(FailReason::Banned));
        match (reason, mode) {
            (Some(reason), _) => self.fail(publish_id, reason, now),
            (None, Mode::Direct) => {
                let privacy = publish.record.privacy_level.unwrap_or(Privacy::SelfOnly);
                self.post(publish_id, privacy, now);
            }
            (None, Mode::Inbox) => {
                if let Some(publish) = self.publish_mut(publish_id) {
                    publish.record.state = PublishState::Inbox;
                }
                self.tell(publish_id, "post.publish.inbox_delivered", json!({}), now);
            }
        }
    }

    /// The publish ends without a post, unless it has ended already.
    pub(crate) fn fail(&mut self, publish_id: &str, reason: FailReason, now: Moment) {
        let Some(publish) = self.publish_mut(publish_id) else { return };
        if matches!(publish.record.state, PublishState::Complete | PublishState::Failed(_)) {
            return;
        }
        publish.record.state = PublishState::Failed(reason);
        self.tell(publish_id, "post.publish.failed", json!({"reason": reason.name()}), now);
    }

    /// Makes a post of the publish. Public ones go on to moderation.
    fn post(&mut self, publish_id: &str, privacy: Privacy, now: Moment) {
        let post_id = self.ids.post_id();
        let moderated_at = now.plus(self.config.processing_delay);
        let Some(publish) = self.publish_mut(publish_id) else { return };
        publish.record.state = PublishState::Complete;
        publish.record.published_count += 1;
        publish.record.post_ids.push(post_id);
        publish.record.published_at.get_or_insert(now);
        self.tell(publish_id, "post.publish.complete", json!({}), now);
        if privacy == Privacy::PublicToEveryone {
            self.at(moderated_at, Event::Moderated { publish_id: publish_id.to_owned(), post_id });
        }
    }

    /// A post became publicly visible.
    pub(crate) fn moderated(&mut self, publish_id: &str, post_id: u64, now: Moment) {
        let Some(publish) = self.publish_mut(publish_id) else { return };
        if !publish.record.public_post_ids.contains(&post_id) {
            publish.record.public_post_ids.push(post_id);
            let content = json!({"post_id": json!(post_id)});
            self.tell(publish_id, "post.publish.publicly_available", content, now);
        }
    }

    /// The hour is over: an unfinished upload lapses, an unfinished download has failed.
    pub(crate) fn transfer_deadline(&mut self, publish_id: &str, now: Moment) {
        let Some(publish) = self.publish(publish_id) else { return };
        let reason = match (publish.record.state, publish.record.medium) {
            (PublishState::Uploading, _) => FailReason::Internal,
            (PublishState::Downloading, Medium::Video) => FailReason::VideoPull,
            (PublishState::Downloading, Medium::Photo) => FailReason::PhotoPull,
            _ => return,
        };
        self.fail(publish_id, reason, now);
    }

    /// Carries out a command; `false` if the publish does not exist or is not in a state for it.
    pub(crate) fn command(&mut self, publish_id: &str, command: PublishCommand, now: Moment) -> bool {
        let Some(publish) = self.publish_mut(publish_id) else { return false };
        let record = &mut publish.record;
        let running = !matches!(record.state, PublishState::Complete | PublishState::Failed(_));
        match command {
            PublishCommand::Fail { reason } if running => self.fail(publish_id, reason, now),
            PublishCommand::Unstick if record.stuck => {
                record.stuck = false;
                self.verdict(publish_id, now);
            }
            PublishCommand::PostDraft { privacy_level }
                if record.mode == Mode::Inbox
                    && matches!(record.state, PublishState::Inbox | PublishState::Complete) =>
            {
                self.post(publish_id, privacy_level, now);
            }
            PublishCommand::MakePublic if record.published_count > 0 => {
                for post_id in record.post_ids.clone() {
                    self.moderated(publish_id, post_id, now);
                }
            }
            PublishCommand::MakePrivate if !record.public_post_ids.is_empty() => {
                for post_id in std::mem::take(&mut record.public_post_ids) {
                    let content = json!({"post_id": json!(post_id)});
                    self.tell(publish_id, "post.publish.no_longer_publicaly_available", content, now);
                }
            }
            PublishCommand::ExpireUpload if record.state == PublishState::Uploading => {
                if let Some(upload) = &mut publish.upload {
                    upload.expires_at = now;
                }
                self.transfer_deadline(publish_id, now);
            }
            _ => return false,
        }
        true
    }

    /// Sends a posting event about a publish.
    fn tell(&mut self, publish_id: &str, event: &str, mut content: Value, now: Moment) {
        let Some(publish) = self.publish(publish_id) else { return };
        let publish_type = match publish.record.mode {
            // Not documented.
            Mode::Direct => "DIRECT_PUBLISH",
            Mode::Inbox => "INBOX_SHARE",
        };
        let open_id = publish.record.open_id.clone();
        content["publish_id"] = json!(publish_id);
        content["publish_type"] = json!(publish_type);
        self.emit(event, &open_id, Some(publish_id), &content, now);
    }
}
