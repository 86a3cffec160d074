//! How tenants, what they use and what they may use look to callers.

use serde::Serialize;
use slipway_domain::{BrandId, Mode, Plan, PlanLimits, TenantId};

use crate::key::NewKeyView;
use crate::{Platform, Time};

/// A tenant, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserView {
    /// Its id.
    pub id: TenantId,
    /// The owner's address.
    pub email: String,
    /// What the owner is called.
    pub name: Option<String>,
    /// Which of its two spaces the key opens.
    pub mode: Mode,
    /// What it may use.
    pub plan: Plan,
    /// Whether the owner has the first steps ahead.
    pub onboarding: bool,
    /// Always null: nobody has a picture here.
    pub avatar_url: Option<String>,
    /// Where it may publish.
    pub allowed_platforms: [Platform; 1],
    /// What it is used for.
    pub use_case: Option<String>,
    /// How the owner heard of it.
    pub referral: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// Since when it is being deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleting_since: Option<Time>,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A tenant that has just signed up.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignedUpView {
    /// It.
    pub user: UserView,
    /// Its first key, with the secret.
    pub key: NewKeyView,
    /// Its first brand.
    pub brand: OwnBrandView,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The brand that a tenant has from the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnBrandView {
    /// Its id.
    pub id: BrandId,
    /// What it is called.
    pub name: &'static str,
}

/// What a tenant uses, and may use. -1 is no limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UsageView {
    /// The plan.
    pub plan: Plan,
    /// How many brands there are.
    pub brands_used: u64,
    /// How many there may be.
    pub brands_limit: i64,
    /// How many posts were accepted for publishing in this period.
    pub posts_used: u64,
    /// How many may be.
    pub posts_limit: i64,
    /// Always 0: TikTok has nothing that this would count.
    pub interactions_used: u64,
    /// Always -1.
    pub interactions_limit: i64,
    /// Since when posts count.
    pub period_start: Time,
    /// Until when: the end of today. Tomorrow the period is a day later.
    pub period_end: Time,
}

/// The plans that there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlansView {
    /// They, from the least to the most.
    pub plans: Vec<PlanView>,
}

/// A plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanView {
    /// Its name for programs.
    pub tier: Plan,
    /// Its name for people.
    pub name: &'static str,
    /// What it allows.
    pub limits: LimitsView,
}

/// What a plan allows. -1 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LimitsView {
    /// Brands.
    pub brands: i64,
    /// Posts that are accepted for publishing in any 30 days.
    pub posts: i64,
    /// Interactions, which TikTok has nothing for.
    pub interactions: i64,
    /// Bytes of media.
    pub storage_bytes: i64,
    /// For how many days the log is kept.
    pub event_log_days: u16,
}

impl From<PlanLimits> for LimitsView {
    fn from(limits: PlanLimits) -> Self {
        Self {
            brands: limit(limits.brands),
            posts: limit(limits.posts),
            interactions: limit(None),
            storage_bytes: limit(limits.storage_bytes),
            event_log_days: limits.event_log_days,
        }
    }
}

/// A limit as callers see it: -1 is none.
pub fn limit(limit: Option<u64>) -> i64 {
    limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX))
}
