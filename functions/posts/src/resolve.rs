//! `POST /v1/posts/{id}/resolve`: a person has looked on TikTok and says what nobody else can know.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use slipway_contract::fields::{Fields, quoted};
use slipway_contract::{ApiError, Diagnostics, Issue};
use slipway_domain::{AccountId, Event, PostAct, TargetState};
use slipway_http::{Answer, ErrorResponse};
use slipway_store::posts::PostWithTargets;

use crate::act::{Act, Decided, Decision, after};
use crate::standing::Standing;
use crate::{App, view};

struct Resolve;

/// What the person says.
struct Resolution {
    published: bool,
    /// Of this account alone; of all that are unconfirmed if none is named.
    account: Option<AccountId>,
    warnings: Vec<String>,
}

pub(crate) async fn resolve(State(app): State<Arc<App>>, act: Act) -> Answer {
    act.on(&app, StatusCode::OK, &Resolve).await
}

impl Resolution {
    fn read(act: &Act) -> Result<Self, ApiError> {
        let mut noted = Diagnostics::default();
        let root = Fields::root(&act.body.object);
        let published = match root.filled("outcome", &mut noted.issues) {
            Some("published") => true,
            Some("not_published") => false,
            Some(other) => {
                let message = format!("{} is no outcome", quoted(other));
                noted.issues.push(Issue::invalid("outcome", message, "Send \"published\" or \"not_published\"."));
                false
            }
            None => {
                if !noted.refused("outcome") {
                    let cure = "Look at the account on TikTok, then send \"published\" or \"not_published\".";
                    noted.issues.push(Issue::required("outcome", cure));
                }
                false
            }
        };
        let account = root.filled("account_id", &mut noted.issues).and_then(|text| {
            let id = text.parse().ok();
            if id.is_none() {
                let message = format!("the post has no target {}", quoted(text));
                noted.issues.push(Issue::invalid("account_id", message, "Name one of its accounts, or none for all."));
            }
            id
        });
        noted.unknown(&root);
        Ok(Self { published, account, warnings: noted.finish(act.unknown)? })
    }
}

impl Decision for Resolve {
    const ACT: PostAct = PostAct::Resolve;

    async fn decide(
        &self,
        _: &App,
        act: &Act,
        post: &PostWithTargets,
        now: Timestamp,
    ) -> Result<Decided, ErrorResponse> {
        let resolution = Resolution::read(act)?;
        let (published, account) = (resolution.published, resolution.account.as_ref());
        let event = Event::Resolve { published, at: now };
        let note = if published { "the caller found it on TikTok" } else { "the caller did not find it on TikTok" };
        let (next, commit) = after(post, now, |target| {
            let meant = account.is_none_or(|account| *account == target.account);
            (meant && matches!(target.state, TargetState::Unconfirmed { .. })).then(|| (event.clone(), note))
        });
        if commit.targets.is_empty() {
            return Err(Standing::of(post).refused("None of the targets that are meant is unconfirmed.").into());
        }
        let mut shown = view::post(&next);
        shown.warnings.extend_from_slice(&resolution.warnings);
        Decided::to(StatusCode::OK, &shown, Some(commit))
    }
}
