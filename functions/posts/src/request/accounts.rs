//! Who shall publish.

use std::collections::BTreeMap;

use slipway_contract::fields::{Fields, quoted};
use slipway_contract::{Diagnostics, ErrorCode, Issue};
use slipway_domain::limits::{LONGEST_QUOTED_ID, TARGETS_PER_POST};
use slipway_domain::{AccountId, BrandId};

use super::{RepeatedTarget, TargetRequest};

/// What says which account is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AccountName {
    /// Nothing: the only one there is.
    Only,
    /// Its id.
    Id(AccountId),
    /// A text that is no id.
    Malformed(String),
}

/// The accounts in `account_id` and `account_ids`, and where each was named.
pub(super) fn named(root: &Fields<'_>, noted: &mut Diagnostics) -> Vec<(AccountName, String)> {
    let one = root.filled("account_id", &mut noted.issues).map(|text| (text, "account_id".to_owned()));
    let list = root.texts("account_ids", TARGETS_PER_POST, &mut noted.issues).into_iter().flatten().enumerate();
    let all = one.into_iter().chain(list.map(|(index, text)| (text, format!("account_ids[{index}]"))));
    all.map(|(text, field)| (name(text), field)).collect()
}

/// The brand whose only account is meant, if none is `named`.
pub(super) fn brand(root: &Fields<'_>, named: bool, noted: &mut Diagnostics) -> Option<BrandId> {
    let text = root.filled("brand_id", &mut noted.issues)?;
    let brand = text.parse().map_err(|error| noted.issues.push(Issue::no_brand("brand_id", text, error)));
    if named {
        noted.ignored("brand_id", "says whose only account is meant where none is named, and here one is");
        return None;
    }
    brand.ok()
}

/// Reads what names an account. A text of another form can only be of nobody: it is answered as an id of no account is.
pub(super) fn name(text: &str) -> AccountName {
    text.parse()
        .map_or_else(|_| AccountName::Malformed(text.chars().take(LONGEST_QUOTED_ID).collect()), AccountName::Id)
}

/// Where a caller finds its accounts.
pub(crate) const SEE_ACCOUNTS: &str = "See GET /v1/accounts for yours.";

/// There is no such account.
pub(crate) fn unknown(text: &str, field: &str) -> Issue {
    Issue::no_such(field, "account", quoted(text), SEE_ACCOUNTS).with_code(ErrorCode::AccountNotFound)
}

/// Leaves the first target of each account: what `targets` says in detail wins over an account that is only named.
///
/// Answers those that say something else than the first one: what they ask for can't be done beside it.
pub(super) fn once_each(targets: &mut Vec<TargetRequest>, noted: &mut Diagnostics) -> Vec<RepeatedTarget> {
    let mut seen: BTreeMap<AccountId, String> = BTreeMap::new();
    let (mut kept, mut repeated): (Vec<TargetRequest>, Vec<_>) = (Vec::new(), Vec::new());
    for target in targets.drain(..) {
        let Some(account) = &target.account else {
            kept.push(target);
            continue;
        };
        let Some(first) = seen.get(account) else {
            seen.insert(account.clone(), target.account_field.clone());
            kept.push(target);
            continue;
        };
        if target.account_field.starts_with("targets[") {
            // It may say something else than the first one did, which is lost.
            noted.ignored(&target.account_field, format!("names the same account as {first}"));
            if kept.iter().any(|known| known.account == target.account && !known.says_the_same(&target)) {
                let (account, field) = (account.clone(), target.account_field.clone());
                repeated.push(RepeatedTarget { account, field, first: first.clone() });
            }
        }
    }
    *targets = kept;
    if targets.len() > TARGETS_PER_POST {
        let message = format!("the post has {} accounts, at most {TARGETS_PER_POST} are allowed", targets.len());
        let field = if seen.values().any(|field| field.starts_with("account_ids")) { "account_ids" } else { "targets" };
        noted.issues.push(Issue::invalid(field, message, "Make several posts."));
    }
    repeated
}

impl TargetRequest {
    /// Whether it asks for the same post, wherever that was said.
    fn says_the_same(&self, other: &Self) -> bool {
        let title = |target: &Self| target.title.as_ref().map(|title| title.value.clone());
        let media = |target: &Self| target.media.iter().map(|media| media.source.clone()).collect::<Vec<_>>();
        self.text.value == other.text.value
            && title(self) == title(other)
            && media(self) == media(other)
            && self.settings.choices() == other.settings.choices()
            && self.when == other.when
    }
}
