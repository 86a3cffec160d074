//! `/v1/users/me`, `/v1/usage` and `/v1/billing/plans`: who the caller is, what it uses and what it may use.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use lambda_http::Context;
use slipway_contract::fields::Fields;
use slipway_contract::tenant::{PlanView, PlansView, UsageView, limit};
use slipway_contract::{ApiError, Diagnostics, ErrorCode};
use slipway_domain::{Mode, POST_DAYS, Plan, Terms};
use slipway_http::auth::Caller;
use slipway_http::deadline::{RESERVE, of_request};
use slipway_http::{Answer, ErrorResponse, JsonObject, json, unknown_fields};
use slipway_store::Day;
use slipway_store::tenants::{ProfileChange, TenantRecord};
use slipway_store::{NotThere, Write};

use crate::keys::tenant;
use crate::{App, fields, view};

pub(crate) async fn show(State(app): State<Arc<App>>, caller: Caller) -> Answer {
    let tenant = tenant(&app, &caller).await?;
    Ok(json(StatusCode::OK, &view::user(&tenant, caller.tenant().mode(), plan_of(&app, &tenant), Vec::new())))
}

/// Changes what the owner says about the tenant. What is not said stays.
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    body: JsonObject,
) -> Answer {
    let mut noted = Diagnostics::default();
    let ([name, use_case, referral], onboarding) = {
        let root = Fields::root(&body.object);
        let texts = ["name", "use_case", "referral"].map(|name| fields::short_text(&root, name, &mut noted.issues));
        let onboarding = root.flag("onboarding", &mut noted.issues);
        noted.unknown(&root);
        (texts, onboarding)
    };
    let warnings = noted.finish(unknown_fields(&headers))?;
    must_be_live(&caller, "this would change what is live")?;
    let said = ProfileChange { name, is_onboarded: onboarding.map(|ahead| !ahead), use_case, referral };
    let changed = match app.tenants.describe(caller.tenant(), &said).await? {
        Write::Done(changed) => changed,
        Write::Refused(NotThere) => return Err(ErrorResponse::internal(&"a tenant is gone while it is described")),
    };
    Ok(json(StatusCode::OK, &view::user(&changed, caller.tenant().mode(), plan_of(&app, &changed), warnings)))
}

/// Begins to delete the tenant with all that is theirs. From the answer on no key opens anything, and nothing begins for
/// the accounts; the rest is the work of `delete-tenants`.
pub(crate) async fn delete(State(app): State<Arc<App>>, caller: Caller, context: Option<Extension<Context>>) -> Answer {
    let until = of_request(context.as_deref()).leaving(RESERVE);
    must_be_live(&caller, "this would delete all of it")?;
    let tenant = caller.tenant().owner();
    let going = match app.tenants.begin_deletion(&tenant, Timestamp::now()).await? {
        Write::Done(going) => going,
        Write::Refused(NotThere) => return Err(ErrorResponse::internal(&"a tenant is gone while its deletion begins")),
    };
    for space in tenant.spaces() {
        // What there is no time for is marked within the minute.
        if let Err(error) = app.accounts.close_all(&space, until).await {
            tracing::warn!(%error, tenant.id = %tenant, "accounts are left for the first run");
        }
    }
    tracing::info!(tenant.id = %tenant, key.id = %caller.key, "a tenant's deletion begins");
    Ok(json(StatusCode::OK, &view::user(&going, caller.tenant().mode(), plan_of(&app, &going), Vec::new())))
}

/// A tenant is one for both modes.
fn must_be_live(caller: &Caller, what: &str) -> Result<(), ErrorResponse> {
    if caller.tenant().mode() == Mode::Live {
        return Ok(());
    }
    let message = format!("A test key opens nothing that is live, and {what}. Use a live key.");
    Err(ErrorResponse(ApiError::new(ErrorCode::InsufficientScope, message)))
}

fn plan_of(app: &App, tenant: &TenantRecord) -> Plan {
    app.plans.of(tenant.plan).plan
}

pub(crate) async fn usage(State(app): State<Arc<App>>, caller: Caller) -> Answer {
    let terms = app.plans.of(caller.plan);
    let (limits, now) = (terms.limits_in(caller.tenant().mode()), Timestamp::now());
    let today = Day::of(now);
    let first = today.back(POST_DAYS - 1);
    let (brands, posts) = futures_util::future::try_join(
        app.accounts.brand_count(caller.tenant()),
        app.posts.accepted_since(caller.tenant(), first, now),
    )
    .await?;
    let usage = UsageView {
        plan: terms.plan,
        brands_used: brands,
        brands_limit: limit(limits.brands),
        posts_used: posts.all,
        posts_limit: limit(limits.posts),
        interactions_used: 0,
        interactions_limit: limit(None),
        period_start: first.begin().into(),
        period_end: today.end().into(),
    };
    Ok(json(StatusCode::OK, &usage))
}

pub(crate) async fn plans(State(app): State<Arc<App>>) -> Answer {
    let view = |Terms { plan, limits }| PlanView { tier: plan, name: plan.title(), limits: limits.into() };
    Ok(json(StatusCode::OK, &PlansView { plans: app.plans.all().map(view).into() }))
}
