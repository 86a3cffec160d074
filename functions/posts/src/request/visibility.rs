//! `visibility`: who sees a post, in words that are not TikTok's own.

use slipway_contract::Issue;
use slipway_contract::fields::{Fields, quoted};
use slipway_domain::PrivacyLevel;

use super::Said;

/// What to send.
pub(crate) const CURE: &str = "Send public, friends, followers or private, or TikTok's own name.";

/// What `visibility` says at this place.
pub(super) fn read(fields: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<Said<PrivacyLevel>> {
    let (word, field) = (fields.filled("visibility", issues)?, fields.path("visibility"));
    let Some(value) = PrivacyLevel::spelt(word) else {
        issues.push(Issue::invalid(field, format!("{} is no visibility", quoted(word)), CURE));
        return None;
    };
    Some(Said { value, field })
}
