//! `/v1/brands`: made, listed, renamed, and deleted with their accounts.

use std::time::Instant;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use lambda_http::Context;
use slipway_contract::fields::Fields;
use slipway_contract::{ApiError, Cause, Diagnostics, ErrorCode, Issue};
use slipway_domain::limits::BRANDS_PER_TENANT;
use slipway_domain::{AccountId, BrandId, Plan};
use slipway_http::auth::Caller;
use slipway_http::paging::{List, Paging};
use slipway_http::repeat::{in_progress, text};
use slipway_http::{Answer, Carried, ErrorResponse, JsonObject, Once, Params, json, unknown_fields};
use slipway_store::Write;
use slipway_store::accounts::{BrandRecord, NotBranded};
use slipway_worker::Deadline;
use uuid::Uuid;

use crate::disconnect::{self, RESERVE};
use crate::{App, view, waiting};

/// This list.
const LIST: List = List { name: "brands", default_limit: 50, filters: &[], several: &[] };
/// How many accounts of a brand that goes are read at once.
const AT_ONCE: usize = 20;
/// The longest name, in characters.
const LONGEST_NAME: usize = 100;
const NAME_CURE: &str = "Send what you call it, of up to 100 characters.";

/// The brands that the caller may see.
pub(crate) async fn list(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, limit } = LIST.paging(&params, &caller, |id| id.parse::<BrandId>().ok(), &mut noted);
    let warnings = noted.finish(params.unknown())?;
    let (found, more) = app.accounts.brands(&caller.tenant, &caller.brand_ids, after.as_ref(), limit).await?;
    let next = found.last().filter(|_| more).map(|last| last.id.as_str());
    let data = found.iter().map(|brand| view::brand(brand, Vec::new())).collect();
    Ok(json(StatusCode::OK, &LIST.page(&caller, limit, data, next, warnings)))
}

pub(crate) async fn create(State(app): State<App>, request: Once) -> Answer {
    let (id, now) = (BrandId::from_uuid(Uuid::now_v7()), Timestamp::now());
    let creating = request.answer(app.accounts.guards(), (id.to_string(), now), StatusCode::CREATED, async |own| {
        let caller = &request.caller;
        let (name, warnings) = name(&request.headers, &request.body)?;
        let brand = BrandRecord { id, name, created_at: now, updated_at: now, accounts: 0, is_going: false };
        let answer = text(&view::brand(&brand, warnings))?;
        let plan = caller.plan.unwrap_or(app.default_plan);
        let most = plan.limits().brands.unwrap_or(BRANDS_PER_TENANT).min(BRANDS_PER_TENANT);
        match app.accounts.add_brand(&caller.tenant, &brand, most, own.keep(&answer)?.as_ref(), now).await? {
            Write::Done(()) => {
                tracing::info!(brand.id = %brand.id, tenant.id = %caller.tenant, "a brand was made");
                Ok(Carried::Out(answer))
            }
            Write::Refused(NotBranded::Repeated(repeated)) => Ok(Carried::Before(repeated)),
            Write::Refused(NotBranded::TooMany) => Err(too_many(plan, most)),
        }
    });
    creating.await
}

fn too_many(plan: Plan, most: u64) -> ErrorResponse {
    let is_the_plans = plan.limits().brands == Some(most);
    let code = if is_the_plans { ErrorCode::BrandsLimit } else { ErrorCode::BrandLimitReached };
    let of_plan = if is_the_plans { format!(" with the plan {plan}") } else { String::new() };
    let message = format!("There are {most} brands, the most there may be{of_plan}. Delete one first.");
    let error = ApiError::new(code, message).with_cause(Cause::Quota).with_limit(most).with_retryable(false);
    ErrorResponse(
        error.with_next_step("DELETE /v1/brands/{id} of one that is no longer needed; GET /v1/brands lists them"),
    )
}

pub(crate) async fn rename(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: JsonObject,
) -> Answer {
    let brand = find(&app, &caller, &id).await?;
    let (name, warnings) = name(&headers, &body)?;
    let renamed = app.accounts.rename_brand(&caller.tenant, &brand.id, &name, Timestamp::now()).await?;
    let renamed = renamed.ok_or_else(not_found)?;
    Ok(json(StatusCode::OK, &view::brand(&renamed, warnings)))
}

/// Deletes a brand with its accounts, each as if it were disconnected by itself.
///
/// In this order, so that a crash leaves a brand that no account joins, whose deletion can be repeated until all is gone.
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    context: Option<Extension<Context>>,
    Path(id): Path<String>,
) -> Answer {
    let until = Deadline::of_request(context.as_deref()).leaving(RESERVE);
    let brand = find(&app, &caller, &id).await?.id;
    if brand == BrandId::default_of(&caller.tenant) {
        let message = "This is the brand that your tenant has from the beginning: it stays. DELETE /v1/accounts/{id} \
                       disconnects its accounts.";
        return Err(ErrorResponse(ApiError::new(ErrorCode::Conflict, message).with_retryable(false)));
    }
    if !app.accounts.close_brand(&caller.tenant, &brand).await? {
        return Err(not_found());
    }
    let (brands, mut after): (_, Option<AccountId>) = ([brand], None);
    loop {
        let page = app.accounts.list(&caller.tenant, &brands, after.as_ref(), AT_ONCE).await?;
        for account in page.accounts {
            if Instant::now() >= until {
                return Err(not_all_yet());
            }
            let id = account.id.clone();
            disconnect::forget(&app, account).await?;
            waiting::fail(&app.posts, &caller.tenant, &id, until).await;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let [brand] = brands;
    if app.accounts.forget_brand(&caller.tenant, &brand).await? {
        tracing::info!(brand.id = %brand, "a brand was deleted");
    } else if app.accounts.brand(&caller.tenant, &brand).await?.is_some() {
        return Err(not_all_yet());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// An account was joining it, or there are more than one request can disconnect.
fn not_all_yet() -> ErrorResponse {
    let message =
        "The brand is being deleted, and some of its accounts are still connected. Send the same request again.";
    ErrorResponse(ApiError { message: message.to_owned(), ..in_progress(1).0 })
}

/// The brand that the path names, if it is there for this caller.
async fn find(app: &App, caller: &Caller, id: &str) -> Result<BrandRecord, ErrorResponse> {
    let found = match id.parse::<BrandId>() {
        Ok(id) if caller.may_touch(Some(&id)) => app.accounts.brand(&caller.tenant, &id).await?,
        _ => None,
    };
    found.ok_or_else(not_found)
}

fn not_found() -> ErrorResponse {
    let message = "There is no such brand. GET /v1/brands lists those there are.";
    ErrorResponse(ApiError::new(ErrorCode::BrandNotFound, message))
}

fn name(headers: &HeaderMap, body: &JsonObject) -> Result<(String, Vec<String>), ErrorResponse> {
    let mut noted = Diagnostics::default();
    let root = Fields::root(&body.object);
    let name = root.filled("name", &mut noted.issues).map(str::trim).unwrap_or_default();
    if !root.has("name") {
        noted.issues.push(Issue::required("name", NAME_CURE));
    } else if noted.issues.is_empty() && !(1..=LONGEST_NAME).contains(&name.chars().count()) {
        let message = format!("name has {} characters", name.chars().count());
        noted.issues.push(Issue::invalid("name", message, NAME_CURE));
    }
    noted.unknown(&root);
    let warnings = noted.finish(unknown_fields(headers))?;
    Ok((name.to_owned(), warnings))
}
