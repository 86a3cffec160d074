//! `slipway publish`: a file or media becomes a post, once, and is followed to its end.
//!
//! What is asked for is noted with its idempotency key before the API is asked. So a run that was killed before it saw
//! the answer is repeated with the same key and gets the same post.

mod request;
mod settings;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::Session;
use crate::accounts::{self, Account, Needs};
use crate::api::{Answer, new_key};
use crate::args::{How, Publish, Wanted, What};
use crate::exit::Exit;
use crate::follow;
use crate::id::PostId;
use crate::post::Post;
use crate::problem::Problem;
use crate::state::{Slot, State};
use crate::text;
use crate::upload;

/// A post that was asked for.
#[derive(Serialize, Deserialize)]
struct Note {
    idempotency_key: String,
    asked_at: Timestamp,
    /// Its id, once the answer was seen.
    post: Option<PostId>,
}

/// The API knows an idempotency key for a day; an hour of it is left for clocks that differ.
const KEY_HOLDS: SignedDuration = SignedDuration::from_hours(23);

/// Runs the command.
pub(crate) async fn run(session: &Session, publish: &Publish) -> Result<(), Problem> {
    let wanted = &publish.wanted;
    let Prepared { body, account } = prepare(session, wanted, &publish.how, Takes::WhatIsGood).await?;
    let body = body.to_string();
    let slot = State::open()?.slot("post", &[session.api.base().as_bytes(), body.as_bytes()])?;
    let id =
        create(session, wanted, body, &slot).await.map_err(|problem| problem.naming(&account.id, &account.name()))?;
    if publish.no_wait || wanted.at.is_some() || wanted.draft {
        let post = session.api.get(&format!("/v1/posts/{id}")).await?.success()?;
        session.say.event(&json!({"event": "accepted", "post": post}));
        slot.clear()?;
        let post = follow::read(&post)?;
        session.say.note(&text::sentence(&post.line(Timestamp::now())));
        results(session, &post);
        return Ok(());
    }
    // If it can't be followed to its end, the note stays: the same command goes on with this post.
    let ended = follow::to_its_end(session, &id).await?;
    // The same holds for an end that nobody knows yet.
    if !ended.how.as_ref().is_err_and(|problem| problem.exit == Exit::Unfinished) {
        slot.clear()?;
    }
    ended.how?;
    tell(session, &ended.post);
    Ok(())
}

/// What the request may be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Only of what can be published, as far as that is known before.
    WhatIsGood,
    /// Of anything: the API is to say what stands against it, all at once.
    Anything,
}

/// A post that can be asked for.
pub(crate) struct Prepared {
    /// The request.
    pub(crate) body: Json,
    /// Whose post it is to be.
    account: Account,
}

/// The request for a post: finds the account, uploads what is not there yet. Whatever can be known before a large file is
/// sent is known before.
pub(crate) async fn prepare(session: &Session, wanted: &Wanted, how: &How, takes: Takes) -> Result<Prepared, Problem> {
    if let Some(mistake) = wanted.mistake() {
        return Err(Problem::usage(mistake));
    }
    let needs = if wanted.draft_to_inbox { Needs::Drafts } else { Needs::Publish };
    let account = accounts::choose(session, wanted.account.as_deref(), needs).await?;
    if takes == Takes::WhatIsGood || wanted.privacy.is_none() {
        settings::privacy(session, &account, wanted).await?;
    }
    let mut media = Vec::new();
    for what in wanted.media() {
        media.push(match what {
            What::Media(media_id) => media_id,
            What::File(path) => {
                let uploaded = upload::upload(session, &path, how).await?;
                if takes == Takes::WhatIsGood {
                    uploaded.verdict?;
                }
                uploaded.media_id
            }
        });
    }
    Ok(Prepared { body: request::body(wanted, &account, &media), account })
}

/// Asks for the post, once, however often the command is run until it has seen the answer.
async fn create(session: &Session, wanted: &Wanted, body: String, slot: &Slot) -> Result<PostId, Problem> {
    let now = Timestamp::now();
    let note = match slot.load::<Note>() {
        Some(Note { post: Some(id), .. }) => {
            session.say.note(&format!("An earlier run has made this post already: {id}"));
            return Ok(id);
        }
        Some(note) if now.duration_since(note.asked_at) < KEY_HOLDS => {
            session
                .say
                .note("An earlier run asked for this post and did not see the answer; asking again for the same.");
            note
        }
        Some(note) if !wanted.again => {
            let ago = text::from_now(note.asked_at, now);
            let message =
                format!("an earlier run asked for this post {ago} and never saw the answer; it may be on TikTok");
            let next = "look at the account on TikTok; if it is not there, add --again";
            return Err(Problem::new(Exit::Unfinished, message).with_next_step(next));
        }
        Some(_) | None => {
            let note = Note { idempotency_key: new_key(), asked_at: now, post: None };
            slot.save(&note)?;
            note
        }
    };
    session
        .say
        .if_interrupted("Whether the post was made is not known. Run the same command again: it does not post twice.");
    let made = session.api.post_once("/v1/posts", body, &note.idempotency_key).await.and_then(Answer::read::<Post>);
    let post = match made {
        Ok(post) => post,
        Err(problem) if problem.exit == Exit::Refused => {
            // Nothing was made: a refused request leaves no trace.
            slot.clear()?;
            let is_repeat = problem.code.as_deref() == Some("resource.conflict");
            let next = "see what became of that post with slipway status; --again posts the same once more";
            return Err(if is_repeat { problem.with_next_step(next) } else { problem });
        }
        Err(problem) => return Err(problem.with_next_step("run the same command again; it does not post twice")),
    };
    slot.save(&Note { post: Some(post.id.clone()), ..note })?;
    session.say.note(&format!("Created {}", post.id));
    for warning in &post.warnings {
        session.say.note(&format!("warning: {warning}"));
    }
    session.say.event(&json!({"event": "created", "post_id": post.id}));
    Ok(post.id)
}

/// Tells what became of it: the id, and the links that there are.
fn tell(session: &Session, post: &Post) {
    session.say.done(&text::sentence(&post.line(Timestamp::now())));
    results(session, post);
}

fn results(session: &Session, post: &Post) {
    session.say.result(&post.id.to_string());
    for link in post.links() {
        session.say.result(link);
    }
}
