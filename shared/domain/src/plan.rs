//! Plans: how much a tenant may use.

mod terms;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

pub use terms::{NoPlans, Plans, Terms};

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
    /// Without limits, unless the operator sets some.
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
/// When a caller is told to come back whose plan accepts no posts at all. Waiting does not help, but a 429 names a time all
/// the same: clients that wait for it come rarely.
pub const NO_POSTS_ASKED_AGAIN: Duration = Duration::from_hours(24);
/// How many posts of test mode may be accepted in these days where a plan counts fewer.
pub const TEST_POSTS: u64 = 1000;
/// For how many days the log is kept where a plan does not say less.
pub const LONGEST_LOG_DAYS: u16 = 90;
/// The same as a time.
pub const LONGEST_LOG: SignedDuration = log_of(LONGEST_LOG_DAYS);

const fn log_of(days: u16) -> SignedDuration {
    SignedDuration::from_hours(24 * days as i64)
}

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

    /// What it allows where the operator has not decided otherwise: [`Plans`] says what holds.
    const fn usual_limits(self) -> PlanLimits {
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
    fn no_plan_allows_less_than_the_one_before_it() {
        let allowed = |plan: Plan| {
            let PlanLimits { brands, posts, storage_bytes, event_log_days } = plan.usual_limits();
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
        assert_eq!(Plan::ALL.map(|plan| plan.usual_limits().brands), [Some(2), Some(10), Some(50), None, None]);
        assert_eq!(
            Plan::Hobby.usual_limits(),
            PlanLimits { brands: Some(2), posts: Some(10), storage_bytes: Some(100_000_000), event_log_days: 1 }
        );
        for plan in [Plan::Starter, Plan::Pro] {
            let PlanLimits { posts, storage_bytes, .. } = plan.usual_limits();
            assert_eq!((posts, storage_bytes), (None, None), "{plan}");
        }
    }
}
