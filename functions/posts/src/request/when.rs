//! When to publish.

use jiff::Timestamp;
use slipway_contract::Issue;
use slipway_contract::fields::Fields;
use slipway_contract::time::read_time;
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
    /// What a body says for all its targets. Only the older dialect publishes at once by default.
    pub(super) fn read(root: &Fields<'_>, dialect: Dialect, now: Timestamp, issues: &mut Vec<Issue>) -> Self {
        let publish_now = root.flag("publish_now", issues);
        match (publish_now, scheduled_at(root, now, issues)) {
            (Some(true), Some(_)) => {
                let message = "publish_now and scheduled_at contradict each other";
                issues.push(Issue::invalid("scheduled_at", message, "Send one of the two."));
                Self::Never
            }
            (_, Some(at)) => Self::At(at),
            (Some(true), None) => Self::Now,
            (None, None) if dialect == Dialect::Older => Self::Now,
            (Some(false) | None, None) => Self::Never,
        }
    }
}

/// `scheduled_at`, if it is a time that lies ahead, but not too far.
pub(super) fn scheduled_at(fields: &Fields<'_>, now: Timestamp, issues: &mut Vec<Issue>) -> Option<Timestamp> {
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
