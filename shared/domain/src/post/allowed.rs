//! Whether a post, as it stands, allows what a caller wants to do with it.

use super::{PostAct, PostStatus};
use crate::StateName;

/// Why a post does not allow an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotAllowed {
    /// A target may be on TikTok or not: a person has to say which first.
    Unconfirmed,
    /// It is no draft, waits for no time and has not failed, so that it can't be changed.
    NotToBeChanged,
    /// No target is a draft or waits for its time, so that nothing can be published.
    NothingToPublish,
    /// No target has failed, so that nothing can be retried.
    NothingToRetry,
}

impl PostAct {
    /// Whether a post of this status, whose targets are in these states, allows this act of a caller's, whatever the
    /// request says besides.
    pub fn allowed(self, post: PostStatus, targets: &[StateName]) -> Result<(), NotAllowed> {
        let has = |state| targets.contains(&state);
        let any = |can: fn(StateName) -> bool| targets.iter().copied().any(can);
        match self {
            Self::Update if has(StateName::Unconfirmed) => Err(NotAllowed::Unconfirmed),
            Self::Update => match post {
                PostStatus::Draft | PostStatus::Scheduled | PostStatus::Failed => Ok(()),
                PostStatus::Publishing | PostStatus::Published | PostStatus::Partial | PostStatus::Cancelled => {
                    Err(NotAllowed::NotToBeChanged)
                }
            },
            Self::Publish if any(StateName::can_be_published) => Ok(()),
            Self::Publish => Err(NotAllowed::NothingToPublish),
            Self::Retry if any(StateName::can_be_retried) => Ok(()),
            Self::Retry if has(StateName::Unconfirmed) => Err(NotAllowed::Unconfirmed),
            Self::Retry => Err(NotAllowed::NothingToRetry),
            // What becomes of these depends on more than states, or on none.
            Self::Create | Self::Cancel | Self::Resolve | Self::Delete | Self::Progress => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use PostAct as A;
    use PostStatus as P;
    use StateName as S;

    use super::*;

    const ACTS: [A; 8] = [A::Create, A::Update, A::Publish, A::Retry, A::Cancel, A::Resolve, A::Delete, A::Progress];

    /// A status, states of which it can come, and whether such a post can be changed, published and retried.
    type Row = (P, &'static [S], [Result<(), NotAllowed>; 3]);

    const TABLE: [Row; 14] = {
        use NotAllowed::{NotToBeChanged, NothingToPublish, NothingToRetry, Unconfirmed};
        let moving = [Err(NotToBeChanged), Err(NothingToPublish), Err(NothingToRetry)];
        [
            (P::Draft, &[], [Ok(()), Err(NothingToPublish), Err(NothingToRetry)]),
            (P::Draft, &[S::Draft], [Ok(()), Ok(()), Err(NothingToRetry)]),
            (P::Draft, &[S::Draft, S::Failed], [Ok(()); 3]),
            (P::Scheduled, &[S::Scheduled], [Ok(()), Ok(()), Err(NothingToRetry)]),
            (P::Scheduled, &[S::Scheduled, S::Unconfirmed], [Err(Unconfirmed), Ok(()), Err(Unconfirmed)]),
            (P::Publishing, &[S::Queued, S::Initialising, S::Deferred], moving),
            (P::Publishing, &[S::Uploading, S::Pulling, S::Processing], moving),
            (P::Publishing, &[S::Queued, S::Draft], [Err(NotToBeChanged), Ok(()), Err(NothingToRetry)]),
            (P::Published, &[S::Published, S::InInbox], moving),
            (P::Partial, &[S::Published, S::Failed], [Err(NotToBeChanged), Err(NothingToPublish), Ok(())]),
            (P::Failed, &[S::Failed], [Ok(()), Err(NothingToPublish), Ok(())]),
            (P::Failed, &[S::Unconfirmed], [Err(Unconfirmed), Err(NothingToPublish), Err(Unconfirmed)]),
            (P::Failed, &[S::Failed, S::Unconfirmed], [Err(Unconfirmed), Err(NothingToPublish), Ok(())]),
            (P::Cancelled, &[S::Cancelled], moving),
        ]
    };

    #[test]
    fn every_act_has_an_answer_to_every_status() {
        for (status, states, [update, publish, retry]) in TABLE {
            for act in ACTS {
                let expected = match act {
                    A::Update => update,
                    A::Publish => publish,
                    A::Retry => retry,
                    A::Create | A::Cancel | A::Resolve | A::Delete | A::Progress => Ok(()),
                };
                assert_eq!(act.allowed(status, states), expected, "{act:?} of {status:?}, {states:?}");
            }
        }
    }
}
