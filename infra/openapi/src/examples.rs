//! Examples: answers that stories got, kept as files beside the sources.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// What stories sent and got, by operation and status.
#[derive(Debug, Default)]
pub(crate) struct Examples(BTreeMap<(String, u16), Value>);

impl Examples {
    /// Reads the files, `<operation>.<status>.json` each. One that can't be read is none.
    pub(crate) fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        let examples = entries.filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let (operation, status) = name.strip_suffix(".json")?.split_once('.')?;
            let example = serde_json::from_str(&std::fs::read_to_string(entry.path()).ok()?).ok()?;
            Some(((operation.to_owned(), status.parse().ok()?), example))
        });
        Self(examples.collect())
    }

    /// What the operation answered.
    pub(crate) fn answer(&self, operation: &str, status: u16) -> Option<&Value> {
        self.0.get(&(operation.to_owned(), status)).and_then(|example| example.get("answer"))
    }

    /// What it was sent when it did what it was asked for.
    pub(crate) fn request(&self, operation: &str) -> Option<&Value> {
        let mut sent = self.0.iter().filter(|((name, status), _)| name == operation && *status < 400);
        sent.find_map(|(_, example)| example.get("request").filter(|body| !body.is_null()))
    }

    /// What an endpoint was told of an event.
    pub(crate) fn told(&self, event: &str) -> Option<&Value> {
        self.answer(&format!("event-{}", event.replace('.', "-")), 0)
    }
}
