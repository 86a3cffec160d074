//! From TikTok's code to a connected account: where both flows meet.

use jiff::Timestamp;
use secrecy::SecretString;
use slipway_domain::schedule::PROFILE_TAKES;
use slipway_domain::{AccountId, LogId};
use slipway_http::repeat::Repeatable;
use slipway_store::accounts::{AccountRecord, Authorization, Connected, Connection, NotConnected, Profile, Taken};
use slipway_store::guards::Repeated;
use slipway_store::{StoreError, Write};
use slipway_tiktok::{Client, Grant, Scope};
use slipway_tokens::{granted, seal_grant};
use slipway_vault::VaultError;
use uuid::Uuid;

use crate::App;

/// How often a race between connections of one user is run again.
const RACES: u32 = 5;

/// A connected account.
#[derive(Debug)]
pub(crate) struct Linked {
    pub(crate) account: AccountRecord,
    /// What the creator did not grant although posting needs it.
    pub(crate) missing: Vec<Missing>,
}

impl Linked {
    /// This account, and what its creator did not grant.
    pub(crate) fn of(account: AccountRecord) -> Self {
        let all = [Missing::Publish, Missing::Upload];
        let missing = all.into_iter().filter(|missing| !account.has_scope(&missing.scope())).collect();
        Self { account, missing }
    }
}

/// A scope that posting needs and that the creator did not grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// No direct posts, no creator info.
    Publish,
    /// No drafts into the inbox.
    Upload,
}

/// Why an account could not be connected.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    #[error(transparent)]
    TikTok(#[from] slipway_tiktok::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("the account was connected and disconnected by others all the while")]
    Raced,
    #[error("the request repeats another one")]
    Repeated(Repeated),
    #[error("the authorization was taken over by somebody else")]
    TakenOver,
    #[error("the creator's account belongs to another brand")]
    OtherBrand,
    #[error("the brand that the account was to join is deleted")]
    BrandGone,
    #[error("the tenant has as many accounts as it may have")]
    TooMany,
}

/// Exchanges the code, keeps the account and ends the authorization with it, in one write. It has been taken, so this
/// happens once.
///
/// `own` is the caller's request, if it is one that may be repeated.
pub(crate) async fn link(
    app: &App,
    authorization: &Authorization,
    taken: &Taken,
    code: &SecretString,
    own: Option<&Repeatable>,
) -> Result<Linked, LinkError> {
    let tiktok = &app.tokens.tiktok(&authorization.tenant);
    // Before the code is spent: whatever sealing the tokens needs.
    let sealer = app.tokens.vault().sealer(&authorization.tenant).await?;
    let (grant, asked_at) = exchange(tiktok, code, &authorization.redirect_uri).await?;
    let owner = || app.accounts.owner(&authorization.tenant, &grant.open_id);
    let (profile, mut found) = tokio::join!(profile(tiktok, &grant), owner());
    for _ in 0..RACES {
        let known = found?;
        let id = known.account().cloned().unwrap_or_else(|| AccountId::from_uuid(Uuid::now_v7()));
        let connection = Connection {
            tenant: authorization.tenant.clone(),
            tokens: seal_grant(&sealer, &authorization.tenant, &id, &grant, asked_at)?,
            guard: own.and_then(|own| own.clone().makes(id.as_str()).guard().cloned()),
            id,
            open_id: grant.open_id.clone(),
            brand: authorization.brand.clone(),
            profile: profile.clone(),
            scopes: grant.scopes.clone(),
            taken: Some(taken.clone()),
        };
        let (account, again) = match app.accounts.connect(&connection, known, Timestamp::now()).await? {
            Write::Done(Connected::New(account)) => (*account, false),
            Write::Done(Connected::Again(account)) => (*account, true),
            Write::Refused(NotConnected::Raced) => {
                found = owner().await;
                continue;
            }
            Write::Refused(NotConnected::Repeated(repeated)) => return Err(LinkError::Repeated(repeated)),
            Write::Refused(NotConnected::TakenOver) => return Err(LinkError::TakenOver),
            Write::Refused(NotConnected::OtherBrand) => return Err(LinkError::OtherBrand),
            Write::Refused(NotConnected::BrandGone) => return Err(LinkError::BrandGone),
            Write::Refused(NotConnected::TooMany) => return Err(LinkError::TooMany),
        };
        tracing::info!(account.id = %account.id, again, scopes = %grant.scopes, "account connected");
        return Ok(Linked::of(account));
    }
    Err(LinkError::Raced)
}

/// Asks again when TikTok fails: if it had spent the code meanwhile, it will say so.
async fn exchange(
    tiktok: &Client,
    code: &SecretString,
    redirect_uri: &str,
) -> Result<(Grant, Timestamp), slipway_tiktok::Error> {
    // A time-out was long enough; the creator's browser is waiting.
    let has_answered = |error: &slipway_tiktok::Error| error.http_status().is_some();
    granted(|| tiktok.exchange_code(code, redirect_uri), has_answered).await
}

/// Who the creator is, as far as the grant allows to know. The account does not depend on it.
async fn profile(tiktok: &Client, grant: &Grant) -> Option<Profile> {
    let asked = async {
        let user = tiktok.user_info(&grant.access_token, &grant.scopes).await?;
        let mut profile = Profile {
            username: user.username,
            display_name: user.display_name,
            avatar_url: user.avatar_url,
            follower_count: user.follower_count,
            following_count: user.following_count,
            likes_count: user.likes_count,
            video_count: user.video_count,
        };
        // Without `user.info.profile` the handle is known to creator info alone.
        if profile.username.is_none() && grant.scopes.contains(&Scope::VideoPublish) {
            let creator = tiktok.creator_info(&grant.access_token).await?;
            profile.username = creator.username;
            profile.display_name = profile.display_name.or(creator.nickname);
            profile.avatar_url = profile.avatar_url.or(creator.avatar_url);
        }
        Ok::<_, slipway_tiktok::Error>(profile)
    };
    match tokio::time::timeout(PROFILE_TAKES, asked).await {
        Ok(Ok(profile)) => Some(profile),
        Ok(Err(error)) => {
            tracing::warn!(%error, tiktok.log_id = error.log_id().map(LogId::as_str), "connected without a profile");
            None
        }
        Err(_) => {
            tracing::warn!("connected without a profile: TikTok is slow");
            None
        }
    }
}

impl Missing {
    /// The scope.
    pub(crate) const fn scope(self) -> Scope {
        match self {
            Self::Publish => Scope::VideoPublish,
            Self::Upload => Scope::VideoUpload,
        }
    }

    /// What will not work, in one sentence.
    pub(crate) const fn consequence(self) -> &'static str {
        match self {
            Self::Publish => {
                "Direct posting was not allowed (video.publish): videos can't be published for this account."
            }
            Self::Upload => {
                "Uploading drafts was not allowed (video.upload): videos can't be sent to this account's inbox."
            }
        }
    }
}
