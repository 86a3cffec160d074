//! What of a request is counted beside itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::FromRequestParts;
use http::request::Parts;
use jiff::Timestamp;
use slipway_contract::ApiError;
use slipway_domain::TenantId;
use slipway_store::tenants::Tenants;

use super::{Exceeded, Limiter, RateStanding, TRIES};
use crate::ErrorResponse;

/// Counts what a request does beside itself, where one does the work of many or holds a process for long.
#[derive(Debug, Clone)]
pub struct Meter {
    limiter: Limiter,
    tenants: Tenants,
    tenant: TenantId,
    /// When the request came.
    came_at: Timestamp,
    /// How many were counted ahead of need.
    ahead: Arc<AtomicU64>,
}

impl Meter {
    pub(crate) fn new(limiter: Limiter, tenants: Tenants, tenant: TenantId, came_at: Timestamp) -> Self {
        Self { limiter, tenants, tenant, came_at, ahead: Arc::default() }
    }

    /// Counts the request when it comes, and ahead of need as many more as it may count as. Answers as
    /// [`Limiter::count`] does.
    pub(crate) async fn count_first_of(&self, requests: u64) -> Result<Option<RateStanding>, Exceeded> {
        let requests = self.limiter.at_most(&self.tenant, requests);
        let counted = self.take(requests).await?;
        if counted.is_some() {
            self.ahead.fetch_add(requests.saturating_sub(1), Ordering::Relaxed);
        }
        Ok(counted)
    }

    /// Counts ahead of need as many more as the request may count as, which was counted when it came.
    pub(crate) async fn count_ahead(&self, requests: u64) -> Result<(), Exceeded> {
        let missing = self.further(requests).saturating_sub(self.ahead.load(Ordering::Relaxed));
        if missing > 0 && self.take(missing).await?.is_some() {
            self.ahead.fetch_add(missing, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Gives back what was counted ahead of need, and not needed.
    pub(crate) fn give_back(&self) {
        self.limiter.give_back(&self.tenant, self.came_at, self.ahead.swap(0, Ordering::Relaxed));
    }

    /// Counts the request once more. Fails as a further request of the tenant's would.
    pub async fn count(&self) -> Result<(), ApiError> {
        self.take(1).await.map(|_| ()).map_err(Exceeded::error)
    }

    /// Counts the request, which was counted when it came, as so many: all of them, or none. Where the operator allows a
    /// tenant without accounts fewer a minute, as those. Its route says that it
    /// [may count as so many](crate::routes::Methods::may_count_as): then they are counted already, unless they could not
    /// be, and this costs nothing and refuses nobody.
    pub async fn count_as(&self, requests: u64) -> Result<(), ApiError> {
        let further = self.further(requests);
        let left = |ahead: u64| Some(ahead.saturating_sub(further));
        let ahead = self.ahead.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).unwrap_or_default();
        match further.saturating_sub(ahead) {
            0 => Ok(()),
            missing => self.take(missing).await.map(|_| ()).map_err(Exceeded::error),
        }
    }

    fn further(&self, requests: u64) -> u64 {
        self.limiter.at_most(&self.tenant, requests).saturating_sub(1)
    }

    async fn take(&self, requests: u64) -> Result<Option<RateStanding>, Exceeded> {
        self.limiter.take(&self.tenants, &self.tenant, Timestamp::now(), requests, TRIES).await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Meter {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ErrorResponse> {
        let meter = parts.extensions.get().cloned();
        meter.ok_or_else(|| ErrorResponse::internal(&"a route that demands no key counts for its caller"))
    }
}
