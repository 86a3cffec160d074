//! A stored post as the body that would make it: what a change of it is laid over, so that a changed post goes through the
//! same checks as a new one.

use jiff::Timestamp;
use serde_json::{Map, Value};
use slipway_contract::Time;
use slipway_domain::{Content, MediaKind, MediaTransfer, TargetState};
use slipway_store::posts::{PostWithTargets, TargetMedia, TargetRecord};

/// The targets that a caller may still change.
pub(crate) fn editable(target: &TargetRecord) -> bool {
    target.state.name().can_be_changed()
}

/// The body that would make these targets of the post.
pub(crate) fn body(post: &PostWithTargets, of: impl Fn(&TargetRecord) -> bool) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("text".to_owned(), Value::from(post.post.text.as_str()));
    if let Some(title) = &post.post.title {
        body.insert("title".to_owned(), Value::from(title.as_str()));
    }
    let mut each = post.targets.iter().map(media_ids);
    let shared = each.next().filter(|first| each.all(|other| other == *first));
    if let Some(shared) = &shared {
        body.insert("media_ids".to_owned(), shared.clone());
    }
    let targets = post.targets.iter().filter(|record| of(record));
    let title = post.post.title.as_ref().map(|title| title.as_str());
    let targets: Vec<_> = targets.map(|record| target(record, &post.post.text, title, shared.as_ref())).collect();
    body.insert("targets".to_owned(), Value::from(targets));
    body
}

/// What the target says for itself. Its own text and media only where they are not the post's.
fn target(record: &TargetRecord, text: &str, title: Option<&str>, media: Option<&Value>) -> Value {
    let mut target = Map::new();
    let mut say = |name: &str, value: Value| target.insert(name.to_owned(), value);
    say("account_id", Value::from(record.account.as_str()));
    if record.content.text() != text {
        say("text", Value::from(record.content.text()));
    }
    if let Some(own) = record.content.title().filter(|own| Some(*own) != title) {
        say("title", Value::from(own));
    }
    let own = media_ids(record);
    if media != Some(&own) {
        say("media_ids", own);
    }
    if let TargetState::Scheduled { at } = &record.state {
        say("scheduled_at", time(*at));
    }
    say("platform_data", Value::from(settings(&record.content)));
    Value::from(target)
}

/// The media that it sends, as a body names it.
fn media_ids(record: &TargetRecord) -> Value {
    record.media().iter().map(|media| Value::from(media.id().as_str())).collect()
}

/// A time as an answer has it.
fn time(at: Timestamp) -> Value {
    serde_json::to_value(Time::from(at)).unwrap_or_default()
}

fn settings(content: &Content<TargetMedia>) -> Map<String, Value> {
    let disclosure = content.disclosure();
    let mut said = Map::new();
    let mut say = |name: &str, value: Value| said.insert(name.to_owned(), value);
    if let Some(level) = content.privacy_level() {
        say("privacy_level", Value::from(level.as_str()));
    }
    say("post_mode", serde_json::to_value(content.post_mode()).unwrap_or_default());
    say("brand_content_toggle", Value::from(disclosure.brand_content_toggle));
    say("brand_organic_toggle", Value::from(disclosure.brand_organic_toggle));
    say("is_aigc", Value::from(content.is_aigc()));
    match content {
        Content::Video { settings, .. } => {
            let interactions = settings.interactions;
            say("disable_comment", Value::from(interactions.disable_comment));
            say("disable_duet", Value::from(interactions.disable_duet));
            say("disable_stitch", Value::from(interactions.disable_stitch));
            if let Some(cover) = settings.video_cover_timestamp_ms {
                say("video_cover_timestamp_ms", Value::from(cover));
            }
            if settings.transfer == MediaTransfer::Pull {
                say("transfer", Value::from(settings.transfer.as_str()));
            }
        }
        Content::Photos { settings, media } => {
            say("media_type", Value::from(MediaKind::Photo.as_str()));
            say("disable_comment", Value::from(settings.disable_comment));
            say("auto_add_music", Value::from(settings.auto_add_music));
            say("photo_cover_index", Value::from(media.cover()));
        }
    }
    said
}

/// Lays a caller's change over the body of the stored post: what the change says wins, what it does not say stays.
///
/// `targets` name the accounts of the changed post; a target that is named and was there keeps what its entry does not
/// say. What is said for the whole post takes the place of what targets say for themselves.
pub(crate) fn overlay(mut body: Map<String, Value>, change: &Map<String, Value>) -> Map<String, Value> {
    let mut stored = match body.remove("targets") {
        Some(Value::Array(targets)) => targets,
        _ => Vec::new(),
    };
    if is_said(change, "media") || is_said(change, "media_ids") {
        body.remove("media_ids");
        without(&mut stored, &["media_ids"]);
    }
    if is_said(change, "scheduled_at") || is_said(change, "publish_now") {
        without(&mut stored, &["scheduled_at"]);
    }
    for own in stored.iter_mut().filter_map(|target| target.get_mut("platform_data")?.as_object_mut()) {
        if is_said(change, "visibility") {
            own.remove("privacy_level");
        }
        for name in ["platform_options", "platform_data"] {
            let said = change.get(name).and_then(|data| data.get("tiktok")).and_then(Value::as_object);
            own.retain(|name, _| !said.is_some_and(|said| settles(said, name)));
        }
    }
    let targets = match change.get("targets").filter(|_| is_said(change, "targets")) {
        Some(Value::Array(wanted)) => wanted.iter().map(|wanted| laid_over(&stored, wanted)).collect(),
        Some(other) => other.clone(),
        None => Value::from(stored),
    };
    lay(&mut body, change);
    body.insert("targets".to_owned(), targets);
    body
}

/// What may be an empty list, which names nobody and nothing.
const LISTS: [&str; 5] = ["media", "media_ids", "targets", "account_ids", "platforms"];

/// Whether a change says something under this name. Null, a blank and an empty list say nothing, as in a new post; but
/// `scheduled_at: null` takes the time away, and an empty text or title takes away the one that was.
fn is_said(change: &Map<String, Value>, name: &str) -> bool {
    change.get(name).is_some_and(|value| match value {
        Value::Null => name == "scheduled_at",
        Value::String(text) => !text.is_empty() || matches!(name, "text" | "title"),
        // Elsewhere a list is wrong, which is said.
        Value::Array(list) => !list.is_empty() || !LISTS.contains(&name),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
    })
}

/// Puts what a change says over what is there. What says nothing is kept where nothing is, so that a name that nobody
/// knows is named.
fn lay(over: &mut Map<String, Value>, change: &Map<String, Value>) {
    for (name, value) in change {
        if is_said(change, name) || !over.contains_key(name) {
            over.insert(name.clone(), value.clone());
        }
    }
}

fn without(targets: &mut [Value], names: &[&str]) {
    for target in targets.iter_mut().filter_map(Value::as_object_mut) {
        target.retain(|name, _| !names.contains(&name.as_str()));
    }
}

/// Whether these settings say something about the one with this name. `disclosure` is another name of the two toggles.
fn settles(said: &Map<String, Value>, name: &str) -> bool {
    let disclosed = |names: &[&str]| {
        let disclosure = said.get("disclosure").and_then(Value::as_object);
        disclosure.is_some_and(|disclosure| names.iter().any(|name| is_said(disclosure, name)))
    };
    is_said(said, name)
        || match name {
            "brand_content_toggle" => disclosed(&["branded_content", "paid_partnership"]),
            "brand_organic_toggle" => disclosed(&["your_brand"]),
            _ => false,
        }
}

/// A wanted target over the stored one of the same account.
fn laid_over(stored: &[Value], wanted: &Value) -> Value {
    let Some(said) = wanted.as_object() else { return wanted.clone() };
    let account = said.get("account_id");
    let known = stored.iter().find(|target| account.is_some() && target.get("account_id") == account);
    let Some(mut target) = known.and_then(Value::as_object).cloned() else { return wanted.clone() };
    if is_said(said, "media") || is_said(said, "media_ids") {
        target.remove("media_ids");
    }
    let own = match target.remove("platform_data") {
        Some(Value::Object(own)) => own,
        _ => Map::new(),
    };
    lay(&mut target, said);
    if let Some(data) = laid_over_settings(own, said) {
        target.insert("platform_data".to_owned(), Value::from(data));
    }
    Value::from(target)
}

/// The settings of a wanted target over its stored ones; nothing if what stands in their place are none.
fn laid_over_settings(mut own: Map<String, Value>, target: &Map<String, Value>) -> Option<Map<String, Value>> {
    let none = Map::new();
    let said = match target.get("platform_data").filter(|_| is_said(target, "platform_data")) {
        Some(said) => said.as_object()?,
        None => &none,
    };
    if is_said(target, "visibility") {
        own.remove("privacy_level");
    }
    let nested = said.get("tiktok").and_then(Value::as_object).unwrap_or(&none);
    own.retain(|name, _| !settles(said, name) && !settles(nested, name));
    lay(&mut own, said);
    Some(own)
}
