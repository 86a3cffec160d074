//! The names of a target's states, for callers, logs and timelines.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::TargetState;

/// The name of a [`TargetState`], without what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// [`TargetState::Draft`].
    Draft,
    /// [`TargetState::Scheduled`].
    Scheduled,
    /// [`TargetState::Queued`].
    Queued,
    /// [`TargetState::Initialising`].
    Initialising,
    /// [`TargetState::Uploading`].
    Uploading,
    /// [`TargetState::Pulling`].
    Pulling,
    /// [`TargetState::Processing`].
    Processing,
    /// [`TargetState::InInbox`].
    InInbox,
    /// [`TargetState::Published`].
    Published,
    /// [`TargetState::Failed`].
    Failed,
    /// [`TargetState::Unconfirmed`].
    Unconfirmed,
    /// [`TargetState::Deferred`].
    Deferred,
    /// [`TargetState::Cancelled`].
    Cancelled,
}

/// The state that a step of a timeline led to. Steps stay for good, so that the name may be one that a later version
/// wrote before it was rolled back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum StepState {
    /// A state that is known.
    Known(StateName),
    /// A name that is not; kept verbatim.
    Other(String),
}

impl StateName {
    /// The name that callers see. It is stored under the same.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Initialising => "initialising",
            Self::Uploading => "uploading",
            Self::Pulling => "pulling",
            Self::Processing => "processing",
            Self::InInbox => "in_inbox",
            Self::Published => "published",
            Self::Failed => "failed",
            Self::Unconfirmed => "unconfirmed",
            Self::Deferred => "deferred",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<StateName> for StepState {
    fn from(name: StateName) -> Self {
        Self::Known(name)
    }
}

impl TargetState {
    /// The state's name.
    pub const fn name(&self) -> StateName {
        match self {
            Self::Draft => StateName::Draft,
            Self::Scheduled { .. } => StateName::Scheduled,
            Self::Queued { .. } => StateName::Queued,
            Self::Initialising { .. } => StateName::Initialising,
            Self::Uploading { .. } => StateName::Uploading,
            Self::Pulling { .. } => StateName::Pulling,
            Self::Processing { .. } => StateName::Processing,
            Self::InInbox { .. } => StateName::InInbox,
            Self::Published { .. } => StateName::Published,
            Self::Failed { .. } => StateName::Failed,
            Self::Unconfirmed { .. } => StateName::Unconfirmed,
            Self::Deferred { .. } => StateName::Deferred,
            Self::Cancelled => StateName::Cancelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn a_name_is_stored_as_callers_see_it() {
        for name in [
            "draft",
            "scheduled",
            "queued",
            "initialising",
            "uploading",
            "pulling",
            "processing",
            "in_inbox",
            "published",
            "failed",
            "unconfirmed",
            "deferred",
            "cancelled",
        ] {
            let read: StateName = from_value(json!(name)).unwrap();
            assert_eq!((read.as_str(), to_value(read).unwrap()), (name, json!(name)));
            assert_eq!(from_value::<StepState>(json!(name)).unwrap(), StepState::Known(read));
            assert_eq!(to_value(StepState::Known(read)).unwrap(), json!(name));
        }
    }

    #[test]
    fn a_step_to_a_state_that_is_not_known_is_read_and_stays_what_it_was() {
        let step: StepState = from_value(json!("teleported")).unwrap();
        assert_eq!(step, StepState::Other("teleported".to_owned()));
        assert_eq!(to_value(step).unwrap(), json!("teleported"));
        assert!(from_value::<StateName>(json!("teleported")).is_err());
    }
}
