//! Live and test: a tenant's two spaces, of which each has its own keys, accounts, media, posts, webhooks and events.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::TenantId;

/// Whether a key is for TikTok itself or for tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// What is published goes to TikTok.
    #[default]
    Live,
    /// Posts go the whole way and meet a double of TikTok at its end.
    Test,
}

/// A text that names no mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the modes are live and test")]
pub struct NoSuchMode;

impl Mode {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Live, Self::Test];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = NoSuchMode;

    fn from_str(text: &str) -> Result<Self, NoSuchMode> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text).ok_or(NoSuchMode)
    }
}

/// What a test space's id has behind its prefix. Ids of tenants are hex digits, which no `t` is among.
const TEST: &str = "test";

/// A tenant's test space is known by an id of its own. All that is stored is stored under such an id, so that nothing of
/// one space is found from the other, as if it were another tenant's. The tenant itself goes by the id of its live space.
impl TenantId {
    /// Which of the two spaces it is.
    pub fn mode(&self) -> Mode {
        if self.of_test().is_some() { Mode::Test } else { Mode::Live }
    }

    /// The tenant whose space it is: the id of its live space.
    #[must_use]
    pub fn owner(&self) -> Self {
        self.of_test().map_or_else(|| self.clone(), Self::of_rest)
    }

    /// The same tenant's space of this mode.
    #[must_use]
    pub fn in_mode(&self, mode: Mode) -> Self {
        match (mode, self.mode()) {
            (Mode::Live, _) => self.owner(),
            (Mode::Test, Mode::Test) => self.clone(),
            (Mode::Test, Mode::Live) => Self::of_rest(&format!("{TEST}{}", self.rest())),
        }
    }

    /// The tenant's spaces, the live one first.
    pub fn spaces(&self) -> [Self; 2] {
        Mode::ALL.map(|mode| self.in_mode(mode))
    }

    fn of_test(&self) -> Option<&str> {
        self.rest().strip_prefix(TEST).filter(|rest| !rest.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_tenant_has_two_spaces_and_each_leads_to_both() {
        let live = TenantId::from_uuid(Uuid::max());
        let test = live.in_mode(Mode::Test);
        assert_eq!(test.as_str(), format!("ten_test{}", "f".repeat(32)));
        assert_eq!((live.mode(), test.mode()), (Mode::Live, Mode::Test));
        for space in [&live, &test] {
            assert_eq!(space.owner(), live);
            assert_eq!(space.spaces(), [live.clone(), test.clone()]);
            assert_eq!(space.as_str().parse(), Ok(space.clone()), "it is an id like any other");
        }
    }

    #[test]
    fn a_mode_is_known_by_its_name() {
        for mode in Mode::ALL {
            assert_eq!(mode.to_string().parse(), Ok(mode));
        }
        assert_eq!("Test".parse::<Mode>(), Err(NoSuchMode));
    }
}
