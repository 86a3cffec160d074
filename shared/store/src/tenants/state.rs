//! What an operator decides about a tenant: its plan, and whether it may do anything.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::Timestamp;
use serde_dynamo::to_attribute_value;
use slipway_domain::{Chain, Plan, TenantId};

use super::{KeyRecord, ProfileChange, TenantProfile, TenantRecord, Tenants, tenant_key};
use crate::item::{flag, number, read, text};
use crate::transact::transact;
use crate::update::Update;
use crate::{NotThere, StoreError, Write};

/// What an operator decides about a tenant. What is left out stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TenantState {
    /// Its own plan.
    pub plan: PlanChange,
    /// Whether none of its keys opens anything.
    pub is_suspended: Option<bool>,
}

/// What becomes of a tenant's own plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PlanChange {
    /// It stays as it is.
    #[default]
    Keep,
    /// It has this one from now on.
    Set(Plan),
    /// It has none of its own any more.
    Remove,
}

impl TenantState {
    /// The tenant has a plan of its own.
    pub const fn of_plan(plan: Plan) -> Self {
        Self { plan: PlanChange::Set(plan), is_suspended: None }
    }

    /// Whether none of its keys opens anything.
    pub const fn suspended(is_suspended: bool) -> Self {
        Self { plan: PlanChange::Keep, is_suspended: Some(is_suspended) }
    }
}

/// Why nothing was decided about a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDecided {
    /// There is no such tenant.
    NoSuchTenant,
    /// It is being deleted, which nothing takes back.
    IsGoing,
}

/// How often a key is written that others change at the same moment.
const TRIES: u32 = 5;

impl Tenants {
    /// Decides about a tenant, and writes it to each of its keys. Answers the tenant as it is then. Wherever it ends too
    /// early, doing it again does the rest.
    pub async fn decide(
        &self,
        tenant: &TenantId,
        state: TenantState,
        now: Timestamp,
    ) -> Result<Write<TenantRecord, NotDecided>, StoreError> {
        let update = Update::of(&self.table, tenant_key(tenant)).when("attribute_exists(pk)").add("version", number(1));
        let resumes = state.is_suspended == Some(false);
        let update = if resumes { update.when("attribute_not_exists(#deleting_since)") } else { update };
        let tenant: TenantRecord = match decided(update, state)?.send(&self.client, ReturnValue::AllNew).await? {
            Write::Done(item) => read(item)?,
            Write::Refused(Some(_)) => return Ok(Write::Refused(NotDecided::IsGoing)),
            Write::Refused(None) => return Ok(Write::Refused(NotDecided::NoSuchTenant)),
        };
        // Whoever makes a key at this moment meets the tenant's version, and reads it again.
        let mut failed = None;
        for key in self.all_keys(&tenant.id).await? {
            // One that can't be written keeps none of the others open.
            failed = self.decide_for_key(key, state, now).await.err().or(failed);
        }
        failed.map_or(Ok(Write::Done(tenant)), Err)
    }

    async fn decide_for_key(&self, mut key: KeyRecord, state: TenantState, now: Timestamp) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let next = KeyRecord { version: key.version + 1, ..key.clone() };
            let items = self.updates(&next, now)?.into_iter();
            let items = items.map(|update| decided(update, state)?.in_transaction()).collect::<Result<_, _>>()?;
            if transact(&self.client, items).await?.is_done() {
                return Ok(());
            }
            match self.key_of(&key.tenant, &key.id).await? {
                Some(now) => key = now,
                None => return Ok(()),
            }
        }
        Err(StoreError::Busy(Chain::of(format!("{} is changed again and again", key.id))))
    }

    /// Writes what the tenant's owner says about it; what is not said stays, whoever says it at the same moment. Answers
    /// the tenant as it is then.
    pub async fn describe(
        &self,
        tenant: &TenantId,
        said: &ProfileChange,
    ) -> Result<Write<TenantRecord, NotThere>, StoreError> {
        let part = |update: Update, name: &str, value: Option<AttributeValue>| match value {
            Some(value) => update.set(&format!("profile.{name}"), value),
            None => update,
        };
        let update = Update::of(&self.table, tenant_key(tenant)).when("attribute_exists(#profile)");
        let update = part(update, "name", said.name.clone().map(text));
        let update = part(update, "use_case", said.use_case.clone().map(text));
        let update = part(update, "referral", said.referral.clone().map(text));
        let update = part(update, "is_onboarded", said.is_onboarded.map(flag));
        if *said == ProfileChange::default() {
            return self.tenant(tenant).await.map(Write::from);
        }
        let met = match update.send(&self.client, ReturnValue::AllNew).await? {
            Write::Done(item) => return read(item).map(Write::Done),
            Write::Refused(met) => met,
        };
        if met.is_none() {
            return Ok(Write::Refused(NotThere));
        }
        // A tenant of a version before there were profiles.
        let ProfileChange { name, is_onboarded, use_case, referral } = said.clone();
        let profile = TenantProfile { name, is_onboarded: is_onboarded.unwrap_or_default(), use_case, referral };
        let update = Update::of(&self.table, tenant_key(tenant))
            .set("profile", to_attribute_value(profile)?)
            .when("attribute_exists(pk) AND attribute_not_exists(#profile)");
        match update.send(&self.client, ReturnValue::AllNew).await? {
            Write::Done(item) => read(item).map(Write::Done),
            // It gets its profile at this moment, and has one from now on.
            Write::Refused(_) => Box::pin(self.describe(tenant, said)).await,
        }
    }
}

fn decided(update: Update, TenantState { plan, is_suspended }: TenantState) -> Result<Update, StoreError> {
    let update = match plan {
        PlanChange::Set(plan) => update.set("plan", to_attribute_value(plan)?),
        PlanChange::Remove => update.remove("plan"),
        PlanChange::Keep => update,
    };
    Ok(match is_suspended {
        Some(is_suspended) => update.set("is_suspended", flag(is_suspended)),
        None => update,
    })
}
