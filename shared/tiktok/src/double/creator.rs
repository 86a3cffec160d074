//! The double's creators: their grants, their profiles, and what they may post.

use serde::{Deserialize, Serialize};
use slipway_domain::test_creator::{ACCESS_LIVES, REFRESH_LIVES};
use slipway_domain::{Persona, PrivacyLevel, TestCreator};

use crate::{ApiErrorCode, Scope};

use super::Double;
use super::answers::Reply;
use super::memory::Forgetful;
use super::requests::Received;

/// With what a code begins that the double exchanges; behind it stands the creator's name.
pub(super) const CODE: &str = "test.";
/// Who consents where no other name is given.
pub(super) const DEFAULT: &str = "creator";

const ACCESS: &str = "act.test.";
const REFRESH: &str = "rft.test.";

/// A creator whose token is good.
pub(super) struct Creator(pub(super) TestCreator);

/// What is kept in mind of a creator.
#[derive(Debug, Default, Serialize, Deserialize)]
struct AppAccess {
    /// Whether they have withdrawn the app's access.
    is_revoked: bool,
}

#[derive(Serialize)]
struct Grant {
    open_id: String,
    scope: String,
    access_token: String,
    expires_in: u64,
    refresh_token: String,
    refresh_expires_in: u64,
    token_type: &'static str,
}

#[derive(Serialize)]
struct UserData {
    user: User,
}

#[derive(Serialize)]
struct User {
    open_id: String,
    display_name: String,
    avatar_url: String,
    username: String,
    follower_count: u64,
    following_count: u64,
    likes_count: u64,
    video_count: u64,
}

#[derive(Serialize)]
struct Info {
    creator_avatar_url: String,
    creator_username: String,
    creator_nickname: String,
    privacy_level_options: [PrivacyLevel; 3],
    comment_disabled: bool,
    duet_disabled: bool,
    stitch_disabled: bool,
    max_video_post_duration_sec: u64,
}

impl Double {
    /// Tokens, for a code or for the token that renews them. Whoever consents again lives again.
    pub(super) async fn grant(&self, received: &Received) -> Result<Reply, super::Trouble> {
        let refused = || Reply::flat_error("invalid_grant", "Authorization code is expired or invalid.");
        let field = |name, prefix| received.form(name)?.strip_prefix(prefix)?.parse::<TestCreator>().ok();
        let creator = match received.form("grant_type").as_deref() {
            Some("authorization_code") => match field("code", CODE) {
                Some(creator) => {
                    self.keep(&access_of(&creator), &AppAccess::default()).await?;
                    creator
                }
                None => return Ok(refused()),
            },
            Some("refresh_token") => match field("refresh_token", REFRESH) {
                Some(creator) if !self.is_revoked(&creator).await? => creator,
                _ => return Ok(refused()),
            },
            _ => return Ok(Reply::flat_error("unsupported_grant_type", "The grant type is not supported.")),
        };
        Ok(Reply::flat(&Grant {
            open_id: self.open_id(&creator),
            scope: Scope::known().map(|scope| scope.as_str().to_owned()).collect::<Vec<_>>().join(","),
            access_token: format!("{ACCESS}{creator}"),
            expires_in: ACCESS_LIVES.as_secs(),
            refresh_token: format!("{REFRESH}{creator}"),
            refresh_expires_in: REFRESH_LIVES.as_secs(),
            token_type: "Bearer",
        }))
    }

    /// The creator of the request's token, if that is good.
    pub(super) async fn creator(&self, received: &Received) -> Result<Option<Creator>, Forgetful> {
        let named = received.bearer().and_then(|token| token.strip_prefix(ACCESS)?.parse().ok());
        match named {
            Some(creator) if !self.is_revoked(&creator).await? => Ok(Some(Creator(creator))),
            _ => Ok(None),
        }
    }

    /// The creator withdraws the app's access: no token of theirs counts until they consent again.
    pub(super) async fn revoke(&self, creator: &Creator) -> Result<(), Forgetful> {
        self.keep(&access_of(&creator.0), &AppAccess { is_revoked: true }).await
    }

    async fn is_revoked(&self, creator: &TestCreator) -> Result<bool, Forgetful> {
        Ok(self.recall::<AppAccess>(&access_of(creator)).await?.unwrap_or_default().is_revoked)
    }

    pub(super) fn user_info(&self, Creator(creator): &Creator) -> Reply {
        Reply::data(&UserData {
            user: User {
                open_id: self.open_id(creator),
                display_name: format!("Test {creator}"),
                avatar_url: avatar(creator),
                username: creator.to_string(),
                follower_count: 0,
                following_count: 0,
                likes_count: 0,
                video_count: 0,
            },
        })
    }

    /// The same in no two tenants: TikTok's users are not, either.
    fn open_id(&self, creator: &TestCreator) -> String {
        format!("-test-{}-{creator}", self.space.owner())
    }
}

impl Creator {
    /// What the creator may post now.
    pub(super) fn info(&self) -> Reply {
        let Self(creator) = self;
        let persona = creator.persona();
        if persona == Persona::Banned {
            let code = ApiErrorCode::SpamRiskUserBannedFromPosting;
            return Reply::error(200, code, "The user is banned from making new posts.");
        }
        let widest = match persona {
            Persona::Private => PrivacyLevel::FollowerOfCreator,
            _ => PrivacyLevel::PublicToEveryone,
        };
        let is_silent = persona == Persona::Silent;
        Reply::data(&Info {
            creator_avatar_url: avatar(creator),
            creator_username: creator.to_string(),
            creator_nickname: format!("Test {creator}"),
            privacy_level_options: [widest, PrivacyLevel::MutualFollowFriends, PrivacyLevel::SelfOnly],
            comment_disabled: is_silent,
            duet_disabled: is_silent,
            stitch_disabled: is_silent,
            max_video_post_duration_sec: persona.longest_video().as_secs(),
        })
    }
}

fn access_of(creator: &TestCreator) -> String {
    format!("creator {creator}")
}

/// A picture that is nowhere.
fn avatar(creator: &TestCreator) -> String {
    format!("{}avatars/{creator}.webp", super::BASE)
}
