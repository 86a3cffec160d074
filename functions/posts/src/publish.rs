//! `POST /v1/posts/{id}/publish`: a draft, or what waits for its time, is published at once.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;
use slipway_domain::PostAct;
use slipway_http::{Answer, ErrorResponse};
use slipway_store::posts::{PostWithTargets, TargetRecord};

use crate::act::{Act, Decided, Decision};
use crate::check::Purpose;
use crate::rewrite::rewrite;
use crate::standing::Standing;
use crate::{App, answer, fields, places, stored};

pub(crate) async fn publish(State(app): State<Arc<App>>, act: Act) -> Answer {
    let (skip_duplicate_check, warnings) = fields::skip_duplicate_check(&act.body, act.unknown)?;
    act.on(&app, StatusCode::CREATED, &Publish { skip_duplicate_check, warnings }).await
}

struct Publish {
    skip_duplicate_check: bool,
    warnings: Vec<String>,
}

impl Decision for Publish {
    const ACT: PostAct = PostAct::Publish;

    async fn decide(
        &self,
        app: &App,
        act: &Act,
        post: &PostWithTargets,
        now: Timestamp,
    ) -> Result<Decided, ErrorResponse> {
        Standing::of(post).allows(Self::ACT)?;
        let mut change = serde_json::Map::new();
        change.insert("publish_now".to_owned(), Value::from(true));
        change.insert("skip_duplicate_check".to_owned(), Value::from(self.skip_duplicate_check));
        let body = stored::overlay(stored::body(post, waits), &change);
        let mut rewritten = rewrite(app, act, post, (&body, &[]), waits, (Purpose::Publish, now)).await?;
        rewritten.post.post.warnings.extend_from_slice(&self.warnings);
        places::take(app, &mut rewritten.commit, &places::accounts(&rewritten.checked), Act::GUARDS)?;
        rewritten.post = places::placed(rewritten.post, &rewritten.commit);
        let asked: Vec<_> = rewritten.checked.iter().map(|target| &target.account.id).collect();
        let (status, body) =
            answer::of(&rewritten.post, &asked, &[]).map_err(|error| ErrorResponse::internal(&error))?;
        Ok(Decided { commit: Some(rewritten.commit), status, body: body.into() })
    }
}

const fn waits(target: &TargetRecord) -> bool {
    target.state.name().can_be_published()
}
