//! `/v1/brands`: made, listed, renamed, and deleted with their accounts.

use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use lambda_http::Context;
use slipway_contract::fields::Fields;
use slipway_contract::{ApiError, Cause, Diagnostics, ErrorCode};
use slipway_domain::limits::{BRANDS_PER_TENANT, GOING_BRANDS_PER_TENANT, ITEMS_BY_DEFAULT};
use slipway_domain::schedule::{CALLERS_COME_BACK, DELETION_CLAIM};
use slipway_domain::{BrandId, Terms};
use slipway_http::auth::Caller;
use slipway_http::deadline::of_request;
use slipway_http::paging::{List, Paging};
use slipway_http::repeat::text;
use slipway_http::{Answer, Carried, ErrorResponse, JsonObject, Once, Params, by_id, json, unknown_fields};
use slipway_store::accounts::{BrandRecord, GoingBrand, NotBranded, NotClosed};
use slipway_store::{NotThere, StoreError, Write};
use slipway_tokens::{BrandAccounts, Untold};
use uuid::Uuid;

use crate::disconnect::RESERVE;
use crate::{App, view};

/// This list.
const LIST: List = List { name: "brands", default_limit: ITEMS_BY_DEFAULT, filters: &[], several: &[] };

/// The brands that the caller may see.
pub(crate) async fn list(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, limit } = LIST.paging(&params, &caller, |id| id.parse::<BrandId>().ok(), &mut noted);
    let warnings = noted.finish(params.unknown())?;
    let (found, next) = app.accounts.brands(&caller.reach, after.as_ref(), limit).await?;
    let next = next.as_ref().map(BrandId::as_str);
    let data = found.iter().map(|brand| view::brand(brand, Vec::new())).collect();
    Ok(json(StatusCode::OK, &LIST.page(&caller, limit, data, next, warnings)?))
}

pub(crate) async fn create(State(app): State<Arc<App>>, request: Once) -> Answer {
    let (id, now) = (BrandId::from_uuid(Uuid::now_v7()), Timestamp::now());
    let creating = request.answer(app.accounts.guards(), (id.to_string(), now), StatusCode::CREATED, async |own| {
        let caller = &request.caller;
        let (name, warnings) = name(&request.headers, &request.body)?;
        let brand = BrandRecord { id, name, created_at: now, updated_at: now, accounts: 0 };
        let answer = text(&view::brand(&brand, warnings))?;
        let terms = app.plans.of(caller.plan);
        let most = terms.limits.brands.unwrap_or(BRANDS_PER_TENANT).min(BRANDS_PER_TENANT);
        match app.accounts.add_brand(caller.tenant(), &brand, most, own.keep(&answer)?.as_ref(), now).await? {
            Write::Done(()) => {
                tracing::info!(brand.id = %brand.id, tenant.id = %caller.tenant(), "a brand was made");
                Ok(Carried::Out(answer))
            }
            Write::Refused(NotBranded::Repeated(repeated)) => Ok(Carried::Before(repeated)),
            Write::Refused(NotBranded::TooMany) => Err(too_many(terms, most)),
        }
    });
    creating.await
}

fn too_many(Terms { plan, limits }: Terms, most: u64) -> ErrorResponse {
    let is_the_plans = limits.brands == Some(most);
    let code = if is_the_plans { ErrorCode::BrandsLimit } else { ErrorCode::BrandLimitReached };
    let message = if is_the_plans {
        let brands = if most == 1 { "brand" } else { "brands" };
        format!("Your plan, {plan}, allows {most} {brands}, and there are as many already. Delete one first.")
    } else {
        format!("There are {most} brands, the most there may be. Delete one first.")
    };
    ErrorResponse(ApiError::no_more(code, message, most, "/v1/brands"))
}

pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: JsonObject,
) -> Answer {
    let brand = find(&app, &caller, &id).await?;
    let (name, warnings) = name(&headers, &body)?;
    let renamed = match app.accounts.rename_brand(&caller.reach, &brand.id, &name, Timestamp::now()).await? {
        Write::Done(renamed) => renamed,
        Write::Refused(NotThere) => return Err(not_found()),
    };
    Ok(json(StatusCode::OK, &view::brand(&renamed, warnings)))
}

/// Deletes a brand with its accounts, each as if it were disconnected by itself.
///
/// It is gone for everybody with the first write, which is kept until the last of what was its own is gone. What there is
/// no time for here, or what fails, the job of `delete-tenants` goes on with, and with keys, invites, endpoints and
/// media.
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    context: Option<Extension<Context>>,
    Path(id): Path<String>,
) -> Answer {
    let until = of_request(context.as_deref()).leaving(RESERVE);
    let brand = id.parse::<BrandId>().map_err(|_| not_found())?;
    let now = Timestamp::now();
    let going = match app.accounts.close_brand(&caller.reach, &brand, now, now + DELETION_CLAIM).await? {
        Write::Done(going) => going,
        Write::Refused(NotClosed::NoSuchBrand) => return Err(not_found()),
        Write::Refused(NotClosed::Default) => {
            let message = "This is the brand that your tenant has from the beginning: it stays. DELETE /v1/accounts/{id} \
                           disconnects its accounts.";
            return Err(ErrorResponse(ApiError::new(ErrorCode::Conflict, message).with_retryable(false)));
        }
        Write::Refused(NotClosed::TooMany) => return Err(too_many_go()),
    };
    if let Err(error) = begin(&app, going, until).await {
        tracing::warn!(%error, brand.id = %brand, "the rest of a brand goes later");
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn too_many_go() -> ErrorResponse {
    let most = GOING_BRANDS_PER_TENANT;
    let message = format!("{most} brands of yours are being deleted, the most at once. Try again in a minute.");
    let error = ApiError::new(ErrorCode::Conflict, message).with_cause(Cause::Quota).with_limit(most);
    ErrorResponse(error.with_retryable(true).retry_after(CALLERS_COME_BACK))
}

/// Does as much of the deletion as there is time for, and leaves the rest to the job's next run.
async fn begin(app: &App, going: GoingBrand, until: Instant) -> Result<(), StoreError> {
    let went = app.tokens.brand_accounts_go(&app.accounts, &app.posts, going, Untold::Keep, until).await?;
    let going = match went {
        BrandAccounts::Gone(going) => {
            // Its place is free for another one; refused, it is the job's to see why.
            app.accounts.forget_brand(&going.tenant, &going.brand).await?.either_way();
            going
        }
        BrandAccounts::Left(going) => going,
        BrandAccounts::OfAnother => return Ok(()),
    };
    tracing::info!(brand.id = %going.brand, "a brand is being deleted");
    app.accounts.note_going(&going, going.accounts.clone(), Timestamp::now()).await.map(drop)
}

/// The brand that the path names, if it is there for this caller.
async fn find(app: &App, caller: &Caller, id: &str) -> Result<BrandRecord, ErrorResponse> {
    let found = by_id(id, async |id: BrandId| app.accounts.brand(&caller.reach, &id).await).await?;
    found.ok_or_else(not_found)
}

fn not_found() -> ErrorResponse {
    ErrorResponse(ApiError::no_such(ErrorCode::BrandNotFound, "brand", "/v1/brands"))
}

fn name(headers: &HeaderMap, body: &JsonObject) -> Result<(String, Vec<String>), ErrorResponse> {
    let mut noted = Diagnostics::default();
    let root = Fields::root(&body.object);
    let name = root.required_own_name(&mut noted.issues);
    noted.unknown(&root);
    let warnings = noted.finish(unknown_fields(headers))?;
    let name = name.ok_or_else(|| ErrorResponse::internal(&"a missing name was not reported"))?;
    Ok((name, warnings))
}
