//! What customers call their own things: keys, brands, themselves.

use slipway_domain::limits::LONGEST_NAME;

use super::Fields;
use crate::error::Issue;

impl Fields<'_> {
    /// The field `name`, without the blanks around it, if it is there and is of 1 to [`LONGEST_NAME`] characters.
    pub fn own_name(&self, issues: &mut Vec<Issue>) -> Option<String> {
        let text = self.filled("name", issues)?;
        // Blanks around it count, as they do in its schema.
        let (name, length) = (text.trim(), text.chars().count());
        if !name.is_empty() && length <= LONGEST_NAME {
            return Some(name.to_owned());
        }
        let has = if name.is_empty() { "nothing but blanks".to_owned() } else { format!("{length} characters") };
        issues.push(Issue::invalid("name", format!("name has {has}"), cure()));
        None
    }

    /// The same of something that must have a name.
    pub fn required_own_name(&self, issues: &mut Vec<Issue>) -> Option<String> {
        if !self.has("name") {
            issues.push(Issue::required("name", cure()));
        }
        self.own_name(issues)
    }

    /// A text of up to [`LONGEST_NAME`] characters, if one is given, as it is.
    pub fn short_text(&self, name: &'static str, cure: &str, issues: &mut Vec<Issue>) -> Option<String> {
        let text = self.filled(name, issues)?;
        if text.chars().count() <= LONGEST_NAME {
            return Some(text.to_owned());
        }
        issues.push(Issue::invalid(name, format!("{name} has more than {LONGEST_NAME} characters"), cure));
        None
    }
}

fn cure() -> String {
    format!("Send what you call it, of up to {LONGEST_NAME} characters.")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_name_is_of_a_hundred_characters_at_most_and_not_of_blanks() {
        let read = |name: Value| {
            let object = json!({ "name": name });
            let mut issues = Vec::new();
            let name = Fields::root(object.as_object().unwrap()).required_own_name(&mut issues);
            (name, issues.iter().map(|issue| issue.message.clone()).collect::<Vec<_>>().join(" | "))
        };
        let most = "\u{e9}".repeat(LONGEST_NAME);
        assert_eq!(read(json!(most)), (Some(most.clone()), String::new()));
        assert_eq!(read(json!(" Boats ")), (Some("Boats".to_owned()), String::new()));
        assert_eq!(read(json!(format!("{most}x"))), (None, "name has 101 characters".to_owned()));
        assert_eq!(read(json!("  ")), (None, "name has nothing but blanks".to_owned()));
        for missing in [json!(null), json!("")] {
            assert_eq!(read(missing), (None, "name is required".to_owned()));
        }
        assert_eq!(read(json!(7)), (None, "name must be a string, not a number".to_owned()));
    }
}
