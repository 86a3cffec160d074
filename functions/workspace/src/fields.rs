//! What requests say about keys.

use std::collections::BTreeSet;

use slipway_contract::fields::{Fields, quoted};
use slipway_contract::{ErrorCode, Issue};
use slipway_domain::{ApiScope, BrandId, TenantId};

/// The longest name of a key, in characters.
const LONGEST_NAME: usize = 100;
/// The most scopes or brands that a key is limited to.
const MOST_LIMITS: usize = 50;

const NAME_CURE: &str = "Send what you call it, of up to 100 characters.";

/// Notes that the name is missing.
pub(crate) fn required_name(root: &Fields<'_>, issues: &mut Vec<Issue>) {
    if !root.has("name") {
        issues.push(Issue::required("name", NAME_CURE));
    }
}

/// The name, if one is given.
pub(crate) fn name(root: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<String> {
    let name = root.filled("name", issues)?.trim();
    let length = name.chars().count();
    if (1..=LONGEST_NAME).contains(&length) {
        return Some(name.to_owned());
    }
    issues.push(Issue::invalid("name", format!("name has {length} characters"), NAME_CURE));
    None
}

/// The scopes, each once, if they are given. None in the list means everything.
pub(crate) fn scopes(root: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<Vec<String>> {
    let names = root.texts("scopes", MOST_LIMITS, issues)?;
    let mut scopes = BTreeSet::new();
    for (index, name) in names.iter().enumerate() {
        if ApiScope::is_known(name) {
            scopes.insert((*name).to_owned());
        } else {
            let cure = "Send scopes that GET /v1/keys/scopes lists, or none for all.";
            let issue = Issue::invalid(format!("scopes[{index}]"), format!("there is no scope {}", quoted(name)), cure);
            issues.push(issue.with_code(ErrorCode::ScopeInvalid));
        }
    }
    Some(scopes.into_iter().collect())
}

/// The brands, each once, if they are given. None in the list means all of them.
pub(crate) fn brands(tenant: &TenantId, root: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<Vec<BrandId>> {
    let texts = root.texts("brand_ids", MOST_LIMITS, issues)?;
    let own = BrandId::default_of(tenant);
    let mut brands = BTreeSet::new();
    for (index, text) in texts.iter().enumerate() {
        if let Some(brand) = text.parse::<BrandId>().ok().filter(|brand| *brand == own) {
            brands.insert(brand);
        } else {
            let cure = format!("Send {own}, which is your own, or none for all.");
            let message = format!("there is no brand {}", quoted(text));
            let issue = Issue::invalid(format!("brand_ids[{index}]"), message, cure);
            issues.push(issue.with_code(ErrorCode::BrandInvalid));
        }
    }
    Some(brands.into_iter().collect())
}
