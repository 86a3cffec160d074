#![doc = include_str!("../README.md")]

mod asking;
mod brand;
mod config;
mod disconnect;
mod double_memory;
mod failure;
mod grant;
mod refresh;
mod status;
pub mod waiting;

use std::sync::Arc;

use aws_types::SdkConfig;
use jiff::Timestamp;
use slipway_domain::lifetimes::ACCOUNT_USE_IS_NOTED;
use slipway_domain::schedule::TOKEN_ENDS_SOON;
use slipway_domain::{LogId, ReconnectReason, TenantId};
use slipway_store::accounts::{AccountRecord, AccountStatus, Accounts};
use slipway_store::events::Events;
use slipway_store::{Conflict, Stale, StoreError, Write};
use slipway_tiktok::{AccessToken, Client};
use slipway_vault::{Context, Purpose, Vault, VaultError};

use double_memory::BesideAccounts;

pub use asking::{AskError, MayAsk, creator_view, kept_creator};
pub use brand::BrandAccounts;
pub use config::{NoNumberOfPosts, PaceConfig, Posts, TikTokConfig, TokensConfig};
pub use disconnect::{NotDisconnected, Untold};
pub use failure::{not_granted, of_tiktok, tiktok_error};
pub use grant::{granted, seal_grant};
pub use status::Asked;

/// Makes calls to TikTok for accounts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tokens {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    accounts: Accounts,
    vault: Vault,
    tiktok: Client,
}

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Only the creator can repair the account. It is stored as `reconnect_required`.
    #[error("the account must be connected again: {}", reason.as_str())]
    ReconnectRequired {
        /// Why.
        reason: ReconnectReason,
    },
    /// The account was disconnected meanwhile.
    #[error("the account is not connected any more")]
    Gone,
    /// Another process is refreshing the tokens and has not finished within our patience. Try again in seconds.
    #[error("another process is still refreshing the account's tokens")]
    RefreshPending,
    /// TikTok refused, failed or did not answer, the call itself or the refresh before it.
    #[error(transparent)]
    TikTok(#[from] slipway_tiktok::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault failed. If it is not [retryable](VaultError::is_retryable) the record is damaged.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Tokens {
    /// Calls through these three.
    pub fn new(accounts: Accounts, vault: Vault, tiktok: Client) -> Self {
        Self { inner: Arc::new(Inner { accounts, vault, tiktok }) }
    }

    /// Calls as a function's environment says. Builds all clients but that of the tables, of which a process has one; calls
    /// nobody.
    pub fn wired(
        aws: &SdkConfig,
        dynamodb: &slipway_store::Client,
        config: TokensConfig,
    ) -> Result<Self, slipway_tiktok::BuildError> {
        let events = Events::new(dynamodb.clone(), config.events_table.into_string());
        let accounts = Accounts::new(dynamodb.clone(), config.accounts_table.into_string()).recording(events);
        let vault = Vault::new(slipway_vault::client(aws), config.kms_key.into_string());
        let memory = Arc::new(BesideAccounts(accounts.clone()));
        Ok(Self::new(accounts, vault, Client::remembering(config.tiktok.into(), memory)?))
    }

    /// The accounts whose tokens these are.
    pub fn accounts(&self) -> &Accounts {
        &self.inner.accounts
    }

    /// TikTok as our app sees it, whoever's space it is called for.
    pub fn app(&self) -> &Client {
        &self.inner.tiktok
    }

    /// TikTok as this space meets it, for use inside [`call`](Self::call).
    pub fn tiktok(&self, space: &TenantId) -> Client {
        self.inner.tiktok.of(space)
    }

    /// The vault that holds the tokens.
    pub fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// Runs `call` with a good access token; if TikTok refuses the token, refreshes it and runs `call` once more.
    ///
    /// `account` may be as old as you like: newer tokens in the store are found when they are needed. `call` runs at
    /// most twice, the second time only after a refusal of the token, which has no other effect at TikTok.
    pub async fn call<T, F, Fut>(&self, account: &AccountRecord, call: F) -> Result<T, CallError>
    where
        F: Fn(AccessToken) -> Fut,
        Fut: Future<Output = Result<T, slipway_tiktok::Error>>,
    {
        self.ready(account).await?.call(call).await
    }

    /// Does everything of a [`call`](Self::call) that comes before TikTok is called: whatever may fail or take its time
    /// on our side is over then, unless TikTok refuses the token.
    pub async fn ready(&self, account: &AccountRecord) -> Result<Ready, CallError> {
        let since = Timestamp::now();
        if let AccountStatus::ReconnectRequired { reason, .. } = account.status {
            return Err(CallError::ReconnectRequired { reason });
        }
        let expired = account.tokens.access_expires_at <= since + TOKEN_ENDS_SOON;
        let account = if expired { self.refresh(account).await? } else { account.clone() };
        let token = self.open_access(&account).await?;
        Ok(Ready { tokens: self.clone(), account, token, since })
    }

    async fn open_access(&self, account: &AccountRecord) -> Result<AccessToken, VaultError> {
        let context = context(account, Purpose::AccessToken);
        Ok(AccessToken::from(self.inner.vault.open(&context, &account.tokens.access).await?))
    }
}

/// A call in an account's name for which everything is at hand.
#[derive(Debug)]
pub struct Ready {
    tokens: Tokens,
    account: AccountRecord,
    token: AccessToken,
    since: Timestamp,
}

impl Ready {
    /// Runs `call`, as [`Tokens::call`] does.
    pub async fn call<T, F, Fut>(self, call: F) -> Result<T, CallError>
    where
        F: Fn(AccessToken) -> Fut,
        Fut: Future<Output = Result<T, slipway_tiktok::Error>>,
    {
        let refused = match self.once(&call).await {
            Err(error) if error.is_token_refused() => error,
            other => {
                self.note_use().await;
                return Ok(other?);
            }
        };
        let renewed = self.renewed(&refused).await?;
        match renewed.once(&call).await {
            Err(error) if error.is_token_refused() => Err(renewed.give_up(error).await),
            other => {
                renewed.note_use().await;
                Ok(other?)
            }
        }
    }

    /// Runs `call` once and does nothing else, for a call of which it must be written what came of it before anything
    /// that may fail: [`note_use`](Self::note_use), or [`renewed`](Self::renewed) if TikTok refused the token.
    pub async fn once<T, F, Fut>(&self, call: F) -> Result<T, slipway_tiktok::Error>
    where
        F: FnOnce(AccessToken) -> Fut,
        Fut: Future<Output = Result<T, slipway_tiktok::Error>>,
    {
        call(self.token.clone()).await
    }

    /// Notes that the account is used, for the scheduled refresh looks at accounts that were used lately. A failure to
    /// note it is no failure of the call.
    pub async fn note_use(&self) {
        let (account, now) = (&self.account, self.since);
        if account.last_used_at + ACCOUNT_USE_IS_NOTED > now {
            return;
        }
        match self.tokens.inner.accounts.touch(account, now).await {
            // Of other tokens by now: whoever uses those notes it.
            Ok(Write::Done(()) | Write::Refused(Stale)) => {}
            Err(error) => {
                tracing::warn!(account.id = %account.id, %error, "the use of an account could not be noted");
            }
        }
    }

    /// The same with a new token, after TikTok refused this one.
    pub async fn renewed(&self, refusal: &slipway_tiktok::Error) -> Result<Self, CallError> {
        let account = &self.account;
        let log_id = refusal.log_id().map(LogId::as_str);
        tracing::info!(account.id = %account.id, tiktok.log_id = log_id, "TikTok refused the access token");
        let account = self.tokens.refresh(account).await?;
        let token = self.tokens.open_access(&account).await?;
        Ok(Self { tokens: self.tokens.clone(), account, token, since: self.since })
    }

    /// TikTok refuses the token that it has just issued: a refresh does not help, authorizing again may. Says how the
    /// call ended.
    pub async fn give_up(&self, refusal: slipway_tiktok::Error) -> CallError {
        let (account, reason) = (&self.account, ReconnectReason::AccessRefused);
        let written = self.tokens.inner.accounts.require_reconnect(account, reason, Timestamp::now()).await;
        match written {
            Ok(Write::Done(_)) => {
                let log_id = refusal.log_id().map(LogId::as_str);
                tracing::warn!(account.id = %account.id, tiktok.log_id = log_id, reason = reason.as_str(), "account lost");
                CallError::ReconnectRequired { reason }
            }
            Ok(Write::Refused(Conflict::Changed(current))) => match current.status {
                // There are newer tokens still; the next call meets them.
                AccountStatus::Active => refusal.into(),
                AccountStatus::ReconnectRequired { reason, .. } => CallError::ReconnectRequired { reason },
            },
            Ok(Write::Refused(Conflict::Gone)) => CallError::Gone,
            Err(error) => error.into(),
        }
    }
}

fn context(account: &AccountRecord, purpose: Purpose) -> Context {
    Context { tenant: account.tenant.clone(), owner: account.id.clone().into(), purpose }
}
