//! How tenants, what they use and what they may use look to callers.

use serde::Serialize;
use slipway_domain::{BrandId, Mode, Plan, PlanLimits, TenantId};

use crate::key::NewKeyView;
use crate::{Platform, Time};

/// A tenant, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserView {
    /// The id.
    pub id: TenantId,
    /// The owner's e-mail address.
    pub email: String,
    /// The owner's name.
    pub name: Option<String>,
    /// Which of its two spaces the key opens.
    pub mode: Mode,
    /// The tenant's plan.
    pub plan: Plan,
    /// Whether the owner still has the first steps to do.
    pub onboarding: bool,
    /// Always null.
    pub avatar_url: Option<String>,
    /// Where it may publish.
    pub allowed_platforms: [Platform; 1],
    /// What the service is used for.
    pub use_case: Option<String>,
    /// How the owner heard of the service.
    pub referral: Option<String>,
    /// When it was created.
    pub created_at: Time,
    /// When the tenant's deletion began, if it has.
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
    /// The tenant.
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
    /// The id.
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
    /// The number of brands.
    pub brands_used: u64,
    /// The number of brands that the plan allows.
    pub brands_limit: i64,
    /// The number of posts that were accepted for publishing in the period.
    pub posts_used: u64,
    /// The number of posts that the plan allows in the period.
    pub posts_limit: i64,
    /// Always 0: TikTok has nothing that this would count.
    pub interactions_used: u64,
    /// Always -1.
    pub interactions_limit: i64,
    /// When the period began.
    pub period_start: Time,
    /// When the period ends: at the end of today. Tomorrow it is a day later.
    pub period_end: Time,
}

/// The plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlansView {
    /// The plans, from the smallest to the largest.
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
