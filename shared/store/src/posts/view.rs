//! How a stored post looks to callers.

use super::{PostRecord, PostWithTargets, TargetMedia, TargetRecord, TimelineEntry};
use jiff::Timestamp;
use slipway_contract::post::{
    CausedBy, ErrorCategory, PostMedia, PostView, SourceType, TargetError, TargetErrorCode, TargetMetadata,
    TargetStatus, TargetView, TimelineView,
};
use slipway_contract::{ErrorCode, Platform, Time};
use slipway_domain::fail_reason::Fault;
use slipway_domain::{AccountId, DeferReason, FailReason, Failure, MediaId, MediaKind, PostStatus, TargetState};

/// The post and its targets.
pub fn post(post: &PostWithTargets) -> PostView {
    let PostWithTargets { post, targets } = post;
    let status = PostStatus::of(targets.iter().map(|target| &target.state));
    let reached = targets.iter().filter_map(|target| reached_at(&target.state)).max();
    PostView {
        id: post.id.clone(),
        status,
        created_at: post.created_at.into(),
        updated_at: targets.iter().map(|target| target.updated_at).max().unwrap_or(post.created_at).into(),
        text: post.text.clone(),
        title: post.title.clone(),
        media: post
            .media_ids
            .iter()
            .map(|id| PostMedia { source_type: SourceType::MediaId, source: id.clone(), kind: kind(id, targets) })
            .collect(),
        media_ids: post.media_ids.clone(),
        scheduled_at: post.scheduled_at.map(Time::from),
        published_at: reached.filter(|_| matches!(status, PostStatus::Published | PostStatus::Partial)).map(Time::from),
        retry_count: post.retry_count,
        hidden: post.hidden,
        targets: targets.iter().map(target).collect(),
        warnings: warnings(post, targets),
    }
}

/// What media is: what the targets that are made of it publish.
fn kind(media: &MediaId, targets: &[TargetRecord]) -> MediaKind {
    targets.iter().find(|target| target.uses(media)).map_or(MediaKind::Video, |target| target.content.kind())
}

/// What was said when the post was made, and what is known of its media since; each once.
fn warnings(post: &PostRecord, targets: &[TargetRecord]) -> Vec<String> {
    let mut all = post.warnings.clone();
    for warning in
        targets.iter().flat_map(TargetRecord::media).filter_map(TargetMedia::verified).flat_map(|media| &media.warnings)
    {
        if !all.contains(warning) {
            all.push(warning.clone());
        }
    }
    all
}

/// A step of an account's share.
pub fn step(account: &AccountId, step: &TimelineEntry) -> TimelineView {
    TimelineView {
        at: step.at.into(),
        account_id: account.clone(),
        state: step.state.clone(),
        note: step.note.clone(),
        tiktok_log_id: step.log_id.clone(),
        left_out: Some(step.left_out).filter(|left_out| *left_out > 0),
    }
}

/// One account's share.
pub fn target(record: &TargetRecord) -> TargetView {
    let post_id = match &record.state {
        TargetState::Published { post_ids, .. } => post_ids.first().cloned(),
        _ => None,
    };
    let permalink = post_id
        .as_ref()
        .zip(record.username.as_ref())
        .map(|(id, name)| format!("https://www.tiktok.com/@{name}/{}/{id}", record.content.kind().as_str()));
    TargetView {
        platform: Platform::TikTok,
        status: match &record.state {
            TargetState::Draft | TargetState::Scheduled { .. } => TargetStatus::Pending,
            TargetState::Queued { .. }
            | TargetState::Initialising { .. }
            | TargetState::Uploading { .. }
            | TargetState::Pulling { .. }
            | TargetState::Processing { .. }
            | TargetState::Deferred { .. } => TargetStatus::Publishing,
            // A draft in the creator's inbox is all that was asked for; `tiktok_status` tells the two apart.
            TargetState::Published { .. } | TargetState::InInbox { .. } => TargetStatus::Published,
            TargetState::Failed { .. } | TargetState::Unconfirmed { .. } | TargetState::Cancelled => {
                TargetStatus::Failed
            }
        },
        account_id: record.account.to_string(),
        platform_post_id: post_id,
        permalink,
        published_at: reached_at(&record.state).map(Time::from),
        media_type: record.content.kind(),
        metadata: metadata(record),
        metrics: None,
        metrics_synced_at: None,
        error: error(record),
    }
}

/// When it was where it was to go: the same for a target and for its post.
fn reached_at(state: &TargetState) -> Option<Timestamp> {
    match state {
        TargetState::Published { at, .. } => Some(*at),
        TargetState::InInbox { since, .. } => Some(*since),
        _ => None,
    }
}

fn metadata(record: &TargetRecord) -> TargetMetadata {
    let total = record.size_bytes();
    let (uploaded, waits) = match &record.state {
        TargetState::Uploading { sent, .. } => (*sent, None),
        TargetState::Processing { pull: Some(pull), .. } => (pull.fetched, None),
        TargetState::Processing { .. } | TargetState::Published { .. } | TargetState::InInbox { .. } => (total, None),
        TargetState::Unconfirmed { evidence, .. } => (evidence.sent, None),
        TargetState::Deferred { until, why, .. } => (0, Some((*until, *why))),
        _ => (0, None),
    };
    let content = &record.content;
    TargetMetadata {
        state: record.state.name(),
        publish_id: record.state.publish_id().cloned(),
        former_publish_ids: record.former.clone(),
        platform_post_ids: match &record.state {
            TargetState::Published { post_ids, .. } if post_ids.len() > 1 => post_ids.clone(),
            _ => Vec::new(),
        },
        tiktok_status: record.tiktok_status.clone(),
        uploaded_bytes: uploaded,
        total_bytes: total,
        next_attempt_at: waits.map(|(until, _)| until.into()),
        waiting_for: waits.map(|(_, why)| waiting_for(why)),
        post_mode: content.post_mode(),
        privacy_level: content.privacy_level(),
        disclosure: content.disclosure(),
        interactions: content.into(),
        is_aigc: content.is_aigc(),
    }
}

/// What a target waits for, in words.
pub fn waiting_for(why: DeferReason) -> &'static str {
    match why {
        DeferReason::RateLimited => "TikTok's limit of calls a minute",
        DeferReason::Velocity => "the account's limit of posts an hour, or a day",
        DeferReason::CreatorCap => "the creator's daily cap at TikTok",
        DeferReason::AppCap => "the app's daily cap of creators at TikTok",
        DeferReason::TikTokUnavailable => "TikTok, which has faults",
        DeferReason::Unreached => "TikTok, which could not be called",
        DeferReason::MediaImport => "the media, which is being imported",
        DeferReason::OtherPull => "TikTok's answer about another post of this account",
    }
}

fn error(record: &TargetRecord) -> Option<TargetError> {
    match &record.state {
        TargetState::Failed { failure, .. } => Some(failed(failure)),
        TargetState::Unconfirmed { publish_id: None, .. } => Some(TargetError {
            code: TargetErrorCode::Unconfirmed,
            message:
                "TikTok was told to fetch the media, but its answer was lost, and nothing was heard since. Look at \
                      the account on TikTok, then say what is there with POST /v1/posts/{id}/resolve."
                    .to_owned(),
            category: ErrorCategory::Platform,
            caused_by: CausedBy::Platform,
            retryable: false,
            tiktok_code: None,
            tiktok_log_id: None,
        }),
        TargetState::Unconfirmed { evidence, .. } => Some(TargetError {
            code: TargetErrorCode::Unconfirmed,
            message: format!(
                "TikTok has {} of {} bytes, but reported no outcome (last status: {}). Look at the account on TikTok, \
                 then say what is there with POST /v1/posts/{{id}}/resolve.",
                evidence.sent,
                record.size_bytes(),
                evidence.last_status.as_deref().unwrap_or("none")
            ),
            category: ErrorCategory::Platform,
            caused_by: CausedBy::Platform,
            retryable: false,
            tiktok_code: evidence.last_status.clone(),
            tiktok_log_id: None,
        }),
        _ => None,
    }
}

/// Why it failed.
pub fn failed(failure: &Failure) -> TargetError {
    let of = |code: TargetErrorCode, message: &str, category, caused_by, retryable| TargetError {
        code,
        message: message.to_owned(),
        category,
        caused_by,
        retryable,
        tiktok_code: None,
        tiktok_log_id: None,
    };
    match failure {
        Failure::PublishFailed { reason } => {
            TargetError { tiktok_code: Some(reason.as_str().to_owned()), ..verdict(reason) }
        }
        Failure::Refused { tiktok_code, log_id } => TargetError {
            tiktok_code: Some(tiktok_code.clone()),
            tiktok_log_id: log_id.clone(),
            ..of(
                ErrorCode::TikTokApiError.into(),
                refusal(tiktok_code),
                ErrorCategory::Platform,
                CausedBy::Platform,
                false,
            )
        },
        Failure::ReconnectionRequired => of(
            ErrorCode::ReconnectionRequired.into(),
            "The creator's authorization is gone. Connect the account again, then retry the post with POST /v1/posts/{id}/retry.",
            ErrorCategory::Auth,
            CausedBy::User,
            true,
        ),
        Failure::AccountGone => of(
            ErrorCode::AccountNotFound.into(),
            "The account was disconnected before the video could be sent. Connect it again and make a new post.",
            ErrorCategory::Auth,
            CausedBy::User,
            false,
        ),
        Failure::MediaGone => of(
            ErrorCode::MediaNotFound.into(),
            "The media was deleted or replaced before it could be sent. Upload it again and make a new post.",
            ErrorCategory::Validation,
            CausedBy::User,
            false,
        ),
        // The code is the one that the media item has for it.
        Failure::MediaRejected { code, message } => of(
            ErrorCode::MediaRejected.into(),
            &format!("{message} ({code})"),
            ErrorCategory::Validation,
            CausedBy::User,
            false,
        ),
        Failure::DeferredTooLong { why: DeferReason::MediaImport } => of(
            TargetErrorCode::Timeout,
            "The media was not imported within a day; nothing was published. Upload the file and make a new post.",
            ErrorCategory::System,
            CausedBy::System,
            false,
        ),
        Failure::DeferredTooLong { why } => of(
            TargetErrorCode::Timeout,
            &format!(
                "There was no room for a day: waiting for {}. Retry it with POST /v1/posts/{{id}}/retry.",
                waiting_for(*why)
            ),
            ErrorCategory::RateLimit,
            CausedBy::Platform,
            true,
        ),
        Failure::NoPullDomain => {
            of(ErrorCode::NotSupported.into(), NO_PULL_DOMAIN, ErrorCategory::System, CausedBy::System, true)
        }
        Failure::GaveUp => of(
            TargetErrorCode::Timeout,
            "The video could not be handed to TikTok; nothing was published. Retry it with POST /v1/posts/{id}/retry.",
            ErrorCategory::System,
            CausedBy::System,
            true,
        ),
        Failure::ResolvedAsNotPublished => of(
            TargetErrorCode::Unconfirmed,
            "It was looked up and is not on TikTok. Retry it with POST /v1/posts/{id}/retry.",
            ErrorCategory::Platform,
            CausedBy::Platform,
            true,
        ),
    }
}

/// TikTok can't be told to fetch anything.
pub const NO_PULL_DOMAIN: &str = "TikTok can fetch media only from a domain that is verified for this app, and \
     this installation has none. Its operator sets one up with PullDomain; see docs/deploying.md.";

fn verdict(reason: &FailReason) -> TargetError {
    let (code, category, caused_by) = match (reason, reason.fault()) {
        (FailReason::AuthRemoved, _) => (ErrorCode::ReconnectionRequired, ErrorCategory::Auth, CausedBy::User),
        (FailReason::SpamRiskTooManyPosts, _) => {
            (ErrorCode::TikTokRateLimit, ErrorCategory::RateLimit, CausedBy::Platform)
        }
        (
            FailReason::FileFormatCheckFailed
            | FailReason::DurationCheckFailed
            | FailReason::FrameRateCheckFailed
            | FailReason::PictureSizeCheckFailed,
            _,
        ) => (ErrorCode::MediaRejected, ErrorCategory::Validation, CausedBy::User),
        (_, Fault::Caller | Fault::Creator) => (ErrorCode::TikTokApiError, ErrorCategory::Platform, CausedBy::User),
        (_, Fault::TikTok) => (ErrorCode::TikTokApiError, ErrorCategory::Platform, CausedBy::Platform),
    };
    TargetError {
        code: code.into(),
        message: reason.advice().to_owned(),
        category,
        caused_by,
        // Not with nothing changed, but once the account is connected again.
        retryable: reason.is_retryable() || *reason == FailReason::AuthRemoved,
        tiktok_code: None,
        tiktok_log_id: None,
    }
}

/// TikTok's own message is the same for nearly every refusal; only the code tells them apart.
fn refusal(tiktok_code: &str) -> &'static str {
    match tiktok_code {
        "spam_risk_user_banned_from_posting" => FailReason::SpamRiskUserBannedFromPosting.advice(),
        "unaudited_client_can_only_post_to_private_accounts" => {
            "This TikTok app has not passed TikTok's audit: it may post only to private accounts, for the creator alone. \
             Have the creator set the account to private and use SELF_ONLY, or pass the audit."
        }
        "privacy_level_option_mismatch" => {
            "The creator does not offer this privacy level any more. Ask creator-info for the options and make a new post."
        }
        "invalid_params" => "TikTok refused the post's settings.",
        "url_ownership_unverified" => {
            "TikTok has not verified the domain from which it should fetch the media. The operator verifies PullDomain under \
             URL properties of the TikTok app."
        }
        _ => "TikTok refused the post. Its code says why.",
    }
}

#[cfg(test)]
mod tests;
