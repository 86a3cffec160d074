//! Targets that get nothing although the others of their post are taken: their account is not there, or an earlier
//! target is for it. They are in the answer and kept nowhere, but for a warning.

use slipway_contract::post::{
    CausedBy, ErrorCategory, InteractionsView, TargetError, TargetErrorCode, TargetMetadata, TargetStatus, TargetView,
};
use slipway_contract::{Issue, Platform};
use slipway_domain::rules::Choices;
use slipway_domain::{AccountId, MediaKind, StateName};

use super::Purpose;
use super::account::Known;
use crate::request::{CreatePost, RepeatedTarget, TargetRequest, When};

/// A target that gets nothing.
#[derive(Debug)]
pub(crate) struct LeftOut {
    /// The account's id, or what stood in its place.
    pub(crate) account: String,
    /// Where it was named.
    pub(crate) field: String,
    pub(crate) code: TargetErrorCode,
    /// What is wrong, and what to do.
    pub(crate) message: String,
    /// As a problem of the request, should it be refused for others; a repeated target is none.
    issue: Option<Issue>,
    choices: Choices,
}

/// The problems of accounts that are not there, and those targets that are only left out for it: where others are
/// published at once with them.
pub(super) fn missing(
    request: &CreatePost,
    accounts: &[Result<Known, Issue>],
    purpose: Purpose,
) -> (Vec<Issue>, Vec<LeftOut>) {
    let others = purpose == Purpose::Create && accounts.iter().any(Result::is_ok);
    let (mut issues, mut left_out) = (Vec::new(), Vec::new());
    for (target, found) in request.targets.iter().zip(accounts) {
        let Err(issue) = found else { continue };
        match target.malformed.as_deref().or(target.account.as_ref().map(AccountId::as_str)) {
            Some(account) if others && target.when == When::Now => left_out.push(nobody(account, target, issue)),
            _ => issues.push(issue.clone()),
        }
    }
    (issues, left_out)
}

fn nobody(account: &str, target: &TargetRequest, issue: &Issue) -> LeftOut {
    LeftOut {
        account: account.to_owned(),
        field: target.account_field.clone(),
        code: issue.code.into(),
        message: format!("{}. {}", issue.message, issue.cure),
        issue: Some(issue.clone()),
        choices: target.settings.choices(),
    }
}

/// The targets that say something else for an account than an earlier one.
pub(super) fn repeated(request: &CreatePost, purpose: Purpose) -> Vec<LeftOut> {
    let of = |RepeatedTarget { account, field, first }: &RepeatedTarget| LeftOut {
        account: account.to_string(),
        field: field.clone(),
        code: TargetErrorCode::DuplicateTarget,
        message: format!("{first} is for the same account. Make a post of its own for what this target says."),
        issue: None,
        choices: Choices::default(),
    };
    if purpose == Purpose::Create { request.repeated.iter().map(of).collect() } else { Vec::new() }
}

/// All problems of a request that has others: then these targets are problems, too.
pub(super) fn with(left_out: &[LeftOut], issues: Vec<Issue>) -> Vec<Issue> {
    if issues.is_empty() {
        return issues;
    }
    left_out.iter().filter_map(|left_out| left_out.issue.clone()).chain(issues).collect()
}

impl LeftOut {
    /// What the post that is made says of it from now on. A repeated target is told as any field without effect.
    pub(super) fn warning(&self) -> Option<String> {
        self.issue.as_ref().map(|issue| format!("{}: {}; nothing was made for it.", self.field, issue.message))
    }

    /// As a target of the answer.
    pub(crate) fn view(&self, media_type: MediaKind) -> TargetView {
        let choices = &self.choices;
        TargetView {
            platform: Platform::TikTok,
            status: TargetStatus::Failed,
            account_id: self.account.clone(),
            platform_post_id: None,
            permalink: None,
            published_at: None,
            media_type: choices.media_type.unwrap_or(media_type),
            metadata: TargetMetadata {
                state: StateName::Failed,
                publish_id: None,
                former_publish_ids: Vec::new(),
                platform_post_ids: Vec::new(),
                tiktok_status: None,
                uploaded_bytes: 0,
                total_bytes: 0,
                next_attempt_at: None,
                waiting_for: None,
                post_mode: choices.post_mode(),
                privacy_level: choices.privacy_level,
                disclosure: choices.disclosure(),
                interactions: InteractionsView {
                    disable_comment: choices.disable_comment.unwrap_or(true),
                    disable_duet: None,
                    disable_stitch: None,
                },
                is_aigc: choices.is_aigc.unwrap_or(false),
            },
            metrics: None,
            metrics_synced_at: None,
            error: Some(TargetError {
                code: self.code,
                message: self.message.clone(),
                category: ErrorCategory::Validation,
                caused_by: CausedBy::User,
                retryable: false,
                tiktok_code: None,
                tiktok_log_id: None,
            }),
        }
    }
}
