//! Will TikTok take what is asked for? Everything that can be known before a byte is sent.

mod account;
mod files;
mod left_out;
mod look_up;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use slipway_contract::creator::CreatorView;
use slipway_contract::{ApiError, ErrorCode, Issue, no_issues};
use slipway_domain::rules::{self, Creator, File, Judged, PrivacyRule, Settings, Wish, judge};
use slipway_domain::{AccountId, Carousel, Content, Failure, Hidden, LogId, MediaId};
use slipway_http::ErrorResponse;
use slipway_store::accounts::{AccountRecord, AccountStatus};
use slipway_store::media::MediaRecord;
use slipway_store::posts::{Commit, TargetMedia};

use self::account::{Asked, Problem, Refusal};
use self::files::Media;
pub(crate) use self::files::ready_media;
pub(crate) use self::left_out::LeftOut;
pub(crate) use self::look_up::{Found, look_up};
use crate::App;
use crate::at_once::{CALLS, at_once};
use crate::request::{CreatePost, Dialect, MediaRequest, SEE_ACCOUNTS, TargetRequest, When};

/// A target that TikTok will most likely take.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) account: AccountRecord,
    pub(crate) content: Content<TargetMedia>,
    /// How each of its files was named, in their order.
    pub(crate) media: Vec<NamedMedia>,
    /// Where the account was named, for refusals.
    pub(crate) account_field: String,
    /// The media that is to be made for it, where it was named by its address. Targets of one address share it.
    pub(crate) imports: Vec<MediaRecord>,
    pub(crate) when: When,
    /// TikTok's log id of what it reported about the creator, if it was asked.
    pub(crate) log_id: Option<LogId>,
    /// Why this account can't publish now although the request is good.
    pub(crate) refused: Option<Failure>,
}

/// How a file was named.
#[derive(Debug)]
pub(crate) struct NamedMedia {
    /// By id or address: what makes two posts the same.
    pub(crate) named: String,
    /// Where, for refusals.
    pub(crate) field: String,
}

impl Checked {
    /// Where its first file was named, for refusals.
    pub(crate) fn media_field(&self) -> &str {
        self.media.first().map_or("media_ids", |media| media.field.as_str())
    }

    /// Where this media was named, if it was.
    pub(crate) fn field_of(&self, id: &MediaId) -> Option<&str> {
        let files = self.content.media().iter().zip(&self.media);
        files.into_iter().find(|(media, _)| media.id() == id).map(|(_, named)| named.field.as_str())
    }

    /// Whether this media is to be made for it.
    pub(crate) fn imports(&self, id: &MediaId) -> bool {
        self.imports.iter().any(|import| import.id == *id)
    }

    /// The account was disconnected while the post was being checked.
    pub(crate) fn account_gone(&self) -> Issue {
        let issue = Issue::no_longer(&self.account_field, "account", &self.account.id, SEE_ACCOUNTS);
        issue.with_code(ErrorCode::AccountNotFound)
    }
}

/// What a post is checked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It is new. What is not there is left out where others are published.
    Create,
    /// A stored one is changed, and nothing of it is sent for that: an account may have to be connected again first.
    Change,
    /// A stored one is published.
    Publish,
}

/// What a check finds besides the targets.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// What was assumed or ignored.
    pub(crate) warnings: Vec<String>,
    /// Targets that get nothing although the others are taken.
    pub(crate) left_out: Vec<LeftOut>,
    /// What TikTok reported about the creators that it was asked about.
    pub(crate) creators: BTreeMap<AccountId, CreatorView>,
    /// Whether it was asked: what is wrong whatever the creators say ends the check before.
    pub(crate) asked: bool,
}

impl Noted {
    /// A refusal with what was to be said besides.
    pub(crate) fn warn(&self, ErrorResponse(mut error): ErrorResponse) -> ErrorResponse {
        error.warn(self.warnings.clone());
        ErrorResponse(error)
    }
}

/// Checks every target; all problems come at once.
///
/// What keeps an account out, whatever the request says, ends its target alone where others are to be published with it.
pub(crate) async fn check(
    app: &App,
    request: &CreatePost,
    found: Found,
    purpose: Purpose,
    noted: &mut Noted,
) -> Result<Vec<Checked>, ErrorResponse> {
    let Found { mode, accounts, media, issues: of_media, .. } = found;
    let (mut issues, nobody) = left_out::missing(request, &accounts, purpose);
    issues.extend(of_media);
    let judged = |target: &TargetRequest, creator: Option<&Creator>| {
        let files: Vec<_> = target.media.iter().map(|named| for_rules(named, &media)).collect();
        let choices = target.settings.choices();
        let wish = Wish {
            text: Hidden(target.text.value.as_str()),
            title: target.title.as_ref().map(|title| Hidden(title.value.as_str())),
            choices: &choices,
            privacy: request.dialect.into(),
        };
        let can_be_pulled = app.pull_domain.is_set();
        judge(&wish, &rules::Known { files: &files, creator, can_be_pulled, mode })
    };
    // What is wrong whatever the creators say is refused before they are asked.
    for target in &request.targets {
        note(&judged(target, None), target, &mut issues);
    }
    too_large(request, &mut issues);
    let mut targets = Vec::new();
    for (target, account) in request.targets.iter().zip(accounts) {
        let Ok((account, refusal)) = account else { continue };
        let refusal = refusal.filter(|refusal| !passes(refusal, purpose, noted));
        let refused = refusal.map(|refusal| apart(request, target, refusal)).transpose();
        let files: Option<Vec<&Media>> = target.media.iter().map(|named| media.get(named.source.as_str())).collect();
        match (refused, files) {
            (Ok(refused), Some(files)) => targets.push((target, account, files, refused)),
            (Ok(_), None) => {}
            (Err(problem), _) => problem.note(&mut issues)?,
        }
    }
    no_issues(left_out::with(&nobody, std::mem::take(&mut issues)))?;

    noted.asked = true;
    let asked = targets.iter().map(async |(target, account, _, refused)| match refused {
        // Who lacks the right for it would only be told so once more.
        None if account.status == AccountStatus::Active && has_scope(account, target) => {
            account::creator(app, account, target).await
        }
        None | Some(_) => Ok(Asked::default()),
    });
    let creators = at_once(CALLS, asked.collect()).await;
    let mut checked = Vec::new();
    for ((target, account, files, mut refused), creator) in targets.into_iter().zip(creators) {
        let Asked { creator, shown, log_id, warning, refusal } = creator?;
        noted.creators.extend(shown.map(|shown| (account.id.clone(), shown)));
        noted.warnings.extend(warning);
        if let Some(refusal) = refusal.filter(|refusal| !passes(refusal, purpose, noted)) {
            match apart(request, target, refusal) {
                Ok(failure) => refused = Some(failure),
                Err(problem) => problem.note(&mut issues)?,
            }
        }
        let judged = judged(target, creator.as_ref());
        note(&judged, target, &mut issues);
        let ids: Vec<_> = files.iter().map(|file| file.id()).collect();
        for warning in judged.warnings.iter().map(|warning| told::warning(warning, target, &ids)) {
            if !noted.warnings.contains(&warning) {
                noted.warnings.push(warning);
            }
        }
        let Some(settings) = judged.settings else { continue };
        let named =
            |named: &MediaRequest| NamedMedia { named: named.source.as_str().to_owned(), field: named.field.clone() };
        checked.push(Checked {
            account,
            content: content(settings, files.iter().map(|file| file.for_creator(creator.as_ref())).collect())?,
            media: target.media.iter().map(named).collect(),
            account_field: target.account_field.clone(),
            imports: files.iter().filter_map(|file| file.import()).cloned().collect(),
            when: target.when,
            log_id,
            refused,
        });
    }
    no_issues(left_out::with(&nobody, issues))?;
    noted.left_out = left_out::repeated(request, purpose);
    noted.left_out.extend(nobody);
    noted.warnings.extend(noted.left_out.iter().filter_map(LeftOut::warning));
    Ok(checked)
}

/// Whether what keeps the account out may wait until the post is published, which is then told.
fn passes(refusal: &Refusal, purpose: Purpose, noted: &mut Noted) -> bool {
    let Problem::Issue(issue) = &refusal.problem else { return false };
    if purpose != Purpose::Change || issue.code != ErrorCode::ReconnectionRequired {
        return false;
    }
    let warning = format!("{}: {}. {} Until then it can't be published.", issue.field, issue.message, issue.cure);
    if !noted.warnings.contains(&warning) {
        noted.warnings.push(warning);
    }
    true
}

/// What TikTok reports about the creator, if it can be asked for this target.
pub(crate) async fn shown_creator(app: &App, account: &AccountRecord, target: &TargetRequest) -> Option<CreatorView> {
    let may_ask = account.status == AccountStatus::Active && has_scope(account, target);
    // The answer is about the request, and shows the creator beside it: without that it is as true. A fault was logged
    // where it became an answer.
    if may_ask { account::creator(app, account, target).await.ok()?.shown } else { None }
}

/// What the rules have to know of a file.
fn for_rules(named: &MediaRequest, media: &BTreeMap<String, Media>) -> File {
    let unknown = || File { said: named.kind, presumed: named.source.promises(), ..File::default() };
    media.get(named.source.as_str()).map_or_else(unknown, |file| file.for_rules(named))
}

/// Adds what is wrong to the problems of the request, each once: targets share much of what is said.
fn note(judged: &Judged, target: &TargetRequest, issues: &mut Vec<Issue>) {
    for issue in judged.problems.iter().map(|problem| told::issue(problem, target)) {
        if !issues.contains(&issue) {
            issues.push(issue);
        }
    }
}

/// Whether the account has given the right that this target needs.
fn has_scope(account: &AccountRecord, target: &TargetRequest) -> bool {
    account.has_scope(&rules::needed_scope(target.settings.choices().post_mode()))
}

/// What is to be sent, out of what the rules have made of the settings.
fn content(settings: Settings, mut media: Vec<TargetMedia>) -> Result<Content<TargetMedia>, ErrorResponse> {
    Ok(match settings {
        Settings::Video(settings) => {
            let media = media.pop().ok_or_else(|| ErrorResponse::internal(&"a video post without a video"))?;
            Content::Video { settings, media }
        }
        Settings::Photos(settings, cover) => {
            let media = Carousel::new(media, cover).map_err(|error| ErrorResponse::internal(&error))?;
            Content::Photos { settings, media }
        }
    })
}

/// A post is written in one transaction, with each of its files.
fn too_large(request: &CreatePost, issues: &mut Vec<Issue>) {
    let files = request.targets.iter().flat_map(|target| &target.media).map(|media| media.source.as_str());
    let (targets, files) = (request.targets.len(), files.collect::<BTreeSet<_>>().len());
    let items = Commit::items_of(targets, files);
    if items > Commit::MAX_ITEMS {
        let message = format!("{targets} accounts and {files} files are too much for one post");
        let issue = Issue::invalid("targets", message, "Send the photos to fewer accounts at once.");
        issues.push(issue.compared(items, Commit::MAX_ITEMS));
    }
}

/// What keeps an account out ends its target where others are published, and the request where it is alone or was to be
/// kept for later.
fn apart(request: &CreatePost, target: &TargetRequest, refusal: Refusal) -> Result<Failure, Problem> {
    let together = request.targets.len() > 1 && target.when == When::Now;
    if together { Ok(refusal.failure) } else { Err(refusal.problem) }
}

impl From<Dialect> for PrivacyRule {
    fn from(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Older => Self::Narrowest,
            Dialect::Newer => Self::Required,
        }
    }
}

impl Problem {
    /// Adds it to the request's problems, or ends the check with it.
    fn note(self, issues: &mut Vec<Issue>) -> Result<(), ApiError> {
        match self {
            Self::Issue(issue) => issues.push(issue),
            Self::Answer(error) => return Err(error),
        }
        Ok(())
    }
}
