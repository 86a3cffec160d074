//! API keys on requests: who is calling, and what they may do.

use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use jiff::Timestamp;
use slipway_contract::{ApiError, ErrorCode};
use slipway_domain::schedule::{KEY_IS_SHUT, KEY_IS_UNKNOWN, KEY_USE_IS_NOTED};
use slipway_domain::{ApiScope, KeyId, KeyScopes, Plan, Reach, TenantId};
use slipway_store::tenants::{CountedRequests, KeyHash, KeyRecord, Tenants};
use slipway_store::{Stale, Write};

use crate::api_key::RawKey;
use crate::limits::{Exceeded, Limiter, Meter, RateStanding};
use crate::met_keys::MetKeys;
use crate::needs::Needs;
use crate::{ErrorResponse, Keyring};

/// The caller of a request to a route that demands a key.
#[derive(Debug, Clone)]
pub struct Caller {
    /// What the key opens: a space, live or test, or what some brands have of it. Nothing else is there for it.
    pub reach: Reach,
    /// Which key.
    pub key: KeyId,
    /// The tenant's own plan; nothing if it has the one of all.
    pub plan: Option<Plan>,
    /// What cursors of lists are checked by.
    pub keyring: Keyring,
}

impl Caller {
    /// Whose space it is.
    pub const fn tenant(&self) -> &TenantId {
        self.reach.tenant()
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

impl KnownKey {
    /// Refuses a key that has not this scope, as a route that needs it does.
    pub fn must_have(&self, scope: ApiScope) -> Result<(), ApiError> {
        may(&self.0, Needs::Scope(scope)).map_err(|ErrorResponse(error)| error)
    }
}

/// What a route demands, and where its keys are.
#[derive(Debug)]
pub(crate) struct Demand {
    pub(crate) tenants: Tenants,
    pub(crate) keyring: Keyring,
    pub(crate) limiter: Limiter,
    pub(crate) met_keys: MetKeys,
    pub(crate) needs: Needs,
    /// As how many requests one to the route may count.
    pub(crate) may_count_as: u64,
}

/// Who sent a request, before it is known whether their key opens anything.
enum Sender {
    /// Somebody whose key this process has just found good, and what the request is counted by that came with it.
    Known(Arc<KeyRecord>, Option<Meter>),
    /// Somebody with such a key.
    Holder(SentKey),
}

/// A well-formed key, of which it is not known whether it opens anything.
struct SentKey {
    hash: KeyHash,
    /// The space that it says it opens.
    claimed: Option<TenantId>,
}

/// Lets nobody through without a good key that has the scope, if there is one, or above the tenant's limit of requests, and
/// leaves the [`Caller`] in the request.
///
/// That costs one read, or none for a key that was found not to exist some seconds ago; one write more where the key was
/// not used within the last hour, and another one where the process has none left of the requests that it took. Who is
/// refused costs one call at most, and none where the process knows that the key is bad or the limit reached: the read
/// brings the count along, and what is refused for want of a scope is counted with what is taken next, or instead of the
/// read of a key that has just been refused so. Only two kinds of requests above the limit cost the write, too: where
/// others take the last requests between a process's read and its write, and the first one with a key of before November
/// 2026, which does not say whose it is, in each process. A request with a [`KnownKey`] costs no read, and a write where
/// it may count as more than the one that brought it.
pub(crate) async fn demand(State(demand): State<Arc<Demand>>, request: Request, next: Next) -> Response {
    let now = Timestamp::now();
    let counted = match Sender::of(&demand, &request, now) {
        Ok(sender) => sender.counted(&demand, now).await,
        Err(refused) => Err(Refused::Unknown(refused)),
    };
    match counted {
        Err(Refused::Unknown(refused)) => refused.into_response(),
        Err(Refused::Barred(refused, standing)) => told(refused.into_response(), standing),
        Err(Refused::Above(exceeded @ Exceeded(standing))) => told(exceeded.refused(), Some(standing)),
        Ok(Admitted { record, meter, standing }) => {
            let tenant = record.tenant.clone();
            let response = answered(&demand, record, meter.clone(), request, next).await;
            meter.give_back();
            // The handler may have counted more.
            told(response, demand.limiter.standing(&tenant, Timestamp::now()).or(standing))
        }
    }
}

/// What a request is admitted with.
struct Admitted {
    record: Arc<KeyRecord>,
    meter: Meter,
    /// Where its tenant stands; nothing if that is not known.
    standing: Option<RateStanding>,
}

/// Why a request is not admitted.
enum Refused {
    /// Its key opens nothing.
    Unknown(ErrorResponse),
    /// Its key does not open this.
    Barred(ErrorResponse, Option<RateStanding>),
    /// Its tenant may make no more requests in this minute.
    Above(Exceeded),
}

impl Sender {
    fn of(demand: &Demand, request: &Request, now: Timestamp) -> Result<Self, ErrorResponse> {
        Ok(match request.extensions().get() {
            Some(KnownKey(record)) => Self::Known(Arc::clone(record), request.extensions().get().cloned()),
            None => Self::Holder(sent_key(demand, request.headers(), now)?),
        })
    }

    /// Finds the request's key good for what it asks for, and counts it.
    async fn counted(self, demand: &Demand, now: Timestamp) -> Result<Admitted, Refused> {
        let Demand { limiter, met_keys, may_count_as, .. } = demand;
        let (record, of_another) = match self {
            Self::Known(record, meter) => (record, meter),
            Self::Holder(SentKey { hash, claimed }) => {
                let met = met_keys.tenant(&hash, now);
                if let Some(tenant) = &met {
                    limiter.must_have_room(tenant, now, *may_count_as).map_err(Refused::Above)?;
                }
                let is_to_pay = |key: &Arc<KeyRecord>| key.opens(now) && limiter.owes_much(&key.tenant, now);
                if let Some(barred) = met_keys.barred(&hash, now).filter(is_to_pay)
                    && let Err(refused) = may(&barred, demand.needs)
                {
                    let standing = limiter.pay(&demand.tenants, &barred.tenant, now).await.map_err(Refused::Above)?;
                    return Err(Refused::Barred(refused, standing));
                }
                let asked = met.or(claimed).filter(|tenant| limiter.asks(tenant, now, *may_count_as));
                let record = Arc::new(open(demand, &hash, asked.as_ref(), now).await.map_err(Refused::Unknown)?);
                if may(&record, demand.needs).is_err() {
                    met_keys.note_barred(&hash, &record, now);
                }
                (record, None)
            }
        };
        if let Err(refused) = may(&record, demand.needs) {
            let standing = limiter.owe(&record.tenant, now).map_err(Refused::Above)?;
            return Err(Refused::Barred(refused, standing));
        }
        let meter = Meter::new(limiter.clone(), demand.tenants.clone(), record.tenant.clone(), now);
        let standing = match of_another {
            // The route that admitted it goes on counting it: one in the same process counts nothing of its own.
            Some(of_another) => {
                of_another.count_ahead(*may_count_as).await.map_err(Refused::Above)?;
                meter.count_first_of(1).await
            }
            None => meter.count_first_of(*may_count_as).await,
        };
        Ok(Admitted { record, meter, standing: standing.map_err(Refused::Above)? })
    }
}

/// The answer, which says where the tenant stands.
fn told(mut response: Response, standing: Option<RateStanding>) -> Response {
    if let Some(standing) = standing {
        standing.tell(response.headers_mut());
    }
    response
}

/// Answers a request whose key is good.
async fn answered(demand: &Demand, record: Arc<KeyRecord>, meter: Meter, mut request: Request, next: Next) -> Response {
    if let Some(TenantSlot(slot)) = request.extensions().get() {
        // A slot that is full already has the same tenant: a request has one key.
        let _ = slot.set((record.tenant.clone(), record.plan));
    }
    // The route that found it has noted its use already.
    if request.extensions_mut().insert(KnownKey(Arc::clone(&record))).is_none() {
        note_use(&demand.tenants, &record, Timestamp::now()).await;
    }
    let KeyRecord { tenant, id: key, brand_ids, plan, .. } = KeyRecord::clone(&record);
    if request.extensions().get::<Meter>().is_none() {
        request.extensions_mut().insert(meter);
    }
    request.extensions_mut().insert(Caller {
        reach: Reach::limited_to(tenant, brand_ids),
        key,
        plan,
        keyring: demand.keyring.clone(),
    });
    next.run(request).await
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ErrorResponse> {
        let caller = parts.extensions.get().cloned();
        caller.ok_or_else(|| ErrorResponse::internal(&"a route that demands no key asks for its caller"))
    }
}

/// The key in the header, if it may be one.
fn sent_key(demand: &Demand, headers: &HeaderMap, now: Timestamp) -> Result<SentKey, ErrorResponse> {
    let header = headers
        .get(AUTHORIZATION)
        .ok_or_else(|| no_key(ErrorCode::MissingHeader, "The Authorization header is missing."))?;
    // A key is ASCII: what is not is none.
    let token = header.to_str().map_err(|_| invalid_key())?.trim();
    let token = token.strip_prefix("Bearer").or_else(|| token.strip_prefix("bearer")).unwrap_or(token).trim();
    if token.is_empty() {
        return Err(no_key(ErrorCode::EmptyToken, "The Authorization header holds no key."));
    }
    let key = RawKey::parse(token).map_err(|_| invalid_key())?;
    let sent = SentKey { hash: key.hash(), claimed: key.claimed_tenant() };
    if demand.met_keys.is_bad(&sent.hash, now) { Err(invalid_key()) } else { Ok(sent) }
}

/// The key, if it opens something. Tells the limiter what was counted of the space that the key claims, if there is one and
/// the key is right in that.
async fn open(
    demand: &Demand,
    hash: &KeyHash,
    claimed: Option<&TenantId>,
    now: Timestamp,
) -> Result<KeyRecord, ErrorResponse> {
    let (record, counted) = match claimed {
        Some(tenant) => demand.tenants.key_with_count(hash, tenant).await?,
        None => (demand.tenants.key(hash).await?, Ok(CountedRequests::default())),
    };
    let remembered = if record.is_some() { KEY_IS_SHUT } else { KEY_IS_UNKNOWN };
    let Some(record) = record.filter(|record| record.opens(now)) else {
        demand.met_keys.note_bad(hash.clone(), now, remembered);
        return Err(invalid_key());
    };
    demand.met_keys.note_good(hash, &record.tenant, now);
    match counted {
        Ok(counted) if claimed == Some(&record.tenant) => demand.limiter.learn(&record.tenant, &counted, now),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, tenant.id = %record.tenant, "a key is read without its tenant's count"),
    }
    tracing::debug!(tenant.id = %record.tenant, key.id = %record.id, "authenticated");
    Ok(record)
}

fn no_key(code: ErrorCode, what: &str) -> ErrorResponse {
    let message = format!("{what} Send `Authorization: Bearer <your API key>`.");
    ErrorResponse(ApiError::new(code, message).with_field("Authorization"))
}

fn invalid_key() -> ErrorResponse {
    no_key(ErrorCode::InvalidKey, "This is not a valid API key: mistyped, revoked, or of another deployment.")
}

/// Whether the key is good for this.
fn may(key: &KeyRecord, needs: Needs) -> Result<(), ErrorResponse> {
    let scopes = KeyScopes::of(&key.scopes);
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
    if key.last_used_at.is_some_and(|at| now < at + KEY_USE_IS_NOTED) {
        return;
    }
    match tenants.touch_key(key, now).await {
        // Whoever revoked the key meanwhile has no use for it.
        Ok(Write::Done(()) | Write::Refused(Stale)) => {}
        Err(error) => tracing::warn!(%error, key.id = %key.id, "it is not noted that a key is used"),
    }
}

fn lacks(scope: ApiScope) -> ErrorResponse {
    let message = format!("This key lacks the scope {scope}. Use a key that has it, or one without restrictions.");
    ErrorResponse(ApiError::new(ErrorCode::InsufficientScope, message).with_required_scope(scope))
}
