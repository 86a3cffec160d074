//! `DELETE /v1/posts/{id}`: what TikTok does not have is called off and forgotten. What TikTok has stays, there and here:
//! its API has no way to take a post down.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use slipway_contract::Platform;
use slipway_contract::post::{DeleteOutcome, DeletedView, TargetDeletedView};
use slipway_domain::{Event, PostAct, TargetState};
use slipway_http::{Answer, ErrorResponse};
use slipway_store::posts::{Commit, PostWithTargets, SharedWrite, TargetRecord, TargetWrite};

use crate::App;
use crate::act::{Act, Decided, Decision, after};

pub(crate) async fn delete(State(app): State<Arc<App>>, act: Act) -> Answer {
    act.on(&app, StatusCode::OK, &Delete).await
}

struct Delete;

impl Decision for Delete {
    const ACT: PostAct = PostAct::Delete;

    async fn decide(&self, _: &App, _: &Act, post: &PostWithTargets, now: Timestamp) -> Result<Decided, ErrorResponse> {
        let results: Vec<_> = post.targets.iter().map(outcome).collect();
        let goes = |result: &TargetDeletedView| result.outcome != DeleteOutcome::NotSupported;
        let deleted = results.iter().all(goes);
        let (commit, goes): (Commit, fn(&TargetRecord) -> bool) = if deleted {
            let mut commit = Commit::of(post.post.id.clone());
            commit.shared = SharedWrite::Remove(post.post.clone());
            commit.targets = post.targets.iter().cloned().map(TargetWrite::Remove).collect();
            (commit, |target| target.state != TargetState::Cancelled)
        } else {
            let commit = after(post, now, |_| Some((Event::Cancel, "the caller deleted it"))).1;
            // What has failed stays, and may be retried.
            (commit, |target| outcome(target).outcome == DeleteOutcome::Cancelled)
        };
        let guards = post.targets.iter().filter(|target| goes(target)).filter_map(|target| target.own_guard(now));
        let commit = Commit { lifted: guards.chain(post.post.request_guard(now)).collect(), ..commit };
        let is_empty = !deleted && commit.targets.is_empty();
        let shown = DeletedView { success: deleted || !is_empty, deleted, results };
        Decided::to(StatusCode::OK, &shown, (!is_empty).then_some(commit))
    }
}

/// What becomes of a target.
fn outcome(target: &TargetRecord) -> TargetDeletedView {
    let (outcome, message) = match &target.state {
        TargetState::Draft | TargetState::Failed { .. } | TargetState::Cancelled => {
            (DeleteOutcome::Deleted, "Nothing of it is on TikTok.")
        }
        TargetState::Scheduled { .. }
        | TargetState::Queued { .. }
        | TargetState::Deferred { .. }
        | TargetState::Initialising { .. } => (DeleteOutcome::Cancelled, "It will not be published."),
        TargetState::Uploading { .. } | TargetState::Processing { .. } => (
            DeleteOutcome::NotSupported,
            "It is on its way to TikTok, which can't be stopped. Delete it in TikTok's app.",
        ),
        TargetState::Pulling { .. } => (
            DeleteOutcome::NotSupported,
            "TikTok may be fetching it, but has not answered. Ask again once its state is another one.",
        ),
        TargetState::InInbox { .. } => {
            (DeleteOutcome::NotSupported, "It is in the creator's inbox. The creator deletes it in TikTok's app.")
        }
        TargetState::Published { .. } => {
            (DeleteOutcome::NotSupported, "TikTok's API can't delete posts. The creator deletes it in TikTok's app.")
        }
        TargetState::Unconfirmed { .. } => {
            (DeleteOutcome::NotSupported, "It may be on TikTok. Look there, then POST /v1/posts/{id}/resolve.")
        }
    };
    TargetDeletedView {
        platform: Platform::TikTok,
        account_id: target.account.clone(),
        outcome,
        message: message.to_owned(),
    }
}
