//! `POST /v1/posts/validate`: what `POST /v1/posts` would say to the same body, and nothing is made.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use futures_util::future::try_join;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value};
use slipway_contract::diagnostics::{Refused, UnknownFields};
use slipway_contract::post::{AccountState, EffectiveTarget, MediaVerdict, ValidationIssue, ValidationView};
use slipway_contract::{ApiError, ErrorCode, Issue, Platform};
use slipway_domain::{AccountId, PostId};
use slipway_http::auth::Caller;
use slipway_http::{Answer, ErrorResponse, JsonObject, json, unknown_fields};
use slipway_store::posts::TargetMedia;
use uuid::Uuid;

use crate::at_once::{CALLS, at_once};
use crate::check::{Checked, LeftOut, Noted, Purpose, check, look_up};
use crate::preflight::states;
use crate::request::{CreatePost, When, read};
use crate::{App, line, plan, repeat, view};

pub(crate) async fn validate(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    body: JsonObject,
) -> Answer {
    Ok(json(StatusCode::OK, &verdict(&app, &caller, &body.object, unknown_fields(&headers)).await?))
}

/// What creating the post that a body describes would say, whether it came alone or with others.
pub(crate) async fn verdict(
    app: &App,
    caller: &Caller,
    body: &Map<String, Value>,
    unknown: UnknownFields,
) -> Result<ValidationView, ErrorResponse> {
    let now = Timestamp::now();
    let found = match read(body, now, &app.trusted_origins, unknown) {
        Err(Refused { issues, warnings }) => {
            Preflight { errors: issues.iter().map(of_issue).collect(), warnings, ..Preflight::default() }
        }
        Ok(request) => preflight(app, caller, request, now).await?,
    };
    let Preflight { errors, warnings, effective, accounts, media } = found;
    let warnings = warnings.into_iter().map(of_warning).collect();
    Ok(ValidationView {
        valid: errors.is_empty(),
        issues: errors.clone(),
        errors,
        warnings,
        effective,
        accounts,
        media,
    })
}

/// What can be known before something is made.
#[derive(Default)]
struct Preflight {
    /// Every problem.
    errors: Vec<ValidationIssue>,
    warnings: Vec<String>,
    /// What would be published, if there is no problem.
    effective: BTreeMap<AccountId, EffectiveTarget>,
    accounts: BTreeMap<AccountId, AccountState>,
    media: Vec<MediaVerdict>,
}

/// All that can be known before something is made: at most one call to TikTok for each account.
async fn preflight(
    app: &App,
    caller: &Caller,
    mut request: CreatePost,
    now: Timestamp,
) -> Result<Preflight, ErrorResponse> {
    let mut noted = Noted { warnings: std::mem::take(&mut request.warnings), ..Noted::default() };
    let mut found = look_up(app, caller, &request, now).await?;
    let media = std::mem::take(&mut found.verdicts);
    let named: Vec<_> = found.accounts().map(|(index, account)| (index, account.clone())).collect();
    let checked = check(app, &request, found, Purpose::Create, &mut noted).await;
    let accounts = states(app, &request, named, &noted, now).await;
    let Noted { warnings, left_out, .. } = noted;
    let checked = match checked {
        Ok(checked) => checked,
        Err(ErrorResponse(error)) if is_about_the_request(error.code) => {
            let errors = of_refusal(&error);
            return Ok(Preflight { errors, warnings, accounts, media, ..Preflight::default() });
        }
        Err(error) => return Err(error),
    };
    let mut errors: Vec<_> = checked.iter().filter_map(refused).chain(left_out.iter().map(of_left_out)).collect();
    let beginning = checked.iter().filter(|target| target.when == When::Now && target.refused.is_none());
    let beginners: Vec<_> = beginning.map(|target| (&target.account, target.content.post_mode())).collect();
    if let Err(ErrorResponse(full)) = line::have_room(app.limits, &beginners, now) {
        errors.extend(of_refusal(&full));
    }
    let duplicates = async {
        if request.skip_duplicate_check { Ok(Vec::new()) } else { duplicates(app, caller, &checked, now).await }
    };
    let (full, duplicates) = try_join(full(app, caller, &checked, now), duplicates).await?;
    errors.extend(full.iter().flat_map(of_refusal));
    errors.extend(duplicates);
    let effective = checked.iter().filter(|_| errors.is_empty());
    let effective = effective.map(|target| (target.account.id.clone(), effective_of(target))).collect();
    Ok(Preflight { errors, warnings, effective, accounts, media })
}

/// Whether a refusal says something about the request or one of its accounts, and not about this moment on our side.
const fn is_about_the_request(code: ErrorCode) -> bool {
    !matches!(code, ErrorCode::Internal | ErrorCode::IdempotencyInProgress)
}

fn effective_of(target: &Checked) -> EffectiveTarget {
    let content = &target.content;
    let there = |media: &TargetMedia| (!target.imports(media.id())).then(|| media.id().clone());
    let scheduled_at = match target.when {
        When::At(at) => Some(at.into()),
        When::Now | When::Never => None,
    };
    EffectiveTarget::of(content, content.media().iter().map(there), scheduled_at)
}

/// The account can't publish now; the others could.
fn refused(target: &Checked) -> Option<ValidationIssue> {
    let error = view::failed(target.refused.as_ref()?);
    Some(ValidationIssue {
        platform: Platform::TikTok,
        field: target.account_field.clone(),
        code: Some(error.code),
        message: error.message,
        target: Some(target.account.id.clone()),
        measured: None,
        allowed: None,
    })
}

/// The target would get nothing; the others would be taken.
fn of_left_out(left_out: &LeftOut) -> ValidationIssue {
    ValidationIssue {
        platform: Platform::TikTok,
        field: left_out.field.clone(),
        code: Some(left_out.code),
        message: left_out.message.clone(),
        target: left_out.account.parse().ok(),
        measured: None,
        allowed: None,
    }
}

pub(crate) fn of_issue(issue: &Issue) -> ValidationIssue {
    ValidationIssue {
        platform: Platform::TikTok,
        field: issue.field.clone(),
        code: Some(issue.code.into()),
        message: format!("{}. {}", issue.message, issue.cure),
        target: None,
        measured: issue.compared.as_ref().and_then(|compared| compared.measured.clone()),
        allowed: issue.compared.as_ref().and_then(|compared| compared.allowed.clone()),
    }
}

fn of_warning(message: String) -> ValidationIssue {
    ValidationIssue {
        platform: Platform::TikTok,
        field: String::new(),
        code: None,
        message,
        target: None,
        measured: None,
        allowed: None,
    }
}

/// The problems of a request that was refused, or the one that it was refused for.
pub(crate) fn of_refusal(error: &ApiError) -> Vec<ValidationIssue> {
    match &error.meta.issues {
        Some(issues) => issues.iter().map(of_issue).collect(),
        None => vec![ValidationIssue {
            platform: Platform::TikTok,
            field: error.meta.field.clone().unwrap_or_default(),
            code: Some(error.code.into()),
            message: error.message.clone(),
            target: None,
            measured: None,
            allowed: None,
        }],
    }
}

/// What the transaction that makes a post would meet: as many posts were accepted as the caller's plan allows. Whoever has
/// no limit costs no read.
async fn full(
    app: &App,
    caller: &Caller,
    checked: &[Checked],
    now: Timestamp,
) -> Result<Option<ApiError>, ErrorResponse> {
    let counts = checked.iter().any(|target| target.when != When::Never && target.refused.is_none());
    let Some(most) = plan::most_posts(app, caller).filter(|_| counts) else { return Ok(None) };
    let accepted = app.posts.accepted(caller.tenant(), now).await?;
    Ok((accepted.all >= most).then(|| plan::exhausted(most, accepted.room_at(most)).0))
}

/// What the transaction that makes a post would meet: the same went to the same account lately.
async fn duplicates(
    app: &App,
    caller: &Caller,
    checked: &[Checked],
    now: Timestamp,
) -> Result<Vec<ValidationIssue>, ErrorResponse> {
    let nobodys = PostId::from_uuid(Uuid::now_v7());
    let guards: Vec<_> =
        checked.iter().map(|target| repeat::by_content(caller.tenant(), target, &nobodys, now)).collect();
    let standing = guards.iter().map(async |guard| match guard {
        Some(guard) => app.posts.guards().standing(guard, now).await,
        None => Ok(None),
    });
    let standing = at_once(CALLS, standing.collect());
    let mut issues = Vec::new();
    for (target, standing) in checked.iter().zip(standing.await) {
        let Some(standing) = standing? else { continue };
        let error = repeat::duplicate(app, caller, &standing).await;
        issues.push(ValidationIssue {
            platform: Platform::TikTok,
            field: target.media_field().to_owned(),
            code: Some(error.code.into()),
            message: error.message,
            target: Some(target.account.id.clone()),
            measured: None,
            allowed: None,
        });
    }
    Ok(issues)
}
