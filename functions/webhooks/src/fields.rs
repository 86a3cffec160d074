//! What requests say about endpoints.

use std::collections::BTreeSet;

use futures_util::future::{try_join, try_join_all};
use slipway_contract::fields::{Fields, quoted};
use slipway_contract::{ApiError, ErrorCode, Issue};
use slipway_domain::webhook::{MAX_EVENTS, MAX_FILTERS, MAX_URL};
use slipway_domain::{AccountId, BrandId, EventType};
use slipway_http::ErrorResponse;
use slipway_http::auth::Caller;

use crate::App;

const URL_CURE: &str = "Send an https address that is on the public internet, such as https://app.example.com/hooks.";
/// The cure of an event that there is not.
pub(crate) const LISTED_EVENT: &str = "Send one that GET /v1/webhooks/events lists.";
const EVENTS_CURE: &str = "Send at least one of the events that GET /v1/webhooks/events lists.";

/// The address, if one is given.
pub(crate) fn url(app: &App, root: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<String> {
    let text = root.filled("url", issues)?;
    if text.len() > MAX_URL {
        issues.push(Issue::invalid("url", format!("it has more than {MAX_URL} bytes"), URL_CURE));
        return None;
    }
    match app.endpoints.parse(text) {
        Ok(_) => Some(text.to_owned()),
        Err(why) => {
            issues.push(Issue::invalid("url", format!("url can't be called: {why}"), URL_CURE));
            None
        }
    }
}

/// What the endpoint is to be told of, each once, if that is said.
pub(crate) fn events(root: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<Vec<EventType>> {
    let names = root.texts("events", MAX_EVENTS, issues)?;
    let mut events = BTreeSet::new();
    for (index, name) in names.iter().enumerate() {
        events.extend(event_type(name, &format!("events[{index}]"), issues));
    }
    if names.is_empty() {
        issues.push(Issue::invalid("events", "no event is named", EVENTS_CURE));
    }
    Some(events.into_iter().collect())
}

/// Notes that something is missing that must be there.
pub(crate) fn required(root: &Fields<'_>, issues: &mut Vec<Issue>) {
    for (name, cure) in [("url", URL_CURE), ("events", EVENTS_CURE)] {
        if !root.has(name) {
            issues.push(Issue::required(name, cure));
        }
    }
}

/// Ids of this kind, each once, if the field is there.
fn ids<T: std::str::FromStr + Ord>(
    root: &Fields<'_>,
    name: &'static str,
    cure: &str,
    issues: &mut Vec<Issue>,
) -> Option<Vec<T>> {
    let texts = root.texts(name, MAX_FILTERS, issues)?;
    let mut ids = BTreeSet::new();
    for (index, text) in texts.iter().enumerate() {
        match text.parse() {
            Ok(id) => _ = ids.insert(id),
            Err(_) => {
                issues.push(Issue::invalid(format!("{name}[{index}]"), format!("{} is none", quoted(text)), cure));
            }
        }
    }
    Some(ids.into_iter().collect())
}

/// The event type of this name, if endpoints are told of it.
pub(crate) fn event_type(name: &str, field: &str, issues: &mut Vec<Issue>) -> Option<EventType> {
    let event = EventType::named(name).filter(|event| event.is_delivered());
    if event.is_none() {
        issues.push(Issue::no_such(field, "event", quoted(name), LISTED_EVENT));
    }
    event
}

/// The accounts that the endpoint is restricted to, if that is said.
pub(crate) fn accounts(root: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<Vec<AccountId>> {
    ids(root, "account_ids", "Send ids of your accounts; GET /v1/accounts lists them.", issues)
}

/// The brands that the endpoint is restricted to, if that is said.
pub(crate) fn brands(root: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<Vec<BrandId>> {
    ids(root, "brand_ids", "Send ids of your brands; GET /v1/brands lists them.", issues)
}

/// Refuses accounts and brands that are not there for this caller.
pub(crate) async fn must_be_known(
    app: &App,
    caller: &Caller,
    accounts: &[AccountId],
    brands: &[BrandId],
) -> Result<(), ErrorResponse> {
    let of_accounts = accounts.iter().map(|id| app.accounts.get(&caller.reach, id));
    let of_brands = brands.iter().map(|id| app.accounts.brand(&caller.reach, id));
    let (of_accounts, of_brands) = try_join(try_join_all(of_accounts), try_join_all(of_brands)).await?;
    let mut issues = Vec::new();
    for (index, (id, account)) in accounts.iter().zip(of_accounts).enumerate() {
        if account.is_none() {
            let cure = "Leave it out; GET /v1/accounts lists your accounts.";
            let issue = Issue::no_such(format!("account_ids[{index}]"), "account", id, cure);
            issues.push(issue.with_code(ErrorCode::AccountNotFound));
        }
    }
    for (index, (id, brand)) in brands.iter().zip(of_brands).enumerate() {
        if brand.is_none() {
            let cure = "Leave it out; GET /v1/brands lists your brands.";
            let issue = Issue::no_such(format!("brand_ids[{index}]"), "brand", id, cure);
            issues.push(issue.with_code(ErrorCode::BrandNotFound));
        }
    }
    if issues.is_empty() { Ok(()) } else { Err(ApiError::from_issues(issues).into()) }
}
