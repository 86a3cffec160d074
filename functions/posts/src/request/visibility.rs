//! `visibility`: who sees a post, in words that are not TikTok's own.

use slipway_contract::Issue;
use slipway_contract::fields::{Fields, quoted};
use slipway_domain::PrivacyLevel;

use super::Said;

const WORDS: [(&str, PrivacyLevel); 6] = [
    ("public", PrivacyLevel::PublicToEveryone),
    ("friends", PrivacyLevel::MutualFollowFriends),
    ("connections_only", PrivacyLevel::MutualFollowFriends),
    ("followers", PrivacyLevel::FollowerOfCreator),
    ("private", PrivacyLevel::SelfOnly),
    ("self_only", PrivacyLevel::SelfOnly),
];

/// What to send.
pub(crate) const CURE: &str = "Send public, friends, followers or private, or TikTok's own name.";

/// The privacy level that a word stands for; TikTok's own names do, too.
pub(crate) fn level(word: &str) -> Option<PrivacyLevel> {
    let known = WORDS.into_iter().chain(PrivacyLevel::ALL.map(|level| (level.as_str(), level)));
    known.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, level)| level)
}

/// What `visibility` says at this place.
pub(super) fn read(fields: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<Said<PrivacyLevel>> {
    let (word, field) = (fields.filled("visibility", issues)?, fields.path("visibility"));
    let Some(value) = level(word) else {
        issues.push(Issue::invalid(field, format!("{} is no visibility", quoted(word)), CURE));
        return None;
    };
    Some(Said { value, field })
}
