//! `POST /v1/posts/{id}/cancel`: what is not at TikTok yet will not get there, and what TikTok is still fetching it is asked
//! to give up.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use slipway_contract::ApiError;
use slipway_domain::{AccountId, Event, PostAct, Reach, TargetState};
use slipway_http::{Answer, ErrorResponse};
use slipway_store::posts::{Change, OwnGuard, PostWithTargets, TargetRecord, TargetWrite};
use slipway_tiktok::ApiErrorCode;
use slipway_tokens::CallError;

use crate::act::{Act, Decided, Decision, after};
use crate::standing::Standing;
use crate::{App, fields, view};

pub(crate) async fn cancel(State(app): State<Arc<App>>, act: Act) -> Answer {
    let warnings = fields::none(&act.body, act.unknown)?;
    act.on(&app, StatusCode::OK, &Cancel { warnings, called_off: Mutex::default() }).await
}

struct Cancel {
    warnings: Vec<String>,
    /// Of which accounts TikTok has reported that it will give up fetching. To ask it again would be refused.
    called_off: Mutex<BTreeSet<AccountId>>,
}

/// Why TikTok goes on with it.
const TOO_LATE: &str = "TikTok has what it needs of it already, and goes on.";

impl Decision for Cancel {
    const ACT: PostAct = PostAct::Cancel;

    async fn decide(
        &self,
        app: &App,
        act: &Act,
        post: &PostWithTargets,
        now: Timestamp,
    ) -> Result<Decided, ErrorResponse> {
        let (mut next, mut commit) = after(post, now, |_| Some((Event::Cancel, "the caller cancelled it")));
        for target in &mut next.targets {
            let Some(note) = self.call_off(app, &act.caller.reach, target).await? else { continue };
            let asked = Change::to(target.state.clone(), now).note(note, None).applied_to(target);
            *target = asked;
            commit.targets.push(TargetWrite::Replace(target.clone()));
        }
        let is_cancelled = |target: &TargetRecord| target.state == TargetState::Cancelled;
        if commit.targets.is_empty() && !post.targets.iter().all(is_cancelled) {
            let fetches = post
                .targets
                .iter()
                .any(|target| matches!(&target.state, TargetState::Processing { pull: Some(_), .. }));
            let told = post.targets.iter().any(|target| matches!(target.state, TargetState::Pulling { .. }));
            let why = match (fetches, told) {
                (true, _) => TOO_LATE,
                (false, true) => "TikTok may be fetching it, but has not answered. Cancel it once it has.",
                (false, false) => "Nothing of it can be cancelled: what TikTok has stays there.",
            };
            return Err(Standing::of(post).refused(why).into());
        }
        commit.lifted = post.targets.iter().zip(&next.targets).filter_map(|(was, is)| lifted(was, is, now)).collect();
        commit.lifted.extend(post.post.request_guard(now));
        let mut shown = view::post(&next);
        shown.warnings.extend_from_slice(&self.warnings);
        Decided::to(StatusCode::OK, &shown, (!commit.targets.is_empty()).then_some(commit))
    }
}

impl Cancel {
    /// Asks TikTok to give up fetching. Answers what is to be noted; nothing where it does not fetch, or goes on.
    ///
    /// That it will give up does not mean that it has: the target ends when TikTok reports it.
    async fn call_off(
        &self,
        app: &App,
        reach: &Reach,
        target: &TargetRecord,
    ) -> Result<Option<&'static str>, ErrorResponse> {
        const ASKED: &str = "the caller cancelled it; TikTok will give up fetching it if it still can";
        let TargetState::Processing { publish_id, pull: Some(_), .. } = &target.state else { return Ok(None) };
        if self.called_off.lock().unwrap_or_else(PoisonError::into_inner).contains(&target.account) {
            return Ok(Some(ASKED));
        }
        let Some(account) = app.accounts.get(reach, &target.account).await? else { return Ok(None) };
        let tiktok = app.tokens.tiktok(&account.tenant);
        match app.tokens.call(&account, async |token| tiktok.cancel(&token, publish_id).await).await {
            Ok(()) => {
                self.called_off.lock().unwrap_or_else(PoisonError::into_inner).insert(target.account.clone());
                Ok(Some(ASKED))
            }
            Err(CallError::TikTok(error)) if error.code() == Some(&ApiErrorCode::PublishNotCancellable) => Ok(None),
            Err(error) => Err(ApiError::from(error).into()),
        }
    }
}

/// The guard of a target that has just been cancelled: the same may be posted again.
fn lifted(was: &TargetRecord, is: &TargetRecord, now: Timestamp) -> Option<OwnGuard> {
    let cancelled = was.state != TargetState::Cancelled && is.state == TargetState::Cancelled;
    was.own_guard(now).filter(|_| cancelled)
}
