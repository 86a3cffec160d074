//! `POST /v1/signup`: a tenant of one's own with its first key, where the operator has opened it.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::response::IntoResponse as _;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use slipway_contract::fields::Fields;
use slipway_contract::tenant::{OwnBrandView, SignedUpView};
use slipway_contract::{ApiError, Cause, Diagnostics, ErrorCode, Issue};
use slipway_domain::limits::{SIGN_UPS, SIGN_UPS_OF_ADDRESS};
use slipway_domain::schedule::seconds_until;
use slipway_domain::{BrandId, KeyId, Mode, TenantId};
use slipway_http::repeat::{KnownAnswer, StrangersKey, text};
use slipway_http::{Answer, ErrorResponse, JsonObject, NO_SUCH_ROUTE, client_address, unknown_fields};
use slipway_store::Write;
use slipway_store::quota::{Exceeded, Quota};
use slipway_store::tenants::{NotSignedUp, TenantRecord};
use uuid::Uuid;

use crate::mint::{self, Wanted};
use crate::{App, email, fields, view};

/// Whether strangers may sign up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SignUp {
    /// Nobody: the route is not there.
    #[default]
    Closed,
    /// Whoever likes, so often.
    Open,
}

/// A text that is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sign-up is neither closed nor open")]
pub struct NeitherOpenNorClosed;

impl FromStr for SignUp {
    type Err = NeitherOpenNorClosed;

    fn from_str(text: &str) -> Result<Self, NeitherOpenNorClosed> {
        match text {
            "closed" => Ok(Self::Closed),
            "open" => Ok(Self::Open),
            _ => Err(NeitherOpenNorClosed),
        }
    }
}

/// Where sign-up is open. Elsewhere whatever is sent finds no such route.
pub(crate) struct IsOpen;

impl FromRequestParts<Arc<App>> for IsOpen {
    type Rejection = ErrorResponse;

    async fn from_request_parts(_: &mut Parts, app: &Arc<App>) -> Result<Self, ErrorResponse> {
        match app.sign_up {
            SignUp::Open => Ok(Self),
            SignUp::Closed => Err(ErrorResponse(ApiError::new(ErrorCode::Http404, NO_SUCH_ROUTE))),
        }
    }
}

const EMAIL_CURE: &str = "Send your address, such as you@example.com.";

/// Makes a tenant, its first key and nothing twice: an address has one tenant.
pub(crate) async fn sign_up(
    State(app): State<Arc<App>>,
    _: IsOpen,
    headers: HeaderMap,
    repeats: StrangersKey,
    body: JsonObject,
) -> Answer {
    let mut noted = Diagnostics::default();
    let (address, name) = {
        let root = Fields::root(&body.object);
        let address = address(&root, &mut noted.issues);
        let name = fields::short_text(&root, "name", &mut noted.issues);
        noted.unknown(&root);
        (address, name)
    };
    let warnings = noted.finish(unknown_fields(&headers))?;
    let address = address.ok_or_else(|| ErrorResponse::internal(&"a missing address was not reported"))?;
    let now = Timestamp::now();
    let mut tenant = TenantRecord::new(TenantId::from_uuid(Uuid::now_v7()), address, now);
    tenant.profile.name = name;
    let id = KeyId::from_uuid(Uuid::now_v7());
    let (name, mode) = ("first key".to_owned(), Mode::Live);
    let wanted = Wanted { id, name, mode, scopes: Vec::new(), brand_ids: Vec::new() };
    let (raw, key) = mint::key(&tenant, wanted, now)?;
    let mut quotas = vec![Quota { name: "sign-ups".to_owned(), rate: SIGN_UPS }];
    let from = client_address(&headers).map(|address| address.to_string());
    quotas.extend(from.as_ref().map(|address| {
        let name = format!("sign-ups-from#{address}");
        Quota { name, rate: SIGN_UPS_OF_ADDRESS }
    }));
    let who = [tenant.email.as_bytes(), from.as_deref().unwrap_or_default().as_bytes()];
    // Whether it came before is not asked first: the write tells that, too, before all else that stands in its way.
    let own = repeats.of(&who, &[&body.bytes], tenant.id.as_str(), &app.keyring, now);
    let brand = OwnBrandView { id: BrandId::default_of(&tenant.id), name: "Default" };
    let user = view::user(&tenant, mode, app.plans.of(None).plan, Vec::new());
    let shown = view::made(&key, &raw, Vec::new());
    let answer = text(&SignedUpView { user, key: shown, brand, warnings })?;
    match app.tenants.sign_up(&tenant, &key, &quotas, own.keep(&answer)?.as_ref(), now).await? {
        Write::Done(()) => {
            tracing::info!(tenant.id = %tenant.id, "somebody signed up");
            Ok(KnownAnswer::first(StatusCode::CREATED, answer).into_response())
        }
        Write::Refused(NotSignedUp::Repeated(repeated)) => {
            Ok(own.first_answer(StatusCode::CREATED, &own.met(repeated)?)?.into_response())
        }
        Write::Refused(NotSignedUp::Known) => {
            let message = "This address has a tenant already. Use its keys, or ask the operator for a new one.";
            let error = ApiError::new(ErrorCode::Conflict, message).with_cause(Cause::Caller);
            Err(ErrorResponse(error.with_field("email").with_retryable(false)))
        }
        Write::Refused(NotSignedUp::TooMany(Exceeded { until })) => {
            let wait = seconds_until(until, now).as_secs().max(1);
            let minutes = wait.div_ceil(60);
            let when = if minutes < 120 { format!("{minutes} min") } else { format!("{} h", minutes.div_ceil(60)) };
            let (of_address, of_all) = (SIGN_UPS_OF_ADDRESS.most, SIGN_UPS.most);
            let message = format!(
                "{of_address} sign-ups a day were asked for from your network address, refused ones among them, \
                 or {of_all} an hour by everybody. Try again in {when}, or ask the operator for a key."
            );
            let error = ApiError::new(ErrorCode::RateLimited, message).with_cause(Cause::Quota).with_retryable(true);
            Err(ErrorResponse(error.retry_after(wait)))
        }
    }
}

fn address(root: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<String> {
    if !root.has("email") {
        issues.push(Issue::required("email", EMAIL_CURE));
        return None;
    }
    let address = email::read(root.text("email", issues)?);
    if address.is_none() {
        issues.push(Issue::invalid("email", "email is no address", EMAIL_CURE));
    }
    address
}
