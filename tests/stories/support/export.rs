//! All that a tenant has, as its export tells it.

use serde_json::Value;

use super::Answer;

pub(crate) const EXPORT: &str = "/v1/users/me/export";

/// The lines of a page, and where the next one begins.
pub(crate) fn page_of(answer: Answer) -> (Vec<String>, Option<String>) {
    // A single line is read as what it says.
    let text = match answer.expect(200) {
        Value::String(text) => text,
        line => line.to_string(),
    };
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    let end: Value = serde_json::from_str(&lines.pop().expect("a page has an end")).expect("JSON");
    assert_eq!(end["kind"], "page", "{end}");
    (lines, end["next_cursor"].as_str().map(str::to_owned))
}

/// Every record of every page, each as its line, to whoever asks so.
pub(crate) async fn exported(ask: impl AsyncFn(String) -> Answer) -> Vec<String> {
    let (mut lines, mut next) = page_of(ask(EXPORT.to_owned()).await);
    while let Some(cursor) = next {
        let (more, behind) = page_of(ask(format!("{EXPORT}?cursor={cursor}")).await);
        lines.extend(more);
        next = behind;
    }
    lines
}
