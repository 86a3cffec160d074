//! Does what a request names exist, and will TikTok take it? Everything that can be known before a byte is sent.

use std::collections::BTreeMap;

use slipway_contract::{ApiError, ErrorCode, Issue};
use slipway_domain::{MediaId, PostMode, PrivacyLevel, VideoSettings};
use slipway_runtime::guard::Caller;
use slipway_runtime::http::Failure;
use slipway_runtime::media::{VerifyError, verify};
use slipway_runtime::tokens::CallError;
use slipway_store::accounts::{AccountRecord, AccountStatus};
use slipway_store::media::{MediaRecord, MediaState};
use slipway_store::posts::MediaRef;
use slipway_tiktok::{CreatorInfo, Scope};

use crate::Service;
use crate::refusal;
use crate::request::{CreatePost, Dialect, TargetRequest, When};

/// A target that TikTok will most likely take.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) account: AccountRecord,
    pub(crate) media: MediaRef,
    pub(crate) settings: VideoSettings,
    pub(crate) when: When,
}

/// Checks every target; all problems come at once. Nothing is written but the media's own verdict.
pub(crate) async fn check(
    service: &Service,
    caller: &Caller,
    request: &CreatePost,
    warnings: &mut Vec<String>,
) -> Result<Vec<Checked>, Failure> {
    let mut issues = Vec::new();
    let mut accounts = Vec::new();
    for target in &request.targets {
        accounts.push(account(service, caller, target, request.only_account, &mut issues).await?);
    }
    let mut media = BTreeMap::new();
    for target in &request.targets {
        if !media.contains_key(&target.media) {
            media.insert(target.media.clone(), video(service, caller, target, &mut issues).await?);
        }
    }
    for target in &request.targets {
        settings_alone(target, request.dialect, &mut issues);
    }
    if let Some(error) = ApiError::from_issues(std::mem::take(&mut issues)) {
        return Err(error.into());
    }

    let mut checked = Vec::new();
    for (target, account) in request.targets.iter().zip(accounts) {
        let (Some(account), Some(Some(video))) = (account, media.get(&target.media)) else { continue };
        let creator = match target.settings.post_mode() {
            PostMode::Direct => creator_info(service, &account, target, warnings, &mut issues).await?,
            PostMode::Inbox => None,
        };
        let privacy_level = privacy(target, request.dialect, creator.as_ref(), warnings, &mut issues);
        too_long(target, video, creator.as_ref(), &mut issues);
        let settings = VideoSettings {
            post_mode: target.settings.post_mode(),
            caption: target.caption.clone(),
            privacy_level,
            disclosure: target.settings.disclosure(),
            interactions: target.settings.interactions(),
            is_aigc: target.settings.is_aigc(),
            video_cover_timestamp_ms: target.settings.video_cover_timestamp_ms(),
        };
        checked.push(Checked { account, media: video.media.clone(), settings, when: target.when });
    }
    match ApiError::from_issues(issues) {
        Some(error) => Err(error.into()),
        None => Ok(checked),
    }
}

async fn account(
    service: &Service,
    caller: &Caller,
    target: &TargetRequest,
    only_account: bool,
    issues: &mut Vec<Issue>,
) -> Result<Option<AccountRecord>, Failure> {
    let found = match &target.account {
        Some(id) => service.accounts.get(&caller.tenant, id).await?,
        None if only_account => {
            let mut page = service.accounts.list(&caller.tenant, &caller.brand_ids, None, 2).await?;
            if page.accounts.len() != 1 {
                let message = match page.accounts.len() {
                    0 => "no TikTok account is connected",
                    _ => "more than one TikTok account is connected, so the platform alone does not say which",
                };
                let cure = "Name it in account_id; connect one with POST /v1/accounts/connect.";
                issues.push(Issue::invalid("platforms", message, cure));
                return Ok(None);
            }
            page.accounts.pop()
        }
        None => None,
    };
    let Some(account) = found.filter(|account| caller.may_touch(account.brand.as_ref())) else {
        let named = target.account.as_ref().map(ToString::to_string).unwrap_or_default();
        let issue = Issue::invalid(
            &target.account_field,
            format!("there is no account {named}"),
            "See GET /v1/accounts for yours.",
        );
        issues.push(issue.with_code(ErrorCode::AccountNotFound));
        return Ok(None);
    };
    if let AccountStatus::ReconnectRequired { reason, .. } = account.status {
        issues.push(refusal::reconnect(&target.account_field, reason));
        return Ok(None);
    }
    let scope = match target.settings.post_mode() {
        PostMode::Direct => Scope::VideoPublish,
        PostMode::Inbox => Scope::VideoUpload,
    };
    if !account.has_scope(scope.as_str()) {
        let message = format!("the creator did not grant {}, which this post mode needs", scope.as_str());
        let cure = "Connect the account again with POST /v1/accounts/connect and have the creator tick it.";
        issues.push(Issue::invalid(&target.account_field, message, cure).with_code(ErrorCode::ReconnectionRequired));
        return Ok(None);
    }
    Ok(Some(account))
}

/// A video that is ready to be sent.
struct Video {
    media: MediaRef,
    duration_ms: Option<u64>,
}

async fn video(
    service: &Service,
    caller: &Caller,
    target: &TargetRequest,
    issues: &mut Vec<Issue>,
) -> Result<Option<Video>, Failure> {
    let id: &MediaId = &target.media;
    let field = &target.media_field;
    let Some(found) = service.media.get(&caller.tenant, id).await? else {
        let cure = "Upload the file first; see GET /v1/media for what you have.";
        issues.push(Issue::invalid(field, format!("there is no media {id}"), cure).with_code(ErrorCode::MediaNotFound));
        return Ok(None);
    };
    let verified = match verify(&service.media, &service.s3, &service.bucket, &found).await {
        Ok(verified) => verified,
        Err(VerifyError::NotUploaded | VerifyError::Gone) => {
            let cure = "PUT the file to the upload_url that came with the media id, then create the post.";
            issues.push(Issue::invalid(field, format!("nothing was uploaded for {id} yet"), cure));
            return Ok(None);
        }
        Err(error @ (VerifyError::Changing | VerifyError::Storage(_) | VerifyError::Store(_))) => {
            return Err(Failure::internal(&error));
        }
    };
    Ok(ready(verified, field, issues))
}

fn ready(media: MediaRecord, field: &str, issues: &mut Vec<Issue>) -> Option<Video> {
    match media.state {
        MediaState::Pending => {
            issues.push(Issue::invalid(field, format!("{} is not ready yet", media.id), "Try again in a moment."));
            None
        }
        MediaState::Failed { reasons, .. } => {
            for reason in reasons {
                let message = format!("TikTok would refuse {}: {}", media.id, reason.message);
                issues.push(Issue::invalid(field, message, reason.cure).with_code(ErrorCode::MediaRejected));
            }
            None
        }
        MediaState::Ready { object, findings } => {
            let Some(video_type) = findings.media_type.video_type() else {
                let message = format!("{} is not a video", media.id);
                let cure = "Only videos are published here. Upload MP4, MOV or WebM.";
                issues.push(Issue::invalid(field, message, cure).with_code(ErrorCode::MediaTypeMismatch));
                return None;
            };
            let s3_key = media.s3_key;
            let media = MediaRef { id: media.id, s3_key, etag: object.etag, size_bytes: object.size_bytes, video_type };
            Some(Video { media, duration_ms: findings.duration_ms })
        }
    }
}

/// What can be said about the settings without asking anybody.
fn settings_alone(target: &TargetRequest, dialect: Dialect, issues: &mut Vec<Issue>) {
    if target.settings.discloses_nothing() {
        let field = target.privacy_field.replace("privacy_level", "_disclosure_on");
        let message = "commercial content is declared, but neither as your brand nor as branded content";
        issues.push(Issue::invalid(field, message, "Set brand_organic_toggle or brand_content_toggle, or both."));
    }
    match target.settings.privacy_level() {
        Some(level) => {
            if let Err(error) = target.settings.disclosure().check(level) {
                issues.push(Issue::invalid(&target.privacy_field, error.to_string(), "Choose a wider privacy_level."));
            }
        }
        None if dialect == Dialect::Newer && target.settings.post_mode() == PostMode::Direct => {
            let cure = "Have the creator choose one of privacy_level_options; see GET /v1/accounts/{id}/creator-info.";
            issues.push(Issue::required(&target.privacy_field, cure));
        }
        None => {}
    }
}

/// What the creator may choose right now. TikTok's faults do not keep a post out: init will say what is wrong.
async fn creator_info(
    service: &Service,
    account: &AccountRecord,
    target: &TargetRequest,
    warnings: &mut Vec<String>,
    issues: &mut Vec<Issue>,
) -> Result<Option<CreatorInfo>, Failure> {
    let tiktok = service.tokens.tiktok();
    match service.tokens.call(account, async |token| tiktok.creator_info(&token).await).await {
        Ok(creator) => Ok(Some(creator)),
        Err(CallError::ReconnectRequired { reason }) => {
            issues.push(refusal::reconnect(&target.account_field, reason));
            Ok(None)
        }
        Err(CallError::TikTok(error)) => {
            if let Some(refused) = refusal::creator(&error, &target.account_field) {
                return Err(refused.into());
            }
            tracing::warn!(%error, account.id = %account.id, "creator info can't be had; going on without");
            let id = &account.id;
            warnings
                .push(format!("{id}: TikTok did not say what the creator allows; it decides when the video is sent."));
            Ok(None)
        }
        Err(error @ (CallError::RefreshPending | CallError::Gone | CallError::Store(_) | CallError::Vault(_))) => {
            Err(Failure::internal(&error))
        }
    }
}

/// The chosen level if the creator offers it. Where the older dialect left it out, the narrowest one that will do:
/// never a public one.
fn privacy(
    target: &TargetRequest,
    dialect: Dialect,
    creator: Option<&CreatorInfo>,
    warnings: &mut Vec<String>,
    issues: &mut Vec<Issue>,
) -> Option<PrivacyLevel> {
    if target.settings.post_mode() == PostMode::Inbox {
        return None; // the creator chooses in the app
    }
    let offered = creator.map(|creator| creator.privacy_level_options.as_slice());
    if let Some(level) = target.settings.privacy_level() {
        if let Some(offered) = offered.filter(|offered| !offered.contains(&level)) {
            let list: Vec<_> = offered.iter().map(|level| level.as_str()).collect();
            let message = format!("the creator does not offer {level}");
            let issue = Issue::invalid(&target.privacy_field, message, format!("Choose one of {}.", list.join(", ")));
            issues.push(issue.with_code(ErrorCode::PrivacyLevelUnsupported));
        }
        return Some(level);
    }
    if dialect == Dialect::Newer {
        return None; // refused already
    }
    // Branded content can not be private; friends is the narrowest level that is not.
    let branded = target.settings.disclosure().brand_content_toggle;
    let wanted = if branded { PrivacyLevel::MutualFollowFriends } else { PrivacyLevel::SelfOnly };
    if offered.is_some_and(|offered| !offered.contains(&wanted)) {
        let cure = "Choose one of privacy_level_options; see GET /v1/accounts/{id}/creator-info.";
        issues.push(Issue::required(&target.privacy_field, cure));
        return None;
    }
    warnings.push(format!(
        "{} was not given; {wanted} is used. Give it to choose who sees the post.",
        target.privacy_field
    ));
    Some(wanted)
}

fn too_long(target: &TargetRequest, video: &Video, creator: Option<&CreatorInfo>, issues: &mut Vec<Issue>) {
    let longest = creator.and_then(|creator| creator.max_video_duration_sec);
    let (Some(milliseconds), Some(longest)) = (video.duration_ms, longest) else { return };
    if milliseconds > longest.saturating_mul(1000) {
        let plays = milliseconds.div_ceil(1000);
        let message = format!("the video plays {plays} s, this creator may post at most {longest} s");
        let issue = Issue::invalid(&target.media_field, message, "Send a shorter video.");
        issues.push(issue.with_code(ErrorCode::MediaRejected));
    }
}
