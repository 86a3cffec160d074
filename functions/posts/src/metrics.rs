//! `GET /v1/posts/{id}/metrics`: the figures of a post's videos, as TikTok reports them.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use jiff::Timestamp;
use slipway_contract::DataView;
use slipway_contract::post::{ExtraMetrics, MetricsView, TargetMetrics, TargetView};
use slipway_domain::{Reach, TargetState};
use slipway_http::auth::Caller;
use slipway_http::{Answer, json};
use slipway_store::posts::TargetRecord;
use slipway_tiktok::{Scope, Video};

use crate::at_once::{CALLS, at_once};
use crate::found::find;
use crate::{App, view};

pub(crate) async fn metrics(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let post = find(&app, &caller, &id).await?;
    let now = Timestamp::now();
    let targets = post.targets.iter().map(async |target| {
        let (videos, warning) = videos(&app, &caller.reach, target).await;
        let metrics = sum(&videos);
        let synced = metrics.is_some().then(|| now.into());
        (TargetView { metrics, metrics_synced_at: synced, ..view::target(target) }, warning)
    });
    let (targets, warnings): (Vec<_>, Vec<_>) = at_once(CALLS, targets.collect()).await.into_iter().unzip();
    let warnings = warnings.into_iter().flatten().collect();
    Ok(json(StatusCode::OK, &DataView { data: MetricsView { post_id: post.post.id, targets }, warnings }))
}

/// The target's public videos. TikTok has figures of no others.
async fn videos(app: &App, reach: &Reach, target: &TargetRecord) -> (Vec<Video>, Option<String>) {
    let TargetState::Published { post_ids, .. } = &target.state else { return (Vec::new(), None) };
    if post_ids.is_empty() {
        return (Vec::new(), None);
    }
    let id = &target.account;
    let warned = |why: &str| (Vec::new(), Some(format!("{id}: there are no figures: {why}.")));
    let account = match app.accounts.get(reach, id).await {
        Ok(Some(account)) => account,
        Ok(None) => return warned("the account was disconnected"),
        Err(error) => {
            tracing::warn!(%error, account.id = %id, "no figures");
            return warned("they can't be had at the moment");
        }
    };
    if !account.has_scope(&Scope::VideoList) {
        return warned("the creator did not grant video.list");
    }
    let tiktok = app.tokens.tiktok(&account.tenant);
    match app.tokens.call(&account, async |token| tiktok.video_query(&token, post_ids).await).await {
        Ok(videos) => (videos, None),
        Err(error) => {
            tracing::warn!(%error, account.id = %id, "no figures");
            warned("TikTok does not give them at the moment")
        }
    }
}

/// The figures of all of them together: a creator may make several posts of one draft.
fn sum(videos: &[Video]) -> Option<TargetMetrics> {
    let of = |figure: fn(&Video) -> Option<u64>| videos.iter().filter_map(figure).fold(0_u64, u64::saturating_add);
    (!videos.is_empty()).then(|| TargetMetrics {
        likes: of(|video| video.like_count),
        comments: of(|video| video.comment_count),
        shares: of(|video| video.share_count),
        saves: 0,
        extra: ExtraMetrics { views: of(|video| video.view_count) },
    })
}
