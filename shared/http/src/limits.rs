//! How many requests a tenant may make in a minute.
//!
//! The tenant's count is an item of the tenants table. A process takes some requests of it at once, and answers these out
//! of its memory: as many as it has answered in this minute, and an eighth of what is left at most. So most requests of
//! whoever sends many cost no call of AWS, no process answers more than it took, and one that dies takes no more along than
//! it has answered.
//!
//! A request that is refused for what its key may not do is counted, too, but costs no call for it: a process that has none
//! in hand takes it along with its next ones.

mod memory;

use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use slipway_contract::{ApiError, ErrorCode};
use slipway_domain::limits::requests_per_minute;
use slipway_domain::{Mode, TenantId};
use slipway_store::Write;
use slipway_store::tenants::{CountedRequests, Tenants};

use crate::ErrorResponse;

use self::memory::{Memory, Portion};

/// How much of the requests that a tenant may make the operator allows, in percent; none means as many as it likes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RateLimits(u32);

/// A text that is no share of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the limits of requests are no number from 0 to {MOST_PERCENT}")]
pub struct NoPercentage;

const MOST_PERCENT: u32 = 10_000;

impl RateLimits {
    /// No limits.
    pub const OFF: Self = Self(0);

    /// How many requests a tenant of this mode with so many accounts may make in a minute; nothing means as many as it
    /// likes.
    fn of(self, mode: Mode, accounts: u64) -> Option<u64> {
        let all = requests_per_minute(mode, accounts);
        (self != Self::OFF).then(|| (all * u64::from(self.0) / 100).max(1))
    }
}

impl FromStr for RateLimits {
    type Err = NoPercentage;

    fn from_str(text: &str) -> Result<Self, NoPercentage> {
        text.parse().ok().filter(|percent| *percent <= MOST_PERCENT).map(Self).ok_or(NoPercentage)
    }
}

/// Counts the requests that this process answers, of all tenants.
#[derive(Debug, Clone)]
pub struct Limiter {
    limits: RateLimits,
    memory: Arc<Mutex<Memory>>,
}

/// Where a tenant stands in its minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateStanding {
    /// How many requests it may make.
    pub limit: u64,
    /// How many are left. What other processes answer is known when this one takes its next requests.
    pub remaining: u64,
    /// In how many seconds the next minute begins.
    pub reset: u64,
}

/// A tenant has made as many requests as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded(pub RateStanding);

/// For how long a tenant is not counted after its count has failed.
const OPEN: Duration = Duration::from_secs(5);

impl Limiter {
    /// A process that has answered nobody yet.
    pub fn new(limits: RateLimits) -> Self {
        Self { limits, memory: Arc::default() }
    }

    /// Counts a request of the tenant's. Answers where the tenant stands then; nothing if it has no limit, or if the count
    /// does not answer: a fault of ours keeps no customer out.
    pub async fn count(
        &self,
        tenants: &Tenants,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Option<RateStanding>, Exceeded> {
        let Some(lowest) = self.limits.of(tenant.mode(), 0) else { return Ok(None) };
        let (minute, portion) = {
            let mut memory = self.memory();
            let minute = memory.roll(now);
            let portion = memory.tenants.entry(tenant.clone()).or_insert_with(|| Portion::of(lowest));
            if portion.answer() {
                return Ok(Some(portion.standing(now)));
            }
            if portion.is_used_up() {
                return Err(Exceeded(portion.standing(now)));
            }
            let portion = *portion;
            if memory.open_until.get(tenant).is_some_and(|until| now < *until) {
                return Ok(None);
            }
            (minute, portion)
        };
        let share = portion.share();
        let limit_of = |counted: &CountedRequests| self.limit_of(tenant, counted).unwrap_or(lowest);
        let is_room = |counted: &CountedRequests| counted.taken < limit_of(counted);
        let counted = match tenants.take_requests(tenant, minute, share, portion.has_begun(), is_room).await {
            Ok(counted) => counted,
            Err(error) => {
                tracing::warn!(%error, tenant.id = %tenant, "requests are not counted, and not limited");
                self.memory().open_until.insert(tenant.clone(), now + OPEN);
                return Ok(None);
            }
        };
        let (counted, granted) = match counted {
            Write::Done(counted) => {
                let before = counted.taken.saturating_sub(share);
                (counted, share.min(limit_of(&counted).saturating_sub(before)))
            }
            Write::Refused(full) => (full, 0),
        };
        let mut memory = self.memory();
        // A process that has come to the next minute meanwhile knows nothing of it yet, and this is no share of it.
        let mut late = portion;
        let portion =
            if memory.minute == minute { memory.tenants.entry(tenant.clone()).or_default() } else { &mut late };
        portion.learn(limit_of(&counted), counted.taken);
        if portion.receive(granted) { Ok(Some(portion.standing(now))) } else { Err(Exceeded(portion.standing(now))) }
    }

    /// Counts a request of the tenant's that is refused for another reason, without a call of AWS. Answers as
    /// [`Self::count`] does.
    pub(crate) fn owe(&self, tenant: &TenantId, now: Timestamp) -> Result<Option<RateStanding>, Exceeded> {
        let Some(lowest) = self.limits.of(tenant.mode(), 0) else { return Ok(None) };
        let mut memory = self.memory();
        memory.roll(now);
        let portion = memory.tenants.entry(tenant.clone()).or_insert_with(|| Portion::of(lowest));
        if portion.owe() { Ok(Some(portion.standing(now))) } else { Err(Exceeded(portion.standing(now))) }
    }

    /// Refuses who is known to be above the limit, without a call of AWS.
    pub(crate) fn must_have_room(&self, tenant: &TenantId, now: Timestamp) -> Result<(), Exceeded> {
        let mut memory = self.memory();
        memory.roll(now);
        let used_up = memory.tenants.get(tenant).filter(|portion| portion.is_used_up());
        used_up.map_or(Ok(()), |portion| Err(Exceeded(portion.standing(now))))
    }

    /// Whether it takes a call to know where the tenant stands: somebody who reads may ask for the count along with that.
    pub(crate) fn asks(&self, tenant: &TenantId, now: Timestamp) -> bool {
        let mut memory = self.memory();
        memory.roll(now);
        self.limits != RateLimits::OFF && !memory.tenants.get(tenant).is_some_and(Portion::knows)
    }

    /// Learns what all processes have counted of the tenant.
    pub(crate) fn learn(&self, tenant: &TenantId, counted: &CountedRequests, now: Timestamp) {
        let Some(limit) = self.limit_of(tenant, counted) else { return };
        let mut memory = self.memory();
        // As to the count itself, a minute that is ahead of this clock is the one that counts.
        let taken = if counted.minute >= memory.roll(now) { counted.taken } else { 0 };
        memory.tenants.entry(tenant.clone()).or_default().learn(limit, taken);
    }

    /// How many requests the tenant may make in a minute; nothing means as many as it likes.
    fn limit_of(&self, tenant: &TenantId, counted: &CountedRequests) -> Option<u64> {
        self.limits.of(tenant.mode(), u64::try_from(counted.accounts).unwrap_or_default())
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        // Whoever panicked left counts that are as good as any.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts what a request does beside itself, where one does the work of many or holds a process for long.
#[derive(Debug, Clone)]
pub struct Meter {
    limiter: Limiter,
    tenants: Tenants,
    tenant: TenantId,
}

impl Meter {
    pub(crate) const fn new(limiter: Limiter, tenants: Tenants, tenant: TenantId) -> Self {
        Self { limiter, tenants, tenant }
    }

    /// Counts the request once more. Fails as a further request of the tenant's would.
    pub async fn count(&self) -> Result<(), ApiError> {
        let counted = self.limiter.count(&self.tenants, &self.tenant, Timestamp::now()).await;
        counted.map(|_| ()).map_err(Exceeded::error)
    }

    /// Counts the request, which was counted when it came, as so many; where the operator allows no tenant so many a
    /// minute, as all that there are.
    pub async fn count_as(&self, requests: u64) -> Result<(), ApiError> {
        let most = self.limiter.limits.of(self.tenant.mode(), 0).unwrap_or(requests);
        for _ in 1..requests.min(most) {
            self.count().await?;
        }
        Ok(())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Meter {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ErrorResponse> {
        let meter = parts.extensions.get().cloned();
        meter.ok_or_else(|| ErrorResponse::internal(&"a route that demands no key counts for its caller"))
    }
}

impl RateStanding {
    /// Tells the caller.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        for (name, value) in [
            ("x-ratelimit-limit", self.limit),
            ("x-ratelimit-remaining", self.remaining),
            ("x-ratelimit-reset", self.reset),
        ] {
            headers.insert(HeaderName::from_static(name), value.into());
        }
    }
}

impl Exceeded {
    pub(crate) fn refused(self) -> Response {
        ErrorResponse(self.error()).into_response()
    }

    fn error(self) -> ApiError {
        let Self(RateStanding { limit, reset, .. }) = self;
        let message = format!("Your tenant may make {limit} requests a minute. Try again in {reset} s.");
        ApiError::new(ErrorCode::RateLimited, message).with_remedy().retry_after(reset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_allows_a_part_of_the_limits_or_more_or_has_none() {
        let percent = |text: &str| text.parse::<RateLimits>();
        assert_eq!(percent("0"), Ok(RateLimits::OFF));
        assert_eq!(percent("100").unwrap().of(Mode::Test, 5000), Some(60), "who makes creators makes no room");
        for (text, accounts, limit) in [
            ("0", 5000, None),
            ("1", 0, Some(1)),
            ("100", 0, Some(60)),
            ("100", 3, Some(600)),
            ("100", 2001, Some(1200)),
            ("10000", 2, Some(6000)),
        ] {
            assert_eq!(percent(text).unwrap().of(Mode::Live, accounts), limit, "{text} percent of {accounts} accounts");
        }
        for text in ["", "-1", "10001", "on", "1.5"] {
            assert_eq!(percent(text), Err(NoPercentage), "{text}");
        }
    }
}
