//! What comes to light while a request is read.

use slipway_domain::limits::{LONGEST_QUOTATION, NAMES_PER_ANSWER};

use crate::cut::cut;
use crate::fields::Fields;
use crate::{ApiError, Issue};

/// A request's issues, warnings and unknown fields.
#[derive(Debug, Default)]
pub struct Diagnostics {
    /// Every problem.
    pub issues: Vec<Issue>,
    /// What was assumed or is of no effect.
    pub warnings: Vec<String>,
    /// Fields that nobody knows, by path: those of the request itself, and those inside of others.
    unknown: [Vec<String>; 2],
    /// How many there are of them.
    unknown_count: usize,
    /// Query parameters, parts of a form and columns of a file that the route does not take.
    others: [Unknown; 3],
    /// Known fields that have no effect beside others: each by its path, with the reason.
    ignored: Vec<(String, String)>,
}

/// What is wrong with a request, and what there was to say besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Every problem.
    pub issues: Vec<Issue>,
    /// What else was assumed or ignored.
    pub warnings: Vec<String>,
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        let mut error = Self::from_issues(refused.issues);
        error.warn(refused.warnings);
        error
    }
}

/// What a route does not take, by name.
#[derive(Debug, Default)]
struct Unknown {
    names: Vec<String>,
    /// How many there are of them.
    count: usize,
}

/// What is to become of fields that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownFields {
    /// They are ignored, with a warning each.
    Warn,
    /// Each is a problem.
    Refuse,
}

impl Diagnostics {
    /// Notes what is left of an object when all its known fields were read.
    pub fn unknown(&mut self, fields: &Fields<'_>) {
        for path in fields.unknown() {
            self.unknown_count += 1;
            let same_depth = &mut self.unknown[usize::from(!fields.is_root())];
            if same_depth.len() < NAMES_PER_ANSWER {
                same_depth.push(path);
            }
        }
    }

    /// Whether there is a problem already with this field, or with what it is a part of.
    pub fn refused(&self, field: &str) -> bool {
        self.issues.iter().any(|issue| {
            field.strip_prefix(&issue.field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    /// Notes a known field that has no effect, and why: what is said elsewhere wins. It counts as one that nobody knows.
    pub fn ignored(&mut self, field: impl Into<String>, why: impl Into<String>) {
        self.ignored.push((field.into(), why.into()));
    }

    /// Notes a parameter of the query that the route does not take.
    pub fn unknown_parameter(&mut self, name: &str) {
        let [parameters, ..] = &mut self.others;
        parameters.note(name);
    }

    /// Notes a part of a form that the route does not take.
    pub fn unknown_part(&mut self, name: &str) {
        let [_, parts, _] = &mut self.others;
        parts.note(name);
    }

    /// Notes a column of a file that the route does not take.
    pub fn unknown_column(&mut self, name: &str) {
        let [.., columns] = &mut self.others;
        columns.note(name);
    }

    /// Ends the reading: every warning, or every problem.
    pub fn warnings_or_issues(mut self, unknown: UnknownFields) -> Result<Vec<String>, Refused> {
        // The request's own fields first, then those inside of others, as they were read.
        let fields = self.unknown.iter().flatten().take(NAMES_PER_ANSWER).map(|name| (name, "known field"));
        let [parameters, parts, columns] = &self.others;
        let of_query = parameters.names.iter().map(|name| (name, "query parameter of this route"));
        let of_form = parts.names.iter().map(|name| (name, "known part of the form"));
        let of_file = columns.names.iter().map(|name| (name, "known column of the file"));
        let named = of_query.chain(of_form).chain(of_file).chain(fields);
        let counts = [
            (parameters.count, "query parameters", "query"),
            (parts.count, "parts", "body"),
            (columns.count, "columns", "file"),
            (self.unknown_count, "fields", "body"),
        ];
        let more = counts
            .into_iter()
            .filter(|(count, ..)| *count > NAMES_PER_ANSWER)
            .map(|(count, what, field)| (field, format!("{} more {what} are not known", count - NAMES_PER_ANSWER)));
        match unknown {
            UnknownFields::Warn => {
                self.warnings.extend(self.ignored.iter().map(|(field, why)| format!("{field} {why}; it was ignored.")));
                self.warnings.extend(named.map(|(name, what)| format!("{name} is not a {what} and was ignored")));
                self.warnings.extend(more.map(|(_, more)| format!("{more} and were ignored")));
            }
            UnknownFields::Refuse => {
                let cure = "Leave it out, or send the request without Prefer: handling=strict.";
                let issue = |field: &str, message: String| Issue::invalid(field, message, cure);
                let ignored = self.ignored.iter().map(|(field, why)| issue(field, format!("{field} {why}")));
                self.issues.extend(ignored);
                self.issues.extend(named.map(|(name, what)| issue(name, format!("{name} is not a {what}"))));
                self.issues.extend(more.map(|(field, more)| issue(field, more)));
            }
        }
        let Self { issues, warnings, .. } = self;
        if issues.is_empty() { Ok(warnings) } else { Err(Refused { issues, warnings }) }
    }

    /// Ends the reading: the warnings, or a refusal with every problem.
    pub fn finish(self, unknown: UnknownFields) -> Result<Vec<String>, ApiError> {
        self.warnings_or_issues(unknown).map_err(ApiError::from)
    }
}

impl Unknown {
    fn note(&mut self, name: &str) {
        self.count += 1;
        if self.names.len() < NAMES_PER_ANSWER {
            let name = if name.is_empty() { "\"\"" } else { name };
            self.names.push(cut(name, LONGEST_QUOTATION).into_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;

    fn of(body: &Map<String, Value>) -> Diagnostics {
        let mut noted = Diagnostics::default();
        let root = Fields::root(body);
        root.text("text", &mut noted.issues);
        noted.unknown(&root);
        noted
    }

    #[test]
    fn unknown_fields_are_warnings_or_problems_as_the_caller_prefers() {
        let body = json!({"text": "Hello", "colour": 1});
        let body = body.as_object().unwrap();
        assert_eq!(of(body).finish(UnknownFields::Warn).unwrap(), ["colour is not a known field and was ignored"]);
        let refused = of(body).finish(UnknownFields::Refuse).unwrap_err();
        assert_eq!(refused.meta.field.as_deref(), Some("colour"));
    }

    #[test]
    fn the_requests_own_unknown_fields_come_first() {
        let body = json!({"colour": 1, "metadata": {"b": 1, "a": 1}});
        let mut noted = Diagnostics::default();
        let root = Fields::root(body.as_object().unwrap());
        let metadata = root.object("metadata", &mut noted.issues).unwrap();
        noted.unknown(&metadata);
        noted.unknown(&root);
        let issues = noted.warnings_or_issues(UnknownFields::Refuse).unwrap_err().issues;
        let fields: Vec<_> = issues.iter().map(|issue| issue.field.as_str()).collect();
        assert_eq!(fields, ["colour", "metadata.a", "metadata.b"]);
    }

    #[test]
    fn a_strict_caller_gets_unknown_fields_with_all_other_problems() {
        let body = json!({"text": 1, "colour": 1});
        let issues = of(body.as_object().unwrap()).warnings_or_issues(UnknownFields::Refuse).unwrap_err().issues;
        let fields: Vec<_> = issues.iter().map(|issue| issue.field.as_str()).collect();
        assert_eq!(fields, ["text", "colour"]);
        let refused = of(body.as_object().unwrap()).finish(UnknownFields::Warn).unwrap_err();
        assert_eq!(refused.meta.issues.unwrap().len(), 1);
        assert_eq!(refused.meta.warnings.unwrap(), ["colour is not a known field and was ignored"]);
    }

    #[test]
    fn a_parameter_without_a_name_is_shown_by_two_quotes() {
        let mut noted = Diagnostics::default();
        noted.unknown_parameter("");
        let warnings = noted.finish(UnknownFields::Warn).unwrap();
        assert_eq!(warnings, ["\"\" is not a query parameter of this route and was ignored"]);
    }

    #[test]
    fn what_has_no_effect_beside_others_counts_as_unknown() {
        let noted = || {
            let mut noted = Diagnostics::default();
            noted.ignored("media_ids", "has no effect beside media");
            noted
        };
        assert_eq!(
            noted().finish(UnknownFields::Warn).unwrap(),
            ["media_ids has no effect beside media; it was ignored."]
        );
        let refused = noted().finish(UnknownFields::Refuse).unwrap_err();
        assert_eq!((refused.meta.field.as_deref(), refused.meta.warnings), (Some("media_ids"), None));
    }

    #[test]
    fn of_many_unknown_fields_twenty_are_named_and_long_names_are_cut() {
        let body: Map<_, _> = (0..25).map(|number| (format!("{number:02}{}", "x".repeat(200)), json!(1))).collect();
        let warnings = of(&body).finish(UnknownFields::Warn).unwrap();
        assert_eq!((warnings.len(), warnings[20].as_str()), (21, "5 more fields are not known and were ignored"));
        assert!(warnings[0].starts_with("00x") && warnings[0].chars().count() < 150, "{}", warnings[0]);
        let refused = of(&body).warnings_or_issues(UnknownFields::Refuse).unwrap_err().issues;
        assert_eq!((refused.len(), refused[20].field.as_str()), (21, "body"));
    }
}
