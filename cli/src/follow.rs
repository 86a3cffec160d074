//! `slipway status` and `slipway posts show`, and following a post to its end.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::Session;
use crate::accounts;
use crate::args::Status;
use crate::exit::Exit;
use crate::id::PostId;
use crate::live::Line;
use crate::post::Post;
use crate::problem::Problem;
use crate::text;

/// The pauses between two looks: often at first, when most happens, and then in a way that leaves the caller's minute
/// of requests to others.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// So long the API may be out of reach before a post is no longer followed.
const OUT_OF_REACH: Duration = Duration::from_mins(3);

/// Runs the command.
pub(crate) async fn run(session: &Session, wanted: &Status) -> Result<(), Problem> {
    if !wanted.follow {
        let (post, json) = look(session, &wanted.post).await?;
        session.say.event(&json!({"event": "post", "post": json}));
        show(session, post).await;
        return Ok(());
    }
    let ended = to_its_end(session, &wanted.post).await?;
    ended.how?;
    show(session, ended.post).await;
    Ok(())
}

/// Shows a post to a person, by the names of its accounts.
pub(crate) async fn show(session: &Session, post: Post) {
    let post = post.named(&accounts::names(session).await);
    for line in describe(&post, Timestamp::now()) {
        session.say.result(&line);
    }
}

/// A post that has ended.
pub(crate) struct Ended {
    pub(crate) post: Post,
    /// Why it did not end well.
    pub(crate) how: Result<(), Problem>,
}

/// Looks at a post until it has ended. An error says that we stopped looking, not how the post stands.
pub(crate) async fn to_its_end(session: &Session, id: &PostId) -> Result<Ended, Problem> {
    let look_again = format!("slipway status {id} --follow");
    session.say.if_interrupted(format!("The post goes on without this program. To follow it again: {look_again}"));
    let mut line = Line::new(&session.say);
    let mut pause = FIRST_PAUSE;
    let mut reached = Instant::now();
    let mut told = Json::Null;
    loop {
        match look(session, id).await {
            Ok((post, json)) => {
                reached = Instant::now();
                // An event for every change, and none for every look.
                let now = json!([post.status, json["targets"]]);
                if now != told {
                    session.say.event(&json!({"event": "post", "post": json}));
                    told = now;
                }
                if let Some(mut how) = post.end() {
                    let mut post = post;
                    if how.is_err() {
                        // What went wrong is told by the accounts' names.
                        post = post.named(&accounts::names(session).await);
                        how = post.end().unwrap_or(how);
                    }
                    session.say.event(&json!({"event": "ended", "post": json}));
                    return Ok(Ended { post, how });
                }
                line.show(&post.line(Timestamp::now()));
            }
            Err(problem) if problem.exit == Exit::Failure && reached.elapsed() < OUT_OF_REACH => {
                line.show(&format!("the API is out of reach: {}", problem.message));
            }
            Err(problem) => return Err(problem.with_next_step(look_again)),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 5 / 4).min(LONGEST_PAUSE);
    }
}

async fn look(session: &Session, id: &PostId) -> Result<(Post, Json), Problem> {
    let json: Json = session.api.get(&format!("/v1/posts/{id}")).await?.success()?;
    Ok((read(&json)?, json))
}

/// A post out of an answer.
pub(crate) fn read(json: &Json) -> Result<Post, Problem> {
    serde_json::from_value(json.clone())
        .map_err(|error| Problem::failure(format!("the API describes the post in a way that makes no sense: {error}")))
}

/// For a person: the post, and each account's publish.
fn describe(post: &Post, now: Timestamp) -> Vec<String> {
    let mut lines = vec![format!("{}  {}", post.id, post.status)];
    let mut add = |name: &str, value: &str| lines.push(format!("  {name:9} {}", text::line(value)));
    if !post.text.is_empty() {
        add("caption", &text::cut(&text::line(&post.text), 70));
    }
    if let Some(at) = post.scheduled_at {
        add("scheduled", &format!("{}, {}", text::minute(at), text::from_now(at, now)));
    }
    for target in &post.targets {
        add("account", target.account());
        add("", &target.line(now));
        if let Some(why) = target.why() {
            add("", &why);
        }
    }
    for warning in &post.warnings {
        add("warning", warning);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_described_account_by_account() {
        let post = read(&json!({
            "id": "post_1", "status": "partial", "text": "Hello\nworld", "scheduled_at": null, "warnings": ["w"],
            "targets": [
                {"account_id": "acc_1", "status": "published", "permalink": "https://www.tiktok.com/@a/video/1",
                    "metadata": {"state": "published"}, "error": null},
                {"account_id": "acc_2", "status": "failed", "permalink": null, "metadata": {"state": "failed"},
                    "error": {"code": "c", "message": "Why.", "retryable": false, "tiktok_code": "frame_rate_check_failed"}},
            ],
        }))
        .unwrap();
        assert_eq!(
            describe(&post, Timestamp::UNIX_EPOCH),
            [
                "post_1  partial",
                "  caption   Hello world",
                "  account   acc_1",
                "            published: https://www.tiktok.com/@a/video/1",
                "  account   acc_2",
                "            failed",
                "            Why. (TikTok's code frame_rate_check_failed)",
                "  warning   w",
            ]
        );
    }
}
