//! Whether a post, as it stands, allows what a caller wants to do with it: one answer for the routes that do it, and for
//! whoever shows beforehand what they would say.

use serde::Deserialize;
use serde_json::Value;
use slipway_contract::{ApiError, ErrorCode};
use slipway_domain::{NotAllowed, PostAct, PostStatus, StateName};
use slipway_store::posts::PostWithTargets;

/// A post as callers see it.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    id: &'a str,
    status: PostStatus,
    /// The names of its targets' states.
    states: Vec<StateName>,
}

impl<'a> Standing<'a> {
    /// How a post is stored.
    pub(crate) fn of(post: &'a PostWithTargets) -> Self {
        Self {
            id: post.post.id.as_str(),
            status: PostStatus::of(post.targets.iter().map(|target| &target.state)),
            states: post.targets.iter().map(|target| target.state.name()).collect(),
        }
    }

    /// How `GET /v1/posts/{id}` shows it; nothing if this is no post.
    pub fn shown(post: &'a Value) -> Option<Self> {
        let Shown { id, status, targets } = Shown::deserialize(post).ok()?;
        Some(Self { id, status, states: targets.into_iter().map(|target| target.metadata.state).collect() })
    }

    /// Whether the post allows this act of a caller's, whatever the request says besides.
    pub fn allows(&self, act: PostAct) -> Result<(), ApiError> {
        act.allowed(self.status, &self.states).map_err(|why| self.told(act, why))
    }

    /// Why it is not allowed, for the caller.
    fn told(&self, act: PostAct, why: NotAllowed) -> ApiError {
        match why {
            NotAllowed::Unconfirmed => {
                let error = self.refused(NOBODY_KNOWS);
                match act {
                    PostAct::Retry => error.with_next_step(format!("POST /v1/posts/{}/resolve", self.id)),
                    _ => error,
                }
            }
            NotAllowed::NotToBeChanged => {
                self.refused("Only a draft, a post that waits for its time, or one that has failed can be changed.")
            }
            NotAllowed::NothingToPublish => self.refused(
                "Only a draft, or a post that waits for its time, can be published. What has failed can be retried.",
            ),
            NotAllowed::NothingToRetry => {
                let message = "No target of the post has failed, so nothing can be retried. See GET /v1/posts/{id}.";
                ApiError::new(ErrorCode::NoRetryableDeliveries, message).with_field("id").with_retryable(false)
            }
        }
    }

    /// The post's state does not allow this.
    pub(crate) fn refused(&self, why: &str) -> ApiError {
        let status = self.status.as_str();
        ApiError::new(ErrorCode::PostStateInvalid, format!("The post is {status}. {why}"))
            .with_field("id")
            .with_status(self.status)
            .with_retryable(false)
    }
}

/// What is read of a post that is shown.
#[derive(Deserialize)]
struct Shown<'a> {
    id: &'a str,
    status: PostStatus,
    targets: Vec<ShownTarget>,
}

#[derive(Deserialize)]
struct ShownTarget {
    metadata: ShownMetadata,
}

#[derive(Deserialize)]
struct ShownMetadata {
    state: StateName,
}

const NOBODY_KNOWS: &str =
    "Nobody knows whether it is on TikTok. Look there, then say so with POST /v1/posts/{id}/resolve.";
