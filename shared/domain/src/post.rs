//! A post's status, derived from its targets.

mod allowed;
mod events;

use serde::{Deserialize, Serialize};

pub use self::allowed::NotAllowed;
pub use self::events::{PostAct, Step, Told, counts, told};
use crate::{Phase, TargetState};

/// A post's status as callers see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PostStatus {
    /// Nothing will happen until the caller says so.
    Draft,
    /// At least one target waits for its time, none is on its way.
    Scheduled,
    /// At least one target is on its way.
    Publishing,
    /// Every target reached TikTok.
    Published,
    /// Some targets reached TikTok, others did not.
    Partial,
    /// No target reached TikTok.
    Failed,
    /// Every target was called off.
    Cancelled,
}

impl PostStatus {
    /// The status of a post with these targets.
    pub fn of<'a>(targets: impl IntoIterator<Item = &'a TargetState>) -> Self {
        let phases: Vec<Phase> = targets.into_iter().map(|target| target.name().phase()).collect();
        let any = |phase| phases.contains(&phase);
        if any(Phase::Moving) {
            Self::Publishing
        } else if any(Phase::Scheduled) {
            Self::Scheduled
        } else if any(Phase::Draft) {
            Self::Draft
        } else if any(Phase::Reached) {
            if any(Phase::Failed) { Self::Partial } else { Self::Published }
        } else if any(Phase::Failed) {
            Self::Failed
        } else if any(Phase::Cancelled) {
            Self::Cancelled
        } else {
            Self::Draft
        }
    }

    /// The name callers see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Publishing => "publishing",
            Self::Published => "published",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{Failure, PublishId};

    #[test]
    fn a_post_is_what_its_targets_are() {
        let at = Timestamp::UNIX_EPOCH;
        let draft = TargetState::Draft;
        let scheduled = TargetState::Scheduled { at };
        let queued = TargetState::Queued { attempt: 0 };
        let published = TargetState::Published { publish_id: Some(PublishId::new("p")), at, post_ids: vec![] };
        let failed = TargetState::Failed { publish_id: None, at, failure: Failure::GaveUp };
        let cancelled = TargetState::Cancelled;
        for (targets, expected) in [
            (vec![&draft], PostStatus::Draft),
            (vec![&scheduled, &draft], PostStatus::Scheduled),
            (vec![&scheduled, &queued], PostStatus::Publishing),
            (vec![&queued, &failed], PostStatus::Publishing),
            (vec![&published, &published], PostStatus::Published),
            (vec![&published, &failed], PostStatus::Partial),
            (vec![&failed, &failed], PostStatus::Failed),
            (vec![&failed, &cancelled], PostStatus::Failed),
            (vec![&cancelled], PostStatus::Cancelled),
            (vec![&published, &cancelled], PostStatus::Published),
        ] {
            assert_eq!(PostStatus::of(targets.clone()), expected, "{targets:?}");
        }
    }
}
