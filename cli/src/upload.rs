//! `slipway upload`: a file goes to S3, and the API says what TikTok would say of it.
//!
//! A large file goes in parts. What is noted before the first part is sent is only which upload the file belongs to;
//! what has arrived is asked of the API, which asks S3. So a note is never wrong, whenever the program was killed.

mod progress;
mod send;
mod source;
mod ticket;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use self::progress::Progress;
use self::send::{Sender, Unsent};
use self::source::{Source, Version};
use self::ticket::{Plan, Ticket};
use crate::Session;
use crate::args::{How, Upload};
use crate::media::{Media, MediaId};
use crate::problem::Problem;
use crate::state::Slot;
use crate::text;

/// What is noted about a file.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    media_id: MediaId,
    /// The file as it was; one that has changed since is another file.
    version: Version,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// Some parts may be there.
    Sending,
    /// All of it is there and can be published.
    Ready,
}

/// What was done with an earlier upload of the same file.
enum Earlier {
    /// There is none to go on with.
    None,
    /// All of it is there.
    Whole(MediaId, Json),
    /// Some of it is there.
    Part(MediaId, Plan),
}

/// An upload of one file.
struct Uploading<'a> {
    session: &'a Session,
    source: &'a Source,
    slot: &'a Slot,
    how: &'a How,
}

/// Runs the command.
pub(crate) async fn run(session: &Session, wanted: &Upload) -> Result<(), Problem> {
    let (media_id, media) = upload(session, &wanted.file, &wanted.how).await?;
    session.say.event(&json!({"event": "uploaded", "media_id": media_id, "media": media}));
    session.say.result(&media_id.to_string());
    Ok(())
}

/// Uploads a file, or what is missing of it; answers the media once it can be published.
pub(crate) async fn upload(session: &Session, path: &std::path::Path, how: &How) -> Result<(MediaId, Json), Problem> {
    let source = Source::open(path)?;
    let about = [session.api.base().as_bytes(), source.path().as_os_str().as_encoded_bytes()];
    let slot = session.state.slot("upload", &about)?;
    let uploading = Uploading { session, source: &source, slot: &slot, how };
    uploading.run().await
}

impl Uploading<'_> {
    async fn run(&self) -> Result<(MediaId, Json), Problem> {
        let mut earlier = self.earlier().await?;
        loop {
            let (media_id, media) = match earlier {
                Earlier::Whole(media_id, media) => (media_id, media),
                Earlier::Part(media_id, plan) => match self.send(&media_id, &plan).await {
                    Ok(()) => self.complete(media_id).await?,
                    Err(Unsent::Problem(problem)) => return Err(problem),
                    // Ended by somebody else: it may be whole.
                    Err(Unsent::Gone) => {
                        earlier = self.going_on(media_id).await?;
                        continue;
                    }
                },
                Earlier::None => match self.anew().await? {
                    Earlier::None => return Err(Problem::failure("the upload has ended before the file was sent")),
                    begun => {
                        earlier = begun;
                        continue;
                    }
                },
            };
            return self.judged(media_id, media);
        }
    }

    /// What is there of the file from an earlier run.
    async fn earlier(&self) -> Result<Earlier, Problem> {
        let Some(note) = self.slot.load::<Note>() else { return Ok(Earlier::None) };
        let changed = note.version != self.source.version;
        if changed || self.how.no_resume {
            if changed {
                self.session.say.note("The file has changed since it was last sent; starting anew.");
            }
            if note.stage == Stage::Sending {
                self.abort(&note.media_id).await;
            }
            self.slot.clear()?;
            return Ok(Earlier::None);
        }
        let found = match note.stage {
            Stage::Sending => self.going_on(note.media_id).await?,
            Stage::Ready => self.whole(note.media_id).await?,
        };
        if let Earlier::None = found {
            self.slot.clear()?;
        }
        Ok(found)
    }

    /// Asks how far an upload is.
    async fn going_on(&self, media_id: MediaId) -> Result<Earlier, Problem> {
        let answer = self.session.api.get(&format!("/v1/media/{media_id}/upload")).await?;
        match answer.status {
            404 => Ok(Earlier::None),
            // There is no upload in progress: it was completed, by a run that did not live to see it.
            409 => self.whole(media_id).await,
            _ => {
                let plan = answer.read::<ticket::Progress>()?.plan(self.source.version.size_bytes)?;
                Ok(Earlier::Part(media_id, plan))
            }
        }
    }

    /// Looks whether the file is there as a whole.
    async fn whole(&self, media_id: MediaId) -> Result<Earlier, Problem> {
        let answer = self.session.api.post(&format!("/v1/media/{media_id}/verify"), None).await?;
        match answer.status {
            404 | 409 => Ok(Earlier::None),
            _ => {
                self.session.say.note(&format!("{} is there already.", text::cut(&self.source.name(), 60)));
                Ok(Earlier::Whole(media_id, answer.success()?))
            }
        }
    }

    /// Begins a new upload. A file that goes in one piece is sent here and now.
    async fn anew(&self) -> Result<Earlier, Problem> {
        let Source { version, .. } = self.source;
        let mut ticket = self.ticket().await?;
        let name = text::cut(&self.source.name(), 60);
        let size = text::bytes(version.size_bytes);
        self.session.say.note(&format!("Uploading {name}, {size}, as {}", ticket.media_id));
        self.session.say.event(&json!({
            "event": "uploading", "media_id": ticket.media_id, "total_bytes": version.size_bytes, "uploaded_bytes": 0,
        }));
        let Some(plan) = ticket.plan(version.size_bytes)? else {
            self.session.say.if_interrupted("Nothing is kept of the upload; run the same command again.");
            self.one_piece(&ticket).await?;
            let media = self.verify(&ticket.media_id).await?;
            return Ok(Earlier::Whole(ticket.media_id, media));
        };
        self.note(&ticket.media_id, Stage::Sending)?;
        Ok(Earlier::Part(ticket.media_id, plan))
    }

    async fn ticket(&self) -> Result<Ticket, Problem> {
        let wanted = json!({
            "filename": text::cut(&self.source.name(), 255),
            "content_type": self.source.content_type(),
            "size_bytes": self.source.version.size_bytes,
        });
        let ticket: Ticket = self.session.api.post("/v1/media/upload-url", Some(&wanted)).await?.read()?;
        for warning in &ticket.warnings {
            self.session.say.note(&format!("warning: {warning}"));
        }
        Ok(ticket)
    }

    async fn one_piece(&self, ticket: &Ticket) -> Result<(), Problem> {
        let mut headers = HeaderMap::new();
        for (name, value) in &ticket.headers {
            let pair = name.parse::<HeaderName>().ok().zip(HeaderValue::from_str(value).ok());
            let (name, value) = pair.ok_or_else(|| Problem::failure("the API asks for a header that can't be sent"))?;
            // The HTTP client counts by itself.
            if name != reqwest::header::CONTENT_LENGTH && name != reqwest::header::HOST {
                headers.insert(name, value);
            }
        }
        let progress = Progress::new(&self.session.say, self.source.version.size_bytes, 0);
        let sender = self.sender(&progress);
        sender.whole(&ticket.upload_url, &headers).await?;
        self.source.unchanged()
    }

    fn sender<'a>(&'a self, progress: &'a Progress) -> Sender<'a> {
        Sender { http: self.session.api.http(), say: &self.session.say, source: self.source, progress }
    }

    /// Sends what is missing.
    async fn send(&self, media_id: &MediaId, plan: &Plan) -> Result<(), Unsent> {
        let (total, there) = (self.source.version.size_bytes, plan.there());
        if there > 0 {
            let (there, total) = (text::bytes(there), text::bytes(total));
            self.session.say.note(&format!("Resuming: {there} of {total} are there"));
            self.session.say.event(&json!({
                "event": "resuming", "media_id": media_id, "total_bytes": self.source.version.size_bytes,
                "uploaded_bytes": plan.there(),
            }));
        }
        self.session.say.if_interrupted("Run the same command again within two days: it goes on where it stopped.");
        let progress = Progress::new(&self.session.say, total, there);
        let renew = async || match self.going_on(media_id.clone()).await {
            Ok(Earlier::Part(_, plan)) => Ok(plan),
            Ok(Earlier::None | Earlier::Whole(..)) => Err(Unsent::Gone),
            Err(problem) => Err(Unsent::Problem(problem)),
        };
        self.sender(&progress).parts(plan, self.how.parallel, renew).await.map_err(|unsent| match unsent {
            Unsent::Problem(problem) => Unsent::Problem(problem.with_next_step("the same command again goes on")),
            Unsent::Gone => Unsent::Gone,
        })
    }

    /// Puts the parts together.
    async fn complete(&self, media_id: MediaId) -> Result<(MediaId, Json), Problem> {
        if let Err(changed) = self.source.unchanged() {
            self.abort(&media_id).await;
            self.slot.clear()?;
            return Err(changed);
        }
        let answer = self.session.api.post(&format!("/v1/media/{media_id}/complete"), None).await?;
        let media = answer.success()?;
        let media = if media["status"] == "pending" { self.verify(&media_id).await? } else { media };
        Ok((media_id, media))
    }

    async fn verify(&self, media_id: &MediaId) -> Result<Json, Problem> {
        self.session.api.post(&format!("/v1/media/{media_id}/verify"), None).await?.success()
    }

    /// Tells what TikTok would say, and notes what can be published.
    fn judged(&self, media_id: MediaId, media: Json) -> Result<(MediaId, Json), Problem> {
        let judged: Media = serde_json::from_value(media.clone()).map_err(|error| {
            Problem::failure(format!("the API describes the media in a way that makes no sense: {error}"))
        })?;
        if let Err(problem) = judged.verdict() {
            self.session.say.event(&json!({"event": "rejected", "media_id": media_id, "media": media}));
            // A file that is refused is not to be refused from memory.
            self.slot.clear()?;
            return Err(problem);
        }
        self.note(&media_id, Stage::Ready)?;
        let summary = judged.summary();
        let summary = if summary.is_empty() { String::new() } else { format!(": {summary}") };
        self.session.say.done(&format!("Ready to publish{summary}"));
        Ok((media_id, media))
    }

    fn note(&self, media_id: &MediaId, stage: Stage) -> Result<(), Problem> {
        self.slot.save(&Note { media_id: media_id.clone(), version: self.source.version, stage })
    }

    /// Tells the API that an upload is over. If it can't be told, the upload expires by itself.
    async fn abort(&self, media_id: &MediaId) {
        let aborted = self.session.api.post(&format!("/v1/media/{media_id}/abort"), None).await;
        if let Err(problem) = aborted {
            self.session
                .say
                .detail(&format!("the earlier upload was not ended, it ends by itself: {}", problem.message));
        }
    }
}
