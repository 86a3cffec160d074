//! The creators of test mode: whatever name one is given, there is one.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::limits::VIDEO_LENGTH;

/// How long an access token of test mode lives.
pub const ACCESS_LIVES: Duration = Duration::from_hours(24);
/// How long the token lives that renews it.
pub const REFRESH_LIVES: Duration = Duration::from_hours(365 * 24);

/// A creator whom TikTok's double knows by a name that a customer chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCreator(String);

/// What a creator is like: their name begins with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persona {
    /// Offers everything.
    Plain,
    /// Has a private account: nothing is public.
    Private,
    /// Lets nobody comment, make duets or stitch.
    Silent,
    /// May post videos of a minute at most.
    Short,
    /// May not post at all.
    Banned,
}

/// The text is no name of a creator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a test creator's name has 1 to 24 of the characters a-z, 0-9, dot and underscore")]
pub struct NoTestCreator;

impl TestCreator {
    /// The name, which is the handle, too.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the creator is like.
    pub fn persona(&self) -> Persona {
        let special = Persona::ALL.into_iter().filter(|persona| *persona != Persona::Plain);
        special.into_iter().find(|persona| self.0.starts_with(persona.as_str())).unwrap_or(Persona::Plain)
    }
}

impl FromStr for TestCreator {
    type Err = NoTestCreator;

    fn from_str(name: &str) -> Result<Self, NoTestCreator> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_');
        let is_name = (1..=24).contains(&name.len()) && name.bytes().all(fits);
        if is_name { Ok(Self(name.to_owned())) } else { Err(NoTestCreator) }
    }
}

impl fmt::Display for TestCreator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Persona {
    /// The longest video of such a creator.
    pub const fn longest_video(self) -> Duration {
        match self {
            Self::Short => Duration::from_mins(1),
            Self::Plain | Self::Private | Self::Silent | Self::Banned => VIDEO_LENGTH.1,
        }
    }

    /// Each of them.
    pub const ALL: [Self; 5] = [Self::Plain, Self::Private, Self::Silent, Self::Short, Self::Banned];

    /// With what the name of such a creator begins; of a plain one it may be anything else.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "creator",
            Self::Private => "private",
            Self::Silent => "silent",
            Self::Short => "short",
            Self::Banned => "banned",
        }
    }

    /// What is special about it, for developers who choose one.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Plain => {
                "Has a public account and may post whatever TikTok allows. So has any name that does not begin with one of the others."
            }
            Self::Private => "Has a private account: followers, friends and the creator are all who can see a post.",
            Self::Silent => "Lets nobody comment, make duets or stitch.",
            Self::Short => "May post videos of 60 seconds at most.",
            Self::Banned => "May not post: TikTok says spam_risk_user_banned_from_posting.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_creator_is_what_the_name_begins_with() {
        for (name, persona) in [
            ("creator", Persona::Plain),
            ("alice", Persona::Plain),
            ("private", Persona::Private),
            ("private.2", Persona::Private),
            ("silent_bob", Persona::Silent),
            ("short", Persona::Short),
            ("banned.9", Persona::Banned),
        ] {
            assert_eq!(name.parse::<TestCreator>().unwrap().persona(), persona, "{name}");
        }
        for persona in Persona::ALL {
            assert_eq!(persona.as_str().parse::<TestCreator>().unwrap().persona(), persona);
        }
    }

    #[test]
    fn a_name_is_short_and_plain() {
        for name in ["", "A", "a b", "a-b", "é", &"a".repeat(25)] {
            assert_eq!(name.parse::<TestCreator>(), Err(NoTestCreator), "{name}");
        }
    }
}
