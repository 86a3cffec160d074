//! `slipway publish`: a file or media becomes a post, once, and is followed to its end.
//!
//! What is asked for is noted with its idempotency key before the API is asked. So a run that was killed before it saw
//! the answer is repeated with the same key and gets the same post.

mod settings;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::Session;
use crate::accounts::{self, Account, Needs};
use crate::api::Answer;
use crate::args::{Publish, What};
use crate::exit::Exit;
use crate::follow;
use crate::media::MediaId;
use crate::post::{Post, PostId};
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
pub(crate) async fn run(session: &Session, wanted: &Publish) -> Result<(), Problem> {
    // Everything that can be known before a large file is sent.
    let needs = if wanted.draft_to_inbox { Needs::Drafts } else { Needs::Publish };
    let account = accounts::choose(session, wanted.account.as_deref(), needs).await?;
    settings::privacy(session, &account, wanted).await?;
    let media_id = match What::read(&wanted.what) {
        What::Media(media_id) => media_id,
        What::File(path) => upload::upload(session, &path, &wanted.how).await?.0,
    };

    let body = body(wanted, &account, &media_id).to_string();
    let slot = State::open()?.slot("post", &[session.api.base().as_bytes(), body.as_bytes()])?;
    let id = create(session, wanted, body, &slot).await?;
    if wanted.no_wait || wanted.at.is_some() {
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

/// Asks for the post, once, however often the command is run until it has seen the answer.
async fn create(session: &Session, wanted: &Publish, body: String, slot: &Slot) -> Result<PostId, Problem> {
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
            let key = format!("cli-{}", uuid::Uuid::now_v7().simple());
            let note = Note { idempotency_key: key, asked_at: now, post: None };
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

/// The request, in the API's newer dialect. The same wishes give the same text.
fn body(wanted: &Publish, account: &Account, media_id: &MediaId) -> Json {
    let mut tiktok = json!({
        "post_mode": if wanted.draft_to_inbox { "inbox" } else { "direct" },
        "brand_content_toggle": wanted.branded,
        "brand_organic_toggle": wanted.own_brand,
        "is_aigc": wanted.ai_generated,
        "disable_comment": !wanted.allow_comments,
        "disable_duet": !wanted.allow_duets,
        "disable_stitch": !wanted.allow_stitches,
    });
    if let Some(privacy) = wanted.privacy {
        tiktok["privacy_level"] = json!(privacy.level());
    }
    let mut body = json!({
        "text": wanted.caption,
        "media_ids": [media_id],
        "targets": [{"account_id": account.id}],
        "platform_data": {"tiktok": tiktok},
    });
    match wanted.at {
        Some(at) => body["scheduled_at"] = json!(at),
        None => body["publish_now"] = json!(true),
    }
    if wanted.again {
        body["skip_duplicate_check"] = json!(true);
    }
    body
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Args, Command};

    fn body_of(flags: &str) -> Json {
        let line = ["slipway", "publish", "med_1", "--caption", "Hi"].into_iter().chain(flags.split_whitespace());
        let Command::Publish(wanted) = Args::parse_from(line).command else { panic!("not publish") };
        let account = json!({"id": "acc_1", "username": "anna", "status": "active"});
        body(&wanted, &serde_json::from_value(account).unwrap(), &"med_1".parse().unwrap())
    }

    #[test]
    fn what_is_not_asked_for_is_off() {
        assert_eq!(
            body_of("--privacy private"),
            json!({
                "text": "Hi", "media_ids": ["med_1"], "targets": [{"account_id": "acc_1"}], "publish_now": true,
                "platform_data": {"tiktok": {
                    "privacy_level": "SELF_ONLY", "post_mode": "direct", "is_aigc": false,
                    "brand_content_toggle": false, "brand_organic_toggle": false,
                    "disable_comment": true, "disable_duet": true, "disable_stitch": true,
                }},
            })
        );
    }

    #[test]
    fn what_is_asked_for_is_said() {
        let body = body_of(
            "--draft-to-inbox --branded --own-brand --ai-generated --allow-comments --allow-duets --allow-stitches \
             --at 2026-12-24T19:00:00+01:00 --again",
        );
        let tiktok = &body["platform_data"]["tiktok"];
        assert_eq!(tiktok["post_mode"], "inbox");
        assert!(tiktok.get("privacy_level").is_none() && body.get("publish_now").is_none());
        for (name, value) in [
            ("brand_content_toggle", true),
            ("brand_organic_toggle", true),
            ("is_aigc", true),
            ("disable_comment", false),
            ("disable_duet", false),
            ("disable_stitch", false),
        ] {
            assert_eq!(tiktok[name], value, "{name}");
        }
        assert_eq!(body["scheduled_at"], "2026-12-24T18:00:00Z");
        assert_eq!(body["skip_duplicate_check"], true);
    }

    #[test]
    fn the_same_wishes_are_the_same_text() {
        let flags = "--privacy friends --allow-comments";
        assert_eq!(body_of(flags).to_string(), body_of(flags).to_string());
        assert_ne!(body_of(flags).to_string(), body_of("--privacy friends").to_string());
    }
}
