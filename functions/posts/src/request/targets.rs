//! One target an account: what is said for the whole post, and what the target says better.

use jiff::Timestamp;
use slipway_contract::fields::Fields;
use slipway_contract::{Diagnostics, Issue};
use slipway_domain::Hidden;
use slipway_domain::limits::TARGETS_PER_POST;
use slipway_fetch::TrustedOrigins;

use super::accounts::{AccountName, SEE_ACCOUNTS};
use super::content::{self, Given};
use super::layers::{Layer, Settings};
use super::when::When;
use super::{Dialect, MediaRequest, Said, TargetRequest, accounts};

/// What a body says for all its targets.
pub(super) struct Shared<'a> {
    pub(super) origins: &'a TrustedOrigins,
    pub(super) dialect: Dialect,
    pub(super) text: Given<Said<Hidden<String>>>,
    pub(super) title: Given<Said<Hidden<String>>>,
    pub(super) media: Given<Vec<MediaRequest>>,
    pub(super) settings: Settings,
    pub(super) when: When,
    pub(super) root: &'a Fields<'a>,
    pub(super) now: Timestamp,
}

/// What one target says for itself.
struct Own {
    text: Given<Said<Hidden<String>>>,
    title: Given<Said<Hidden<String>>>,
    media: Given<Vec<MediaRequest>>,
    settings: Settings,
    /// Where a privacy level belongs if there is none yet.
    privacy_field: String,
    when: When,
}

impl Shared<'_> {
    /// The target of an account that is only named, or of the only account.
    pub(super) fn target(
        &self,
        account: AccountName,
        account_field: String,
        noted: &mut Diagnostics,
    ) -> Option<TargetRequest> {
        let privacy_field = match self.dialect {
            Dialect::Older => "platform_options.tiktok.privacy_level",
            Dialect::Newer => "platform_data.tiktok.privacy_level",
        };
        let own = Own {
            text: Given::Nothing,
            title: Given::Nothing,
            media: Given::Nothing,
            settings: self.settings.clone(),
            privacy_field: privacy_field.to_owned(),
            when: self.when,
        };
        self.with(own, account, account_field, noted)
    }

    fn with(
        &self,
        own: Own,
        account: AccountName,
        account_field: String,
        noted: &mut Diagnostics,
    ) -> Option<TargetRequest> {
        let (account, malformed) = match account {
            AccountName::Only => (None, None),
            AccountName::Id(id) => (Some(id), None),
            AccountName::Malformed(text) => (None, Some(text)),
        };
        let media = own.media.or(&self.media);
        if matches!(media, Given::Nothing) {
            content::missing_media(&mut noted.issues);
        }
        let text = match own.text.or(&self.text) {
            Given::Nothing => Some(Said { value: Hidden::default(), field: "text".to_owned() }),
            Given::Refused => None,
            Given::This(text) => Some(text.clone()),
        };
        let Some((text, media)) = text.zip(media.this().cloned()) else {
            noted.issues.extend(malformed.map(|text| accounts::unknown(&text, &account_field)));
            return None;
        };
        let title = own.title.or(&self.title).this().cloned();
        let privacy_field = own.settings.privacy_field().map_or(own.privacy_field, str::to_owned);
        let (settings, when) = (own.settings, own.when);
        Some(TargetRequest { account, malformed, account_field, text, title, media, settings, privacy_field, when })
    }
}

/// The targets in `targets`.
///
/// `long` takes the problems of texts that are too long if they belong to a video.
pub(super) fn listed(
    root: &Fields<'_>,
    shared: &Shared<'_>,
    long: &mut Vec<Issue>,
    noted: &mut Diagnostics,
) -> Vec<TargetRequest> {
    let targets = root.objects("targets", TARGETS_PER_POST, &mut noted.issues);
    targets.iter().flatten().filter_map(|target| one(target, shared, long, noted)).collect()
}

fn one(
    target: &Fields<'_>,
    shared: &Shared<'_>,
    long: &mut Vec<Issue>,
    noted: &mut Diagnostics,
) -> Option<TargetRequest> {
    let field = target.path("account_id");
    let account = target.text("account_id", &mut noted.issues).map(accounts::name);
    if target.value("account_id").is_none() {
        noted.issues.push(Issue::required(&field, SEE_ACCOUNTS));
    }
    let mut own = Own {
        text: Given::Nothing,
        title: content::title(target, &mut noted.issues),
        media: content::media(target, shared.origins, noted),
        settings: shared.settings.clone(),
        privacy_field: target.path("platform_data.privacy_level"),
        when: shared.when.of_target(target, shared.root, shared.now, noted),
    };
    own.settings.add(Layer::visibility(target, &mut noted.issues));
    if let Some(data) = target.object("platform_data", &mut noted.issues) {
        // Flat or nested; the nested one is the more explicit and wins.
        let nested = data.object("tiktok", &mut noted.issues);
        own.settings.add(Layer::read(&data, noted));
        if let Some(nested) = nested {
            own.privacy_field = nested.path("privacy_level");
            own.settings.add(Layer::read(&nested, noted));
        }
    }
    let presumed = content::presumed(own.media.or(&shared.media), &own.settings);
    own.text = content::text(target, presumed, long, &mut noted.issues);
    noted.unknown(target);
    let request = shared.with(own, account.clone().unwrap_or(AccountName::Only), field, noted);
    account.and(request)
}
