//! Plans: how much a tenant may use.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How much a tenant may use. The operator of a deployment chooses one for all its tenants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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

    /// How many bytes of media a tenant may keep; nothing means as many as it likes.
    pub const fn storage_bytes(self) -> Option<u64> {
        match self {
            Self::Hobby => Some(100_000_000),
            Self::Starter | Self::Pro | Self::Enterprise | Self::Unlimited => None,
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
    fn only_the_hobby_plan_limits_storage() {
        let limited: Vec<_> = Plan::ALL.into_iter().filter_map(|plan| Some((plan, plan.storage_bytes()?))).collect();
        assert_eq!(limited, [(Plan::Hobby, 100_000_000)]);
    }
}
