//! `POST /v1/posts`: reads both dialects into one meaning, with every problem of the body at once.
//!
//! Older dialect: `account_id`, `account_ids` or `platform_options`, and no `targets`; it publishes at once unless told
//! otherwise. Newer dialect: `targets`; without `publish_now` or `scheduled_at` the post is kept as a draft.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use slipway_contract::fields::Fields;
use slipway_contract::{ErrorCode, Issue};
use slipway_domain::{AccountId, Caption, MediaId};
use slipway_store::posts::NewPost;

use crate::layers::{Layer, Settings};

/// A body that reads well. Whether its account, media and privacy level exist is for later.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatePost {
    /// The caption for all targets.
    pub text: String,
    /// The title for all targets.
    pub title: Option<String>,
    /// Which dialect's rules apply where they differ.
    pub dialect: Dialect,
    /// The accounts, or how to find the one.
    pub targets: Vec<TargetRequest>,
    /// No account is named: the only TikTok account is meant.
    pub only_account: bool,
    /// Publish even if the same was posted lately.
    pub skip_duplicate_check: bool,
    /// Fields that nobody knows, by path.
    pub unknown_fields: Vec<String>,
}

/// Which dialect a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The product page's: publishes at once, privacy may be left out.
    Older,
    /// The documentation's: a draft unless told otherwise, privacy is required.
    Newer,
}

/// What one account shall publish.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetRequest {
    /// The account; absent where the only one is meant.
    pub account: Option<AccountId>,
    /// Where the account was named, for refusals.
    pub account_field: String,
    /// The caption.
    pub caption: Caption,
    /// The media, and where it was named.
    pub media: MediaId,
    /// Where the media was named, for refusals.
    pub media_field: String,
    /// What was said about TikTok's settings.
    pub settings: Settings,
    /// Where the privacy level is, or belongs.
    pub privacy_field: String,
    /// When to publish.
    pub when: When,
}

/// When to publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At once.
    Now,
    /// At a time.
    At(Timestamp),
    /// Not until told.
    Never,
}

/// The most accounts one post may go to.
const MAX_TARGETS: usize = NewPost::MAX_TARGETS;
/// Long before this a caption is refused; nothing longer is carried around.
const MAX_MEDIA: usize = 35;
/// How far ahead a post may be scheduled.
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 365);

/// Reads the body. `now` decides whether a scheduled time lies ahead.
pub fn read(object: &Map<String, Value>, now: Timestamp) -> Result<CreatePost, Vec<Issue>> {
    let mut issues = Vec::new();
    let root = Fields::root(object);
    let text = root.text("text", &mut issues).unwrap_or_default().to_owned();
    let title = root.text("title", &mut issues).map(str::to_owned);
    let skip_duplicate_check = root.flag("skip_duplicate_check", &mut issues).unwrap_or(false);
    root.flag("skip_validation", &mut issues);
    if root.has("confirm") {
        let cure = "Leave it out, and let the creator confirm in your own interface.";
        issues.push(
            Issue::invalid("confirm", "the hosted confirm page is not offered here", cure)
                .with_code(ErrorCode::NotSupported),
        );
    }

    let platforms = root.texts("platforms", 10, &mut issues);
    for (index, platform) in platforms.iter().flatten().enumerate().filter(|(_, platform)| **platform != "tiktok") {
        let message = format!("{platform:?} is not served, only \"tiktok\" is");
        issues.push(
            Issue::invalid(format!("platforms[{index}]"), message, "Send [\"tiktok\"] or leave platforms out.")
                .with_code(ErrorCode::UnsupportedPlatform),
        );
    }

    let targets = root.objects("targets", MAX_TARGETS, &mut issues);
    let named = named_accounts(&root, &mut issues);
    let options = root.object("platform_options", &mut issues);
    let older = root.has("account_id") || root.has("account_ids") || root.has("platform_options");
    let dialect = if older && !root.has("targets") { Dialect::Older } else { Dialect::Newer };

    let mut unknown = Vec::new();
    let base = base_layers(&root, options.as_ref(), &mut unknown, &mut issues);
    let when = when(&root, dialect, now, &mut issues);
    let media = media_of(&root, &mut issues);

    let mut requests = Vec::new();
    for target in targets.iter().flatten() {
        requests.extend(target_request(target, &text, &base, media.as_ref(), when, now, &mut unknown, &mut issues));
    }
    let mut only_account = false;
    if targets.is_none() && !root.has("targets") {
        let accounts: Vec<(Option<AccountId>, String)> =
            if named.is_empty() && !root.has("account_id") && !root.has("account_ids") {
                only_account = platforms.as_ref().is_some_and(|platforms| platforms.contains(&"tiktok"));
                if !only_account {
                    issues.push(Issue::required("targets", "Name the account: targets[].account_id, or account_id."));
                }
                vec![(None, "platforms".to_owned())]
            } else {
                named.into_iter().map(|(account, field)| (Some(account), field)).collect()
            };
        let privacy_field = match dialect {
            Dialect::Older => "platform_options.tiktok.privacy_level",
            Dialect::Newer => "platform_data.tiktok.privacy_level",
        };
        let caption = caption("text", &text, &mut issues);
        let media = media.clone().or_else(|| {
            issues.push(missing_media("media_ids"));
            None
        });
        if let (Some(caption), Some((media, media_field))) = (caption, media) {
            requests.extend(accounts.into_iter().map(|(account, account_field)| TargetRequest {
                account,
                account_field,
                caption: caption.clone(),
                media: media.clone(),
                media_field: media_field.clone(),
                settings: base.clone(),
                privacy_field: privacy_field.to_owned(),
                when,
            }));
        }
    } else if targets.as_ref().is_some_and(Vec::is_empty) {
        issues.push(Issue::required("targets", "Name at least one account: targets[].account_id."));
    }

    let mut seen = std::collections::BTreeSet::new();
    requests.retain(|request| request.account.is_none() || seen.insert(request.account.clone()));
    if requests.len() > MAX_TARGETS {
        issues.push(Issue::invalid(
            "account_ids",
            format!("at most {MAX_TARGETS} accounts a post"),
            "Make several posts.",
        ));
    }
    unknown.splice(0..0, root.unknown());
    if issues.is_empty() {
        Ok(CreatePost {
            text,
            title,
            dialect,
            targets: requests,
            only_account,
            skip_duplicate_check,
            unknown_fields: unknown,
        })
    } else {
        Err(issues)
    }
}

fn named_accounts(root: &Fields<'_>, issues: &mut Vec<Issue>) -> Vec<(AccountId, String)> {
    let mut texts = Vec::new();
    if let Some(text) = root.text("account_id", issues) {
        texts.push((text, "account_id".to_owned()));
    }
    for (index, text) in root.texts("account_ids", MAX_TARGETS, issues).into_iter().flatten().enumerate() {
        texts.push((text, format!("account_ids[{index}]")));
    }
    texts.into_iter().filter_map(|(text, field)| Some((account_id(text, &field, issues)?, field))).collect()
}

fn account_id(text: &str, field: &str, issues: &mut Vec<Issue>) -> Option<AccountId> {
    let id = text.parse().ok();
    if id.is_none() {
        // An id of another form can only be unknown: the answer is the same as for one that does not exist.
        let issue = Issue::invalid(field, format!("there is no account {text:?}"), "See GET /v1/accounts for yours.");
        issues.push(issue.with_code(ErrorCode::AccountNotFound));
    }
    id
}

/// The settings for all targets: `platform_options.tiktok` first, `platform_data.tiktok` wins over it.
fn base_layers(
    root: &Fields<'_>,
    options: Option<&Fields<'_>>,
    unknown: &mut Vec<String>,
    issues: &mut Vec<Issue>,
) -> Settings {
    let mut settings = Settings::default();
    if let Some(options) = options {
        let tiktok = options.object("tiktok", issues);
        let layer = tiktok.as_ref().map(|tiktok| Layer::read(tiktok, unknown, issues)).unwrap_or_default();
        for (name, given) in [("branded_content", layer.branded_content), ("paid_partnership", layer.paid_partnership)]
        {
            if given.is_none() {
                let field = format!("platform_options.tiktok.disclosure.{name}");
                if !issues.iter().any(|issue| issue.field == field) {
                    issues.push(Issue::required(
                        field,
                        "Send true or false: TikTok wants commercial content declared either way.",
                    ));
                }
            }
        }
        settings.add(layer);
        unknown.extend(options.unknown());
    }
    if let Some(data) = root.object("platform_data", issues) {
        if let Some(tiktok) = data.object("tiktok", issues) {
            settings.add(Layer::read(&tiktok, unknown, issues));
        }
        unknown.extend(data.unknown());
    }
    settings
}

#[expect(clippy::too_many_arguments, reason = "what all targets share, and where problems go")]
fn target_request(
    target: &Fields<'_>,
    text: &str,
    base: &Settings,
    shared_media: Option<&(MediaId, String)>,
    shared_when: When,
    now: Timestamp,
    unknown: &mut Vec<String>,
    issues: &mut Vec<Issue>,
) -> Option<TargetRequest> {
    let account_field = target.path("account_id");
    let account = if let Some(text) = target.text("account_id", issues) {
        account_id(text, &account_field, issues)
    } else {
        if !issues.iter().any(|issue| issue.field == account_field) {
            issues.push(Issue::required(account_field.clone(), "See GET /v1/accounts for yours."));
        }
        None
    };
    let own_text = target.text("text", issues);
    target.text("title", issues);
    let text_field = if own_text.is_some() { target.path("text") } else { "text".to_owned() };
    let caption = caption(&text_field, own_text.unwrap_or(text), issues);
    let media = media_of(target, issues).or_else(|| shared_media.cloned());
    if media.is_none() && !issues.iter().any(|issue| issue.code == ErrorCode::MediaRequired.as_str()) {
        issues.push(missing_media("media_ids"));
    }
    let mut settings = base.clone();
    let mut privacy_field = target.path("platform_data.privacy_level");
    if let Some(data) = target.object("platform_data", issues) {
        // Flat or nested; the nested one is the more explicit and wins.
        let nested = data.object("tiktok", issues);
        settings.add(Layer::read(&data, unknown, issues));
        if let Some(nested) = nested {
            privacy_field = target.path("platform_data.tiktok.privacy_level");
            settings.add(Layer::read(&nested, unknown, issues));
        }
    }
    let when = match scheduled_at(target, now, issues) {
        Some(at) => When::At(at),
        None => shared_when,
    };
    unknown.extend(target.unknown());
    let ((media, media_field), account, caption) = (media?, account?, caption?);
    Some(TargetRequest {
        account: Some(account),
        account_field,
        caption,
        media,
        media_field,
        settings,
        privacy_field,
        when,
    })
}

fn caption(field: &str, text: &str, issues: &mut Vec<Issue>) -> Option<Caption> {
    match Caption::parse(text) {
        Ok(caption) => Some(caption),
        Err(error) => {
            if !issues.iter().any(|issue| issue.field == field) {
                issues.push(Issue::invalid(field, error.to_string(), "Shorten the text."));
            }
            None
        }
    }
}

fn missing_media(field: &str) -> Issue {
    let cure = "Upload a video with POST /v1/media/upload or /v1/media/upload-url and name its id in media_ids.";
    Issue::invalid(field, "a post on TikTok needs a video", cure).with_code(ErrorCode::MediaRequired)
}

/// The one video of a post or target: `media[]` wins over `media_ids[]`.
fn media_of(fields: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<(MediaId, String)> {
    let ids = fields.texts("media_ids", MAX_MEDIA, issues);
    let objects = fields.objects("media", MAX_MEDIA, issues);
    let mut named = Vec::new();
    if let Some(objects) = objects.filter(|objects| !objects.is_empty()) {
        for object in &objects {
            let kind = object.text("source_type", issues).unwrap_or("media_id");
            object.text("type", issues);
            match (kind, object.text("source", issues)) {
                ("media_id" | "url", Some(source)) => named.push((source, object.path("source"))),
                ("media_id" | "url", None) => {
                    issues.push(Issue::required(object.path("source"), "Send the media's id."));
                }
                (other, _) => {
                    let message = format!("{other:?} is no source type");
                    issues.push(Issue::invalid(object.path("source_type"), message, "Send \"media_id\"."));
                }
            }
        }
    } else {
        named.extend(
            ids.into_iter()
                .flatten()
                .enumerate()
                .map(|(index, id)| (id, format!("{}[{index}]", fields.path("media_ids")))),
        );
    }
    if named.len() > 1 {
        let field = named.get(1).map(|(_, field)| field.clone()).unwrap_or_default();
        issues.push(
            Issue::invalid(field, "a TikTok video post has exactly one video", "Send one media id.")
                .with_code(ErrorCode::MediaMixing),
        );
        return None;
    }
    let (source, field) = named.into_iter().next()?;
    if source.starts_with("http://") || source.starts_with("https://") {
        let cure = "Upload the file with POST /v1/media/upload-url and send its media id.";
        issues.push(
            Issue::invalid(field, "a URL can not be used as media here", cure)
                .with_code(ErrorCode::MediaUnsupportedSource),
        );
        return None;
    }
    if let Ok(id) = source.parse() {
        Some((id, field))
    } else {
        let issue = Issue::invalid(
            field,
            format!("there is no media {source:?}"),
            "Upload the file first; see GET /v1/media for what you have.",
        );
        issues.push(issue.with_code(ErrorCode::MediaNotFound));
        None
    }
}

fn when(root: &Fields<'_>, dialect: Dialect, now: Timestamp, issues: &mut Vec<Issue>) -> When {
    let publish_now = root.flag("publish_now", issues);
    match (publish_now, scheduled_at(root, now, issues)) {
        (Some(true), Some(_)) => {
            let message = "publish_now and scheduled_at contradict each other";
            issues.push(Issue::invalid("scheduled_at", message, "Send one of the two."));
            When::Never
        }
        (_, Some(at)) => When::At(at),
        (Some(true), None) => When::Now,
        (None, None) if dialect == Dialect::Older => When::Now,
        (Some(false) | None, None) => When::Never,
    }
}

fn scheduled_at(fields: &Fields<'_>, now: Timestamp, issues: &mut Vec<Issue>) -> Option<Timestamp> {
    let text = fields.text("scheduled_at", issues)?;
    let mut refuse = |message: &str, cure: &str| {
        issues.push(Issue::invalid(fields.path("scheduled_at"), message, cure));
        None
    };
    match text.parse::<Timestamp>() {
        Err(_) => refuse("scheduled_at is not a time", "Send RFC 3339 with an offset, such as 2026-12-24T18:00:00Z."),
        Ok(at) if at < now - SignedDuration::from_secs(60) => {
            refuse("scheduled_at lies in the past", "Send a time ahead, or publish_now.")
        }
        Ok(at) if at > now + MAX_AHEAD => refuse("scheduled_at is more than a year ahead", "Send an earlier time."),
        Ok(at) => Some(at),
    }
}
