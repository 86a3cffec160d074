//! An authorization that was begun: its state, and TikTok's page.

use slipway_http::ErrorResponse;
use slipway_runtime::random;
use slipway_store::accounts::Authorization;
use url::Url;

use crate::App;

/// An authorization that a creator can go on with.
pub(crate) struct Begun {
    /// Our own state, which TikTok brings back.
    pub(crate) state: String,
    /// TikTok's page.
    pub(crate) auth_url: Url,
    pub(crate) authorization: Authorization,
}

impl Begun {
    /// Under a new state.
    pub(crate) fn new(app: &App, authorization: Authorization) -> Result<Self, ErrorResponse> {
        let state = random_name()?;
        // Always TikTok's page, even for a creator who is logged in there: without it, "connect another account" would
        // silently take the one that the browser remembers.
        let tiktok = app.tokens.tiktok(&authorization.tenant);
        let auth_url = tiktok.authorize_url(&authorization.redirect_uri, app.asked_scopes.as_slice(), &state, true);
        Ok(Self { state, auth_url, authorization })
    }
}

/// 256 random bits: nobody guesses a state or an invite.
pub(crate) fn random_name() -> Result<String, ErrorResponse> {
    Ok(hex::encode(random::<32>()?))
}
