//! The server API behind an access token, in the order in which TikTok checks a call.

mod creator_info;
mod display;
mod init;
mod ownership;
mod params;
mod photo;
mod rules;
mod status;
mod user_info;

use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::Moment;
use crate::endpoint::Endpoint;
use crate::scope::Scope;
use crate::world::World;

/// A user who lets the app call, and what they allow.
#[derive(Clone, Debug)]
struct Caller {
    open_id: String,
    scopes: Vec<Scope>,
}

impl World {
    /// Answers any call that is not a chunk PUT.
    pub(crate) fn answer(&mut self, call: &Call, now: Moment) -> Answer {
        let result = match call.endpoint {
            Endpoint::Unknown | Endpoint::Webhook => Err(Refusal::UnsupportedPath),
            endpoint if !endpoint.takes(&call.method) => Err(Refusal::UnsupportedMethod),
            Endpoint::Authorize => return self.authorize(call, now),
            Endpoint::Token | Endpoint::Refresh => return self.token(call, now),
            Endpoint::Revoke => return self.revoke(call, now),
            Endpoint::UserInfo => self.user_info(call, now),
            Endpoint::CreatorInfo => self.creator_info(call, now),
            Endpoint::VideoInit => self.video_init(call, now),
            Endpoint::InboxVideoInit => self.inbox_video_init(call, now),
            Endpoint::ContentInit => self.content_init(call, now),
            Endpoint::StatusFetch => self.status_fetch(call, now),
            Endpoint::Cancel => self.cancel(call, now),
            Endpoint::VideoList => self.video_list(call, now),
            Endpoint::VideoQuery => self.video_query(call, now),
            Endpoint::Upload => Err(Refusal::UnsupportedPath),
        };
        let answer = result.unwrap_or_else(|refusal| refusal.answer(&mut self.ids, now));
        let publish_id = answer.publish_id.clone().or_else(|| call.publish_id.clone());
        answer.about(publish_id)
    }

    /// The checks every call passes first: token, then scope (any of those given), then rate.
    fn enter(&mut self, call: &Call, any_of: &[Scope], now: Moment) -> Result<Caller, Refusal> {
        let token = call.bearer().ok_or(Refusal::AccessTokenInvalid)?;
        let grant = self.grant_of_access_token(token, now).ok_or(Refusal::AccessTokenInvalid)?;
        let caller = Caller { open_id: grant.open_id.clone(), scopes: grant.scopes.clone() };
        if !any_of.is_empty() && !any_of.iter().any(|scope| caller.scopes.contains(scope)) {
            return Err(Refusal::ScopeNotAuthorized);
        }
        let limit = self.config.rate_limits.of(call.endpoint);
        if !self.windows.admit(&caller.open_id, call.endpoint, limit, now) {
            return Err(Refusal::RateLimited);
        }
        Ok(caller)
    }
}
