//! Statements, and what they cover.

use super::Right;

/// A statement that allows something, as "IAM JSON policy elements" of IAM's user guide describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// Its name within the policy.
    pub sid: String,
    /// What it allows. `*` stands for any characters, `?` for one; upper and lower case are alike.
    pub actions: Vec<String>,
    /// On what: ARNs. `*` stands for any characters, `?` for one.
    pub resources: Vec<String>,
    /// The condition that `kms:ViaService` equals this: only what this service does on the caller's behalf is allowed.
    pub via_service: Option<String>,
}

/// One action on one resource of a statement, both as they are written there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// Whose policy it is.
    pub principal: String,
    /// The statement's name.
    pub sid: String,
    /// One of its actions.
    pub action: String,
    /// One of its resources.
    pub resource: String,
}

impl Statement {
    /// Everything that it gives to this principal.
    pub(super) fn grants<'a>(&'a self, principal: &'a str) -> impl Iterator<Item = Grant> + 'a {
        self.actions
            .iter()
            .flat_map(move |action| self.resources.iter().map(move |resource| self.grant(principal, action, resource)))
    }

    /// What of it allows this.
    pub(super) fn allows(&self, principal: &str, right: &Right) -> Option<Grant> {
        if self.via_service.is_some() && self.via_service != right.via {
            return None;
        }
        let wanted = right.action.to_ascii_lowercase();
        let action = self.actions.iter().find(|action| matches(&action.to_ascii_lowercase(), &wanted))?;
        let resource = self.resources.iter().find(|resource| matches(resource, &right.resource))?;
        Some(self.grant(principal, action, resource))
    }

    fn grant(&self, principal: &str, action: &str, resource: &str) -> Grant {
        Grant {
            principal: principal.to_owned(),
            sid: self.sid.clone(),
            action: action.to_owned(),
            resource: resource.to_owned(),
        }
    }
}

/// Whether `text` is what `pattern` says.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut here) = (0, 0);
    // Behind the last `*`, and where its stretch of the text ends so far.
    let mut star = None;
    while here < text.len() {
        match pattern.get(at) {
            Some('*') => {
                at += 1;
                star = Some((at, here));
            }
            Some(wanted) if *wanted == '?' || *wanted == text[here] => {
                at += 1;
                here += 1;
            }
            _ => {
                let Some((behind, end)) = star else { return false };
                star = Some((behind, end + 1));
                (at, here) = (behind, end + 1);
            }
        }
    }
    pattern[at..].iter().all(|left| *left == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters_and_a_question_mark_for_one() {
        let table = "arn:aws:dynamodb:us-east-1:000000000000:table/Posts";
        for (pattern, text, fits) in [
            (table.to_owned(), table.to_owned(), true),
            (table.to_owned(), format!("{table}/index/due"), false),
            (format!("{table}/index/*"), format!("{table}/index/due"), true),
            (format!("{table}/index/*"), table.to_owned(), false),
            (format!("{table}*"), format!("{table}Old"), true),
            ("arn:aws:s3:::b/media/*".to_owned(), "arn:aws:s3:::b/media/t/x.mp4".to_owned(), true),
            ("arn:aws:s3:::b/media/*".to_owned(), "arn:aws:s3:::b/other/x.mp4".to_owned(), false),
            ("a*b*c".to_owned(), "a-b-b-c".to_owned(), true),
            ("a*b*c".to_owned(), "a-c-b".to_owned(), false),
            ("a?c".to_owned(), "abc".to_owned(), true),
            ("a?c".to_owned(), "ac".to_owned(), false),
            ("*".to_owned(), String::new(), true),
            (String::new(), "a".to_owned(), false),
        ] {
            assert_eq!(matches(&pattern, &text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn actions_are_alike_in_upper_and_lower_case_and_resources_are_not() {
        let statement = Statement {
            actions: vec!["SQS:sendMessage".to_owned()],
            resources: vec!["arn:Jobs".to_owned()],
            ..Statement::default()
        };
        assert!(statement.allows("F", &Right::new("sqs:SendMessage", "arn:Jobs")).is_some());
        assert!(statement.allows("F", &Right::new("sqs:SendMessage", "arn:jobs")).is_none());
    }

    #[test]
    fn a_condition_on_the_service_holds_for_what_that_service_does_only() {
        let via = |service: Option<&str>| {
            let mut right = Right::new("kms:Decrypt", "key");
            right.via = service.map(str::to_owned);
            right
        };
        let mut statement = Statement {
            actions: vec!["kms:Decrypt".to_owned()],
            resources: vec!["key".to_owned()],
            via_service: Some("s3.us-east-1.amazonaws.com".to_owned()),
            ..Statement::default()
        };
        let mut allowed = |condition: Option<&str>| {
            statement.via_service = condition.map(str::to_owned);
            [None, Some("s3.us-east-1.amazonaws.com"), Some("sqs.us-east-1.amazonaws.com")]
                .map(|service| statement.allows("F", &via(service)).is_some())
        };
        assert_eq!(allowed(Some("s3.us-east-1.amazonaws.com")), [false, true, false]);
        assert_eq!(allowed(None), [true, true, true]);
    }
}
