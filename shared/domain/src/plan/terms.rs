//! What the plans of a deployment allow: the operator decides it, and the table of [`Plan`] says what is usual.

use std::str::FromStr;

use jiff::SignedDuration;

use super::{LONGEST_LOG_DAYS, NoSuchPlan, Plan, PlanLimits, TEST_POSTS, log_of};
use crate::Mode;

/// The plans of a deployment: what each allows, and which one tenants have that have none of their own.
///
/// Its text is the name of that plan and behind it, each after a comma, the limits that are not the usual ones:
/// `hobby,hobby.posts=30,starter.storage_mb=5000`; or `hobby,usual`, if all are.
///
/// ```
/// # use slipway_domain::{Plan, Plans};
/// let plans: Plans = "hobby,hobby.posts=30,starter.storage_mb=5000".parse()?;
/// let (without, starter) = (plans.of(None), plans.of(Some(Plan::Starter)));
/// assert_eq!((without.plan, without.limits.posts), (Plan::Hobby, Some(30)));
/// assert_eq!(starter.limits.storage_bytes, Some(5_000_000_000));
/// # Ok::<_, slipway_domain::NoPlans>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plans {
    usual: Plan,
    /// In the order of [`Plan::ALL`].
    terms: [Terms; Plan::ALL.len()],
}

/// A plan, and what it allows in this deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The plan.
    pub plan: Plan,
    /// What it allows.
    pub limits: PlanLimits,
}

/// What stands for no limits of the operator's own: a parameter of a stack can't be made empty again.
const USUAL: &str = "usual";

/// Why a text is not the plans of a deployment: all that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{}; write a plan's name, and behind it \"usual\", or what is not, with commas between, such as hobby.posts=30: brands (1 \
     or more), posts and storage_mb of hobby, starter, pro and enterprise, with -1 for no limit, and log_days (1 to \
     {LONGEST_LOG_DAYS})",
    .0.join("; ")
)]
pub struct NoPlans(Vec<String>);

impl Default for Plans {
    fn default() -> Self {
        Self::usual(Plan::default())
    }
}

impl Plans {
    /// The usual ones, where tenants have this one unless they have one of their own.
    pub fn usual(plan: Plan) -> Self {
        Self { usual: plan, terms: Plan::ALL.map(|plan| Terms { plan, limits: plan.usual_limits() }) }
    }

    /// What holds for a tenant that has this plan of its own, or none.
    pub fn of(&self, own: Option<Plan>) -> Terms {
        let plan = own.unwrap_or(self.usual);
        let found = self.terms.iter().find(|terms| terms.plan == plan).copied();
        found.unwrap_or(Terms { plan, limits: plan.usual_limits() })
    }

    /// All of them, from the smallest to the largest as they usually are.
    pub const fn all(&self) -> [Terms; Plan::ALL.len()] {
        self.terms
    }

    /// Changes a limit, as `hobby.posts=30` says it. Says what is wrong with it.
    fn change<'a>(&mut self, word: &'a str, said: &mut Vec<&'a str>) -> Result<(), String> {
        let wrong = || format!("{word:?} is no limit of a plan");
        let (name, value) = word.split_once('=').ok_or_else(wrong)?;
        let (plan, limit) = name.split_once('.').ok_or_else(wrong)?;
        if said.contains(&name) {
            return Err(format!("{name} is there twice"));
        }
        said.push(name);
        // The name of the last one is a promise.
        let changed = |terms: &&mut Terms| terms.plan != Plan::Unlimited && terms.plan.as_str() == plan;
        let limits = &mut self.terms.iter_mut().find(changed).ok_or_else(wrong)?.limits;
        // Digits, and no sign that parsing would take.
        let number = Some(value).filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()));
        let count = || match number {
            None => (value == "-1").then_some(None),
            Some(digits) => digits.parse::<u64>().ok().map(Some),
        };
        match limit {
            "brands" => limits.brands = count().filter(|most| *most != Some(0)).ok_or_else(wrong)?,
            "posts" => limits.posts = count().ok_or_else(wrong)?,
            "storage_mb" => {
                let megabytes = count().ok_or_else(wrong)?;
                limits.storage_bytes = megabytes.map(|mb| mb.checked_mul(1_000_000).ok_or_else(wrong)).transpose()?;
            }
            "log_days" => {
                let days =
                    number.and_then(|days| days.parse().ok()).filter(|days| (1..=LONGEST_LOG_DAYS).contains(days));
                limits.event_log_days = days.ok_or_else(wrong)?;
            }
            _ => return Err(wrong()),
        }
        Ok(())
    }
}

impl FromStr for Plans {
    type Err = NoPlans;

    fn from_str(text: &str) -> Result<Self, NoPlans> {
        let mut words = text.split(',');
        let (mut problems, mut said) = (Vec::new(), Vec::new());
        let usual =
            words.next().unwrap_or_default().parse().map_err(|error: NoSuchPlan| problems.push(error.to_string()));
        let mut plans = Self::usual(usual.unwrap_or_default());
        for word in words.filter(|word| *word != USUAL) {
            plans.change(word, &mut said).unwrap_or_else(|problem| problems.push(problem));
        }
        if problems.is_empty() { Ok(plans) } else { Err(NoPlans(problems)) }
    }
}

impl Terms {
    /// What it allows in a space of this mode. A plan that counts posts allows at least [`TEST_POSTS`] of them in test mode:
    /// whoever tests, tests often, and nobody's TikTok is used up by it.
    pub fn limits_in(&self, mode: Mode) -> PlanLimits {
        let limits = self.limits;
        match mode {
            Mode::Live => limits,
            Mode::Test => PlanLimits { posts: limits.posts.map(|posts| posts.max(TEST_POSTS)), ..limits },
        }
    }

    /// For how long what happened stays in the log.
    pub fn log_kept_for(&self) -> SignedDuration {
        log_of(self.limits.event_log_days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_limits_means_the_usual_ones() {
        for plan in Plan::ALL {
            for text in [plan.to_string(), format!("{plan},usual")] {
                assert_eq!(text.parse(), Ok(Plans::usual(plan)));
            }
            let plans = Plans::usual(plan);
            assert_eq!(plans.of(None), plans.of(Some(plan)));
            assert_eq!(plans.all().map(|terms| terms.plan), Plan::ALL);
        }
    }

    #[test]
    fn an_operator_changes_the_limits_that_it_names_and_no_others() {
        let text =
            "starter,hobby.brands=1,hobby.posts=0,hobby.storage_mb=-1,hobby.log_days=7,pro.posts=500,starter.brands=-1";
        let plans: Plans = text.parse().unwrap();
        let usual = Plans::usual(Plan::Starter);
        let of = |plan| plans.of(Some(plan)).limits;
        assert_eq!(
            of(Plan::Hobby),
            PlanLimits { brands: Some(1), posts: Some(0), storage_bytes: None, event_log_days: 7 }
        );
        assert_eq!(of(Plan::Pro), PlanLimits { posts: Some(500), ..usual.of(Some(Plan::Pro)).limits });
        assert_eq!(plans.of(None).limits, PlanLimits { brands: None, ..usual.of(None).limits });
        for plan in [Plan::Enterprise, Plan::Unlimited] {
            assert_eq!(of(plan), usual.of(Some(plan)).limits);
        }
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let wrong = [
            "free",
            "hobby",
            "hobby.posts",
            "hobby=3",
            "hobby.posts=-2",
            "hobby.posts=",
            "pro.posts=1.5",
            "starter.posts=+5",
            " enterprise.posts=5",
            "hobby.likes=3",
            "free.posts=3",
            "unlimited.posts=3",
            "pro.brands=0",
            "pro.storage_mb=18446744073709551615",
            "pro.log_days=0",
            "pro.log_days=91",
            "pro.log_days=-1",
        ];
        let Err(NoPlans(problems)) = wrong.join(",").parse::<Plans>() else { panic!("it is taken") };
        assert_eq!(problems.len(), wrong.len(), "{problems:?}");
        let twice = "hobby,hobby.brands=1,hobby.brands=2".parse::<Plans>();
        assert_eq!(twice, Err(NoPlans(vec!["hobby.brands is there twice".to_owned()])));
        assert!("".parse::<Plans>().is_err());
    }

    #[test]
    fn test_mode_counts_posts_where_the_plan_does_and_allows_more() {
        let plans: Plans = "hobby,pro.posts=5000".parse().unwrap();
        for terms in plans.all() {
            assert_eq!(terms.limits_in(Mode::Live), terms.limits);
            let posts = match terms.plan {
                Plan::Hobby => Some(TEST_POSTS),
                Plan::Pro => Some(5000),
                _ => None,
            };
            assert_eq!(terms.limits_in(Mode::Test), PlanLimits { posts, ..terms.limits });
        }
    }
}
