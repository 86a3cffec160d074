//! Does what a request names exist, and will TikTok take it? Everything that can be known before a byte is sent.

mod account;
mod settings;
mod video;

use std::collections::BTreeMap;

use futures_util::future::join;
use jiff::Timestamp;
use slipway_contract::{ApiError, ErrorCode, Issue, no_issues};
use slipway_domain::{Content, Failure, MediaId, VideoSettings};
use slipway_http::ErrorResponse;
use slipway_http::auth::Caller;
use slipway_store::accounts::AccountRecord;
use slipway_store::media::MediaRecord;
use slipway_store::posts::TargetMedia;

use self::account::{Asked, Known, Problem, Refusal};
use self::video::Video;
pub(crate) use self::video::ready_media;
use crate::Service;
use crate::at_once::at_once;
use crate::request::{CreatePost, TargetRequest, When};

/// How many calls of one request are on their way at once.
const AT_ONCE: usize = 16;

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
        let message = format!("there is no account {} any more", self.account.id);
        let issue = Issue::invalid(&self.account_field, message, "See GET /v1/accounts for yours.");
        issue.with_code(ErrorCode::AccountNotFound)
    }
}

/// What a request names, as far as it is there, and what is wrong with it. In the order of the targets.
#[derive(Debug, Default)]
pub(crate) struct Found {
    accounts: Vec<Option<Known>>,
    videos: BTreeMap<String, Video>,
    issues: Vec<Issue>,
}

/// Looks up the accounts and the media of all targets. Nothing is written but what media turns out to be.
pub(crate) async fn look_up(
    service: &Service,
    caller: &Caller,
    request: &CreatePost,
    now: Timestamp,
) -> Result<Found, ErrorResponse> {
    let mut each_media: Vec<&TargetRequest> = Vec::new();
    for target in &request.targets {
        if !each_media.iter().any(|known| known.media == target.media) {
            each_media.push(target);
        }
    }
    let accounts = request.targets.iter().map(|target| account::find(service, caller, target)).collect();
    let media = each_media.iter().map(|target| video::find(service, caller, target, now)).collect();
    let (accounts, media) = join(at_once(AT_ONCE, accounts), at_once(AT_ONCE, media)).await;
    let (mut found, mut issues) = (Vec::new(), Vec::new());
    for account in accounts {
        found.push(account?.map_err(|issue| issues.push(issue)).ok());
    }
    let mut videos = BTreeMap::new();
    for (target, video) in each_media.iter().zip(media) {
        match video? {
            Ok(video) => _ = videos.insert(target.media.as_str().to_owned(), video),
            Err(problems) => issues.extend(problems),
        }
    }
    Ok(Found { accounts: found, videos, issues })
}

/// Checks every target; all problems come at once.
///
/// What keeps an account out, whatever the request says, ends its target alone where others are to be published with it.
pub(crate) async fn check(
    service: &Service,
    request: &CreatePost,
    found: Found,
    warnings: &mut Vec<String>,
) -> Result<Vec<Checked>, ErrorResponse> {
    let Found { accounts, videos, mut issues } = found;
    for target in &request.targets {
        settings::alone(target, request.dialect, &mut issues);
    }
    let mut targets = Vec::new();
    for (target, account) in request.targets.iter().zip(accounts) {
        let Some((account, refusal)) = account else { continue };
        let refused = refusal.map(|refusal| apart(request, target, refusal)).transpose();
        match (refused, videos.get(target.media.as_str())) {
            (Ok(refused), Some(video)) => targets.push((target, account, video, refused)),
            (Ok(_), None) => {}
            (Err(problem), _) => problem.note(&mut issues)?,
        }
    }
    no_issues(std::mem::take(&mut issues))?;

    let asked = targets.iter().map(async |(target, account, _, refused)| match refused {
        None => account::creator(service, account, target).await,
        Some(_) => Ok(Asked::default()),
    });
    let creators = at_once(AT_ONCE, asked.collect()).await;
    let mut checked = Vec::new();
    for ((target, account, video, mut refused), creator) in targets.into_iter().zip(creators) {
        let Asked { creator, warning, refusal } = creator?;
        warnings.extend(warning);
        if let Some(refusal) = refusal {
            match apart(request, target, refusal) {
                Ok(failure) => refused = Some(failure),
                Err(problem) => problem.note(&mut issues)?,
            }
        }
        let privacy_level = settings::privacy(target, request.dialect, creator.as_ref(), warnings, &mut issues);
        video::fits(video, target, creator.as_ref(), warnings, &mut issues);
        let settings = VideoSettings {
            post_mode: target.settings.post_mode(),
            caption: target.caption.clone(),
            privacy_level,
            disclosure: target.settings.disclosure(),
            interactions: target.settings.interactions(),
            is_aigc: target.settings.is_aigc(),
            video_cover_timestamp_ms: target.settings.video_cover_timestamp_ms(),
        };
        let named = NamedMedia { named: target.media.as_str().to_owned(), field: target.media_field.clone() };
        checked.push(Checked {
            account,
            content: Content::Video { settings, media: video.for_creator(creator.as_ref()) },
            media: vec![named],
            account_field: target.account_field.clone(),
            imports: video.import().cloned().into_iter().collect(),
            when: target.when,
            refused,
        });
    }
    no_issues(issues)?;
    Ok(checked)
}

/// What keeps an account out ends its target where others are published, and the request where it is alone or was to be
/// kept for later.
fn apart(request: &CreatePost, target: &TargetRequest, refusal: Refusal) -> Result<Failure, Problem> {
    let together = request.targets.len() > 1 && target.when == When::Now;
    if together { Ok(refusal.failure) } else { Err(refusal.problem) }
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

/// A public creator of whom nothing special is to be said.
#[cfg(test)]
fn creator() -> slipway_tiktok::CreatorInfo {
    use slipway_domain::PrivacyLevel;
    slipway_tiktok::CreatorInfo {
        avatar_url: None,
        username: Some("creator".to_owned()),
        nickname: Some("Creator".to_owned()),
        privacy_level_options: vec![PrivacyLevel::PublicToEveryone, PrivacyLevel::SelfOnly],
        comment_disabled: false,
        duet_disabled: false,
        stitch_disabled: false,
        max_video_duration_sec: Some(600),
    }
}
