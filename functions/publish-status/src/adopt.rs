//! A publish whose id we do not know may be a pull of ours: TikTok was told to fetch the media, and its answer was lost.
//!
//! It is taken for that pull only if it can be no other's. Of one account at most one pull at a time waits for TikTok's
//! word, and its record names those of which nothing was ever heard. TikTok itself is asked whether the publish is of
//! this account, and not an upload.

use jiff::Timestamp;
use slipway_domain::schedule::CLOCKS_DIFFER_BY;
use slipway_domain::{
    Event, FailReason, LogId, MediaKind, OpenId, Outcome, PostMode, PublishId, Pull, Reach, TargetState,
};
use slipway_store::Write;
use slipway_store::accounts::AccountRecord;
use slipway_store::posts::TargetRecord;
use slipway_tokens::CallError;

use crate::{PublishStatus, StepError};

/// What an unknown publish was taken for.
pub(crate) enum Adopted {
    /// This target's; its id is written.
    By(Box<TargetRecord>),
    /// Perhaps that of a target whose worker still waits for TikTok's answer, or TikTok can't be asked: ask again.
    Later,
    /// Nobody's.
    ByNobody,
}

/// Gives an unknown publish to the one target that it can be of.
pub(crate) async fn adopted(
    status: &PublishStatus,
    publish_id: &PublishId,
    user: Option<&OpenId>,
    outcome: &Outcome,
    event: Timestamp,
    now: Timestamp,
) -> Result<Adopted, StepError> {
    let Some(user) = user else { return Ok(Adopted::ByNobody) };
    let mut fitting = Vec::new();
    for (tenant, account) in status.accounts.by_open_id(user).await? {
        let Some(account) = status.accounts.get(&Reach::whole(&tenant), &account).await? else { continue };
        for post in &account.pulls {
            let Some(target) = status.posts.target(post, &account.id).await? else { continue };
            match &target.state {
                TargetState::Pulling { pull } if pull.revoked_at.is_none() => return Ok(Adopted::Later),
                state if state.is_unanswered() && fits(&target, outcome, event) => {
                    fitting.push((account.clone(), target));
                }
                _ => {}
            }
        }
    }
    let Ok([(account, target)]) = <[_; 1]>::try_from(fitting) else { return Ok(Adopted::ByNobody) };
    let log_id = match is_a_pull(status, &account, publish_id, outcome).await? {
        Known::Pull(log_id) => log_id,
        Known::Another => return Ok(Adopted::ByNobody),
        Known::Nothing => return Ok(Adopted::Later),
    };
    let known = Event::PullKnown { publish_id: publish_id.clone(), at: now };
    let note = format!("TikTok's webhook names {publish_id}, which can be no other post's");
    match status.posts.advance(&target, known, now, |change| change.note(note, log_id.as_ref())).await? {
        Write::Done(target) => Ok(Adopted::By(Box::new(target))),
        Write::Refused(_) => Ok(Adopted::Later),
    }
}

/// Whether this may have become of the target, at this time.
fn fits(target: &TargetRecord, outcome: &Outcome, event: Timestamp) -> bool {
    let begun = match &target.state {
        TargetState::Pulling { pull } => pull.called_at,
        TargetState::Unconfirmed { at, .. } => *at - Pull::LASTS,
        _ => return false,
    };
    let by_kind = match outcome {
        Outcome::InInbox => target.content.post_mode() == PostMode::Inbox,
        // Ours is called off only once its id is known.
        Outcome::Failed(FailReason::PublishCancelled) => false,
        Outcome::Failed(FailReason::VideoPullFailed) => target.content.kind() == MediaKind::Video,
        Outcome::Failed(FailReason::PhotoPullFailed) => target.content.kind() == MediaKind::Photo,
        Outcome::Published(_) | Outcome::Failed(_) => true,
    };
    by_kind && event >= begun - CLOCKS_DIFFER_BY
}

/// What TikTok knows of a publish that we do not.
enum Known {
    /// It is the account's, and one that TikTok fetches; with the log id of that answer.
    Pull(Option<LogId>),
    /// It is another one.
    Another,
    /// It can't be asked now.
    Nothing,
}

/// Whether this publish is the account's, as TikTok reports it, and one that TikTok fetches.
async fn is_a_pull(
    status: &PublishStatus,
    account: &AccountRecord,
    publish_id: &PublishId,
    outcome: &Outcome,
) -> Result<Known, StepError> {
    let tiktok = status.tiktok.of(&account.tenant);
    let report = match status.tokens.call(account, async |token| tiktok.status(&token, publish_id).await).await {
        Ok(report) => report,
        Err(CallError::TikTok(error)) if error.is_unknown_publish() => return Ok(Known::Another),
        Err(CallError::ReconnectRequired { .. } | CallError::Gone) => return Ok(Known::Another),
        Err(CallError::Store(error)) => return Err(error.into()),
        Err(error @ (CallError::TikTok(_) | CallError::RefreshPending | CallError::Vault(_))) => {
            tracing::warn!(%error, tiktok.publish_id = %publish_id, "TikTok reports nothing about an unknown publish");
            return Ok(Known::Nothing);
        }
    };
    let is_a_pull = match (report.downloaded_bytes, report.uploaded_bytes) {
        (Some(_), _) => true,
        (None, Some(_)) => false,
        // TikTok reports neither: an upload of which we do not know can only have lapsed.
        (None, None) => !matches!(outcome, Outcome::Failed(reason) if !reason.is_failed_pull()),
    };
    Ok(if is_a_pull { Known::Pull(report.log_id) } else { Known::Another })
}
