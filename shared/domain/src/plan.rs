//! Plans: how much a tenant may use.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Mode;

/// How much a tenant may use. The operator of a deployment chooses one for all its tenants, and for single ones another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// A small one, for trying out.
    Hobby,
    /// For a few brands.
    Starter,
    /// For many brands.
    Pro,
    /// Without limits, by contract.
    Enterprise,
    /// Without limits.
    #[default]
    Unlimited,
}

/// What a plan allows. Nothing in a field means as much as one likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanLimits {
    /// How many brands a tenant may have.
    pub brands: Option<u64>,
    /// How many posts may be accepted for publishing in any [`POST_DAYS`] days.
    pub posts: Option<u64>,
    /// How many bytes of media a tenant may keep.
    pub storage_bytes: Option<u64>,
    /// For how many days what happened stays in the log; never without end.
    pub event_log_days: u16,
}

/// In how many days, today included, the posts of a plan are counted.
pub const POST_DAYS: u16 = 30;
/// How many posts of test mode may be accepted in these days where a plan counts posts.
pub const TEST_POSTS: u64 = 1000;
/// For how many days the log is kept where a plan does not say less.
pub const LONGEST_LOG_DAYS: u16 = 90;

/// A text that names no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no plan; the plans are hobby, starter, pro, enterprise and unlimited")]
pub struct NoSuchPlan(String);

impl Plan {
    /// Every plan.
    pub const ALL: [Self; 5] = [Self::Hobby, Self::Starter, Self::Pro, Self::Enterprise, Self::Unlimited];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hobby => "hobby",
            Self::Starter => "starter",
            Self::Pro => "pro",
            Self::Enterprise => "enterprise",
            Self::Unlimited => "unlimited",
        }
    }

    /// Its name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Hobby => "Hobby",
            Self::Starter => "Starter",
            Self::Pro => "Pro",
            Self::Enterprise => "Enterprise",
            Self::Unlimited => "Unlimited",
        }
    }

    /// What it allows.
    pub const fn limits(self) -> PlanLimits {
        let none = PlanLimits { brands: None, posts: None, storage_bytes: None, event_log_days: LONGEST_LOG_DAYS };
        match self {
            Self::Hobby => {
                PlanLimits { brands: Some(2), posts: Some(10), storage_bytes: Some(100_000_000), event_log_days: 1 }
            }
            Self::Starter => PlanLimits { brands: Some(10), ..none },
            Self::Pro => PlanLimits { brands: Some(50), ..none },
            Self::Enterprise | Self::Unlimited => none,
        }
    }

    /// What it allows in a space of this mode. A plan that counts posts allows more of them in test mode: whoever tests,
    /// tests often, and nobody's TikTok is used up by it.
    pub const fn limits_in(self, mode: Mode) -> PlanLimits {
        let limits = self.limits();
        match (mode, limits.posts) {
            (Mode::Test, Some(_)) => PlanLimits { posts: Some(TEST_POSTS), ..limits },
            (Mode::Live, _) | (Mode::Test, None) => limits,
        }
    }

    /// How many bytes of media a tenant may keep; nothing means as many as it likes.
    pub const fn storage_bytes(self) -> Option<u64> {
        self.limits().storage_bytes
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Plan {
    type Err = NoSuchPlan;

    fn from_str(text: &str) -> Result<Self, NoSuchPlan> {
        Self::ALL.into_iter().find(|plan| plan.as_str() == text).ok_or_else(|| NoSuchPlan(text.to_owned()))
    }
}

/// The plan of tenants that have none of their own: the operator chooses it for the deployment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DefaultPlan(pub Plan);

impl DefaultPlan {
    /// The plan of a tenant that has this one of its own, or none.
    pub fn or_own(self, own: Option<Plan>) -> Plan {
        own.unwrap_or(self.0)
    }
}

impl FromStr for DefaultPlan {
    type Err = NoSuchPlan;

    fn from_str(text: &str) -> Result<Self, NoSuchPlan> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_known_by_its_name_and_no_other() {
        for plan in Plan::ALL {
            assert_eq!(plan.to_string().parse(), Ok(plan));
        }
        for text in ["", "Hobby", "free", "hobby "] {
            assert_eq!(text.parse::<Plan>(), Err(NoSuchPlan(text.to_owned())));
        }
    }

    #[test]
    fn only_the_hobby_plan_limits_storage_and_posts() {
        let limited: Vec<_> = Plan::ALL.into_iter().filter_map(|plan| Some((plan, plan.storage_bytes()?))).collect();
        assert_eq!(limited, [(Plan::Hobby, 100_000_000)]);
        let limited: Vec<_> = Plan::ALL.into_iter().filter_map(|plan| Some((plan, plan.limits().posts?))).collect();
        assert_eq!(limited, [(Plan::Hobby, 10)]);
    }

    #[test]
    fn test_mode_counts_posts_where_the_plan_does_and_allows_more() {
        for plan in Plan::ALL {
            assert_eq!(plan.limits_in(Mode::Live), plan.limits());
            let posts = plan.limits().posts.map(|_| TEST_POSTS);
            assert_eq!(plan.limits_in(Mode::Test), PlanLimits { posts, ..plan.limits() });
        }
    }

    #[test]
    fn no_plan_allows_less_than_the_one_before_it() {
        let allowed = |plan: Plan| {
            let PlanLimits { brands, posts, storage_bytes, event_log_days } = plan.limits();
            [brands, posts, storage_bytes]
                .map(|limit| limit.unwrap_or(u64::MAX))
                .map(u128::from)
                .into_iter()
                .chain([u128::from(event_log_days)])
                .collect::<Vec<_>>()
        };
        for (smaller, larger) in Plan::ALL.into_iter().zip(Plan::ALL.into_iter().skip(1)) {
            for (less, more) in allowed(smaller).into_iter().zip(allowed(larger)) {
                assert!(less <= more, "{smaller} allows more than {larger}");
            }
        }
        assert_eq!(Plan::ALL.map(|plan| plan.limits().brands), [Some(2), Some(10), Some(50), None, None]);
        assert_eq!(Plan::Hobby.limits().event_log_days, 1);
    }
}
