//! `POST /v1/posts/{id}/cancel`: what is not at TikTok yet will not get there.

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use slipway_domain::{Event, TargetState};
use slipway_http::{Answer, ErrorResponse};
use slipway_store::posts::{OwnGuard, PostWithTargets, TargetRecord};

use crate::act::{Act, Decided, Decision, after, wrong_state};
use crate::{Service, fields, view};

pub(crate) async fn cancel(State(service): State<Service>, act: Act) -> Answer {
    let warnings = fields::none(&act.body, act.unknown)?;
    act.on(&service, StatusCode::OK, &Cancel { warnings }).await
}

struct Cancel {
    warnings: Vec<String>,
}

impl Decision for Cancel {
    async fn decide(
        &self,
        _: &Service,
        _: &Act,
        post: &PostWithTargets,
        now: Timestamp,
    ) -> Result<Decided, ErrorResponse> {
        let (next, mut commit) = after(post, now, |_| Some((Event::Cancel, "the caller cancelled it")));
        let is_cancelled = |target: &TargetRecord| target.state == TargetState::Cancelled;
        if commit.targets.is_empty() && !post.targets.iter().all(is_cancelled) {
            return Err(wrong_state(post, "Nothing of it can be cancelled: what TikTok has stays there.").into());
        }
        commit.lifted = post.targets.iter().zip(&next.targets).filter_map(|(was, is)| lifted(was, is, now)).collect();
        commit.lifted.extend(post.post.request_guard(now));
        let mut shown = view::post(&next);
        shown.warnings.extend_from_slice(&self.warnings);
        Decided::to(StatusCode::OK, &shown, (!commit.targets.is_empty()).then_some(commit))
    }
}

/// The guard of a target that has just been cancelled: the same may be posted again.
fn lifted(was: &TargetRecord, is: &TargetRecord, now: Timestamp) -> Option<OwnGuard> {
    let cancelled = was.state != TargetState::Cancelled && is.state == TargetState::Cancelled;
    was.guarded_by.clone().filter(|guard| cancelled && guard.until > now.as_second())
}
