//! What TikTok reports about an account, for all who want to know: asked by one at a time, not too often, and kept for a
//! minute. Whatever callers do, TikTok sees no more of these calls than it allows.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use slipway_contract::Platform;
use slipway_contract::creator::{CreatorView, InteractionSettings};
use slipway_domain::Reach;
use slipway_domain::lifetimes::CREATOR_INFO_IS_KEPT;
use slipway_domain::limits::CREATOR_INFO_SPACING;
use slipway_domain::schedule::{QUESTION_CLAIM, QUESTION_IS_AWAITED_WITHIN};
use slipway_runtime::pause::half_jitter;
use slipway_store::accounts::{
    AccountRecord, AccountStatus, CachedCreatorInfo, CreatorAnswer, CreatorRefused, Question,
};
use slipway_store::{Conflict, Stale, StoreError, Write};
use slipway_tiktok::{CreatorInfo, Error};

use crate::{CallError, Tokens};

/// How long between two looks, at most. The first ones are shorter.
const LOOK: Duration = Duration::from_millis(400);

/// Why there is no answer about an account.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// TikTok could not be asked, or refused.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Others are asking, or asked a moment ago and got no answer.
    #[error("TikTok is asked about the account as often as it allows")]
    TooOften {
        /// When it may be asked again.
        wait: Duration,
    },
}

impl From<StoreError> for AskError {
    fn from(error: StoreError) -> Self {
        Self::Call(error.into())
    }
}

impl Tokens {
    /// What the account's creator may post, as TikTok reported within the last minute. An [`Error::Api`] within that
    /// time is repeated, too, if it says why the creator or the app can't post.
    pub async fn creator_info(&self, account: &AccountRecord) -> Result<CreatorInfo, AskError> {
        let mine = self.ask_alone(account, Question::CreatorInfo, kept).await?;
        let account = match mine {
            MayAsk::Known(answer) => return answer.map_err(|error| CallError::from(error).into()),
            MayAsk::Yes(account) => account,
        };
        let asked_at = Timestamp::now();
        let tiktok = self.tiktok(&account.tenant);
        let answer = self.call(&account, async |token| tiktok.creator_info(&token).await).await;
        let kept = match &answer {
            Ok(info) => match serde_json::to_string(&creator_view(info.clone())) {
                Ok(json) => {
                    let (fetched_at, log_id) = (asked_at, info.log_id.clone());
                    Some(CreatorAnswer::Told(CachedCreatorInfo { json: json.into(), fetched_at, log_id }))
                }
                Err(_) => None,
            },
            Err(CallError::TikTok(error)) => refusal(error, asked_at).map(CreatorAnswer::Refused),
            Err(_) => None,
        };
        let accounts = self.accounts();
        let written = match kept {
            Some(answer) => accounts.keep_creator_answer(&account, &answer, asked_at + CREATOR_INFO_IS_KEPT).await,
            None => accounts.end_asking(&account, Question::CreatorInfo, asked_at + CREATOR_INFO_SPACING).await,
        };
        match written {
            // Nobody asks about an account that is gone.
            Ok(Write::Done(()) | Write::Refused(Stale)) => {}
            Err(error) => {
                tracing::warn!(%error, account.id = %account.id, "the answer about the creator was not kept");
            }
        }
        Ok(answer?)
    }

    /// Waits until the caller is the one who asks, or somebody else has the answer: `known` finds it in the account as it
    /// is then. Who is to ask and gets no answer says so with [`not_told`](Self::not_told).
    pub async fn ask_alone<T>(
        &self,
        account: &AccountRecord,
        question: Question,
        known: impl Fn(&AccountRecord, Timestamp) -> Option<T>,
    ) -> Result<MayAsk<T>, AskError> {
        let (started, mut look) = (Instant::now(), LOOK / 8);
        let mut current = account.clone();
        loop {
            if let AccountStatus::ReconnectRequired { reason, .. } = current.status {
                return Err(CallError::ReconnectRequired { reason }.into());
            }
            let now = Timestamp::now();
            if let Some(answer) = known(&current, now) {
                return Ok(MayAsk::Known(answer));
            }
            if question.free_at(&current).is_none_or(|free_at| free_at <= now) {
                match self.accounts().begin_asking(&current, question, now, now + QUESTION_CLAIM).await? {
                    Write::Done(account) => return Ok(MayAsk::Yes(Box::new(account))),
                    Write::Refused(Conflict::Changed(now)) => current = *now,
                    Write::Refused(Conflict::Gone) => return Err(CallError::Gone.into()),
                }
                continue;
            }
            if started.elapsed() > QUESTION_IS_AWAITED_WITHIN {
                let free_at = question.free_at(&current).unwrap_or(now);
                let wait = Duration::try_from(free_at.duration_since(now)).unwrap_or_default();
                return Err(AskError::TooOften { wait });
            }
            tokio::time::sleep(half_jitter(look)).await;
            look = (look * 2).min(LOOK);
            current = self.accounts().get(&Reach::whole(&account.tenant), &account.id).await?.ok_or(CallError::Gone)?;
        }
    }

    /// Lets others ask in a moment: TikTok gave no answer.
    pub async fn not_told(&self, account: &AccountRecord, question: Question) {
        match self.accounts().end_asking(account, question, Timestamp::now() + CREATOR_INFO_SPACING).await {
            // Nobody asks about an account that is gone.
            Ok(Write::Done(()) | Write::Refused(Stale)) => {}
            Err(error) => {
                tracing::warn!(%error, account.id = %account.id, "nobody asks TikTok for half a minute");
            }
        }
    }
}

/// Whether the caller is to ask TikTok.
#[derive(Debug)]
pub enum MayAsk<T> {
    /// There is no need: this is known.
    Known(T),
    /// Nobody else does now. The account as it is.
    Yes(Box<AccountRecord>),
}

/// What is kept of the last minute.
fn kept(account: &AccountRecord, now: Timestamp) -> Option<Result<CreatorInfo, Error>> {
    let is_fresh = |at: Timestamp| now.duration_since(at) < CREATOR_INFO_IS_KEPT;
    if let Some(refused) = account.creator_refused.as_ref().filter(|refused| is_fresh(refused.at)) {
        return Some(Err(Error::creator_refused(refused.code.clone(), refused.log_id.clone())));
    }
    let info = account.creator_info.as_ref().filter(|info| is_fresh(info.fetched_at))?;
    Some(Ok(CreatorInfo { log_id: info.log_id.clone(), ..creator_of(kept_creator(account)?) }))
}

/// What is kept about the account's creator, however old it is. What can't be read is as good as nothing: TikTok
/// reports it again.
pub fn kept_creator(account: &AccountRecord) -> Option<CreatorView> {
    let read = serde_json::from_str(&account.creator_info.as_ref()?.json);
    read.inspect_err(|error| {
        tracing::warn!(%error, account.id = %account.id, "what is kept about a creator can't be read");
    })
    .ok()
}

/// The refusals that hold for longer than a moment.
fn refusal(error: &Error, at: Timestamp) -> Option<CreatorRefused> {
    let code = error.code()?;
    code.bars_posting().map(|_| CreatorRefused { code: code.clone(), log_id: error.log_id().cloned(), at })
}

/// A creator who can post, as callers are shown it and as it is kept.
pub fn creator_view(info: CreatorInfo) -> CreatorView {
    CreatorView {
        platform: Platform::TikTok,
        nickname: info.nickname.or_else(|| info.username.clone()).unwrap_or_default(),
        username: info.username,
        avatar_url: info.avatar_url,
        can_post: true,
        max_video_duration_sec: info.max_video_duration_sec,
        privacy_level_options: info.privacy_level_options,
        interaction_settings: InteractionSettings {
            comment_disabled: info.comment_disabled,
            duet_disabled: info.duet_disabled,
            stitch_disabled: info.stitch_disabled,
        },
        tiktok_code: None,
        message: None,
    }
}

fn creator_of(view: CreatorView) -> CreatorInfo {
    CreatorInfo {
        avatar_url: view.avatar_url,
        username: view.username,
        nickname: Some(view.nickname),
        privacy_level_options: view.privacy_level_options,
        comment_disabled: view.interaction_settings.comment_disabled,
        duet_disabled: view.interaction_settings.duet_disabled,
        stitch_disabled: view.interaction_settings.stitch_disabled,
        max_video_duration_sec: view.max_video_duration_sec,
        log_id: None,
    }
}
