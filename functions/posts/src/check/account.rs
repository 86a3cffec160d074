//! The account: is it there, may it post, and what does its creator allow right now?

use std::fmt::Display;

use slipway_contract::creator::CreatorView;
use slipway_contract::{ApiError, ErrorCode, Issue};
use slipway_domain::rules::{Creator, needed_scope};
use slipway_domain::{AccountId, BrandId, Failure, LogId, PostMode};
use slipway_http::ErrorResponse;
use slipway_http::auth::Caller;
use slipway_store::accounts::{AccountRecord, AccountStatus};
use slipway_tiktok::Class;
use slipway_tokens::{AskError, CallError, creator_view};

use crate::request::{CreatePost, SEE_ACCOUNTS, TargetRequest, When, unknown_account as unknown};
use crate::{App, refusal};

/// An account, and what keeps it from posting now, if anything does.
pub(super) type Known = (AccountRecord, Option<Refusal>);

/// What keeps one account out, whatever the request says.
#[derive(Debug)]
pub(super) struct Refusal {
    /// As a problem of the request, or as the whole answer to it.
    pub(super) problem: Problem,
    /// As the end of one target among others.
    pub(super) failure: Failure,
}

/// How a refusal is told to a caller who asked for nothing else.
#[derive(Debug)]
pub(super) enum Problem {
    /// With all other problems of the request.
    Issue(Issue),
    /// Alone.
    Answer(ApiError),
}

impl Refusal {
    /// The creator has to connect the account again.
    fn reconnect(issue: Issue) -> Self {
        Self { problem: Problem::Issue(issue), failure: Failure::ReconnectionRequired }
    }
}

/// The account that is named, or the only one there is.
pub(super) async fn find(
    app: &App,
    caller: &Caller,
    request: &CreatePost,
    target: &TargetRequest,
) -> Result<Result<Known, Issue>, ErrorResponse> {
    let found = if target.malformed.is_some() {
        None
    } else if let Some(id) = &target.account {
        app.accounts.get(&caller.reach, id).await?
    } else {
        match only(app, caller, request.brand.as_ref()).await? {
            Ok(account) => Some(account),
            Err(issue) => return Ok(Err(issue)),
        }
    };
    let Some(account) = found else {
        let named = target.malformed.as_deref().or(target.account.as_ref().map(AccountId::as_str));
        return Ok(Err(unknown(named.unwrap_or_default(), &target.account_field)));
    };
    if let AccountStatus::ReconnectRequired { reason, .. } = account.status {
        let issue = refusal::reconnect(&target.account_field, reason);
        return Ok(Ok((account, Some(Refusal::reconnect(issue)))));
    }
    let scope = needed_scope(target.settings.choices().post_mode());
    if !account.has_scope(&scope) {
        let message = format!("the creator did not grant {}, which this post mode needs", scope.as_str());
        let cure = "Connect the account again with POST /v1/accounts/connect and have the creator tick it.";
        let issue = Issue::invalid(&target.account_field, message, cure);
        let issue = issue.with_code(ErrorCode::ReconnectionRequired);
        return Ok(Ok((account, Some(Refusal::reconnect(issue)))));
    }
    Ok(Ok((account, None)))
}

/// The only account of this brand, or of all that the caller may see.
async fn only(
    app: &App,
    caller: &Caller,
    brand: Option<&BrandId>,
) -> Result<Result<AccountRecord, Issue>, ErrorResponse> {
    // Of a brand that is not the caller's there is nothing to find.
    let reach = brand.map_or_else(|| Some(caller.reach.clone()), |brand| caller.reach.of([brand.clone()]));
    let (mut found, mut after) = (Vec::new(), None);
    while let Some(reach) = reach.as_ref().filter(|_| found.len() < 2) {
        let page = app.accounts.list(reach, after.as_ref(), 2).await?;
        found.extend(page.accounts);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let of = brand.map_or_else(String::new, |brand| format!(" in {brand}"));
    Ok(match <[_; 1]>::try_from(found) {
        Ok([account]) => Ok(account),
        Err(found) if found.is_empty() => {
            let message = format!("no TikTok account is connected{of}");
            let cure = format!("Connect one with POST /v1/accounts/connect. {SEE_ACCOUNTS}");
            Err(match brand {
                Some(_) => Issue::invalid("brand_id", message, cure).with_code(ErrorCode::BrandInvalid),
                None => Issue::invalid("platforms", message, cure),
            })
        }
        Err(_) => {
            let what = "so the platform alone does not say which";
            let message = format!("more than one TikTok account is connected{of}, {what}");
            let cure = match brand {
                Some(_) => "Name it in account_id.",
                None => "Name it in account_id, or in brand_id the brand whose only one it is.",
            };
            Err(Issue::invalid("platforms", message, cure))
        }
    })
}

/// What came of asking TikTok about a creator.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// What the creator may choose, if it is known.
    pub(super) creator: Option<Creator>,
    /// The same for callers.
    pub(super) shown: Option<CreatorView>,
    /// TikTok's log id of its answer.
    pub(super) log_id: Option<LogId>,
    /// What the caller should know.
    pub(super) warning: Option<String>,
    /// What keeps the account out.
    pub(super) refusal: Option<Refusal>,
}

/// What the creator may choose right now; a draft for the inbox has no choices. TikTok's faults do not keep a post out:
/// init will say what is wrong.
pub(super) async fn creator(
    app: &App,
    account: &AccountRecord,
    target: &TargetRequest,
) -> Result<Asked, ErrorResponse> {
    if target.settings.choices().post_mode() == PostMode::Inbox {
        return Ok(Asked::default());
    }
    let without = |problem: &dyn Display, log_id: Option<&LogId>| {
        tracing::warn!(problem = %problem, account.id = %account.id, "creator info can't be had; going on without");
        let id = &account.id;
        let warning = format!("{id}: TikTok did not say what the creator allows; it decides when the video is sent.");
        Asked { warning: Some(warning), log_id: log_id.cloned(), ..Asked::default() }
    };
    match app.tokens.creator_info(account).await {
        Ok(creator) => {
            let (shown, log_id) = (Some(creator_view(creator.clone())), creator.log_id.clone());
            let creator = Creator {
                privacy_level_options: creator.privacy_level_options,
                comment_disabled: creator.comment_disabled,
                duet_disabled: creator.duet_disabled,
                stitch_disabled: creator.stitch_disabled,
                max_video_duration_sec: creator.max_video_duration_sec,
            };
            Ok(Asked { creator: Some(creator), shown, log_id, ..Asked::default() })
        }
        Err(AskError::Call(CallError::ReconnectRequired { reason })) => {
            let refusal = Refusal::reconnect(refusal::reconnect(&target.account_field, reason));
            Ok(Asked { refusal: Some(refusal), ..Asked::default() })
        }
        Err(AskError::Call(CallError::TikTok(error))) => {
            // A cap of the day says nothing about what is for later.
            let passes = matches!(error.class(), Class::After(_)) && target.when != When::Now;
            if let Some(refused) = refusal::creator(&error, &target.account_field).filter(|_| !passes) {
                let failure = match error.class() {
                    Class::Reauthorise => Failure::ReconnectionRequired,
                    Class::After(_) | Class::Final | Class::Unknown => {
                        Failure::Refused { tiktok_code: error.refusal_code(), log_id: error.log_id().cloned() }
                    }
                };
                return Ok(Asked {
                    refusal: Some(Refusal { problem: Problem::Answer(refused), failure }),
                    log_id: error.log_id().cloned(),
                    ..Asked::default()
                });
            }
            Ok(without(&error, error.log_id()))
        }
        Err(error @ AskError::TooOften { .. }) => Ok(without(&error, None)),
        Err(AskError::Call(
            error @ (CallError::RefreshPending | CallError::Gone | CallError::Store(_) | CallError::Vault(_)),
        )) => Err(ApiError::from(error).into()),
    }
}
