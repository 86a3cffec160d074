//! The rules of the body, by tables.

mod accepted;
mod equal;
mod refused;
mod settings;

use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_contract::Issue;
use slipway_contract::diagnostics::UnknownFields;
use slipway_fetch::TrustedOrigins;

use super::{CreatePost, read};

/// The moment at which all these bodies arrive.
fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// The older dialect, as the product page has it.
fn older() -> Value {
    json!({
        "account_id": "acc_1",
        "platforms": ["tiktok"],
        "text": "Hello",
        "media_ids": ["med_1"],
        "platform_options": {"tiktok": {"disclosure": {"branded_content": false, "paid_partnership": false}}},
    })
}

/// The newer dialect, as the documentation has it.
fn newer() -> Value {
    json!({
        "text": "Hello",
        "media_ids": ["med_1"],
        "targets": [{"account_id": "acc_1", "platform_data": {"privacy_level": "SELF_ONLY"}}],
    })
}

/// The body with some of its fields replaced, by their JSON pointers; null takes a field out. Indexes must exist.
fn with(mut body: Value, changes: &[(&str, Value)]) -> Value {
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    body
}

fn tried(body: &Value) -> Result<CreatePost, Vec<Issue>> {
    read(body.as_object().unwrap(), now(), &TrustedOrigins::none(), UnknownFields::Warn)
        .map_err(|refused| refused.issues)
}

#[track_caller]
fn accepted(body: &Value) -> CreatePost {
    tried(body).unwrap_or_else(|issues| panic!("{body:#}\n{issues:#?}"))
}

/// The fields of an otherwise good body that nobody knows: what a strict caller is refused for.
#[track_caller]
fn unknown_fields(body: &Value) -> Vec<String> {
    accepted(body);
    let strict = read(body.as_object().unwrap(), now(), &TrustedOrigins::none(), UnknownFields::Refuse);
    strict.err().into_iter().flat_map(|refused| refused.issues).map(|issue| issue.field).collect()
}

/// The field and the code of each problem, in their order.
#[track_caller]
fn problems(body: &Value) -> Vec<(String, &'static str)> {
    let issues = tried(body).expect_err("the body has problems");
    for issue in &issues {
        assert!(!issue.message.is_empty() && issue.cure.ends_with('.'), "{issue:?} has a message and a cure");
        assert!(issue.message.len() < 400, "{issue:?} repeats too much of what was sent");
    }
    issues.into_iter().map(|issue| (issue.field, issue.code.as_str())).collect()
}
