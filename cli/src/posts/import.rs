//! `slipway posts import`: a post of each row of a CSV file.

use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::api::new_key;
use crate::args::Import;
use crate::exit::Exit;
use crate::problem::{Issue, Problem};
use crate::{Session, text};

/// What came of the file.
#[derive(Deserialize)]
struct Imported {
    total_rows: usize,
    created: usize,
    errors: Vec<RowError>,
    posts: Vec<RowPost>,
    #[serde(default)]
    warnings: Vec<String>,
}

#[derive(Deserialize)]
struct RowError {
    row: usize,
    /// Nothing if the row was not tried.
    code: Option<String>,
    field: String,
    message: String,
}

#[derive(Deserialize)]
struct RowPost {
    row: usize,
    id: String,
    status: String,
    scheduled_at: Option<Timestamp>,
}

/// Runs the command.
pub(crate) async fn run(session: &Session, wanted: &Import) -> Result<(), Problem> {
    let content = read(&wanted.file)?;
    session
        .say
        .if_interrupted("Some of the rows may be posts. Run the same command again: it makes none of them twice.");
    let path = if wanted.dry_run { "/v1/posts/import?dry_run=true" } else { "/v1/posts/import" };
    let key = if wanted.again { new_key() } else { format!("cli-{}", hex::encode(Sha256::digest(&content))) };
    let name = wanted.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let answer: Json = session.api.post_file(path, &name, content, &key).await?.success()?;
    session.say.event(&json!({"event": "imported", "import": answer}));
    let imported: Imported = serde_json::from_value(answer).map_err(|error| {
        Problem::failure(format!("the API describes the import in a way that makes no sense: {error}"))
    })?;
    for warning in &imported.warnings {
        session.say.note(&format!("warning: {warning}"));
    }
    for line in table(&imported.posts) {
        session.say.result(&line);
    }
    imported.end(wanted.dry_run).map(|words| session.say.done(&words))
}

fn read(file: &Path) -> Result<Vec<u8>, Problem> {
    std::fs::read(file).map_err(|error| Problem::failure(format!("can't read {}: {error}", file.display())))
}

fn table(posts: &[RowPost]) -> Vec<String> {
    let rows = posts.iter().map(|RowPost { row, id, status, scheduled_at }| {
        let at = scheduled_at.map(text::minute).unwrap_or_default();
        [row.to_string(), id.clone(), status.clone(), at]
    });
    text::table(["ROW", "ID", "STATUS", "SCHEDULED"], rows)
}

impl Imported {
    /// What was made, or why some rows were not.
    fn end(self, dry_run: bool) -> Result<String, Problem> {
        let Self { total_rows, created, errors, .. } = self;
        if errors.is_empty() {
            return Ok(if dry_run {
                format!("Nothing stands against the {total_rows} rows")
            } else {
                format!("Made {created} posts")
            });
        }
        let untried = errors.iter().any(|error| error.code.is_none());
        let message = if dry_run {
            format!("{} of {total_rows} rows would be refused:", errors.len())
        } else {
            format!("{} of {total_rows} rows are no posts:", errors.len())
        };
        let issue = |RowError { row, code, field, message }: RowError| {
            let place = if field.is_empty() { format!("row {row}") } else { format!("row {row}, {field}") };
            Issue { field: place, code: code.unwrap_or_default(), message, cure: String::new() }
        };
        let problem = Problem::new(if untried { Exit::Failure } else { Exit::Refused }, message);
        let problem = problem.with_issues(errors.into_iter().map(issue).collect());
        Err(match (untried, dry_run) {
            (true, _) => problem.with_next_step("run the same command again; it goes on with the rows that are left"),
            (false, true) => problem,
            (false, false) => problem.with_next_step("mend these rows, and import them in a file of their own"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(errors: &Json, dry_run: bool) -> Result<String, Problem> {
        let posts = json!([{"row": 1, "id": "post_1", "status": "draft", "scheduled_at": null}]);
        let import = json!({"total_rows": 2, "created": 1, "errors": errors, "posts": posts});
        serde_json::from_value::<Imported>(import).unwrap().end(dry_run)
    }

    #[test]
    fn what_was_refused_is_named_and_what_was_not_tried_is_a_failure() {
        let error = |code: Json| json!([{"row": 2, "line": 3, "code": code, "field": "visibility", "message": "Why."}]);
        assert_eq!(end(&json!([]), false).unwrap(), "Made 1 posts");
        assert_eq!(end(&json!([]), true).unwrap(), "Nothing stands against the 2 rows");
        let refused = end(&error(json!("validation.field_required")), false).unwrap_err();
        assert_eq!(refused.exit, Exit::Refused);
        assert_eq!(refused.lines()[..2], ["1 of 2 rows are no posts:", "  - row 2, visibility: Why."]);
        assert_eq!(end(&error(Json::Null), false).unwrap_err().exit, Exit::Failure);
    }
}
