//! `POST /v1/posts`: reads both dialects into one meaning, with every problem of the body at once.
//!
//! Older dialect: `account_id`, `account_ids` or `platform_options`, and no `targets`; it publishes at once by
//! default. Newer dialect: `targets`; without `publish_now` or `scheduled_at` the post is kept as a draft. An empty
//! list names nobody: it counts as left out.

mod accounts;
mod content;
pub mod layers;
mod targets;
#[cfg(test)]
mod tests;
pub(crate) mod visibility;
mod when;

use jiff::Timestamp;
use serde_json::{Map, Value};
use slipway_contract::diagnostics::{Refused, UnknownFields};
use slipway_contract::fields::Fields;
use slipway_contract::{Diagnostics, Issue, Platform};
use slipway_domain::limits::PLATFORMS_PER_POST;
use slipway_domain::media::{promised_kind, shown_name, type_of};
use slipway_domain::{AccountId, BrandId, Hidden, MediaId, MediaKind};
use slipway_fetch::{PublicUrl, TrustedOrigins};

pub(crate) use self::accounts::{SEE_ACCOUNTS, unknown as unknown_account};
pub(crate) use self::content::{no_media, unknown_media};
pub use when::When;

use self::accounts::AccountName;
use self::layers::Settings;
use self::targets::Shared;

/// A body that reads well. Whether its account, media and privacy level exist is for later.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatePost {
    /// The text for all targets.
    pub text: Hidden<String>,
    /// The title for all targets.
    pub title: Option<Hidden<String>>,
    /// Which dialect's rules apply where they differ.
    pub dialect: Dialect,
    /// The accounts, or how to find the one. At least one, at most
    /// [`TARGETS_PER_POST`](slipway_domain::limits::TARGETS_PER_POST), no account twice.
    pub targets: Vec<TargetRequest>,
    /// Whose only account is meant where none is named; nothing means of all that the caller may see.
    pub brand: Option<BrandId>,
    /// Publish even if the same was posted lately.
    pub skip_duplicate_check: bool,
    /// Targets that say something else for an account that has one already: they get nothing.
    pub repeated: Vec<RepeatedTarget>,
    /// What was assumed or is of no effect, and which fields nobody knows.
    pub warnings: Vec<String>,
}

/// Which dialect a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The product page's: publishes at once, privacy may be left out.
    Older,
    /// The documentation's: a draft by default, privacy is required.
    Newer,
}

/// What one account shall publish.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetRequest {
    /// The account; absent where the only one is meant, or the name is no id.
    pub account: Option<AccountId>,
    /// What names the account and is no id: of nobody, as an id of no account.
    pub malformed: Option<String>,
    /// Where the account was named, for refusals.
    pub account_field: String,
    /// The text.
    pub text: Said<Hidden<String>>,
    /// The title, if there is one.
    pub title: Option<Said<Hidden<String>>>,
    /// The media, in their order: at least one.
    pub media: Vec<MediaRequest>,
    /// What was said about TikTok's settings.
    pub settings: Settings,
    /// Where the privacy level is, or belongs.
    pub privacy_field: String,
    /// When to publish.
    pub when: When,
}

/// A target of an account that an earlier one is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatedTarget {
    /// The account.
    pub account: AccountId,
    /// Where it was named again.
    pub field: String,
    /// Where it was named first.
    pub first: String,
}

/// A value, and where it was said: a refusal that depends on more than this place names it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<T> {
    /// What was said.
    pub value: T,
    /// Where.
    pub field: String,
}

/// A file that is to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRequest {
    /// Where it is.
    pub source: MediaSource,
    /// Where it was named, for refusals.
    pub field: String,
    /// What it was said to be.
    pub kind: Option<MediaKind>,
}

/// Where a video or photo is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaSource {
    /// With us.
    Id(MediaId),
    /// At an address that it is to be imported from.
    Url(PublicUrl),
}

impl MediaSource {
    /// The id, or the address in clear. An id never looks like an address.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Id(id) => id.as_str(),
            Self::Url(url) => url.expose(),
        }
    }

    /// What the name of a file at an address promises that it is.
    pub(crate) fn promises(&self) -> Option<MediaKind> {
        let Self::Url(url) = self else { return None };
        promised_kind(type_of(&shown_name(url.file_name()?)))
    }
}

/// Reads the body. `now` decides whether a scheduled time lies ahead; `origins` may be imported from although they are
/// not public.
pub fn read(
    object: &Map<String, Value>,
    now: Timestamp,
    origins: &TrustedOrigins,
    unknown: UnknownFields,
) -> Result<CreatePost, Refused> {
    let mut noted = Diagnostics::default();
    let root = Fields::root(object);
    let is_empty = |name| root.value(name).and_then(Value::as_array).is_some_and(Vec::is_empty);
    let named = |name| root.has(name) && !is_empty(name);
    let (has_targets, has_accounts) = (named("targets"), named("account_id") || named("account_ids"));
    let older = (has_accounts || root.has("platform_options")) && !has_targets;
    let dialect = if older { Dialect::Older } else { Dialect::Newer };

    let mut long = Vec::new();
    let media = content::media(&root, origins, &mut noted);
    let settings = Settings::shared(&root, &mut noted);
    let shared = Shared {
        dialect,
        text: content::text(&root, content::presumed(&media, &settings), &mut long, &mut noted.issues),
        title: content::title(&root, &mut noted.issues),
        media,
        origins,
        settings,
        when: When::read(&root, dialect, now, &mut noted),
        root: &root,
        now,
    };
    let skip_duplicate_check = root.flag("skip_duplicate_check", &mut noted.issues).unwrap_or(false);
    without_effect(&root, &mut noted);
    platforms(&root, &mut noted);

    let brand = accounts::brand(&root, has_targets || has_accounts, &mut noted);
    let mut targets = targets::listed(&root, &shared, &mut long, &mut noted);
    for (name, field) in accounts::named(&root, &mut noted) {
        targets.extend(shared.target(name, field, &mut noted));
    }
    if !has_targets && !has_accounts {
        if root.value("account_id").is_some_and(Value::is_string) {
            noted.issues.push(accounts::unknown("", "account_id"));
        } else if !named("platforms") {
            noted.issues.push(Issue::required("targets", "Name the account: targets[].account_id, or account_id."));
        }
        targets.extend(shared.target(AccountName::Only, "platforms".to_owned(), &mut noted));
    }
    let repeated = accounts::once_each(&mut targets, &mut noted);
    // Beside other problems they are some, too, and alone. Otherwise the others are published without them.
    if !noted.issues.is_empty() || targets.iter().all(|target| target.malformed.is_some()) {
        let unknown = targets
            .iter()
            .filter_map(|target| Some(accounts::unknown(target.malformed.as_deref()?, &target.account_field)));
        noted.issues.extend(unknown.collect::<Vec<_>>());
    }
    unknown_kinds(&targets, &mut noted);
    noted.unknown(&root);
    // Whether a text is too long depends on what the media is, which is looked up only if all else is well. Of a text that
    // no target has, what the media seems to be decides.
    let is_lost = !noted.issues.is_empty();
    let has = |issue: &Issue| targets.iter().any(|target| target.text.field == issue.field);
    noted.issues.extend(long.into_iter().filter(|issue| is_lost || !has(issue)));
    let said = |given: &content::Given<Said<Hidden<String>>>| given.this().map(|said| said.value.clone());
    Ok(CreatePost {
        text: said(&shared.text).unwrap_or_default(),
        title: said(&shared.title),
        dialect,
        targets,
        brand,
        skip_duplicate_check,
        repeated,
        warnings: noted.warnings_or_issues(unknown)?,
    })
}

/// Says what addresses are taken for whose names do not tell it: the post is made before anybody has seen the file.
fn unknown_kinds(targets: &[TargetRequest], noted: &mut Diagnostics) {
    for target in targets.iter().filter(|target| target.settings.choices().media_type.is_none()) {
        if target.media.iter().any(|media| media.kind.is_some()) {
            continue;
        }
        let presumed = content::presumed(&content::Given::This(target.media.clone()), &target.settings);
        let is_unknown =
            |media: &&MediaRequest| matches!(media.source, MediaSource::Url(_)) && media.source.promises().is_none();
        for media in target.media.iter().filter(is_unknown) {
            let warning = format!(
                "{}: the address does not show what the file is; it is taken for a {}. Say which with media_type, or with \
                 type in media.",
                media.field,
                presumed.as_str()
            );
            if !noted.warnings.contains(&warning) {
                noted.warnings.push(warning);
            }
        }
    }
}

/// Platforms that are named must be served. Alone, they stand for the only account there is.
fn platforms(root: &Fields<'_>, noted: &mut Diagnostics) {
    let platforms = root.texts("platforms", PLATFORMS_PER_POST, &mut noted.issues);
    for platform in platforms.iter().flatten().filter(|platform| !Platform::is_served(platform)) {
        let cure = "Send [\"tiktok\"] or leave platforms out.";
        noted.issues.push(Issue::platform_not_served("platforms", platform, cure));
    }
}

/// Fields of the API that change nothing here, or are not offered.
fn without_effect(root: &Fields<'_>, noted: &mut Diagnostics) {
    if root.flag("skip_validation", &mut noted.issues) == Some(true) {
        noted.warnings.push("skip_validation has no effect: TikTok validates every post in any case.".to_owned());
    }
    if root.has("confirm") {
        let cure = "Leave it out, and let the creator confirm in your own interface.";
        noted.issues.push(Issue::invalid("confirm", "the hosted confirm page does not exist yet", cure));
    }
}
