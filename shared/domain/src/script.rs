//! What the double of TikTok does to a post of test mode: its text says so.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{ApiErrorCode, FailReason, Pull};

/// How TikTok's double treats a post whose text contains `[test:NAME]`. One without goes as well as it can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Script {
    /// The publish fails with this reason after its last byte.
    Fails(FailReason),
    /// TikTok refuses to begin it, with this code, as often as it is asked.
    Refuses(Refusal),
    /// TikTok refuses the first begin with 429.
    RateLimited,
    /// TikTok's server fails at the first begin.
    ServerError,
    /// The creator has withdrawn the app's access: neither the token counts nor the one that renews it.
    RevokedToken,
    /// The first upload is not known any more before its last byte.
    UploadLost,
    /// The publish is processed for ever.
    Stuck,
    /// TikTok does not know the publish when it is asked what became of it.
    UnknownPublish,
    /// The public id comes some time after the post.
    LatePublicId,
}

/// With what TikTok refuses to begin a publish for good, or for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The creator's cap of posts through any API within a day.
    TooManyPosts,
    /// TikTok bars the creator from posting.
    BannedFromPosting,
    /// The app's cap of creators within a day.
    ActiveUserCap,
    /// The app is not audited, and the creator's account is public.
    UnauditedApp,
    /// The creator does not offer the privacy level any more.
    PrivacyLevelMismatch,
}

/// A name that is no script's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no test outcome {0:?}")]
pub struct NoSuchScript(pub String);

impl NoSuchScript {
    fn of(name: &str) -> Self {
        Self(name.chars().take(60).collect())
    }
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::TooManyPosts,
        Self::BannedFromPosting,
        Self::ActiveUserCap,
        Self::UnauditedApp,
        Self::PrivacyLevelMismatch,
    ];

    /// TikTok's `error.code` (content posting API, error codes of the init endpoints).
    pub const fn code(self) -> ApiErrorCode {
        match self {
            Self::TooManyPosts => ApiErrorCode::SpamRiskTooManyPosts,
            Self::BannedFromPosting => ApiErrorCode::SpamRiskUserBannedFromPosting,
            Self::ActiveUserCap => ApiErrorCode::ReachedActiveUserCap,
            Self::UnauditedApp => ApiErrorCode::UnauditedClientCanOnlyPostToPrivateAccounts,
            Self::PrivacyLevelMismatch => ApiErrorCode::PrivacyLevelOptionMismatch,
        }
    }
}

/// What stands in front of a script's name in a text, and behind it.
const MARKS: (&str, &str) = ("[test:", "]");
/// What stands in front of the code in the name of a [`Script::Refuses`]: some codes are reasons of a failure, too.
const INIT: &str = "init:";

impl Script {
    /// Every script.
    pub fn all() -> Vec<Self> {
        let one_by_one = [
            Self::RateLimited,
            Self::ServerError,
            Self::RevokedToken,
            Self::UploadLost,
            Self::Stuck,
            Self::UnknownPublish,
            Self::LatePublicId,
        ];
        let refusals = Refusal::ALL.into_iter().map(Self::Refuses);
        one_by_one.into_iter().chain(refusals).chain(FailReason::known().map(Self::Fails)).collect()
    }

    /// Each script that a post names, in the order of its texts. The first one counts. A mark that is not closed, or that
    /// names no script, is an error.
    pub fn in_texts(texts: &[&str]) -> Vec<Result<Self, NoSuchScript>> {
        let marks = texts.iter().flat_map(|text| text.split(MARKS.0).skip(1));
        let script = |behind: &str| match behind.split_once(MARKS.1) {
            Some((name, _)) => name.trim().parse(),
            None => Err(NoSuchScript::of(behind)),
        };
        marks.map(script).collect()
    }

    /// What a text has to contain.
    pub fn mark(&self) -> String {
        format!("{}{self}{}", MARKS.0, MARKS.1)
    }

    /// What becomes of the post, for developers who choose one.
    pub fn description(&self) -> String {
        match self {
            Self::Fails(reason) => format!("TikTok takes every byte and fails the post with {}.", reason.as_str()),
            Self::Refuses(refusal) => match refusal {
                Refusal::TooManyPosts | Refusal::ActiveUserCap => format!(
                    "TikTok has no room, as often as it is asked ({}): the post waits, is tried every hour, and fails after \
                     a day. This creator's other posts wait with it.",
                    refusal.code()
                ),
                Refusal::BannedFromPosting | Refusal::UnauditedApp | Refusal::PrivacyLevelMismatch => {
                    format!("TikTok refuses to begin the post, with {}: it fails.", refusal.code())
                }
            },
            Self::RateLimited => {
                "TikTok answers the first begin with 429: this creator's posts go on a minute later.".into()
            }
            Self::ServerError => format!(
                "TikTok's server fails at the first begin. A video that is uploaded is published a moment later; of what \
                 TikTok fetches nobody knows what came, and after {} minutes it is unconfirmed.",
                Pull::LASTS.as_mins()
            ),
            Self::RevokedToken => {
                "The creator has withdrawn the app's access: the account's posts fail, and it needs to be connected again."
                    .into()
            }
            Self::UploadLost => {
                "TikTok forgets the first upload before its last byte: it is begun again, and the post is published. \
                 Nothing happens to what TikTok fetches."
                    .into()
            }
            Self::Stuck => "TikTok processes the post for ever: after a day it is unconfirmed.".into(),
            Self::UnknownPublish => {
                "TikTok does not know the publish when it is asked: after some minutes the post is unconfirmed.".into()
            }
            Self::LatePublicId => {
                "The post is published at once, and its id at TikTok and its link come some minutes later. Posts that not \
                 everybody sees have none."
                    .into()
            }
        }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fails(reason) => f.write_str(reason.as_str()),
            Self::Refuses(refusal) => write!(f, "{INIT}{}", refusal.code()),
            Self::RateLimited => f.write_str("rate_limit"),
            Self::ServerError => f.write_str("server_error"),
            Self::RevokedToken => f.write_str("revoked_token"),
            Self::UploadLost => f.write_str("upload_lost"),
            Self::Stuck => f.write_str("stuck"),
            Self::UnknownPublish => f.write_str("unknown_publish"),
            Self::LatePublicId => f.write_str("late_public_id"),
        }
    }
}

impl FromStr for Script {
    type Err = NoSuchScript;

    fn from_str(name: &str) -> Result<Self, NoSuchScript> {
        let found = Self::all().into_iter().find(|script| script.to_string() == name);
        found.ok_or_else(|| NoSuchScript::of(name))
    }
}

impl TryFrom<String> for Script {
    type Error = NoSuchScript;

    fn try_from(name: String) -> Result<Self, NoSuchScript> {
        name.parse()
    }
}

impl From<Script> for String {
    fn from(script: Script) -> Self {
        script.to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_script_is_named_by_its_mark_and_by_no_other() {
        let names: BTreeSet<_> = Script::all().iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), Script::all().len(), "no two have one name");
        for script in Script::all() {
            assert_eq!(Script::in_texts(&[&format!("Hello {} #world", script.mark())]), [Ok(script.clone())]);
            assert!(script.description().ends_with('.'));
        }
    }

    #[test]
    fn a_post_names_scripts_or_none() {
        let none = |name: &str| Err(NoSuchScript(name.to_owned()));
        for (texts, expected) in [
            (vec![""], vec![]),
            (vec!["Hello", "[test] and [ test:stuck]"], vec![]),
            (vec!["[test:stuck]"], vec![Ok(Script::Stuck)]),
            (vec!["a [test: stuck ] [test:rate_limit]"], vec![Ok(Script::Stuck), Ok(Script::RateLimited)]),
            (vec!["[test:typo]", "[test:stuck]"], vec![none("typo"), Ok(Script::Stuck)]),
            (vec!["[test:spam_risk_text]"], vec![Ok(Script::Fails(FailReason::SpamRiskText))]),
            (vec!["[test:init:spam_risk_too_many_posts]"], vec![Ok(Script::Refuses(Refusal::TooManyPosts))]),
            (vec!["[test:Stuck]"], vec![none("Stuck")]),
            (vec!["[test:]"], vec![none("")]),
            (vec!["[test:stuck"], vec![none("stuck")]),
        ] {
            assert_eq!(Script::in_texts(&texts), expected, "{texts:?}");
        }
    }
}
