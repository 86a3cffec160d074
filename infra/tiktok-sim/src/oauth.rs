//! Login Kit: the authorization page, the token endpoint, revocation.

mod authorize;
mod page;
mod redirect;
mod token;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::clock::Moment;
use crate::scope::Scope;
use crate::world::World;

pub(crate) use redirect::check_registered;

/// An authorization code that was handed out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    pub open_id: String,
    pub scopes: Vec<Scope>,
    pub redirect_uri: String,
    pub challenge: Option<String>,
    pub expires_at: Moment,
    pub used: bool,
}

impl World {
    /// Ends every grant of a user and tells the app so. The tokens are dead before the webhook leaves.
    pub(crate) fn remove_authorization(&mut self, open_id: &str, reason: u8, now: Moment) -> bool {
        let mut removed = false;
        for grant in self.grants.iter_mut().filter(|grant| grant.open_id == open_id && !grant.revoked) {
            grant.revoked = true;
            removed = true;
        }
        if removed {
            self.emit("authorization.removed", open_id, None, &json!({"reason": reason}), now);
        }
        removed
    }

    /// Lets access tokens expire now: those of one user, or all.
    pub(crate) fn expire_access_tokens(&mut self, open_id: Option<&str>, now: Moment) {
        let concerned = self.grants.iter_mut().filter(|grant| open_id.is_none_or(|open_id| grant.open_id == open_id));
        for token in concerned.flat_map(|grant| &mut grant.access_tokens) {
            token.expires_at = token.expires_at.min(now);
        }
    }
}
