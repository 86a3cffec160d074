//! The API in plain text, for agents: `llms.txt`.

use std::fmt::Write as _;

use crate::operations::{GROUPS, groups};

/// What stands before the list of routes.
const HOW: &str = include_str!("llms.md");

/// How the API is used, and every route with what it does.
pub fn llms() -> String {
    let mut text = HOW.to_owned();
    for ((group, operations), (_, about)) in groups().into_iter().zip(GROUPS) {
        let _ = write!(text, "\n## {group}\n\n{about}\n\n");
        for operation in operations {
            let (method, path, summary) = (operation.method, operation.path, operation.summary);
            let _ = writeln!(text, "- `{method} {path}`: {summary} ({})", operation.needs.said());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::operations;

    #[test]
    fn every_route_that_the_texts_name_is_an_operation() {
        let operations = operations();
        let mut seen = 0;
        for text in [super::HOW, include_str!("about.md")] {
            for named in text.split('`').skip(1).step_by(2) {
                let Some((method, path)) = named.split_once(' ') else { continue };
                if !["GET", "POST", "PATCH", "DELETE"].contains(&method) {
                    continue;
                }
                let exists = operations.iter().any(|known| known.method == method && known.path == path);
                assert!(exists, "{named} does not exist");
                seen += 1;
            }
        }
        assert!(seen >= 10, "{seen}");
    }
}
