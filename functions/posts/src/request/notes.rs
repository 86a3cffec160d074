//! What comes to light while a body is read.

use slipway_contract::Issue;
use slipway_contract::fields::Fields;

/// Problems, and what is worth a warning if there are none.
#[derive(Debug, Default)]
pub struct Notes {
    /// Every problem.
    pub issues: Vec<Issue>,
    /// What was assumed or is of no effect.
    pub warnings: Vec<String>,
    /// Fields that nobody knows, by path.
    pub unknown: Vec<String>,
}

/// A longer path is cut: it is a name that the caller made up.
const LONGEST_PATH: usize = 100;

impl Notes {
    /// Notes what is left of an object when all its known fields were read.
    pub fn unknown(&mut self, fields: &Fields<'_>) {
        let paths = fields.unknown().into_iter().map(|path| match path.char_indices().nth(LONGEST_PATH) {
            Some((end, _)) => format!("{}…", &path[..end]),
            None => path,
        });
        self.unknown.extend(paths);
    }

    /// Whether something was said already about this field, or about what it is a part of.
    pub fn refused(&self, field: &str) -> bool {
        self.issues.iter().any(|issue| {
            field.strip_prefix(&issue.field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }
}
