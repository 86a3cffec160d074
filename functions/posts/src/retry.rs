//! `POST /v1/posts/{id}/retry`: what has failed is tried again, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use futures_util::future::join;
use http::StatusCode;
use jiff::Timestamp;
use slipway_contract::post::DoneView;
use slipway_contract::{ApiError, ErrorCode, Issue};
use slipway_domain::schedule::GIVE_UP_AFTER;
use slipway_domain::{Event, MediaId, MediaKind, PostAct, Reach};
use slipway_http::{Answer, ErrorResponse};
use slipway_store::accounts::AccountStatus;
use slipway_store::media::MediaUse;
use slipway_store::posts::{MediaRef, PostWithTargets, TargetRecord, TargetWrite};

use crate::act::{Act, Decided, Decision, after, share};
use crate::at_once::{CALLS, at_once};
use crate::check::ready_media;
use crate::places::{self, Accounts};
use crate::standing::Standing;
use crate::{App, fields, refusal, repeat};

pub(crate) async fn retry(State(app): State<Arc<App>>, act: Act) -> Answer {
    let (skip_duplicate_check, warnings) = fields::skip_duplicate_check(&act.body, act.unknown)?;
    act.on(&app, StatusCode::OK, &Retry { skip_duplicate_check, warnings }).await
}

struct Retry {
    skip_duplicate_check: bool,
    warnings: Vec<String>,
}

impl Decision for Retry {
    const ACT: PostAct = PostAct::Retry;

    async fn decide(
        &self,
        app: &App,
        act: &Act,
        post: &PostWithTargets,
        now: Timestamp,
    ) -> Result<Decided, ErrorResponse> {
        Standing::of(post).allows(Self::ACT)?;
        let failed: Vec<_> = post.targets.iter().filter(|target| target.state.name().can_be_retried()).collect();
        let (media, accounts) = join(ready(app, act, &failed, now), accounts(app, &act.caller.reach, &failed)).await;
        let ((media, without_media), (accounts, without_account)) = (media?, accounts?);
        let can_go = |target: &&&TargetRecord| {
            accounts.contains_key(&target.account) && target.media().iter().all(|item| media.contains_key(item.id()))
        };
        let again: BTreeMap<_, _> =
            failed.iter().filter(can_go).map(|target| (target.account.clone(), target.media())).collect();
        if again.is_empty() {
            // The others could be tried without these, which stay failed for the reason that they have.
            return Err(ApiError::from_issues([without_account, without_media].concat()).into());
        }
        let (mut next, mut commit) = after(post, now, |target| {
            again.contains_key(&target.account).then_some((Event::Retry, "the caller retries it"))
        });
        commit.targets.clear();
        for target in next.targets.iter_mut().filter(|target| again.contains_key(&target.account)) {
            for media in media.values() {
                target.put(media);
            }
            target.give_up_at = now + GIVE_UP_AFTER;
            target.tiktok_status = None;
            if !self.skip_duplicate_check {
                let guard = repeat::again(target, now);
                target.guarded_by = Some((&guard).into());
                commit.guards.push(guard);
            }
            commit.targets.push(TargetWrite::Replace(target.clone()));
        }
        share(&mut next, &mut commit, |post| post.retry_count = post.retry_count.saturating_add(1));
        // It was free to be deleted since the targets failed.
        let is_used = |id: &MediaId| again.values().any(|media| media.iter().any(|item| item.id() == id));
        commit.media = media.values().filter(|media| is_used(&media.id)).map(|media| used(act, media, now)).collect();
        places::take(app, &mut commit, &accounts, Act::GUARDS)?;
        Decided::to(StatusCode::OK, &DoneView { success: true, warnings: self.warnings.clone() }, Some(commit))
    }
}

fn used(act: &Act, media: &MediaRef, now: Timestamp) -> MediaUse {
    let (tenant, id) = (act.caller.tenant().clone(), media.id.clone());
    MediaUse { tenant, media: id, etag: Some(media.etag.clone()), starts_at: now }
}

/// Each of the targets' media once, if it is there and TikTok takes it, and what is wrong with the others.
async fn ready(
    app: &App,
    act: &Act,
    failed: &[&TargetRecord],
    now: Timestamp,
) -> Result<(BTreeMap<MediaId, MediaRef>, Vec<Issue>), ErrorResponse> {
    let mut kinds: BTreeMap<&MediaId, MediaKind> = BTreeMap::new();
    for target in failed {
        kinds.extend(target.media().iter().map(|media| (media.id(), target.content.kind())));
    }
    let asked = kinds.into_iter().map(|(id, kind)| ready_media(app, &act.caller, id, kind, "media_ids", now));
    let (mut ready, mut issues) = (BTreeMap::new(), Vec::new());
    for media in at_once(CALLS, asked.collect()).await {
        match media? {
            Ok(media) => _ = ready.insert(media.id.clone(), media),
            Err(problems) => issues.extend(problems),
        }
    }
    Ok((ready, issues))
}

/// The accounts that are there and connected, and what is wrong with the others.
async fn accounts(app: &App, reach: &Reach, failed: &[&TargetRecord]) -> Result<(Accounts, Vec<Issue>), ErrorResponse> {
    let found = failed.iter().map(async |target| app.accounts.get(reach, &target.account).await);
    let found = at_once(CALLS, found.collect()).await;
    let (mut accounts, mut issues) = (Accounts::new(), Vec::new());
    for (target, account) in failed.iter().zip(found) {
        let Some(account) = account? else {
            let message = format!("the account {} was disconnected", target.account);
            let cure = "Connect it again with POST /v1/accounts/connect and make a new post.";
            issues.push(Issue::invalid("id", message, cure).with_code(ErrorCode::AccountNotFound));
            continue;
        };
        match account.status {
            AccountStatus::Active => _ = accounts.insert(account.id.clone(), account),
            AccountStatus::ReconnectRequired { reason, .. } => issues.push(refusal::reconnect("id", reason)),
        }
    }
    Ok((accounts, issues))
}
