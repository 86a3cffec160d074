//! How many requests a tenant may make in a minute.
//!
//! The tenant's count is an item of the tenants table. A process takes some requests of it at once, and answers these out
//! of its memory: as many as it has answered in this minute, and an eighth of what is left at most. So most requests of
//! whoever sends many cost no call of AWS, no process answers more than it took, and one that dies takes no more along than
//! it has answered, or one request may count as.
//!
//! A request that is refused for what its key may not do is counted, too, but costs no call beside the read of the key: a
//! process that has none in hand owes it, and takes it along with its next ones. One that owes some tells the others of
//! them instead of reading the same key again.
//!
//! A request that may count as several is counted as all of them when it comes, and gives back what it did not need. So it
//! is refused before it does anything, or not at all.

mod allowed;
mod memory;
mod meter;

use std::sync::{Arc, Mutex, PoisonError};

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use slipway_contract::{ApiError, ErrorCode};
use slipway_domain::TenantId;
use slipway_domain::schedule::NOTHING_IS_COUNTED;
use slipway_store::tenants::{CountedRequests, Tenants};
use slipway_store::{Minute, Write};

use crate::ErrorResponse;

use self::memory::{Memory, Portion};

pub use self::allowed::{NoPercentage, RateLimits};
pub use self::meter::Meter;

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

/// How often a share is asked for, of a minute that others begin.
pub(crate) const TRIES: u32 = 3;

impl Limiter {
    /// A process that has answered nobody yet.
    pub fn new(limits: RateLimits) -> Self {
        Self { limits, memory: Arc::default() }
    }

    /// Counts a request of the tenant's. Answers where the tenant stands then; nothing if it has no limit, or if the count
    /// does not answer: a fault of ours keeps no customer out. Requests are counted by their [`Meter`]; this is the same
    /// for who has a clock of its own.
    pub async fn count(
        &self,
        tenants: &Tenants,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Option<RateStanding>, Exceeded> {
        self.take(tenants, tenant, now, 1, TRIES).await
    }

    /// Counts a request of the tenant's that is refused for another reason, without a call of AWS. Answers as
    /// [`Self::count`] does.
    pub(crate) fn owe(&self, tenant: &TenantId, now: Timestamp) -> Result<Option<RateStanding>, Exceeded> {
        if self.limits == RateLimits::OFF {
            return Ok(None);
        }
        let mut memory = self.memory();
        memory.roll(now);
        let portion = memory.tenants.entry(tenant.clone()).or_default();
        portion.owe(now)?;
        Ok(portion.standing(now))
    }

    /// Whether this process has refused so many requests of the tenant's that the others should be told of them.
    pub(crate) fn owes_much(&self, tenant: &TenantId, now: Timestamp) -> bool {
        let mut memory = self.memory();
        memory.roll(now);
        memory.tenants.get(tenant).is_some_and(Portion::owes_much)
    }

    /// Counts a request that is refused for another reason along with what is owed, for one call. Answers as
    /// [`Self::count`] does.
    pub(crate) async fn pay(
        &self,
        tenants: &Tenants,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Option<RateStanding>, Exceeded> {
        match self.take(tenants, tenant, now, 1, 1).await? {
            Some(standing) => Ok(Some(standing)),
            None => self.owe(tenant, now),
        }
    }

    /// Refuses who is known to have no room for so many requests, without a call of AWS.
    pub(crate) fn must_have_room(&self, tenant: &TenantId, now: Timestamp, requests: u64) -> Result<(), Exceeded> {
        let requests = self.at_most(tenant, requests);
        let mut memory = self.memory();
        memory.roll(now);
        memory.tenants.get(tenant).map_or(Ok(()), |portion| portion.must_have_room(requests, now))
    }

    /// Whether it takes a call to know if the tenant may make so many requests: somebody who reads may ask for the count
    /// along with that.
    pub(crate) fn asks(&self, tenant: &TenantId, now: Timestamp, requests: u64) -> bool {
        let requests = self.at_most(tenant, requests);
        let mut memory = self.memory();
        memory.roll(now);
        let knows = memory.tenants.get(tenant).is_some_and(|portion| portion.knows(requests));
        self.limits != RateLimits::OFF && !knows
    }

    /// Learns what all processes have counted of the tenant.
    pub(crate) fn learn(&self, tenant: &TenantId, counted: &CountedRequests, now: Timestamp) {
        let Some(limit) = self.limit_of(tenant, counted) else { return };
        let mut memory = self.memory();
        // As to the count itself, a minute that is ahead of this clock is the one that counts.
        let taken = if counted.minute >= memory.roll(now) { counted.taken } else { 0 };
        memory.tenants.entry(tenant.clone()).or_default().learn(limit, taken);
    }

    /// Where the tenant stands, if this process knows of its minute.
    pub(crate) fn standing(&self, tenant: &TenantId, now: Timestamp) -> Option<RateStanding> {
        let mut memory = self.memory();
        memory.roll(now);
        memory.tenants.get(tenant).and_then(|portion| portion.standing(now))
    }

    /// Gives so many requests back that were counted at that time and not needed.
    pub(crate) fn give_back(&self, tenant: &TenantId, counted_at: Timestamp, requests: u64) {
        let mut memory = self.memory();
        // Those of a minute that is over are of no use.
        if memory.roll(Timestamp::now()) == Minute::of(counted_at)
            && let Some(portion) = memory.tenants.get_mut(tenant)
        {
            portion.take_back(requests);
        }
    }

    /// Counts so many requests, all or none: out of what this process has in hand, or of a further share, for which it
    /// calls AWS so often at most.
    pub(crate) async fn take(
        &self,
        tenants: &Tenants,
        tenant: &TenantId,
        now: Timestamp,
        requests: u64,
        tries: u32,
    ) -> Result<Option<RateStanding>, Exceeded> {
        let Some(lowest) = self.limits.of(tenant.mode(), 0) else { return Ok(None) };
        let (minute, before) = {
            let mut memory = self.memory();
            let minute = memory.roll(now);
            let portion = memory.tenants.entry(tenant.clone()).or_default();
            if portion.answer(requests) {
                return Ok(portion.standing(now));
            }
            portion.must_have_room(requests, now)?;
            let portion = *portion;
            if memory.open_until.get(tenant).is_some_and(|until| now < *until) {
                return Ok(None);
            }
            (minute, portion)
        };
        let share = before.share(requests);
        let limit_of = |counted: &CountedRequests| self.limit_of(tenant, counted).unwrap_or(lowest);
        let is_room = |counted: &CountedRequests| {
            let mut then = before;
            then.learn(limit_of(counted), counted.taken);
            then.must_have_room(requests, now).is_ok()
        };
        let counted = match tenants.take_requests(tenant, minute, share, (before.has_begun(), tries), is_room).await {
            Ok(counted) => counted,
            Err(error) => {
                tracing::warn!(%error, tenant.id = %tenant, "requests are not counted, and not limited");
                self.memory().open_until.insert(tenant.clone(), now + NOTHING_IS_COUNTED);
                return Ok(None);
            }
        };
        let (counted, granted) = match counted {
            Write::Done(counted) => {
                let others = counted.taken.saturating_sub(share);
                (counted, share.min(limit_of(&counted).saturating_sub(others)))
            }
            Write::Refused(met) => (met, 0),
        };
        let mut memory = self.memory();
        // A process that has come to the next minute meanwhile knows nothing of it yet, and this is no share of it.
        let mut late = before;
        let portion =
            if memory.minute == minute { memory.tenants.entry(tenant.clone()).or_default() } else { &mut late };
        portion.learn(limit_of(&counted), counted.taken);
        portion.receive(granted, before.owed());
        if portion.answer(requests) {
            return Ok(portion.standing(now));
        }
        portion.must_have_room(requests, now)?;
        tracing::debug!(tenant.id = %tenant, "others began the minute, and no share of it is taken");
        Ok(None)
    }

    /// So many requests; where the operator allows no tenant so many a minute, all that there are.
    pub(crate) fn at_most(&self, tenant: &TenantId, requests: u64) -> u64 {
        self.limits.of(tenant.mode(), 0).map_or(requests, |lowest| requests.min(lowest))
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
        let Self(RateStanding { limit, remaining, reset }) = self;
        let few = match remaining {
            0 => String::new(),
            few => format!(" It has {few} left, and this one may count as more."),
        };
        let message = format!("Your tenant may make {limit} requests a minute.{few} Try again in {reset} s.");
        ApiError::new(ErrorCode::RateLimited, message).with_remedy().retry_after(reset)
    }
}
