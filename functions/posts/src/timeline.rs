//! `GET /v1/posts/{id}/timeline`: every step of every target, in order.

use axum::extract::{Path, State};
use http::StatusCode;
use slipway_contract::Diagnostics;
use slipway_contract::post::TimelineView;
use slipway_http::auth::Caller;
use slipway_http::paging::List;
use slipway_http::{Answer, Params, json};
use slipway_store::posts::PostWithTargets;

use crate::Service;
use crate::found::find;

const LIST: List = List { name: "timeline", default_limit: 50, filters: &["account_id"], several: &[] };

pub(crate) async fn timeline(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Answer {
    let mut noted = Diagnostics::default();
    let paging = LIST.paging(&params, &caller, |text| text.parse::<usize>().ok(), &mut noted);
    let account = params.one("account_id");
    let warnings = noted.finish(params.unknown())?;
    let steps = steps(&find(&service, &caller, &id).await?, account);
    let start = paging.after.unwrap_or(0).min(steps.len());
    let end = start.saturating_add(paging.limit).min(steps.len());
    let next = (end < steps.len()).then(|| end.to_string());
    let page = LIST.page(&caller, paging.limit, steps[start..end].to_vec(), next.as_deref(), warnings);
    Ok(json(StatusCode::OK, &page))
}

/// The steps of all targets, or of this account's; the first comes first. A step keeps its place: later ones only follow.
fn steps(post: &PostWithTargets, account: Option<&str>) -> Vec<TimelineView> {
    let targets = post.targets.iter().filter(|target| account.is_none_or(|id| target.account.as_str() == id));
    let steps = targets.flat_map(|target| {
        target.timeline.iter().map(|step| TimelineView {
            at: step.at.into(),
            account_id: target.account.clone(),
            state: step.state.clone(),
            note: step.note.clone(),
            tiktok_log_id: step.log_id.clone(),
        })
    });
    let mut steps: Vec<_> = steps.collect();
    steps.sort_by_key(|step| step.at.get());
    steps
}
