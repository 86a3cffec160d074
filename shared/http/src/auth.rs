//! API keys on requests: who is calling, and what they may do.

use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use slipway_contract::{ApiError, ErrorCode};
use slipway_domain::{ApiScope, BrandId, KeyId, KeyScopes, Plan, TenantId};
use slipway_store::tenants::{KeyRecord, Tenants};

use crate::api_key::RawKey;
use crate::bad_keys::{self, BadKeys};
use crate::limits::{Exceeded, Limiter, Meter};
use crate::needs::Needs;
use crate::{ErrorResponse, Keyring};

/// The caller of a request to a route that demands a key.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The space that the key opens, live or test: nothing of another one is visible.
    pub tenant: TenantId,
    /// Which key.
    pub key: KeyId,
    /// Which brands it may touch; empty means all.
    pub brand_ids: Vec<BrandId>,
    /// The tenant's own plan; nothing if it has the one of all.
    pub plan: Option<Plan>,
    /// What cursors of lists are checked by.
    pub keyring: Keyring,
}

impl Caller {
    /// Whether the key may touch something of this brand.
    pub fn may_touch(&self, brand: Option<&BrandId>) -> bool {
        self.brand_ids.is_empty() || brand.is_some_and(|brand| self.brand_ids.contains(brand))
    }

    /// Whether the key may change or delete what belongs to these brands alone or, without any, to the whole tenant: one that
    /// is restricted to brands may use the latter, and no more.
    pub fn may_change(&self, brands: &[BrandId]) -> bool {
        self.may_see(brands) && (self.brand_ids.is_empty() || !brands.is_empty())
    }

    /// Whether the key may see what belongs to these brands alone or, without any, to the whole tenant.
    pub fn may_see(&self, brands: &[BrandId]) -> bool {
        brands.iter().all(|brand| self.may_touch(Some(brand)))
    }
}

/// Where authentication leaves the tenant of a request that it admits: a layer around the routes puts an empty slot into
/// each request, and knows the tenant afterwards. What is refused leaves nothing, so that nobody reads any more for it.
#[derive(Debug, Clone, Default)]
pub struct TenantSlot(Arc<OnceLock<(TenantId, Option<Plan>)>>);

impl TenantSlot {
    /// The tenant, if the request was admitted.
    pub fn tenant(&self) -> Option<&TenantId> {
        self.0.get().map(|(tenant, _)| tenant)
    }

    /// The tenant's own plan, if it has one.
    pub fn plan(&self) -> Option<Plan> {
        self.0.get().and_then(|(_, plan)| *plan)
    }
}

/// A key that a route of this process has found good for the request that it is answering. A request in the same process
/// that goes on with it needs no second look: only we can put it into a request, never a caller.
#[derive(Debug, Clone)]
pub struct KnownKey(Arc<KeyRecord>);

/// What a route demands, and where its keys are.
#[derive(Debug, Clone)]
pub(crate) struct Demand {
    pub(crate) tenants: Tenants,
    pub(crate) keyring: Keyring,
    pub(crate) limiter: Limiter,
    pub(crate) bad_keys: BadKeys,
    pub(crate) needs: Needs,
}

/// How long it goes without a write that a key is used: whoever comes first after it writes, all others cost nothing.
const USE_IS_NOTED_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Lets nobody through without a good key that has the scope, if there is one, or above the tenant's limit of requests, and
/// leaves the [`Caller`] in the request.
///
/// That costs one read, or none for a key that was found not to exist some seconds ago; one write more where the key was
/// not used within the last hour, and another one where the process has none left of the requests that it took. A request
/// with a [`KnownKey`] costs nothing.
pub(crate) async fn demand(State(demand): State<Demand>, request: Request, next: Next) -> Response {
    let now = Timestamp::now();
    let known = request.extensions().get::<KnownKey>().cloned();
    let record = match known {
        Some(KnownKey(record)) => record,
        None => match authenticate(&demand, request.headers(), now).await {
            Ok(record) => Arc::new(record),
            Err(refused) => return refused.into_response(),
        },
    };
    let (mut response, standing) = match demand.limiter.count(&demand.tenants, &record.tenant, now).await {
        Ok(standing) => (admitted(&demand, record, request, next).await, standing),
        Err(exceeded @ Exceeded(standing)) => (exceeded.refused(), Some(standing)),
    };
    if let Some(standing) = standing {
        standing.tell(response.headers_mut());
    }
    response
}

/// Answers a request whose key is good.
async fn admitted(demand: &Demand, record: Arc<KeyRecord>, mut request: Request, next: Next) -> Response {
    if let Err(refused) = may(&record, demand.needs) {
        return refused.into_response();
    }
    if let Some(TenantSlot(slot)) = request.extensions().get() {
        // A slot that is full already has the same tenant: a request has one key.
        let _ = slot.set((record.tenant.clone(), record.plan));
    }
    // Who has found it has noted it, too.
    if request.extensions_mut().insert(KnownKey(Arc::clone(&record))).is_none() {
        note_use(&demand.tenants, &record, Timestamp::now()).await;
    }
    let KeyRecord { tenant, id: key, brand_ids, plan, .. } = KeyRecord::clone(&record);
    request.extensions_mut().insert(Meter::new(demand.limiter.clone(), demand.tenants.clone(), tenant.clone()));
    request.extensions_mut().insert(Caller { tenant, key, brand_ids, plan, keyring: demand.keyring.clone() });
    next.run(request).await
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ErrorResponse> {
        let caller = parts.extensions.get().cloned();
        caller.ok_or_else(|| ErrorResponse::internal(&"a route that demands no key asks for its caller"))
    }
}

/// The key in the header, if it is good.
async fn authenticate(demand: &Demand, headers: &HeaderMap, now: Timestamp) -> Result<KeyRecord, ErrorResponse> {
    const HOW: &str = "Send `Authorization: Bearer <your API key>`.";
    let refused =
        |code, what: &str| ErrorResponse(ApiError::new(code, format!("{what} {HOW}")).with_field("Authorization"));
    let header = headers
        .get(AUTHORIZATION)
        .ok_or_else(|| refused(ErrorCode::MissingHeader, "The Authorization header is missing."))?;
    let token = header.to_str().unwrap_or_default().trim();
    let token = token.strip_prefix("Bearer").or_else(|| token.strip_prefix("bearer")).unwrap_or(token).trim();
    if token.is_empty() {
        return Err(refused(ErrorCode::EmptyToken, "The Authorization header holds no key."));
    }
    let invalid = || {
        let what = "This is not a valid API key: mistyped, revoked, or of another deployment.";
        refused(ErrorCode::InvalidKey, what)
    };
    let key = RawKey::parse(token).map_err(|_| invalid())?;
    let hash = key.hash();
    if demand.bad_keys.has(&hash, now) {
        return Err(invalid());
    }
    let Some(record) = demand.tenants.key(&hash).await? else {
        demand.bad_keys.note(hash, now, bad_keys::UNKNOWN);
        return Err(invalid());
    };
    if !record.opens(now) {
        demand.bad_keys.note(hash, now, bad_keys::SHUT);
        return Err(invalid());
    }
    tracing::debug!(tenant.id = %record.tenant, key.id = %record.id, "authenticated");
    Ok(record)
}

/// Whether the key is good for this.
fn may(key: &KeyRecord, needs: Needs) -> Result<(), ErrorResponse> {
    let scopes = KeyScopes::of(key.scopes.iter().map(String::as_str));
    match needs {
        Needs::Scope(scope) if !scopes.allow(scope) => Err(lacks(scope)),
        Needs::Unrestricted if scopes != KeyScopes::All || !key.brand_ids.is_empty() => {
            let message = "This key is restricted to scopes or brands. Use a key without restrictions.";
            Err(ErrorResponse(ApiError::new(ErrorCode::InsufficientScope, message)))
        }
        Needs::Scope(_) | Needs::Unrestricted | Needs::AnyKey | Needs::NoKey => Ok(()),
    }
}

/// Writes that the key was used, if nobody has lately. The request does not depend on it.
async fn note_use(tenants: &Tenants, key: &KeyRecord, now: Timestamp) {
    if key.last_used_at.is_some_and(|at| now < at + USE_IS_NOTED_EVERY) {
        return;
    }
    if let Err(error) = tenants.touch_key(key, now).await {
        tracing::warn!(%error, key.id = %key.id, "it is not noted that a key is used");
    }
}

fn lacks(scope: ApiScope) -> ErrorResponse {
    let message = format!("This key lacks the scope {scope}. Use a key that has it, or one without restrictions.");
    ErrorResponse(ApiError::new(ErrorCode::InsufficientScope, message).with_required_scope(scope.as_str()))
}
