//! One refresh at a time, stored before it is used.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use slipway_domain::schedule::{REFRESH_CLAIM, REFRESH_IS_AWAITED_WITHIN, doubled};
use slipway_domain::{LogId, ReconnectReason};
use slipway_runtime::pause::half_jitter;
use slipway_store::accounts::{AccountRecord, AccountStatus, NotClaimed, RefreshClaim, SealedTokens};
use slipway_store::{Conflict, Stale, StoreError, Write};
use slipway_tiktok::{Class, Client, Grant, RefreshToken, Scopes};
use slipway_vault::{Purpose, Sealer};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::grant::{LONGEST_PAUSE, granted};
use crate::{CallError, Tokens, context, seal_grant};

/// How often the new pair's write is tried: about ten seconds. Without it the account is lost.
const WRITES: u32 = 8;

impl Tokens {
    /// Refreshes this generation of the account's tokens, or finds that somebody else did. Answers the account with
    /// tokens that are newer than `account`'s.
    ///
    /// The work goes on in a task of its own if the caller is dropped: between TikTok's answer and the write nothing
    /// but the end of the process may stop it.
    pub async fn refresh(&self, account: &AccountRecord) -> Result<AccountRecord, CallError> {
        let (tokens, account) = (self.clone(), account.clone());
        let span = tracing::info_span!("refresh", account.id = %account.id);
        let work = async move { tokens.refresh_or_wait(&account).await }.instrument(span);
        tokio::spawn(work).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a refresh did not end");
            Err(CallError::RefreshPending)
        })
    }

    async fn refresh_or_wait(&self, account: &AccountRecord) -> Result<AccountRecord, CallError> {
        let owner = Uuid::now_v7().simple().to_string();
        let started = Instant::now();
        let mut pause = Duration::from_millis(50);
        loop {
            let now = Timestamp::now();
            let claim = RefreshClaim { owner: owner.clone(), until: now + REFRESH_CLAIM };
            match self.inner.accounts.claim_refresh(account, &claim, now).await? {
                Write::Done(acquired) => return self.refresh_alone(account, &claim, acquired.interrupted).await,
                Write::Refused(NotClaimed::Conflict(Conflict::Changed(current))) => return usable(*current),
                Write::Refused(NotClaimed::Conflict(Conflict::Gone)) => return Err(CallError::Gone),
                Write::Refused(NotClaimed::Busy { .. }) if started.elapsed() > REFRESH_IS_AWAITED_WITHIN => {
                    return Err(CallError::RefreshPending);
                }
                Write::Refused(NotClaimed::Busy { until }) => {
                    let left = Duration::try_from(until - now).unwrap_or_default();
                    tokio::time::sleep(half_jitter(pause.min(left + Duration::from_millis(20)))).await;
                    pause = (pause * 2).min(Duration::from_millis(500));
                }
            }
        }
    }

    /// The claim is ours. `interrupted` if somebody held it before and never came back.
    async fn refresh_alone(
        &self,
        account: &AccountRecord,
        claim: &RefreshClaim,
        interrupted: bool,
    ) -> Result<AccountRecord, CallError> {
        // Whatever sealing the new pair needs is fetched before TikTok is asked for it. Opened first: a process without
        // a data key of its own goes on with the one that sealed the old pair, if it is young enough.
        let ready = async {
            let refresh =
                self.inner.vault.open(&context(account, Purpose::RefreshToken), &account.tokens.refresh).await?;
            let sealer = self.inner.vault.sealer(&account.tenant).await?;
            Ok((sealer, RefreshToken::from(refresh)))
        };
        let (sealer, refresh) = match ready.await {
            Ok(ready) => ready,
            Err(error) => {
                self.let_others_try(account, claim, interrupted).await;
                return Err(CallError::Vault(error));
            }
        };
        let mut unknown = interrupted;
        match ask(&self.tiktok(&account.tenant), &refresh, &mut unknown).await {
            Ok((grant, asked_at)) => self.keep(account, &sealer, &grant, asked_at).await,
            // `invalid_grant`, whatever its HTTP status.
            Err(error) if error.class() == Class::Reauthorise => {
                self.judge(account, &error, interrupted, unknown).await
            }
            Err(error) => {
                let log_id = error.log_id().map(LogId::as_str);
                tracing::warn!(%error, tiktok.log_id = log_id, outcome_unknown = unknown, "the refresh failed");
                self.let_others_try(account, claim, unknown).await;
                Err(error.into())
            }
        }
    }

    /// Seals and stores the new pair, which nobody else has. Only then is it used.
    async fn keep(
        &self,
        account: &AccountRecord,
        sealer: &Sealer,
        grant: &Grant,
        asked_at: Timestamp,
    ) -> Result<AccountRecord, CallError> {
        let tokens = seal_grant(sealer, &account.tenant, &account.id, grant, asked_at)?;
        // A refresh never widens a grant; an answer that names no scope says nothing about it.
        let scopes = if grant.scopes.is_empty() { &account.scopes } else { &grant.scopes };
        match self.write(account, &tokens, scopes).await? {
            Write::Done(current) => {
                tracing::info!(
                    access_expires_at = %current.tokens.access_expires_at,
                    refresh_expires_at = %current.tokens.refresh_expires_at,
                    version = current.version,
                    "tokens refreshed"
                );
                Ok(current)
            }
            // The creator connected again meanwhile: a younger grant than ours.
            Write::Refused(Conflict::Changed(current)) => usable(*current),
            Write::Refused(Conflict::Gone) => Err(CallError::Gone),
        }
    }

    async fn write(
        &self,
        account: &AccountRecord,
        tokens: &SealedTokens,
        scopes: &Scopes,
    ) -> Result<Write<AccountRecord>, StoreError> {
        let mut attempt = 1;
        loop {
            match self.inner.accounts.rotate_tokens(account, tokens, scopes, Timestamp::now()).await {
                Err(error) if attempt < WRITES => {
                    tracing::warn!(%error, attempt, "the new tokens could not be stored, trying again");
                    tokio::time::sleep(half_jitter(doubled(Duration::from_millis(50), attempt, LONGEST_PAUSE))).await;
                    attempt += 1;
                }
                Err(error) => {
                    tracing::error!(%error, "the new tokens could not be stored and are lost");
                    return Err(error);
                }
                done => return done,
            }
        }
    }

    /// TikTok refused the refresh token. If it is still the newest in the store, the account is lost to us.
    async fn judge(
        &self,
        account: &AccountRecord,
        error: &slipway_tiktok::Error,
        interrupted: bool,
        unknown: bool,
    ) -> Result<AccountRecord, CallError> {
        if interrupted {
            // Whoever held the claim before may be slow rather than dead, its new pair on the way to the store.
            tokio::time::sleep(half_jitter(Duration::from_secs(2))).await;
        }
        let now = Timestamp::now();
        let reason = if unknown {
            ReconnectReason::RefreshLost
        } else if account.tokens.refresh_expires_at <= now {
            ReconnectReason::RefreshExpired
        } else {
            ReconnectReason::RefreshRefused
        };
        // The condition is the second look: it holds only for the very tokens that TikTok refused.
        match self.inner.accounts.require_reconnect(account, reason, now).await? {
            Write::Done(_) => {
                let (reason_text, log_id) = (reason.as_str(), error.log_id().map(LogId::as_str));
                tracing::warn!(%error, tiktok.log_id = log_id, reason = reason_text, "account lost");
                Err(CallError::ReconnectRequired { reason })
            }
            Write::Refused(Conflict::Changed(current)) => usable(*current),
            Write::Refused(Conflict::Gone) => Err(CallError::Gone),
        }
    }

    /// Ends our claim early. If it can't be ended, it ends by itself.
    async fn let_others_try(&self, account: &AccountRecord, claim: &RefreshClaim, unknown: bool) {
        let accounts = &self.inner.accounts;
        let ended = if unknown {
            accounts.abandon_refresh(account, claim, Timestamp::now()).await
        } else {
            accounts.release_refresh(account, claim).await
        };
        match ended {
            // It is another one's, or the account is gone: there is nothing to end.
            Ok(Write::Done(()) | Write::Refused(Stale)) => {}
            Err(error) => tracing::warn!(%error, "a refresh claim stays until its end"),
        }
    }
}

/// Asks for a new pair; short faults are met by asking again. `unknown` becomes true when TikTok may have
/// rotated without our seeing the answer.
async fn ask(
    tiktok: &Client,
    refresh: &RefreshToken,
    unknown: &mut bool,
) -> Result<(Grant, Timestamp), slipway_tiktok::Error> {
    let started = Instant::now();
    let is_time_left = |error: &slipway_tiktok::Error| {
        *unknown |= error.outcome_unknown();
        started.elapsed() <= REFRESH_CLAIM / 3
    };
    granted(|| tiktok.refresh(refresh), is_time_left).await
}

fn usable(current: AccountRecord) -> Result<AccountRecord, CallError> {
    match current.status {
        AccountStatus::Active => Ok(current),
        AccountStatus::ReconnectRequired { reason, .. } => Err(CallError::ReconnectRequired { reason }),
    }
}
