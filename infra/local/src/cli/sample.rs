//! Publishing the sample: `slipway`, the command-line program, does it as it does for everybody.

use std::process::Stdio;

use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use super::INTERRUPTED;
use super::account::Account;
use super::commands::quoted;
use super::run_error::RunError;
use super::say::Say;
use super::video::Video;
use super::world::World;

const STEP: &str = "publishing the sample";

/// What the program has reported so far.
#[derive(Default)]
struct Reported {
    /// The post at its end.
    post: Json,
    error: Option<String>,
}

/// Runs `slipway publish` to its end, and answers the post's id. What it says to people goes straight to the terminal.
/// `None` if it was interrupted.
pub(crate) async fn publish(
    world: &World,
    key: &str,
    account: &Account,
    privacy_level: &str,
    video: &Video,
    say: &Say,
) -> Result<Option<String>, RunError> {
    let step = say.begin("publish the sample");
    let failed = |problem: String| RunError::new(STEP, problem, world.see_log());
    let program = world.slipway()?;
    // Unfinished work is of no use after this stack, and the same file is to be uploaded again.
    let notes = world.kept.path("notes");
    let _ = std::fs::remove_dir_all(&notes);
    let caption = format!("Published by the local stack: {}", video.name());
    let (file, privacy) = (video.path_from_here().display().to_string(), short(privacy_level));
    let arguments = ["publish", &file, "--account", &account.id, "--caption", &caption, "--privacy", privacy];
    let shown: Vec<_> = ["slipway"].iter().chain(&arguments).map(|word| quoted(word)).collect();
    say.line("");
    say.line(&format!("  {}", say.bold(&format!("$ {}", shown.join(" ")))));

    let mut child = Command::new(&program)
        .args(arguments)
        .arg("--json")
        .env("SLIPWAY_API_URL", world.api_url())
        .env("SLIPWAY_API_KEY", key)
        .env("SLIPWAY_STATE_DIR", &notes)
        // No proxy knows the way to this machine.
        .envs(["NO_PROXY", "no_proxy"].map(|name| (name, "127.0.0.1,localhost")))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("{} does not start: {error}", program.display())))?;
    let mut reported = Reported::default();
    if let Some(out) = child.stdout.take() {
        let mut lines = BufReader::new(out).lines();
        while let Some(line) = lines.next_line().await.map_err(|error| failed(error.to_string()))? {
            let Ok(event) = serde_json::from_str(&line) else { continue };
            say.event(&event);
            reported.take(&event);
        }
    }
    let status = child.wait().await.map_err(|error| failed(error.to_string()))?;
    if status.code() == Some(INTERRUPTED.into()) {
        return Ok(None);
    }
    say.line("");
    let published = reported.published().map_err(|why| failed(why.unwrap_or_else(|| format!("slipway: {status}"))))?;
    let seconds = step.done(&format!("{privacy_level} {}", say.dim(&published)));
    say.event(&json!({
        "event": "published",
        "post_id": published,
        "publish_id": reported.post["targets"][0]["metadata"]["publish_id"],
        "seconds": seconds,
    }));
    say.line("");
    for line in lines(&reported.post, &account.name) {
        say.line(&say.dim(&format!("    {line}")));
    }
    Ok(Some(published))
}

impl Reported {
    fn take(&mut self, event: &Json) {
        match event["event"].as_str() {
            Some("ended") => self.post = event["post"].clone(),
            Some("error") => self.error = Some(sentence(event)),
            _ => {}
        }
    }

    /// The post's id if it is published, or why it is not, if that is known.
    fn published(&self) -> Result<String, Option<String>> {
        let id = self.post["id"].as_str().filter(|_| self.error.is_none() && self.post["status"] == "published");
        id.map(str::to_owned).ok_or_else(|| self.error.clone())
    }
}

/// What a program reports as its error: the message and each single problem.
fn sentence(error: &Json) -> String {
    let issues = error["issues"].as_array().into_iter().flatten().filter_map(|issue| issue["message"].as_str());
    let parts: Vec<_> = error["message"].as_str().into_iter().chain(issues).collect();
    parts.join(" ")
}

/// The program's own word for the level that is asked for as a rule; it takes TikTok's words, too.
fn short(privacy_level: &str) -> &str {
    if privacy_level == "SELF_ONLY" { "private" } else { privacy_level }
}

/// The post in a few lines; all of it is one of the commands.
fn lines(post: &Json, account: &str) -> Vec<String> {
    let target = &post["targets"][0];
    let rows = [
        ("post", &post["id"]),
        ("status", &post["status"]),
        ("caption", &post["text"]),
        ("seen by", &target["metadata"]["privacy_level"]),
        ("at TikTok", &target["metadata"]["publish_id"]),
        ("link", &target["permalink"]),
    ];
    let rows = rows.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
    let rows = rows.chain([("account", account)]);
    rows.map(|(name, value)| format!("{name:10} {value}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(events: &[Json]) -> Reported {
        let mut reported = Reported::default();
        for event in events {
            reported.take(event);
        }
        reported
    }

    #[test]
    fn a_post_is_shown_in_a_few_lines() {
        let post = json!({
            "id": "post_1", "status": "published", "text": "Hello", "media": [], "warnings": [],
            "targets": [{"permalink": null, "metadata": {"privacy_level": "SELF_ONLY", "publish_id": "v_pub_file~1"}}],
        });
        assert_eq!(
            lines(&post, "@anna"),
            [
                "post       post_1",
                "status     published",
                "caption    Hello",
                "seen by    SELF_ONLY",
                "at TikTok  v_pub_file~1",
                "account    @anna",
            ]
        );
    }

    #[test]
    fn a_sample_is_published_only_if_the_program_says_so() {
        let uploading = json!({"event": "uploading", "media_id": "med_1"});
        let ended = |status: &str| json!({"event": "ended", "post": {"id": "post_1", "status": status}});
        let error = json!({"event": "error", "message": "post_1 was not published:", "issues": [{"message": "Why."}]});
        assert_eq!(reported(&[uploading.clone(), ended("published")]).published().unwrap(), "post_1");
        for (events, why) in [
            (vec![], None),
            (vec![uploading], None),
            (vec![ended("failed")], None),
            (vec![error.clone()], Some("post_1 was not published: Why.")),
            (vec![ended("published"), error], Some("post_1 was not published: Why.")),
        ] {
            assert_eq!(reported(&events).published().err().unwrap().as_deref(), why, "{events:?}");
        }
    }
}
