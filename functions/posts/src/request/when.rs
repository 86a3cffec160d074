//! When to publish.

use jiff::Timestamp;
use slipway_contract::fields::Fields;
use slipway_contract::time::read_time;
use slipway_contract::{Diagnostics, Issue};
use slipway_domain::rules::{BadTime, lies_ahead};

use super::Dialect;

/// When to publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At once.
    Now,
    /// At a time.
    At(Timestamp),
    /// Not until the caller says so.
    Never,
}

impl When {
    /// What a body says for all its targets. Only the older dialect publishes at once by default, and `publish_now: false`
    /// means a draft in both, whatever time stands beside it.
    pub(super) fn read(root: &Fields<'_>, dialect: Dialect, now: Timestamp, noted: &mut Diagnostics) -> Self {
        let publish_now = root.flag("publish_now", &mut noted.issues);
        let at = scheduled_at(root, now, &mut noted.issues);
        match (publish_now, at) {
            (Some(true), Some(_)) => {
                let message = "publish_now and scheduled_at contradict each other";
                noted.issues.push(Issue::invalid("scheduled_at", message, "Send one of the two."));
                Self::Never
            }
            (Some(false), at) => Self::draft(root, at, noted),
            (None, Some(at)) => Self::At(at),
            (Some(true), None) => Self::Now,
            (None, None) if dialect == Dialect::Older => Self::Now,
            (None, None) => Self::Never,
        }
    }

    /// What a target says for itself beside the `root` of the body, for all of whose targets `self` was said.
    pub(super) fn of_target(
        self,
        target: &Fields<'_>,
        root: &Fields<'_>,
        now: Timestamp,
        noted: &mut Diagnostics,
    ) -> Self {
        match scheduled_at(target, now, &mut noted.issues) {
            None => self,
            // A flag that is none was refused already.
            at if root.flag("publish_now", &mut Vec::new()) == Some(false) => Self::draft(target, at, noted),
            Some(at) => Self::At(at),
        }
    }

    /// A draft, although there may be a time.
    fn draft(fields: &Fields<'_>, at: Option<Timestamp>, noted: &mut Diagnostics) -> Self {
        if at.is_some() {
            let why = "stands beside publish_now: false, which always means a draft (leave publish_now out to have it \
                       scheduled)";
            noted.ignored(fields.path("scheduled_at"), why);
        }
        Self::Never
    }
}

/// `scheduled_at`, if it is a time that lies ahead, but not too far.
fn scheduled_at(fields: &Fields<'_>, now: Timestamp, issues: &mut Vec<Issue>) -> Option<Timestamp> {
    let text = fields.filled("scheduled_at", issues)?;
    let (what, cure) = match read_time(text) {
        Err(why) => (why.to_string(), "Send RFC 3339 with an offset alone, such as 2026-12-24T18:00:00Z."),
        Ok(at) => match lies_ahead(at, now) {
            Ok(()) => return Some(at),
            Err(past @ BadTime::Past) => (past.to_string(), "Send a time ahead, or publish_now."),
            Err(far @ BadTime::TooFar) => (far.to_string(), "Send an earlier time."),
        },
    };
    issues.push(Issue::invalid(fields.path("scheduled_at"), format!("scheduled_at {what}"), cure));
    None
}
