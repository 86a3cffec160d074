//! `slipway upload`: a file goes to S3, and the API says what TikTok would say of it.
//!
//! A large file goes in parts. What is noted before the first part is sent is only which upload the file belongs to;
//! what has arrived is asked of the API, which asks S3. So a note is never wrong, whenever the program was killed.

mod progress;
mod send;
mod source;
mod ticket;

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use self::progress::Progress;
use self::send::{Sender, Unsent};
use self::source::{Source, Version};
use self::ticket::{Plan, Ticket};
use crate::Session;
use crate::api::backoff;
use crate::args::{How, Upload};
use crate::exit::Exit;
use crate::id::MediaId;
use crate::live::Line;
use crate::media::Media;
use crate::problem::Problem;
use crate::state::{Slot, State};
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

/// What is there of a file.
enum Found {
    /// No upload to go on with.
    Nothing,
    /// Some parts, or none yet.
    Parts(MediaId, Plan),
    /// All of it, and what the API says of it.
    Whole(MediaId, Json),
}

/// An upload that was ended by somebody else is begun again, but not for ever.
const ROUNDS: u32 = 5;

/// How often we ask again where another request is at work on the same upload, and the longest pause between.
const PATIENT: u32 = 5;
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// An upload of one file.
struct Uploading<'a> {
    session: &'a Session,
    source: &'a Source,
    slot: &'a Slot,
    how: &'a How,
}

/// Runs the command.
pub(crate) async fn run(session: &Session, wanted: &Upload) -> Result<(), Problem> {
    let Uploaded { media_id, media, verdict } = upload(session, &wanted.file, &wanted.how).await?;
    verdict?;
    session.say.event(&json!({"event": "uploaded", "media_id": media_id, "media": media}));
    session.say.result(&media_id.to_string());
    Ok(())
}

/// A file that is there as a whole.
pub(crate) struct Uploaded {
    /// Its id.
    pub(crate) media_id: MediaId,
    /// The media, as the API shows it.
    media: Json,
    /// Nothing if it can be published; otherwise every reason.
    pub(crate) verdict: Result<(), Problem>,
}

/// Uploads a file, or what is missing of it; answers once it is known what TikTok would say.
pub(crate) async fn upload(session: &Session, path: &std::path::Path, how: &How) -> Result<Uploaded, Problem> {
    let source = Source::open(path)?;
    let about = [session.api.base().as_bytes(), source.path().as_os_str().as_encoded_bytes()];
    let slot = State::open()?.slot("upload", &about)?;
    let uploading = Uploading { session, source: &source, slot: &slot, how };
    uploading.run().await
}

/// Whether another request is at work on this media, after which the same may be asked again.
fn is_busy(refusal: &Json, media_id: &MediaId) -> bool {
    let meta = &refusal["error"]["meta"];
    let id = media_id.to_string();
    meta["retryable"] == true && meta["next_step"].as_str().is_some_and(|next| next.split('/').any(|part| part == id))
}

impl Uploading<'_> {
    async fn run(&self) -> Result<Uploaded, Problem> {
        let mut found = self.earlier().await?;
        for round in 0..ROUNDS {
            if round > 2 {
                // Whoever is in the way gets time to be done.
                tokio::time::sleep(backoff(round - 2, LONGEST_PAUSE)).await;
            }
            found = match found {
                Found::Whole(media_id, media) => return self.verified(media_id, media),
                Found::Parts(media_id, plan) => self.go_on(media_id, &plan).await?,
                Found::Nothing => self.restart().await?,
            };
        }
        Err(Problem::failure("the upload is ended or overwritten again and again by somebody else"))
    }

    /// What is there of the file from an earlier run.
    async fn earlier(&self) -> Result<Found, Problem> {
        let Some(note) = self.slot.load::<Note>() else { return Ok(Found::Nothing) };
        let changed = note.version != self.source.version;
        if changed || self.how.no_resume {
            if changed {
                self.session.say.note("The file has changed since it was last sent; starting again.");
            }
            if note.stage == Stage::Sending {
                self.abort(&note.media_id).await;
            }
            self.slot.clear()?;
            return Ok(Found::Nothing);
        }
        let found = match note.stage {
            Stage::Sending => self.going_on(note.media_id).await?,
            Stage::Ready => self.whole(note.media_id).await?,
        };
        match &found {
            Found::Nothing => self.slot.clear()?,
            Found::Parts(..) => {}
            Found::Whole(media_id, _) => {
                self.session.say.note(&format!("{} is there already, as {media_id}", self.name()));
            }
        }
        Ok(found)
    }

    /// Asks how far an upload is.
    async fn going_on(&self, media_id: MediaId) -> Result<Found, Problem> {
        let answer = self.session.api.get(&format!("/v1/media/{media_id}/upload")).await?;
        match answer.status {
            404 => Ok(Found::Nothing),
            // There is no upload in progress: it was completed, by a run that did not live to see it.
            409 => self.whole(media_id).await,
            _ => {
                let plan = answer.read::<ticket::Progress>()?.plan(self.source.version.size_bytes)?;
                Ok(Found::Parts(media_id, plan))
            }
        }
    }

    /// Asks whether the file is there as a whole. If its parts are, they are put together.
    async fn whole(&self, media_id: MediaId) -> Result<Found, Problem> {
        let path = format!("/v1/media/{media_id}/complete");
        let mut attempt = 1;
        loop {
            let answer = self.session.api.post(&path, None).await?;
            match answer.status {
                // An earlier run's request is still at work on it: what is there must not be sent again for that.
                409 if is_busy(&answer.body, &media_id) && attempt < PATIENT => {
                    tokio::time::sleep(backoff(attempt, LONGEST_PAUSE)).await;
                    attempt += 1;
                }
                404 | 409 => return Ok(Found::Nothing),
                _ => return Ok(Found::Whole(media_id, answer.success()?)),
            }
        }
    }

    /// Begins a new upload. A file that goes in one piece is sent here and now.
    async fn restart(&self) -> Result<Found, Problem> {
        let Source { version, .. } = self.source;
        let mut ticket = self.ticket().await?;
        let size = text::bytes(version.size_bytes);
        self.session.say.note(&format!("Uploading {}, {size}, as {}", self.name(), ticket.media_id));
        self.session.say.event(&json!({
            "event": "uploading", "media_id": ticket.media_id, "total_bytes": version.size_bytes, "uploaded_bytes": 0,
        }));
        let Some(plan) = ticket.plan(version.size_bytes)? else {
            self.session.say.if_interrupted("Nothing is kept of the upload; run the same command again.");
            self.one_piece(&ticket).await?;
            let media = self.verify(&ticket.media_id).await?;
            return Ok(Found::Whole(ticket.media_id, media));
        };
        self.note(&ticket.media_id, Stage::Sending)?;
        Ok(Found::Parts(ticket.media_id, plan))
    }

    async fn ticket(&self) -> Result<Ticket, Problem> {
        let wanted = json!({
            "filename": text::cut(&text::line(&self.source.name()), 255),
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
        self.session.say.if_interrupted(if self.how.no_resume {
            "Run it again without --no-resume within two days: it goes on where it stopped."
        } else {
            "Run the same command again within two days: it goes on where it stopped."
        });
        let progress = Progress::new(&self.session.say, total, there);
        let renew = async || match self.going_on(media_id.clone()).await {
            Ok(Found::Parts(_, plan)) => Ok(plan),
            Ok(Found::Nothing | Found::Whole(..)) => Err(Unsent::Gone),
            Err(problem) => Err(Unsent::Problem(problem)),
        };
        self.sender(&progress).parts(plan, self.how.parallel, renew).await
    }

    /// Sends what is missing and has the parts put together.
    async fn go_on(&self, media_id: MediaId, plan: &Plan) -> Result<Found, Problem> {
        match self.send(&media_id, plan).await {
            Ok(()) => {}
            Err(Unsent::Gone) => return self.going_on(media_id).await,
            Err(Unsent::Problem(problem)) => {
                return Err(problem.with_next_step(if self.how.no_resume {
                    "run it again without --no-resume; it goes on where it stopped"
                } else {
                    "run the same command again; it goes on where it stopped"
                }));
            }
        }
        if let Err(changed) = self.source.unchanged() {
            self.abort(&media_id).await;
            self.slot.clear()?;
            return Err(changed);
        }
        let answer = {
            let mut line = Line::new(&self.session.say);
            line.show("Putting the parts together and checking the video");
            self.session.api.post(&format!("/v1/media/{media_id}/complete"), None).await?
        };
        match answer.status {
            // A part is missing after all, or there is nothing any more: look which.
            404 | 409 => self.going_on(media_id).await,
            _ => Ok(Found::Whole(media_id, answer.success()?)),
        }
    }

    async fn verify(&self, media_id: &MediaId) -> Result<Json, Problem> {
        self.session.api.post(&format!("/v1/media/{media_id}/verify"), None).await?.success()
    }

    /// Tells what TikTok would say, and notes what can be published.
    fn verified(&self, media_id: MediaId, media: Json) -> Result<Uploaded, Problem> {
        let verified: Media = serde_json::from_value(media.clone()).map_err(|error| {
            Problem::failure(format!("the API describes the media in a way that makes no sense: {error}"))
        })?;
        if let Err(problem) = verified.verdict() {
            self.session.say.event(&json!({"event": "rejected", "media_id": media_id, "media": media}));
            // A file that is refused is not to be refused from memory.
            self.slot.clear()?;
            return if problem.exit == Exit::Refused {
                Ok(Uploaded { media_id, media, verdict: Err(problem) })
            } else {
                Err(problem)
            };
        }
        self.note(&media_id, Stage::Ready)?;
        let summary = verified.summary();
        let summary = if summary.is_empty() { String::new() } else { format!(": {summary}") };
        self.session.say.done(&format!("Ready to publish{summary}"));
        Ok(Uploaded { media_id, media, verdict: Ok(()) })
    }

    /// The file's name, for people.
    fn name(&self) -> String {
        text::cut(&self.source.name(), 60)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_media_that_another_request_is_at_work_on_is_waited_for() {
        for (retryable, next_step, busy) in [
            (true, "POST /v1/media/med_1/verify", true),
            (true, "POST /v1/media/med_1/complete", true),
            (false, "POST /v1/media/med_1/complete", false),
            (true, "POST /v1/media/med_11/complete", false),
            (true, "POST /v1/media/upload-url", false),
            (false, "POST /v1/media/upload-url", false),
        ] {
            let refusal = json!({"error": {"meta": {"retryable": retryable, "next_step": next_step}}});
            assert_eq!(is_busy(&refusal, &"med_1".parse().unwrap()), busy, "{retryable} {next_step}");
        }
        assert!(!is_busy(&Json::Null, &"med_1".parse().unwrap()));
    }
}
