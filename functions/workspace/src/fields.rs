//! What requests say about keys.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use serde_json::{Map, Value};
use slipway_contract::fields::{Fields, quoted};
use slipway_contract::{ErrorCode, Issue};
use slipway_domain::limits::RESTRICTIONS_PER_KEY;
use slipway_domain::{BrandId, KeyScope, Mode, Reach, TenantId};
use slipway_http::auth::Caller;
use slipway_store::StoreError;

use crate::App;

/// Which mode a caller names for keys that it `does` something with. A live key may have to do with test keys, so that
/// nobody needs one to get one; a test key has to do with nothing that is live.
pub(crate) fn mode(text: &str, caller: &Caller, does: &str, issues: &mut Vec<Issue>) -> Option<Mode> {
    let own = caller.tenant().mode();
    let cure = "Send live or test, or leave it out for the mode of the key that you call with.";
    issues.push(match (text.parse(), own) {
        (Ok(Mode::Live), Mode::Test) => Issue::invalid("mode", format!("a test key {does} no live keys"), cure),
        (Ok(mode), _) => return Some(mode),
        (Err(_), _) => Issue::no_such("mode", "mode", quoted(text), cure),
    });
    None
}

/// A text of up to 100 characters without the blanks around it, if one is given.
pub(crate) fn short_text(root: &Fields<'_>, name: &'static str, issues: &mut Vec<Issue>) -> Option<String> {
    Some(root.short_text(name, "Shorten it.", issues)?.trim().to_owned())
}

/// The scopes, each once, if they are given. None in the list means everything.
pub(crate) fn scopes(root: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<Vec<KeyScope>> {
    let names = root.texts("scopes", RESTRICTIONS_PER_KEY, issues)?;
    let mut scopes = BTreeSet::new();
    for (index, name) in names.iter().enumerate() {
        if let Ok(scope) = name.parse() {
            scopes.insert(scope);
        } else {
            let cure = "Send scopes that GET /v1/keys/scopes lists, or none for all.";
            let issue = Issue::no_such(format!("scopes[{index}]"), "scope", quoted(name), cure);
            issues.push(issue.with_code(ErrorCode::ScopeInvalid));
        }
    }
    Some(scopes.into_iter().collect())
}

/// Notes fields that were meant to limit a key and would limit nothing: whoever misspells one must not get a key that may
/// do everything.
pub(crate) fn no_other_limits(body: &Map<String, Value>, issues: &mut Vec<Issue>) {
    const MEANT: [(&str, &str); 6] = [
        ("scope", "scopes"),
        ("permissions", "scopes"),
        ("brand", "brand_ids"),
        ("brand_id", "brand_ids"),
        ("brands", "brand_ids"),
        ("account_ids", "brand_ids"),
    ];
    for (name, right) in MEANT.into_iter().filter(|(name, _)| body.contains_key(*name)) {
        let message = format!("a key is not limited by {name}");
        issues.push(Issue::invalid(name, message, format!("Send {right}, a list.")));
    }
}

/// What is named as brands, if anything is.
pub(crate) fn named_brands<'a>(root: &Fields<'a>, issues: &mut Vec<Issue>) -> Option<Vec<&'a str>> {
    root.texts("brand_ids", RESTRICTIONS_PER_KEY, issues)
}

/// The brands of these names in this space, each once. None in the list means all of them.
pub(crate) async fn brands(
    app: &App,
    space: &TenantId,
    named: Option<Vec<&str>>,
    issues: &mut Vec<Issue>,
) -> Result<Option<Vec<BrandId>>, StoreError> {
    let Some(texts) = named else { return Ok(None) };
    // Keys without restrictions alone make others, also of the other mode.
    let reach = Reach::whole(space);
    let found = try_join_all(texts.iter().map(async |text| match text.parse() {
        Ok(id) => app.accounts.brand(&reach, &id).await,
        Err(_) => Ok(None),
    }));
    let mut brands = BTreeSet::new();
    for (index, (text, found)) in texts.iter().zip(found.await?).enumerate() {
        if let Some(brand) = found {
            brands.insert(brand.id);
        } else {
            let cure = "Send brands that GET /v1/brands lists, or none for all.";
            let issue = Issue::no_such(format!("brand_ids[{index}]"), "brand", quoted(text), cure);
            issues.push(issue.with_code(ErrorCode::BrandInvalid));
        }
    }
    Ok(Some(brands.into_iter().collect()))
}
