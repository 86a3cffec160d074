//! TikTok's grant: how it is asked for, and the form in which it is stored.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use slipway_domain::schedule::doubled;
use slipway_domain::{AccountId, TenantId};
use slipway_runtime::pause::half_jitter;
use slipway_store::accounts::SealedTokens;
use slipway_tiktok::{Class, Error, Grant};
use slipway_vault::{Context, Purpose, Sealer, VaultError};

/// How often TikTok is asked for a grant.
const ATTEMPTS: u32 = 3;
/// The longest pause within a call of ours. Longer ones are left to the caller.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Asks for a grant. Short faults of TikTok's are met by asking again, as long as the caller finds that worthwhile, who
/// learns of each. Answers when the grant was asked for, too.
pub async fn granted<A>(
    mut ask: impl FnMut() -> A,
    mut is_worthwhile: impl FnMut(&Error) -> bool,
) -> Result<(Grant, Timestamp), Error>
where
    A: Future<Output = Result<Grant, Error>>,
{
    let mut attempt = 1;
    loop {
        let asked_at = Timestamp::now();
        let error = match ask().await {
            Ok(grant) => return Ok((grant, asked_at)),
            Err(error) => error,
        };
        let is_short = matches!(error.class(), Class::After(wait) if wait <= LONGEST_PAUSE);
        if !is_worthwhile(&error) || !is_short || attempt >= ATTEMPTS {
            return Err(error);
        }
        tracing::info!(%error, attempt, "TikTok granted nothing, asking again");
        tokio::time::sleep(half_jitter(doubled(Duration::from_millis(250), attempt, LONGEST_PAUSE))).await;
        attempt += 1;
    }
}

/// Seals a grant's tokens for an account.
///
/// `asked_at` is from before the request for the grant: TikTok's lifetimes count from some moment after it, so that
/// the ends computed from it are never late. The lifetimes come from the grant alone; TikTok has changed them before.
pub fn seal_grant(
    sealer: &Sealer,
    tenant: &TenantId,
    account: &AccountId,
    grant: &Grant,
    asked_at: Timestamp,
) -> Result<SealedTokens, VaultError> {
    let seal = |purpose, token: &str| {
        let context = Context { tenant: tenant.clone(), owner: account.clone().into(), purpose };
        sealer.seal(&context, &SecretString::from(token))
    };
    Ok(SealedTokens {
        access: seal(Purpose::AccessToken, grant.access_token.expose())?,
        refresh: seal(Purpose::RefreshToken, grant.refresh_token.expose())?,
        access_expires_at: after(asked_at, grant.access_expires_in),
        refresh_expires_at: after(asked_at, grant.refresh_expires_in),
    })
}

/// A lifetime beyond the end of time means the end of time.
fn after(start: Timestamp, lifetime: Duration) -> Timestamp {
    start.checked_add(lifetime).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_lifetime_is_too_long() {
        let start: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        assert_eq!(after(start, Duration::from_hours(2)).to_string(), "2026-11-22T14:00:00Z");
        assert_eq!(after(start, Duration::MAX), Timestamp::MAX);
    }
}
