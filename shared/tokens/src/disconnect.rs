//! Disconnecting an account: TikTok takes the authorization back, then the account is forgotten with its tokens.

use slipway_domain::Reach;
use slipway_store::StoreError;
use slipway_store::accounts::{AccountRecord, AccountStatus, Accounts};
use slipway_tiktok::{Class, OAuthErrorCode};

use crate::{CallError, Tokens};

/// What is done where TikTok can't be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untold {
    /// The account stays, so that it can be tried again.
    Keep,
    /// The account is forgotten all the same: its tokens are useless once they are gone.
    Forget,
}

/// Why an account is still connected.
#[derive(Debug, thiserror::Error)]
pub enum NotDisconnected {
    /// It was connected again at the same moment, again and again.
    #[error("the account is connected again at the same moment")]
    Raced,
    /// It could not be taken back at TikTok.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How often it is tried again after a conflict with another writer of the account.
const TRIES: u32 = 5;

impl Tokens {
    /// Takes the authorization back at TikTok, unless another tenant lives on it, and has `accounts` forget the account. In
    /// this order, so that a crash leaves an account for which it can be repeated.
    pub async fn disconnect(
        &self,
        accounts: &Accounts,
        mut account: AccountRecord,
        untold: Untold,
    ) -> Result<(), NotDisconnected> {
        for _ in 0..TRIES {
            if self.is_used_elsewhere(&account).await? {
                tracing::info!(account.id = %account.id, "another tenant lives on the authorization: it is not revoked");
            } else if let Err(error) = self.revoke(&account).await {
                if untold == Untold::Keep {
                    return Err(error.into());
                }
                tracing::warn!(%error, account.id = %account.id, "forgotten, though TikTok could not be told");
            }
            // Revoking may have refreshed the tokens, and the creator may have connected again meanwhile.
            let current = accounts.get(&Reach::whole(&account.tenant), &account.id).await?;
            let Some(current) = current else { return Ok(()) };
            let same_connection = current.connected_at == account.connected_at;
            account = current;
            if same_connection && accounts.forget(&account).await?.is_done() {
                tracing::info!(account.id = %account.id, "account disconnected");
                return Ok(());
            }
        }
        Err(NotDisconnected::Raced)
    }

    /// Whether another tenant has a working account of the same TikTok user. TikTok revokes all that the user has given to
    /// the app, whichever token it is shown.
    async fn is_used_elsewhere(&self, account: &AccountRecord) -> Result<bool, StoreError> {
        for (tenant, id) in self.accounts().by_open_id(&account.open_id).await? {
            let other =
                if tenant == account.tenant { None } else { self.accounts().get(&Reach::whole(&tenant), &id).await? };
            if other.is_some_and(|other| other.status == AccountStatus::Active && !other.is_going) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Revokes the authorization, unless it is gone already.
    async fn revoke(&self, account: &AccountRecord) -> Result<(), CallError> {
        let refused = match self.revoke_once(account).await {
            Err(CallError::TikTok(error)) if is_refused(&error) => error,
            other => return settled(account, other),
        };
        // Dead tokens revoke nothing, but the authorization behind them may live: only new tokens can tell.
        tracing::info!(error = %refused, account.id = %account.id, "the token does not revoke, trying a new one");
        let again = match self.refresh(account).await {
            Ok(renewed) => self.revoke_once(&renewed).await,
            Err(error) => Err(error),
        };
        match again {
            Err(CallError::TikTok(error)) if is_refused(&error) => Ok(()),
            other => settled(account, other),
        }
    }

    async fn revoke_once(&self, account: &AccountRecord) -> Result<(), CallError> {
        let tiktok = self.tiktok(&account.tenant);
        self.call(account, async |token| tiktok.revoke(&token).await).await
    }
}

/// The revocation endpoint calls a token that it does not know, or knows no more, an invalid grant or request.
fn is_refused(error: &slipway_tiktok::Error) -> bool {
    error.class() == Class::Reauthorise || error.oauth_code() == Some(&OAuthErrorCode::InvalidRequest)
}

fn settled(account: &AccountRecord, revoked: Result<(), CallError>) -> Result<(), CallError> {
    match revoked {
        // What only the creator could repair needs no revocation.
        Ok(()) | Err(CallError::ReconnectRequired { .. } | CallError::Gone) => Ok(()),
        // A damaged record can't be used for anything but to be forgotten.
        Err(CallError::Vault(error)) if !error.is_retryable() => {
            tracing::warn!(%error, account.id = %account.id, "the tokens can't be read and were not revoked");
            Ok(())
        }
        Err(error) => Err(error),
    }
}
