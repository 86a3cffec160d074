//! `slipway validate`: what would stand against publishing, all at once, and nothing is published.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::Session;
use crate::accounts;
use crate::args::Validate;
use crate::problem::{Issue, Problem};
use crate::publish::{self, Takes};

/// What the API says.
#[derive(Debug, Deserialize)]
struct Verdict {
    valid: bool,
    errors: Vec<Finding>,
    #[serde(default)]
    warnings: Vec<Finding>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    #[serde(default)]
    field: String,
    #[serde(default)]
    code: Option<String>,
    message: String,
    /// The account, where only one is meant.
    #[serde(default)]
    target: Option<String>,
}

/// Runs the command. A file is uploaded, since what is in it counts.
pub(crate) async fn run(session: &Session, validate: &Validate) -> Result<(), Problem> {
    let request = publish::prepare(session, &validate.wanted, &validate.how, Takes::Anything).await?.body;
    let answer: Json = session.api.post("/v1/posts/validate", Some(&request)).await?.success()?;
    session.say.event(&json!({"event": "validated", "validation": answer}));
    let verdict: Verdict = serde_json::from_value(answer).map_err(|error| {
        Problem::failure(format!("the API describes the validation in a way that makes no sense: {error}"))
    })?;
    for warning in &verdict.warnings {
        session.say.note(&format!("warning: {}", warning.message));
    }
    if verdict.valid {
        session.say.done("Nothing stands against it");
        return Ok(());
    }
    let names = accounts::names(session).await;
    Err(problem(verdict.errors, &names))
}

fn problem(errors: Vec<Finding>, names: &HashMap<String, String>) -> Problem {
    let code = errors.iter().find_map(|error| error.code.clone());
    let issue = |Finding { field, code, message, target }: Finding| {
        // What is said of one account is told by its name.
        let field = target.map_or(field, |account| names.get(&account).cloned().unwrap_or(account));
        Issue { field, code: code.unwrap_or_default(), message, cure: String::new() }
    };
    let issues: Vec<_> = errors.into_iter().map(issue).collect();
    let message = match issues.len() {
        1 => "1 problem stands against it:".to_owned(),
        count => format!("{count} problems stand against it:"),
    };
    let problem = Problem::refused(message).with_issues(issues);
    Problem { code: code.map(Into::into), ..problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_told_with_its_flag_or_its_account() {
        let errors = json!([
            {"field": "text", "code": "validation.field_invalid", "message": "Too long. Shorten it.", "target": null},
            {"field": "media_ids[0]", "code": "resource.conflict", "message": "Posted before.", "target": "acc_1"},
        ]);
        let names = HashMap::from([("acc_1".to_owned(), "@anna".to_owned())]);
        let problem = problem(serde_json::from_value(errors).unwrap(), &names);
        assert_eq!(problem.code.as_deref(), Some("validation.field_invalid"));
        assert_eq!(
            problem.lines(),
            ["2 problems:", "  - --caption: Too long. Shorten it.", "  - @anna: Posted before."]
        );
    }
}
