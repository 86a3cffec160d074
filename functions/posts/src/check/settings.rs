//! TikTok's settings: do they fit each other, and what the creator allows?

use slipway_contract::{ErrorCode, Issue};
use slipway_domain::{PostMode, PrivacyLevel};
use slipway_tiktok::CreatorInfo;

use crate::request::{Dialect, TargetRequest};

/// What can be said about the settings without asking anybody.
pub(super) fn alone(target: &TargetRequest, dialect: Dialect, issues: &mut Vec<Issue>) {
    if let Some(field) = target.settings.discloses_nothing() {
        let message = "commercial content is declared, but neither as your brand nor as branded content";
        issues.push(Issue::invalid(field, message, "Set brand_organic_toggle or brand_content_toggle, or both."));
    }
    match target.settings.privacy_level() {
        Some(level) => {
            if let Err(error) = target.settings.disclosure().check(level) {
                issues.push(Issue::invalid(&target.privacy_field, error.to_string(), "Choose a wider privacy_level."));
            }
        }
        None if dialect == Dialect::Newer && target.settings.post_mode() == PostMode::Direct => {
            let cure = "Have the creator choose one of privacy_level_options; see GET /v1/accounts/{id}/creator-info.";
            issues.push(Issue::required(&target.privacy_field, cure));
        }
        None => {}
    }
}

/// The chosen level if the creator offers it. Where the older dialect left it out, the narrowest one that will do:
/// never a public one.
pub(super) fn privacy(
    target: &TargetRequest,
    dialect: Dialect,
    creator: Option<&CreatorInfo>,
    warnings: &mut Vec<String>,
    issues: &mut Vec<Issue>,
) -> Option<PrivacyLevel> {
    if target.settings.post_mode() == PostMode::Inbox {
        return None; // the creator chooses in the app
    }
    let offered = creator.map(|creator| creator.privacy_level_options.as_slice());
    if let Some(level) = target.settings.privacy_level() {
        if let Some(offered) = offered.filter(|offered| !offered.contains(&level)) {
            let list: Vec<_> = offered.iter().map(|level| level.as_str()).collect();
            let message = format!("the creator does not offer {level}");
            let issue = Issue::invalid(&target.privacy_field, message, format!("Choose one of {}.", list.join(", ")));
            issues.push(issue.with_code(ErrorCode::PrivacyLevelUnsupported));
        }
        return Some(level);
    }
    if dialect == Dialect::Newer {
        return None; // refused already
    }
    // Branded content can not be private; friends is the narrowest level that is not.
    let branded = target.settings.disclosure().brand_content_toggle;
    let wanted = if branded { PrivacyLevel::MutualFollowFriends } else { PrivacyLevel::SelfOnly };
    if offered.is_some_and(|offered| !offered.contains(&wanted)) {
        let cure = "Choose one of privacy_level_options; see GET /v1/accounts/{id}/creator-info.";
        issues.push(Issue::required(&target.privacy_field, cure));
        return None;
    }
    warnings.push(format!(
        "{} was not given; {wanted} is used. Give it to choose who sees the post.",
        target.privacy_field
    ));
    Some(wanted)
}
