//! `slipway posts timeline`: every step of a post, in order.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::Session;
use crate::accounts;
use crate::args::Timeline;
use crate::problem::Problem;
use crate::text;

/// A step in one account's publish.
#[derive(Deserialize)]
struct Step {
    at: Timestamp,
    account_id: String,
    state: String,
    note: String,
    #[serde(default)]
    tiktok_log_id: Option<String>,
}

/// Runs the command.
pub(crate) async fn run(session: &Session, wanted: &Timeline) -> Result<(), Problem> {
    let steps = session.api.list(&format!("/v1/posts/{}/timeline", wanted.post)).await?;
    for step in &steps {
        session.say.event(&json!({"event": "step", "post_id": wanted.post, "step": step}));
    }
    let steps = steps.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    for line in table(&steps, &accounts::names(session).await) {
        session.say.result(&line);
    }
    Ok(())
}

fn read(step: Json) -> Result<Step, Problem> {
    serde_json::from_value(step)
        .map_err(|error| Problem::failure(format!("the API describes a step in a way that makes no sense: {error}")))
}

fn table(steps: &[Step], names: &HashMap<String, String>) -> Vec<String> {
    let rows = steps.iter().map(|step| {
        let account = names.get(&step.account_id).unwrap_or(&step.account_id).clone();
        let log_id = step.tiktok_log_id.clone().unwrap_or_default();
        [text::second(step.at), account, step.state.clone(), step.note.clone(), log_id]
    });
    text::table(["TIME (UTC)", "ACCOUNT", "STATE", "WHAT HAPPENED", "TIKTOK'S LOG ID"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_its_time_and_tiktoks_log_id() {
        let step = |at: &str, log: Json| {
            let step =
                json!({"at": at, "account_id": "acc_1", "state": "queued", "note": "accepted", "tiktok_log_id": log});
            read(step).unwrap()
        };
        let steps = [step("1970-01-01T00:00:01.250Z", Json::Null), step("1970-01-01T00:01:00Z", json!("20260101"))];
        let names = HashMap::from([("acc_1".to_owned(), "@anna".to_owned())]);
        assert_eq!(
            table(&steps, &names),
            [
                "TIME (UTC)           ACCOUNT  STATE   WHAT HAPPENED  TIKTOK'S LOG ID",
                "1970-01-01 00:00:01  @anna    queued  accepted",
                "1970-01-01 00:01:00  @anna    queued  accepted       20260101",
            ]
        );
    }
}
