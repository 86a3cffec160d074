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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use slipway_contract::ErrorCode;
    use slipway_contract::diagnostics::UnknownFields;
    use slipway_fetch::TrustedOrigins;

    use super::*;
    use crate::request::read;

    /// One target that says this of TikTok's settings, in each dialect.
    fn target(dialect: Dialect, tiktok: &Value) -> TargetRequest {
        let body = match dialect {
            Dialect::Older => {
                json!({"account_id": "acc_1", "media_ids": ["med_1"], "platform_data": {"tiktok": tiktok}})
            }
            Dialect::Newer => {
                json!({"targets": [{"account_id": "acc_1"}], "media_ids": ["med_1"], "platform_data": {"tiktok": tiktok}})
            }
        };
        let mut post =
            read(body.as_object().unwrap(), jiff::Timestamp::UNIX_EPOCH, &TrustedOrigins::none(), UnknownFields::Warn)
                .unwrap();
        assert_eq!(post.dialect, dialect);
        post.targets.remove(0)
    }

    fn offers(levels: &[PrivacyLevel]) -> CreatorInfo {
        CreatorInfo { privacy_level_options: levels.to_vec(), ..super::super::creator() }
    }

    #[test]
    fn a_level_that_is_left_out_is_never_filled_in_with_a_public_one() {
        use PrivacyLevel::{FollowerOfCreator, MutualFollowFriends, PublicToEveryone, SelfOnly};
        let public = [PublicToEveryone, MutualFollowFriends, SelfOnly];
        let (plain, branded) = (json!({}), json!({"brand_content_toggle": true}));
        for (dialect, tiktok, offered, taken) in [
            (Dialect::Older, &plain, Some(&public[..]), Some(SelfOnly)),
            (Dialect::Older, &branded, Some(&public[..]), Some(MutualFollowFriends)),
            (Dialect::Older, &plain, None, Some(SelfOnly)),
            (Dialect::Older, &branded, None, Some(MutualFollowFriends)),
            (Dialect::Older, &plain, Some(&[PublicToEveryone][..]), None),
            (Dialect::Older, &branded, Some(&[PublicToEveryone, FollowerOfCreator, SelfOnly][..]), None),
            (Dialect::Newer, &plain, Some(&public[..]), None),
        ] {
            let (mut warnings, mut issues) = (Vec::new(), Vec::new());
            let creator = offered.map(offers);
            let target = target(dialect, tiktok);
            let level = privacy(&target, dialect, creator.as_ref(), &mut warnings, &mut issues);
            assert_eq!(level, taken, "{dialect:?} {tiktok} {offered:?}");
            // What was taken is a warning; what could not be taken is required.
            assert_eq!(warnings.len(), usize::from(taken.is_some()));
            assert_eq!(issues.len(), usize::from(taken.is_none() && dialect == Dialect::Older));
            if dialect == Dialect::Newer {
                alone(&target, dialect, &mut issues);
            }
            assert!(taken.is_some() || issues[0].code == ErrorCode::FieldRequired, "{issues:?}");
        }
    }

    #[test]
    fn a_level_that_is_chosen_must_be_offered() {
        for chosen in PrivacyLevel::ALL {
            for offered in PrivacyLevel::ALL {
                let (mut warnings, mut issues) = (Vec::new(), Vec::new());
                let target = target(Dialect::Newer, &json!({"privacy_level": chosen}));
                let level = privacy(&target, Dialect::Newer, Some(&offers(&[offered])), &mut warnings, &mut issues);
                assert_eq!(level, Some(chosen));
                assert_eq!(issues.is_empty(), chosen == offered, "{chosen} {offered}");
                assert!(issues.iter().all(|issue| issue.code == ErrorCode::PrivacyLevelUnsupported));
                assert!(warnings.is_empty());
            }
        }
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused_before_tiktok_is_asked() {
        for (tiktok, field) in [
            (json!({"privacy_level": "SELF_ONLY", "brand_content_toggle": true}), Some("privacy_level")),
            (json!({"privacy_level": "SELF_ONLY", "_disclosure_on": true}), Some("_disclosure_on")),
            (json!({"privacy_level": "SELF_ONLY", "_disclosure_on": true, "brand_organic_toggle": true}), None),
            (json!({"privacy_level": "PUBLIC_TO_EVERYONE", "brand_content_toggle": true}), None),
            (json!({"post_mode": "inbox"}), None),
        ] {
            for dialect in [Dialect::Older, Dialect::Newer] {
                let mut issues = Vec::new();
                alone(&target(dialect, &tiktok), dialect, &mut issues);
                let fields: Vec<_> = issues.into_iter().map(|issue| issue.field).collect();
                let expected: Vec<_> = field.iter().map(|name| format!("platform_data.tiktok.{name}")).collect();
                assert_eq!(fields, expected, "{tiktok}");
            }
        }
    }

    #[test]
    fn a_draft_for_the_inbox_has_no_privacy_level() {
        let target = target(Dialect::Newer, &json!({"post_mode": "inbox", "privacy_level": "SELF_ONLY"}));
        assert_eq!(privacy(&target, Dialect::Newer, None, &mut Vec::new(), &mut Vec::new()), None);
    }
}
