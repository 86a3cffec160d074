//! `PATCH /v1/posts/{id}`: changes a draft, a post that waits for its time, or one that has failed.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;
use slipway_contract::Issue;
use slipway_contract::fields::Fields;
use slipway_domain::PostAct;
use slipway_http::{Answer, ErrorResponse};
use slipway_store::posts::{PostWithTargets, SharedWrite};

use crate::act::{Act, Decided, Decision};
use crate::check::Purpose;
use crate::rewrite::rewrite;
use crate::standing::Standing;
use crate::stored::{self, editable};
use crate::{App, view};

pub(crate) async fn patch(State(app): State<Arc<App>>, act: Act) -> Answer {
    let patch = Patch::read(&act);
    act.on(&app, StatusCode::OK, &patch).await
}

struct Patch {
    /// Whether the post is put away, if the caller says so.
    hidden: Option<bool>,
    /// What is wrong with what only a change may say. Reported with all that is wrong with the post.
    issues: Vec<Issue>,
}

impl Patch {
    /// What only a change may say: whether the post is put away.
    fn read(act: &Act) -> Self {
        let mut issues = Vec::new();
        let root = Fields::root(&act.body.object);
        let hidden = root.flag("hidden", &mut issues);
        if root.flag("publish_now", &mut Vec::new()) == Some(true) {
            let cure = "Change the post first, then POST /v1/posts/{id}/publish.";
            issues.push(Issue::invalid("publish_now", "a change publishes nothing", cure));
        }
        Self { hidden, issues }
    }
}

impl Decision for Patch {
    const ACT: PostAct = PostAct::Update;

    async fn decide(
        &self,
        app: &App,
        act: &Act,
        post: &PostWithTargets,
        now: Timestamp,
    ) -> Result<Decided, ErrorResponse> {
        Standing::of(post).allows(Self::ACT)?;
        let mut change = act.body.object.0.clone();
        change.remove("hidden");
        let mut body = stored::overlay(stored::body(post, editable), &change);
        // A body with targets publishes nothing of itself; one without is to be no order to publish either.
        if body.get("targets").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            body.insert("publish_now".to_owned(), Value::from(false));
        }
        let mut rewritten = rewrite(app, act, post, (&body, &self.issues), editable, (Purpose::Change, now)).await?;
        if let Some(hidden) = self.hidden {
            rewritten.post.post.hidden = hidden;
        }
        rewritten.commit.shared = SharedWrite::Replace(rewritten.post.post.clone());
        Decided::to(StatusCode::OK, &view::post(&rewritten.post), Some(rewritten.commit))
    }
}
