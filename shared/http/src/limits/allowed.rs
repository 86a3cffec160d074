//! How many requests the operator allows.

use std::str::FromStr;

use slipway_domain::Mode;
use slipway_domain::limits::{MOST_RATE_PERCENT, requests_per_minute};

/// How much of the requests that a tenant may make the operator allows, in percent; none means as many as it likes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RateLimits(u32);

/// A text that is no share of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the limits of requests are no number from 0 to {MOST_RATE_PERCENT}")]
pub struct NoPercentage;

impl RateLimits {
    /// No limits.
    pub const OFF: Self = Self(0);

    /// How many requests a tenant of this mode with so many accounts may make in a minute; nothing means as many as it
    /// likes.
    pub(super) fn of(self, mode: Mode, accounts: u64) -> Option<u64> {
        let all = requests_per_minute(mode, accounts);
        (self != Self::OFF).then(|| (all * u64::from(self.0) / 100).max(1))
    }
}

impl FromStr for RateLimits {
    type Err = NoPercentage;

    fn from_str(text: &str) -> Result<Self, NoPercentage> {
        text.parse().ok().filter(|percent| *percent <= MOST_RATE_PERCENT).map(Self).ok_or(NoPercentage)
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
