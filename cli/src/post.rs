//! Posts, as the API shows them, and how they stand.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::exit::Exit;
use crate::id::PostId;
use crate::live::NEXT_ATTEMPT;
use crate::problem::{Issue, Problem};
use crate::text;

/// A post. Nothing prints it: it holds what its owner says.
#[derive(Clone, Deserialize)]
pub(crate) struct Post {
    pub(crate) id: PostId,
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) scheduled_at: Option<Timestamp>,
    #[serde(default)]
    pub(crate) targets: Vec<Target>,
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
}

/// One account's publish of it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Target {
    pub(crate) account_id: String,
    status: String,
    #[serde(default)]
    pub(crate) permalink: Option<String>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    error: Option<TargetError>,
    /// The account as people know it, where it is known.
    #[serde(skip)]
    name: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    state: Option<String>,
    uploaded_bytes: u64,
    total_bytes: u64,
    waiting_for: Option<String>,
    next_attempt_at: Option<Timestamp>,
    privacy_level: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct TargetError {
    #[serde(default)]
    code: String,
    message: String,
    #[serde(default)]
    retryable: bool,
    #[serde(default)]
    tiktok_code: Option<String>,
    #[serde(default)]
    tiktok_log_id: Option<String>,
}

/// How one account's publish stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// Kept, not to be published until told.
    Draft,
    /// Waits for its time.
    Scheduled,
    /// On its way.
    Going,
    /// On TikTok.
    Published,
    /// In the creator's inbox, which is what was asked for.
    InInbox,
    /// Ended without; trying again may help.
    FailedForNow,
    /// Ended without, for good.
    Failed,
    Cancelled,
    /// Nobody knows whether it is on TikTok.
    Unconfirmed,
}

impl Target {
    fn stand(&self) -> Stand {
        match (self.metadata.state.as_deref(), self.status.as_str()) {
            (Some("draft"), _) => Stand::Draft,
            (Some("scheduled"), _) => Stand::Scheduled,
            (Some("in_inbox"), _) => Stand::InInbox,
            (Some("unconfirmed"), _) => Stand::Unconfirmed,
            (Some("cancelled"), _) => Stand::Cancelled,
            (_, "published") => Stand::Published,
            (_, "failed") if self.error.as_ref().is_some_and(|error| error.retryable) => Stand::FailedForNow,
            (_, "failed") => Stand::Failed,
            // States that are new to this program are on their way to one that is not.
            _ => Stand::Going,
        }
    }

    /// One line on where it is.
    pub(crate) fn line(&self, now: Timestamp) -> String {
        let Metadata { state, uploaded_bytes, total_bytes, waiting_for, next_attempt_at, privacy_level } =
            &self.metadata;
        match (self.stand(), state.as_deref()) {
            (Stand::Draft, _) => "kept as a draft".to_owned(),
            (Stand::Scheduled, _) => "waits for its time".to_owned(),
            (Stand::Published, _) => {
                match (&self.permalink, privacy_level.as_deref()) {
                    (Some(link), _) => format!("published: {link}"),
                    // TikTok gives public posts an id, and with it a link, after its moderation.
                    (None, Some("PUBLIC_TO_EVERYONE")) => "published; TikTok gives the link later".to_owned(),
                    (None, _) => "published".to_owned(),
                }
            }
            (Stand::InInbox, _) => "in the creator's inbox in TikTok's app, to be finished there".to_owned(),
            (Stand::FailedForNow | Stand::Failed, _) => "failed".to_owned(),
            (Stand::Cancelled, _) => "cancelled".to_owned(),
            (Stand::Unconfirmed, _) => "unconfirmed: TikTok reported no outcome".to_owned(),
            (Stand::Going, Some("uploading")) => {
                format!("sending to TikTok, {} of {}", text::bytes(*uploaded_bytes), text::bytes(*total_bytes))
            }
            (Stand::Going, Some("processing")) => "TikTok checks the video".to_owned(),
            (Stand::Going, Some("deferred")) => {
                let what = waiting_for.as_deref().unwrap_or("room at TikTok");
                let next = next_attempt_at.map(|at| format!("{NEXT_ATTEMPT}{}", text::from_now(at, now)));
                format!("waits for {what}{}", next.unwrap_or_default())
            }
            (Stand::Going, Some("queued" | "initialising") | None) => "waits to be sent".to_owned(),
            (Stand::Going, Some(other)) => other.to_owned(),
        }
    }

    /// The account's name, or its id.
    pub(crate) fn account(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.account_id)
    }

    /// Why it failed, with what TikTok's support asks for.
    pub(crate) fn why(&self) -> Option<String> {
        let TargetError { message, tiktok_code, tiktok_log_id, .. } = self.error.as_ref()?;
        let code = tiktok_code.as_ref().map(|code| format!("TikTok's code {code}"));
        let log_id = tiktok_log_id.as_ref().map(|id| format!("log id {id}"));
        let source: Vec<_> = [code, log_id].into_iter().flatten().collect();
        Some(if source.is_empty() { message.clone() } else { format!("{message} ({})", source.join(", ")) })
    }

    fn issue(&self) -> Option<Issue> {
        let code = self.error.as_ref()?.code.clone();
        Some(Issue { field: self.account().to_owned(), code, message: self.why()?, cure: String::new() })
    }
}

impl Post {
    /// With its accounts called as people know them.
    pub(crate) fn named(mut self, names: &HashMap<String, String>) -> Self {
        for target in &mut self.targets {
            target.name = names.get(&target.account_id).map(|name| format!("{name} ({})", target.account_id));
        }
        self
    }

    /// How it ended; nothing while any of it is on its way or waits for its time.
    pub(crate) fn end(&self) -> Option<Result<(), Problem>> {
        let stands: Vec<_> = self.targets.iter().map(Target::stand).collect();
        if stands.iter().any(|stand| matches!(stand, Stand::Going | Stand::Scheduled)) {
            return None;
        }
        let any = |wanted| stands.contains(&wanted);
        // What a person must look at comes first, then what will not get better by itself.
        let exit = if any(Stand::Unconfirmed) {
            Exit::Unfinished
        } else if any(Stand::Failed) || any(Stand::Cancelled) {
            Exit::Refused
        } else if any(Stand::FailedForNow) {
            Exit::Failure
        } else {
            return Some(Ok(()));
        };
        let issues: Vec<_> = self.targets.iter().filter_map(Target::issue).collect();
        let message = match exit {
            Exit::Unfinished => format!("{} may or may not be on TikTok:", self.id),
            _ if any(Stand::Cancelled) && issues.is_empty() => format!("{} was cancelled", self.id),
            _ if any(Stand::Published) || any(Stand::InInbox) => format!("{} was published only in part:", self.id),
            _ => format!("{} was not published:", self.id),
        };
        let code = issues.first().map(|issue| issue.code.as_str()).filter(|code| !code.is_empty()).map(Box::from);
        let problem = Problem { code, ..Problem::new(exit, message) };
        Some(Err(problem.with_issues(issues)))
    }

    /// Whether it has not begun to be published, and when it will.
    pub(crate) fn waits_until(&self) -> Option<Timestamp> {
        let waits = !self.targets.is_empty() && self.targets.iter().all(|target| target.stand() == Stand::Scheduled);
        self.scheduled_at.filter(|_| waits)
    }

    /// One line on where it is: of its only target, or how many of its targets are where.
    pub(crate) fn line(&self, now: Timestamp) -> String {
        match self.targets.as_slice() {
            [] => self.status.clone(),
            [only] => match self.waits_until() {
                Some(at) => format!("waits for {}, {}", text::minute(at), text::from_now(at, now)),
                None => only.line(now),
            },
            several => {
                let ended = several.iter().filter(|target| !matches!(target.stand(), Stand::Going | Stand::Scheduled));
                format!("{}; {} of {} accounts are done", self.status, ended.count(), several.len())
            }
        }
    }

    /// The links that there are.
    pub(crate) fn links(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().filter_map(|target| target.permalink.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn target(status: &str, state: &str, error: &Json) -> Json {
        json!({"platform": "tiktok", "account_id": "acc_1", "status": status, "permalink": null, "published_at": null,
            "metadata": {"state": state, "uploaded_bytes": 1_200_000, "total_bytes": 4_000_000}, "error": error})
    }

    fn post(targets: &[Json]) -> Post {
        serde_json::from_value(json!({"id": "post_1", "status": "publishing", "targets": targets})).unwrap()
    }

    fn error(retryable: bool) -> Json {
        json!({"code": "c", "message": "Why.", "category": "platform", "caused_by": "platform", "retryable": retryable})
    }

    #[test]
    fn every_end_of_a_post_has_its_exit_code() {
        let (none, for_now, for_good) = (Json::Null, error(true), error(false));
        for (status, state, why, exit) in [
            ("pending", "draft", &none, Some(Exit::Done)),
            ("pending", "scheduled", &none, None),
            ("publishing", "queued", &none, None),
            ("publishing", "initialising", &none, None),
            ("publishing", "uploading", &none, None),
            ("publishing", "processing", &none, None),
            ("publishing", "deferred", &none, None),
            ("publishing", "a_state_of_tomorrow", &none, None),
            ("published", "published", &none, Some(Exit::Done)),
            ("published", "in_inbox", &none, Some(Exit::Done)),
            ("failed", "failed", &for_now, Some(Exit::Failure)),
            ("failed", "failed", &for_good, Some(Exit::Refused)),
            ("failed", "cancelled", &none, Some(Exit::Refused)),
            ("failed", "unconfirmed", &for_good, Some(Exit::Unfinished)),
        ] {
            let end = post(&[target(status, state, why)]).end();
            let code = end.map(|end| end.map_or_else(|problem| problem.exit, |()| Exit::Done));
            assert_eq!(code, exit, "{status} {state}");
        }
    }

    #[test]
    fn of_several_accounts_the_one_that_asks_for_a_person_counts() {
        let published = target("published", "published", &Json::Null);
        let failed = target("failed", "failed", &error(false));
        let for_now = target("failed", "failed", &error(true));
        let unconfirmed = target("failed", "unconfirmed", &error(false));
        let going = target("publishing", "queued", &Json::Null);
        for (targets, exit) in [
            (vec![&published, &failed], Some(Exit::Refused)),
            (vec![&published, &for_now], Some(Exit::Failure)),
            (vec![&for_now, &failed], Some(Exit::Refused)),
            (vec![&failed, &unconfirmed, &published], Some(Exit::Unfinished)),
            (vec![&failed, &going], None),
        ] {
            let targets: Vec<_> = targets.into_iter().cloned().collect();
            assert_eq!(post(&targets).end().map(|end| end.unwrap_err().exit), exit, "{targets:?}");
        }
        let problem = post(&[published, failed]).end().unwrap().unwrap_err();
        assert_eq!(problem.lines(), ["post_1 was published only in part:", "  - acc_1: Why."]);
    }

    #[test]
    fn a_line_says_where_a_post_is() {
        let line = |status, state| post(&[target(status, state, &Json::Null)]).line(Timestamp::UNIX_EPOCH);
        assert_eq!(line("publishing", "uploading"), "sending to TikTok, 1.2 MB of 4.0 MB");
        assert_eq!(line("publishing", "processing"), "TikTok checks the video");
        assert_eq!(line("publishing", "queued"), "waits to be sent");
        assert_eq!(line("publishing", "a_state_of_tomorrow"), "a_state_of_tomorrow");
        let mut deferred = target("publishing", "deferred", &Json::Null);
        deferred["metadata"]["waiting_for"] = json!("the creator's daily cap at TikTok");
        deferred["metadata"]["next_attempt_at"] = json!("1970-01-01T00:20:00Z");
        let line = post(&[deferred]).line(Timestamp::UNIX_EPOCH);
        assert_eq!(line, "waits for the creator's daily cap at TikTok, next attempt in 20 min");
        let scheduled = json!({"id": "post_1", "status": "scheduled", "scheduled_at": "1970-01-01T02:00:00Z",
            "targets": [target("pending", "scheduled", &Json::Null)]});
        let scheduled: Post = serde_json::from_value(scheduled).unwrap();
        assert_eq!(scheduled.line(Timestamp::UNIX_EPOCH), "waits for 1970-01-01 02:00 UTC, in 2 h 0 min");
    }

    #[test]
    fn an_id_can_not_leave_its_place_in_a_path() {
        for (text, fits) in
            [("post_01a", true), ("7299", true), ("", false), ("a/b", false), ("a?b", false), ("..", false)]
        {
            assert_eq!(text.parse::<PostId>().is_ok(), fits, "{text}");
        }
    }
}
